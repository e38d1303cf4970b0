#include "legacy/premaster.h"

#include "base/limits.h"
#include "crypto/random.h"
#include "legacy/masks.h"
#include "legacy/rsa.h"

#include <utility>

namespace handfast::legacy {

Result<Premaster> make_premaster(ProtocolVersion version) {
  Premaster made;
  const MutBytes bytes = made.fill(premaster_size);
  if (const auto filled = crypto::fill_random(bytes); !filled) {
    return std::unexpected(filled.error());
  }
  bytes[0] = static_cast<std::uint8_t>(std::to_underlying(version) >> 8);
  bytes[1] = static_cast<std::uint8_t>(std::to_underlying(version));
  return made;
}

// 00, 02, bytes that are not zero, 00, the message: where each has to be is known, as the message
// has a size of its own. So nothing is looked for, and every byte counts alike.
Premaster choose_premaster(Bytes decrypted, ProtocolVersion version, Bytes instead) {
  constexpr std::size_t padding_at = 2;
  constexpr std::size_t least_padding = 8;
  Premaster chosen;
  const MutBytes out = chosen.fill(premaster_size);
  if (decrypted.size() < padding_at + least_padding + 1 + premaster_size) {
    std::ranges::copy(instead, out.begin());  // no key is that small
    return chosen;
  }
  const Bytes message = decrypted.last(premaster_size);
  const std::size_t zero_at = decrypted.size() - premaster_size - 1;
  const auto number = std::to_underlying(version);
  Mask is_good = is_equal(decrypted[0], 0) & is_equal(decrypted[1], 2) &
                 is_equal(decrypted[zero_at], 0) & is_equal(message[0], number >> 8) &
                 is_equal(message[1], number & 0xff);
  for (const std::uint8_t byte : decrypted.subspan(padding_at, zero_at - padding_at)) {
    is_good &= ~is_zero(byte);
  }
  const std::uint8_t takes = byte_of(value_barrier(is_good));
  for (std::size_t i = 0; i < premaster_size; ++i) {
    out[i] = static_cast<std::uint8_t>((message[i] & takes) |
                                       (instead[i] & static_cast<std::uint8_t>(~takes)));
  }
  return chosen;
}

Result<Premaster> open_premaster(const crypto::PrivateKey& key, Bytes ciphertext,
                                 ProtocolVersion version) {
  Premaster instead;
  if (const auto filled = crypto::fill_random(instead.fill(premaster_size)); !filled) {
    return std::unexpected(filled.error());
  }
  Secret<limits::rsa_bits_most / 8> decrypted;
  const MutBytes out = decrypted.fill(modulus_size(key));
  // What cannot be decrypted leaves zeros, which are no premaster secret.
  static_cast<void>(rsa_decrypt_raw(key, ciphertext, out));
  return choose_premaster(out, version, instead.expose());
}

}  // namespace handfast::legacy
