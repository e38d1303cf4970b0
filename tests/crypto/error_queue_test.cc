// The caller may use libcrypto in the same thread and looks at its error queue, where no error of
// ours may stand.

#include "crypto/aead.h"
#include "crypto/key_exchange.h"
#include "crypto/signature.h"
#include "support/expect.h"

#include <vector>

#include <gtest/gtest.h>

#include <openssl/err.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;

class ErrorQueue : public testing::Test {
 protected:
  void SetUp() override { ERR_clear_error(); }

  void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0UL); }
};

TEST_F(ErrorQueue, is_empty_after_a_record_that_does_not_open) {
  for (const AeadId id : {AeadId::aes_128_gcm, AeadId::aes_256_gcm, AeadId::chacha20_poly1305}) {
    auto opening = Aead::of_libcrypto(id, Direction::open, Vector(key_size(id)));
    ASSERT_TRUE(opening);
    Vector record(40);
    EXPECT_FAILS(opening->open(Nonce{}, Aad{}, record), Reason::record_unreadable);
  }
}

TEST_F(ErrorQueue, is_empty_after_a_share_that_is_no_good) {
  for (const NamedGroup group : {NamedGroup::x25519, NamedGroup::x448, NamedGroup::secp256r1}) {
    const auto mine = KeyExchange::generate(group);
    ASSERT_TRUE(mine);
    Vector share(mine->share().size());
    EXPECT_FAILS(mine->decapsulate(share), Reason::key_share_invalid);
    share.front() = 4;
    if (group == NamedGroup::secp256r1) {
      EXPECT_FAILS(mine->decapsulate(share), Reason::key_share_invalid);
    }
  }
}

TEST_F(ErrorQueue, is_empty_after_public_keys_and_signatures_that_are_no_good) {
  Vector point(65, 1);
  point.front() = 4;
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, point), Reason::certificate_malformed);
  const auto rsa = PublicKey::rsa(Vector(256, 0xff), Vector{3});
  ASSERT_TRUE(rsa);
  for (const Padding padding : {Padding::pkcs1, Padding::pss}) {
    for (const std::uint8_t byte : Vector{0x00, 0x01, 0xff}) {
      EXPECT_FAILS(rsa->verify({.kind = KeyKind::rsa, .padding = padding}, {}, Vector(256, byte)),
                   Reason::signature_invalid);
    }
  }
  const auto ed25519 = PublicKey::ed25519(Vector(32, 0xff));
  ASSERT_TRUE(ed25519);
  EXPECT_FAILS(ed25519->verify({.kind = KeyKind::ed25519}, {}, Vector(64)),
               Reason::signature_invalid);
}

constexpr std::string_view no_key =
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

TEST_F(ErrorQueue, is_empty_after_a_private_key_that_is_no_good) {
  EXPECT_FAILS(PrivateKey::from_pem(no_key), Reason::key_malformed);
}

TEST_F(ErrorQueue, keeps_the_errors_of_the_caller) {
  ERR_raise(ERR_LIB_USER, 1);
  EXPECT_FAILS(PrivateKey::from_pem(no_key), Reason::key_malformed);
  EXPECT_EQ(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
}

}  // namespace
}  // namespace handfast::crypto
