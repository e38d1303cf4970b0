#include "handfast/registry.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast {
namespace {

struct Row {
  std::uint16_t code;
  std::string_view name;
};

template <class E>
constexpr Row row(E code, std::string_view text) {
  return {static_cast<std::uint16_t>(std::to_underlying(code)), text};
}

// clang-format off
constexpr std::array versions = {
  row(ProtocolVersion::ssl30, "SSL 3.0"), row(ProtocolVersion::tls10, "TLS 1.0"), row(ProtocolVersion::tls11, "TLS 1.1"),
  row(ProtocolVersion::tls12, "TLS 1.2"), row(ProtocolVersion::tls13, "TLS 1.3"),
};

constexpr std::array suites = {
  row(CipherSuite::tls_rsa_with_aes_128_cbc_sha, "TLS_RSA_WITH_AES_128_CBC_SHA"),
  row(CipherSuite::tls_dhe_rsa_with_aes_128_cbc_sha, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
  row(CipherSuite::tls_rsa_with_aes_256_cbc_sha, "TLS_RSA_WITH_AES_256_CBC_SHA"),
  row(CipherSuite::tls_dhe_rsa_with_aes_256_cbc_sha, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
  row(CipherSuite::tls_rsa_with_aes_128_cbc_sha256, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
  row(CipherSuite::tls_rsa_with_aes_256_cbc_sha256, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
  row(CipherSuite::tls_dhe_rsa_with_aes_128_cbc_sha256, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
  row(CipherSuite::tls_dhe_rsa_with_aes_256_cbc_sha256, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
  row(CipherSuite::tls_rsa_with_aes_128_gcm_sha256, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_rsa_with_aes_256_gcm_sha384, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_dhe_rsa_with_aes_128_gcm_sha256, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_dhe_rsa_with_aes_256_gcm_sha384, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_psk_with_aes_128_gcm_sha256, "TLS_PSK_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_psk_with_aes_256_gcm_sha384, "TLS_PSK_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_empty_renegotiation_info_scsv, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
  row(CipherSuite::tls_aes_128_gcm_sha256, "TLS_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_aes_256_gcm_sha384, "TLS_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_chacha20_poly1305_sha256, "TLS_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_aes_128_ccm_sha256, "TLS_AES_128_CCM_SHA256"),
  row(CipherSuite::tls_aes_128_ccm_8_sha256, "TLS_AES_128_CCM_8_SHA256"),
  row(CipherSuite::tls_fallback_scsv, "TLS_FALLBACK_SCSV"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha256, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha384, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha384, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_256_gcm_sha384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_ecdhe_rsa_with_aes_256_gcm_sha384, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_psk_with_aes_128_ccm, "TLS_PSK_WITH_AES_128_CCM"),
  row(CipherSuite::tls_psk_with_aes_256_ccm, "TLS_PSK_WITH_AES_256_CCM"),
  row(CipherSuite::tls_psk_with_aes_128_ccm_8, "TLS_PSK_WITH_AES_128_CCM_8"),
  row(CipherSuite::tls_psk_with_aes_256_ccm_8, "TLS_PSK_WITH_AES_256_CCM_8"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_ccm, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_256_ccm, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_ccm_8, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_aes_256_ccm_8, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
  row(CipherSuite::tls_ecdhe_rsa_with_chacha20_poly1305_sha256, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_dhe_rsa_with_chacha20_poly1305_sha256, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_psk_with_chacha20_poly1305_sha256, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_ecdhe_psk_with_chacha20_poly1305_sha256, "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
  row(CipherSuite::tls_ecdhe_psk_with_aes_128_gcm_sha256, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256"),
  row(CipherSuite::tls_ecdhe_psk_with_aes_256_gcm_sha384, "TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384"),
  row(CipherSuite::tls_ecdhe_psk_with_aes_128_ccm_8_sha256, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256"),
  row(CipherSuite::tls_ecdhe_psk_with_aes_128_ccm_sha256, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256"),
};

constexpr std::array groups = {
  row(NamedGroup::secp256r1, "secp256r1"), row(NamedGroup::secp384r1, "secp384r1"), row(NamedGroup::secp521r1, "secp521r1"),
  row(NamedGroup::x25519, "x25519"), row(NamedGroup::x448, "x448"),
  row(NamedGroup::ffdhe2048, "ffdhe2048"), row(NamedGroup::ffdhe3072, "ffdhe3072"), row(NamedGroup::ffdhe4096, "ffdhe4096"),
  row(NamedGroup::ffdhe6144, "ffdhe6144"), row(NamedGroup::ffdhe8192, "ffdhe8192"),
  row(NamedGroup::mlkem512, "MLKEM512"), row(NamedGroup::mlkem768, "MLKEM768"), row(NamedGroup::mlkem1024, "MLKEM1024"),
  row(NamedGroup::secp256r1mlkem768, "SecP256r1MLKEM768"), row(NamedGroup::x25519mlkem768, "X25519MLKEM768"),
  row(NamedGroup::secp384r1mlkem1024, "SecP384r1MLKEM1024"),
};

constexpr std::array schemes = {
  row(SignatureScheme::rsa_pkcs1_sha1, "rsa_pkcs1_sha1"), row(SignatureScheme::ecdsa_sha1, "ecdsa_sha1"),
  row(SignatureScheme::rsa_pkcs1_sha256, "rsa_pkcs1_sha256"), row(SignatureScheme::ecdsa_secp256r1_sha256, "ecdsa_secp256r1_sha256"),
  row(SignatureScheme::rsa_pkcs1_sha384, "rsa_pkcs1_sha384"), row(SignatureScheme::ecdsa_secp384r1_sha384, "ecdsa_secp384r1_sha384"),
  row(SignatureScheme::rsa_pkcs1_sha512, "rsa_pkcs1_sha512"), row(SignatureScheme::ecdsa_secp521r1_sha512, "ecdsa_secp521r1_sha512"),
  row(SignatureScheme::rsa_pss_rsae_sha256, "rsa_pss_rsae_sha256"), row(SignatureScheme::rsa_pss_rsae_sha384, "rsa_pss_rsae_sha384"),
  row(SignatureScheme::rsa_pss_rsae_sha512, "rsa_pss_rsae_sha512"), row(SignatureScheme::ed25519, "ed25519"),
  row(SignatureScheme::ed448, "ed448"), row(SignatureScheme::rsa_pss_pss_sha256, "rsa_pss_pss_sha256"),
  row(SignatureScheme::rsa_pss_pss_sha384, "rsa_pss_pss_sha384"), row(SignatureScheme::rsa_pss_pss_sha512, "rsa_pss_pss_sha512"),
  row(SignatureScheme::mldsa44, "mldsa44"), row(SignatureScheme::mldsa65, "mldsa65"), row(SignatureScheme::mldsa87, "mldsa87"),
};

constexpr std::array contents = {
  row(ContentType::invalid, "invalid"), row(ContentType::change_cipher_spec, "change_cipher_spec"), row(ContentType::alert, "alert"),
  row(ContentType::handshake, "handshake"), row(ContentType::application_data, "application_data"), row(ContentType::heartbeat, "heartbeat"),
};

constexpr std::array messages = {
  row(HandshakeType::hello_request, "HelloRequest"), row(HandshakeType::client_hello, "ClientHello"),
  row(HandshakeType::server_hello, "ServerHello"), row(HandshakeType::new_session_ticket, "NewSessionTicket"),
  row(HandshakeType::end_of_early_data, "EndOfEarlyData"), row(HandshakeType::encrypted_extensions, "EncryptedExtensions"),
  row(HandshakeType::certificate, "Certificate"), row(HandshakeType::server_key_exchange, "ServerKeyExchange"),
  row(HandshakeType::certificate_request, "CertificateRequest"), row(HandshakeType::server_hello_done, "ServerHelloDone"),
  row(HandshakeType::certificate_verify, "CertificateVerify"), row(HandshakeType::client_key_exchange, "ClientKeyExchange"),
  row(HandshakeType::client_certificate_request, "ClientCertificateRequest"),
  row(HandshakeType::finished, "Finished"), row(HandshakeType::certificate_status, "CertificateStatus"),
  row(HandshakeType::key_update, "KeyUpdate"), row(HandshakeType::compressed_certificate, "CompressedCertificate"),
  row(HandshakeType::hello_retry_request, "HelloRetryRequest"), row(HandshakeType::message_hash, "message_hash"),
};

constexpr std::array extensions = {
  row(ExtensionType::server_name, "server_name"), row(ExtensionType::max_fragment_length, "max_fragment_length"),
  row(ExtensionType::status_request, "status_request"), row(ExtensionType::supported_groups, "supported_groups"),
  row(ExtensionType::ec_point_formats, "ec_point_formats"), row(ExtensionType::signature_algorithms, "signature_algorithms"),
  row(ExtensionType::use_srtp, "use_srtp"), row(ExtensionType::heartbeat, "heartbeat"),
  row(ExtensionType::application_layer_protocol_negotiation, "application_layer_protocol_negotiation"),
  row(ExtensionType::signed_certificate_timestamp, "signed_certificate_timestamp"),
  row(ExtensionType::client_certificate_type, "client_certificate_type"), row(ExtensionType::server_certificate_type, "server_certificate_type"),
  row(ExtensionType::padding, "padding"), row(ExtensionType::encrypt_then_mac, "encrypt_then_mac"),
  row(ExtensionType::extended_main_secret, "extended_main_secret"), row(ExtensionType::compress_certificate, "compress_certificate"),
  row(ExtensionType::record_size_limit, "record_size_limit"), row(ExtensionType::delegated_credential, "delegated_credential"),
  row(ExtensionType::session_ticket, "session_ticket"), row(ExtensionType::pre_shared_key, "pre_shared_key"),
  row(ExtensionType::early_data, "early_data"), row(ExtensionType::supported_versions, "supported_versions"),
  row(ExtensionType::cookie, "cookie"), row(ExtensionType::psk_key_exchange_modes, "psk_key_exchange_modes"),
  row(ExtensionType::certificate_authorities, "certificate_authorities"), row(ExtensionType::oid_filters, "oid_filters"),
  row(ExtensionType::post_handshake_auth, "post_handshake_auth"), row(ExtensionType::signature_algorithms_cert, "signature_algorithms_cert"),
  row(ExtensionType::key_share, "key_share"), row(ExtensionType::quic_transport_parameters, "quic_transport_parameters"),
  row(ExtensionType::ticket_request, "ticket_request"), row(ExtensionType::ech_outer_extensions, "ech_outer_extensions"),
  row(ExtensionType::encrypted_client_hello, "encrypted_client_hello"), row(ExtensionType::renegotiation_info, "renegotiation_info"),
};

constexpr std::array compressions = {
  row(CertificateCompressionAlgorithm::zlib, "zlib"), row(CertificateCompressionAlgorithm::brotli, "brotli"),
  row(CertificateCompressionAlgorithm::zstd, "zstd"),
};

constexpr std::array certificate_types = {
  row(CertificateType::x509, "X509"), row(CertificateType::raw_public_key, "RawPublicKey"),
};

constexpr std::array kdfs = {
  row(KdfIdentifier::hkdf_sha256, "HKDF_SHA256"), row(KdfIdentifier::hkdf_sha384, "HKDF_SHA384"),
};
// clang-format on

static_assert(std::ranges::is_sorted(versions, {}, &Row::code));
static_assert(std::ranges::is_sorted(suites, {}, &Row::code));
static_assert(std::ranges::is_sorted(groups, {}, &Row::code));
static_assert(std::ranges::is_sorted(schemes, {}, &Row::code));
static_assert(std::ranges::is_sorted(contents, {}, &Row::code));
static_assert(std::ranges::is_sorted(messages, {}, &Row::code));
static_assert(std::ranges::is_sorted(extensions, {}, &Row::code));
static_assert(std::ranges::is_sorted(compressions, {}, &Row::code));
static_assert(std::ranges::is_sorted(certificate_types, {}, &Row::code));
static_assert(std::ranges::is_sorted(kdfs, {}, &Row::code));

template <class E>
std::string_view find(std::span<const Row> rows, E value, bool may_be_grease) {
  const auto code = static_cast<std::uint16_t>(std::to_underlying(value));
  const auto found = std::ranges::lower_bound(rows, code, {}, &Row::code);
  if (found != rows.end() && found->code == code) {
    return found->name;
  }
  return may_be_grease && is_grease(code) ? "GREASE" : "unassigned";
}

}  // namespace

std::string_view name(ProtocolVersion version) { return find(versions, version, true); }

std::string_view name(CipherSuite suite) { return find(suites, suite, true); }

std::string_view name(NamedGroup group) { return find(groups, group, true); }

std::string_view name(SignatureScheme scheme) { return find(schemes, scheme, true); }

std::string_view name(ContentType type) { return find(contents, type, false); }

std::string_view name(HeartbeatMode mode) {
  switch (mode) {
    case HeartbeatMode::peer_allowed_to_send: return "peer_allowed_to_send";
    case HeartbeatMode::peer_not_allowed_to_send: return "peer_not_allowed_to_send";
  }
  return "unassigned";
}

std::string_view name(HandshakeType type) { return find(messages, type, false); }

std::string_view name(ExtensionType type) { return find(extensions, type, true); }

std::string_view name(CertificateCompressionAlgorithm algorithm) {
  return find(compressions, algorithm, true);
}

std::string_view name(CertificateType type) { return find(certificate_types, type, false); }

std::string_view name(KdfIdentifier kdf) { return find(kdfs, kdf, false); }

}  // namespace handfast
