// ec_point_formats. RFC 8422 §5.1.2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// enum { uncompressed(0), deprecated(1..2), reserved(248..255) } ECPointFormat;
enum class EcPointFormat : std::uint8_t { uncompressed = 0 };

/// struct { ECPointFormat ec_point_format_list<1..2^8-1>; } ECPointFormatList;
struct EcPointFormats {
  static constexpr auto type = ExtensionType::ec_point_formats;
  codec::List<EcPointFormat> ec_point_format_list;
  static constexpr auto layout = codec::fields(
      codec::vector<1, 0xff>("ec_point_format_list", &EcPointFormats::ec_point_format_list));
};

}  // namespace handfast::message
