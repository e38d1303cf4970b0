// ML-DSA, which libcrypto has from 3.5 on. Where it has none, that is what has to be said, and all
// else is skipped. FIPS 204, RFC 9881.
#include "crypto/pkcs12.h"
#include "crypto/signature.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"
#include "support/vectors.h"

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using nlohmann::json;
using test::bytes_of;

using Vector = std::vector<std::uint8_t>;

struct Kind {
  KeyKind kind;
  SignatureScheme scheme;
  int level;  // as in its name
  std::size_t public_key;
  std::size_t signature;
  std::size_t valid;  // tests of Wycheproof's that are right with an empty context
};

constexpr std::array each_kind = {
    Kind{KeyKind::ml_dsa_44, SignatureScheme::mldsa44, 44, 1312, 2420, 75},
    Kind{KeyKind::ml_dsa_65, SignatureScheme::mldsa65, 65, 1952, 3309, 77},
    Kind{KeyKind::ml_dsa_87, SignatureScheme::mldsa87, 87, 2592, 4627, 69},
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << "ML-DSA-" << kind.level; }

std::string key_file(int level, std::string_view form) {
  return test::load_text("private_keys/ml_dsa_" + std::to_string(level) + "_" + std::string(form) +
                         "_pkcs8.pem");
}

std::string_view text(const Vector& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<PublicKey> public_half(const PrivateKey& key, const Kind& kind) {
  return PublicKey::ml_dsa(kind.kind, key.public_key_info().last(kind.public_key));
}

class MlDsa : public testing::TestWithParam<Kind> {};

INSTANTIATE_TEST_SUITE_P(PublicKey, MlDsa, testing::ValuesIn(each_kind));

// What is true of any libcrypto.

TEST_P(MlDsa, is_there_as_a_whole_or_not_at_all) {
  const Kind& kind = GetParam();
  EXPECT_EQ(is_available(kind.kind), is_available(KeyKind::ml_dsa_44));
  EXPECT_EQ(find_scheme(kind.scheme) != nullptr, is_available(kind.kind));
  EXPECT_EQ(is_delegable(kind.scheme), is_available(kind.kind));
  if (const Scheme* scheme = find_scheme(kind.scheme)) {
    EXPECT_EQ(scheme->kind, kind.kind);
    EXPECT_TRUE(scheme->in_handshake);
  }
}

TEST(MlDsa, is_the_one_kind_that_may_be_missing) {
  for (const Scheme& scheme : schemes) {
    const bool is_ml_dsa = name(scheme.id).starts_with("mldsa");
    EXPECT_TRUE(is_ml_dsa || is_available(scheme.kind)) << name(scheme.id);
  }
}

TEST_P(MlDsa, has_keys_of_one_size) {
  const Kind& kind = GetParam();
  for (const std::size_t size : {std::size_t{0}, std::size_t{32}, kind.public_key - 1,
                                 kind.public_key + 1, 2 * kind.public_key}) {
    EXPECT_FAILS(PublicKey::ml_dsa(kind.kind, Vector(size)), Reason::certificate_malformed);
  }
  EXPECT_FAILS(PublicKey::ml_dsa(KeyKind::ed25519, Vector(kind.public_key)),
               Reason::certificate_key_unsupported);
  const auto key = PublicKey::ml_dsa(kind.kind, Vector(kind.public_key));
  if (!is_available(kind.kind)) {
    EXPECT_FAILS(key, Reason::certificate_needs_ml_dsa);
    return;
  }
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind(), kind.kind);
  EXPECT_EQ(key->bits(), 8 * kind.public_key);
}

TEST_P(MlDsa, costs_more_the_larger_it_is) {
  EXPECT_GT(verify_cost_us(GetParam().kind), verify_cost_us(KeyKind::ecdsa_p256));
  EXPECT_LT(verify_cost_us(GetParam().kind), verify_cost_us(KeyKind::ecdsa_p384));
}

// What a libcrypto without it says of keys in files.
class MissingMlDsa : public testing::Test {
 protected:
  void SetUp() override {
    if (is_available(KeyKind::ml_dsa_44)) {
      GTEST_SKIP() << "this libcrypto has ML-DSA, so nothing has to be refused";
    }
  }
};

TEST_F(MissingMlDsa, keys_are_refused_by_their_kind) {
  for (const Kind& kind : each_kind) {
    EXPECT_FAILS(PrivateKey::generate(kind.kind), Reason::key_needs_ml_dsa);
    EXPECT_FAILS(PrivateKey::from_pem(key_file(kind.level, "seed")), Reason::key_needs_ml_dsa);
  }
  EXPECT_FAILS(PrivateKey::from_pem(key_file(44, "expanded")), Reason::key_needs_ml_dsa);
  EXPECT_FAILS(PrivateKey::from_pem(key_file(87, "both")), Reason::key_needs_ml_dsa);
  const std::string encrypted = key_file(65, "encrypted");
  EXPECT_FAILS(PrivateKey::from_pem(encrypted), Reason::password_missing);
  EXPECT_FAILS(PrivateKey::from_pem(encrypted, "wrong"), Reason::password_wrong);
  EXPECT_FAILS(PrivateKey::from_pem(encrypted, "secret"), Reason::key_needs_ml_dsa);
}

TEST_F(MissingMlDsa, schemes_sign_nothing) {
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256);
  ASSERT_TRUE(key);
  for (const Kind& kind : each_kind) {
    EXPECT_FAILS(key->sign(kind.scheme, {}), Reason::signature_scheme_wrong_key);
  }
}

// What one that has it does.
class PresentMlDsa : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam().kind)) {
      GTEST_SKIP() << "this libcrypto has no ML-DSA; 3.5 has";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(PublicKey, PresentMlDsa, testing::ValuesIn(each_kind));

// The context is empty in TLS and X.509 (RFC 9881 §3): what is right with another one is wrong
// here.
TEST_P(PresentMlDsa, stands_wycheproof) {
  const Kind& kind = GetParam();
  const auto all =
      test::load_json("wycheproof/mldsa_" + std::to_string(kind.level) + "_verify_test.json.xz");
  std::size_t valid = 0;
  std::size_t count = 0;
  for (const json& group : all.at("testGroups")) {
    const auto key = PublicKey::ml_dsa(kind.kind, bytes_of(group, "publicKey"));
    for (const json& test : group.at("tests")) {
      const bool is_right = test.at("result") == "valid" && test.value("ctx", "").empty();
      bool verifies = false;
      if (key) {
        const auto verified =
            key->verify({.kind = kind.kind}, bytes_of(test, "msg"), bytes_of(test, "sig"));
        verifies = verified.has_value();
        EXPECT_TRUE(verified || verified.error().reason == Reason::signature_invalid);
      } else {
        EXPECT_TRUE(test::has_flag(test, "IncorrectPublicKeyLength")) << test.at("tcId");
      }
      EXPECT_EQ(verifies, is_right) << test.at("tcId") << ' ' << test.at("comment");
      valid += is_right ? 1 : 0;
      ++count;
    }
  }
  EXPECT_EQ(valid, kind.valid);
  EXPECT_EQ(count, all.at("numberOfTests").get<std::size_t>());
}

TEST_P(PresentMlDsa, signs_what_verifies_and_nothing_else) {
  const Kind& kind = GetParam();
  const auto key = PrivateKey::generate(kind.kind);
  ASSERT_TRUE(key);
  const auto verifier = public_half(*key, kind);
  ASSERT_TRUE(verifier);
  const Vector message = {'h', 'e', 'l', 'l', 'o'};
  const auto signature = key->sign(kind.scheme, message);
  ASSERT_TRUE(signature);
  ASSERT_EQ(signature->bytes().size(), kind.signature);
  Vector bytes(signature->bytes().begin(), signature->bytes().end());
  const SignatureAlgorithm algorithm = {.kind = kind.kind};
  EXPECT_TRUE(verifier->verify(algorithm, message, bytes));
  // The challenge, the response and the hints; and every other length.
  for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    bytes[at] ^= 1;
    EXPECT_FAILS(verifier->verify(algorithm, message, bytes), Reason::signature_invalid) << at;
    bytes[at] ^= 1;
  }
  EXPECT_FAILS(verifier->verify(algorithm, message, Bytes(bytes).first(bytes.size() - 1)),
               Reason::signature_invalid);
  bytes.push_back(0);
  EXPECT_FAILS(verifier->verify(algorithm, message, bytes), Reason::signature_invalid);
  EXPECT_FAILS(verifier->verify(algorithm, message, {}), Reason::signature_invalid);
  for (const Kind& other : each_kind) {
    if (other.kind != kind.kind) {
      EXPECT_FAILS(verifier->verify({.kind = other.kind}, message, signature->bytes()),
                   Reason::signature_scheme_wrong_key);
      EXPECT_FAILS(key->sign(other.scheme, message), Reason::signature_scheme_wrong_key);
    }
  }
}

// The seed 00 01 .. 1f is that of RFC 9881's examples, and the files are those examples.
TEST_P(PresentMlDsa, reads_seeds_and_writes_them) {
  const Kind& kind = GetParam();
  const std::string file = key_file(kind.level, "seed");
  const auto key = PrivateKey::from_pem(file);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind(), kind.kind);
  const auto written = key->to_pem();
  ASSERT_TRUE(written);
  EXPECT_EQ(text(*written), file);
  const auto sealed = key->to_pem("secret");
  ASSERT_TRUE(sealed);
  EXPECT_LT(sealed->size(), 600U);
  const auto opened = PrivateKey::from_pem(text(*sealed), "secret");
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(opened->public_key_info(), key->public_key_info()));
}

TEST_P(PresentMlDsa, writes_seeds_of_its_own) {
  const auto key = PrivateKey::generate(GetParam().kind);
  ASSERT_TRUE(key);
  const auto written = key->to_pem();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->size(), key_file(44, "seed").size());
  const auto read = PrivateKey::from_pem(text(*written));
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(read->public_key_info(), key->public_key_info()));
}

TEST_P(PresentMlDsa, goes_into_containers) {
  const auto key = PrivateKey::generate(GetParam().kind);
  ASSERT_TRUE(key);
  const auto stored = write_pkcs12(&*key, {}, "secret", "name");
  ASSERT_TRUE(stored);
  const auto read = read_pkcs12(*stored, "secret");
  ASSERT_TRUE(read && read->key);
  EXPECT_TRUE(std::ranges::equal(read->key->public_key_info(), key->public_key_info()));
}

class FormsOfMlDsa : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_available(KeyKind::ml_dsa_44)) {
      GTEST_SKIP() << "this libcrypto has no ML-DSA; 3.5 has";
    }
  }
};

// RFC 9881 §6: seed, expandedKey, both.
TEST_F(FormsOfMlDsa, are_all_read) {
  const auto seed = PrivateKey::from_pem(key_file(44, "seed"));
  const auto expanded = PrivateKey::from_pem(key_file(44, "expanded"));
  const auto both = PrivateKey::from_pem(key_file(44, "both"));
  const auto large = PrivateKey::from_pem(key_file(87, "both"));
  const auto opened = PrivateKey::from_pem(key_file(65, "encrypted"), "secret");
  ASSERT_TRUE(seed && expanded && both && large && opened);
  EXPECT_TRUE(std::ranges::equal(seed->public_key_info(), expanded->public_key_info()));
  EXPECT_TRUE(std::ranges::equal(seed->public_key_info(), both->public_key_info()));
  EXPECT_EQ(large->kind(), KeyKind::ml_dsa_87);
  EXPECT_EQ(opened->kind(), KeyKind::ml_dsa_65);
  EXPECT_EQ(text(*both->to_pem()), key_file(44, "seed")) << "the seed is enough";
  EXPECT_EQ(text(*expanded->to_pem()), key_file(44, "expanded")) << "it has no seed to write";
}

// RFC 9881 §6 has both halves checked against each other.
TEST_F(FormsOfMlDsa, are_refused_if_their_halves_differ) {
  EXPECT_FAILS(PrivateKey::from_pem(key_file(44, "wrong_seed_both")), Reason::key_malformed);
}

TEST_F(FormsOfMlDsa, are_refused_at_another_length) {
  // The OCTET STRING of 34 bytes says 33, and so does all around it.
  const std::string shorter = "-----BEGIN PRIVATE KEY-----\n"
                              "MDMCAQAwCwYJYIZIAWUDBAMRBCGAHwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZ\n"
                              "GhscHR4=\n-----END PRIVATE KEY-----\n";
  EXPECT_FAILS(PrivateKey::from_pem(shorter), Reason::key_malformed);
}

}  // namespace
}  // namespace handfast::crypto
