#include "crypto/hash.h"

#include "support/hex.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

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
