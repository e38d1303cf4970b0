#include "record/open.h"

#include <algorithm>
#include <limits>

namespace handfast::record {

Result<Opener> Opener::make(const crypto::Suite& suite, const crypto::TrafficKeys& keys) {
  auto aead = crypto::Aead::make(suite.aead, crypto::Direction::open, keys.key.expose());
  if (!aead) {
    return std::unexpected(aead.error());
  }
  return Opener(keys, std::move(*aead));
}

Result<Opened> Opener::open(MutBytes record) {
  if (!aead_) {
    return fail(Reason::internal);
  }
  // RFC 9846 §5.3: sequence numbers do not wrap. How many records a key may protect is the sender's
  // to keep: §5.5, "Receiving implementations SHOULD NOT enforce these limits".
  if (sequence_ == std::numeric_limits<std::uint64_t>::max()) {
    return fail(Reason::sequence_exhausted);
  }
  const MutBytes header = record.first(header_size);
  const auto inner = aead_->open(crypto::nonce_of(iv_, sequence_), crypto::Aad{header},
                                 record.subspan(header_size));
  if (!inner) {
    return std::unexpected(inner.error());
  }
  ++sequence_;
  // RFC 9846 §5.4: "The presence of padding does not change the overall record size limitations:
  // the full encoded TLSInnerPlaintext MUST NOT exceed 2^14 + 1 octets."
  if (inner->size() > limits::record_plaintext + 1) {
    return fail_limit(Reason::record_plaintext_overflow, limits::record_plaintext + 1,
                      inner->size());
  }
  // RFC 9846 §5.4: the type is the last byte that is not zero; if there is none, the connection
  // MUST end with unexpected_message.
  const auto type_at = std::ranges::find_if(inner->rbegin(), inner->rend(),
                                            [](std::uint8_t byte) { return byte != 0; });
  if (type_at == inner->rend()) {
    return fail(Reason::record_without_type);
  }
  const auto content_size = static_cast<std::size_t>(inner->rend() - type_at) - 1;
  return Opened{static_cast<ContentType>(*type_at), inner->first(content_size)};
}

}  // namespace handfast::record
