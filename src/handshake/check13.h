// What a client demands of a server's messages: nothing that was not offered. Pure functions. RFC
// 9846 §4.2.3 to §4.5.
#pragma once

#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/result.h"
#include "handshake/offer13.h"
#include "message/certificate.h"
#include "message/encrypted_extensions.h"
#include "message/server_hello.h"

#include <optional>
#include <string>

namespace handfast::handshake {

/// What a HelloRetryRequest asks for.
struct Retry {
  const crypto::Suite* suite = nullptr;
  std::optional<NamedGroup> group;
  Bytes cookie;
};

/// What a ServerHello chose.
struct ServerChoice {
  const crypto::Suite* suite = nullptr;
  NamedGroup group{};
  Bytes share;
};

/// A client's own hello, to compare answers with: the offer and the extensions as they were sent.
struct Asked {
  const Offer* offer = nullptr;
  const ClientOptions* options = nullptr;
  message::ExtensionList extensions;
};

/// Checks a HelloRetryRequest. RFC 9846 §4.2.4. Fails: version_*, downgrade_detected,
/// legacy_version_invalid, session_id_not_echoed, suite_not_offered, compression_not_null,
/// group_not_offered, retry_for_share_sent, retry_without_change, extension_*.
Result<Retry> check_retry(const Asked& asked, const message::ServerHello& hello);

/// Checks a ServerHello; `retry` is the HelloRetryRequest before it, if one came. RFC 9846 §4.2.3.
/// Fails: as `check_retry`, and retry_repeated, suite_changed, key_share_not_offered.
Result<ServerChoice> check_server_hello(const Asked& asked, const std::optional<Retry>& retry,
                                        const message::ServerHello& hello);

/// Checks EncryptedExtensions; returns the application protocol, empty for none. RFC 9846 §4.4.1.
/// Fails: extension_*, alpn_malformed, alpn_not_offered.
Result<std::string> check_encrypted_extensions(const Asked& asked,
                                               const message::EncryptedExtensions& extensions);

/// Checks a CertificateRequest of the main handshake. RFC 9846 §4.4.2. Fails:
/// certificate_context_invalid, extension_*.
Result<> check_certificate_request(const message::CertificateRequest& request);

/// Checks the form of a server's Certificate and counts its entries. RFC 9846 §4.5.1. Fails:
/// certificate_context_invalid, certificate_list_empty, certificate_list_too_long, extension_*.
Result<std::size_t> check_certificate(const Asked& asked, const message::Certificate& certificate);

}  // namespace handfast::handshake
