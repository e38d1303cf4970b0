// The key exchange of finite fields, in groups of RFC 7919 alone, which nothing but old suites
// uses.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/secret_bytes.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace handfast::legacy {

/// The numbers of a group, big endian, as ServerDHParams has them.
struct FfdheGroup {
  std::vector<std::uint8_t> p;
  std::vector<std::uint8_t> g;
};

/// Fails: configuration_unsupported for what is none of ffdhe2048, ffdhe3072 and ffdhe4096, and
/// where libcrypto does not have it; out_of_memory.
Result<FfdheGroup> ffdhe_group(NamedGroup group);

/// Which of these groups has this prime and generator; nothing: none.
[[nodiscard]] std::optional<NamedGroup> find_ffdhe(Bytes p, Bytes g);

/// A key pair for one exchange. RFC 7919 §5.2: its private half is as long as the group's strength
/// wants.
struct FfdhePair {
  SecretBytes private_key;
  std::vector<std::uint8_t> share;  ///< as long as the prime
};

/// Fails: as `ffdhe_group`; random_failed.
Result<FfdhePair> generate_ffdhe(NamedGroup group);

/// The premaster secret: RFC 5246 §8.1.2 has it without its leading zeros, so that their number
/// shows in how long it takes. Each key is used once, and gives nobody a second try (RFC 9325
/// §7.4). Fails: key_share_invalid for what is not between 1 and p - 1 (RFC 7919 §5.1); as
/// `ffdhe_group`.
Result<SecretBytes> agree_ffdhe(NamedGroup group, const SecretBytes& private_key, Bytes share);

}  // namespace handfast::legacy
