#include "crypto/signature.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"

#include <gtest/gtest.h>

namespace handfast::crypto {
namespace {

using nlohmann::json;
using test::bytes_of;
using test::from_hex;

using Vector = std::vector<std::uint8_t>;

HashId hash_of(const json& group) {
  const std::string name = group.at("sha");
  return name == "SHA-256" ? HashId::sha256 : name == "SHA-384" ? HashId::sha384 : HashId::sha512;
}

// Without the zero that a DER INTEGER has in front.
Vector positive(Vector number) {
  if (number.front() == 0) {
    number.erase(number.begin());
  }
  return number;
}

bool verifies(const PublicKey& key, const SignatureAlgorithm& algorithm, const json& test) {
  const auto verified = key.verify(algorithm, bytes_of(test, "msg"), bytes_of(test, "sig"));
  if (!verified) {
    EXPECT_EQ(verified.error().reason, Reason::signature_invalid);
  }
  return verified.has_value();
}

void run_ecdsa(const char* file, KeyKind kind, std::size_t valid) {
  const auto tally = test::run_wycheproof(file, [kind](const json& group, const json& test) {
    const auto key = PublicKey::ecdsa(kind, bytes_of(group.at("publicKey"), "uncompressed"));
    EXPECT_TRUE(key);
    return verifies(*key, {.kind = kind, .hash = hash_of(group)}, test);
  });
  EXPECT_EQ(tally.accepted, valid);
  EXPECT_GT(tally.refused, 300U);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp256r1_sha256) {
  run_ecdsa("ecdsa_secp256r1_sha256", KeyKind::ecdsa_p256, 174);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp256r1_sha512) {
  run_ecdsa("ecdsa_secp256r1_sha512", KeyKind::ecdsa_p256, 243);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp384r1_sha256) {
  run_ecdsa("ecdsa_secp384r1_sha256", KeyKind::ecdsa_p384, 162);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp384r1_sha384) {
  run_ecdsa("ecdsa_secp384r1_sha384", KeyKind::ecdsa_p384, 194);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp384r1_sha512) {
  run_ecdsa("ecdsa_secp384r1_sha512", KeyKind::ecdsa_p384, 231);
}

TEST(PublicKey, stands_wycheproof_ecdsa_secp521r1_sha512) {
  run_ecdsa("ecdsa_secp521r1_sha512", KeyKind::ecdsa_p521, 232);
}

TEST(PublicKey, stands_wycheproof_ed25519) {
  const auto tally = test::run_wycheproof("ed25519", [](const json& group, const json& test) {
    const auto key = PublicKey::ed25519(bytes_of(group.at("publicKey"), "pk"));
    EXPECT_TRUE(key);
    return verifies(*key, {.kind = KeyKind::ed25519}, test);
  });
  EXPECT_EQ(tally.accepted, 88U);
  EXPECT_EQ(tally.refused, 63U);
}

bool verifies_rsa(Padding padding, const json& group, const json& test) {
  const json& numbers = group.at("publicKey");
  const auto key = PublicKey::rsa(positive(bytes_of(numbers, "modulus")),
                                  positive(bytes_of(numbers, "publicExponent")));
  EXPECT_TRUE(key);
  EXPECT_EQ(key->bits(), group.at("keySize").get<std::size_t>());
  return verifies(*key, {.kind = KeyKind::rsa, .padding = padding, .hash = hash_of(group)}, test);
}

class Pkcs1 : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(PublicKey, Pkcs1,
                         testing::Values("2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256",
                                         "3072_sha384", "3072_sha512", "4096_sha256", "4096_sha384",
                                         "4096_sha512", "8192_sha256"));

TEST_P(Pkcs1, stands_wycheproof) {
  const auto tally = test::run_wycheproof(
      "rsa_signature_" + std::string(GetParam()),
      [](const json& group, const json& test) { return verifies_rsa(Padding::pkcs1, group, test); },
      [](const json& test) {
        // RFC 8017 §8.2.2: the one right encoding is built and compared, and that one has the NULL.
        EXPECT_TRUE(test::has_flag(test, "MissingNull"));
        return false;
      });
  EXPECT_GE(tally.accepted, 7U);
  EXPECT_GE(tally.refused, 249U);
  EXPECT_EQ(tally.choice_refused, 1U);
}

class Pss : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(PublicKey, Pss,
                         testing::Values("2048_sha256_mgf1_32", "2048_sha384_mgf1_48",
                                         "3072_sha256_mgf1_32", "4096_sha256_mgf1_32",
                                         "4096_sha384_mgf1_48", "4096_sha512_mgf1_64"));

TEST_P(Pss, stands_wycheproof) {
  const auto tally = test::run_wycheproof(
      "rsa_pss_" + std::string(GetParam()),
      [](const json& group, const json& test) { return verifies_rsa(Padding::pss, group, test); });
  EXPECT_GE(tally.accepted, 63U);
  EXPECT_GE(tally.refused, 45U);
}

// RFC 9846 §4.3.3: the salt is as long as the hash's output. The signatures of these files are
// right but for that, with one exception: it is wrong to the file, and right to us.
TEST(PublicKey, refuses_a_pss_salt_of_another_length) {
  for (const std::string file : {"2048_sha256_mgf1_0", "4096_sha512_mgf1_32"}) {
    const auto all = test::load_json("wycheproof/rsa_pss_" + file + "_test.json.xz");
    std::size_t count = 0;
    for (const auto& group : all.at("testGroups")) {
      for (const auto& test : group.at("tests")) {
        const bool is_ours =
            file == "2048_sha256_mgf1_0" && test.at("comment") == "s_len changed to 32";
        EXPECT_EQ(verifies_rsa(Padding::pss, group, test), is_ours)
            << file << ' ' << test.at("tcId");
        ++count;
      }
    }
    EXPECT_EQ(count, all.at("numberOfTests").get<std::size_t>());
  }
}

// A point of P-256, from Wycheproof.
const Vector point = from_hex("0404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad5"
                              "87d9315798aaa3a5ba01775787ced05eaaf7b4e09fc81d6d1aa546e8365d525d");

TEST(PublicKey, takes_points_in_the_uncompressed_form_alone) {
  const auto key = PublicKey::ecdsa(KeyKind::ecdsa_p256, point);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind(), KeyKind::ecdsa_p256);
  EXPECT_EQ(key->bits(), 256U);

  Vector compressed(point.begin(), point.begin() + 33);
  compressed.front() = 3;
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, compressed),
               Reason::certificate_key_unsupported);
  Vector hybrid = point;
  hybrid.front() = 7;
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, hybrid), Reason::certificate_key_unsupported);
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, Vector{0}),
               Reason::certificate_key_unsupported);
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, {}), Reason::certificate_key_unsupported);
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p384, point), Reason::certificate_key_unsupported);
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::rsa, point), Reason::certificate_key_unsupported);
}

TEST(PublicKey, refuses_a_point_off_the_curve) {
  Vector off = point;
  off.back() ^= 1;
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, off), Reason::certificate_malformed);
  Vector too_large(65, 0xff);
  too_large.front() = 4;
  EXPECT_FAILS(PublicKey::ecdsa(KeyKind::ecdsa_p256, too_large), Reason::certificate_malformed);
}

TEST(PublicKey, takes_rsa_moduli_of_2048_to_8192_bits) {
  const Vector exponent = {1, 0, 1};
  for (const std::size_t bytes : {255U, 256U, 1024U, 1025U}) {
    const Vector modulus(bytes, 0xff);
    const auto key = PublicKey::rsa(modulus, exponent);
    EXPECT_EQ(key.has_value(), bytes == 256 || bytes == 1024) << bytes;
    if (!key) {
      EXPECT_FAILS(key, Reason::certificate_key_weak);
    }
  }
  Vector short_by_a_bit(256, 0xff);
  short_by_a_bit.front() = 0x7f;
  EXPECT_FAILS(PublicKey::rsa(short_by_a_bit, exponent), Reason::certificate_key_weak);
  EXPECT_FAILS(PublicKey::rsa({}, exponent), Reason::certificate_key_weak);
  Vector even(256, 0xff);
  even.back() = 0xfe;
  EXPECT_FAILS(PublicKey::rsa(even, exponent), Reason::certificate_key_weak);
}

TEST(PublicKey, refuses_weak_rsa_exponents) {
  const Vector modulus(256, 0xff);
  for (const Vector& exponent : {Vector{}, Vector{0}, Vector{1}, Vector{2}, Vector{1, 0, 0},
                                 Vector{2, 0, 0, 0, 1}, Vector(256, 0xff)}) {
    EXPECT_FAILS(PublicKey::rsa(modulus, exponent), Reason::certificate_key_weak);
  }
  for (const Vector& exponent : {Vector{3}, Vector{1, 0, 1}, Vector{1, 0, 0, 0, 1}}) {
    EXPECT_TRUE(PublicKey::rsa(modulus, exponent));
  }
}

TEST(PublicKey, takes_ed25519_keys_of_32_bytes) {
  EXPECT_FAILS(PublicKey::ed25519(Vector(31)), Reason::certificate_malformed);
  EXPECT_FAILS(PublicKey::ed25519(Vector(33)), Reason::certificate_malformed);
  const auto key = PublicKey::ed25519(Vector(32, 5));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->bits(), 256U);
}

TEST(PublicKey, refuses_algorithms_of_other_kinds) {
  const auto key = PublicKey::ecdsa(KeyKind::ecdsa_p256, point);
  ASSERT_TRUE(key);
  EXPECT_FAILS(key->verify({.kind = KeyKind::rsa, .padding = Padding::pss}, {}, {}),
               Reason::signature_scheme_wrong_key);
  EXPECT_FAILS(key->verify({.kind = KeyKind::ed25519}, {}, {}), Reason::signature_scheme_wrong_key);
  // In a certificate "ECDSA" names no curve: it is the key's.
  EXPECT_FAILS(key->verify({.kind = KeyKind::ecdsa_p384}, {}, {}), Reason::signature_invalid);
  const auto rsa = PublicKey::rsa(Vector(256, 0xff), Vector{3});
  ASSERT_TRUE(rsa);
  EXPECT_FAILS(rsa->verify({.kind = KeyKind::rsa}, {}, Vector(256)), Reason::signature_invalid);
}

// Not in Wycheproof: the long form of a length where the short one does, for signatures of P-521.
TEST(PublicKey, wants_the_shortest_form_of_lengths) {
  const auto all = test::load_json("wycheproof/ecdsa_secp521r1_sha512_test.json.xz");
  const json& group = all.at("testGroups").at(0);
  const json& test = group.at("tests").at(0);
  ASSERT_EQ(test.at("result"), "valid");
  const auto key =
      PublicKey::ecdsa(KeyKind::ecdsa_p521, bytes_of(group.at("publicKey"), "uncompressed"));
  ASSERT_TRUE(key);
  const SignatureAlgorithm algorithm{.kind = KeyKind::ecdsa_p521, .hash = HashId::sha512};
  const Vector message = bytes_of(test, "msg");
  const Vector signature = bytes_of(test, "sig");
  ASSERT_TRUE(key->verify(algorithm, message, signature));
  ASSERT_EQ(signature.at(1), 0x81) << "long enough for the long form";
  // 30 81 nn 02 mm: the length of r is below 128.
  Vector longer = signature;
  longer.at(2) = static_cast<std::uint8_t>(longer.at(2) + 1);
  longer.insert(longer.begin() + 4, 0x81);
  EXPECT_FAILS(key->verify(algorithm, message, longer), Reason::signature_invalid);
  for (std::size_t size = 0; size < signature.size(); ++size) {
    EXPECT_FAILS(key->verify(algorithm, message, Bytes(signature).first(size)),
                 Reason::signature_invalid);
  }
}

TEST(PublicKey, knows_that_larger_moduli_and_exponents_cost_more) {
  const Vector least(2048 / 8, 0xab);
  const Vector most(8192 / 8, 0xab);
  const Vector usual = {0x01, 0x00, 0x01};
  const Vector dense = {0x01, 0xff, 0xff, 0xff, 0xff};
  EXPECT_LT(rsa_verify_cost_us(least, usual), 60U);
  EXPECT_GT(rsa_verify_cost_us(most, usual), 10 * rsa_verify_cost_us(least, usual));
  EXPECT_GT(rsa_verify_cost_us(most, dense), 3 * rsa_verify_cost_us(most, usual));
  EXPECT_EQ(rsa_verify_cost_us(most, dense), verify_cost_us(KeyKind::rsa));
  // What is refused before it is used costs no more, either.
  EXPECT_EQ(rsa_verify_cost_us(Vector(16'384 / 8, 0xab), Vector(1024, 0xff)),
            verify_cost_us(KeyKind::rsa));
}

TEST(PublicKey, knows_a_cost_for_every_kind) {
  for (const KeyKind kind : {KeyKind::rsa, KeyKind::ecdsa_p256, KeyKind::ecdsa_p384,
                             KeyKind::ecdsa_p521, KeyKind::ed25519}) {
    EXPECT_GT(verify_cost_us(kind), 0U);
  }
}

}  // namespace
}  // namespace handfast::crypto
