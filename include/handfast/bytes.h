// Byte views, the currency of every interface of Handfast.
#pragma once

#include <cstdint>
#include <span>

namespace handfast {

/// A view of bytes that somebody else owns. Valid as long as its owner says.
using Bytes = std::span<const std::uint8_t>;

/// A view of bytes that may be written, e.g. a record that is opened where it lies.
using MutBytes = std::span<std::uint8_t>;

}  // namespace handfast
