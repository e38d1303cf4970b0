// List<E>: a vector of a message, as a view: of wire bytes when it was received, of our values when
// it is sent.
#pragma once

#include "codec/reader.h"
#include "handfast/bytes.h"

#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>

namespace handfast::codec {

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

template <class T>
concept Structure = requires { T::layout; };

template <class E>
E read_element(Reader& in);  // layout.h

/// A sequence of elements that are decoded as one walks over them. Nothing is allocated, whatever
/// its length. A list that was parsed has been checked, so walking it cannot fail.
///
/// Valid as long as the bytes, or the values, that it views.
template <class E>
class List {
 public:
  List() = default;

  /// Our own values, to be written.
  // NOLINTNEXTLINE(google-explicit-constructor): a view converts, as std::span does
  List(std::span<const E> values) : values_(values) {}

  /// A vector's content, checked by the parser.
  static List from_wire(Bytes wire) {
    List list;
    list.wire_ = wire;
    return list;
  }

  class iterator {
   public:
    using value_type = E;
    using difference_type = std::ptrdiff_t;

    iterator() = default;

    explicit iterator(const List& list) : in_(list.wire_), values_(list.values_) { advance(); }

    const E& operator*() const { return current_; }

    const E* operator->() const { return &current_; }

    iterator& operator++() {
      advance();
      return *this;
    }

    void operator++(int) { advance(); }

    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void advance() {
      if (!values_.empty()) {
        current_ = values_.front();
        values_ = values_.subspan(1);
      } else if (in_.left() > 0) {
        current_ = read_element<E>(in_);
      } else {
        done_ = true;
      }
    }

    Reader in_{Bytes{}};
    std::span<const E> values_;
    E current_{};
    bool done_ = false;
  };

  [[nodiscard]] iterator begin() const { return iterator(*this); }

  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

  [[nodiscard]] bool empty() const { return wire_.empty() && values_.empty(); }

  [[nodiscard]] bool contains(const E& wanted) const
    requires Number<E>
  {
    for (const E& element : *this) {
      if (element == wanted) {
        return true;
      }
    }
    return false;
  }

  /// The vector's content as received; empty for a list of our own values.
  [[nodiscard]] Bytes wire() const { return wire_; }

  [[nodiscard]] std::span<const E> values() const { return values_; }

 private:
  Bytes wire_;
  std::span<const E> values_;
};

}  // namespace handfast::codec
