// Where `serve` listens.
#pragma once

#include "handfast/net.h"
#include "handfast/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr_storage;  // NOLINT(readability-identifier-naming): POSIX

namespace handfast::serve {

/// "localhost:8443", split.
struct Endpoint {
  std::string host;  ///< empty: every address of this computer
  std::uint16_t port = 0;
};

/// Reads "HOST:PORT", ":PORT" and "[ADDRESS]:PORT". Fails: address_invalid.
Result<Endpoint> parse_endpoint(std::string_view text);

/// Sockets that wait for clients, all on the same port: a name may have several addresses.
struct Listening {
  std::vector<net::Descriptor> sockets;
  std::uint16_t port = 0;
};

/// Binds and listens; port 0 takes a free one. Addresses that this computer does not have are left
/// out as long as there is another. Fails: name_not_found, address_in_use, unreachable if the
/// address is not this computer's, port_forbidden (usually below 1024).
Result<Listening> listen_on(const Endpoint& endpoint);

/// A client that was accepted, on a socket that does not block.
struct Accepted {
  net::Descriptor socket;
  std::string address;  ///< "127.0.0.1"
};

enum class AcceptTrouble : std::uint8_t {
  none_waits,
  left_already,    ///< try the next one
  no_descriptors,  ///< the process, or the system, may open no more
};

std::expected<Accepted, AcceptTrouble> accept_from(const net::Descriptor& socket);

}  // namespace handfast::serve
