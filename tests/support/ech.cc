#include "support/ech.h"

#include "crypto/hpke.h"
#include "handshake/ech_config.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Buffer = std::vector<std::uint8_t>;
using crypto::hpke::Kem;
using crypto::hpke::KeyPair;
using crypto::hpke::Recipient;
using crypto::hpke::Sender;
using message::OuterEchClientHello;

KeyPair pair_of(const EchKey& key) {
  return KeyPair::from_private(Kem::dhkem_x25519_hkdf_sha256, key.expose_private_key()).value();
}

crypto::hpke::Suite suite_of(const OuterEchClientHello& ech) {
  return {Kem::dhkem_x25519_hkdf_sha256, ech.cipher_suite.kdf_id, ech.cipher_suite.aead_id};
}

OuterEchClientHello outer_of(Bytes content) {
  const auto ech = codec::read<message::EchClientHello>(content).value();
  return codec::read<OuterEchClientHello>(ech.content).value();
}

}  // namespace

Buffer hide(const Buffer& hello, const Buffer& encoded) {
  const EchKey& key = *ech_key(public_dns_name);
  const KeyPair pair = pair_of(key);
  OpenHello open = OpenHello::parse(hello);
  const Buffer before = open[ExtensionType::encrypted_client_hello];
  OuterEchClientHello ech = outer_of(before);
  auto sender =
      Sender::make(suite_of(ech), pair.public_key(), handshake::hpke_info(key.config())).value();
  const Buffer zeros(encoded.size() + crypto::aead_tag_size);
  ech.enc = sender.enc();
  ech.payload = zeros;
  Buffer content(64 + zeros.size());
  codec::Writer out(content);
  out.number(std::uint8_t{0});
  codec::write(out, ech);
  content.resize(out.size());
  open[ExtensionType::encrypted_client_hello] = content;
  Buffer message = open.message(HandshakeType::client_hello);
  const auto place = handshake::payload_place(message).value();
  const Buffer aad = handshake::outer_aad(message, place);
  EXPECT_TRUE(sender.seal({aad}, encoded, place.in(MutBytes(message))));
  return message;
}

Buffer encoded_inner(const Buffer& hello) {
  const EchKey& key = *ech_key(public_dns_name);
  OpenHello open = OpenHello::parse(hello);
  const Buffer content = open[ExtensionType::encrypted_client_hello];
  const OuterEchClientHello ech = outer_of(content);
  auto recipient =
      Recipient::make(suite_of(ech), pair_of(key), ech.enc, handshake::hpke_info(key.config()))
          .value();
  const auto place = handshake::payload_place(hello).value();
  const Buffer aad = handshake::outer_aad(hello, place);
  Buffer sealed(ech.payload.begin(), ech.payload.end());
  const MutBytes opened = recipient.open({aad}, sealed).value();
  return {opened.begin(), opened.end()};
}

Edit change_encoded(EncodedChange change) {
  return [change = std::move(change)](Flight& flight) {
    Buffer& hello = find(flight, HandshakeType::client_hello).content;
    Buffer encoded = encoded_inner(hello);
    change(encoded);
    hello = hide(hello, encoded);
  };
}

Edit change_inner(InnerChange change) {
  return change_encoded([change = std::move(change)](Buffer& encoded) {
    codec::Reader in(encoded);
    static_cast<void>(codec::read_fields<message::ClientHello>(in));
    encoded.resize(in.offset());
    OpenHello inner = OpenHello::parse(handshake_message(HandshakeType::client_hello, encoded));
    change(inner);
    const Buffer message = inner.message(HandshakeType::client_hello);
    encoded.assign(message.begin() + 4, message.end());
  });
}

}  // namespace handfast::test
