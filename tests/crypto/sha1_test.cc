#include "crypto/sha1.h"

#include "support/hex.h"

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using test::operator""_hex;

std::vector<std::uint8_t> digest_of(std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const Sha1Digest digest = sha1(bytes);
  return {digest.begin(), digest.end()};
}

// FIPS 180-4's examples, as NIST publishes them.
TEST(Sha1, gives_the_published_values) {
  EXPECT_EQ(digest_of("abc"), "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d"_hex);
  EXPECT_EQ(digest_of(""), "da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709"_hex);
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e44 1c3bd26e baae4aa1 f95129e5 e54670f1"_hex);
}

}  // namespace
}  // namespace handfast::crypto
