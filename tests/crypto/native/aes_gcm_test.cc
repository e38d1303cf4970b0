// Our own AES-GCM, each twin beside libcrypto's. How it behaves as a cipher: ../aead_test.cc.
#include "crypto/native/aes_gcm.h"

#include "crypto/aead.h"
#include "crypto/native/compared_records.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#ifdef HANDFAST_AES_GCM

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;

class EachAesTwin : public testing::TestWithParam<AesTwin> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) {
      GTEST_SKIP() << "this processor does not have its instructions";
    }
  }
};

std::string name_of_aes_twin(const testing::TestParamInfo<AesTwin>& test) {
  constexpr std::array names = {"aesni", "vaes", "avx512"};
  return names[std::to_underlying(test.param)];
}

INSTANTIATE_TEST_SUITE_P(AesGcm, EachAesTwin,
                         testing::Values(AesTwin::aesni, AesTwin::vaes, AesTwin::avx512),
                         name_of_aes_twin);

ComparedRecords<AesGcm> records_of(AesTwin twin) {
  return {{AeadId::aes_128_gcm, AeadId::aes_256_gcm},
          [twin](Bytes key) { return AesGcm(key, twin); }};
}

TEST(AesGcmAead, is_there_where_the_processor_has_it_and_is_no_other_cipher) {
  EXPECT_EQ(Aead::own(AeadId::aes_128_gcm, Vector(16)).has_value(), is_available(AesTwin::aesni));
  EXPECT_EQ(Aead::own(AeadId::aes_256_gcm, Vector(32)).has_value(), is_available(AesTwin::aesni));
  EXPECT_FAILS(Aead::own(AeadId::aes_128_ccm, Vector(16)), Reason::configuration_unsupported);
}

TEST_P(EachAesTwin, does_as_libcrypto_at_every_size_of_some_batches) {
  records_of(GetParam()).compare_sizes_to(1200);
}

// All sizes that records have. HANDFAST_RECORDS says how many records, for more than a few; with
// 10,000,000, three minutes a twin, all were as libcrypto's.
TEST_P(EachAesTwin, does_as_libcrypto_with_random_records) {
  records_of(GetParam()).compare_random();
}

TEST_P(EachAesTwin, leaves_no_key_where_it_is_moved_from) {
  const std::array<std::uint8_t, gcm_nonce_size> nonce{1, 2, 3};
  const Vector text(100, 3);
  const auto sealed = [&](const AesGcm& with) {
    Vector out(text.size() + gcm_tag_size);
    with.seal(nonce, {}, std::array{Bytes(text)}, out);
    return out;
  };
  const auto is_wiped = [](const AesGcm& key) {
    const volatile std::uint8_t* const bytes = std::bit_cast<const std::uint8_t*>(&key);
    const volatile std::uint8_t* const end = bytes + sizeof(AesGcm::Key::blocks);
    return std::all_of(bytes, end, [](auto byte) { return byte == 0; });
  };
  AesGcm first(Vector(16, 0x5a), GetParam());
  AesGcm third(Vector(32, 0x11), GetParam());
  const Vector expected = sealed(first);
  AesGcm second(std::move(first));
  EXPECT_EQ(sealed(second), expected);
  EXPECT_TRUE(is_wiped(first));
  third = std::move(second);
  EXPECT_EQ(sealed(third), expected);
  EXPECT_TRUE(is_wiped(second));
}

TEST_P(EachAesTwin, refuses_one_bit_wherever_it_is) {
  records_of(GetParam()).change_each_bit({0, 1, 16, 127, 128, 129, 256, 400, 1024});
}

std::string outside_of_tls(const nlohmann::json& group) {
  const bool fits = group.at("ivSize") == 96 && group.at("keySize") != 192;
  return fits ? "" : "TLS has nonces of 96 bits, and no AES-192";
}

TEST_P(EachAesTwin, stands_wycheproof) {
  const auto tally = test::run_wycheproof(
      "aes_gcm",
      [](const nlohmann::json& /*group*/, const nlohmann::json& test) {
        const AesGcm own(test::bytes_of(test, "key"), GetParam());
        const Vector nonce = test::bytes_of(test, "iv");
        const Vector aad = test::bytes_of(test, "aad");
        Vector sealed = test::bytes_of(test, "ct");
        const Vector tag = test::bytes_of(test, "tag");
        sealed.insert(sealed.end(), tag.begin(), tag.end());
        const MutBytes text = MutBytes(sealed).first(sealed.size() - gcm_tag_size);
        return own.open(Bytes(nonce).first<gcm_nonce_size>(), aad, sealed) &&
               std::ranges::equal(text, test::bytes_of(test, "msg"));
      },
      outside_of_tls);
  EXPECT_EQ(tally.accepted, 79U);
  EXPECT_GT(tally.refused, 50U);
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
