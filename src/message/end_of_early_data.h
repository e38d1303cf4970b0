// EndOfEarlyData. RFC 9846 §4.6.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

namespace handfast::message {

/// struct {} EndOfEarlyData;
struct EndOfEarlyData {
  static constexpr auto type = HandshakeType::end_of_early_data;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
