// record_size_limit. RFC 8449 §4.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// uint16 RecordSizeLimit; In TLS 1.3 it counts all of TLSInnerPlaintext: content, type and
/// padding.
struct RecordSizeLimit {
  static constexpr auto type = ExtensionType::record_size_limit;
  std::uint16_t record_size_limit = 0;
  static constexpr auto layout =
      codec::fields(codec::field("record_size_limit", &RecordSizeLimit::record_size_limit));
};

}  // namespace handfast::message
