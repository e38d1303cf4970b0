// extended_main_secret. RFC 7627 §5.1.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// An extension without content, in both hellos.
struct ExtendedMainSecret {
  static constexpr auto type = ExtensionType::extended_main_secret;
  static constexpr auto layout = codec::fields();
};

}  // namespace handfast::message
