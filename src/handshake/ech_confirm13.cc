#include "handshake/ech_confirm13.h"

#include "crypto/hkdf.h"
#include "message/extension/encrypted_client_hello.h"
#include "schedule/schedule13.h"

#include <algorithm>
#include <string_view>

namespace handfast::handshake {
namespace {

constexpr std::size_t random_offset = message::header_size + 2;

/// Goes on to the content of encrypted_client_hello, in a block of extensions of which the length
/// is next. Returns its size; nothing if there is none.
std::optional<std::size_t> find_ech(codec::Reader& in) {
  in.number<std::uint16_t>();  // the length of the block, which is all that is left
  while (in.good() && in.left() > 0) {
    const auto type = static_cast<ExtensionType>(in.number<std::uint16_t>());
    const std::size_t size = in.number<std::uint16_t>();
    if (type == ExtensionType::encrypted_client_hello) {
      return size;
    }
    in.take(size);
  }
  return std::nullopt;
}

}  // namespace

std::optional<BytePlace> payload_place(Bytes hello) {
  codec::Reader in(hello);
  in.take(random_offset + 32);
  in.vector(0, 32);
  in.vector(2, 0xfffe);  // cipher_suites
  in.vector(1, 0xff);    // legacy_compression_methods
  if (!find_ech(in) ||
      in.number<std::uint8_t>() != std::to_underlying(message::EchClientHelloType::outer)) {
    return std::nullopt;
  }
  in.take(4 + 1);  // cipher_suite, config_id
  in.vector(0, 0xffff);
  const std::size_t size = in.number<std::uint16_t>();
  const std::size_t offset = in.offset();
  in.take(size);
  return in.good() ? std::optional(BytePlace{offset, size}) : std::nullopt;
}

std::vector<std::uint8_t> outer_aad(Bytes hello, BytePlace payload) {
  std::vector<std::uint8_t> aad(hello.begin(), hello.end());
  std::ranges::fill(payload.in(MutBytes(aad)), std::uint8_t{0});
  aad.erase(aad.begin(), aad.begin() + message::header_size);
  return aad;
}

std::optional<BytePlace> confirmation_place(Bytes answer, bool is_retry) {
  constexpr std::size_t size = 8;
  if (!is_retry) {
    return BytePlace{random_offset + 32 - size, size};
  }
  codec::Reader in(answer);
  in.take(random_offset + 32);
  in.vector(0, 32);
  in.take(2 + 1);  // cipher_suite, legacy_compression_method
  const auto found = find_ech(in);
  return found == size ? std::optional(BytePlace{in.offset(), size}) : std::nullopt;
}

std::array<std::uint8_t, 8> ech_confirmation(const Handshake& hs, crypto::HashId hash,
                                             const message::Random& inner_random, Bytes answer,
                                             BytePlace place, bool is_retry) {
  const std::string_view label =
      is_retry ? "hrr ech accept confirmation" : "ech accept confirmation";
  std::vector<std::uint8_t> without(answer.begin(), answer.end());
  std::ranges::fill(place.in(MutBytes(without)), std::uint8_t{0});
  const crypto::Digest transcript = hs.answer_transcript(hash, is_retry, without);
  const HashSecret secret = crypto::hkdf_extract(hash, {}, inner_random);
  std::array<std::uint8_t, 8> confirmation{};
  schedule::expand_label(crypto::Hmac(hash, secret.expose()), label, transcript.bytes(),
                         confirmation);
  return confirmation;
}

}  // namespace handfast::handshake
