#include "legacy/cbc.h"

#include "base/gather.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "record/record12.h"

#include <algorithm>
#include <new>

namespace handfast::legacy {

using record::MacOrder;
using record::RecordPlace;

namespace {

constexpr std::size_t longest_padding = 256;  // with the byte that says how many there are

/// seq_num + type + version + length, of a size that may be secret.
record::AdditionalData12 head_of(const RecordPlace& place, std::size_t size) {
  return record::additional_data12(place.number, place.type, size, place.version);
}

/// `size`, with padding of at least one byte, up to whole blocks.
constexpr std::size_t padded(std::size_t size) { return (size / aes_block + 1) * aes_block; }

std::unexpected<Error> unreadable(MutBytes body) {
  wipe(body);
  return fail(Reason::record_unreadable);
}

}  // namespace

Unpadded unpad(Bytes text, std::size_t mac_size) {
  const std::size_t padding = text.back();  // without itself
  const Mask fits = ~is_less(text.size(), padding + 1 + mac_size);
  std::uint8_t difference = 0;
  const std::size_t looked_at = std::min(longest_padding, text.size());
  for (std::size_t i = 0; i < looked_at; ++i) {
    const Mask is_padding = ~is_less(padding, i);
    const std::uint8_t byte = text[text.size() - 1 - i];
    difference =
        static_cast<std::uint8_t>(difference | ((byte ^ text.back()) & byte_of(is_padding)));
  }
  const Mask is_good = fits & is_zero(difference);
  return {is_good, text.size() - ((padding + 1) & is_good)};
}

// What is copied stands somewhere in what is read, so it is read into a ring as long as itself, and
// the ring is turned by masks: the number of steps is that of everybody's sizes.
void copy_hidden(Bytes text, std::size_t least, std::size_t start, MutBytes out) {
  const std::size_t size = out.size();
  Secret<48> ring_memory;
  const MutBytes ring = ring_memory.fill(size);
  std::ranges::fill(ring, std::uint8_t{0});
  std::size_t turn = 0;  // secret: where in the ring the first byte is
  std::size_t place = 0;
  for (std::size_t i = least; i < text.size(); ++i) {
    const Mask is_inside = ~is_less(i, start) & is_less(i, start + size);
    ring[place] = static_cast<std::uint8_t>(ring[place] | (text[i] & byte_of(is_inside)));
    turn |= place & is_equal(i, start);
    place = place + 1 == size ? 0 : place + 1;
  }
  Secret<48> turned_memory;
  const MutBytes turned = turned_memory.fill(size);
  for (std::size_t bit = 1; bit < size; bit <<= 1) {
    const Mask turns = ~is_zero(turn & bit);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = i + bit < size ? i + bit : i + bit - size;
      turned[i] =
          static_cast<std::uint8_t>((ring[from] & byte_of(turns)) | (ring[i] & byte_of(~turns)));
    }
    std::ranges::copy(turned, ring.begin());
  }
  std::ranges::copy(ring, out.begin());
}

std::size_t CbcProtection::sealed_size(std::size_t content) const {
  return order_ == MacOrder::encrypt_then_mac ? aes_block + padded(content) + mac_.size()
                                              : aes_block + padded(content + mac_.size());
}

std::size_t CbcProtection::overhead() const { return aes_block + mac_.size() + aes_block; }

// GenericBlockCipher, RFC 5246 §6.2.3.2: IV, and encrypted: content, MAC, padding, padding_length.
// RFC 7366 §3: IV, and encrypted: content, padding, padding_length; MAC of both.
Result<> CbcProtection::seal(const RecordPlace& place, std::span<const Bytes> parts,
                             MutBytes body) {
  const bool encrypts_first = order_ == MacOrder::encrypt_then_mac;
  const std::size_t content = total_size(parts);
  if (body.size() != sealed_size(content)) {
    return fail(Reason::internal);
  }
  const MutBytes iv = body.first(aes_block);
  // RFC 5246 §6.2.3.2: "The Initialization Vector (IV) SHOULD be chosen at random, and MUST be
  // unpredictable."
  if (const auto filled = crypto::fill_random(iv); !filled) {
    return filled;
  }
  const MutBytes text =
      body.subspan(aes_block, body.size() - aes_block - (encrypts_first ? mac_.size() : 0));
  MutBytes rest = join(parts, text);
  if (!encrypts_first) {
    mac_.authenticate(head_of(place, content), text.first(content), rest.first(mac_.size()));
    rest = rest.subspan(mac_.size());
  }
  std::ranges::fill(rest, static_cast<std::uint8_t>(rest.size() - 1));
  if (const auto converted = cipher_.convert(iv, text); !converted) {
    wipe(body);
    return converted;
  }
  if (encrypts_first) {
    const MutBytes code = body.last(mac_.size());
    const MutBytes coded = body.first(body.size() - code.size());
    mac_.authenticate(head_of(place, coded.size()), coded, code);
  }
  return {};
}

Result<MutBytes> CbcProtection::open(const RecordPlace& place, MutBytes body) {
  return order_ == MacOrder::encrypt_then_mac ? open_encrypted_first(place, body)
                                              : open_mac_first(place, body);
}

Result<MutBytes> CbcProtection::open_encrypted_first(const RecordPlace& place, MutBytes body) {
  if (body.size() < 2 * aes_block + mac_.size()) {
    return unreadable(body);
  }
  const MutBytes coded = body.first(body.size() - mac_.size());
  Secret<48> code;
  mac_.authenticate(head_of(place, coded.size()), coded, code.fill(mac_.size()));
  // RFC 7366 §3: the MAC is checked first, and without a good one nothing is decrypted.
  if (!equal_constant_time(code.expose(), body.last(mac_.size())) ||
      coded.size() % aes_block != 0) {
    return unreadable(body);
  }
  const MutBytes text = coded.subspan(aes_block);
  if (!cipher_.convert(coded.first(aes_block), text)) {
    return unreadable(body);
  }
  const Unpadded unpadded = unpad(text, 0);
  return unpadded.is_good != 0 ? Result<MutBytes>(text.first(unpadded.size)) : unreadable(body);
}

Result<MutBytes> CbcProtection::open_mac_first(const RecordPlace& place, MutBytes body) {
  if (body.size() < aes_block + padded(mac_.size()) || body.size() % aes_block != 0) {
    return unreadable(body);
  }
  const MutBytes text = body.subspan(aes_block);
  if (!cipher_.convert(body.first(aes_block), text)) {
    return unreadable(body);
  }
  const Verified verified = verify(place, text);
  return public_now(verified.is_good) != 0 ? Result<MutBytes>(text.first(public_now(verified.size)))
                                           : fail(Reason::record_unreadable);  // it is wiped
}

// RFC 5246 §6.2.3.2: to keep the padding from showing, "implementations MUST ensure that record
// processing time is essentially the same whether or not the padding is correct." Lucky Thirteen
// showed how little is enough, so here the MAC is computed, found and compared, and what is not
// good is wiped, by masks alone.
Verified CbcProtection::verify(const RecordPlace& place, MutBytes text) const {
  const std::size_t mac_size = mac_.size();
  const Unpadded unpadded = unpad(text, mac_size);
  const std::size_t content = unpadded.size - mac_size;  // secret
  const std::size_t most = text.size() - mac_size;
  const std::size_t least = most - std::min(most, longest_padding);
  Secret<48> expected;
  mac_.authenticate({head_of(place, content), text.first(most), least, content},
                    expected.fill(mac_size));
  Secret<48> found;
  copy_hidden(text, least, content, found.fill(mac_size));
  const Mask differs{crypto::native::mask_if_different(expected.expose(), found.expose())};
  const Mask is_good = value_barrier(unpadded.is_good & is_zero(differs));
  for (std::uint8_t& byte : text) {
    byte = static_cast<std::uint8_t>(byte & byte_of(is_good));
  }
  return {is_good, content & is_good};
}

Result<std::unique_ptr<record::BlockProtection>> CbcCiphers::make(const crypto::Suite& suite,
                                                                  crypto::Direction direction,
                                                                  const crypto::TrafficKeys& keys,
                                                                  MacOrder order) const {
  if (!suite.mac || keys.mac_key.size() != crypto::mac_size(*suite.mac)) {
    return fail(Reason::internal);
  }
  auto cipher = AesCbc::make(direction, keys.key.expose());
  if (!cipher) {
    return std::unexpected(cipher.error());
  }
  std::unique_ptr<record::BlockProtection> made(new (std::nothrow) CbcProtection(
      *std::move(cipher), *suite.mac, keys.mac_key.expose(), order));
  return made != nullptr ? Result<std::unique_ptr<record::BlockProtection>>(std::move(made))
                         : fail(Reason::out_of_memory);
}

}  // namespace handfast::legacy
