// K-PKE, the encryption inside ML-KEM (FIPS 203 §5). It protects nothing by itself: ml_kem.cc makes
// a key encapsulation of it.
#pragma once

#include "crypto/native/ml_kem.h"
#include "crypto/native/ml_kem_ring.h"
#include "handfast/bytes.h"

namespace handfast::crypto::native {

/// Row `i` of the matrix Â that `rho` stands for, or of its transpose: as many entries as `row`
/// has room for, at most four. (FIPS 203 Algorithm 13 lines 3 to 7, Algorithm 14 lines 4 to 8.)
void sample_matrix_row(const MlKemRing& ring, Bytes rho, std::size_t i, bool transposed,
                       std::span<Polynomial> row);

/// Fills `out` with noise: PRF_2(seed, N) for N = 0, 1, ..., each through SamplePolyCBD_2.
void sample_noise(const MlKemRing& ring, Bytes seed, std::span<Polynomial> out);

/// FIPS 203 Algorithm 13 from line 2 on. Writes ek_PKE and dk_PKE for `seeds`: ρ and σ, 64 bytes.
template <class Set>
void k_pke_key_gen(const MlKemRing& ring, Bytes seeds, MutBytes encryption_key,
                   MutBytes decryption_key);

/// What an encryption hides, and with what: m and r, 32 bytes each.
struct KPkeInput {
  Bytes message;
  Bytes randomness;
};

/// FIPS 203 Algorithm 14.
template <class Set>
void k_pke_encrypt(const MlKemRing& ring, Bytes encryption_key, const KPkeInput& input,
                   MutBytes ciphertext);

/// FIPS 203 Algorithm 15. Writes the 32 bytes of the message.
template <class Set>
void k_pke_decrypt(const MlKemRing& ring, Bytes decryption_key, Bytes ciphertext, MutBytes message);

}  // namespace handfast::crypto::native
