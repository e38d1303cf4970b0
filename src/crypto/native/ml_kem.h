// ML-KEM, the key encapsulation of FIPS 203, with the parameter sets that TLS has groups for.
//
// Randomness comes from the caller, so that published vectors can be followed: what the standard
// calls the internal algorithms (§6) is here, with the checks of §7 around them.
#pragma once

#include "base/secret.h"
#include "crypto/native/twin.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace handfast::crypto::native {

struct MlKemRing;

/// The parameter sets, with the names of FIPS 203 §8; η1 and η2 are 2 in both.
struct MlKem768 {
  static constexpr std::size_t k = 3;
  static constexpr unsigned du = 10;
  static constexpr unsigned dv = 4;
};

struct MlKem1024 {
  static constexpr std::size_t k = 4;
  static constexpr unsigned du = 11;
  static constexpr unsigned dv = 5;
};

/// Sizes in bytes (FIPS 203 Table 3).
template <class Set>
inline constexpr std::size_t ml_kem_encapsulation_key_size = 384 * Set::k + 32;

template <class Set>
inline constexpr std::size_t ml_kem_ciphertext_size = 32 * (Set::du * Set::k + Set::dv);

template <class Set>
inline constexpr std::size_t ml_kem_decapsulation_key_size = 768 * Set::k + 96;

/// The seeds d and z of a key pair, in this order, which is the shortest form of the pair.
inline constexpr std::size_t ml_kem_seed_size = 64;

/// The message m that an encapsulation starts from.
inline constexpr std::size_t ml_kem_message_size = 32;

/// The shared secret K of both sides.
using MlKemSecret = Secret<32>;

/// A key pair: what decapsulates, and the encapsulation key within. Held in place, expanded as FIPS
/// 203 writes it, so that decapsulation need not derive it again. Move-only; wiped when it goes.
///
/// Immutable once made: any number of threads may decapsulate.
template <class Set>
class MlKemKey {
 public:
  /// ML-KEM.KeyGen_internal (FIPS 203 Algorithm 16). `seed` is 64 secret bytes: fresh random ones,
  /// or those that a key is kept as. Fails: key_malformed for a wrong length.
  static Result<MlKemKey> from_seed(Bytes seed, Twin twin = fastest_twin());

  /// A key as FIPS 203 writes it: dk of Algorithm 16. Fails: key_malformed for a wrong length, or a
  /// hash of the encapsulation key that is not its own (FIPS 203 §7.3).
  static Result<MlKemKey> from_expanded(Bytes decapsulation_key, Twin twin = fastest_twin());

  /// What the peer encapsulates to. Valid as long as the key stays where it is.
  [[nodiscard]] Bytes encapsulation_key() const {
    return expanded_.expose().subspan(384 * Set::k, ml_kem_encapsulation_key_size<Set>);
  }

  /// The key as `from_expanded` takes it.
  [[nodiscard]] Bytes expose() const { return expanded_.expose(); }

  /// ML-KEM.Decaps (FIPS 203 Algorithm 21): the peer's secret, or, where the ciphertext is none of
  /// this key, one that only we know; which of them cannot be told, by time either. Fails:
  /// key_share_invalid for a wrong length.
  [[nodiscard]] Result<MlKemSecret> decapsulate(Bytes ciphertext) const;

 private:
  explicit MlKemKey(const MlKemRing& ring) : ring_(&ring) {}

  Secret<ml_kem_decapsulation_key_size<Set>> expanded_;
  const MlKemRing* ring_;
};

/// What an encapsulation gives: c for the peer, K for us.
template <class Set>
struct MlKemEncapsulation {
  std::array<std::uint8_t, ml_kem_ciphertext_size<Set>> ciphertext;
  MlKemSecret secret;
};

/// ML-KEM.Encaps (FIPS 203 Algorithm 20) to a peer's key. `message` is fresh, random and secret.
/// Fails: key_share_invalid for a key of a wrong length, or with a coefficient that is not below q
/// (FIPS 203 §7.2). Any thread.
template <class Set>
Result<MlKemEncapsulation<Set>>
ml_kem_encapsulate(Bytes encapsulation_key,
                   std::span<const std::uint8_t, ml_kem_message_size> message,
                   Twin twin = fastest_twin());

extern template class MlKemKey<MlKem768>;
extern template class MlKemKey<MlKem1024>;

}  // namespace handfast::crypto::native
