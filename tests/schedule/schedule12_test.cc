#include "schedule/schedule12.h"

#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::schedule {
namespace {

using Buffer = std::vector<std::uint8_t>;
using nlohmann::json;
using test::from_hex;
using test::operator""_hex;

constexpr crypto::HashId sha256 = crypto::HashId::sha256;

Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Buffer field(const json& fields, const char* name) {
  return from_hex(fields.at(name).get<std::string>());
}

TEST(Prf, agrees_with_botan) {
  const std::map<std::string, crypto::HashId> hashes = {
      {"TLS-12-PRF(HMAC(SHA-256))", crypto::HashId::sha256},
      {"TLS-12-PRF(HMAC(SHA-384))", crypto::HashId::sha384},
      {"TLS-12-PRF(HMAC(SHA-512))", crypto::HashId::sha512},
  };
  unsigned count = 0;
  for (const json& one : test::load_json("botan-tls/kdf-tls_prf.json.xz")) {
    const auto hash = hashes.find(one.at("section").get<std::string>());
    if (hash == hashes.end()) {
      continue;
    }
    const Buffer label = field(one, "Label");
    const Buffer seed = field(one, "Salt");
    const Buffer expected = field(one, "Output");
    Buffer out(expected.size());
    prf(crypto::Hmac(hash->second, field(one, "Secret")), std::string(label.begin(), label.end()),
        {Bytes(seed).first(7), Bytes(seed).subspan(7)}, out);
    EXPECT_EQ(out, expected) << hash->first;
    ++count;
  }
  EXPECT_EQ(count, 3U);
}

TEST(MainSecret, agrees_with_nist) {
  const json questions = test::load_json("acvp/boringssl-TLS12.vectors.json.xz").at(1);
  const json answers = test::load_json("acvp/boringssl-TLS12.expected.json.xz").at(1);
  const std::map<std::string, crypto::HashId> hashes = {{"SHA2-256", crypto::HashId::sha256},
                                                        {"SHA2-384", crypto::HashId::sha384}};
  std::map<int, json> by_id;
  for (const json& group : answers.at("testGroups")) {
    for (const json& one : group.at("tests")) {
      by_id[one.at("tcId").get<int>()] = one;
    }
  }
  unsigned count = 0;
  for (const json& group : questions.at("testGroups")) {
    const auto hash = hashes.find(group.at("hashAlg").get<std::string>());
    if (hash == hashes.end()) {
      continue;  // no suite has it
    }
    for (const json& one : group.at("tests")) {
      const json& answer = by_id.at(one.at("tcId").get<int>());
      const Buffer session_hash = field(one, "sessionHash");
      crypto::Digest digest(session_hash.size());
      std::ranges::copy(session_hash, digest.fill().begin());
      const auto secret = MainSecret::extended(hash->second, field(one, "preMasterSecret"), digest);
      EXPECT_EQ(copy(secret.expose()), field(answer, "masterSecret"));

      // The block of keys, as far as each suite takes of it.
      const Buffer client = field(one, "clientRandom");
      const Buffer server = field(one, "serverRandom");
      const Buffer block = field(answer, "keyBlock");
      for (const crypto::Suite& suite : crypto::suites12) {
        const DirectionKeys keys = secret.keys(suite, {client, server});
        Buffer all;
        for (const Bytes part :
             {keys.client.mac_key.expose(), keys.server.mac_key.expose(), keys.client.key.expose(),
              keys.server.key.expose(), keys.client.iv.expose(), keys.server.iv.expose()}) {
          all.insert(all.end(), part.begin(), part.end());
        }
        const std::size_t known = std::min(all.size(), block.size());
        EXPECT_TRUE(std::ranges::equal(Bytes(all).first(known), Bytes(block).first(known)))
            << name(suite.id);
        EXPECT_EQ(keys.client.iv.size(), crypto::derived_iv_size(suite));
      }
      ++count;
    }
  }
  EXPECT_EQ(count, 13U);
}

/// A secret of 48 bytes 0x0b, and randoms of 0xc1 and 0x5e.
struct Some {
  const MainSecret secret{sha256, HashSecret(Buffer(MainSecret::size, 0x0b))};
  const Buffer client = Buffer(32, 0xc1);
  const Buffer server = Buffer(32, 0x5e);
  const Randoms randoms{client, server};

  [[nodiscard]] Buffer exported(std::string_view label, std::optional<Bytes> context) const {
    Buffer out(20);
    EXPECT_TRUE(secret.export_keying_material(label, randoms, context, out));
    return out;
  }
};

// Computed apart, with Python's hmac.
TEST(MainSecret, proves_each_side_by_a_value_of_its_own) {
  const Some some;
  crypto::Digest transcript(32);
  std::ranges::fill(transcript.fill(), std::uint8_t{0x77});
  EXPECT_EQ(copy(some.secret.client_finished(transcript)), "c2cd94599d126714c597d0a1"_hex);
  EXPECT_EQ(copy(some.secret.server_finished(transcript)), "37b2588b1e8dd0db62522c0c"_hex);
}

TEST(MainSecret, exports_other_bytes_without_a_context_than_with_an_empty_one) {
  const Some some;
  const Buffer context = {1, 2, 3};
  EXPECT_EQ(some.exported("EXPORTER-test", std::nullopt),
            "79ca144160242bf802c4acff08ece7843df987a3"_hex);
  EXPECT_EQ(some.exported("EXPORTER-test", Bytes{}),
            "b93d2ff88a1c3b487daf5af1efaec2c6c452c3db"_hex);
  EXPECT_EQ(some.exported("EXPORTER-test", Bytes(context)),
            "d09a41707bdb228c5a6ee5e96f5196800232b4cf"_hex);
}

TEST(MainSecret, exports_nothing_under_the_labels_of_the_protocol) {
  const Some some;
  Buffer out(32);
  for (const std::string_view label : {"client finished", "server finished", "master secret",
                                       "extended master secret", "key expansion"}) {
    EXPECT_FAILS(some.secret.export_keying_material(label, some.randoms, std::nullopt, out),
                 Reason::exporter_label_invalid);
  }
  const Buffer long_context(0x10000);
  EXPECT_FAILS(
      some.secret.export_keying_material("EXPORTER-x", some.randoms, Bytes(long_context), out),
      Reason::exporter_label_invalid);
}

}  // namespace
}  // namespace handfast::schedule
