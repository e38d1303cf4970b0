// Any value of a structure, made from its layout by rapidcheck, and what to compare and write it
// with.
#pragma once

#include "codec/layout.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include <rapidcheck.h>

namespace handfast::test {

/// Keeps what generated structures view.
class Keeper {
 public:
  template <class T>
  std::span<const T> keep(std::vector<T> values) {
    auto kept = std::make_shared<const std::vector<T>>(std::move(values));
    kept_.push_back(kept);
    return *kept;
  }

 private:
  std::deque<std::shared_ptr<const void>> kept_;
};

template <class T>
std::vector<std::uint8_t> written(const T& value) {
  static std::vector<std::uint8_t> memory(std::size_t{1} << 18);
  codec::Writer out(memory);
  codec::write_element(out, value);
  RC_ASSERT(out.good());
  const Bytes bytes = out.written();
  return {bytes.begin(), bytes.end()};
}

/// Sizes are small as a rule, and at times as large as the bounds allow.
inline std::size_t arbitrary_size(std::size_t least, std::size_t most) {
  const bool large = *rc::gen::weightedElement<bool>({{40, false}, {1, true}});
  const std::size_t reach = large ? 70'000 : 12;
  return *rc::gen::inRange(least, std::min(most, least + reach) + 1);
}

inline std::vector<std::uint8_t> arbitrary_bytes(std::size_t size) {
  auto bytes = *rc::gen::container<std::vector<std::uint8_t>>(std::min<std::size_t>(size, 64),
                                                              rc::gen::arbitrary<std::uint8_t>());
  bytes.resize(size, 0x5a);
  return bytes;
}

template <class T>
T arbitrary(Keeper& keeper);

template <class S, class Owner, class T>
void make_field(Keeper& keeper, S& value, const codec::Field<Owner, T>& field) {
  value.*field.member = arbitrary<T>(keeper);
}

template <class S, std::size_t Least, std::size_t Most, class Owner>
void make_field(Keeper& keeper, S& value, const codec::Opaque<Least, Most, Owner>& field) {
  value.*field.member = keeper.keep(arbitrary_bytes(arbitrary_size(Least, Most)));
}

template <class S, std::size_t Least, std::size_t Most, class Owner, class E>
void make_field(Keeper& keeper, S& value, const codec::Vector<Least, Most, Owner, E>& field) {
  std::vector<E> elements;
  if constexpr (codec::Number<E>) {
    const std::size_t least = (Least + sizeof(E) - 1) / sizeof(E);
    const std::size_t count = *rc::gen::inRange(least, std::min(Most / sizeof(E), least + 12) + 1);
    for (std::size_t i = 0; i < count; ++i) {
      elements.push_back(arbitrary<E>(keeper));
    }
  } else {
    std::size_t count = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t size = 0; count > 0 || size < Least;
         count -= std::min<std::size_t>(count, 1)) {
      E element = arbitrary<E>(keeper);
      size += written(element).size();
      if (size > Most) {
        break;
      }
      elements.push_back(element);
    }
  }
  value.*field.member = keeper.keep(std::move(elements));
}

template <class S, class Owner>
void make_field(Keeper& keeper, S& value, const codec::Rest<Owner>& field) {
  value.*field.member = keeper.keep(arbitrary_bytes(arbitrary_size(0, 64)));
}

/// Any T that its layout allows to be written.
template <class T>
T arbitrary(Keeper& keeper) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<T>(*rc::gen::arbitrary<std::underlying_type_t<T>>());
  } else if constexpr (std::is_integral_v<T>) {
    return *rc::gen::arbitrary<T>();
  } else if constexpr (codec::IsByteArray<T>::value) {
    T value{};
    std::ranges::copy(arbitrary_bytes(value.size()), value.begin());
    return value;
  } else {
    T value{};
    std::apply([&](const auto&... field) { (make_field(keeper, value, field), ...); }, T::layout);
    return value;
  }
}

/// Whether two structures have the same content, wherever it lies.
template <class T>
bool same(const T& a, const T& b);

template <class S, class F>
bool same_field(const S& a, const S& b, const F& field) {
  const auto& left = a.*field.member;
  const auto& right = b.*field.member;
  using Member = std::remove_cvref_t<decltype(left)>;
  if constexpr (std::is_same_v<Member, Bytes>) {
    return std::ranges::equal(left, right);
  } else if constexpr (codec::Structure<Member>) {
    return same(left, right);
  } else if constexpr (requires { left == right; }) {
    return left == right;
  } else {
    auto one = left.begin();
    auto other = right.begin();
    for (; one != left.end() && other != right.end(); ++one, ++other) {
      if constexpr (requires { *one == *other; }) {
        if (*one != *other) {
          return false;
        }
      } else if (!same(*one, *other)) {
        return false;
      }
    }
    return one == left.end() && other == right.end();
  }
}

template <class T>
bool same(const T& a, const T& b) {
  return std::apply([&](const auto&... field) { return (same_field(a, b, field) && ... && true); },
                    T::layout);
}

}  // namespace handfast::test
