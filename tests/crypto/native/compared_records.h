// Records of a cipher of our own beside libcrypto's.
#pragma once

#include "crypto/aead.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {

/// Memory of which a record is a part, at any alignment.
struct Place {
  Place(std::size_t bytes, std::size_t shift) : memory(bytes + 64), at(shift), size(bytes) {}

  [[nodiscard]] MutBytes view() { return MutBytes(memory).subspan(at, size); }

  [[nodiscard]] bool is_untouched_around() const {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    return std::ranges::all_of(Bytes(memory).first(at), is_zero) &&
           std::ranges::all_of(Bytes(memory).subspan(at + size), is_zero);
  }

  std::vector<std::uint8_t> memory;
  std::size_t at;
  std::size_t size;
};

template <class Key>
class ComparedRecords {
 public:
  using Vector = std::vector<std::uint8_t>;

  /// Of any of `ids`, by what `make` makes of a key.
  ComparedRecords(std::vector<AeadId> ids, std::function<Key(Bytes key)> make)
      : ids_(std::move(ids)), make_(std::move(make)) {}

  /// A record of so many bytes, sealed by us and by libcrypto, and opened by us.
  void compare(std::size_t size) {
    const AeadId id = ids_[random_() % ids_.size()];
    const Vector key = bytes(key_size(id));
    const Vector nonce_bytes = bytes(aead_nonce_size);
    const Vector aad = bytes(random_() % 4 == 0 ? random_() % 300 : 5);
    Nonce nonce{};
    std::ranges::copy(nonce_bytes, nonce.begin());
    Place text(size, random_() % 64);
    fill(text.view());
    Place sealed(size + aead_tag_size, random_() % 64);
    const std::vector<Bytes> parts = parts_of(text.view(), sealed.view());
    Vector expected(size + aead_tag_size);
    auto reference = Aead::of_libcrypto(id, Direction::seal, key);
    ASSERT_TRUE(reference && reference->seal(nonce, Aad{aad}, parts, expected));

    const Key own = make_(key);
    own.seal(nonce, aad, parts, sealed.view());
    ASSERT_TRUE(std::ranges::equal(sealed.view(), expected)) << size;
    ASSERT_TRUE(own.open(nonce, aad, sealed.view())) << size;
    ASSERT_TRUE(sealed.is_untouched_around()) << size;
    ASSERT_TRUE(std::ranges::equal(sealed.view().first(size), text.view())) << size;
  }

  void compare_sizes_to(std::size_t most) {
    for (std::size_t size = 0; size <= most && !testing::Test::HasFailure(); ++size) {
      compare(size);
    }
  }

  /// All sizes that records have. HANDFAST_RECORDS says how many records, for more than a few.
  void compare_random() {
    const char* const wish = std::getenv("HANDFAST_RECORDS");
    const unsigned long count = wish != nullptr ? std::strtoul(wish, nullptr, 10) : 3000;
    for (unsigned long i = 0; i < count && !testing::Test::HasFailure(); ++i) {
      compare(random_() % 16'385);
    }
  }

  /// Changes one bit wherever there is one, of what is authenticated, of the text and of the tag.
  void change_each_bit(std::initializer_list<std::size_t> sizes) {
    const Key own = make_(Vector(key_size(ids_.front()), 0x5a));
    const Nonce nonce{1, 2, 3};
    const Vector aad(13, 7);
    for (const std::size_t size : sizes) {
      const Vector text(size, 3);
      Vector sealed(size + aead_tag_size);
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

  std::vector<AeadId> ids_;
  std::function<Key(Bytes key)> make_;
  std::mt19937_64 random_{1};
};

}  // namespace handfast::crypto::native
