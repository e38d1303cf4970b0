#include "crypto/hpke.h"

#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <algorithm>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace handfast::crypto::hpke {
namespace {

using nlohmann::json;
using test::from_hex;
using test::operator""_hex;

using Vector = std::vector<std::uint8_t>;

constexpr std::array kems = {Kem::dhkem_p256_hkdf_sha256, Kem::dhkem_p384_hkdf_sha384,
                             Kem::dhkem_p521_hkdf_sha512, Kem::dhkem_x25519_hkdf_sha256,
                             Kem::dhkem_x448_hkdf_sha512};
constexpr std::array kdfs = {Kdf::hkdf_sha256, Kdf::hkdf_sha384, Kdf::hkdf_sha512};
constexpr std::array aead_codes = {AeadCode::aes_128_gcm, AeadCode::aes_256_gcm,
                                   AeadCode::chacha20_poly1305};
constexpr Suite usual = {Kem::dhkem_x25519_hkdf_sha256, Kdf::hkdf_sha256, AeadCode::aes_128_gcm};

Vector copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Result<Vector> seal(Sender& sender, Bytes aad, Bytes plain) {
  Vector sealed(plain.size() + aead_tag_size);
  const auto done = sender.seal({aad}, plain, sealed);
  return done ? Result<Vector>(std::move(sealed)) : std::unexpected(done.error());
}

Result<Vector> open(Recipient& recipient, Bytes aad, Vector sealed) {
  const auto plain = recipient.open({aad}, sealed);
  return plain ? Result<Vector>(copy(*plain)) : std::unexpected(plain.error());
}

template <class Side>
Vector exported(const Side& side, Bytes context, std::size_t size) {
  Vector out(size);
  EXPECT_TRUE(side.export_into(context, out));
  return out;
}

// ---- the vectors of RFC 9180 --------------------------------------------------------------------

Vector bytes_of(const json& object, const char* name) {
  return object.contains(name) ? from_hex(object.at(name).get<std::string>()) : Vector();
}

KeyPair pair_of(const json& object, Kem kem, const std::string& who) {
  auto derived = KeyPair::derive(kem, bytes_of(object, ("ikm" + who).c_str()));
  const Vector private_key = bytes_of(object, ("sk" + who + "m").c_str());
  const Vector public_key = bytes_of(object, ("pk" + who + "m").c_str());
  EXPECT_EQ(copy(derived->expose_private_key()), private_key);
  EXPECT_EQ(copy(derived->public_key()), public_key);
  EXPECT_EQ(copy(KeyPair::from_private(kem, private_key)->public_key()), public_key);
  return *std::move(derived);
}

void check_messages(const json& object, Sender& sender, Recipient& recipient) {
  std::uint64_t next = 0;
  for (const json& message : object.at("encryptions")) {
    for (; next < message.at("sequence_number").get<std::uint64_t>(); ++next) {
      EXPECT_TRUE(open(recipient, {}, *seal(sender, {}, {})));
    }
    const Vector aad = bytes_of(message, "aad");
    const Vector plain = bytes_of(message, "pt");
    const Vector sealed = bytes_of(message, "ct");
    EXPECT_EQ(seal(sender, aad, plain).value(), sealed);
    EXPECT_EQ(open(recipient, aad, sealed).value(), plain);
    ++next;
  }
}

void check_object(const json& object) {
  const Suite suite = {static_cast<Kem>(object.at("kem_id").get<std::uint16_t>()),
                       static_cast<Kdf>(object.at("kdf_id").get<std::uint16_t>()),
                       static_cast<AeadCode>(object.at("aead_id").get<std::uint16_t>())};
  const unsigned mode = object.at("mode").get<unsigned>();
  SCOPED_TRACE(std::to_string(mode) + " " + std::to_string(std::to_underlying(suite.kem)) + " " +
               std::to_string(std::to_underlying(suite.kdf)) + " " +
               std::to_string(std::to_underlying(suite.aead)));
  ASSERT_TRUE(is_supported(suite));
  const KeyPair recipient_pair = pair_of(object, suite.kem, "R");
  const KeyPair ephemeral = pair_of(object, suite.kem, "E");
  const bool is_authenticated = mode >= 2;
  const std::optional<KeyPair> own =
      is_authenticated ? std::optional(pair_of(object, suite.kem, "S")) : std::nullopt;
  const Vector psk = bytes_of(object, "psk");
  const Vector psk_id = bytes_of(object, "psk_id");
  const Vector info = bytes_of(object, "info");
  auto sender = Sender::make_from(ephemeral, suite, recipient_pair.public_key(), info,
                                  {psk, psk_id}, own ? &*own : nullptr);
  ASSERT_TRUE(sender);
  EXPECT_EQ(copy(sender->enc()), bytes_of(object, "enc"));
  auto recipient = Recipient::make(suite, recipient_pair, sender->enc(), info, {psk, psk_id},
                                   own ? std::optional(own->public_key()) : std::nullopt);
  ASSERT_TRUE(recipient);
  check_messages(object, *sender, *recipient);
  for (const json& wanted : object.at("exports")) {
    const Vector context = bytes_of(wanted, "exporter_context");
    const Vector value = bytes_of(wanted, "exported_value");
    EXPECT_EQ(exported(*sender, context, value.size()), value);
    EXPECT_EQ(exported(*recipient, context, value.size()), value);
  }
}

TEST(Hpke, stands_the_vectors_of_rfc_9180) {
  const json objects = test::load_json("hpke/rfc9180.json.xz");
  ASSERT_EQ(objects.size(), 128U);
  for (const json& object : objects) {
    check_object(object);
  }
}

// ---- what the vectors leave out -----------------------------------------------------------------

/// Both sides of one use, and what they began with.
struct Both {
  explicit Both(const Suite& with = usual) : suite(with) {}

  Suite suite;
  KeyPair own = KeyPair::generate(suite.kem).value();
  Vector info = {'i', 'n', 'f', 'o'};
  Sender sender = Sender::make(suite, own.public_key(), info).value();
  Recipient recipient = Recipient::make(suite, own, sender.enc(), info).value();
};

const Vector plain = {'p', 'l', 'a', 'i', 'n'};
const Vector aad = {'a', 'a', 'd'};

TEST(Hpke, goes_with_every_suite) {
  for (const Kem kem : kems) {
    for (const Kdf kdf : kdfs) {
      for (const AeadCode aead : aead_codes) {
        Both both({kem, kdf, aead});
        for (int i = 0; i < 3; ++i) {
          EXPECT_EQ(open(both.recipient, aad, *seal(both.sender, aad, plain)).value(), plain);
        }
        EXPECT_EQ(exported(both.sender, aad, 100), exported(both.recipient, aad, 100));
      }
    }
  }
}

TEST(Hpke, knows_what_it_does_not_have) {
  const std::vector<Suite> rows = {
      {static_cast<Kem>(0x0013), usual.kdf, usual.aead},
      {usual.kem, static_cast<Kdf>(0), usual.aead},
      {usual.kem, static_cast<Kdf>(4), usual.aead},
      {usual.kem, usual.kdf, static_cast<AeadCode>(0)},
      {usual.kem, usual.kdf, static_cast<AeadCode>(4)},
      {},
  };
  const Both both;
  for (const Suite& suite : rows) {
    EXPECT_FALSE(is_supported(suite));
    EXPECT_FAILS(Sender::make(suite, both.own.public_key(), {}), Reason::configuration_unsupported);
    EXPECT_FAILS(Recipient::make(suite, both.own, both.sender.enc(), {}),
                 Reason::configuration_unsupported);
  }
  EXPECT_FAILS(KeyPair::generate(static_cast<Kem>(0)), Reason::configuration_unsupported);
  EXPECT_FAILS(KeyPair::derive(static_cast<Kem>(0), Vector(99)), Reason::configuration_unsupported);
  EXPECT_FAILS(KeyPair::from_private(static_cast<Kem>(0), Vector(32)),
               Reason::configuration_unsupported);
}

TEST(Hpke, opens_nothing_that_was_changed) {
  Both both;
  const Vector sealed = seal(both.sender, aad, plain).value();
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Vector changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FAILS(open(both.recipient, aad, changed), Reason::hpke_message_unreadable);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FAILS(open(both.recipient, aad, copy(Bytes(sealed).first(size))),
                 Reason::hpke_message_unreadable);
  }
  EXPECT_FAILS(open(both.recipient, {}, sealed), Reason::hpke_message_unreadable);
  EXPECT_EQ(open(both.recipient, aad, sealed).value(), plain) << "those before do not count";
  EXPECT_FAILS(open(both.recipient, aad, sealed), Reason::hpke_message_unreadable) << "twice";
}

TEST(Hpke, opens_messages_in_their_order_alone) {
  Both both;
  const Vector first = seal(both.sender, aad, plain).value();
  const Vector second = seal(both.sender, aad, plain).value();
  EXPECT_NE(first, second);
  EXPECT_FAILS(open(both.recipient, aad, second), Reason::hpke_message_unreadable);
  EXPECT_EQ(open(both.recipient, aad, first).value(), plain);
  EXPECT_EQ(open(both.recipient, aad, second).value(), plain);
}

TEST(Hpke, opens_nothing_with_another_beginning) {
  const KeyPair own = KeyPair::generate(usual.kem).value();
  const KeyPair other = KeyPair::generate(usual.kem).value();
  const Vector key(32, 7);
  const Vector other_key(32, 8);
  const Psk psk = {key, aad};
  auto sender = Sender::make(usual, own.public_key(), plain, psk, &other).value();
  const Vector sealed = seal(sender, aad, plain).value();
  const auto fails = [&](Result<Recipient> recipient) {
    ASSERT_TRUE(recipient);
    EXPECT_FAILS(open(*recipient, aad, sealed), Reason::hpke_message_unreadable);
    EXPECT_NE(exported(*recipient, aad, 32), exported(sender, aad, 32));
  };
  const Bytes enc = sender.enc();
  fails(Recipient::make(usual, own, enc, aad, psk, other.public_key()));
  fails(Recipient::make(usual, other, enc, plain, psk, other.public_key()));
  fails(Recipient::make(usual, own, enc, plain, {other_key, aad}, other.public_key()));
  fails(Recipient::make(usual, own, enc, plain, {key, plain}, other.public_key()));
  fails(Recipient::make(usual, own, enc, plain, {}, other.public_key()));
  fails(Recipient::make(usual, own, enc, plain, psk, own.public_key()));
  fails(Recipient::make(usual, own, enc, plain, psk));
  fails(Recipient::make(usual, own, other.public_key(), plain, psk, other.public_key()));
  fails(Recipient::make({usual.kem, Kdf::hkdf_sha512, usual.aead}, own, enc, plain, psk,
                        other.public_key()));
  fails(Recipient::make({usual.kem, usual.kdf, AeadCode::chacha20_poly1305}, own, enc, plain, psk,
                        other.public_key()));
  auto right = Recipient::make(usual, own, enc, plain, psk, other.public_key()).value();
  EXPECT_EQ(open(right, aad, sealed).value(), plain);
}

TEST(Hpke, takes_no_public_key_that_is_none) {
  struct Row {
    Kem kem;
    Vector key;
  };

  // Of X25519 the points of small order, which RFC 7748 §7 and RFC 9180 §7.1.4 have refused by
  // their result; of P-256 what is off the curve, infinity, and what is compressed; and wrong
  // lengths.
  Vector off_curve = copy(KeyPair::generate(Kem::dhkem_p256_hkdf_sha256)->public_key());
  off_curve.back() ^= 1;
  Vector compressed(off_curve.begin(), off_curve.begin() + 33);
  compressed.front() = 2;
  Vector infinity(65);
  const Kem x25519 = usual.kem;
  const Kem p256 = Kem::dhkem_p256_hkdf_sha256;
  const std::vector<Row> rows = {
      {x25519, Vector(32)},
      {x25519, "01 00000000000000000000000000000000000000000000000000000000000000"_hex},
      {x25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"_hex},
      {x25519, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"_hex},
      {x25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"_hex},
      {x25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"_hex},
      {x25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"_hex},
      {x25519, Vector(31, 9)},
      {x25519, Vector(33, 9)},
      {x25519, {}},
      {p256, off_curve},
      {p256, compressed},
      {p256, infinity},
      {p256, {0}},
      {p256, {}},
      {Kem::dhkem_p384_hkdf_sha384, Vector(97, 4)},
      {Kem::dhkem_p521_hkdf_sha512, Vector(133, 4)},
      {Kem::dhkem_x448_hkdf_sha512, Vector(56)},
  };
  for (const Row& row : rows) {
    const Suite suite = {row.kem, Kdf::hkdf_sha256, AeadCode::aes_128_gcm};
    const KeyPair own = KeyPair::generate(row.kem).value();
    const auto sender = Sender::make(suite, own.public_key(), {}).value();
    EXPECT_FAILS(Sender::make(suite, row.key, {}), Reason::key_share_invalid);
    EXPECT_FAILS(Recipient::make(suite, own, row.key, {}), Reason::key_share_invalid);
    EXPECT_FAILS(Recipient::make(suite, own, sender.enc(), {}, {}, row.key),
                 Reason::key_share_invalid);
  }
}

TEST(Hpke, holds_private_keys_to_their_form) {
  for (const Kem kem : kems) {
    const std::size_t size = KeyPair::generate(kem)->expose_private_key().size();
    for (const std::size_t wrong : {std::size_t{0}, size - 1, size + 1}) {
      EXPECT_FAILS(KeyPair::from_private(kem, Vector(wrong, 1)), Reason::key_malformed);
    }
    EXPECT_FAILS(KeyPair::derive(kem, Vector(size - 1, 1)), Reason::key_malformed);
    EXPECT_TRUE(KeyPair::derive(kem, Vector(size + 100, 1)));
  }
  for (const Kem kem : {kems[0], kems[1], kems[2]}) {
    const std::size_t size = KeyPair::generate(kem)->expose_private_key().size();
    EXPECT_FAILS(KeyPair::from_private(kem, Vector(size, 0)), Reason::key_malformed);
    EXPECT_FAILS(KeyPair::from_private(kem, Vector(size, 0xff)), Reason::key_malformed);
  }
}

TEST(Hpke, makes_another_pair_each_time) {
  for (const Kem kem : kems) {
    const KeyPair one = KeyPair::generate(kem).value();
    const KeyPair other = KeyPair::generate(kem).value();
    EXPECT_NE(copy(one.public_key()), copy(other.public_key()));
    EXPECT_EQ(copy(KeyPair::from_private(kem, one.expose_private_key())->public_key()),
              copy(one.public_key()));
  }
  Both both;
  const auto again = Sender::make(usual, both.own.public_key(), both.info).value();
  EXPECT_NE(copy(again.enc()), copy(both.sender.enc()));
}

TEST(Hpke, takes_a_psk_whole_and_long_enough) {
  const Both both;
  const Vector key(32, 7);
  const std::vector<Psk> rows = {{key, {}}, {{}, aad}, {Bytes(key).first(31), aad}};
  for (const Psk& psk : rows) {
    EXPECT_FAILS(Sender::make(usual, both.own.public_key(), {}, psk),
                 Reason::configuration_unsupported);
    EXPECT_FAILS(Recipient::make(usual, both.own, both.sender.enc(), {}, psk),
                 Reason::configuration_unsupported);
  }
  EXPECT_TRUE(Sender::make(usual, both.own.public_key(), {}, {key, aad}));
}

TEST(Hpke, takes_key_pairs_of_its_own_kem_alone) {
  const Both both;
  const KeyPair other = KeyPair::generate(Kem::dhkem_p256_hkdf_sha256).value();
  EXPECT_FAILS(Sender::make(usual, both.own.public_key(), {}, {}, &other),
               Reason::configuration_unsupported);
  EXPECT_FAILS(Sender::make_from(other, usual, both.own.public_key(), {}),
               Reason::configuration_unsupported);
  EXPECT_FAILS(Recipient::make(usual, other, both.sender.enc(), {}),
               Reason::configuration_unsupported);
}

TEST(Hpke, seals_nothing_where_it_only_exports) {
  Both both({usual.kem, usual.kdf, AeadCode::export_only});
  EXPECT_FAILS(seal(both.sender, aad, plain), Reason::configuration_unsupported);
  EXPECT_FAILS(open(both.recipient, aad, Vector(21)), Reason::configuration_unsupported);
  EXPECT_EQ(exported(both.sender, aad, 32), exported(both.recipient, aad, 32));
}

TEST(Hpke, exports_up_to_255_digests) {
  const Both both;
  EXPECT_EQ(exported(both.sender, {}, 255 * 32), exported(both.recipient, {}, 255 * 32));
  Vector more(255 * 32 + 1);
  EXPECT_FAILS(both.sender.export_into({}, more), Reason::configuration_unsupported);
  EXPECT_FAILS(both.recipient.export_into({}, more), Reason::configuration_unsupported);
}

TEST(Hpke, never_counts_to_a_number_twice) {
  Sequence sequence(std::numeric_limits<std::uint64_t>::max() - 1);
  EXPECT_EQ(sequence.peek().value(), std::numeric_limits<std::uint64_t>::max() - 1);
  sequence.advance();
  EXPECT_FAILS(sequence.peek(), Reason::sequence_exhausted);
}

}  // namespace
}  // namespace handfast::crypto::hpke
