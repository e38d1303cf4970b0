// Poly1305 beside libcrypto's, with keys and blocks that random ones hardly ever are.
#include "crypto/native/chacha20_poly1305.h"

#ifdef HANDFAST_CHACHA20_POLY1305
#include "crypto/native/poly1305.h"
#include "handfast/bytes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/evp.h>

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;
using Tag = std::array<std::uint8_t, poly_tag>;

struct Free {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }

  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

HANDFAST_AVX512 void authenticate(const std::uint8_t* key, Bytes bytes, std::uint8_t* tag) {
  Poly1305 authenticator(key);
  authenticator.add_padded(bytes);
  authenticator.write_tag(tag);
}

class Poly1305Beside : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_chacha20_poly1305()) {
      GTEST_SKIP() << "this processor does not have AVX-512 IFMA";
    }
  }

  Tag by_libcrypto(Bytes key, Bytes bytes) {
    const std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_new(mac_.get()));
    Tag tag{};
    std::size_t size = 0;
    EXPECT_EQ(EVP_MAC_init(context.get(), key.data(), key.size(), nullptr), 1);
    EXPECT_EQ(EVP_MAC_update(context.get(), bytes.data(), bytes.size()), 1);
    EXPECT_EQ(EVP_MAC_final(context.get(), tag.data(), &size, tag.size()), 1);
    return tag;
  }

  /// Zeros, ones, what is next to them, or anything, 16 bytes at a time.
  void fill(MutBytes out) {
    for (std::size_t i = 0; i < out.size(); i += poly_block) {
      const MutBytes block = out.subspan(i, std::min(poly_block, out.size() - i));
      const auto style = random_() % 6;
      std::ranges::generate(block, [&] {
        const auto any = static_cast<std::uint8_t>(random_());
        return style > 2 ? any : static_cast<std::uint8_t>(style == 0 ? 0 : 0xff);
      });
      if (style == 2) {
        block[random_() % block.size()] ^= static_cast<std::uint8_t>(1U << random_() % 8);
      }
    }
  }

  std::unique_ptr<EVP_MAC, Free> mac_{EVP_MAC_fetch(nullptr, "POLY1305", nullptr)};
  std::mt19937_64 random_{5};
};

TEST_F(Poly1305Beside, does_as_libcrypto) {
  for (int i = 0; i < 30'000 && !HasFailure(); ++i) {
    std::array<std::uint8_t, 32> key{};
    fill(key);
    Vector text(random_() % 80 * poly_block);  // whole blocks: libcrypto does not pad
    fill(text);
    Tag tag{};
    authenticate(key.data(), text, tag.data());
    ASSERT_EQ(tag, by_libcrypto(key, text)) << i;
  }
}

// With r = 1 the sum is that of the blocks, each with 2^128 on top: two of ones come to 2^130 - 2,
// which is 3 above the prime, and four to 6 above twice the prime. Hardly any other sum needs that
// the prime is subtracted once more at the end.
TEST_F(Poly1305Beside, reduces_what_is_just_below_and_above_the_prime) {
  std::array<std::uint8_t, 32> key{};
  key[0] = 1;
  for (const std::size_t blocks : {2U, 4U}) {
    for (unsigned last = 0; last < 256; ++last) {
      Vector text(blocks * poly_block, 0xff);
      text[text.size() - poly_block] = static_cast<std::uint8_t>(last);
      Tag tag{};
      authenticate(key.data(), text, tag.data());
      EXPECT_EQ(tag, by_libcrypto(key, text)) << blocks << ' ' << last;
    }
  }
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
