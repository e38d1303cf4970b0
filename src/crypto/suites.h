// The tables of cipher suites. RFC 9846 §B.4; of TLS 1.2, RFC 5289, RFC 7905, RFC
// 7251, and with pre-shared keys RFC 5487, RFC 6655, RFC 8442.
#pragma once

#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "handfast/registry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

namespace handfast::crypto {

/// What a suite of TLS 1.2 says of the key that signs; TLS 1.3 leaves that to signature_algorithms.
/// Ed25519 counts as ECDSA (RFC 8422 §2.1).
enum class SuiteSigner : std::uint8_t { any, ecdsa, rsa };

/// How a suite of TLS 1.2 comes to its premaster secret; TLS 1.3 leaves that to key_share. In those
/// of `ecdhe` and `dhe` the server signs its public value.
enum class KeyExchangeMethod : std::uint8_t { ecdhe, ecdhe_psk, psk, dhe, rsa };

/// Whether the server shows a certificate in suites of this method.
[[nodiscard]] constexpr bool shows_certificate(KeyExchangeMethod method) {
  return method != KeyExchangeMethod::psk && method != KeyExchangeMethod::ecdhe_psk;
}

/// Whether the key exchange is on an elliptic curve.
[[nodiscard]] constexpr bool needs_curve(KeyExchangeMethod method) {
  return method == KeyExchangeMethod::ecdhe || method == KeyExchangeMethod::ecdhe_psk;
}

/// What stands in the place of an AEAD in old suites of TLS 1.2. Apart from `HashId`, so that
/// nothing can be signed with SHA-1.
enum class MacId : std::uint8_t { hmac_sha1, hmac_sha256, hmac_sha384 };

/// The sizes of a MAC's key and of what it gives, which are the same, in bytes.
[[nodiscard]] constexpr std::size_t mac_size(MacId id) {
  switch (id) {
    case MacId::hmac_sha1: return 20;
    case MacId::hmac_sha256: return 32;
    case MacId::hmac_sha384: return 48;
  }
  return 0;
}

/// One suite: its cipher, its hash, and how many records one key may seal before it must change
/// (RFC 9846 §5.5; ChaCha20-Poly1305 has no limit that a sequence number could reach).
struct Suite {
  CipherSuite id;
  AeadId aead;
  HashId hash;
  std::uint64_t records_for_one_key;
  ProtocolVersion version = ProtocolVersion::tls13;
  SuiteSigner signer = SuiteSigner::any;
  KeyExchangeMethod key_exchange = KeyExchangeMethod::ecdhe;
  std::optional<MacId> mac = std::nullopt;  ///< of a block cipher: AES-CBC, with the key of `aead`
};

/// The finite-field groups of `KeyExchangeMethod::dhe`, in the order of preference (RFC 7919). They
/// are for TLS 1.2 alone here.
inline constexpr std::array ffdhe_groups = {NamedGroup::ffdhe2048, NamedGroup::ffdhe3072,
                                            NamedGroup::ffdhe4096};

/// How many bytes of each nonce come from the key schedule. In TLS 1.2 those of AES-GCM and AES-CCM
/// are but a part, and the rest is sent (RFC 5288 §3, RFC 6655 §3); ChaCha20-Poly1305 has its
/// nonces as TLS 1.3 does (RFC 7905 §2); block ciphers send theirs whole (RFC 5246 §6.2.3.2).
[[nodiscard]] constexpr std::size_t derived_iv_size(const Suite& suite) {
  if (suite.mac) {
    return 0;
  }
  const bool sends_rest =
      suite.version == ProtocolVersion::tls12 && suite.aead != AeadId::chacha20_poly1305;
  return sends_rest ? 4 : aead_nonce_size;
}

/// The keys and IV of one direction of one epoch, an IV of `derived_iv_size`. RFC 9846 §7.3, RFC
/// 5246 §6.3.
struct TrafficKeys {
  Secret<32> key;
  Iv iv;
  Secret<48> mac_key = {};  ///< empty: the suite has no MAC
};

inline constexpr std::uint64_t no_record_limit = std::numeric_limits<std::uint64_t>::max() - 1;

// clang-format off
inline constexpr std::array suites = {
  Suite{CipherSuite::tls_aes_128_gcm_sha256,       AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24},
  Suite{CipherSuite::tls_aes_256_gcm_sha384,       AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24},
  Suite{CipherSuite::tls_chacha20_poly1305_sha256, AeadId::chacha20_poly1305, HashId::sha256, no_record_limit},
};
// clang-format on
static_assert(std::ranges::is_sorted(suites, {}, &Suite::id), "find_suite searches by halves");

// TLS 1.2 changes keys by a new handshake on the same connection, which is refused here, so that
// the end of a key is the end of its connection. AES-CCM wears out sooner (RFC 9147 §4.5.3).
// clang-format off
inline constexpr std::array suites12 = {
  Suite{CipherSuite::tls_rsa_with_aes_128_cbc_sha,                      AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa, MacId::hmac_sha1},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_128_cbc_sha,                  AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_rsa_with_aes_256_cbc_sha,                      AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa, MacId::hmac_sha1},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_256_cbc_sha,                  AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_rsa_with_aes_128_cbc_sha256,                   AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa, MacId::hmac_sha256},
  Suite{CipherSuite::tls_rsa_with_aes_256_cbc_sha256,                   AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa, MacId::hmac_sha256},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_128_cbc_sha256,               AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe, MacId::hmac_sha256},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_256_cbc_sha256,               AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe, MacId::hmac_sha256},
  Suite{CipherSuite::tls_rsa_with_aes_128_gcm_sha256,                   AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa},
  Suite{CipherSuite::tls_rsa_with_aes_256_gcm_sha384,                   AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::rsa},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_128_gcm_sha256,               AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe},
  Suite{CipherSuite::tls_dhe_rsa_with_aes_256_gcm_sha384,               AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe},
  Suite{CipherSuite::tls_psk_with_aes_128_gcm_sha256,                   AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_psk_with_aes_256_gcm_sha384,                   AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha,              AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha,              AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha,                AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha,                AeadId::aes_256_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha1},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha256,           AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha256},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_256_cbc_sha384,           AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha384},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256,             AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha256},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha384,             AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::ecdhe, MacId::hmac_sha384},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256,           AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_256_gcm_sha384,           AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256,             AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa},
  Suite{CipherSuite::tls_ecdhe_rsa_with_aes_256_gcm_sha384,             AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::rsa},
  Suite{CipherSuite::tls_psk_with_aes_128_ccm,                          AeadId::aes_128_ccm,       HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_psk_with_aes_256_ccm,                          AeadId::aes_256_ccm,       HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_psk_with_aes_128_ccm_8,                        AeadId::aes_128_ccm_8,     HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_psk_with_aes_256_ccm_8,                        AeadId::aes_256_ccm_8,     HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_ccm,                  AeadId::aes_128_ccm,       HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_256_ccm,                  AeadId::aes_256_ccm,       HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_ccm_8,                AeadId::aes_128_ccm_8,     HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_aes_256_ccm_8,                AeadId::aes_256_ccm_8,     HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_ecdhe_rsa_with_chacha20_poly1305_sha256,       AeadId::chacha20_poly1305, HashId::sha256, no_record_limit, ProtocolVersion::tls12, SuiteSigner::rsa},
  Suite{CipherSuite::tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256,     AeadId::chacha20_poly1305, HashId::sha256, no_record_limit, ProtocolVersion::tls12, SuiteSigner::ecdsa},
  Suite{CipherSuite::tls_dhe_rsa_with_chacha20_poly1305_sha256,         AeadId::chacha20_poly1305, HashId::sha256, no_record_limit, ProtocolVersion::tls12, SuiteSigner::rsa, KeyExchangeMethod::dhe},
  Suite{CipherSuite::tls_psk_with_chacha20_poly1305_sha256,             AeadId::chacha20_poly1305, HashId::sha256, no_record_limit, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::psk},
  Suite{CipherSuite::tls_ecdhe_psk_with_chacha20_poly1305_sha256,       AeadId::chacha20_poly1305, HashId::sha256, no_record_limit, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::ecdhe_psk},
  Suite{CipherSuite::tls_ecdhe_psk_with_aes_128_gcm_sha256,             AeadId::aes_128_gcm,       HashId::sha256, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::ecdhe_psk},
  Suite{CipherSuite::tls_ecdhe_psk_with_aes_256_gcm_sha384,             AeadId::aes_256_gcm,       HashId::sha384, 1ULL << 24, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::ecdhe_psk},
  Suite{CipherSuite::tls_ecdhe_psk_with_aes_128_ccm_8_sha256,           AeadId::aes_128_ccm_8,     HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::ecdhe_psk},
  Suite{CipherSuite::tls_ecdhe_psk_with_aes_128_ccm_sha256,             AeadId::aes_128_ccm,       HashId::sha256, 1ULL << 23, ProtocolVersion::tls12, SuiteSigner::any, KeyExchangeMethod::ecdhe_psk},
};
// clang-format on
static_assert(std::ranges::is_sorted(suites12, {}, &Suite::id), "find_suite12 searches by halves");

/// The row of `id` for TLS 1.3, or nullptr for a suite that this build does not have.
[[nodiscard]] constexpr const Suite* find_suite(CipherSuite id) {
  const auto* row = std::ranges::lower_bound(suites, id, {}, &Suite::id);
  return row != suites.end() && row->id == id ? row : nullptr;
}

/// The same for TLS 1.2.
[[nodiscard]] constexpr const Suite* find_suite12(CipherSuite id) {
  const auto* row = std::ranges::lower_bound(suites12, id, {}, &Suite::id);
  return row != suites12.end() && row->id == id ? row : nullptr;
}

/// The same for either version: no suite is of both.
[[nodiscard]] constexpr const Suite* find_suite_of_any(CipherSuite id) {
  const Suite* const row = find_suite(id);
  return row != nullptr ? row : find_suite12(id);
}

/// A suite that this build has, as every configured, negotiated and remembered one is.
[[nodiscard]] constexpr const Suite& suite_of(CipherSuite id) {
  const Suite* const row = find_suite_of_any(id);
  if (row == nullptr) {
    std::abort();  // whoever let it in did not ask find_suite
  }
  return *row;
}

[[nodiscard]] constexpr HashId hash_of(CipherSuite id) { return suite_of(id).hash; }

}  // namespace handfast::crypto
