// StartTls: the plain text in which some protocols begin, up to the moment at which TLS takes over.
#pragma once

#include "handfast/buffers.h"
#include "handfast/config.h"
#include "handfast/connection.h"
#include "handfast/observer.h"
#include "handfast/result.h"
#include "handfast/server_name.h"
#include "handfast/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace handfast {

/// Protocols that begin in clear and may go over to TLS.
enum class StartTlsProtocol : std::uint8_t {
  smtp,         ///< RFC 3207
  lmtp,         ///< RFC 2033, RFC 3207
  imap,         ///< RFC 9051 §6.2.1
  pop3,         ///< RFC 2595 §4
  sieve,        ///< ManageSieve, RFC 5804 §2.2
  nntp,         ///< RFC 4642
  ftp,          ///< RFC 4217 §4; of the control connection alone
  xmpp,         ///< of a client, RFC 6120 §5
  xmpp_server,  ///< of a server, RFC 6120 §5
  irc,          ///< IRCv3's "tls"; the server then waits for the CAP END of who goes on
  ldap,         ///< RFC 4511 §4.14
  postgres,     ///< SSLRequest
  mysql,        ///< SSLRequest, of MySQL and MariaDB
};

/// "smtp", ..., "xmpp-server", ...: as people write it. Never fails; the text lives for ever.
[[nodiscard]] std::string_view name(StartTlsProtocol protocol);

/// All protocols, in the order of the enum.
[[nodiscard]] std::span<const StartTlsProtocol> all_starttls_protocols();

/// The port at which servers of the protocol begin in clear.
[[nodiscard]] std::uint16_t usual_port(StartTlsProtocol protocol);

/// What a plain stream wants next.
enum class PlainTurn : std::uint8_t {
  need_input,  ///< more bytes from the server
  go_ahead,    ///< `upgrade`: the next byte of either side is TLS
};

/// A client's plain stream: asks the server of one of the protocols to go over to TLS. Speaks as
/// little as the protocol allows, and takes nothing for granted: what the server does not offer is
/// not tried. Move-only. No I/O, no thread, no clock, no callback.
///
/// `upgrade` consumes it: there is no way to talk on in clear, and of what was said in clear
/// nothing lives on in the connection (RFC 3207 §4.2). That holds for who uses it, too: ask for
/// capabilities anew, over TLS. Of MySQL, the greeting's scramble is forgotten as well.
///
/// Bounded by `limits::starttls_*`: a server's lines, their number, and all bytes.
///
/// Confined: one thread at a time.
class StartTls {
 public:
  /// A plain stream to a server of `protocol` that is to prove itself as `name`; XMPP asks for that
  /// domain.
  StartTls(StartTlsProtocol protocol, ServerName name);

  StartTls(StartTls&&) noexcept;
  StartTls& operator=(StartTls&&) noexcept;
  ~StartTls();

  /// Goes on as far as the bytes in `in`, of `Input::least` bytes at least, reach. What must be
  /// sent is appended to `out`. After a failure there is nothing more to send, and every further
  /// call returns the same error; hang up. Fails: starttls_not_offered, starttls_refused,
  /// starttls_authenticated, starttls_malformed, starttls_unasked, starttls_spoke_on,
  /// starttls_too_long, output_full, input_too_small; called_out_of_order on a stream that was
  /// upgraded.
  Result<PlainTurn> next(Input& in, Output& out);

  /// Tells that the transport has ended. Fails, always: starttls_closed, or as `next` did before.
  Result<> eof();

  /// After `go_ahead`, once all of `out` is sent: a connection that begins with the ClientHello, to
  /// the `name` that was given. `in` is where `next` has read. The plain stream is gone then, also
  /// if this fails. Fails: starttls_spoke_on if anything has come since, called_out_of_order before
  /// `go_ahead`, and as `Connection::client`.
  Result<Connection> upgrade(const Input& in, std::shared_ptr<const ClientConfig> config,
                             UnixTime now) &&;

  /// Where it stands, for people: "smtp, awaiting the answer to EHLO".
  [[nodiscard]] std::string where() const;

  /// Reports to `observer` (nullptr: nobody), which must outlive the stream. Call before the first
  /// `next`.
  void observe_with(Observer* observer);

 private:
  class State;

  std::unique_ptr<State> state_;
};

}  // namespace handfast
