#include "crypto/hash.h"

#include "support/hex.h"

#include <algorithm>
#include <array>
#include <new>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/evp.h>

namespace handfast::crypto {
namespace {

using test::from_hex;

Bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<std::uint8_t> digest_of(HashId id, std::string_view text) {
  return copy(hash(id, bytes(text)).bytes());
}

// FIPS 180-4's examples, as NIST publishes them.
TEST(Hash, gives_the_published_values) {
  EXPECT_EQ(digest_of(HashId::sha256, "abc"),
            from_hex("ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"));
  EXPECT_EQ(digest_of(HashId::sha256, ""),
            from_hex("e3b0c442 98fc1c14 9afbf4c8 996fb924 27ae41e4 649b934c a495991b 7852b855"));
  EXPECT_EQ(digest_of(HashId::sha384, "abc"),
            from_hex("cb00753f45a35e8b b5a03d699ac65007 272c32ab0eded163 1a8b605a43ff5bed"
                     "8086072ba1e7cc23 58baeca134c825a7"));
  EXPECT_EQ(digest_of(HashId::sha512, "abc"),
            from_hex("ddaf35a193617aba cc417349ae204131 12e6fa4e89a97ea2 0a9eeee64b55d39a"
                     "2192992a274fc1a8 36ba3c23a3feebbd 454d4423643ce80e 2a9ac94fa54ca49f"));
}

class EachHash : public testing::TestWithParam<HashId> {};

INSTANTIATE_TEST_SUITE_P(Hash, EachHash,
                         testing::Values(HashId::sha256, HashId::sha384, HashId::sha512));

TEST_P(EachHash, does_not_mind_how_its_input_is_cut) {
  std::vector<std::uint8_t> input(1000);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<std::uint8_t>(i * 7);
  }
  const Digest whole = hash(GetParam(), input);
  for (const std::size_t cut : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 129U, 999U, 1000U}) {
    Hash running(GetParam());
    running.update(Bytes(input).first(cut));
    running.update(Bytes(input).subspan(cut));
    EXPECT_EQ(copy(running.digest().bytes()), copy(whole.bytes())) << cut;
  }
}

/// What libcrypto says, by the way that Handfast does not go.
std::vector<std::uint8_t> digest_of_libcrypto(HashId id, Bytes input) {
  const EVP_MD* const md = id == HashId::sha256   ? EVP_sha256()
                           : id == HashId::sha384 ? EVP_sha384()
                                                  : EVP_sha512();
  std::vector<std::uint8_t> digest(digest_size(id));
  EXPECT_EQ(EVP_Digest(input.data(), input.size(), digest.data(), nullptr, md, nullptr), 1);
  return digest;
}

std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

TEST_P(EachHash, is_libcryptos_at_every_length) {
  std::mt19937 random(1);
  const auto input = random_bytes(random, 1200);
  for (std::size_t size = 0; size <= input.size(); ++size) {
    const Bytes some = Bytes(input).first(size);
    ASSERT_EQ(copy(hash(GetParam(), some).bytes()), digest_of_libcrypto(GetParam(), some)) << size;
  }
}

TEST_P(EachHash, is_libcryptos_however_updates_are_cut) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    const auto input = random_bytes(random, random() % 1200);
    Hash running(GetParam());
    for (Bytes left = input; !left.empty();) {
      const std::size_t size = std::min<std::size_t>(left.size(), random() % 200);
      running.update(left.first(size));
      left = left.subspan(size);
      const Bytes before = Bytes(input).first(input.size() - left.size());
      ASSERT_EQ(copy(running.digest().bytes()), digest_of_libcrypto(GetParam(), before));
    }
  }
}

TEST_P(EachHash, finishes_two_at_once_whatever_their_lengths) {
  std::mt19937 random(3);
  const auto input = random_bytes(random, 2 * block_size(GetParam()));
  for (std::size_t size = 0; size <= input.size(); ++size) {
    const std::size_t other_size = random() % input.size();
    Hash one(GetParam());
    one.update(Bytes(input).first(size));
    Hash other(GetParam());
    other.update(Bytes(input).last(other_size));
    std::vector<std::uint8_t> digest(digest_size(GetParam()));
    std::vector<std::uint8_t> other_digest(digest_size(GetParam()));
    Hash::finish_both(one, digest, other, other_digest);
    EXPECT_EQ(digest, digest_of_libcrypto(GetParam(), Bytes(input).first(size)));
    EXPECT_EQ(other_digest, digest_of_libcrypto(GetParam(), Bytes(input).last(other_size)));
  }
}

TEST_P(EachHash, leaves_nothing_of_what_it_hashed) {
  const std::vector<std::uint8_t> input(100, 0x5a);
  alignas(Hash) std::array<std::uint8_t, sizeof(Hash)> memory{};
  auto* const running = new (memory.data()) Hash(GetParam());
  running->update(input);
  std::vector<std::uint8_t> digest(digest_size(GetParam()));
  running->finish_into(digest);
  const std::array<std::uint8_t, 4> some = {0x5a, 0x5a, 0x5a, 0x5a};
  EXPECT_TRUE(std::ranges::search(memory, some).empty());
  EXPECT_TRUE(std::ranges::search(memory, Bytes(digest).first(4)).empty());
}

TEST_P(EachHash, goes_on_after_a_snapshot) {
  Hash running(GetParam());
  running.update(bytes("ab"));
  EXPECT_EQ(copy(running.digest().bytes()), digest_of(GetParam(), "ab"));
  running.update(bytes("c"));
  EXPECT_EQ(copy(running.digest().bytes()), digest_of(GetParam(), "abc"));
}

TEST_P(EachHash, is_a_value_whose_copies_go_on_apart) {
  Hash one(GetParam());
  one.update(bytes("ab"));
  Hash other = one;
  one.update(bytes("c"));
  other.update(bytes("d"));
  EXPECT_EQ(copy(one.digest().bytes()), digest_of(GetParam(), "abc"));
  EXPECT_EQ(copy(other.digest().bytes()), digest_of(GetParam(), "abd"));
  other = one;
  EXPECT_EQ(copy(other.digest().bytes()), digest_of(GetParam(), "abc"));
}

TEST_P(EachHash, finishes_to_the_same_value) {
  Hash running(GetParam());
  running.update(bytes("abc"));
  std::vector<std::uint8_t> into(digest_size(GetParam()));
  running.digest_into(into);
  EXPECT_EQ(into, digest_of(GetParam(), "abc"));
  std::vector<std::uint8_t> finished(digest_size(GetParam()));
  running.finish_into(finished);
  EXPECT_EQ(finished, into);
}

}  // namespace
}  // namespace handfast::crypto
