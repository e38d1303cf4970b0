// Blocking sockets and files for Handfast: what most programs want around a `Connection`.
//
// The core does no I/O; this part does, on the public interface alone. Programs with an event loop
// of their own leave `Stream` aside and take the pieces at the end.
#pragma once

#include "handfast/buffers.h"
#include "handfast/bytes.h"
#include "handfast/connection.h"
#include "handfast/credential.h"
#include "handfast/result.h"
#include "handfast/revocation.h"
#include "handfast/starttls.h"
#include "handfast/time.h"
#include "handfast/trust.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast::net {

// --- Files -----------------------------------------------------------------------------------

/// The authorities that this system trusts: the file SSL_CERT_FILE of the environment, else the
/// folders of SSL_CERT_DIR, else the first bundle or folder that the usual distributions install.
/// Reads and parses files: call it once, share what it returns. Fails: trust_empty,
/// file_unreadable, file_missing for what the environment names.
Result<std::shared_ptr<const Trust>> system_trust();

/// The authorities in the file `path` (PEM, or one certificate in DER), or in every file of the
/// folder `path`. Fails: file_missing, file_unreadable, trust_empty.
Result<std::shared_ptr<const Trust>> load_trust(const std::string& path);

/// The same from several files and folders, as one set.
Result<std::shared_ptr<const Trust>> load_trust(const std::vector<std::string>& paths);

/// The revocation lists in the file `path` (PEM or DER, see `RevocationLists::parse`), or in every
/// file of the folder `path` that looks like PEM or DER. Files of at most 100 MiB. Lists are taken
/// all or not at all: one that is left out would let revoked certificates through. Fails:
/// file_missing, file_unreadable, and as `RevocationLists::parse`.
Result<std::shared_ptr<const RevocationLists>> load_revocation_lists(const std::string& path);

/// The same from several files and folders, and from `more` that came from elsewhere, each as a
/// file is.
Result<std::shared_ptr<const RevocationLists>>
load_revocation_lists(const std::vector<std::string>& paths,
                      std::vector<std::vector<std::uint8_t>> more = {});

/// The certificates of the PEM file `chain_path`, leaf first, and the key of `key_path`. The key's
/// text is wiped from memory afterwards. Fails: file_missing, file_unreadable, and as
/// `Credential::from_pem`.
Result<std::shared_ptr<const Credential>> load_credential(const std::string& chain_path,
                                                          const std::string& key_path);

/// A whole file of at most `largest` bytes. Fails: file_missing, file_unreadable (also for folders
/// and larger files).
Result<std::string> read_file(const std::string& path, std::size_t largest = std::size_t{16} << 20);

/// The system's clock.
[[nodiscard]] UnixTime now();

// --- Streams ---------------------------------------------------------------------------------

using Milliseconds = std::chrono::milliseconds;

/// How long one call may block if nobody says otherwise.
inline constexpr Milliseconds default_limit = std::chrono::seconds(30);

/// Owns a file descriptor and closes it. Move-only.
class Descriptor {
 public:
  Descriptor() = default;

  /// Takes `number` over; a negative one is none.
  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }

  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// A TLS connection over a socket, whose calls block, but never longer than `limit`. Move-only.
///
/// Any call may also fail with connection_lost, timed_out, and whatever `Connection::next` fails
/// with; then the peer has been told, as far as it can be, and the stream is over. Only `handshake`
/// and `read` may be tried again after timed_out: nothing is lost then.
///
/// Confined: one thread at a time.
class Stream {
 public:
  /// Takes over a connected socket and a fresh connection. The handshake is still to be made.
  Stream(Descriptor socket, Connection connection);

  /// Goes on until the peer is authenticated. A second call does nothing. On a server, early data
  /// that comes meanwhile is kept apart, in `early_data`; on a client, whether what was sent early
  /// was taken is in `Settled::early_data`. What was not may be written again, but only if
  /// `Settled::alpn` is the protocol that it was written for (RFC 9846 §4.3.10).
  Result<> handshake();

  /// A client, before `handshake`: sends early data with the ClientHello. Returns how many bytes of
  /// it could be sent, 0 where no session allows any. Fails: called_out_of_order after it.
  Result<std::size_t> send_early(Replayable early);

  /// A server: the early data, all of it once the handshake is over; at most
  /// EarlyDataPolicy::largest bytes, in the stream's own memory.
  [[nodiscard]] Replayable early_data() const { return {early_data_}; }

  /// What came next, at least one byte: a view that ends with the next call on this stream. Empty
  /// once the peer has said that nothing more comes; fails with truncated if it left without that.
  Result<Bytes> read();

  /// A server: asks the client who it is, as `Connection::request_certificate` does, whose failures
  /// are this one's. `await_identity` has the answer.
  Result<> request_certificate();

  /// Waits for the answer of a client that was asked: its Identity, or Anonymous if it declines.
  /// Nothing: data came first; `read` has it, and the answer is to be awaited again. Fails:
  /// called_out_of_order if nobody was asked, connection_lost if the client has said that nothing
  /// more comes.
  Result<std::optional<PeerIdentity>> await_identity();

  /// Sends all of `bytes`. Does not read meanwhile: a peer that only writes can make it wait.
  Result<> write(Bytes bytes);
  Result<> write(std::string_view text);

  /// Says that nothing more comes, and waits for the peer to say the same, at most a second. What
  /// still comes is dropped.
  Result<> close();

  /// How long each call may block.
  void set_limit(Milliseconds limit) { limit_ = limit; }

  [[nodiscard]] Connection& connection() { return connection_; }

  [[nodiscard]] const Connection& connection() const { return connection_; }

  /// Bytes that came and were not understood yet: after not_tls, what the peer speaks instead.
  [[nodiscard]] Bytes unread() const { return input_.waiting(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Result<Event> next(Deadline deadline);
  void note(const Event& event);
  Result<> flush(Deadline deadline);
  Result<> fill(Deadline deadline);

  Descriptor socket_;
  Connection connection_;
  std::vector<std::uint8_t> storage_;
  Input input_;
  Output output_;
  std::vector<std::uint8_t> early_data_;
  Bytes unread_data_;  // plaintext that came before an answer that was awaited
  std::optional<PeerIdentity> answer_;
  bool was_asked_ = false;
  Milliseconds limit_ = default_limit;
  bool is_closed_by_peer_ = false;
};

/// Looks `host` up, connects to its first address that answers, makes the handshake and verifies
/// the peer as `host`, all within `limit`. `host` is a DNS name or an address. Fails:
/// server_name_invalid, name_not_found, connection_refused, unreachable, timed_out, and as the
/// handshake does.
Result<Stream> connect(std::shared_ptr<const ClientConfig> config, const std::string& host,
                       std::uint16_t port, Milliseconds limit = default_limit);

/// The same, trusting what this system trusts, which is read anew at every call.
Result<Stream> connect(const std::string& host, std::uint16_t port = 443);

/// The same with a server that begins in clear: asks it to go over to TLS before the handshake.
/// What it told in clear is forgotten (`StartTls`). Fails: as `connect` and `start_tls`.
Result<Stream> connect(std::shared_ptr<const ClientConfig> config, StartTlsProtocol protocol,
                       const std::string& host, std::uint16_t port,
                       Milliseconds limit = default_limit);

/// A listening socket for a server that takes one client after another, or one a thread.
class Listener {
 public:
  /// Listens at `host` (a name or address; empty: every address) and `port` (0: a free one). Fails:
  /// name_not_found, address_in_use, port_forbidden, unreachable.
  static Result<Listener> open(const std::string& host, std::uint16_t port);

  /// Waits for the next client, without end. The stream's handshake is still to be made.
  Result<Stream> accept(std::shared_ptr<const ServerConfig> config);

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Listener(Descriptor socket, std::uint16_t port) : socket_(std::move(socket)), port_(port) {}

  Descriptor socket_;
  std::uint16_t port_;
};

/// Bytes as text, and text as bytes: the same memory, seen the other way.
[[nodiscard]] std::string_view as_text(Bytes bytes);
[[nodiscard]] Bytes as_bytes(std::string_view text);

// --- Pieces, for loops of one's own ------------------------------------------------------------

/// An Internet address and a port.
class Address {
 public:
  Address() = default;

  /// Copies a sockaddr_in or sockaddr_in6.
  explicit Address(Bytes socket_address);

  /// The sockaddr, of `Bytes::size` bytes.
  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

  /// "192.0.2.1" or "2001:db8::1", without the port.
  [[nodiscard]] std::string text() const;

 private:
  alignas(8) std::array<std::uint8_t, 28> bytes_{};
  std::uint8_t size_ = 0;
};

/// The addresses of `host`, in the order in which to try them. Fails: name_not_found, timed_out.
Result<std::vector<Address>> look_up(const std::string& host, std::uint16_t port,
                                     Milliseconds limit);

/// A socket that does not block, and whom it reached.
struct Reached {
  Descriptor socket;
  Address address;
};

/// Connects to the first of `addresses` that answers; each gets an even share of what is left of
/// `limit`. Fails with what tells most: connection_refused, then timed_out, then unreachable.
Result<Reached> reach(const std::vector<Address>& addresses, Milliseconds limit);

/// Speaks `plain` over `socket`, within `limit`, until the server lets TLS begin. Returns the
/// connection that does, for `Stream` or a loop of one's own. Fails: timed_out, connection_lost,
/// and as `StartTls::next`, `eof` and `upgrade`; then hang up.
Result<Connection> start_tls(const Descriptor& socket, StartTls plain,
                             std::shared_ptr<const ClientConfig> config, Milliseconds limit);

/// Sends what waits in `output` as far as the socket takes it without blocking. Returns how many
/// bytes went. Fails: connection_lost.
Result<std::size_t> send_some(const Descriptor& socket, Output& output);

/// Receives into `input` what has come, without blocking; nothing: none has come. 0: the peer has
/// closed its side. Fails: connection_lost.
Result<std::optional<std::size_t>> receive_some(const Descriptor& socket, Input& input);

}  // namespace handfast::net
