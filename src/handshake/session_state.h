// SessionState: what is remembered of a session, in a ticket or by a client. Our own format, read
// as strictly as a peer's bytes.
#pragma once

#include "base/limits.h"
#include "codec/layout.h"
#include "crypto/hash.h"
#include "crypto/suites.h"
#include "handfast/certificate.h"
#include "handfast/registry.h"
#include "handfast/resumption.h"
#include "handfast/revocation.h"
#include "handfast/secret_bytes.h"
#include "handfast/tickets.h"
#include "handfast/time.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace handfast {

/// A certificate of the path by which the peer was verified, the leaf first.
struct SessionCertificate {
  Bytes der;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffffff>("der", &SessionCertificate::der));
};

/// The fields of a session. Times are seconds since 1970, until 2106.
struct SessionFields {
  static constexpr std::uint8_t current_format = 4;

  std::uint8_t format = current_format;
  CipherSuite suite{};
  std::uint32_t issued = 0;         ///< by the server; received, on a client
  std::uint32_t authenticated = 0;  ///< when the peer was verified, however often it resumed since
  std::uint32_t lifetime = 0;       ///< seconds after `issued`
  std::uint32_t age_add = 0;        ///< ticket_age_add
  std::uint32_t max_early_data = 0;
  Bytes psk;          ///< or the main secret, in TLS 1.2
  Bytes server_name;  ///< a client: the name it verified; a server: the SNI it was asked for
  Bytes alpn;
  Bytes binding;     ///< what the session is good for, see `SessionBinding` and `ClientConfig`
  Bytes ticket;      ///< a client's; empty on a server
  Bytes session_id;  ///< a client's of TLS 1.2 without a ticket: what stands for the session
  std::uint16_t max_fragment_length = 0;  ///< that TLS 1.2 goes on with; 0: none
  CertificateType peer_type{};            ///< of the certificates in `path`
  Bytes psk_identity;  ///< that was sent for the external key it began with; empty: there was none
  codec::List<SessionCertificate> path;  ///< of the peer; empty if it showed nothing

  static constexpr auto layout = codec::fields(
      codec::field("format", &SessionFields::format), codec::field("suite", &SessionFields::suite),
      codec::field("issued", &SessionFields::issued),
      codec::field("authenticated", &SessionFields::authenticated),
      codec::field("lifetime", &SessionFields::lifetime),
      codec::field("age_add", &SessionFields::age_add),
      codec::field("max_early_data", &SessionFields::max_early_data),
      codec::opaque<32, 48>("psk", &SessionFields::psk),
      codec::opaque<0, 255>("server_name", &SessionFields::server_name),
      codec::opaque<0, 255>("alpn", &SessionFields::alpn),
      codec::opaque<0, 255>("binding", &SessionFields::binding),
      codec::opaque<0, 0xffff>("ticket", &SessionFields::ticket),
      codec::opaque<0, 32>("session_id", &SessionFields::session_id),
      codec::field("max_fragment_length", &SessionFields::max_fragment_length),
      codec::field("peer_type", &SessionFields::peer_type),
      codec::opaque<0, 0xffff>("psk_identity", &SessionFields::psk_identity),
      codec::vector<0, 0xffff>("path", &SessionFields::path));

  /// Of the connection that it goes on from: sessions are taken up by their own version alone.
  [[nodiscard]] ProtocolVersion version() const { return crypto::suite_of(suite).version; }

  [[nodiscard]] UnixTime expires() const { return {static_cast<std::int64_t>(issued) + lifetime}; }
};

/// Whether a client may go on from sessions. It is shared by all that have one main secret in TLS
/// 1.2, and by all tickets of one connection in TLS 1.3.
///
/// Any thread may call anything at any time.
class SessionStanding {
 public:
  void lose() { is_good_.store(false, std::memory_order_relaxed); }

  [[nodiscard]] bool is_good() const { return is_good_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> is_good_ = true;
};

/// The path by which a server was verified: its certificates, and the bytes that these are views
/// into. Sessions of one authentication share it, so that it is read once.
///
/// Any thread may read it.
struct SessionPath {
  CertificateType type{};
  std::vector<std::uint8_t> wire;  ///< the content of `SessionFields::path`
  std::vector<Certificate> certificates = {};
};

/// Reads the certificates in `wire`. Fails: session_malformed.
Result<std::shared_ptr<const SessionPath>> read_session_path(CertificateType type,
                                                             std::vector<std::uint8_t> wire);

/// A session in memory: its bytes, and the fields, which are views into them.
struct SessionState {
  SecretBytes bytes;
  SessionFields fields;
  std::shared_ptr<const SessionPath> path = nullptr;  ///< a client's: `fields.path`, read

  /// A client's: the lists that its server was held against; not in the bytes.
  std::shared_ptr<const RevocationLists> lists = nullptr;

  std::shared_ptr<SessionStanding> standing = nullptr;  ///< a client's
};

/// How many bytes hold `fields`, and to spare.
[[nodiscard]] std::size_t room_for_session(const SessionFields& fields);

/// Writes the fields to `memory` of as many bytes; what they take of it. Fails: session_malformed
/// for what does not fit them.
Result<MutBytes> write_session(MutBytes memory, const SessionFields& fields);

/// The same in memory of its own.
Result<SecretBytes> write_session(const SessionFields& fields);

/// Reads what `write_session` wrote. Fails: session_malformed, also for the format of another
/// version and for a suite or a key that does not fit it.
Result<Session> read_session(SecretBytes bytes);

/// The same of a client's session: its certificates are read too, as it may come from a file.
Result<Session> read_client_session(SecretBytes bytes);

/// The same of one that we have just written: `path`, `lists` and `standing` are those of
/// `SessionState`, the path that of its fields.
Result<Session> read_client_session(SecretBytes bytes, std::shared_ptr<const SessionPath> path,
                                    std::shared_ptr<const RevocationLists> lists,
                                    std::shared_ptr<SessionStanding> standing);

/// The name that a server may forget a session of TLS 1.2 by: one for each main secret.
[[nodiscard]] SessionName name_of_session(Bytes main_secret);

/// `time` as a session keeps it; nothing before 1970 and after 2106.
[[nodiscard]] std::optional<std::uint32_t> session_time(UnixTime time);

}  // namespace handfast
