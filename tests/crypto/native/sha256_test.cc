// Our own compression function of SHA-256 beside libcrypto's. What is made of it: ../hash_test.cc.
#include "crypto/hash.h"
#include "crypto/sha2.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;

class OwnSha256 : public testing::Test {
 protected:
  void SetUp() override {
    if (own_ == nullptr) {
      GTEST_SKIP() << "this build or this processor does not have the SHA extensions";
    }
  }

  /// A state that only its words can be told by: for SHA-256 half of its room.
  Sha2State random_state() {
    Sha2State state{};
    std::ranges::generate(MutBytes(state.words).first<32>(), [this] { return byte(); });
    return state;
  }

  Vector random_blocks(std::size_t size) {
    Vector blocks(size);
    std::ranges::generate(blocks, [this] { return byte(); });
    return blocks;
  }

  const Sha2Compression* own_ = own_sha256();
  const Sha2Compression& libcryptos_ = libcrypto_sha2(HashId::sha256);

 private:
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }

  std::mt19937 random_{1};
};

TEST_F(OwnSha256, takes_blocks_in_as_libcrypto_does) {
  for (int round = 0; round < 2000; ++round) {
    const std::size_t count = static_cast<std::size_t>(round) % 20;
    const std::size_t shift = static_cast<std::size_t>(round) % 17;  // blocks lie anywhere
    const Vector blocks = random_blocks(count * 64 + shift);
    Sha2State state = random_state();
    Sha2State expected = state;
    own_->compress(state, blocks.data() + shift, count);
    libcryptos_.compress(expected, blocks.data() + shift, count);
    ASSERT_EQ(state.words, expected.words) << count;
  }
}

TEST_F(OwnSha256, takes_two_blocks_into_two_states) {
  for (int round = 0; round < 2000; ++round) {
    const std::size_t shift = static_cast<std::size_t>(round) % 17;
    const Vector blocks = random_blocks(128 + shift);
    Sha2State one = random_state();
    Sha2State other = random_state();
    Sha2State expected_of_one = one;
    Sha2State expected_of_other = other;
    const std::uint8_t* const first = blocks.data() + shift;
    own_->compress_both(one, first, other, first + 64);
    libcryptos_.compress_both(expected_of_one, first, expected_of_other, first + 64);
    ASSERT_EQ(one.words, expected_of_one.words);
    ASSERT_EQ(other.words, expected_of_other.words);
  }
}

// Words that are all ones or all zeros carry as far as sums can.
TEST_F(OwnSha256, carries) {
  for (const std::uint8_t in_state : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    for (const std::uint8_t in_block : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
      Sha2State state{};
      std::ranges::fill(MutBytes(state.words).first<32>(), in_state);
      Sha2State expected = state;
      const Vector blocks(640, in_block);
      own_->compress(state, blocks.data(), 10);
      libcryptos_.compress(expected, blocks.data(), 10);
      EXPECT_EQ(state.words, expected.words);
    }
  }
}

TEST_F(OwnSha256, is_what_hashes_with) { EXPECT_EQ(&compression_of(HashId::sha256), own_); }

}  // namespace
}  // namespace handfast::crypto
