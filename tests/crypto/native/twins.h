// Tests that run for each twin that this build and this processor have.
#pragma once

#include "crypto/native/twin.h"

#include <gtest/gtest.h>

namespace handfast::crypto::native {

class EachTwin : public testing::TestWithParam<Twin> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) {
      GTEST_SKIP() << "this build or this processor does not have AVX2";
    }
  }
};

inline const auto twins = testing::Values(Twin::portable, Twin::avx2);

inline const auto name_of_twin = [](const testing::TestParamInfo<Twin>& info) {
  return info.param == Twin::avx2 ? "avx2" : "portable";
};

}  // namespace handfast::crypto::native
