#include "legacy/cbc.h"

#include "crypto/hkdf.h"
#include "handfast/legacy.h"
#include "handshake/legacy_mechanism.h"
#include "record/open.h"
#include "record/record12.h"
#include "record/seal.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::legacy {
namespace {

using crypto::Direction;
using crypto::MacId;
using nlohmann::json;
using record::MacOrder;
using record::RecordPlace;
using test::from_hex;
using test::operator""_hex;

using Buffer = std::vector<std::uint8_t>;

constexpr RecordPlace somewhere{5, ContentType::application_data};

crypto::TrafficKeys some_keys(const crypto::Suite& suite) {
  crypto::TrafficKeys keys;
  std::ranges::fill(keys.key.fill(crypto::key_size(suite.aead)), std::uint8_t{0x42});
  const MutBytes mac_key = keys.mac_key.fill(crypto::mac_size(*suite.mac));
  std::iota(mac_key.begin(), mac_key.end(), std::uint8_t{1});
  return keys;
}

std::unique_ptr<record::BlockProtection> protection(const crypto::Suite& suite, Direction direction,
                                                    MacOrder order) {
  return *CbcCiphers().make(suite, direction, some_keys(suite), order);
}

Buffer bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// ---- vectors ------------------------------------------------------------------------------------

struct Vector {
  CipherSuite suite;
  MacOrder order;
  Buffer body;
};

// Computed apart, by Python's hmac and cryptography; those of AES-256 with 32 bytes more of padding
// than there must be.
const std::vector<Vector>& vectors() {
  static const std::vector<Vector> all = {
      {CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha, MacOrder::mac_then_encrypt,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf754b27b353dcd14dab4d2734c53bb951a0abc23477370a30"
       "4c4aa9eeece5bb0ece87782e64c1fa4e07c0ad57325f0aac"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha, MacOrder::encrypt_then_mac,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf754b27b353dcd14dab4d2734c53bb9517bfef1b6f35f90dd"
       "38eb9beab4a2f04190766195dc8b3b26041295db5450cdda5f88850c"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha, MacOrder::mac_then_encrypt,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeafce9103ec90e8c61ee206b805af98936160a7e5ef25a24d60"
       "27d63f55ffa2a6812a32ff24c44af098c6eb7895efb32b969f543ca3ebe7a87e4a274d14af8e0924"
       "1ababa257de967f1029e79fc64f8cadc"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha, MacOrder::encrypt_then_mac,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeafce9103ec90e8c61ee206b805af989361d8b99ac794fa4067"
       "ba3cdab753fec82f667c97327995cce9093bfb3763c042c331eabe16e000eba6c16327f20b9306f2"
       "66d096ebaf50b857d1d66c760fc2ee095859edf9"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256, MacOrder::mac_then_encrypt,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf754b27b353dcd14dab4d2734c53bb9515c6e4e0dda9346ea"
       "f5597594880c33c98e23dc2998c2905d2d5701819609cb1038c6e5d11c5f5c8e284650c0b2cbc8e6"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256, MacOrder::encrypt_then_mac,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf754b27b353dcd14dab4d2734c53bb9517bfef1b6f35f90dd"
       "38eb9beab4a2f0419cbc8b932f475122168fc870b8ea37e23f70662df5b436dc348dcb6c9ed8ebcc"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha384, MacOrder::mac_then_encrypt,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeafce9103ec90e8c61ee206b805af98936132c760799c399fd3"
       "3c7923edf477cbceb9ddc8ffd32032fef87428dbd7eeef76d4ff3dc54d136b56578cff22676859b4"
       "b207490b6548b1a3ba3437c3c21745d8ae9938e2cf8bcea02cf580bbb8d70211eb7b08e84b28a272"
       "fcbe548a988d84b6"_hex},
      {CipherSuite::tls_ecdhe_rsa_with_aes_256_cbc_sha384, MacOrder::encrypt_then_mac,
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeafce9103ec90e8c61ee206b805af989361d8b99ac794fa4067"
       "ba3cdab753fec82f667c97327995cce9093bfb3763c042c331eabe16e000eba6c16327f20b9306f2"
       "68718eaecca75370a05c24311110db6e1078014c49e0d090c7fa4ba3adcc0348d71566a7cc4ebfe6"
       "d346f0f5f0464e67"_hex},
  };
  return all;
}

TEST(Cbc, opens_records_that_were_made_elsewhere) {
  for (const Vector& vector : vectors()) {
    const crypto::Suite& suite = *crypto::find_suite12(vector.suite);
    Buffer body = vector.body;
    const auto opened = protection(suite, Direction::open, vector.order)->open(somewhere, body);
    ASSERT_TRUE(opened) << name(suite.id);
    EXPECT_TRUE(std::ranges::equal(*opened, bytes_of("Hello, old TLS 1.2")));
  }
}

Buffer field(const json& fields, const char* name) {
  return from_hex(fields.at(name).get<std::string>());
}

TEST(Cbc, agrees_with_botan) {
  const crypto::Suite& suite =
      *crypto::find_suite12(CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha256);
  std::map<std::string, unsigned> counts;
  for (const json& one : test::load_json("botan-tls/tls_cbc_kat.json.xz")) {
    if (one.at("BlockCipher") != "AES-128") {
      continue;
    }
    const Buffer key = field(one, "Key");
    crypto::TrafficKeys keys;
    keys.mac_key = Secret<48>(Bytes(key).first(32));
    keys.key = Secret<32>(Bytes(key).subspan(32));
    const Buffer data = field(one, "AssociatedData");
    RecordPlace place;
    for (const std::uint8_t byte : Bytes(data).first(8)) {
      place.number = place.number << 8 | byte;
    }
    place.type = static_cast<ContentType>(data[8]);
    place.version = static_cast<ProtocolVersion>(data[9] << 8 | data[10]);
    const std::string order = one.at("EncryptThenMAC").get<std::string>();
    Buffer body = field(one, "Nonce");
    const Buffer sealed = field(one, "Ciphertext");
    body.insert(body.end(), sealed.begin(), sealed.end());
    const auto opener = CbcCiphers().make(suite, Direction::open, keys,
                                          order == "true" ? MacOrder::encrypt_then_mac
                                                          : MacOrder::mac_then_encrypt);
    const auto opened = (*opener)->open(place, body);
    ASSERT_TRUE(opened) << one.dump();
    EXPECT_TRUE(std::ranges::equal(*opened, field(one, "Plaintext")));
    ++counts[order];
  }
  EXPECT_EQ(counts, (std::map<std::string, unsigned>{{"false", 3}, {"true", 3}}));
}

TEST(Unpad, agrees_with_botan) {
  unsigned count = 0;
  for (const json& one : test::load_json("botan-tls/tls_cbc_padding.json.xz")) {
    const Buffer text = field(one, "Record");
    const Unpadded found = unpad(text, 0);
    const std::size_t expected = std::stoul(one.at("Output").get<std::string>());
    EXPECT_EQ(found.is_good != 0, expected != 0) << one.dump();
    EXPECT_EQ(text.size() - found.size, expected) << one.dump();
    ++count;
  }
  // Their block cipher leaves blocks as they are, so that CBC alone takes place, and MACs are
  // zeros.
  for (const json& one : test::load_json("botan-tls/tls_cbc.json.xz")) {
    const Buffer record = field(one, "Record");
    Buffer text = record;
    for (std::size_t i = aes_block; i < text.size(); ++i) {
      text[i] ^= record[i - aes_block];
    }
    Buffer mac(std::stoul(one.at("MACsize").get<std::string>()));
    const Unpadded found = unpad(text, mac.size());
    copy_hidden(text, 0, found.size - mac.size(), mac);
    const bool is_valid = found.is_good != 0 && mac == Buffer(mac.size());
    EXPECT_EQ(is_valid, one.at("Valid") == "1") << one.dump();
    ++count;
  }
  EXPECT_EQ(count, 32U);
}

// ---- the pieces ---------------------------------------------------------------------------------

TEST(HiddenMac, is_the_hmac_wherever_the_text_may_end) {
  Buffer text(400);
  std::iota(text.begin(), text.end(), std::uint8_t{0});
  const Buffer head = bytes_of("thirteen byte");
  const std::map<MacId, crypto::HashId> hashes = {{MacId::hmac_sha256, crypto::HashId::sha256},
                                                  {MacId::hmac_sha384, crypto::HashId::sha384}};
  for (const auto& [id, hash] : hashes) {
    const Buffer key(crypto::mac_size(id), 0x17);
    const HiddenMac mac(id, key);
    const crypto::Hmac other(hash, key);
    Buffer expected(mac.size());
    Buffer found(mac.size());
    for (const std::size_t most : {0UL, 1UL, 50UL, 51UL, 114UL, 115UL, 256UL, 300UL, 400UL}) {
      const std::size_t least = most - std::min(most, std::size_t{256});
      for (std::size_t size = least; size <= most; ++size) {
        other.authenticate({head, Bytes(text).first(size)}, expected);
        mac.authenticate({head, Bytes(text).first(most), least, size}, found);
        ASSERT_EQ(found, expected) << most << " " << size;
        mac.authenticate(head, Bytes(text).first(size), found);
        ASSERT_EQ(found, expected) << size;
      }
    }
  }
}

// RFC 2202 §3, the first case; longer texts are compared by the vectors above.
TEST(HiddenMac, has_sha1) {
  Buffer code(20);
  const Buffer text = bytes_of(" There");
  HiddenMac(MacId::hmac_sha1, Buffer(20, 0x0b)).authenticate(bytes_of("Hi"), text, code);
  EXPECT_EQ(code, "b617318655057264e28bc0b6fb378c8ef146be00"_hex);
}

TEST(CopyHidden, copies_from_every_place) {
  Buffer text(300);
  std::iota(text.begin(), text.end(), std::uint8_t{0});
  for (const std::size_t size : {20UL, 32UL, 48UL}) {
    for (std::size_t start = 10; start + size <= text.size(); ++start) {
      Buffer out(size);
      copy_hidden(text, 10, start, out);
      ASSERT_TRUE(std::ranges::equal(out, Bytes(text).subspan(start, size))) << start;
    }
  }
}

// ---- each suite and order -----------------------------------------------------------------------

using SuiteAndOrder = std::tuple<crypto::Suite, MacOrder>;

class EachCbc : public testing::TestWithParam<SuiteAndOrder> {
 protected:
  Buffer sealed(const Buffer& content) {
    Buffer body(sealer->sealed_size(content.size()));
    const Bytes part = content;
    EXPECT_TRUE(sealer->seal(somewhere, std::span(&part, 1), body));
    return body;
  }

  /// What the peer may send: `text`, whatever it is, under the right MAC where that comes last.
  Buffer encrypted(Buffer text) {
    Buffer body(aes_block, 0x77);
    body.insert(body.end(), text.begin(), text.end());
    const crypto::TrafficKeys keys = some_keys(suite);
    auto cipher = AesCbc::make(Direction::seal, keys.key.expose());
    EXPECT_TRUE(cipher->convert(Bytes(body).first(aes_block), MutBytes(body).subspan(aes_block)));
    if (order == MacOrder::encrypt_then_mac) {
      Buffer code(mac_size);
      HiddenMac(*suite.mac, keys.mac_key.expose()).authenticate(head(body.size()), body, code);
      body.insert(body.end(), code.begin(), code.end());
    }
    return body;
  }

  /// The content, and where it comes first, its MAC.
  Buffer unpadded(const Buffer& content) {
    Buffer text = content;
    if (order == MacOrder::mac_then_encrypt) {
      Buffer code(mac_size);
      HiddenMac(*suite.mac, some_keys(suite).mac_key.expose())
          .authenticate(head(content.size()), content, code);
      text.insert(text.end(), code.begin(), code.end());
    }
    return text;
  }

  static record::AdditionalData12 head(std::size_t size) {
    return record::additional_data12(somewhere.number, somewhere.type, size);
  }

  const crypto::Suite& suite = *crypto::find_suite12(std::get<0>(GetParam()).id);
  const MacOrder order = std::get<1>(GetParam());
  const std::size_t mac_size = crypto::mac_size(*suite.mac);
  std::unique_ptr<record::BlockProtection> sealer = protection(suite, Direction::seal, order);
  std::unique_ptr<record::BlockProtection> opener = protection(suite, Direction::open, order);
};

TEST_P(EachCbc, opens_what_it_sealed) {
  for (std::size_t size = 0; size < 300; ++size) {
    const Buffer content(size, 0x5a);
    Buffer body = sealed(content);
    EXPECT_LE(body.size(), size + sealer->overhead());
    const auto opened = opener->open(somewhere, body);
    ASSERT_TRUE(opened) << size;
    EXPECT_TRUE(std::ranges::equal(*opened, content));
  }
  EXPECT_LE(sealer->sealed_size(limits::record_plaintext), limits::record_block_ciphertext);
}

TEST_P(EachCbc, joins_the_parts_of_a_content) {
  const Buffer first = {1, 2};
  const Buffer second = {3, 4, 5};
  const std::array<Bytes, 3> parts = {first, Bytes{}, second};
  Buffer body(sealer->sealed_size(5));
  ASSERT_TRUE(sealer->seal(somewhere, parts, body));
  const auto opened = opener->open(somewhere, body);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(*opened, Buffer{1, 2, 3, 4, 5}));
  EXPECT_FAILS(sealer->seal(somewhere, parts, MutBytes(body).first(16)), Reason::internal);
}

TEST_P(EachCbc, never_uses_an_iv_twice) {
  const Buffer one = sealed({1});
  const Buffer other = sealed({1});
  EXPECT_FALSE(std::ranges::equal(Bytes(one).first(aes_block), Bytes(other).first(aes_block)));
}

TEST_P(EachCbc, takes_any_padding_that_is_right) {
  const Buffer content = bytes_of("content");
  for (std::size_t padding = 0; padding < 256; ++padding) {
    Buffer text = unpadded(content);
    text.insert(text.end(), padding + 1, static_cast<std::uint8_t>(padding));
    if (text.size() % aes_block == 0) {
      Buffer body = encrypted(text);
      const auto opened = opener->open(somewhere, body);
      ASSERT_TRUE(opened) << padding;
      EXPECT_TRUE(std::ranges::equal(*opened, content));
    }
  }
}

// RFC 5246 §6.2.3.2: each byte of the padding has the value of its length.
TEST_P(EachCbc, refuses_every_byte_of_a_padding_that_is_not_right) {
  for (const std::size_t blocks : {0UL, 1UL, 15UL}) {
    Buffer text = unpadded(bytes_of("content"));
    const std::size_t padding = aes_block - 1 - text.size() % aes_block + blocks * aes_block;
    text.insert(text.end(), padding + 1, static_cast<std::uint8_t>(padding));
    for (std::size_t i = 0; i < padding; ++i) {
      Buffer wrong = text;
      wrong[text.size() - 2 - i] ^= 0x80;
      Buffer body = encrypted(wrong);
      EXPECT_FAILS(opener->open(somewhere, body), Reason::record_unreadable) << i;
      const Bytes text_of_it = Bytes(body).subspan(aes_block);
      EXPECT_EQ(std::ranges::count(text_of_it, 0), std::ssize(text_of_it)) << "bad, and not wiped";
    }
  }
}

TEST_P(EachCbc, refuses_a_padding_that_is_longer_than_the_record) {
  Buffer text = unpadded({});
  text.resize((text.size() / aes_block + 1) * aes_block);
  for (std::size_t length = text.size(); length < 256; ++length) {
    std::ranges::fill(text, static_cast<std::uint8_t>(length));
    Buffer body = encrypted(text);
    EXPECT_FAILS(opener->open(somewhere, body), Reason::record_unreadable) << length;
  }
}

// A record that is all padding: of the MAC nothing is left, or a part.
TEST_P(EachCbc, refuses_a_padding_that_takes_from_the_mac) {
  if (order == MacOrder::encrypt_then_mac) {
    return;
  }
  Buffer text = unpadded({});
  text.resize((text.size() / aes_block + 1) * aes_block);
  for (std::size_t length = text.size() - mac_size; length < text.size(); ++length) {
    Buffer wrong = text;
    std::ranges::fill(MutBytes(wrong).last(length + 1), static_cast<std::uint8_t>(length));
    Buffer body = encrypted(wrong);
    EXPECT_FAILS(opener->open(somewhere, body), Reason::record_unreadable) << length;
  }
}

TEST_P(EachCbc, refuses_every_flipped_bit) {
  const Buffer body = sealed({1, 2, 3});
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Buffer changed = body;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      EXPECT_FAILS(opener->open(somewhere, changed), Reason::record_unreadable) << i;
    }
  }
}

TEST_P(EachCbc, refuses_every_cut_record) {
  const Buffer body = sealed(Buffer(40));
  for (std::size_t size = 0; size < body.size(); ++size) {
    Buffer cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FAILS(opener->open(somewhere, cut), Reason::record_unreadable) << size;
  }
}

TEST_P(EachCbc, refuses_what_stands_elsewhere) {
  for (const RecordPlace& elsewhere :
       {RecordPlace{6, somewhere.type}, RecordPlace{5, ContentType::handshake},
        RecordPlace{5, somewhere.type, ProtocolVersion::tls11}}) {
    Buffer body = sealed({1, 2, 3});
    EXPECT_FAILS(opener->open(elsewhere, body), Reason::record_unreadable);
  }
}

TEST_P(EachCbc, refuses_the_other_order) {
  const MacOrder other =
      order == MacOrder::encrypt_then_mac ? MacOrder::mac_then_encrypt : MacOrder::encrypt_then_mac;
  Buffer body = sealed(Buffer(100));
  EXPECT_FAILS(protection(suite, Direction::open, other)->open(somewhere, body),
               Reason::record_unreadable);
}

// As the record layer has it: numbers count, and more than 2^14 bytes are refused.
TEST_P(EachCbc, is_behind_sealer_and_opener) {
  const record::BlockChoice choice{cbc_suites.block_ciphers, order};
  auto sender = record::Sealer::make(suite, some_keys(suite), choice);
  auto receiver = record::Opener::make(suite, some_keys(suite), choice);
  ASSERT_TRUE(sender && receiver);
  for (const std::size_t size : {0UL, 1UL, 100UL, limits::record_plaintext}) {
    const Buffer content(size, 7);
    const Bytes part = content;
    Buffer sent(sender->record_size(size, 0));
    EXPECT_LE(sent.size(), size + sender->overhead());
    ASSERT_TRUE(sender->seal(ContentType::handshake, std::span(&part, 1), 0, sent));
    const auto opened = receiver->open(sent);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->type, ContentType::handshake);
    EXPECT_TRUE(std::ranges::equal(opened->content, content));
  }
  EXPECT_EQ(receiver->sequence(), 4U);
  EXPECT_EQ(receiver->longest(), limits::record_block_ciphertext);

  const Buffer much(limits::record_plaintext + 1);
  const auto alone = protection(suite, Direction::seal, order);
  Buffer sent(record::header_size + alone->sealed_size(much.size()));
  const Bytes part = much;
  ASSERT_TRUE(alone->seal({4, ContentType::handshake}, std::span(&part, 1),
                          MutBytes(sent).subspan(record::header_size)));
  std::ranges::copy(record::header(ContentType::handshake, sent.size() - record::header_size),
                    sent.begin());
  EXPECT_FAILS(receiver->open(sent), Reason::record_plaintext_overflow);
}

std::vector<crypto::Suite> suites_with_cbc() {
  std::vector<crypto::Suite> suites(crypto::suites12.begin(), crypto::suites12.end());
  std::erase_if(suites, [](const crypto::Suite& suite) { return !suite.mac; });
  return suites;
}

INSTANTIATE_TEST_SUITE_P(Suites, EachCbc,
                         testing::Combine(testing::ValuesIn(suites_with_cbc()),
                                          testing::Values(MacOrder::mac_then_encrypt,
                                                          MacOrder::encrypt_then_mac)),
                         [](const auto& test) {
                           const bool last = std::get<1>(test.param) == MacOrder::encrypt_then_mac;
                           return std::string(name(std::get<0>(test.param).id)) +
                                  (last ? "_mac_last" : "_mac_first");
                         });

TEST(CbcCiphers, want_keys_of_the_right_size) {
  const crypto::Suite& suite =
      *crypto::find_suite12(CipherSuite::tls_ecdhe_rsa_with_aes_128_cbc_sha);
  crypto::TrafficKeys keys = some_keys(suite);
  static_cast<void>(keys.key.fill(15));
  EXPECT_FAILS(CbcCiphers().make(suite, Direction::open, keys, MacOrder::mac_then_encrypt),
               Reason::internal);
  keys = some_keys(suite);
  keys.mac_key.clear();
  EXPECT_FAILS(CbcCiphers().make(suite, Direction::open, keys, MacOrder::mac_then_encrypt),
               Reason::internal);
}

}  // namespace
}  // namespace handfast::legacy
