#include "crypto/aead.h"

#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using nlohmann::json;
using test::bytes_of;

using Vector = std::vector<std::uint8_t>;

/// A cipher, and who does it.
struct Kind {
  AeadId id;
  decltype(&Aead::make) make;
  const char* name;
};

constexpr std::array all_aeads = {
    Kind{AeadId::aes_128_gcm, Aead::make, "aes_128_gcm"},
    Kind{AeadId::aes_128_gcm, Aead::of_libcrypto, "aes_128_gcm_of_libcrypto"},
    Kind{AeadId::aes_256_gcm, Aead::make, "aes_256_gcm"},
    Kind{AeadId::aes_256_gcm, Aead::of_libcrypto, "aes_256_gcm_of_libcrypto"},
    Kind{AeadId::chacha20_poly1305, Aead::make, "chacha20_poly1305"},
    Kind{AeadId::chacha20_poly1305, Aead::of_libcrypto, "chacha20_poly1305_of_libcrypto"},
    Kind{AeadId::aes_128_ccm, Aead::make, "aes_128_ccm"},
    Kind{AeadId::aes_256_ccm, Aead::make, "aes_256_ccm"},
    Kind{AeadId::aes_128_ccm_8, Aead::make, "aes_128_ccm_8"},
    Kind{AeadId::aes_256_ccm_8, Aead::make, "aes_256_ccm_8"},
};

Aead make(const Kind& kind, Direction direction, Bytes key) {
  auto aead = kind.make(kind.id, direction, key);
  EXPECT_TRUE(aead);
  return std::move(*aead);
}

Aead make(const Kind& kind, Direction direction) {
  return make(kind, direction, Vector(key_size(kind.id), 0x5a));
}

Vector seal(Aead& aead, const Nonce& nonce, Bytes aad, std::span<const Bytes> parts,
            std::size_t tag = aead_tag_size) {
  std::size_t size = tag;
  for (const Bytes part : parts) {
    size += part.size();
  }
  Vector out(size);
  EXPECT_TRUE(aead.seal(nonce, Aad{aad}, parts, out));
  return out;
}

Vector seal(Aead& aead, const Nonce& nonce, Bytes aad, Bytes text,
            std::size_t tag = aead_tag_size) {
  return seal(aead, nonce, aad, std::array{text}, tag);
}

Vector pattern(std::size_t size) {
  Vector bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

Nonce nonce_of(Bytes bytes) {
  Nonce nonce{};
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}

bool is_all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::string outside_of_tls(const json& group) {
  if (group.at("ivSize") != 96) {
    return "RFC 5116 §5.1, RFC 8439 §2.8: the nonce has 96 bits";
  }
  if (group.at("keySize") == 192) {
    return "TLS has no suite with AES-192";
  }
  return group.at("tagSize") == 128 ? "" : "RFC 5116 §5.1: the tag has 128 bits";
}

std::string outside_of_ccm(const json& group) {
  if (group.at("ivSize") != 96) {
    return "RFC 6655 §3: the nonce has 96 bits";
  }
  if (group.at("keySize") == 192) {
    return "TLS has no suite with AES-192";
  }
  const bool is_tag = group.at("tagSize") == 128 || group.at("tagSize") == 64;
  return is_tag ? "" : "RFC 6655 §3, §4: the tag has 128 or 64 bits";
}

// Sealing must give the ciphertext, and opening the text. Of a wrong one only opening is asked.
bool seals_and_opens(const Kind& kind, const json& test) {
  const Vector key = bytes_of(test, "key");
  const Vector aad = bytes_of(test, "aad");
  const Vector text = bytes_of(test, "msg");
  const Nonce nonce = nonce_of(bytes_of(test, "iv"));
  Vector sealed = bytes_of(test, "ct");
  std::ranges::copy(bytes_of(test, "tag"), std::back_inserter(sealed));

  Aead sealing = make(kind, Direction::seal, key);
  Aead opening = make(kind, Direction::open, key);
  const bool same = seal(sealing, nonce, aad, text, tag_size(kind.id)) == sealed;
  const auto opened = opening.open(nonce, Aad{aad}, sealed);
  if (test.at("result") == "invalid") {
    return opened.has_value();
  }
  return same && opened && std::ranges::equal(*opened, text);
}

TEST(Aead, stands_wycheproof_aes_gcm) {
  for (const auto maker : {Aead::make, Aead::of_libcrypto}) {
    const auto tally = test::run_wycheproof(
        "aes_gcm",
        [maker](const json& group, const json& test) {
          const bool is_short = group.at("keySize") == 128;
          const AeadId id = is_short ? AeadId::aes_128_gcm : AeadId::aes_256_gcm;
          return seals_and_opens({id, maker, ""}, test);
        },
        outside_of_tls);
    EXPECT_EQ(tally.passed_over.size(), 2U);
    EXPECT_EQ(tally.accepted, 79U);
    EXPECT_GT(tally.refused, 50U);
  }
}

TEST(Aead, stands_wycheproof_chacha20_poly1305) {
  for (auto* const maker : {&Aead::make, &Aead::of_libcrypto}) {
    const auto tally = test::run_wycheproof(
        "chacha20_poly1305",
        [maker](const json&, const json& test) {
          return seals_and_opens({AeadId::chacha20_poly1305, maker, ""}, test);
        },
        outside_of_tls);
    EXPECT_GT(tally.accepted, 200U);
    EXPECT_GT(tally.refused, 50U);
  }
}

TEST(Aead, stands_wycheproof_aes_ccm) {
  const auto tally = test::run_wycheproof(
      "aes_ccm",
      [](const json& group, const json& test) {
        const bool is_short = group.at("tagSize") == 64;
        const AeadId id = group.at("keySize") == 128
                              ? (is_short ? AeadId::aes_128_ccm_8 : AeadId::aes_128_ccm)
                              : (is_short ? AeadId::aes_256_ccm_8 : AeadId::aes_256_ccm);
        return seals_and_opens({id, Aead::make, ""}, test);
      },
      outside_of_ccm);
  EXPECT_EQ(tally.passed_over.size(), 3U);
  EXPECT_EQ(tally.accepted, 118U);
  EXPECT_EQ(tally.refused, 54U);
}

class EachAead : public testing::TestWithParam<Kind> {
 protected:
  /// With the tag of this cipher.
  template <class Text>
  Vector seal(Aead& aead, const Nonce& nonce, Bytes aad, const Text& text) const {
    return crypto::seal(aead, nonce, aad, text, tag_size_);
  }

  const std::size_t tag_size_ = tag_size(GetParam().id);
  Aead sealing_ = make(GetParam(), Direction::seal);
  Aead opening_ = make(GetParam(), Direction::open);
  Nonce nonce_ = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  Vector aad_ = {23, 3, 3, 0, 99};
};

INSTANTIATE_TEST_SUITE_P(Aead, EachAead, testing::ValuesIn(all_aeads),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(EachAead, opens_what_was_sealed_at_every_size) {
  for (std::size_t size = 0; size < 700; size += size < 300 ? 1 : 37) {
    const Vector text = pattern(size);
    nonce_[0] = static_cast<std::uint8_t>(size);
    nonce_[1] = static_cast<std::uint8_t>(size >> 8);
    Vector sealed = seal(sealing_, nonce_, aad_, text);
    const auto opened = opening_.open(nonce_, Aad{aad_}, sealed);
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(opened->data(), sealed.data()) << "opened where it lies";
    EXPECT_TRUE(std::ranges::equal(*opened, text)) << size;
  }
}

TEST_P(EachAead, refuses_and_wipes_when_any_byte_is_flipped) {
  for (const std::size_t size : {0U, 1U, 16U, 100U, 513U}) {
    const Vector sealed = seal(sealing_, nonce_, aad_, pattern(size));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Vector changed = sealed;
      changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
      EXPECT_FAILS(opening_.open(nonce_, Aad{aad_}, changed), Reason::record_unreadable);
      EXPECT_TRUE(is_all_zero(changed)) << size << ' ' << i;
    }
    Vector unchanged = sealed;
    EXPECT_TRUE(opening_.open(nonce_, Aad{aad_}, unchanged)) << "a refusal leaves nothing behind";
  }
}

TEST_P(EachAead, refuses_when_any_byte_of_the_nonce_or_the_aad_is_flipped) {
  const Vector sealed = seal(sealing_, nonce_, aad_, pattern(20));
  for (std::size_t i = 0; i < nonce_.size(); ++i) {
    Nonce other = nonce_;
    other[i] ^= 0x80;
    Vector bytes = sealed;
    EXPECT_FAILS(opening_.open(other, Aad{aad_}, bytes), Reason::record_unreadable);
  }
  for (std::size_t i = 0; i < aad_.size(); ++i) {
    Vector other = aad_;
    other[i] ^= 0x80;
    Vector bytes = sealed;
    EXPECT_FAILS(opening_.open(nonce_, Aad{other}, bytes), Reason::record_unreadable);
  }
  Vector bytes = sealed;
  EXPECT_FAILS(opening_.open(nonce_, Aad{}, bytes), Reason::record_unreadable);
}

// Some libcrypto did not look at the tag when the text was empty.
TEST_P(EachAead, looks_at_the_tag_of_an_empty_text) {
  for (const Vector& aad : {Vector{}, aad_}) {
    const Vector sealed = seal(sealing_, nonce_, aad, Bytes{});
    ASSERT_EQ(sealed.size(), tag_size_);
    Vector right = sealed;
    const auto opened = opening_.open(nonce_, Aad{aad}, right);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->empty());
    Vector zeros(tag_size_);
    EXPECT_FAILS(opening_.open(nonce_, Aad{aad}, zeros), Reason::record_unreadable);
  }
}

TEST_P(EachAead, refuses_what_is_shorter_than_a_tag) {
  for (std::size_t size = 0; size < tag_size_; ++size) {
    Vector bytes = pattern(size);
    EXPECT_FAILS(opening_.open(nonce_, Aad{aad_}, bytes), Reason::record_unreadable);
    EXPECT_TRUE(is_all_zero(bytes));
  }
}

TEST_P(EachAead, does_not_mind_how_the_text_is_cut) {
  for (const std::size_t size : {2U, 100U, 512U, 513U, 600U, 2000U}) {
    const Vector text = pattern(size);
    const Vector whole = seal(sealing_, nonce_, aad_, text);
    const std::array cuts = {std::size_t{0}, std::size_t{1}, size / 3, size - 1, size};
    for (const std::size_t first : cuts) {
      for (const std::size_t second : cuts) {
        if (second < first) {
          continue;
        }
        const std::array parts = {Bytes(text).first(first),
                                  Bytes(text).subspan(first, second - first), Bytes{},
                                  Bytes(text).subspan(second)};
        EXPECT_EQ(seal(sealing_, nonce_, aad_, parts), whole)
            << size << ' ' << first << ' ' << second;
      }
    }
    std::vector<Bytes> single;
    for (std::size_t i = 0; i < size; ++i) {
      single.push_back(Bytes(text).subspan(i, 1));
    }
    EXPECT_EQ(seal(sealing_, nonce_, aad_, single), whole) << size;
  }
}

TEST_P(EachAead, seals_in_place) {
  for (const std::size_t size : {1U, 40U, 512U, 600U}) {
    const Vector text = pattern(size);
    const Vector type = {23};
    const Vector whole = seal(sealing_, nonce_, aad_, std::array{Bytes(text), Bytes(type)});
    Vector out(size + 1 + tag_size_);
    std::ranges::copy(text, out.begin());
    const std::array parts = {Bytes(out).first(size), Bytes(type)};
    EXPECT_TRUE(sealing_.seal(nonce_, Aad{aad_}, parts, out));
    EXPECT_EQ(out, whole) << size;
  }
}

TEST_P(EachAead, refuses_an_output_of_the_wrong_size) {
  const Vector text = pattern(30);
  const std::size_t right = text.size() + tag_size_;
  for (const std::size_t size : {std::size_t{0}, tag_size_, right - 1, right + 1}) {
    Vector out(size, 0xee);
    EXPECT_FAILS(sealing_.seal(nonce_, Aad{aad_}, std::array{Bytes(text)}, out), Reason::internal);
    EXPECT_TRUE(is_all_zero(out));
  }
}

TEST_P(EachAead, refuses_a_key_of_the_wrong_size) {
  for (const std::size_t size : {std::size_t{0}, key_size(GetParam().id) - 1, std::size_t{33}}) {
    EXPECT_FAILS(GetParam().make(GetParam().id, Direction::seal, Vector(size)), Reason::internal);
  }
}

}  // namespace
}  // namespace handfast::crypto
