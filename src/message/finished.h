// Finished. RFC 9846 §4.5.3.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

namespace handfast::message {

/// struct { opaque verify_data[Hash.length]; } Finished;
struct Finished {
  static constexpr auto type = HandshakeType::finished;
  Bytes verify_data;
  static constexpr auto layout = codec::fields(codec::rest("verify_data", &Finished::verify_data));
};

}  // namespace handfast::message
