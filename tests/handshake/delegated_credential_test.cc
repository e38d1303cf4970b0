// Delegated credentials: what they say, who may have them, and every reason to refuse one. RFC
// 9345.
#include "handfast/delegated_credential.h"

#include "handfast/describe.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/delegation.h"
#include "support/expect.h"
#include "support/refusals.h"
#include "support/vectors.h"

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;
using Schemes = std::vector<SignatureScheme>;

constexpr std::int64_t day = 86'400;
constexpr std::array leaf_kinds = {CertificateKey::rsa, CertificateKey::ecdsa_p256,
                                   CertificateKey::ecdsa_p384, CertificateKey::ecdsa_p521,
                                   CertificateKey::ed25519};
constexpr std::array delegated_kinds = {CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                                        CertificateKey::ecdsa_p521, CertificateKey::ed25519};

UnixTime at(std::int64_t seconds) { return {handshake_time.seconds + seconds}; }

Result<> check(const Delegator& delegator, const Content& wire, UnixTime now = handshake_time,
               Party owner = Party::server) {
  const auto parsed = DelegatedCredential::parse(wire);
  return parsed ? check_delegated_credential(*parsed, delegator.leaf(), now, owner)
                : std::unexpected(parsed.error());
}

void append(Content& to, std::size_t width, Bytes bytes) {
  for (std::size_t i = width; i-- > 0;) {
    to.push_back(static_cast<std::uint8_t>(bytes.size() >> (8 * i)));
  }
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// The entries of a Certificate message: each a certificate, and what stands beside it as a
/// delegated credential (empty: nothing).
struct Entry {
  Content certificate;
  Content delegated;
};

Content certificate_body(const std::vector<Entry>& entries) {
  Content list;
  for (const Entry& entry : entries) {
    append(list, 3, entry.certificate);
    const Content extensions = entry.delegated.empty()
                                   ? Content{0, 0}
                                   : extension_block({{delegated_credential, entry.delegated}});
    list.insert(list.end(), extensions.begin(), extensions.end());
  }
  Content body = {0};
  append(body, 3, list);
  return body;
}

Edit show(const Delegator& delegator, const Content& wire) {
  return replace_body(certificate, certificate_body({{delegator.leaf_der(), wire}}));
}

/// A client that takes delegated credentials, and a server that has none.
Sides of_leaf(const Delegator& delegator) {
  Sides sides;
  sides.shown = delegator.plain();
  sides.trust = delegator.trust();
  sides.client.delegated_credential_schemes = {usual_delegated_schemes.begin(),
                                               usual_delegated_schemes.end()};
  return sides;
}

// ---- what works ---------------------------------------------------------------------------------

TEST(DelegatedCredentials, let_a_server_sign_with_another_key) {
  for (const CertificateKey leaf : leaf_kinds) {
    for (const CertificateKey kind : delegated_kinds) {
      const Delegator delegator(leaf, kind);
      Loopback pair(delegator.sides());
      pair.client.on_connected = [&](const Connected& connected) {
        ASSERT_NE(connected.verdict, nullptr);
        EXPECT_TRUSTED(*connected.verdict);
        EXPECT_EQ(connected.verdict->outcome(TrustStep::delegation), Outcome::passed);
        EXPECT_EQ(connected.verdict->outcome(TrustStep::possession), Outcome::passed);
        EXPECT_EQ(connected.verdict->delegated_until(), at(3600));
      };
      pair.connect({9, true});
      for (const End* end : {&pair.client, &pair.server}) {
        const Settled& settled = end->connection.settled();
        EXPECT_EQ(settled.scheme, scheme_of(kind));
        EXPECT_EQ(settled.delegated_until, at(3600));
        EXPECT_EQ(settled.client_delegated_until, std::nullopt);
      }
      ASSERT_TRUE(pair.client.delegation);
      EXPECT_EQ(pair.client.delegation->expires, at(3600));
      EXPECT_EQ(pair.client.delegation->scheme, scheme_of(kind));
    }
  }
}

TEST(DelegatedCredentials, go_compressed_and_after_a_retry_too) {
  const Delegator delegator;
  Sides sides = retried(delegator.sides());
  sides.client.certificate_compression = sides.server.certificate_compression =
      certificate_compressions();
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.connection.settled().delegated_until, at(3600));
  EXPECT_NE(pair.client.connection.settled().compression, CertificateCompressionAlgorithm{});
}

TEST(DelegatedCredentials, let_a_client_sign_with_another_key) {
  const Delegator delegator;
  Sides sides;
  sides.client.credentials = {delegator.credential({.owner = Party::client})};
  sides.server.client_authentication = ClientAuthentication::require(delegator.trust());
  sides.server.delegated_credential_schemes = {SignatureScheme::ed25519};
  Loopback pair(sides);
  pair.connect();
  ASSERT_NE(pair.server.identity(), nullptr);
  EXPECT_EQ(pair.server.identity()->names().front().value, server_dns_name);
  for (const End* end : {&pair.client, &pair.server}) {
    EXPECT_EQ(end->connection.settled().client_delegated_until, at(3600));
    EXPECT_EQ(end->connection.settled().client_scheme, SignatureScheme::ed25519);
    EXPECT_EQ(end->connection.settled().delegated_until, std::nullopt);
  }
}

TEST(DelegatedCredentials, are_not_shown_to_whoever_did_not_ask) {
  const Delegator delegator;
  const std::vector both = {delegator.credential(), delegator.plain()};
  const auto chosen = [&](const Schemes& schemes, const Schemes& delegated,
                          UnixTime now = handshake_time) {
    return answer(ChooseCredential{.config = ServerConfig::make(both).value(),
                                   .server_name = server_dns_name,
                                   .schemes = schemes,
                                   .certificate_schemes = schemes,
                                   .authorities = {},
                                   .delegated_schemes = delegated,
                                   .now = now});
  };
  const auto is = [&](const Answer& answer, std::size_t which) {
    return std::get<std::shared_ptr<const Credential>>(answer) == both[which];
  };
  using enum SignatureScheme;
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {ed25519}), 0));
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {}), 1));
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256, ed25519}, {ecdsa_secp256r1_sha256}), 1));
  // Nor out of its time: two seconds after the end, and more than a week before it.
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {ed25519}, at(3600)), 0));
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {ed25519}, at(3601)), 1));
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {ed25519}, at(3600 - 7 * day)), 0));
  EXPECT_TRUE(is(chosen({ecdsa_secp256r1_sha256}, {ed25519}, at(3599 - 7 * day)), 1));
  // The client takes what the leaf has signed, or it does not.
  EXPECT_TRUE(std::holds_alternative<Refused>(chosen({ed25519}, {ed25519})));
}

TEST(DelegatedCredentials, are_signed_with_schemes_of_ones_own_or_not_at_all) {
  const Delegator delegator;
  Sides sides = delegator.sides();
  sides.shown = delegator.credential()->signing_with({SignatureScheme::ed25519}).value();
  Loopback(sides).connect();
  sides.shown =
      delegator.credential()->signing_with({SignatureScheme::ecdsa_secp256r1_sha256}).value();
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::signature_none_common);
}

TEST(DelegatedCredentials, count_beside_the_leaf_alone) {
  const Delegator delegator;
  const Sides sides = of_leaf(delegator);
  Loopback pair(sides);
  Middle middle(pair);
  const Content root(delegator.trust()->anchor(0).der.begin(),
                     delegator.trust()->anchor(0).der.end());
  const Edit with_two = [&](Flight& flight) {
    replace_body(certificate,
                 certificate_body({{delegator.leaf_der(), {}},
                                   {root, delegator.write({.is_forged = true})}}))(flight);
    for (Piece& piece : flight) {
      if (piece.is(certificate_verify)) {
        piece.forge = [&](End& to) {
          return forged_certificate_verify(to, *sides.shown,
                                           SignatureScheme::ecdsa_secp256r1_sha256);
        };
      } else if (piece.is(finished)) {
        piece.forge = forged_finished;
      }
    }
  };
  middle.run({{1, with_two}});
  EXPECT_TRUE(pair.client.connected);
  EXPECT_EQ(pair.client.connection.settled().delegated_until, std::nullopt);
}

TEST(DelegatedCredentials, bound_the_sessions_that_begin_with_them) {
  const Delegator delegator;
  Sides sides = resuming(delegator.sides());
  Loopback first(sides);
  first.connect();
  first.relay();
  const auto session = sides.client.sessions->take(server_dns_name, handshake_time);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->expires(), at(3600));

  // A client's end with the server's word for it.
  Sides known = resuming(authenticated());
  known.client.credentials = {delegator.credential({.lasts = 600, .owner = Party::client})};
  known.server.client_authentication = ClientAuthentication::require(delegator.trust());
  known.server.delegated_credential_schemes = {SignatureScheme::ed25519};
  Loopback second(known);
  second.connect();
  second.relay();
  const auto short_one = known.client.sessions->take(server_dns_name, handshake_time);
  ASSERT_TRUE(short_one);
  EXPECT_EQ(short_one->expires(), at(600));
}

// ---- refusals in a handshake --------------------------------------------------------------------

TEST(DelegatedCredentials, are_refused_for_the_leaf_or_the_time) {
  const Delegator delegator;
  const Delegator without_usage(CertificateKey::ecdsa_p256, CertificateKey::ed25519,
                                [](CertificateOrder& order) { order.delegation = false; });
  const Delegator without_key_usage(CertificateKey::ecdsa_p256, CertificateKey::ed25519,
                                    [](CertificateOrder& order) { order.key_usage = 0; });
  const Delegator short_lived(
      CertificateKey::ecdsa_p256, CertificateKey::ed25519,
      [](CertificateOrder& order) { order.not_after = {handshake_time.seconds + 3599}; });
  Sides unasked = of_leaf(delegator);
  unasked.client.delegated_credential_schemes = {};
  const Sides usual = delegator.sides();
  // clang-format off
  const std::array rows = {
      Refusal{"not asked for", by_client, Reason::delegated_credential_unasked,
              {{1, show(delegator, delegator.write())}}, unasked},
      Refusal{"a leaf without DelegationUsage", by_client, Reason::delegation_not_permitted,
              {}, without_usage.sides()},
      Refusal{"a leaf without keyUsage", by_client, Reason::delegation_not_permitted,
              {}, without_key_usage.sides()},
      Refusal{"one for longer than its certificate", by_client,
              Reason::delegated_credential_too_long, {}, short_lived.sides()},
      Refusal{"one that ended a second ago", by_client, Reason::delegated_credential_expired,
              {{1, show(delegator, delegator.write({.lasts = -1}))}}, usual},
      Refusal{"one for more than seven days", by_client, Reason::delegated_credential_too_long,
              {{1, show(delegator, delegator.write({.lasts = 7 * day + 1}))}}, usual},
      Refusal{"one that is cut short", by_client, Reason::message_truncated,
              {{1, show(delegator, {0, 0, 0, 1})}}, usual},
  };
  // clang-format on
  expect_refusals(rows);
}

TEST(DelegatedCredentials, are_refused_for_their_keys_and_schemes) {
  using enum SignatureScheme;
  const Delegator delegator;
  const Delegator rsa(CertificateKey::rsa, CertificateKey::ed25519);
  const Delegator to_rsa(CertificateKey::ecdsa_p256, CertificateKey::rsa);
  const Sides usual = delegator.sides();
  Sides only_p256 = of_leaf(delegator);
  only_p256.client.delegated_credential_schemes = {ecdsa_secp256r1_sha256};
  Sides only_sha256 = of_leaf(rsa);
  only_sha256.client.signature_schemes = {rsa_pss_rsae_sha256};
  const Content no_key = {0x30, 0x03, 0x02, 0x01, 0x00};
  // clang-format off
  const std::array rows = {
      Refusal{"of a scheme that was not offered", by_client, Reason::delegated_credential_algorithm,
              {{1, show(delegator, delegator.write())}}, only_p256},
      Refusal{"for an RSA key", by_client, Reason::delegated_credential_algorithm,
              {{1, show(to_rsa, to_rsa.write())}}, of_leaf(to_rsa)},
      Refusal{"signed as was not offered", by_client, Reason::delegated_credential_algorithm,
              {{1, show(rsa, rsa.write({.algorithm = rsa_pss_rsae_sha512}))}}, only_sha256},
      Refusal{"signed as the leaf cannot", by_client, Reason::delegated_credential_algorithm,
              {{1, show(delegator, delegator.write({.algorithm = ed25519}))}}, usual},
      Refusal{"signed with RSASSA-PKCS1-v1_5", by_client, Reason::delegated_credential_algorithm,
              {{1, show(rsa, rsa.write({.algorithm = rsa_pkcs1_sha256}))}}, rsa.sides()},
      Refusal{"a key that is none", by_client, Reason::delegated_credential_key,
              {{1, show(delegator, delegator.write({.key = no_key}))}}, usual},
      Refusal{"a key that does not fit its scheme", by_client, Reason::delegated_credential_key,
              {{1, show(delegator, delegator.write({.scheme = ecdsa_secp256r1_sha256}))}}, usual},
  };
  // clang-format on
  expect_refusals(rows);
}

/// Has CertificateVerify signed by `signer`.
Edit sign_with(const std::shared_ptr<const Credential>& signer, SignatureScheme scheme) {
  return [=](Flight& flight) {
    find(flight, certificate_verify).forge = [=](End& to) {
      return forged_certificate_verify(to, *signer, scheme);
    };
  };
}

TEST(DelegatedCredentials, are_refused_for_their_signatures) {
  const Delegator delegator;
  const Delegator other;
  const Sides usual = delegator.sides();
  Sides insecure = usual;
  insecure.insecure = true;
  Content hurt = delegator.write();
  hurt.back() ^= 1;
  // clang-format off
  const std::array rows = {
      Refusal{"not signed by the leaf", by_client, Reason::delegated_credential_signature,
              {{1, show(delegator, hurt)}}, usual},
      Refusal{"of another leaf", by_client, Reason::delegated_credential_signature,
              {{1, show(delegator, other.write())}}, usual},
      Refusal{"for a client", by_client, Reason::delegated_credential_signature,
              {}, delegator.sides({.owner = Party::client})},
      Refusal{"of another leaf, and the chain does not count", by_client,
              Reason::delegated_credential_signature,
              {{1, show(delegator, other.write())}}, insecure},
      Refusal{"and CertificateVerify with the leaf's scheme", by_client,
              Reason::delegated_credential_other_scheme,
              {{1, sign_with(delegator.plain(), SignatureScheme::ecdsa_secp256r1_sha256)}}, usual},
      Refusal{"and CertificateVerify by another key", by_client, Reason::signature_invalid,
              {{1, sign_with(other.credential(), SignatureScheme::ed25519)}}, usual},
  };
  // clang-format on
  expect_refusals(rows);
}

TEST(DelegatedCredentials, are_refused_by_a_server) {
  const Delegator delegator;
  Sides sides;
  sides.client.credentials = {delegator.credential({.owner = Party::client})};
  sides.server.client_authentication = ClientAuthentication::require(delegator.trust());
  sides.server.delegated_credential_schemes = {SignatureScheme::ed25519};
  Sides unasked = sides;
  unasked.server.delegated_credential_schemes = {};
  unasked.client.credentials = {delegator.plain()};
  Sides of_server = sides;
  of_server.client.credentials = {delegator.credential()};
  // clang-format off
  const std::array rows = {
      Refusal{"not asked for", by_server, Reason::delegated_credential_unasked,
              {{2, show(delegator, delegator.write({.owner = Party::client}))}}, unasked},
      Refusal{"for a server", by_server, Reason::delegated_credential_signature, {}, of_server},
      Refusal{"one that ended", by_server, Reason::delegated_credential_expired,
              {{2, show(delegator, delegator.write({.lasts = -1, .owner = Party::client}))}},
              sides},
  };
  // clang-format on
  expect_refusals(rows);
}

// ---- the structure ------------------------------------------------------------------------------

TEST(DelegatedCredential, is_good_to_the_last_second_and_for_a_week_at_most) {
  const Delegator delegator;
  const Content wire = delegator.write({.lasts = 1000});
  EXPECT_TRUE(check(delegator, wire));
  EXPECT_TRUE(check(delegator, wire, at(1000)));
  EXPECT_FAILS(check(delegator, wire, at(1001)), Reason::delegated_credential_expired);
  EXPECT_TRUE(check(delegator, wire, at(1000 - 7 * day)));
  EXPECT_FAILS(check(delegator, wire, at(999 - 7 * day)), Reason::delegated_credential_too_long);
  EXPECT_FAILS(check(delegator, wire, handshake_time, Party::client),
               Reason::delegated_credential_signature);
}

TEST(DelegatedCredential, needs_a_leaf_that_may_sign_handshakes) {
  const Delegator to_agree(CertificateKey::ecdsa_p256, CertificateKey::ed25519,
                           [](CertificateOrder& order) {
                             order.key_usage = std::to_underlying(KeyUsage::key_agreement);
                           });
  EXPECT_FAILS(check(to_agree, to_agree.write()), Reason::delegation_not_permitted);
}

TEST(DelegatedCredential, cut_short_is_none) {
  const Delegator delegator;
  const Content wire = delegator.write();
  for (std::size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FAILS(DelegatedCredential::parse(Bytes(wire).first(size)), Reason::message_truncated)
        << size;
  }
  Content longer = wire;
  longer.push_back(0);
  EXPECT_FAILS(DelegatedCredential::parse(longer), Reason::message_leftover);
  // A key of no bytes.
  EXPECT_FAILS(DelegatedCredential::parse(Content{0, 0, 0, 1, 8, 7, 0, 0, 0, 8, 7, 0, 0}),
               Reason::value_out_of_bounds);
}

TEST(DelegatedCredential, with_one_bit_changed_is_refused) {
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::ed25519}) {
    const Delegator delegator(kind);
    const Content wire = delegator.write();
    for (std::size_t bit = 0; bit < 8 * wire.size(); ++bit) {
      Content hurt = wire;
      hurt[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(check(delegator, hurt)) << "byte " << bit / 8 << ", bit " << bit % 8;
    }
  }
}

// RFC 9345, appendix B.
TEST(DelegatedCredential, may_be_signed_by_the_example_of_the_rfc) {
  const auto der = certificates_from_pem(load_text("certificates/rfc9345.pem")).value();
  const Certificate example = Certificate::parse(der.front()).value();
  EXPECT_TRUE(example.delegation_usage);
  EXPECT_FALSE(example.unknown_critical_extension);
  EXPECT_EQ(*example.key_usage, std::to_underlying(KeyUsage::digital_signature));
}

// ---- issuing ------------------------------------------------------------------------------------

TEST(IssueDelegatedCredential, makes_what_is_good) {
  for (const CertificateKey leaf : leaf_kinds) {
    for (const CertificateKey kind : delegated_kinds) {
      const Delegator delegator(leaf, kind);
      const auto wire = issue_delegated_credential({.now = handshake_time, .expires = at(7 * day)},
                                                   delegator.key().public_key_info(),
                                                   delegator.leaf(), delegator.leaf_key());
      ASSERT_TRUE(wire);
      EXPECT_TRUE(check(delegator, *wire));
      const auto parsed = DelegatedCredential::parse(*wire).value();
      EXPECT_EQ(parsed.expires(delegator.leaf()), at(7 * day));
      EXPECT_EQ(parsed.dc_cert_verify_algorithm, scheme_of(kind));
      EXPECT_EQ(parsed.algorithm, scheme_of(leaf));
      const std::string pem = delegated_credential_to_pem(*wire);
      EXPECT_EQ(delegated_credential_from_pem("before\n" + pem).value(), *wire);
    }
  }
  EXPECT_FAILS(delegated_credential_from_pem("-----BEGIN DATA-----\n"), Reason::pem_malformed);
}

TEST(IssueDelegatedCredential, makes_nothing_that_would_be_refused) {
  const Delegator delegator;
  const auto issued = [&](DelegationOrder order, Bytes key) {
    order.now = handshake_time;
    return issue_delegated_credential(order, key, delegator.leaf(), delegator.leaf_key());
  };
  const SigningKey key = delegator.key();
  const Bytes info = key.public_key_info();
  EXPECT_TRUE(issued({.now = {}, .expires = at(60)}, info));
  EXPECT_FAILS(issued({.now = {}, .expires = at(7 * day + 1)}, info),
               Reason::delegated_credential_too_long);
  EXPECT_FAILS(issued({.now = {}, .expires = at(20 * day + 1)}, info),
               Reason::delegated_credential_too_long);
  EXPECT_FAILS(issued({.now = {}, .expires = at(-1)}, info), Reason::delegated_credential_expired);
  EXPECT_FAILS(issued({.now = {}, .expires = at(-30 * day)}, info),
               Reason::delegated_credential_expired);
  EXPECT_FAILS(issued({.now = {},
                       .expires = at(60),
                       .owner = Party::server,
                       .algorithm = SignatureScheme::ed25519},
                      info),
               Reason::delegated_credential_algorithm);
  EXPECT_FAILS(issued({.now = {}, .expires = at(60)}, Content{0x30, 0}),
               Reason::delegated_credential_key);
  const Delegator to_rsa(CertificateKey::ecdsa_p256, CertificateKey::rsa);
  const SigningKey rsa = to_rsa.key();
  EXPECT_FAILS(issued({.now = {}, .expires = at(60)}, rsa.public_key_info()),
               Reason::delegated_credential_algorithm);
  EXPECT_FAILS(issue_delegated_credential({.now = handshake_time, .expires = at(60)}, info,
                                          delegator.leaf(), key),
               Reason::key_does_not_fit);
  const Delegator without(CertificateKey::ecdsa_p256, CertificateKey::ed25519,
                          [](CertificateOrder& order) { order.delegation = false; });
  EXPECT_FAILS(issue_delegated_credential({.now = handshake_time, .expires = at(60)}, info,
                                          without.leaf(), without.leaf_key()),
               Reason::delegation_not_permitted);
  const Delegator bulky(
      CertificateKey::ecdsa_p256, CertificateKey::ed25519, [](CertificateOrder& order) {
        for (int i = 0; i < 900; ++i) {
          order.names.push_back("a-rather-long-name-" + std::to_string(i) + ".test");
        }
      });
  ASSERT_GT(bulky.leaf_der().size(), 1U << 14);
  EXPECT_FAILS(issue_delegated_credential({.now = handshake_time, .expires = at(60)}, info,
                                          bulky.leaf(), bulky.leaf_key()),
               Reason::delegation_not_permitted);
  // A leaf that ends earlier ends what it delegates.
  const Delegator brief(
      CertificateKey::ecdsa_p256, CertificateKey::ed25519,
      [](CertificateOrder& order) { order.not_after = {handshake_time.seconds + 10}; });
  EXPECT_FAILS(issue_delegated_credential({.now = handshake_time, .expires = at(11)}, info,
                                          brief.leaf(), brief.leaf_key()),
               Reason::delegated_credential_too_long);
}

// ---- credentials and configurations -------------------------------------------------------------

TEST(DelegatedTo, takes_what_fits_together) {
  const Delegator delegator;
  const Delegator other;
  const std::vector<Content> chain = {delegator.leaf_der()};
  const auto made = delegated_to(delegator.key(), delegator.write(), chain);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->leaf_digest(), delegator.plain()->leaf_digest());
  EXPECT_EQ((*made)->delegation()->expires, at(3600));
  EXPECT_EQ(delegator.plain()->delegation(), nullptr);
  EXPECT_FAILS(delegated_to(other.key(), delegator.write(), chain), Reason::key_does_not_fit);
  EXPECT_FAILS(delegated_to(delegator.key(), delegator.write(), {}), Reason::pem_malformed);
  EXPECT_FAILS(delegated_to(delegator.key(), Content{1, 2, 3}, chain), Reason::message_truncated);
  EXPECT_FAILS(delegated_to(delegator.key(),
                            delegator.write({.scheme = SignatureScheme::ecdsa_secp256r1_sha256}),
                            chain),
               Reason::delegated_credential_key);
  const Delegator to_rsa(CertificateKey::ecdsa_p256, CertificateKey::rsa);
  EXPECT_FAILS(delegated_to(to_rsa.key(), to_rsa.write(), {to_rsa.leaf_der()}),
               Reason::delegated_credential_algorithm);
}

TEST(DelegatedSchemes, are_those_that_may_be_used) {
  const auto client = [](Schemes schemes) {
    ClientOptions options;
    options.delegated_credential_schemes = std::move(schemes);
    return ClientConfig::make(authorities(), std::move(options));
  };
  using enum SignatureScheme;
  EXPECT_TRUE(client({usual_delegated_schemes.begin(), usual_delegated_schemes.end()}));
  EXPECT_FAILS(client({rsa_pss_rsae_sha256}), Reason::configuration_unsupported);
  EXPECT_FAILS(client({rsa_pkcs1_sha256}), Reason::configuration_unsupported);
  EXPECT_FAILS(client({ed25519, ed25519}), Reason::configuration_duplicate);
  // Who does not take them any more does not go on with a session that began with one.
  EXPECT_NE(client({})->get()->session_binding(), client({ed25519})->get()->session_binding());
}

}  // namespace
}  // namespace handfast::test
