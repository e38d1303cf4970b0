// Names in people's own letters, as certificates and the DNS have them.
#pragma once

#include "handfast/result.h"

#include <string>
#include <string_view>

namespace handfast::command {

/// The host of `name` in A-labels (RFC 5891 §4, by libidn2): "bücher.example" ->
/// "xn--bcher-kva.example". `name` may also be "*.bücher.example", "ann@bücher.example" or
/// "https://bücher.example/": what stands around the host stays, and must be ASCII. What is ASCII
/// stays as it is.
/// Fails: address_invalid, also for every name outside ASCII where libidn2 was not built in.
Result<std::string> to_a_labels(std::string_view name);

}  // namespace handfast::command
