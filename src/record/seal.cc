#include "record/seal.h"

#include "base/gather.h"
#include "record/record12.h"

#include <algorithm>
#include <array>

namespace handfast::record {
namespace {

/// The size of TLSInnerPlaintext: content, type, zeros. RFC 9846 §5.4.
std::size_t inner_size(std::size_t content, std::size_t padding) {
  const std::size_t unpadded = content + 1;
  if (padding == 0) {
    return unpadded;
  }
  const std::size_t padded = (unpadded + padding - 1) / padding * padding;
  return std::min(padded, limits::record_plaintext + 1);
}

}  // namespace

Result<Sealer> Sealer::make(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                            const BlockChoice& block) {
  if (suite.mac) {
    auto protection = make_protection(suite, crypto::Direction::seal, keys, block);
    return protection ? Result<Sealer>(Sealer(suite, *std::move(protection)))
                      : std::unexpected(protection.error());
  }
  auto aead = crypto::Aead::make(suite.aead, crypto::Direction::seal, keys.key.expose());
  if (!aead) {
    return std::unexpected(aead.error());
  }
  return Sealer(suite, keys, std::move(*aead));
}

std::size_t Sealer::record_size(std::size_t content, std::size_t padding) const {
  if (!is_protected()) {
    return header_size + content;
  }
  if (block_) {
    return header_size + block_->sealed_size(content);
  }
  if (suite_->version == ProtocolVersion::tls12) {
    return header_size + sent_nonce_size(*suite_) + content + crypto::tag_size(suite_->aead);
  }
  return header_size + inner_size(content, padding) + crypto::aead_tag_size;
}

Result<> Sealer::seal(ContentType type, std::span<const Bytes> parts, std::size_t padding,
                      const MutBytes& out) {
  const std::size_t content = total_size(parts);
  if (content > limits::record_plaintext || out.size() != record_size(content, padding)) {
    return fail(Reason::internal);
  }
  const bool hides_type = is_protected() && suite_->version == ProtocolVersion::tls13;
  const ContentType outer = hides_type ? ContentType::application_data : type;
  const Header head = header(outer, out.size() - header_size, legacy_version_);
  std::ranges::copy(head, out.begin());
  const MutBytes body = out.subspan(header_size);
  if (!is_protected()) {
    static_cast<void>(join(parts, body));
    return {};
  }
  // RFC 9846 §5.5: "Implementations MUST either close the connection or do a key update" before the
  // limit; the connection updates long before, so this is the last line of defence.
  if (sequence_ >= suite_->records_for_one_key) {
    return fail(Reason::sequence_exhausted);
  }
  if (!hides_type) {
    return seal12(type, parts, body);
  }
  const crypto::Nonce nonce = crypto::nonce_of(iv_, sequence_++);
  const std::uint8_t type_byte = static_cast<std::uint8_t>(type);
  if (parts.size() == 1 && padding == 0) {  // straight from the caller's memory
    const std::array<Bytes, 2> inner = {parts.front(), Bytes(&type_byte, 1)};
    return aead_->seal(nonce, crypto::Aad{head}, inner, body);
  }
  const MutBytes inner = body.first(body.size() - crypto::aead_tag_size);
  const MutBytes tail = join(parts, inner);
  std::ranges::fill(tail, std::uint8_t{0});
  tail.front() = type_byte;
  const Bytes whole = inner;
  return aead_->seal(nonce, crypto::Aad{head}, std::span(&whole, 1), body);
}

Result<> Sealer::seal12(ContentType type, std::span<const Bytes> parts, MutBytes body) {
  const std::uint64_t number = sequence_++;
  if (block_) {
    return block_->seal({number, type}, parts, body);
  }
  const std::size_t sent = sent_nonce_size(*suite_);
  const std::size_t size = body.size() - sent - crypto::tag_size(suite_->aead);
  const SequenceNumber place = sequence_number(number);
  const AdditionalData12 data = additional_data12(number, type, size);
  std::ranges::copy(Bytes(place).first(sent), body.begin());
  return aead_->seal(nonce12(iv_, number, body.first(sent)), crypto::Aad{data}, parts,
                     body.subspan(sent));
}

}  // namespace handfast::record
