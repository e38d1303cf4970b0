#include "record/record.h"

#include "record/open.h"
#include "record/seal.h"
#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::record {
namespace {

using test::operator""_hex;

using Buffer = std::vector<std::uint8_t>;

crypto::TrafficKeys keys_for(const crypto::Suite& suite) {
  crypto::TrafficKeys keys;
  std::ranges::fill(keys.key.fill(crypto::key_size(suite.aead)), std::uint8_t{0x42});
  std::ranges::fill(keys.iv.fill(crypto::aead_nonce_size), 0x17);
  return keys;
}

Buffer seal(Sealer& sealer, ContentType type, const Buffer& content, std::size_t padding = 0) {
  Buffer record(sealer.record_size(content.size(), padding));
  const Bytes part = content;
  EXPECT_TRUE(sealer.seal(type, std::span(&part, 1), padding, record));
  return record;
}

TEST(Nonce, is_the_iv_with_the_sequence_number_in_its_end) {
  crypto::Iv iv;
  std::ranges::fill(iv.fill(crypto::aead_nonce_size), 0xff);
  const crypto::Nonce made = crypto::nonce_of(iv, 0x0102030405060708);
  EXPECT_EQ(Buffer(made.begin(), made.end()), "ffffffff fefdfcfbfaf9f8f7"_hex);
  EXPECT_TRUE(std::ranges::equal(crypto::nonce_of(iv, 0), iv.expose()));
}

TEST(Header, is_written_as_the_rfc_has_it) {
  const Header made = header(ContentType::application_data, 0x1234);
  EXPECT_EQ(Buffer(made.begin(), made.end()), "17 0303 1234"_hex);
}

TEST(Sealer, writes_in_clear_before_there_are_keys) {
  Sealer sealer(ProtocolVersion::tls10);
  EXPECT_FALSE(sealer.is_protected());
  EXPECT_EQ(seal(sealer, ContentType::handshake, "0a0b"_hex), "16 0301 0002 0a0b"_hex);
}

TEST(Opener, opens_nothing_before_there_are_keys) {
  Opener opener;
  auto record = "17 0303 0001 00"_hex;
  EXPECT_FAILS(opener.open(record), Reason::internal);
}

class EachSuite : public testing::TestWithParam<crypto::Suite> {
 protected:
  const crypto::Suite& suite = *crypto::find_suite(GetParam().id);
  Sealer sealer = *Sealer::make(suite, keys_for(suite));
  Opener opener = *Opener::make(suite, keys_for(suite));
};

TEST_P(EachSuite, opens_what_it_sealed_with_any_padding) {
  for (const std::size_t size : {0UL, 1UL, 15UL, 100UL, 16'384UL}) {
    for (const std::size_t padding : {0UL, 1UL, 16UL, 256UL, 16'384UL}) {
      const Buffer content(size, 0x5a);
      Buffer record = seal(sealer, ContentType::application_data, content, padding);
      EXPECT_LE(record.size(), header_size + limits::record_ciphertext);
      const auto opened = opener.open(record);
      ASSERT_TRUE(opened) << size << " padded to " << padding;
      EXPECT_EQ(opened->type, ContentType::application_data);
      EXPECT_TRUE(std::ranges::equal(opened->content, content));
    }
  }
  EXPECT_EQ(sealer.sequence(), 25U);
  EXPECT_EQ(opener.sequence(), 25U);
}

TEST_P(EachSuite, pads_to_a_multiple) {
  // content, type and padding together
  EXPECT_EQ(sealer.record_size(10, 64), header_size + 64 + crypto::aead_tag_size);
  EXPECT_EQ(sealer.record_size(63, 64), header_size + 64 + crypto::aead_tag_size);
  EXPECT_EQ(sealer.record_size(64, 64), header_size + 128 + crypto::aead_tag_size);
  EXPECT_EQ(sealer.record_size(16'384, 64), header_size + 16'385 + crypto::aead_tag_size);
}

TEST_P(EachSuite, joins_the_parts_of_a_content) {
  const Buffer first = {1, 2};
  const Buffer second = {3, 4, 5};
  const std::array<Bytes, 3> parts = {first, Bytes{}, second};
  Buffer record(sealer.record_size(5, 0));
  ASSERT_TRUE(sealer.seal(ContentType::handshake, parts, 0, record));
  const auto opened = opener.open(record);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(opened->content, Buffer{1, 2, 3, 4, 5}));
}

TEST_P(EachSuite, refuses_every_flipped_bit) {
  const Buffer sealed = seal(sealer, ContentType::application_data, {1, 2, 3});
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Buffer record = sealed;
      record[i] = static_cast<std::uint8_t>(record[i] ^ (1U << bit));
      EXPECT_FAILS(opener.open(record), Reason::record_unreadable) << i;
    }
  }
}

TEST_P(EachSuite, refuses_a_record_without_room_for_its_tag) {
  for (std::size_t size = 0; size < crypto::aead_tag_size; ++size) {
    Buffer record(header_size + size);
    EXPECT_FAILS(opener.open(record), Reason::record_unreadable) << size;
  }
}

TEST_P(EachSuite, refuses_records_out_of_order) {
  static_cast<void>(seal(sealer, ContentType::application_data, {1}));
  Buffer second = seal(sealer, ContentType::application_data, {2});
  EXPECT_FAILS(opener.open(second), Reason::record_unreadable);
}

/// A record of this TLSInnerPlaintext, sealed by hand.
Buffer sealed_by_hand(const crypto::Suite& suite, const Buffer& inner) {
  const crypto::TrafficKeys keys = keys_for(suite);
  auto aead = crypto::Aead::make(suite.aead, crypto::Direction::seal, keys.key.expose());
  const Header head = header(ContentType::application_data, inner.size() + crypto::aead_tag_size);
  Buffer record(header_size + inner.size() + crypto::aead_tag_size);
  std::ranges::copy(head, record.begin());
  const Bytes part = inner;
  EXPECT_TRUE(aead->seal(crypto::nonce_of(keys.iv, 0), crypto::Aad{head}, std::span(&part, 1),
                         MutBytes(record).subspan(header_size)));
  return record;
}

TEST_P(EachSuite, refuses_a_record_that_is_all_padding) {
  Buffer record = sealed_by_hand(suite, Buffer(100));
  EXPECT_FAILS(opener.open(record), Reason::record_without_type);
  Opener other = *Opener::make(suite, keys_for(suite));
  Buffer empty = sealed_by_hand(suite, {});
  EXPECT_FAILS(other.open(empty), Reason::record_without_type);
}

TEST_P(EachSuite, refuses_more_plaintext_than_fits_a_record) {
  Buffer inner(limits::record_plaintext + 2, 0x17);
  Buffer record = sealed_by_hand(suite, inner);
  EXPECT_FAILS(opener.open(record), Reason::record_plaintext_overflow);
  Opener other = *Opener::make(suite, keys_for(suite));
  inner.pop_back();
  Buffer fits = sealed_by_hand(suite, inner);
  EXPECT_TRUE(other.open(fits));
}

TEST_P(EachSuite, refuses_to_seal_more_than_a_record_holds) {
  const Buffer content(limits::record_plaintext + 1);
  Buffer record(sealer.record_size(content.size(), 0));
  const Bytes part = content;
  EXPECT_FAILS(sealer.seal(ContentType::application_data, std::span(&part, 1), 0, record),
               Reason::internal);
}

TEST_P(EachSuite, seals_no_record_with_a_worn_key) {
  if (suite.records_for_one_key == crypto::no_record_limit) {
    return;
  }
  const Buffer content = {1};
  const Bytes part = content;
  sealer.skip_to(suite.records_for_one_key - 1);
  Buffer record = seal(sealer, ContentType::application_data, content);
  EXPECT_FAILS(sealer.seal(ContentType::application_data, std::span(&part, 1), 0, record),
               Reason::sequence_exhausted);
}

INSTANTIATE_TEST_SUITE_P(Suites, EachSuite, testing::ValuesIn(crypto::suites),
                         [](const auto& test) { return std::string(name(test.param.id)); });

}  // namespace
}  // namespace handfast::record
