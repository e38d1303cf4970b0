// The importer of external pre-shared keys. RFC 9258.
#include "handfast/external_psk.h"

#include "base/limits.h"
#include "handfast/imported_identity.h"
#include "handshake/psk13.h"
#include "schedule/schedule13.h"
#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum KdfIdentifier;
using Content = std::vector<std::uint8_t>;

Content text(std::string_view characters) { return {characters.begin(), characters.end()}; }

/// `pattern` over and over, `size` bytes of it.
SecretBytes key_of(std::string_view pattern, std::size_t size) {
  Content bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(pattern[i % pattern.size()]);
  }
  return SecretBytes(std::move(bytes));
}

ProvisionedPsk given(std::string_view identity, std::string_view pattern, std::size_t size,
                     KdfIdentifier kdf = hkdf_sha256) {
  return {text(identity), key_of(pattern, size), kdf};
}

PskContext context(std::string_view characters) {
  return PskContext::agreed(text(characters)).value();
}

std::shared_ptr<const ExternalPsk> imported(const ProvisionedPsk& psk, std::string_view bound) {
  return ExternalPsk::import_key(psk, context(bound), PskRole::client).value();
}

Content copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Figures of RFC 9258 §5.1, computed with the hmac and hashlib of Python 3.11: ImportedIdentity
/// written out; epskx = HMAC(zeros of the hash's length, epsk); ipskx = HKDF-Expand(epskx,
/// HkdfLabel of "tls13 derived psk" and the hash of the identity, 32 or 48 bytes).
TEST(ImportedPsk, is_what_rfc_9258_derives) {
  const auto first = imported(given("psk1", "ABCD", 32), "context1");
  EXPECT_EQ(copy(first->sent_identity(hkdf_sha256)),
            "0004 70736b31 0008 636f6e7465787431 0304 0001"_hex);
  EXPECT_EQ(copy(first->expose(hkdf_sha256)),
            "77cfa040c1e1ca63f0cd989dbefb28f5129625b08ce4f258bb825a9b0a4642a0"_hex);
  EXPECT_EQ(copy(first->sent_identity(hkdf_sha384)),
            "0004 70736b31 0008 636f6e7465787431 0304 0002"_hex);
  EXPECT_EQ(copy(first->expose(hkdf_sha384)),
            "3cb0eb3c10863c51a674df9f7b5900b47aa9353ba35c475b"
            "7ff6ad53f868ea97ee896b7b54460853340f699b91949d8d"_hex);
  const auto second = imported(given("psk2", "EFGH", 48, hkdf_sha384), "context2");
  EXPECT_EQ(copy(second->expose(hkdf_sha256)),
            "02b3e806e32d41ebbd4ea0dc49c4a448c186df3e161e1f68bec1889e84fc4fcd"_hex);
  EXPECT_EQ(copy(second->expose(hkdf_sha384)),
            "fbc3670da40a25dfbe8132b2840a412a7fb3a93846c3111e"
            "e45609fe68b70d5c9dfabdfdb3268a52a604de3c33b65f1d"_hex);
}

/// The binder over SHA-256("hello"), by the same means: binder_key from the early secret with its
/// label, then its Finished.
TEST(ImportedPsk, has_a_binder_label_of_its_own) {
  const auto digest = crypto::hash(crypto::HashId::sha256, text("hello"));
  const auto binder = [&](const ExternalPsk& psk) {
    return copy(handshake::binder_of(psk, crypto::HashId::sha256, digest).bytes());
  };
  EXPECT_EQ(binder(*imported(given("psk1", "ABCD", 32), "context1")),
            "557b96eead81444b17a11ca597546381f08d76ad8f771943ac72b4c05a6ca655"_hex);
  EXPECT_EQ(binder(*danger::raw_psk(given("psk1", "ABCD", 32), PskRole::client).value()),
            "a5a2210d0de1131471241547e5919654bed75ad2ea6a844e2a70acde88fbb26a"_hex);
}

TEST(ImportedPsk, is_another_with_every_part_of_it) {
  const std::array psks = {
      imported(given("psk1", "ABCD", 32), "context1"),
      imported(given("psk2", "ABCD", 32), "context1"),
      imported(given("psk1", "ABCD", 32), "context2"),
      imported(given("psk1", "ABCE", 32), "context1"),
      imported(given("psk1", "ABCD", 32, hkdf_sha384), "context1"),
      danger::raw_psk(given("psk1", "ABCD", 32), PskRole::client).value(),
  };
  for (std::size_t i = 0; i < psks.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      EXPECT_NE(psks[i]->fingerprint(), psks[k]->fingerprint()) << i << " and " << k;
      EXPECT_NE(copy(psks[i]->expose(hkdf_sha256)), copy(psks[k]->expose(hkdf_sha256)));
    }
  }
  const auto again = imported(given("psk1", "ABCD", 32), "context1");
  EXPECT_EQ(psks[0]->fingerprint(), again->fingerprint());
}

// RFC 9258 §A: opaque client<0..2^16-1>; opaque server<0..2^16-1>; so that who is both has two
// keys.
TEST(PskContext, tells_client_and_server_apart) {
  const PskContext there = PskContext::of_parties("a", "bc").value();
  EXPECT_EQ(copy(there.bytes()), "0001 61 0002 6263"_hex);
  const PskContext back = PskContext::of_parties("bc", "a").value();
  const auto psk = given("psk1", "ABCD", 32);
  const auto as_client = ExternalPsk::import_key(psk, there, PskRole::client).value();
  const auto as_server = ExternalPsk::import_key(psk, back, PskRole::server).value();
  const std::array<Bytes, 1> sent = {as_client->sent_identity(hkdf_sha256)};
  const std::array kdf = {hkdf_sha256};
  EXPECT_FALSE(match(*as_server, sent, kdf));
  EXPECT_TRUE(match(*as_client, sent, kdf));
}

TEST(PskContext, names_two_parties_and_is_no_longer_than_it_may_be) {
  EXPECT_FAILS(PskContext::of_parties("", "b"), Reason::psk_context_invalid);
  EXPECT_FAILS(PskContext::of_parties("a", ""), Reason::psk_context_invalid);
  EXPECT_FAILS(PskContext::of_parties("a", "a"), Reason::psk_context_invalid);
  EXPECT_FAILS(PskContext::of_parties(std::string(508, 'a'), "b"), Reason::psk_context_invalid);
  EXPECT_TRUE(PskContext::of_parties(std::string(507, 'a'), "b"));
  EXPECT_FAILS(PskContext::of_parties(std::string(70'000, 'a'), "b"), Reason::psk_context_invalid);
  EXPECT_FAILS(PskContext::agreed(Content(513)), Reason::psk_context_invalid);
  EXPECT_TRUE(PskContext::agreed({}));
}

TEST(ExternalPsk, is_not_made_of_a_key_that_can_be_guessed) {
  const PskContext bound = context("context1");
  const auto make = [&](std::string_view pattern, std::size_t size) {
    return ExternalPsk::import_key(given("psk1", pattern, size), bound, PskRole::server);
  };
  const auto make_raw = [](std::string_view pattern, std::size_t size) {
    return danger::raw_psk(given("psk1", pattern, size), PskRole::server);
  };
  EXPECT_FAILS(make("ABCD", 31), Reason::psk_weak);
  EXPECT_FAILS(make("A", 32), Reason::psk_weak);
  EXPECT_FAILS(make("ABCD", 0), Reason::psk_weak);
  EXPECT_FAILS(make("ABCD", 257), Reason::psk_weak);
  EXPECT_TRUE(make("ABCD", 256));
  EXPECT_FAILS(make_raw("ABCD", 15), Reason::psk_weak);
  EXPECT_TRUE(make_raw("ABCD", 16));
}

TEST(ExternalPsk, has_a_name_and_a_kdf_that_is_known) {
  const PskContext bound = context("context1");
  const auto make = [&](const ProvisionedPsk& psk) {
    return ExternalPsk::import_key(psk, bound, PskRole::client);
  };
  EXPECT_FAILS(make(given("", "ABCD", 32)), Reason::psk_identity_invalid);
  EXPECT_FAILS(make(given(std::string(129, 'i'), "ABCD", 32)), Reason::psk_identity_invalid);
  EXPECT_TRUE(make(given(std::string(128, 'i'), "ABCD", 32)));
  EXPECT_FAILS(make(given("psk1", "ABCD", 32, KdfIdentifier{3})),
               Reason::configuration_unsupported);
  // An identity is bytes: a zero ends nothing.
  const auto whole = make(given(std::string_view("a\0b", 3), "ABCD", 32)).value();
  EXPECT_EQ(copy(whole->identity()), "610062"_hex);
}

TEST(ExternalPsk, that_is_raw_has_no_name_that_an_importer_makes) {
  const auto psk = imported(given("psk1", "ABCD", 32), "context1");
  const ProvisionedPsk named = {copy(psk->sent_identity(hkdf_sha256)), key_of("ABCD", 32)};
  EXPECT_FAILS(danger::raw_psk(named, PskRole::client), Reason::psk_identity_invalid);
  const auto raw = danger::raw_psk(given("psk1", "ABCD", 32, hkdf_sha384), PskRole::client).value();
  EXPECT_FALSE(raw->is_imported());
  EXPECT_TRUE(raw->sent_identity(hkdf_sha256).empty()) << "it is for the other hash alone";
  EXPECT_EQ(copy(raw->sent_identity(hkdf_sha384)), text("psk1"));
  EXPECT_EQ(copy(raw->expose(hkdf_sha384)), copy(key_of("ABCD", 32).expose()));
}

// ---- ImportedIdentity ---------------------------------------------------------------------------

TEST(ImportedIdentity, is_read_in_its_parts) {
  const auto psk = imported(given("psk1", "ABCD", 32), "context1");
  const auto parts = read_imported_identity(psk->sent_identity(hkdf_sha384));
  ASSERT_TRUE(parts);
  EXPECT_EQ(copy(parts->external_identity), text("psk1"));
  EXPECT_EQ(copy(parts->context), text("context1"));
  EXPECT_EQ(parts->target_protocol, ProtocolVersion::tls13);
  EXPECT_EQ(parts->target_kdf, hkdf_sha384);
}

TEST(ImportedIdentity, is_read_whole_or_not_at_all) {
  const Content whole =
      copy(imported(given("psk1", "ABCD", 32), "context1")->sent_identity(hkdf_sha256));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_imported_identity(Bytes(whole).first(size))) << size;
  }
  Content longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(read_imported_identity(longer));
  EXPECT_FALSE(read_imported_identity("0000 0000 0304 0001"_hex)) << "an identity has a byte";
  EXPECT_TRUE(read_imported_identity("0001 61 0000 0304 0001"_hex));
}

TEST(ImportedIdentity, names_no_key_with_any_bit_turned) {
  const auto psk = imported(given("psk1", "ABCD", 32), "context1");
  const Content whole = copy(psk->sent_identity(hkdf_sha256));
  const std::array kdf = {hkdf_sha256};
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Content changed = whole;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto parts = read_imported_identity(changed);
    if (parts) {  // what is read lies in the bytes
      EXPECT_LE(parts->external_identity.size() + parts->context.size() + 8, changed.size());
    }
    const std::array<Bytes, 1> sent = {changed};
    EXPECT_FALSE(match(*psk, sent, kdf)) << bit;
  }
}

}  // namespace
}  // namespace handfast::test
