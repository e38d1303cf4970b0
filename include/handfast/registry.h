// The IANA registries of TLS as enums; the enumerators spell the registries' own names.
#pragma once

#include <cstdint>
#include <string_view>

namespace handfast {

/// ProtocolVersion, RFC 9846 §4.2.2.
enum class ProtocolVersion : std::uint16_t {
  ssl30 = 0x0300,
  tls10 = 0x0301,
  tls11 = 0x0302,
  tls12 = 0x0303,
  tls13 = 0x0304,
};

/// "TLS Cipher Suites": those of TLS 1.3 (RFC 9846 §B.4), those of TLS 1.2 with AEAD and ECDHE (RFC
/// 5289, RFC 7251, RFC 7905), an external key (RFC 5487, RFC 6655, RFC 7905) or both (RFC 8442),
/// the legacy ones with CBC (RFC 5246, RFC 5289, RFC 8422), and the signalling values.
enum class CipherSuite : std::uint16_t {
  tls_rsa_with_aes_128_cbc_sha = 0x002f,
  tls_dhe_rsa_with_aes_128_cbc_sha = 0x0033,
  tls_rsa_with_aes_256_cbc_sha = 0x0035,
  tls_dhe_rsa_with_aes_256_cbc_sha = 0x0039,
  tls_rsa_with_aes_128_cbc_sha256 = 0x003c,
  tls_rsa_with_aes_256_cbc_sha256 = 0x003d,
  tls_dhe_rsa_with_aes_128_cbc_sha256 = 0x0067,
  tls_dhe_rsa_with_aes_256_cbc_sha256 = 0x006b,
  tls_rsa_with_aes_128_gcm_sha256 = 0x009c,
  tls_rsa_with_aes_256_gcm_sha384 = 0x009d,
  tls_dhe_rsa_with_aes_128_gcm_sha256 = 0x009e,
  tls_dhe_rsa_with_aes_256_gcm_sha384 = 0x009f,
  tls_psk_with_aes_128_gcm_sha256 = 0x00a8,
  tls_psk_with_aes_256_gcm_sha384 = 0x00a9,
  tls_empty_renegotiation_info_scsv = 0x00ff,
  tls_aes_128_gcm_sha256 = 0x1301,
  tls_aes_256_gcm_sha384 = 0x1302,
  tls_chacha20_poly1305_sha256 = 0x1303,
  tls_aes_128_ccm_sha256 = 0x1304,
  tls_aes_128_ccm_8_sha256 = 0x1305,
  tls_fallback_scsv = 0x5600,
  tls_ecdhe_ecdsa_with_aes_128_cbc_sha = 0xc009,
  tls_ecdhe_ecdsa_with_aes_256_cbc_sha = 0xc00a,
  tls_ecdhe_rsa_with_aes_128_cbc_sha = 0xc013,
  tls_ecdhe_rsa_with_aes_256_cbc_sha = 0xc014,
  tls_ecdhe_ecdsa_with_aes_128_cbc_sha256 = 0xc023,
  tls_ecdhe_ecdsa_with_aes_256_cbc_sha384 = 0xc024,
  tls_ecdhe_rsa_with_aes_128_cbc_sha256 = 0xc027,
  tls_ecdhe_rsa_with_aes_256_cbc_sha384 = 0xc028,
  tls_ecdhe_ecdsa_with_aes_128_gcm_sha256 = 0xc02b,
  tls_ecdhe_ecdsa_with_aes_256_gcm_sha384 = 0xc02c,
  tls_ecdhe_rsa_with_aes_128_gcm_sha256 = 0xc02f,
  tls_ecdhe_rsa_with_aes_256_gcm_sha384 = 0xc030,
  tls_psk_with_aes_128_ccm = 0xc0a4,
  tls_psk_with_aes_256_ccm = 0xc0a5,
  tls_psk_with_aes_128_ccm_8 = 0xc0a8,
  tls_psk_with_aes_256_ccm_8 = 0xc0a9,
  tls_ecdhe_ecdsa_with_aes_128_ccm = 0xc0ac,
  tls_ecdhe_ecdsa_with_aes_256_ccm = 0xc0ad,
  tls_ecdhe_ecdsa_with_aes_128_ccm_8 = 0xc0ae,
  tls_ecdhe_ecdsa_with_aes_256_ccm_8 = 0xc0af,
  tls_ecdhe_rsa_with_chacha20_poly1305_sha256 = 0xcca8,
  tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256 = 0xcca9,
  tls_dhe_rsa_with_chacha20_poly1305_sha256 = 0xccaa,
  tls_psk_with_chacha20_poly1305_sha256 = 0xccab,
  tls_ecdhe_psk_with_chacha20_poly1305_sha256 = 0xccac,
  tls_ecdhe_psk_with_aes_128_gcm_sha256 = 0xd001,
  tls_ecdhe_psk_with_aes_256_gcm_sha384 = 0xd002,
  tls_ecdhe_psk_with_aes_128_ccm_8_sha256 = 0xd003,
  tls_ecdhe_psk_with_aes_128_ccm_sha256 = 0xd005,
};

/// "TLS Supported Groups". RFC 9846 §4.3.7, RFC 10024.
enum class NamedGroup : std::uint16_t {
  secp256r1 = 23,
  secp384r1 = 24,
  secp521r1 = 25,
  x25519 = 29,
  x448 = 30,
  ffdhe2048 = 256,
  ffdhe3072 = 257,
  ffdhe4096 = 258,
  ffdhe6144 = 259,
  ffdhe8192 = 260,
  mlkem512 = 512,
  mlkem768 = 513,
  mlkem1024 = 514,
  secp256r1mlkem768 = 4587,
  x25519mlkem768 = 4588,
  secp384r1mlkem1024 = 4589,
};

/// "TLS SignatureScheme". RFC 9846 §4.3.3.
enum class SignatureScheme : std::uint16_t {
  rsa_pkcs1_sha1 = 0x0201,
  ecdsa_sha1 = 0x0203,
  rsa_pkcs1_sha256 = 0x0401,
  ecdsa_secp256r1_sha256 = 0x0403,
  rsa_pkcs1_sha384 = 0x0501,
  ecdsa_secp384r1_sha384 = 0x0503,
  rsa_pkcs1_sha512 = 0x0601,
  ecdsa_secp521r1_sha512 = 0x0603,
  rsa_pss_rsae_sha256 = 0x0804,
  rsa_pss_rsae_sha384 = 0x0805,
  rsa_pss_rsae_sha512 = 0x0806,
  ed25519 = 0x0807,
  ed448 = 0x0808,
  rsa_pss_pss_sha256 = 0x0809,
  rsa_pss_pss_sha384 = 0x080a,
  rsa_pss_pss_sha512 = 0x080b,
  mldsa44 = 0x0904,  ///< this and the next two: draft-ietf-tls-mldsa
  mldsa65 = 0x0905,
  mldsa87 = 0x0906,
};

/// ContentType, RFC 9846 §5.1; heartbeat is RFC 6520's.
enum class ContentType : std::uint8_t {
  invalid = 0,
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,
};

/// HandshakeType, RFC 9846 §4, and of TLS 1.2, RFC 5246 §7.4. `hello_retry_request` is a
/// ServerHello on the wire and told apart by its random; 253 is no registered value and never sent.
enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  client_certificate_request = 17,  ///< in authenticators alone, RFC 9261 §4
  finished = 20,
  certificate_status = 22,
  key_update = 24,
  compressed_certificate = 25,  ///< RFC 8879 §4
  hello_retry_request = 253,
  message_hash = 254,
};

/// "TLS ExtensionType Values". RFC 9846 §4.3.
enum class ExtensionType : std::uint16_t {
  server_name = 0,
  max_fragment_length = 1,
  status_request = 5,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  use_srtp = 14,
  heartbeat = 15,
  application_layer_protocol_negotiation = 16,
  signed_certificate_timestamp = 18,
  client_certificate_type = 19,
  server_certificate_type = 20,
  padding = 21,
  encrypt_then_mac = 22,
  extended_main_secret = 23,
  compress_certificate = 27,
  record_size_limit = 28,
  delegated_credential = 34,
  session_ticket = 35,
  pre_shared_key = 41,
  early_data = 42,
  supported_versions = 43,
  cookie = 44,
  psk_key_exchange_modes = 45,
  certificate_authorities = 47,
  oid_filters = 48,
  post_handshake_auth = 49,
  signature_algorithms_cert = 50,
  key_share = 51,
  quic_transport_parameters = 57,
  ticket_request = 58,
  ech_outer_extensions = 0xfd00,
  encrypted_client_hello = 0xfe0d,
  renegotiation_info = 0xff01,
};

/// "TLS ClientCertificateType Identifiers" (ClientCertificateType is an extension of RFC 7250
/// here): what a client of TLS 1.2 may sign with. RFC 5246 §7.4.4, RFC 8422 §5.5.
enum class ClientCertificateKind : std::uint8_t {
  rsa_sign = 1,
  ecdsa_sign = 64,
};

/// "TLS Certificate Compression Algorithm IDs". RFC 8879 §7.3.
enum class CertificateCompressionAlgorithm : std::uint16_t {
  zlib = 1,
  brotli = 2,
  zstd = 3,
};

/// "TLS Certificate Types". RFC 7250 §3, RFC 9846 §4.5.1.
enum class CertificateType : std::uint8_t {
  x509 = 0,
  raw_public_key = 2,
};

/// "TLS KDF Identifiers". RFC 9258 §10.
enum class KdfIdentifier : std::uint16_t {
  hkdf_sha256 = 1,
  hkdf_sha384 = 2,
};

/// "Heartbeat Modes": what a side says of the other. RFC 6520 §2.
enum class HeartbeatMode : std::uint8_t {
  peer_allowed_to_send = 1,
  peer_not_allowed_to_send = 2,
};

/// "Heartbeat Message Types". RFC 6520 §3.
enum class HeartbeatMessageType : std::uint8_t {
  heartbeat_request = 1,
  heartbeat_response = 2,
};

/// The registry's name ("TLS 1.3", "TLS_AES_128_GCM_SHA256", "x25519", "Certificate", ...), or
/// "GREASE" for the values of RFC 8701, or "unassigned". Never fails; the text lives for ever.
[[nodiscard]] std::string_view name(ProtocolVersion version);
[[nodiscard]] std::string_view name(CipherSuite suite);
[[nodiscard]] std::string_view name(NamedGroup group);
[[nodiscard]] std::string_view name(SignatureScheme scheme);
[[nodiscard]] std::string_view name(ContentType type);
[[nodiscard]] std::string_view name(HandshakeType type);
[[nodiscard]] std::string_view name(ExtensionType type);
[[nodiscard]] std::string_view name(CertificateCompressionAlgorithm algorithm);
[[nodiscard]] std::string_view name(CertificateType type);
[[nodiscard]] std::string_view name(KdfIdentifier kdf);
[[nodiscard]] std::string_view name(HeartbeatMode mode);

/// Whether `code` is one of the values that RFC 8701 reserves to keep peers tolerant (0x?A?A).
[[nodiscard]] constexpr bool is_grease(std::uint16_t code) {
  return (code & 0x0f0f) == 0x0a0a && (code >> 8) == (code & 0xff);
}

}  // namespace handfast
