// Which credential a side shows. RFC 9846 §4.3.3 to §4.3.5, §4.5.1.2.
#include "handshake/credential13.h"

#include "der/writer.h"
#include "handfast/issue.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/middle.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;
using CredentialPtr = std::shared_ptr<const Credential>;
using enum ExtensionType;

/// An authority, and leaves that it signs.
class House {
 public:
  explicit House(std::string_view name, CertificateKey kind = CertificateKey::ecdsa_p256)
      : key_(SigningKey::generate(kind).value()) {
    order_.common_name = name;
    order_.not_before = {handshake_time.seconds - 1};
    order_.not_after = {handshake_time.seconds + 1};
    order_.is_authority = true;
    root_ = issue_self_signed(order_, key_).value();
  }

  /// A credential with a key of `kind`; `change` may alter its order.
  CredentialPtr leaf(
      CertificateKey kind = CertificateKey::ed25519,
      void (*change)(CertificateOrder&) = [](CertificateOrder&) {}) const {
    CertificateOrder leaf = order_;
    leaf.common_name = "Leaf";
    leaf.is_authority = false;
    leaf.names = {std::string(server_dns_name)};
    change(leaf);
    SigningKey own = SigningKey::generate(kind).value();
    const Certificate issuer = Certificate::parse(root_).value();
    auto der = issue(leaf, own.public_key_info(), {issuer, key_}).value();
    return Credential::make({std::move(der)}, std::move(own)).value();
  }

  /// Its name in DER.
  [[nodiscard]] Content name() const {
    const Bytes subject = Certificate::parse(root_).value().subject;
    return {subject.begin(), subject.end()};
  }

 private:
  CertificateOrder order_;
  SigningKey key_;
  Content root_;
};

// ---- a server -----------------------------------------------------------------------------------

struct Wish {
  std::vector<SignatureScheme> in_chain = {SignatureScheme::ecdsa_secp256r1_sha256,
                                           SignatureScheme::ed25519};
  std::vector<Content> authorities = {};
};

CredentialPtr chosen(const std::vector<CredentialPtr>& credentials, const Wish& wish) {
  constexpr std::array own = {SignatureScheme::ed25519};
  const std::vector<Bytes> authorities(wish.authorities.begin(), wish.authorities.end());
  return handshake::choose_credential({.config = ServerConfig::make(credentials).value(),
                                       .server_name = server_dns_name,
                                       .schemes = own,
                                       .certificate_schemes = wish.in_chain,
                                       .authorities = authorities})
      .value();
}

// RFC 9846 §4.5.1.2: a chain that the client can check, if there is one; else the first.
TEST(ChooseCredential, prefers_a_chain_that_is_signed_as_the_client_likes) {
  using enum SignatureScheme;
  const auto by_p256 = House("One", CertificateKey::ecdsa_p256).leaf();
  const auto by_ed25519 = House("Two", CertificateKey::ed25519).leaf();
  const std::vector both = {by_p256, by_ed25519};
  EXPECT_EQ(chosen(both, {{ecdsa_secp256r1_sha256, ed25519}}), by_p256);
  EXPECT_EQ(chosen(both, {{ed25519}}), by_ed25519);
  EXPECT_EQ(chosen(both, {{rsa_pkcs1_sha256}}), by_p256) << "better any than none";
}

// RFC 5246 §7.4.2: with RSA key exchange the key decrypts, and signs nothing.
TEST(ChooseCredential, takes_a_key_that_decrypts_where_that_will_do_and_none_signs) {
  constexpr std::array own = {SignatureScheme::ed25519};
  const auto signing = House("One").leaf();
  const auto both = House("Two").leaf(CertificateKey::rsa, [](CertificateOrder& order) {
    order.key_usage = static_cast<std::uint16_t>(std::to_underlying(KeyUsage::digital_signature) |
                                                 std::to_underlying(KeyUsage::key_encipherment));
  });
  const auto rsa_that_signs = House("Three").leaf(CertificateKey::rsa);
  const auto choose = [](std::vector<CredentialPtr> from, std::span<const SignatureScheme> schemes,
                         bool takes_decryption) {
    return handshake::choose_credential({.config = ServerConfig::make(std::move(from)).value(),
                                         .server_name = server_dns_name,
                                         .schemes = schemes,
                                         .certificate_schemes = schemes,
                                         .authorities = {},
                                         .takes_decryption = takes_decryption});
  };
  EXPECT_EQ(choose({signing, rsa_that_signs, both}, {}, true), both);
  EXPECT_EQ(choose({both, signing}, own, true), signing);
  EXPECT_FAILS(choose({signing, both}, {}, false), Reason::signature_none_common);
  EXPECT_FAILS(choose({signing, rsa_that_signs}, {}, true), Reason::signature_none_common);
}

TEST(SchemeFor, is_the_peers_choice_unless_the_credential_has_its_own) {
  using enum SignatureScheme;
  const auto free = House("One").leaf(CertificateKey::rsa);
  const std::array peers = {ed25519, rsa_pss_rsae_sha256, rsa_pss_rsae_sha384};
  EXPECT_EQ(handshake::scheme_for(*free, {peers}), rsa_pss_rsae_sha256);
  const auto with = [&](std::vector<SignatureScheme> own) {
    return handshake::scheme_for(*free->signing_with(std::move(own)).value(), {peers});
  };
  EXPECT_EQ(with({rsa_pss_rsae_sha384, rsa_pss_rsae_sha256}), rsa_pss_rsae_sha384);
  EXPECT_EQ(with({rsa_pss_rsae_sha512, rsa_pss_rsae_sha256}), rsa_pss_rsae_sha256);
  EXPECT_EQ(with({ed25519, rsa_pss_rsae_sha384}), rsa_pss_rsae_sha384) << "not of this key";
  EXPECT_EQ(with({rsa_pkcs1_sha256}), std::nullopt) << "not for handshakes";
  EXPECT_EQ(with({rsa_pss_rsae_sha512}), std::nullopt) << "not the peer's";
}

TEST(ChooseCredential, prefers_an_authority_that_the_client_named) {
  const House one("One");
  const House two("Two");
  const auto of_one = one.leaf();
  const auto of_two = two.leaf();
  EXPECT_EQ(chosen({of_one, of_two}, {}), of_one);
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {two.name()}}), of_two);
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {two.name(), one.name()}}), of_one)
      << "the order of the server";
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {House("Three").name()}}), of_one)
      << "a wish is no reason to send nothing";
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {"3003020100"_hex, {}, two.name()}}), of_two)
      << "what is no name is nobody's";
  // A chain that the client cannot check is no use to it, whoever issued it.
  EXPECT_EQ(chosen({House("Four", CertificateKey::ed25519).leaf(), of_one},
                   {{SignatureScheme::ecdsa_secp256r1_sha256}, {House("Four").name()}}),
            of_one);
}

/// The Name "CN=Two" and so many spaces, which do not count.
Content padded_name(std::size_t spaces) {
  Content text = {'T', 'w', 'o'};
  text.resize(text.size() + spaces, ' ');
  const auto wrap = [](std::uint8_t tag, const Content& content) {
    Content whole = {tag, 0x82, static_cast<std::uint8_t>(content.size() >> 8),
                     static_cast<std::uint8_t>(content.size())};
    whole.insert(whole.end(), content.begin(), content.end());
    return whole;
  };
  Content attribute = "0603550403"_hex;  // id-at-commonName
  const Content value = wrap(0x0c, text);
  attribute.insert(attribute.end(), value.begin(), value.end());
  return wrap(0x30, wrap(0x31, wrap(0x30, attribute)));
}

TEST(ChooseCredential, does_not_walk_names_that_are_padded_beyond_any_need) {
  const auto of_one = House("One").leaf();
  const auto of_two = House("Two").leaf();
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {padded_name(300)}}), of_two);
  EXPECT_EQ(chosen({of_one, of_two}, {.authorities = {padded_name(2000)}}), of_one);
}

TEST(ChooseCredential, is_told_the_first_authorities_of_the_hello) {
  Sides sides;
  sides.server.pulled.credential_choice = true;
  Loopback pair(sides);
  std::vector<Content> told;
  pair.server.answering = [&](const Operation& operation) {
    const auto& choice = std::get<ChooseCredential>(operation);
    for (const Bytes name : choice.authorities) {
      told.emplace_back(name.begin(), name.end());
    }
    return answer(operation);
  };
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) {
                 Content list;
                 for (std::uint8_t i = 0; i < 100; ++i) {
                   list.insert(list.end(), {0, 1, i});
                 }
                 Content& data = hello[certificate_authorities];
                 data = {static_cast<std::uint8_t>(list.size() >> 8),
                         static_cast<std::uint8_t>(list.size())};
                 data.insert(data.end(), list.begin(), list.end());
               })}});
  ASSERT_EQ(told.size(), limits::authorities_looked_at);
  EXPECT_EQ(told.front(), Content{0});
  EXPECT_EQ(told.back(), Content{63});
}

// ---- a client -----------------------------------------------------------------------------------

OpenHello::Extension schemes(const Content& codes) {
  Content data = {0, static_cast<std::uint8_t>(codes.size())};
  data.insert(data.end(), codes.begin(), codes.end());
  return {signature_algorithms, data};
}

OpenHello::Extension names(const std::vector<Content>& names) {
  Content list;
  for (const Content& name : names) {
    list.insert(list.end(), {static_cast<std::uint8_t>(name.size() >> 8),
                             static_cast<std::uint8_t>(name.size())});
    list.insert(list.end(), name.begin(), name.end());
  }
  Content data = {static_cast<std::uint8_t>(list.size() >> 8),
                  static_cast<std::uint8_t>(list.size())};
  data.insert(data.end(), list.begin(), list.end());
  return {certificate_authorities, data};
}

struct Filter {
  Content oid;
  Content values;
};

OpenHello::Extension filters(const std::vector<Filter>& filters) {
  Content list;
  for (const Filter& filter : filters) {
    list.push_back(static_cast<std::uint8_t>(filter.oid.size()));
    list.insert(list.end(), filter.oid.begin(), filter.oid.end());
    list.insert(list.end(), {0, static_cast<std::uint8_t>(filter.values.size())});
    list.insert(list.end(), filter.values.begin(), filter.values.end());
  }
  Content data = {static_cast<std::uint8_t>(list.size() >> 8),
                  static_cast<std::uint8_t>(list.size())};
  data.insert(data.end(), list.begin(), list.end());
  return {oid_filters, data};
}

const Content ed25519_or_p256 = {8, 7, 4, 3};

/// What a client with `credentials` does with a CertificateRequest of these extensions.
Result<handshake::Shown> shown(const std::vector<CredentialPtr>& credentials,
                               const std::vector<OpenHello::Extension>& extensions) {
  static ClientOptions options;  // what is shown points into it
  options.credentials = credentials;
  const Content block = extension_block(extensions);
  return handshake::show_to_server(
      options,
      {.certificate_request_context = {},
       .extensions = message::ExtensionList::from_wire(Bytes(block).subspan(2))},
      handshake_time);
}

/// The credential that is shown, or nullptr.
CredentialPtr credential_of(const Result<handshake::Shown>& shown) {
  EXPECT_TRUE(shown);
  return shown && shown->credential != nullptr ? *shown->credential : nullptr;
}

TEST(ShowToServer, shows_the_first_that_the_server_can_check) {
  const House house("One");
  const auto edwards = house.leaf(CertificateKey::ed25519);
  const auto p256 = house.leaf(CertificateKey::ecdsa_p256);
  EXPECT_EQ(credential_of(shown({edwards, p256}, {schemes({8, 7, 4, 3})})), edwards);
  EXPECT_EQ(credential_of(shown({edwards, p256}, {schemes({4, 3})})), p256);
  EXPECT_EQ(credential_of(shown({edwards, p256}, {schemes({5, 3})})), nullptr);
  EXPECT_EQ(credential_of(shown({}, {schemes({8, 7})})), nullptr);
  EXPECT_EQ(shown({edwards, p256}, {schemes({4, 3})})->scheme,
            SignatureScheme::ecdsa_secp256r1_sha256);
}

TEST(ShowToServer, prefers_a_chain_that_is_signed_as_the_server_likes) {
  const auto by_p256 = House("One", CertificateKey::ecdsa_p256).leaf();
  const auto by_ed25519 = House("Two", CertificateKey::ed25519).leaf();
  EXPECT_EQ(credential_of(shown({by_p256, by_ed25519}, {schemes({8, 7})})), by_ed25519);
  EXPECT_EQ(credential_of(shown({by_p256, by_ed25519},
                                {schemes({8, 7}), {signature_algorithms_cert, {0, 2, 4, 3}}})),
            by_p256);
  EXPECT_EQ(credential_of(shown({by_p256}, {schemes({8, 7})})), by_p256) << "better any than none";
}

TEST(ShowToServer, prefers_a_certificate_that_is_for_clients) {
  const House house("One");
  const auto for_servers = house.leaf(CertificateKey::ed25519, [](CertificateOrder& order) {
    order.server_auth = true;
    order.client_auth = false;
  });
  const auto for_clients = house.leaf(CertificateKey::ed25519,
                                      [](CertificateOrder& order) { order.client_auth = true; });
  EXPECT_EQ(credential_of(shown({for_servers, for_clients}, {schemes({8, 7})})), for_clients);
  EXPECT_EQ(credential_of(shown({for_servers}, {schemes({8, 7})})), for_servers) << "all there is";
}

TEST(ShowToServer, shows_nothing_to_authorities_that_it_has_nothing_of) {
  const House one("One");
  const House two("Two");
  const auto of_one = one.leaf();
  const auto of_two = two.leaf();
  const auto with = [&](const std::vector<Content>& authorities) {
    return credential_of(shown({of_one, of_two}, {schemes(ed25519_or_p256), names(authorities)}));
  };
  EXPECT_EQ(with({two.name()}), of_two);
  EXPECT_EQ(with({House("Three").name(), one.name()}), of_one);
  EXPECT_EQ(with({House("Three").name()}), nullptr);
  EXPECT_EQ(with({Content{0x30}}), nullptr) << "no name at all";
}

TEST(ShowToServer, passes_filters_for_usage_and_purpose) {
  const House house("One");
  const auto leaf = house.leaf(CertificateKey::ed25519, [](CertificateOrder& order) {
    order.client_auth = true;  // its key usage is digitalSignature
  });
  const auto passes = [&](const std::vector<Filter>& with) {
    return credential_of(shown({leaf}, {schemes(ed25519_or_p256), filters(with)})) != nullptr;
  };
  const Content usage = "0603551d0f"_hex;
  const Content purpose = "0603551d25"_hex;
  EXPECT_TRUE(passes({}));
  EXPECT_TRUE(passes({{usage, "03020780"_hex}})) << "digitalSignature";
  EXPECT_FALSE(passes({{usage, "03020640"_hex}})) << "nonRepudiation";
  EXPECT_FALSE(passes({{usage, "030206c0"_hex}})) << "both";
  EXPECT_FALSE(passes({{usage, "0400"_hex}})) << "no bit string";
  EXPECT_TRUE(passes({{purpose, "300a06082b06010505070302"_hex}})) << "clientAuth";
  EXPECT_FALSE(passes({{purpose, "300a06082b06010505070301"_hex}})) << "serverAuth";
  EXPECT_FALSE(passes({{purpose, "301406082b0601050507030206082b06010505070301"_hex}})) << "both";
  EXPECT_FALSE(passes({{purpose, "300a"_hex}})) << "cut";
  EXPECT_FALSE(passes({{usage, "03020780"_hex}, {purpose, "300a06082b06010505070301"_hex}}));
  // RFC 9846 §4.3.5: "the client MUST ignore and skip any unrecognized certificate extension OIDs"
  EXPECT_TRUE(passes({{"0603550403"_hex, "0101ff"_hex}}));
  EXPECT_TRUE(passes({{"ff"_hex, {}}}));
}

TEST(ShowToServer, refuses_filters_out_of_form) {
  const auto refused = [](const std::vector<Filter>& with) {
    return shown({}, {schemes(ed25519_or_p256), filters(with)});
  };
  const Filter usage{"0603551d0f"_hex, "03020780"_hex};
  EXPECT_FAILS(refused({usage, usage}), Reason::oid_filters_invalid);
  EXPECT_FAILS(refused({{"0603551d25"_hex, "30060604551d2500"_hex}}), Reason::oid_filters_invalid);
  std::vector<Filter> many;
  for (std::uint8_t i = 0; i < 65; ++i) {
    many.push_back({{6, 1, i}, {}});
  }
  EXPECT_FAILS(refused(many), Reason::oid_filters_invalid);
  many.pop_back();
  EXPECT_TRUE(refused(many));
}

TEST(ShowToServer, remembers_what_the_server_would_like_beside_it) {
  const auto leaf = House("One").leaf();
  const auto plain = shown({leaf}, {schemes(ed25519_or_p256)});
  EXPECT_FALSE(plain->wants_staple || plain->wants_sct_list);
  const auto both = shown(
      {leaf}, {{status_request, {}}, schemes(ed25519_or_p256), {signed_certificate_timestamp, {}}});
  EXPECT_TRUE(both->wants_staple && both->wants_sct_list);
}

}  // namespace
}  // namespace handfast::test
