// The ServerHello of TLS 1.2, of both sides. RFC 5246 §7.4.1.3.
#pragma once

#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "handshake/negotiate12.h"
#include "message/server_hello.h"

#include <optional>
#include <string>

namespace handfast::handshake {

/// What a ServerHello of TLS 1.2 chose.
struct ServerChoice12 {
  const crypto::Suite* suite = nullptr;
  Bytes session_id;                                ///< that the server gave; empty: none
  std::string alpn;                                ///< empty: none
  std::optional<std::uint16_t> record_size_limit;  ///< nothing: it did not answer ours
  std::uint16_t max_fragment_length = 0;           ///< bytes; 0: none
  std::optional<HeartbeatMode> heartbeat;          ///< of the server; nothing: none
  const SessionFields* session = nullptr;          ///< that was offered and goes on; nullptr: none
  bool gives_ticket = false;                       ///< a NewSessionTicket will come
  bool may_staple = false;                         ///< a CertificateStatus may come
  Bytes sct_list;                                  ///< empty: none
  bool encrypt_then_mac = false;                   ///< how a block suite protects records
};

/// Whether a client that takes TLS 1.2 has met a server that has chosen it. A client that has
/// hidden something, or sent early data, takes nothing but TLS 1.3. RFC 9849 §6.1.6, RFC 9846 §E.3.
[[nodiscard]] bool chooses_12(const Asked& asked, const message::ServerHello& hello);

/// Whether a server that takes TLS 1.2 has met a client that wants it: one that does not offer TLS
/// 1.3, or that has met a server which does not speak it. RFC 9846 §4.3.1, §E.2.
[[nodiscard]] bool wants_12(const ServerOptions& options, const message::ClientHello& hello);

/// Checks a ServerHello of TLS 1.2. Fails: downgrade_detected, session_not_offered,
/// suite_not_offered, compression_not_null, extension_*, extended_main_secret_missing,
/// renegotiation_info_*, point_format_none_common, alpn_*, record_size_limit_invalid,
/// record_limits_both, max_fragment_length_changed, heartbeat_mode_invalid.
Result<ServerChoice12> check_server_hello12(const Asked& asked, const message::ServerHello& hello);

/// Client: keeps what was chosen.
void settle12(Handshake& hs, const ServerChoice12& choice);

inline constexpr std::size_t session_id_size12 = 32;

/// What a server says of sessions in its ServerHello.
struct SessionAnswer12 {
  Bytes id;                   ///< the client's where its session goes on; empty: none
  bool resumes = false;       ///< a session goes on
  bool gives_ticket = false;  ///< a NewSessionTicket follows
  bool keeps_id = false;      ///< the session is kept under `id`
};

/// What a server shows, and signs with where the suite has it sign.
struct Shown12 {
  const Credential* credential = nullptr;  ///< nullptr: the suite is one with an external key
  const crypto::Suite* suite = nullptr;
  SignatureScheme scheme{};
  bool staples = false;
};

/// Server: answers `hello`; returns the random of its ServerHello, which lives as long as the
/// handshake. Fails: random_failed, and as Handshake::send.
Result<const message::Random*> send_server_hello12(Handshake& hs, const message::ClientHello& hello,
                                                   const Choice12& choice,
                                                   const SessionAnswer12& session,
                                                   const crypto::Suite& suite,
                                                   const Shown12& shown);

}  // namespace handfast::handshake
