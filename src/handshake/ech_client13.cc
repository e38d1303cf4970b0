#include "handshake/ech_client13.h"

#include "crypto/hpke.h"
#include "handshake/ech_inner13.h"
#include "handshake/hello13.h"
#include "message/extension/encrypted_client_hello.h"

#include <array>
#include <vector>

namespace handfast::handshake {
namespace {

using crypto::hpke::AeadCode;
using crypto::hpke::Kdf;
using crypto::hpke::Kem;
using crypto::hpke::KeyPair;
using message::OuterEchClientHello;

/// A fresh key pair of `kem`, of this handshake's own randomness.
Result<KeyPair> fresh_pair(Handshake& hs, Kem kem) {
  Secret<66> material;  // as long as the longest private key
  if (const auto filled = hs.chance().fill(material.fill(66)); !filled) {
    return std::unexpected(filled.error());
  }
  return KeyPair::derive(kem, material.expose());
}

/// The content of the extension of type outer.
std::vector<std::uint8_t> written(const OuterEchClientHello& outer) {
  std::vector<std::uint8_t> bytes(16 + outer.enc.size() + outer.payload.size());
  codec::Writer out(bytes);
  codec::write_element(out, message::EchClientHelloType::outer);
  codec::write(out, outer);
  bytes.resize(out.size());
  return bytes;
}

/// How long the ClientHello of `offer` would be if it were hidden.
std::size_t hidden_size(const Handshake& hs, const Offer& offer) {
  const ClientOptions& options = hs.client().config->options();
  const std::string_view name = name_told(hs);
  std::vector<std::uint8_t> memory(room_for_extensions(offer, options, name));
  std::vector<std::uint8_t> suite_memory(room_for_suites(options));
  codec::Writer out(memory);
  const SharedExtensions shared = write_inner_extensions(out, offer, options, name);
  const auto inner = hello_of(offer, options, suite_memory, out.written());
  return encode_inner_hello(inner, shared, {.own = name.size()}).size();
}

/// RFC 9849 §6.2.1: a random config_id, a suite that is supported, a valid encapsulated key, and
/// random bytes of the length that the real thing would have.
Result<std::vector<std::uint8_t>> grease(Handshake& hs, const Offer& offer) {
  static constexpr std::array aeads = {AeadCode::aes_128_gcm, AeadCode::aes_256_gcm,
                                       AeadCode::chacha20_poly1305};
  const auto pair = fresh_pair(hs, Kem::dhkem_x25519_hkdf_sha256);
  if (!pair) {
    return std::unexpected(pair.error());
  }
  std::array<std::uint8_t, 2> dice{};
  std::vector<std::uint8_t> payload(hidden_size(hs, offer) + crypto::aead_tag_size);
  for (const MutBytes random : {MutBytes(dice), MutBytes(payload)}) {
    if (const auto filled = hs.chance().fill(random); !filled) {
      return std::unexpected(filled.error());
    }
  }
  return written({.cipher_suite = {Kdf::hkdf_sha256, aeads[dice[0] % aeads.size()]},
                  .config_id = dice[1],
                  .enc = pair->public_key(),
                  .payload = payload});
}

}  // namespace

Result<> offer_ech(Handshake& hs, Offer& offer) {
  if (!hs.client().config->options().ech_grease) {
    return {};
  }
  auto content = grease(hs, offer);
  if (!content) {
    return std::unexpected(content.error());
  }
  offer.encrypted_client_hello = *std::move(content);
  hs.settled().ech = EchOutcome::greased;
  return {};
}

}  // namespace handfast::handshake
