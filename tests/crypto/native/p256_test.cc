// ECDSA on P-256: the RFC's and other people's vectors, libcrypto's, and what nobody meets by
// chance.

// libcrypto 3 calls EC_KEY deprecated; with EVP_PKEY, keys and signatures would have to be DER.
#define OPENSSL_SUPPRESS_DEPRECATED

#ifdef __SIZEOF_INT128__
#include "crypto/native/p256.h"

#include "crypto/ecdsa.h"
#include "crypto/native/ecdsa_nonce.h"
#include "crypto/native/p256_numbers.h"
#include "crypto/random.h"
#include "crypto/wycheproof.h"
#include "support/hex.h"

#include <cstdlib>
#include <optional>
#include <random>
#include <set>

#include <openssl/ecdsa.h>

namespace handfast::crypto::native {
namespace {

using p256_test::Bytes32;
using p256_test::CurvePoint;
using p256_test::Integer;
using p256_test::modulo_n;
using p256_test::modulo_p;
using test::bytes_of;
using test::from_hex;

class EachFieldTwin : public testing::TestWithParam<FieldTwin> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) {
      GTEST_SKIP() << "this build or this processor does not have BMI2 and ADX";
    }
  }
};

const auto name_of_field_twin = [](const testing::TestParamInfo<FieldTwin>& twin) {
  return twin.param == FieldTwin::adx ? "adx" : "portable";
};

INSTANTIATE_TEST_SUITE_P(P256, EachFieldTwin, testing::Values(FieldTwin::portable, FieldTwin::adx),
                         name_of_field_twin);

struct Pair {
  Bytes r;
  Bytes s;
};

/// The numbers of an ECDSA-Sig-Value in DER; nothing for any other bytes.
std::optional<Pair> parse(Bytes der) {
  const auto integer = [&](std::size_t at) -> std::optional<Bytes> {
    if (der.size() < at + 3 || der[at] != 2 || der[at + 1] == 0 ||
        der.size() < at + 2 + der[at + 1]) {
      return std::nullopt;
    }
    const Bytes content = der.subspan(at + 2, der[at + 1]);
    const bool is_long = content.size() > 1 && content[0] == 0 && content[1] < 0x80;
    return content[0] >= 0x80 || is_long ? std::nullopt : std::optional(content);
  };
  if (der.size() < 8 || der[0] != 0x30 || der[1] != der.size() - 2) {
    return std::nullopt;
  }
  const auto r = integer(2);
  const auto s = r ? integer(4 + r->size()) : std::nullopt;
  if (!s || 6 + r->size() + s->size() != der.size()) {
    return std::nullopt;
  }
  const auto strip = [](Bytes number) { return number[0] == 0 ? number.subspan(1) : number; };
  return Pair{strip(*r), strip(*s)};
}

Digest digest_of(const nlohmann::json& group, const nlohmann::json& test) {
  const std::string sha = group.at("sha");
  return hash(sha == "SHA-256"   ? HashId::sha256
              : sha == "SHA-384" ? HashId::sha384
                                 : HashId::sha512,
              bytes_of(test, "msg"));
}

TEST_P(EachFieldTwin, stands_wycheproof) {
  for (const char* file : {"ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha512"}) {
    const auto tally = test::run_wycheproof(file, [](const auto& group, const auto& test) {
      const auto point = bytes_of(group.at("publicKey"), "uncompressed");
      const auto key = P256PublicKey::of(Bytes(point).first<p256_share_size>());
      EXPECT_TRUE(key);
      const auto der = bytes_of(test, "sig");
      const auto pair = parse(der);
      return pair && key->verify(digest_of(group, test).bytes().template first<p256_size>(),
                                 pair->r, pair->s, GetParam());
    });
    EXPECT_GE(tally.accepted, 174U);
    EXPECT_GE(tally.refused, 300U);
  }
}

P256PrivateKey private_key(const Integer& number) {
  return P256PrivateKey::of(number.bytes()).value();
}

struct Rfc6979 {
  HashId hash;
  const char* message;
  const char* k;
  const char* r;
  const char* s;
};

// RFC 6979 §A.2.5.
constexpr std::array rfc6979_vectors = {
    Rfc6979{HashId::sha256, "sample",
            "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    Rfc6979{HashId::sha384, "sample",
            "09f634b188cefd98e7ec88b1aa9852d734d0bc272f7d2a47decc6ebeb375aad4",
            "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719",
            "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"},
    Rfc6979{HashId::sha512, "sample",
            "5fa81c63109badb88c1f367b47da606da28cad69aa22c4fe6ad7df73a7173aa5",
            "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
            "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
    Rfc6979{HashId::sha256, "test",
            "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
            "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
};

TEST_P(EachFieldTwin, signs_as_rfc6979_shows_it) {
  const Integer d("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  for (const Rfc6979& row : rfc6979_vectors) {
    const std::string_view message = row.message;
    const Digest digest = hash(
        row.hash, Bytes(reinterpret_cast<const std::uint8_t*>(message.data()), message.size()));
    const auto leftmost = digest.bytes().first<p256_size>();
    const Bytes32 reduced = modulo_n.plus(Integer(Bytes(leftmost)), 0).bytes();
    EcdsaNonces nonces(row.hash, d.bytes(), reduced, {});
    const auto nonce = nonces.next();
    EXPECT_EQ(Integer(Bytes(nonce)), Integer(row.k));
    const auto signature = private_key(d).sign(leftmost, nonce, GetParam());
    ASSERT_TRUE(signature);
    EXPECT_EQ(Integer(Bytes(signature->r)), Integer(row.r));
    EXPECT_EQ(Integer(Bytes(signature->s)), Integer(row.s));
  }
}

TEST(EcdsaNonces, differ_with_each_of_their_parts) {
  const Bytes32 one = Integer(1).bytes();
  const Bytes32 two = Integer(2).bytes();
  std::set<Bytes32> seen;
  const auto draw = [&](const Bytes32& key, const Bytes32& digest, Bytes extra) {
    EcdsaNonces nonces(HashId::sha256, key, digest, extra);
    for (int i = 0; i < 5; ++i) {
      Bytes32 nonce;
      std::ranges::copy(nonces.next(), nonce.begin());
      EXPECT_TRUE(seen.insert(nonce).second);
    }
  };
  draw(one, one, {});
  draw(two, one, {});
  draw(one, two, {});
  draw(one, one, one);
  draw(one, one, two);
  EXPECT_EQ(seen.size(), 25U);
}

/// The signature that (u, v) and the key d G make right: R = u G + v d G has r for its x, and then
/// s = r / v and e = u s.
struct Made {
  Bytes32 digest;
  Bytes32 r;
  Bytes32 s;
};

std::optional<Made> make_for(const Integer& u, const Integer& v, const CurvePoint& key) {
  const CurvePoint point = CurvePoint::sum(u, key, v);
  if (point.is_neutral()) {
    return std::nullopt;
  }
  const Integer r = modulo_n.plus(point.x(), 0);
  const Integer s = modulo_n.over(r, v);
  return Made{modulo_n.times(u, s).bytes(), r.bytes(), s.bytes()};
}

// The same point twice, a point and its negative, nothing at all: whatever a sum may meet on its
// way. libcrypto says what the sum is.
TEST_P(EachFieldTwin, adds_any_two_points) {
  const std::vector<Integer> all = p256_test::edges_below(modulo_n.m);
  const std::vector<Integer> edges(all.begin(), all.begin() + 26);
  std::size_t neutral = 0;
  for (const std::uint64_t number : {1U, 2U, 3U, 5U, 7U, 15U, 16U, 31U, 127U}) {
    for (const Integer& d : {Integer(number), modulo_n.minus(0, number)}) {
      const CurvePoint point = CurvePoint::multiple(d);
      const auto key = P256PublicKey::of(point.share());
      ASSERT_TRUE(key);
      for (const Integer& u : edges) {
        for (const Integer& v : edges) {
          if (v.is_zero()) {
            continue;
          }
          if (const auto made = make_for(u, v, point)) {
            ASSERT_TRUE(key->verify(made->digest, made->r, made->s, GetParam()));
            Bytes32 other = made->digest;
            other[31] ^= 1;
            ASSERT_FALSE(key->verify(other, made->r, made->s, GetParam()));
          } else {
            // Infinity is no good, whatever r says.
            const Integer r = modulo_n.times(v, 5);
            ASSERT_FALSE(key->verify(modulo_n.times(u, 5).bytes(), r.bytes(), Integer(5).bytes(),
                                     GetParam()));
            ++neutral;
          }
        }
      }
    }
  }
  EXPECT_GT(neutral, 50U);
}

TEST_P(EachFieldTwin, takes_numbers_of_every_form) {
  const std::vector<Integer> edges = p256_test::edges_below(modulo_n.m);
  const CurvePoint point = CurvePoint::multiple(0x123456789abcdef);
  const auto key = P256PublicKey::of(point.share()).value();
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const Integer& u = edges[i];
    const Integer& v = edges[edges.size() - 1 - i];
    if (const auto made = v.is_zero() ? std::nullopt : make_for(u, v, point)) {
      ASSERT_TRUE(key.verify(made->digest, made->r, made->s, GetParam())) << i;
    }
  }
}

/// A key that nobody knows the number of, and a digest, with which a signature (r, s) makes a
/// verifier come to `point`: Q = (R - u G) / v.
class Meeting {
 public:
  Meeting(const CurvePoint& point, const Integer& r)
      : s_(modulo_n.over(r, v_)), e_(modulo_n.times(u_, s_)) {
    const Integer per_v = modulo_n.inverse(v_);
    const CurvePoint key =
        CurvePoint::sum(modulo_n.minus(0, modulo_n.times(u_, per_v)), point, per_v);
    key_ = P256PublicKey::of(key.share()).value();
  }

  [[nodiscard]] bool takes(const Integer& r, FieldTwin twin) const {
    return key_->verify(e_.bytes(), r.bytes(), s_.bytes(), twin);
  }

 private:
  Integer u_ = 77;
  Integer v_ = 99;
  Integer s_;
  Integer e_;
  std::optional<P256PublicKey> key_;
};

// FIPS 186-5 §6.4.2: r is the x-coordinate modulo n, and x may be above n.
TEST_P(EachFieldTwin, takes_an_x_above_the_order) {
  int found = 0;
  for (std::uint64_t r = 1; r < 40; ++r) {
    const CurvePoint point;
    Integer x;
    ASSERT_EQ(BN_add(x.get(), modulo_n.m.get(), Integer(r).get()), 1);
    if (EC_POINT_set_compressed_coordinates(p256_test::curve_group(), point.get(), x.get(), 0,
                                            p256_test::scratch()) != 1) {
      continue;
    }
    const Meeting meeting(point, r);
    EXPECT_TRUE(meeting.takes(r, GetParam()));
    EXPECT_FALSE(meeting.takes(r + 1, GetParam()));
    EXPECT_FALSE(meeting.takes(x, GetParam()));  // above n - 1
    ++found;
  }
  EXPECT_GT(found, 5);
}

// r + n that comes round at 2^256, or at p, is not an x.
TEST_P(EachFieldTwin, takes_no_x_that_comes_round) {
  const CurvePoint point;
  ASSERT_EQ(EC_POINT_set_compressed_coordinates(p256_test::curve_group(), point.get(),
                                                Integer(5).get(), 0, p256_test::scratch()),
            1);
  Integer by_prime;
  ASSERT_EQ(BN_sub(by_prime.get(), modulo_p.m.get(), modulo_n.m.get()), 1);
  ASSERT_EQ(BN_add_word(by_prime.get(), 5), 1);
  const Integer by_words("ffffffff00000000000000004319055258e8617b0c46353d039cdab4");
  EXPECT_TRUE(Meeting(point, 5).takes(5, GetParam()));
  for (const Integer& r : {by_prime, by_words}) {
    EXPECT_FALSE(Meeting(point, r).takes(r, GetParam()));
  }
}

TEST_P(EachFieldTwin, takes_numbers_from_one_to_the_order_alone) {
  const Integer d(1234567);
  const Bytes32 digest = Integer(0xabcdef).bytes();
  const auto key = P256PublicKey::of(CurvePoint::multiple(d).share()).value();
  const auto good = private_key(d).sign(digest, Integer(987654321).bytes(), GetParam()).value();
  ASSERT_TRUE(key.verify(digest, good.r, good.s, GetParam()));
  const std::vector<std::uint8_t> empty;
  std::vector<std::uint8_t> longer = {0};
  longer.insert(longer.end(), good.s.begin(), good.s.end());
  EXPECT_FALSE(key.verify(digest, good.r, longer, GetParam()));
  for (const Bytes32& bad : {Integer(0).bytes(), modulo_n.m.bytes(), modulo_p.m.bytes(),
                             Integer(std::string(64, 'f')).bytes()}) {
    EXPECT_FALSE(key.verify(digest, bad, good.s, GetParam()));
    EXPECT_FALSE(key.verify(digest, good.r, bad, GetParam()));
  }
  EXPECT_FALSE(key.verify(digest, empty, good.s, GetParam()));
  EXPECT_FALSE(key.verify(digest, good.r, empty, GetParam()));
  // -s is right as well, which is so of ECDSA.
  const Bytes32 other = modulo_n.minus(0, Integer(Bytes(good.s))).bytes();
  EXPECT_TRUE(key.verify(digest, good.r, other, GetParam()));
}

TEST_P(EachFieldTwin, verifies_with_s_at_either_end) {
  for (const Integer& s : {Integer(1), Integer(2), modulo_n.minus(0, 1), modulo_n.minus(0, 2)}) {
    const Integer k(0xfeedface);
    const Integer e(0xc0ffee);
    const Integer r = modulo_n.plus(CurvePoint::multiple(k).x(), 0);
    const Integer d = modulo_n.over(modulo_n.minus(modulo_n.times(s, k), e), r);
    const auto key = P256PublicKey::of(CurvePoint::multiple(d).share()).value();
    EXPECT_TRUE(key.verify(e.bytes(), r.bytes(), s.bytes(), GetParam()));
    const auto signature = private_key(d).sign(e.bytes(), k.bytes(), GetParam());
    ASSERT_TRUE(signature);
    EXPECT_EQ(Integer(Bytes(signature->s)), s);
  }
}

TEST_P(EachFieldTwin, makes_the_signature_that_the_standard_says) {
  const std::vector<Integer> edges = p256_test::edges_below(modulo_n.m);
  for (std::size_t i = 1; i < edges.size(); ++i) {
    const Integer& k = edges[i];
    const Integer& d = edges[edges.size() - i];
    const Integer& e = edges[(7 * i) % edges.size()];
    const Integer r = modulo_n.plus(CurvePoint::multiple(k).x(), 0);
    const Integer s = modulo_n.over(modulo_n.plus(e, modulo_n.times(r, d)), k);
    const auto signature = private_key(d).sign(e.bytes(), k.bytes(), GetParam());
    ASSERT_TRUE(signature) << i;
    ASSERT_EQ(Integer(Bytes(signature->r)), r) << i;
    ASSERT_EQ(Integer(Bytes(signature->s)), s) << i;
  }
}

TEST_P(EachFieldTwin, passes_over_what_cannot_be_a_nonce) {
  const auto key = private_key(3);
  const Bytes32 digest = Integer(1).bytes();
  const Integer above("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552");
  for (const Integer& bad :
       {Integer(0), modulo_n.m, above, modulo_p.m, Integer(std::string(64, 'f'))}) {
    EXPECT_FALSE(key.sign(digest, bad.bytes(), GetParam()));
  }
  // Of these two the comb's last addition is a doubling, which it does not know.
  const Integer odd("22220021ffffffde0000000000000008e952b4efcedcf257a153121a7ad50b3e");
  for (const Integer& rare : {odd, modulo_n.minus(0, odd)}) {
    const auto signature = key.sign(digest, rare.bytes(), GetParam());
    EXPECT_FALSE(signature);
  }
  // e = -r d: s would be zero.
  const Integer k(55);
  const Integer r = modulo_n.plus(CurvePoint::multiple(k).x(), 0);
  const Integer e = modulo_n.minus(0, modulo_n.times(r, 3));
  EXPECT_FALSE(key.sign(e.bytes(), k.bytes(), GetParam()));
  EXPECT_TRUE(key.sign(modulo_n.plus(e, 1).bytes(), k.bytes(), GetParam()));
}

TEST(P256PrivateKey, takes_numbers_below_the_order_alone) {
  for (const Integer& bad : {Integer(0), modulo_n.m, modulo_p.m, Integer(std::string(64, 'f'))}) {
    EXPECT_FAILS(P256PrivateKey::of(bad.bytes()), Reason::key_malformed);
  }
  EXPECT_TRUE(P256PrivateKey::of(Integer(1).bytes()));
  EXPECT_TRUE(P256PrivateKey::of(modulo_n.minus(0, 1).bytes()));
}

TEST(P256PublicKey, takes_points_of_the_curve_alone) {
  const auto good = CurvePoint::multiple(5).share();
  EXPECT_TRUE(P256PublicKey::of(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] ^= 1;
    EXPECT_FALSE(P256PublicKey::of(changed)) << i;
  }
  EXPECT_FALSE(P256PublicKey::of(std::array<std::uint8_t, p256_share_size>{}));
  EXPECT_FALSE(P256PublicKey::of(std::array<std::uint8_t, p256_share_size>{4}));
}

// SP 800-56A §5.6.2.3.3: both coordinates are integers below p. (0, the root of b) is a point.
TEST(P256PublicKey, takes_reduced_coordinates_alone) {
  const CurvePoint zero;
  ASSERT_EQ(EC_POINT_set_compressed_coordinates(p256_test::curve_group(), zero.get(),
                                                Integer(0).get(), 0, p256_test::scratch()),
            1);
  auto share = zero.share();
  EXPECT_TRUE(P256PublicKey::of(share));
  std::ranges::copy(modulo_p.m.bytes(), share.begin() + 1);
  EXPECT_FALSE(P256PublicKey::of(share));
}

// HANDFAST_SIGNATURES says how many signatures, for more than a few.
TEST_P(EachFieldTwin, does_as_libcrypto_with_random_signatures) {
  const char* const wish = std::getenv("HANDFAST_SIGNATURES");
  const unsigned long count = wish != nullptr ? std::strtoul(wish, nullptr, 10) : 1000;
  auto theirs = std::unique_ptr<EC_KEY, decltype(&EC_KEY_free)>(nullptr, EC_KEY_free);
  std::optional<P256PublicKey> public_half;
  std::optional<P256PrivateKey> own;
  Bytes32 digest;
  Bytes32 nonce;
  for (unsigned long i = 0; i < count && !HasFailure(); ++i) {
    if (i % 8 == 0) {
      theirs.reset(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
      ASSERT_EQ(EC_KEY_generate_key(theirs.get()), 1);
      CurvePoint point;
      ASSERT_EQ(EC_POINT_copy(point.get(), EC_KEY_get0_public_key(theirs.get())), 1);
      public_half = P256PublicKey::of(point.share());
      Integer number;
      ASSERT_NE(BN_copy(number.get(), EC_KEY_get0_private_key(theirs.get())), nullptr);
      own = private_key(number);
    }
    ASSERT_TRUE(public_half && own);
    ASSERT_TRUE(fill_random(digest) && fill_random(nonce));
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> made(
        ECDSA_do_sign(digest.data(), p256_size, theirs.get()), ECDSA_SIG_free);
    Integer r;
    Integer s;
    ASSERT_NE(BN_copy(r.get(), ECDSA_SIG_get0_r(made.get())), nullptr);
    ASSERT_NE(BN_copy(s.get(), ECDSA_SIG_get0_s(made.get())), nullptr);
    ASSERT_TRUE(public_half->verify(digest, r.bytes(), s.bytes(), GetParam()));
    Bytes32 changed = digest;
    changed[i % 32] ^= static_cast<std::uint8_t>(1U << (i / 32 % 8));
    ASSERT_FALSE(public_half->verify(changed, r.bytes(), s.bytes(), GetParam()));
    const auto signature = own->sign(digest, nonce, GetParam());
    ASSERT_TRUE(signature);
    ASSERT_EQ(ECDSA_SIG_set0(made.get(), BN_dup(Integer(Bytes(signature->r)).get()),
                             BN_dup(Integer(Bytes(signature->s)).get())),
              1);
    ASSERT_EQ(ECDSA_do_verify(digest.data(), p256_size, made.get(), theirs.get()), 1);
  }
}

TEST(OwnEcdsa, makes_signatures_in_der_each_another) {
  const OwnEcdsa* own = own_ecdsa_p256();
  if (own == nullptr) {
    GTEST_SKIP() << "this build or this processor does not have it";
  }
  const Integer d(0x5eed);
  const auto key = own->make_private_key(d.bytes()).value();
  const auto share = CurvePoint::multiple(d).share();
  const auto public_half = own->read_public_key(share).value();
  std::set<std::vector<std::uint8_t>> seen;
  for (const HashId id : {HashId::sha256, HashId::sha384, HashId::sha512}) {
    const Digest digest = hash(id, share);
    for (int i = 0; i < 700; ++i) {
      std::array<std::uint8_t, 72> room;
      const std::size_t size = own->sign(key.get(), id, digest, room).value();
      const Bytes der = Bytes(room).first(size);
      const auto pair = parse(der);
      ASSERT_TRUE(pair);
      ASSERT_TRUE(own->verify(public_half, digest, pair->r, pair->s));
      ASSERT_TRUE(seen.emplace(der.begin(), der.end()).second);
    }
  }
}

TEST(OwnEcdsa, refuses_what_is_no_key) {
  const OwnEcdsa* own = own_ecdsa_p256();
  if (own == nullptr) {
    GTEST_SKIP() << "this build or this processor does not have it";
  }
  const auto share = CurvePoint::multiple(5).share();
  EXPECT_FALSE(own->read_public_key(Bytes(share).first(64)));
  EXPECT_FALSE(own->read_public_key({}));
  EXPECT_FAILS(own->make_private_key(Bytes(share).first(31)), Reason::key_malformed);
  EXPECT_FAILS(own->make_private_key(modulo_n.m.bytes()), Reason::key_malformed);
}

}  // namespace
}  // namespace handfast::crypto::native

#endif
