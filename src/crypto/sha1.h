// SHA-1, for what others have named by it. It protects nothing: two texts of one hash can be made.
#pragma once

#include "handfast/bytes.h"

#include <array>
#include <cstdint>

namespace handfast::crypto {

using Sha1Digest = std::array<std::uint8_t, 20>;

/// The SHA-1 of `bytes`: RFC 6960 §4.1.1 and §4.2.1 have names and keys looked up by it. Apart from
/// `HashId`, so that nothing can ever be signed with it.
[[nodiscard]] Sha1Digest sha1(Bytes bytes);

}  // namespace handfast::crypto
