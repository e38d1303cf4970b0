#include "record/record12.h"

#include "record/open.h"
#include "record/seal.h"
#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::record {
namespace {

using test::operator""_hex;

using Buffer = std::vector<std::uint8_t>;

crypto::TrafficKeys keys12_for(const crypto::Suite& suite) {
  crypto::TrafficKeys keys;
  std::ranges::fill(keys.key.fill(crypto::key_size(suite.aead)), std::uint8_t{0x42});
  const MutBytes iv = keys.iv.fill(crypto::derived_iv_size(suite));
  std::iota(iv.begin(), iv.end(), std::uint8_t{1});
  return keys;
}

class EachSuite12 : public testing::TestWithParam<crypto::Suite> {
 protected:
  Buffer sealed(const Buffer& content, ContentType type = ContentType::application_data) {
    Buffer record(sealer.record_size(content.size(), 0));
    const Bytes part = content;
    EXPECT_TRUE(sealer.seal(type, std::span(&part, 1), 0, record));
    return record;
  }

  const crypto::Suite& suite = *crypto::find_suite12(GetParam().id);
  Sealer sealer = *Sealer::make(suite, keys12_for(suite));
  Opener opener = *Opener::make(suite, keys12_for(suite));
};

// Computed apart, by Python's cryptography, for the sixth record.
TEST_P(EachSuite12, writes_records_as_the_rfcs_have_them) {
  static const std::map<crypto::AeadId, Buffer> records = {
      {crypto::AeadId::aes_128_gcm,
       "17 0303 0026 0000000000000005"
       "af6428cf62e7604e9b034794f368f926c5590491ba29f1e9a9eb144c8105"_hex},
      {crypto::AeadId::aes_256_gcm,
       "17 0303 0026 0000000000000005"
       "48045521f630fe22d648e1bc17bd9b60a761e08394ce242999b4c3cf662d"_hex},
      {crypto::AeadId::chacha20_poly1305,
       "17 0303 001e"
       "a7eb975a4e602623bfe84e4bcbfb26c68eab2d7c0b0056b291d0c3f85f3d"_hex},
      {crypto::AeadId::aes_128_ccm,
       "17 0303 0026 0000000000000005"
       "805645ba06d648fa117f962bdcb2af6ca01747e161bd102429e000696168"_hex},
      {crypto::AeadId::aes_256_ccm,
       "17 0303 0026 0000000000000005"
       "92e153df9e75f66f558b56fbad9882dac99272308bf720189f302ea7c3df"_hex},
      {crypto::AeadId::aes_128_ccm_8,
       "17 0303 001e 0000000000000005 805645ba06d648fa117f962bdcb2cb50a8f12ce07884"_hex},
      {crypto::AeadId::aes_256_ccm_8,
       "17 0303 001e 0000000000000005 92e153df9e75f66f558b56fbad9819ebfc2646d39063"_hex},
  };
  constexpr std::string_view content = "Hello, TLS 1.2";
  sealer.skip_to(5);
  EXPECT_EQ(sealed({content.begin(), content.end()}), records.at(suite.aead));
}

TEST_P(EachSuite12, opens_what_it_sealed) {
  for (const std::size_t size : {0UL, 1UL, 15UL, 100UL, 16'384UL}) {
    for (const ContentType type : {ContentType::handshake, ContentType::alert}) {
      const Buffer content(size, 0x5a);
      Buffer record = sealed(content, type);
      EXPECT_LE(record.size(), header_size + limits::record_ciphertext);
      const auto opened = opener.open(record);
      ASSERT_TRUE(opened) << size;
      EXPECT_EQ(opened->type, type);
      EXPECT_TRUE(std::ranges::equal(opened->content, content));
    }
  }
  EXPECT_EQ(sealer.sequence(), 10U);
  EXPECT_EQ(opener.sequence(), 10U);
}

TEST_P(EachSuite12, joins_the_parts_of_a_content) {
  const Buffer first = {1, 2};
  const Buffer second = {3, 4, 5};
  const std::array<Bytes, 3> parts = {first, Bytes{}, second};
  Buffer record(sealer.record_size(5, 0));
  ASSERT_TRUE(sealer.seal(ContentType::handshake, parts, 0, record));
  const auto opened = opener.open(record);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(opened->content, Buffer{1, 2, 3, 4, 5}));
}

TEST_P(EachSuite12, refuses_every_flipped_bit_but_those_of_the_length) {
  const Buffer record = sealed({1, 2, 3});
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (i == 3 || i == 4) {
      continue;  // another length is another record
    }
    for (unsigned bit = 0; bit < 8; ++bit) {
      Buffer changed = record;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      EXPECT_FAILS(opener.open(changed), Reason::record_unreadable) << i;
    }
  }
}

TEST_P(EachSuite12, refuses_every_cut_record) {
  const Buffer record = sealed({1, 2, 3});
  for (std::size_t size = header_size; size < record.size(); ++size) {
    Buffer cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FAILS(opener.open(cut), Reason::record_unreadable) << size;
  }
}

TEST_P(EachSuite12, refuses_records_out_of_order) {
  static_cast<void>(sealed({1}));
  Buffer second = sealed({2});
  EXPECT_FAILS(opener.open(second), Reason::record_unreadable);
}

TEST_P(EachSuite12, refuses_more_content_than_fits_a_record) {
  const crypto::TrafficKeys keys = keys12_for(suite);
  auto aead = crypto::Aead::make(suite.aead, crypto::Direction::seal, keys.key.expose());
  const Buffer content(limits::record_plaintext + 1);
  const std::size_t sent = sent_nonce_size(suite);
  Buffer record(header_size + sent + content.size() + crypto::tag_size(suite.aead));
  const Header head = header(ContentType::application_data, record.size() - header_size);
  std::ranges::copy(head, record.begin());
  const Bytes part = content;
  const AdditionalData12 data = additional_data12(0, ContentType::application_data, content.size());
  const MutBytes body = MutBytes(record).subspan(header_size);
  ASSERT_TRUE(aead->seal(nonce12(keys.iv, 0, body.first(sent)), crypto::Aad{data},
                         std::span(&part, 1), body.subspan(sent)));
  EXPECT_FAILS(opener.open(record), Reason::record_plaintext_overflow);
}

TEST_P(EachSuite12, refuses_to_seal_more_than_a_record_holds) {
  const Buffer content(limits::record_plaintext + 1);
  Buffer record(sealer.record_size(content.size(), 0));
  const Bytes part = content;
  EXPECT_FAILS(sealer.seal(ContentType::application_data, std::span(&part, 1), 0, record),
               Reason::internal);
}

std::vector<crypto::Suite> suites_with_aead() {
  std::vector<crypto::Suite> suites(crypto::suites12.begin(), crypto::suites12.end());
  std::erase_if(suites, [](const crypto::Suite& suite) { return suite.mac.has_value(); });
  return suites;
}

// The core has no code of the others.
TEST(Records12, of_block_suites_need_their_mechanism) {
  const auto& suite = *crypto::find_suite12(CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha);
  EXPECT_FAILS(Sealer::make(suite, keys12_for(suite)), Reason::internal);
  EXPECT_FAILS(Opener::make(suite, keys12_for(suite)), Reason::internal);
}

INSTANTIATE_TEST_SUITE_P(Suites, EachSuite12, testing::ValuesIn(suites_with_aead()),
                         [](const auto& test) { return std::string(name(test.param.id)); });

}  // namespace
}  // namespace handfast::record
