#include "crypto/native/keccak.h"

#include "crypto/native/twins.h"
#include "support/hex.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/evp.h>

namespace handfast::crypto::native {
namespace {

using test::from_hex;
using Vector = std::vector<std::uint8_t>;

Vector keccak_of(const KeccakFunction& function, Bytes message, std::size_t size) {
  Vector out(size);
  keccak(function, {message}, out);
  return out;
}

Vector random_bytes(std::mt19937_64& random, std::size_t size) {
  Vector bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

const Vector abc = {'a', 'b', 'c'};

// NIST's examples of FIPS 202.
TEST(Keccak, gives_the_published_values) {
  EXPECT_EQ(keccak_of(sha3_256, {}, 32),
            from_hex("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"));
  EXPECT_EQ(keccak_of(sha3_256, abc, 32),
            from_hex("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"));
  EXPECT_EQ(keccak_of(sha3_512, abc, 64),
            from_hex("b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                     "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"));
  EXPECT_EQ(keccak_of(shake128, {}, 32),
            from_hex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"));
  EXPECT_EQ(keccak_of(shake256, {}, 32),
            from_hex("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"));
}

Vector libcrypto_of(const EVP_MD* function, Bytes message, std::size_t size, bool extendable) {
  Vector out(size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestInit_ex(context, function, nullptr), 1);
  EXPECT_EQ(EVP_DigestUpdate(context, message.data(), message.size()), 1);
  EXPECT_EQ(extendable ? EVP_DigestFinalXOF(context, out.data(), out.size())
                       : EVP_DigestFinal_ex(context, out.data(), nullptr),
            1);
  EVP_MD_CTX_free(context);
  return out;
}

TEST(Keccak, agrees_with_libcrypto_on_every_length) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 700; ++size) {
    const Vector message = random_bytes(random, size);
    ASSERT_EQ(keccak_of(sha3_256, message, 32), libcrypto_of(EVP_sha3_256(), message, 32, false));
    ASSERT_EQ(keccak_of(sha3_512, message, 64), libcrypto_of(EVP_sha3_512(), message, 64, false));
    ASSERT_EQ(keccak_of(shake128, message, size + 1),
              libcrypto_of(EVP_shake128(), message, size + 1, true));
    ASSERT_EQ(keccak_of(shake256, message, size + 1),
              libcrypto_of(EVP_shake256(), message, size + 1, true));
  }
}

TEST(Keccak, takes_and_gives_bytes_in_any_pieces) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const Vector message = random_bytes(random, random() % 600);
    const Vector whole = keccak_of(shake128, message, 700);
    Keccak sponge(shake128);
    for (Bytes rest = message; !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), random() % 50);
      sponge.absorb(rest.first(piece));
      rest = rest.subspan(piece);
    }
    Vector out(700);
    for (MutBytes rest = out; !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), random() % 50);
      sponge.squeeze(rest.first(piece));
      rest = rest.subspan(piece);
    }
    ASSERT_EQ(out, whole);
  }
}

class KeccakTwin : public EachTwin {
 protected:
  static PermuteFour& permute_four() {
#ifdef HANDFAST_HAS_AVX2
    if (GetParam() == Twin::avx2) {
      return permute_four_avx2;
    }
#endif
    return permute_four_portable;
  }
};

INSTANTIATE_TEST_SUITE_P(Keccak, KeccakTwin, twins, name_of_twin);

TEST_P(KeccakTwin, gives_four_at_once_what_it_gives_each) {
  std::mt19937_64 random(3);
  for (const KeccakFunction& function : {sha3_256, sha3_512, shake128, shake256}) {
    for (std::size_t size = 0; size < function.rate; ++size) {
      const std::size_t count = 1 + size % 4;
      KeccakFour four(function, permute_four());
      std::vector<Vector> messages;
      for (std::size_t i = 0; i < count; ++i) {
        messages.push_back(random_bytes(random, size));
        four.absorb(messages.back());
      }
      std::vector<Vector> out(count);
      for (int block = 0; block < 3; ++block) {
        four.next_block();
        for (std::size_t i = 0; i < count; ++i) {
          Vector part(function.rate);
          four.copy_block(i, part);
          out[i].insert(out[i].end(), part.begin(), part.end());
        }
      }
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(out[i], keccak_of(function, messages[i], 3 * function.rate)) << size;
      }
    }
  }
}

TEST_P(KeccakTwin, permutes_as_one_state_does) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 1000; ++round) {
    KeccakStates states;
    std::array<KeccakState, 4> alone;
    for (std::size_t i = 0; i < 25; ++i) {
      for (std::size_t which = 0; which < 4; ++which) {
        alone[which][i] = states.words[i][which] = random();
      }
    }
    permute_four()(states, 4);
    for (std::size_t which = 0; which < 4; ++which) {
      permute(alone[which]);
      for (std::size_t i = 0; i < 25; ++i) {
        ASSERT_EQ(states.words[i][which], alone[which][i]);
      }
    }
  }
}

}  // namespace
}  // namespace handfast::crypto::native
