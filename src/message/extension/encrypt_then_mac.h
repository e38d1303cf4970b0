// encrypt_then_mac. RFC 7366 §2.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// An extension without content, in both hellos.
struct EncryptThenMac {
  static constexpr auto type = ExtensionType::encrypt_then_mac;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
