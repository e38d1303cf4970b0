// Our own AES-GCM, each twin beside libcrypto's. How it behaves as a cipher: ../aead_test.cc.
#include "crypto/native/aes_gcm.h"

#include "crypto/aead.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
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

/// Memory of which a record is a part, at any alignment.
struct Place {
  Place(std::size_t bytes, std::size_t shift) : memory(bytes + 64), at(shift), size(bytes) {}

  [[nodiscard]] MutBytes view() { return MutBytes(memory).subspan(at, size); }

  [[nodiscard]] bool is_untouched_around() const {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    return std::ranges::all_of(Bytes(memory).first(at), is_zero) &&
           std::ranges::all_of(Bytes(memory).subspan(at + size), is_zero);
  }

  Vector memory;
  std::size_t at;
  std::size_t size;
};

class Records {
 public:
  explicit Records(AesTwin twin) : twin_(twin) {}

  /// A record of so many bytes, sealed by us and by libcrypto, and opened by us.
  void compare(std::size_t size) {
    const Vector key = bytes(random_() % 2 == 0 ? 16 : 32);
    const Vector nonce_bytes = bytes(aead_nonce_size);
    const Vector aad = bytes(random_() % 4 == 0 ? random_() % 300 : 5);
    Nonce nonce{};
    std::ranges::copy(nonce_bytes, nonce.begin());
    Place text(size, random_() % 64);
    fill(text.view());
    Place sealed(size + aead_tag_size, random_() % 64);
    const std::vector<Bytes> parts = parts_of(text.view(), sealed.view());
    Vector expected(size + aead_tag_size);
    const AeadId id = key.size() == 16 ? AeadId::aes_128_gcm : AeadId::aes_256_gcm;
    auto reference = Aead::of_libcrypto(id, Direction::seal, key);
    ASSERT_TRUE(reference && reference->seal(nonce, Aad{aad}, parts, expected));

    const AesGcm own(key, twin_);
    own.seal(nonce, aad, parts, sealed.view());
    ASSERT_TRUE(std::ranges::equal(sealed.view(), expected)) << size;
    ASSERT_TRUE(own.open(nonce, aad, sealed.view())) << size;
    ASSERT_TRUE(sealed.is_untouched_around()) << size;
    ASSERT_TRUE(std::ranges::equal(sealed.view().first(size), text.view())) << size;
  }

  std::mt19937_64& random() { return random_; }

 private:
  void fill(MutBytes out) {
    std::ranges::generate(out, [this] { return static_cast<std::uint8_t>(random_()); });
  }

  /// Some parts; the content and a byte for its type, as records of TLS 1.3; or one part that lies
  /// where it goes to.
  std::vector<Bytes> parts_of(MutBytes text, MutBytes out) {
    const auto style = random_() % 3;
    if (style == 0) {
      std::ranges::copy(text, out.begin());
      return {out.first(text.size())};
    }
    if (style == 1 && !text.empty()) {
      return {text.first(text.size() - 1), text.last(1)};
    }
    const Bytes front = text.first(random_() % (text.size() + 1));
    const Bytes behind = text.subspan(front.size());
    const Bytes middle = behind.first(random_() % (behind.size() + 1));
    return {front, middle, behind.subspan(middle.size())};
  }

  Vector bytes(std::size_t size) {
    Vector all(size);
    fill(all);
    return all;
  }

  AesTwin twin_;
  std::mt19937_64 random_{1};
};

TEST(AesGcmAead, is_there_where_the_processor_has_it_and_is_no_other_cipher) {
  EXPECT_EQ(Aead::own(AeadId::aes_128_gcm, Vector(16)).has_value(), is_available(AesTwin::aesni));
  EXPECT_EQ(Aead::own(AeadId::aes_256_gcm, Vector(32)).has_value(), is_available(AesTwin::aesni));
  EXPECT_FAILS(Aead::own(AeadId::chacha20_poly1305, Vector(32)), Reason::configuration_unsupported);
}

TEST_P(EachAesTwin, does_as_libcrypto_at_every_size_of_some_batches) {
  Records records(GetParam());
  for (std::size_t size = 0; size <= 1200 && !HasFailure(); ++size) {
    records.compare(size);
  }
}

// All sizes that records have. HANDFAST_RECORDS says how many records, for more than a few.
TEST_P(EachAesTwin, does_as_libcrypto_with_random_records) {
  const char* const wish = std::getenv("HANDFAST_RECORDS");
  const unsigned long count = wish != nullptr ? std::strtoul(wish, nullptr, 10) : 3000;
  Records records(GetParam());
  for (unsigned long i = 0; i < count && !HasFailure(); ++i) {
    records.compare(records.random()() % 16'385);
  }
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
    return std::all_of(bytes, bytes + sizeof(AesGcm::Key), [](auto byte) { return byte == 0; });
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
  const Vector key(16, 0x5a);
  const std::array<std::uint8_t, gcm_nonce_size> nonce{1, 2, 3};
  const Vector aad(13, 7);
  const AesGcm own(key, GetParam());
  for (const std::size_t size : {0U, 1U, 16U, 127U, 128U, 129U, 256U, 400U, 1024U}) {
    const Vector text(size, 3);
    Vector sealed(size + gcm_tag_size);
    own.seal(nonce, aad, std::array{Bytes(text)}, sealed);
    for (std::size_t bit = 0; bit < 8 * (aad.size() + sealed.size()); ++bit) {
      Vector changed_aad = aad;
      Vector changed = sealed;
      const std::size_t byte = bit / 8;
      std::uint8_t& one = byte < aad.size() ? changed_aad[byte] : changed[byte - aad.size()];
      one ^= static_cast<std::uint8_t>(1U << (bit % 8));
      ASSERT_FALSE(own.open(nonce, changed_aad, changed)) << size << ' ' << bit;
    }
    EXPECT_TRUE(own.open(nonce, aad, sealed)) << size;
  }
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
