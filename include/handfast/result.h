// Result<T>: every function that can fail returns one.
#pragma once

#include "handfast/error.h"

#include <expected>
#include <type_traits>

namespace handfast {

/// A value, or the `Error` that took its place: std::expected<T, Error>, but one that the compiler
/// does not let anybody ignore.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
  static_assert(!std::is_same_v<T, bool>,
                "a yes or no that can fail is asked for by mistake too easily");

 public:
  using std::expected<T, Error>::expected;
};

}  // namespace handfast
