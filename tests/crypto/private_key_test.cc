#include "crypto/signature.h"
#include "support/expect.h"
#include "support/vectors.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr std::array kinds = {KeyKind::rsa,        KeyKind::ecdsa_p256, KeyKind::ecdsa_p384,
                              KeyKind::ecdsa_p521, KeyKind::ed25519,    KeyKind::ml_dsa_44,
                              KeyKind::ml_dsa_65,  KeyKind::ml_dsa_87};

const Vector message = {'h', 'e', 'l', 'l', 'o'};

std::string pem(std::string_view name) {
  return test::load_text("private_keys/" + std::string(name) + ".pem");
}

std::string_view text(const Vector& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The public key out of a SubjectPublicKeyInfo, whose last part it is in each of our kinds.
Result<PublicKey> public_half(const PrivateKey& key) {
  const Bytes info = key.public_key_info();
  switch (key.kind()) {
    case KeyKind::rsa: {
      const Vector exponent = {1, 0, 1};
      // The modulus ends before the five bytes 02 03 01 00 01.
      return PublicKey::rsa(info.subspan(info.size() - 5 - 256, 256), exponent);
    }
    case KeyKind::ecdsa_p256: return PublicKey::ecdsa(key.kind(), info.last(65));
    case KeyKind::ecdsa_p384: return PublicKey::ecdsa(key.kind(), info.last(97));
    case KeyKind::ecdsa_p521: return PublicKey::ecdsa(key.kind(), info.last(133));
    case KeyKind::ed25519: return PublicKey::ed25519(info.last(32));
    case KeyKind::ml_dsa_44: return PublicKey::ml_dsa(key.kind(), info.last(1312));
    case KeyKind::ml_dsa_65: return PublicKey::ml_dsa(key.kind(), info.last(1952));
    case KeyKind::ml_dsa_87: return PublicKey::ml_dsa(key.kind(), info.last(2592));
  }
  return fail(Reason::internal);
}

SignatureAlgorithm algorithm_of(const Scheme& scheme) {
  return {.kind = scheme.kind, .padding = scheme.padding, .hash = scheme.hash};
}

testing::AssertionResult signs_with_every_scheme(const PrivateKey& key) {
  const auto verifier = public_half(key);
  if (!verifier) {
    return testing::AssertionFailure() << "its public half is no key";
  }
  std::size_t count = 0;
  for (const Scheme& scheme : schemes) {
    const auto signature = key.sign(scheme.id, message);
    if (signature.has_value() != (scheme.kind == key.kind())) {
      return testing::AssertionFailure() << name(scheme.id) << " by the wrong kind of key";
    }
    if (!signature) {
      continue;
    }
    ++count;
    const Vector other = {'h', 'e', 'l', 'l', 'a'};
    if (!verifier->verify(algorithm_of(scheme), message, signature->bytes())) {
      return testing::AssertionFailure() << name(scheme.id) << " does not verify";
    }
    if (verifier->verify(algorithm_of(scheme), other, signature->bytes())) {
      return testing::AssertionFailure() << name(scheme.id) << " verifies for another message";
    }
  }
  return count == 0 ? testing::AssertionFailure() << "no scheme" : testing::AssertionSuccess();
}

TEST(PrivateKey, reads_every_form) {
  const std::pair<const char*, KeyKind> files[] = {
      {"p256_pkcs8", KeyKind::ecdsa_p256}, {"p256_sec1", KeyKind::ecdsa_p256},
      {"p384_pkcs8", KeyKind::ecdsa_p384}, {"p256_sec1_with_parameters", KeyKind::ecdsa_p256},
      {"p521_pkcs8", KeyKind::ecdsa_p521}, {"rsa2048_pkcs1", KeyKind::rsa},
      {"ed25519_pkcs8", KeyKind::ed25519}, {"rsa2048_pkcs8", KeyKind::rsa},
  };
  for (const auto& [file, kind] : files) {
    const auto key = PrivateKey::from_pem(pem(file));
    ASSERT_TRUE(key) << file;
    EXPECT_EQ(key->kind(), kind) << file;
    EXPECT_TRUE(signs_with_every_scheme(*key)) << file;
  }
}

TEST(PrivateKey, reads_the_same_key_from_every_form) {
  const auto one = PrivateKey::from_pem(pem("p256_pkcs8"));
  const auto other = PrivateKey::from_pem(pem("p256_sec1_with_parameters"));
  ASSERT_TRUE(one && other);
  EXPECT_TRUE(std::ranges::equal(one->public_key_info(), other->public_key_info()));
}

TEST(PrivateKey, finds_the_key_behind_other_blocks) {
  const std::string before =
      "some words\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(PrivateKey::from_pem(before + pem("p256_sec1")));
  EXPECT_TRUE(PrivateKey::from_pem(before + pem("p256_sec1") + pem("rsa2048_pkcs1")));
}

TEST(PrivateKey, refuses_text_without_a_key) {
  for (const std::string_view none :
       {"", "nothing", "-----BEGIN ",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_FAILS(PrivateKey::from_pem(none), Reason::pem_malformed);
  }
}

TEST(PrivateKey, refuses_broken_keys) {
  const std::string whole = pem("p256_pkcs8");
  EXPECT_FAILS(PrivateKey::from_pem(whole.substr(0, whole.size() / 2)), Reason::key_malformed);
  EXPECT_FAILS(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
               Reason::key_malformed);
  EXPECT_FAILS(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n" + std::string(1U << 20, 'A') +
                                    "\n-----END PRIVATE KEY-----\n"),
               Reason::key_malformed);
  // A good key behind a broken one does not make up for it.
  EXPECT_FAILS(PrivateKey::from_pem(
                   "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + whole),
               Reason::key_malformed);
}

TEST(PrivateKey, refuses_a_public_half_that_does_not_fit) {
  EXPECT_FAILS(PrivateKey::from_pem(pem("p256_wrong_public_half_sec1")), Reason::key_malformed);
}

// At a terminal libcrypto's own callback would wait for a passphrase here.
TEST(PrivateKey, refuses_encrypted_keys_without_asking) {
  for (const char* file :
       {"p256_encrypted_pkcs8", "p256_encrypted_sec1", "rsa2048_encrypted_pkcs1"}) {
    EXPECT_FAILS(PrivateKey::from_pem(pem(file)), Reason::password_missing);
  }
}

TEST(PrivateKey, refuses_other_kinds) {
  for (const char* file : {"secp256k1_pkcs8", "p256_explicit_pkcs8", "rsa1024_pkcs8", "ed448_pkcs8",
                           "x25519_pkcs8", "rsa_pss_pkcs8", "dsa_pkcs8", "dsa_traditional"}) {
    EXPECT_FAILS(PrivateKey::from_pem(pem(file)), Reason::key_unsupported);
  }
}

class EachKind : public testing::TestWithParam<KeyKind> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) {
      GTEST_SKIP() << "this libcrypto has no ML-DSA; 3.5 has";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(PrivateKey, EachKind, testing::ValuesIn(kinds));

TEST_P(EachKind, is_generated_written_and_read_again) {
  const auto key = PrivateKey::generate(GetParam());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind(), GetParam());
  EXPECT_TRUE(signs_with_every_scheme(*key));
  const auto written = key->to_pem();
  ASSERT_TRUE(written);
  EXPECT_TRUE(text(*written).starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const auto read = PrivateKey::from_pem(text(*written));
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(read->public_key_info(), key->public_key_info()));
  EXPECT_TRUE(signs_with_every_scheme(*read));
}

TEST_P(EachKind, signs_in_many_threads) {
  const auto key = PrivateKey::generate(GetParam());
  ASSERT_TRUE(key);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { good += signs_with_every_scheme(*key) ? 1 : 0; });
    }
  }
  EXPECT_EQ(good, 4);
}

TEST(PrivateKey, moves) {
  auto key = PrivateKey::generate(KeyKind::ecdsa_p256);
  ASSERT_TRUE(key);
  PrivateKey moved = std::move(*key);
  EXPECT_TRUE(signs_with_every_scheme(moved));
}

TEST(PrivateKey, refuses_schemes_that_this_build_does_not_have) {
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256);
  ASSERT_TRUE(key);
  EXPECT_FAILS(key->sign(SignatureScheme::ecdsa_sha1, message), Reason::signature_scheme_wrong_key);
  EXPECT_FAILS(key->sign(SignatureScheme::ed448, message), Reason::signature_scheme_wrong_key);
}

}  // namespace
}  // namespace handfast::crypto
