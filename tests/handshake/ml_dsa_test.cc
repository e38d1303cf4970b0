// Handshakes with ML-DSA (draft-ietf-tls-mldsa), which libcrypto has from 3.5 on: nobody is offered
// what cannot be checked here, and nothing of it is taken.
#include "crypto/signature.h"
#include "handfast/delegated_credential.h"
#include "handfast/issue.h"
#include "handshake/credential13.h"
#include "support/delegation.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Schemes = std::vector<SignatureScheme>;
using CredentialPtr = std::shared_ptr<const Credential>;

bool has_ml_dsa() { return crypto::is_available(crypto::KeyKind::ml_dsa_44); }

struct Kind {
  CertificateKey key;
  SignatureScheme scheme;
  std::size_t signature;
};

constexpr std::array ml_dsa_kinds = {
    Kind{CertificateKey::ml_dsa_44, SignatureScheme::mldsa44, 2420},
    Kind{CertificateKey::ml_dsa_65, SignatureScheme::mldsa65, 3309},
    Kind{CertificateKey::ml_dsa_87, SignatureScheme::mldsa87, 4627},
};

// ---- of any libcrypto

TEST(MlDsaSchemes, are_offered_behind_all_others_or_not_at_all) {
  const Schemes usual = usual_signature_schemes();
  EXPECT_EQ(ClientOptions{}.signature_schemes, usual);
  EXPECT_EQ(ServerOptions{}.signature_schemes, usual);
  EXPECT_EQ(usual.size(), has_ml_dsa() ? 13U : 10U);
  for (const Kind& kind : ml_dsa_kinds) {
    const auto at = std::ranges::find(usual, kind.scheme);
    EXPECT_EQ(at != usual.end(), has_ml_dsa());
    EXPECT_TRUE(at == usual.end() || at - usual.begin() >= 10);
  }
}

TEST(MlDsaSchemes, are_configured_where_they_can_be_checked) {
  for (const Kind& kind : ml_dsa_kinds) {
    const auto client = ClientConfig::make(authorities(), {.signature_schemes = {kind.scheme}});
    ServerOptions asking = {.signature_schemes = {kind.scheme}};
    asking.client_authentication = ClientAuthentication::require(client_authorities());
    const auto server = ServerConfig::make({credential(CertificateKey::ed25519)}, asking);
    const auto signing = credential(CertificateKey::ed25519)->signing_with({kind.scheme});
    if (has_ml_dsa()) {
      EXPECT_TRUE(client && server && signing);
    } else {
      EXPECT_FAILS(client, Reason::configuration_unsupported);
      EXPECT_FAILS(server, Reason::configuration_unsupported);
      EXPECT_FAILS(signing, Reason::configuration_unsupported);
    }
  }
}

/// The ClientHello with signature_algorithms of this list alone.
Edit offering(std::vector<std::uint8_t> codes) {
  return edit_hello([codes](OpenHello& hello) {
    auto& list = hello[ExtensionType::signature_algorithms];
    list = {static_cast<std::uint8_t>(codes.size() >> 8), static_cast<std::uint8_t>(codes.size())};
    list.insert(list.end(), codes.begin(), codes.end());
  });
}

/// The server's CertificateVerify with another scheme before its signature.
Edit naming(SignatureScheme scheme) {
  return [scheme](Flight& flight) {
    auto& content = find(flight, certificate_verify).content;
    content.at(4) = static_cast<std::uint8_t>(std::to_underlying(scheme) >> 8);
    content.at(5) = static_cast<std::uint8_t>(std::to_underlying(scheme));
  };
}

TEST(MlDsaSchemes, of_a_hello_do_for_no_other_key) {
  const Refusal rows[] = {{"a client that takes ML-DSA alone",
                           by_server,
                           Reason::signature_none_common,
                           {{0, offering({0x09, 0x04, 0x09, 0x05, 0x09, 0x06})}}}};
  expect_refusals(rows);
}

TEST(MlDsaSchemes, of_a_hello_are_known_where_libcrypto_has_them) {
  Sides sides;
  sides.server.pulled.credential_choice = true;
  Loopback pair(sides);
  Schemes own;
  Schemes in_chain;
  pair.server.answering = [&](const Operation& operation) {
    const auto& choice = std::get<ChooseCredential>(operation);
    own.assign(choice.schemes.begin(), choice.schemes.end());
    in_chain.assign(choice.certificate_schemes.begin(), choice.certificate_schemes.end());
    return answer(operation);
  };
  Middle middle(pair);
  middle.run({{0, offering({0x09, 0x05, 0x08, 0x07, 0x09, 0x06})}});
  using enum SignatureScheme;
  const Schemes all = {mldsa65, ed25519, mldsa87};
  const Schemes some = {ed25519};
  EXPECT_EQ(own, has_ml_dsa() ? all : some);
  EXPECT_EQ(in_chain, own);
}

TEST(MlDsaSchemes, are_not_taken_of_a_server_that_names_one) {
  Loopback pair;
  Middle middle(pair);
  middle.run({{1, naming(SignatureScheme::mldsa65)}});
  if (has_ml_dsa()) {
    expect_refusal(pair, by_client, Reason::signature_scheme_wrong_key);
  } else {
    expect_refusal(pair, by_client, Reason::signature_scheme_not_offered);
  }
}

// ---- of one that has it

class MlDsaHandshake : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (!has_ml_dsa()) {
      GTEST_SKIP() << "this libcrypto has no ML-DSA; 3.5 has";
    }
  }
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << name(kind.scheme); }

INSTANTIATE_TEST_SUITE_P(MlDsa, MlDsaHandshake, testing::ValuesIn(ml_dsa_kinds));

/// A chain of one kind of key: a leaf, `between` authorities, and the root.
struct House {
  explicit House(CertificateKey kind, int between = 2) {
    std::vector<SigningKey> keys;
    std::vector<std::vector<std::uint8_t>> chain;
    for (int i = 0; i <= between + 1; ++i) {
      const bool is_leaf = i > between;
      CertificateOrder order;
      order.common_name = is_leaf ? "" : "Authority " + std::to_string(i);
      order.not_before = {handshake_time.seconds - 3600};
      order.not_after = {handshake_time.seconds + 86'400};
      order.is_authority = !is_leaf;
      if (is_leaf) {
        order.names = {std::string(server_dns_name)};
        order.server_auth = order.client_auth = true;
      }
      keys.push_back(SigningKey::generate(kind).value());
      if (chain.empty()) {
        chain.push_back(issue_self_signed(order, keys.back()).value());
        continue;
      }
      const Certificate issuer = Certificate::parse(chain.front()).value();
      auto der = issue(order, keys.back().public_key_info(), {issuer, keys[keys.size() - 2]});
      chain.insert(chain.begin(), std::move(der).value());
    }
    trust = Trust::from_der({chain.back()}).value();
    chain.pop_back();
    shown = Credential::make(std::move(chain), std::move(keys.back())).value();
  }

  CredentialPtr shown;
  std::shared_ptr<const Trust> trust;
};

/// Both sides show a chain of that kind.
Sides both_of(const House& house) {
  Sides sides;
  sides.shown = house.shown;
  sides.trust = house.trust;
  sides.client.credentials = {house.shown};
  sides.server.client_authentication = ClientAuthentication::require(house.trust);
  return sides;
}

// Three certificates each way, 22 KiB of ML-DSA-87, with the limits and lists as they are by
// default.
TEST_P(MlDsaHandshake, proves_both_sides_with_whole_chains) {
  const House house(GetParam().key);
  ASSERT_EQ(house.shown->certificates().size(), 3U);
  const Sides sides = both_of(house);
  for (const bool retry : {false, true}) {
    for (const Chunk chunk : {Chunk{0}, Chunk{700, true}}) {
      Loopback pair(retry ? retried(sides) : sides);
      pair.connect(chunk);
      EXPECT_TRUE(pair.client.trusted && pair.server.trusted);
      for (const End* end : {&pair.client, &pair.server}) {
        EXPECT_EQ(end->connection.settled().scheme, GetParam().scheme);
        EXPECT_EQ(end->connection.settled().client_scheme, GetParam().scheme);
        EXPECT_EQ(end->frame_spills, 0U);
      }
      ASSERT_NE(pair.server.identity(), nullptr);
      EXPECT_EQ(pair.server.identity()->path().size(), 4U);
    }
  }
}

TEST_P(MlDsaHandshake, proves_raw_keys) {
  Sides sides;
  sides.shown = raw_credential(GetParam().key);
  sides.trust = pinned(*sides.shown);
  sides.client.peer_certificate_types = {CertificateType::raw_public_key};
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().scheme, GetParam().scheme);
}

TEST_P(MlDsaHandshake, delegates_to_and_from_others) {
  for (const auto& [leaf, delegated] : {std::pair(GetParam().key, CertificateKey::ed25519),
                                        std::pair(CertificateKey::ecdsa_p256, GetParam().key),
                                        std::pair(GetParam().key, GetParam().key)}) {
    const Delegator delegator(leaf, delegated);
    Sides sides = delegator.sides();
    sides.client.delegated_credential_schemes = {GetParam().scheme, SignatureScheme::ed25519};
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(pair.client.connection.settled().scheme,
              delegated == CertificateKey::ed25519 ? SignatureScheme::ed25519 : GetParam().scheme);
    EXPECT_TRUE(pair.client.delegation);
  }
}

// What a client showed goes into its ticket, which has 8 KiB: a path of ML-DSA alone does not fit,
// so that it proves itself each time.
TEST_P(MlDsaHandshake, resumes_where_the_client_shows_no_such_path) {
  const House house(GetParam().key, 0);
  Sides one_way = both_of(house);
  one_way.server.client_authentication = {};
  for (const Sides& sides : {resuming(one_way), resuming(both_of(house))}) {
    const bool asks = sides.server.client_authentication.trust() != nullptr;
    Loopback(sides).connect();
    Loopback again(sides);
    again.connect();
    EXPECT_EQ(again.client.connection.settled().session == SessionOutcome::resumed, !asks);
    EXPECT_EQ(again.server.identity() != nullptr, asks);
  }
}

TEST_P(MlDsaHandshake, is_the_credential_for_those_who_take_no_other) {
  const House house(GetParam().key, 0);
  const auto config =
      ServerConfig::make({credential(CertificateKey::ed25519), house.shown}).value();
  const auto chosen = [&](Schemes schemes) {
    return handshake::choose_credential({.config = config,
                                         .server_name = server_dns_name,
                                         .schemes = schemes,
                                         .certificate_schemes = schemes,
                                         .authorities = {}})
        .value();
  };
  EXPECT_EQ(chosen({GetParam().scheme}), house.shown);
  EXPECT_EQ(chosen({SignatureScheme::ecdsa_secp256r1_sha256, SignatureScheme::ed25519,
                    GetParam().scheme}),
            credential(CertificateKey::ed25519));
}

TEST_P(MlDsaHandshake, refuses_signatures_that_are_not_right) {
  const House house(GetParam().key, 0);
  const House stranger(GetParam().key, 0);
  Sides sides = both_of(house);
  const auto turned = [](std::size_t at) {
    return Edit([at](Flight& flight) { find(flight, certificate_verify).content.at(8 + at) ^= 1; });
  };
  const Edit of_another = [&stranger](Flight& flight) {
    find(flight, certificate_verify).forge = [&stranger](End& to) {
      return forged_certificate_verify(to, *stranger.shown, GetParam().scheme);
    };
  };
  const Edit as_a_client = [&house](Flight& flight) {
    find(flight, certificate_verify).forge = [&house](End& to) {
      return forged_certificate_verify(to, *house.shown, GetParam().scheme,
                                       "TLS 1.3, client CertificateVerify");
    };
  };
  const Edit shortened = [](Flight& flight) {
    auto& content = find(flight, certificate_verify).content;
    const std::vector<std::uint8_t> body(content.begin() + 4, content.end() - 1);
    content = handshake_message(certificate_verify, body);
    const std::size_t size = body.size() - 4;
    content.at(6) = static_cast<std::uint8_t>(size >> 8);
    content.at(7) = static_cast<std::uint8_t>(size);
  };
  const SignatureScheme other = GetParam().scheme == SignatureScheme::mldsa44
                                    ? SignatureScheme::mldsa65
                                    : SignatureScheme::mldsa44;
  const Refusal rows[] = {
      {"the first byte", by_client, Reason::signature_invalid, {{1, turned(0)}}, sides},
      {"the last byte",
       by_client,
       Reason::signature_invalid,
       {{1, turned(GetParam().signature - 1)}},
       sides},
      {"another key", by_client, Reason::signature_invalid, {{1, of_another}}, sides},
      {"the other context", by_client, Reason::signature_invalid, {{1, as_a_client}}, sides},
      {"a byte too short", by_client, Reason::signature_invalid, {{1, shortened}}, sides},
      {"another size", by_client, Reason::signature_scheme_wrong_key, {{1, naming(other)}}, sides},
      {"the client's last byte",
       by_server,
       Reason::signature_invalid,
       {{2, turned(GetParam().signature - 1)}},
       sides},
  };
  expect_refusals(rows);
}

TEST_P(MlDsaHandshake, takes_only_what_was_offered) {
  const House house(GetParam().key, 0);
  Sides sides = both_of(house);
  sides.client.signature_schemes = {SignatureScheme::ed25519};
  const Refusal rows[] = {
      {"a client without", by_server, Reason::signature_none_common, {}, sides}};
  expect_refusals(rows);
}

}  // namespace
}  // namespace handfast::test
