// The leaves of a walk: the fields that have no fields inside.
#pragma once

#include "codec/layout.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {

/// Whether the leaves of `fields`, in the order of the walk, cover `size` bytes from `base` on,
/// each exactly once, and every field that is no leaf holds its leaves.
inline testing::AssertionResult cover(const std::vector<codec::FieldView>& fields, std::size_t size,
                                      std::size_t base = 0) {
  std::size_t next = base;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const codec::FieldView& field = fields[i];
    if (field.offset != next) {
      return testing::AssertionFailure() << field.name << " starts at " << field.offset
                                         << ", the field before ended at " << next;
    }
    const bool is_leaf = i + 1 == fields.size() || fields[i + 1].depth <= field.depth;
    if (is_leaf) {
      next += field.size;
      continue;
    }
    std::size_t inside = 0;
    for (std::size_t j = i + 1; j < fields.size() && fields[j].depth > field.depth; ++j) {
      inside += fields[j].depth == field.depth + 1 ? fields[j].size : 0;
    }
    if (inside != field.size) {
      return testing::AssertionFailure()
             << field.name << " has " << field.size << " bytes, its fields " << inside;
    }
  }
  if (next != base + size) {
    return testing::AssertionFailure() << "the leaves end at " << next << " of " << base + size;
  }
  return testing::AssertionSuccess();
}

}  // namespace handfast::test
