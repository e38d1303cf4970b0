// What a side demands of its peer's messages: nothing that was not offered. Pure functions. RFC
// 9846 §4.2.3 to §4.5.
#pragma once

#include "base/limits.h"
#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/result.h"
#include "handshake/certificate_type13.h"
#include "handshake/offer13.h"
#include "message/certificate.h"
#include "message/encrypted_extensions.h"
#include "message/server_hello.h"

#include <array>
#include <optional>
#include <span>
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
  const OfferedPsk* psk = nullptr;  ///< of those that were offered; nullptr: none

  /// The session that was offered goes on.
  [[nodiscard]] bool resumes() const { return psk != nullptr && psk->external == nullptr; }
};

/// A client's own hello, to compare answers with: the offer and the extensions as they were sent.
struct Asked {
  const Offer* offer = nullptr;
  const ClientOptions* options = nullptr;
  message::ExtensionList extensions;
  bool is_hidden = false;  ///< the server has found it inside another (RFC 9849)
};

/// Checks a HelloRetryRequest. RFC 9846 §4.2.4. Fails: version_*, downgrade_detected,
/// legacy_version_invalid, session_id_not_echoed, suite_not_offered, compression_not_null,
/// group_not_offered, retry_for_share_sent, retry_without_change, extension_*.
Result<Retry> check_retry(const Asked& asked, const message::ServerHello& hello);

/// Checks a ServerHello; `retry` is the HelloRetryRequest before it, if one came. RFC 9846 §4.2.3.
/// Fails: as `check_retry`, and retry_repeated, suite_changed, key_share_not_offered,
/// psk_not_offered, psk_hash_mismatch.
Result<ServerChoice> check_server_hello(const Asked& asked, const std::optional<Retry>& retry,
                                        const message::ServerHello& hello);

/// What a server says in EncryptedExtensions.
struct ServerTerms {
  std::string alpn;                                ///< empty: none
  std::optional<std::uint16_t> record_size_limit;  ///< nothing: it did not answer ours
  std::uint16_t max_fragment_length = 0;           ///< bytes; 0: it did not answer ours
  std::optional<HeartbeatMode> heartbeat;          ///< nothing: it did not answer ours
  bool early_data = false;                         ///< it takes what was offered
  Bytes ech_retry_configs;                         ///< an ECHConfigList; empty: none came
  SettledTypes types;
};

/// The protocol that a server has chosen. RFC 7301 §3.1. Fails: alpn_malformed, alpn_not_offered.
Result<std::string> chosen_protocol(const message::ProtocolNameList& answer,
                                    const ClientOptions& options);

/// Checks EncryptedExtensions. RFC 9846 §4.4.1. Fails: extension_*, alpn_malformed,
/// alpn_not_offered, record_size_limit_invalid, record_limits_both, max_fragment_length_changed,
/// heartbeat_mode_invalid, certificate_type_not_offered, and as EchConfig::choose.
Result<ServerTerms> check_encrypted_extensions(const Asked& asked,
                                               const message::EncryptedExtensions& extensions);

/// Checks what a peer says of compression. Fails: compression_duplicated.
Result<> check_compressions(const message::CertificateCompressionAlgorithms& listed);

/// Checks that a CertificateRequest is one of the main handshake. Fails:
/// certificate_context_invalid.
Result<> check_without_context(const message::CertificateRequest& request);

/// Checks what a CertificateRequest asks for, and returns it; signature_algorithms is there. RFC
/// 9846 §4.4.2. Fails: extension_*, oid_filters_invalid, compression_duplicated.
Result<message::CertificateRequestExtensions>
check_certificate_request(const message::CertificateRequest& request);

/// A peer's certificates, the leaf first, and what came with each of them; or its raw public key.
/// Views into its message.
class PeerCertificates {
 public:
  explicit PeerCertificates(CertificateType type = CertificateType::x509) : type_(type) {}

  /// One more; there is room for `limits::certificates_in_message`.
  void add(Bytes certificate, Bytes staple, Bytes sct_list) {
    chain_[count_] = certificate;
    staples_[count_] = staple;
    sct_lists_[count_] = sct_list;
    ++count_;
  }

  /// What came beside the leaf; of others it does not count (RFC 9345 §4.1.1).
  void delegate(Bytes delegated_credential) { delegated_ = delegated_credential; }

  [[nodiscard]] bool empty() const { return count_ == 0; }

  [[nodiscard]] CertificateType type() const { return type_; }

  [[nodiscard]] std::span<const Bytes> chain() const { return std::span(chain_).first(count_); }

  /// The n-th came with the n-th certificate; empty where none did.
  [[nodiscard]] std::span<const Bytes> staples() const { return std::span(staples_).first(count_); }

  /// A DelegatedCredential; empty: the leaf's own key signs.
  [[nodiscard]] Bytes delegated_credential() const { return delegated_; }

  /// The same, of SCT lists.
  [[nodiscard]] std::span<const Bytes> sct_lists() const {
    return std::span(sct_lists_).first(count_);
  }

 private:
  std::array<Bytes, limits::certificates_in_message> chain_;
  std::array<Bytes, limits::certificates_in_message> staples_;
  std::array<Bytes, limits::certificates_in_message> sct_lists_;
  Bytes delegated_;
  std::size_t count_ = 0;
  CertificateType type_;
};

/// Checks the form of a Certificate of certificates of `type`; `asked` are the extensions of the
/// ClientHello or CertificateRequest that it answers, `context` is that of the request. A list may
/// be empty: whether that will do is for its reader to say. RFC 9846 §4.5.1. Fails:
/// certificate_context_invalid, certificate_list_too_long, extension_*, staple_type_not_offered;
/// delegated_credential_unasked;
/// raw_key_malformed, raw_key_not_alone.
Result<PeerCertificates> check_certificate(const message::ExtensionList& asked,
                                           const message::Certificate& certificate,
                                           CertificateType type, Bytes context = {});

}  // namespace handfast::handshake
