// Peers on the loopback: a socket that says what a test wants, and a client and a server of TLS.
#pragma once

#include "handfast/config.h"
#include "handfast/net.h"

#include <cstdint>
#include <memory>

namespace handfast::net {

/// A socket bound to a free port of the loopback; it refuses until somebody listens.
struct Bound {
  Bound();

  void listen() const;

  [[nodiscard]] Descriptor accept() const;

  Descriptor socket;
  std::uint16_t port = 0;
};

[[nodiscard]] Address loopback(std::uint16_t port);

/// A server for "localhost" and 127.0.0.1 with a certificate of its own, and a client that trusts
/// it.
struct Sides {
  explicit Sides(Pulled pulled = {});

  /// Sides that may send and take early data.
  static Sides with_early_data();

  /// Sides of which the server may ask the client who it is, after the handshake.
  static Sides with_later_authentication();

  std::shared_ptr<const ClientConfig> client;
  std::shared_ptr<const ServerConfig> server;
};

/// The client's end of a connection to `port`: the socket is connected, the handshake is still to
/// be made. Its server is asked for as `name`.
[[nodiscard]] Stream stream_to(std::uint16_t port, const Sides& sides,
                               std::string_view name = "localhost");

}  // namespace handfast::net
