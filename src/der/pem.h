// PEM: DER as text between -----BEGIN and -----END lines. RFC 7468.
#pragma once

#include "base/limits.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::der {

/// One block as it stood in the text: views into it.
struct PemBlock {
  std::string_view label;   ///< "CERTIFICATE"
  std::string_view base64;  ///< between the two lines, not looked at yet
};

/// Finds the blocks of PEM text one after the other; what stands between them is passed over, as
/// RFC 7468 §2 allows.
///
/// A value; allocates nothing. The text must outlive the blocks.
class PemScanner {
 public:
  explicit PemScanner(std::string_view text) : rest_(text) {}

  /// The next block, or nothing at the end of the text. A block that is never ended has an empty
  /// `base64`, which does not decode.
  std::optional<PemBlock> next();

 private:
  std::string_view rest_;
};

/// The bytes of one block: base64 of RFC 4648 §4 with its padding, white space anywhere. At most
/// `limits::pem_block` bytes of text. Fails: pem_malformed for anything else, also for nothing.
Result<std::vector<std::uint8_t>> decode_pem(const PemBlock& block,
                                             std::size_t most = limits::pem_block);

/// `der` as a block, in lines of 64 characters, with a line end after the last.
[[nodiscard]] std::string encode_pem(std::string_view label, Bytes der);

}  // namespace handfast::der
