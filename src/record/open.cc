#include "record/open.h"

#include "codec/reader.h"
#include "record/record12.h"

#include <algorithm>
#include <limits>

namespace handfast::record {

Result<Opener> Opener::make(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                            const BlockChoice& block) {
  if (suite.mac) {
    auto protection = make_protection(suite, crypto::Direction::open, keys, block);
    return protection ? Result<Opener>(Opener(suite, *std::move(protection)))
                      : std::unexpected(protection.error());
  }
  auto aead = crypto::Aead::make(suite.aead, crypto::Direction::open, keys.key.expose());
  if (!aead) {
    return std::unexpected(aead.error());
  }
  return Opener(suite, keys, std::move(*aead));
}

Result<Opened> Opener::open(MutBytes record) {
  if (!is_protected()) {
    return fail(Reason::internal);
  }
  // RFC 9846 §5.3: sequence numbers do not wrap. How many records a key may protect is the sender's
  // to keep: §5.5, "Receiving implementations SHOULD NOT enforce these limits".
  if (sequence_ == std::numeric_limits<std::uint64_t>::max()) {
    return fail(Reason::sequence_exhausted);
  }
  auto opened = suite_->version == ProtocolVersion::tls12 ? open12(record) : open13(record);
  if (opened) {
    ++sequence_;
  }
  return opened;
}

Result<Opened> Opener::open13(MutBytes record) {
  const MutBytes header = record.first(header_size);
  const auto inner = aead_->open(crypto::nonce_of(iv_, sequence_), crypto::Aad{header},
                                 record.subspan(header_size));
  if (!inner) {
    return std::unexpected(inner.error());
  }
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

Result<Opened> Opener::open12(MutBytes record) {
  codec::Reader in(record);
  const auto type = static_cast<ContentType>(in.number<std::uint8_t>());
  const auto version = static_cast<ProtocolVersion>(in.number<std::uint16_t>());
  in.number<std::uint16_t>();  // of the whole, which is here
  if (!in.good()) {
    return fail(Reason::record_unreadable);
  }
  const RecordPlace place{sequence_, type, version};
  const MutBytes body = record.subspan(header_size);
  const auto content = block_ ? block_->open(place, body) : open_aead12(place, body);
  if (!content) {
    return std::unexpected(content.error());
  }
  // RFC 5246 §6.2.1: "The length MUST NOT exceed 2^14."
  if (content->size() > limits::record_plaintext) {
    return fail_limit(Reason::record_plaintext_overflow, limits::record_plaintext, content->size());
  }
  return Opened{type, *content};
}

Result<MutBytes> Opener::open_aead12(const RecordPlace& place, MutBytes body) {
  const std::size_t sent = sent_nonce_size(*suite_);
  const std::size_t tag = crypto::tag_size(suite_->aead);
  if (body.size() < sent + tag) {
    return fail(Reason::record_unreadable);
  }
  const AdditionalData12 data =
      additional_data12(place.number, place.type, body.size() - sent - tag, place.version);
  return aead_->open(nonce12(iv_, place.number, body.first(sent)), crypto::Aad{data},
                     body.subspan(sent));
}

}  // namespace handfast::record
