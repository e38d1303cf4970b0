// Peer: one end of a connection, of Handfast or of libssl, behind one interface, so that both are
// made to do the same work by the same code.
#pragma once

#include "bench/chain.h"
#include "bench/pipe.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace handfast::bench {

/// What a handshake came to, to see that both libraries did the same.
struct Outcome {
  CipherSuite suite{};
  NamedGroup group{};
  bool resumed = false;

  bool operator==(const Outcome&) const = default;
};

/// One end, used for one connection after the other. What the caller of the library owns (buffers)
/// is made with the peer and kept; what the library makes begins with `open` and ends with `close`.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  /// Makes a connection. Nothing is sent yet.
  virtual void open() = 0;

  /// Goes on with the handshake as far as the bytes in `in` reach. True once this side is through.
  /// Throws std::runtime_error if the handshake fails.
  virtual bool shake_hands(Pipe& in, Pipe& out) = 0;

  /// Reads what the server says after the handshake: its tickets.
  virtual void read_tickets(Pipe& in) = 0;

  [[nodiscard]] virtual Outcome outcome() const = 0;

  /// From plaintext to protected bytes in `out`.
  virtual void send(Bytes message, Pipe& out) = 0;

  /// From the bytes of one message in `in` to plaintext that can be read. Returns how much that is.
  virtual std::size_t receive(Pipe& in) = 0;

  /// Frees the connection.
  virtual void close() = 0;
};

/// What both libraries are asked for.
struct Order {
  ProtocolVersion version = ProtocolVersion::tls13;
  CipherSuite suite = CipherSuite::tls_aes_128_gcm_sha256;
  std::vector<NamedGroup> groups = {NamedGroup::x25519};  ///< unless `default_groups`
  bool default_groups = false;                            ///< those of each library's defaults
  bool knows_chain = false;        ///< who met a chain before may profit from it, as users do
  bool resumes = false;            ///< a connection resumes the session of the one before
  std::string name = server_name;  ///< whom the client means to reach
  const Chain* certificates = &chain();
};

/// The same work in TLS 1.2, where the groups are those of certificates too (RFC 8422 §5.1.1).
inline Order in_12(Order order) {
  order.version = ProtocolVersion::tls12;
  order.suite = CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256;
  order.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
  return order;
}

/// Thrown for an order that a library cannot carry out: why, in a sentence.
struct Lacks {
  std::string why;
};

/// A library with its configurations, which all its connections share.
class Library {
 public:
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  virtual ~Library() = default;

  [[nodiscard]] virtual std::unique_ptr<Peer> client() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Peer> server() const = 0;
};

/// These throw std::runtime_error, and `Lacks`.
std::unique_ptr<Library> make_handfast(const Order& order);
std::unique_ptr<Library> make_libssl(const Order& order);

/// Ends the measurement with a word on what went wrong.
[[noreturn]] void give_up(const std::string& what);

/// Drives a client and a server through a handshake. Throws std::runtime_error.
void connect(Peer& client, Peer& server, Pipe& to_server, Pipe& to_client);

}  // namespace handfast::bench
