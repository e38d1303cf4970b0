// The table of TLS 1.3 cipher suites. RFC 9846 §B.4.
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

namespace handfast::crypto {

/// One suite: its cipher, its hash, and how many records one key may seal before it must change
/// (RFC 9846 §5.5; ChaCha20-Poly1305 has no limit that a sequence number could reach).
struct Suite {
  CipherSuite id;
  AeadId aead;
  HashId hash;
  std::uint64_t records_for_one_key;
};

/// The key and IV of one direction of one epoch. RFC 9846 §7.3.
struct TrafficKeys {
  Secret<32> key;
  Iv iv;
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

/// The row of `id`, or nullptr for a suite that this build does not have.
[[nodiscard]] constexpr const Suite* find_suite(CipherSuite id) {
  const auto* row = std::ranges::lower_bound(suites, id, {}, &Suite::id);
  return row != suites.end() && row->id == id ? row : nullptr;
}

/// A suite that this build has, as every configured, negotiated and remembered one is.
[[nodiscard]] constexpr const Suite& suite_of(CipherSuite id) {
  const Suite* const row = find_suite(id);
  if (row == nullptr) {
    std::abort();  // whoever let it in did not ask find_suite
  }
  return *row;
}

[[nodiscard]] constexpr HashId hash_of(CipherSuite id) { return suite_of(id).hash; }

}  // namespace handfast::crypto
