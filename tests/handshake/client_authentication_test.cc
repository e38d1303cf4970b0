// Client authentication: who gets an Identity, who stays Anonymous, and who is refused. RFC 9846
// §4.4.2, §4.5.
#include "handfast/describe.h"
#include "handfast/issue.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;
using CredentialPtr = std::shared_ptr<const Credential>;

/// A server that asks, but lets anonymous clients in.
Sides requested(Sides sides = {}) {
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  return sides;
}

/// A server that lets nobody in without a certificate, and a client that has none.
Sides without_certificate() {
  Sides sides = authenticated();
  sides.client.credentials = {};
  return sides;
}

/// A server that `mode`s a certificate, and a client that shows `credential`.
Sides showing(const CredentialPtr& credential) {
  Sides sides = authenticated();
  sides.client.credentials = {credential};
  return sides;
}

bool is_anonymous(const End& end) {
  return std::holds_alternative<Anonymous>(end.connection.peer());
}

/// A leaf that an authority of its own name signs; `change` may alter its order. The authority is
/// returned too.
struct Stranger {
  explicit Stranger(void (*change)(CertificateOrder&) = [](CertificateOrder&) {}) {
    CertificateOrder order;
    order.common_name = "Test client authority";  // as that of `client_authorities()`
    order.not_before = {handshake_time.seconds - 100};
    order.not_after = {handshake_time.seconds + 100};
    order.is_authority = true;
    const SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
    root = issue_self_signed(order, key).value();
    order.common_name = "stranger";
    order.is_authority = false;
    order.names = {"stranger.test"};
    order.client_auth = true;
    change(order);
    SigningKey own = SigningKey::generate(CertificateKey::ed25519).value();
    const Certificate issuer = Certificate::parse(root).value();
    auto leaf = issue(order, own.public_key_info(), {issuer, key}).value();
    credential = Credential::make({std::move(leaf)}, std::move(own)).value();
  }

  /// The sides of a server that trusts its authority.
  [[nodiscard]] Sides trusted() const {
    Sides sides = showing(credential);
    sides.server.client_authentication =
        ClientAuthentication::require(Trust::from_der({root}).value());
    return sides;
  }

  Content root;
  CredentialPtr credential;
};

/// `count` authorities, each with a name of some 60 bytes.
std::shared_ptr<const Trust> many_authorities(int count) {
  const SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  std::vector<Content> roots;
  for (int i = 0; i < count; ++i) {
    CertificateOrder order;
    order.common_name = std::string(44, 'x') + std::to_string(100 + i);
    order.not_before = order.not_after = handshake_time;
    order.is_authority = true;
    roots.push_back(issue_self_signed(order, key).value());
  }
  return Trust::from_der(roots).value();
}

// ---- who gets in --------------------------------------------------------------------------------

struct Key {
  CertificateKey kind;
  SignatureScheme scheme;
};

constexpr std::array keys = {
    Key{CertificateKey::ecdsa_p256, SignatureScheme::ecdsa_secp256r1_sha256},
    Key{CertificateKey::ecdsa_p384, SignatureScheme::ecdsa_secp384r1_sha384},
    Key{CertificateKey::ecdsa_p521, SignatureScheme::ecdsa_secp521r1_sha512},
    Key{CertificateKey::ed25519, SignatureScheme::ed25519},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha256},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha384},
    Key{CertificateKey::rsa, SignatureScheme::rsa_pss_rsae_sha512},
};

TEST(ClientAuthentication, works_with_every_scheme_however_it_is_cut_and_retried) {
  for (const Key& key : keys) {
    for (const bool retry : {false, true}) {
      for (const Chunk chunk : {Chunk{0}, Chunk{1}, Chunk{100}}) {
        SCOPED_TRACE(std::string(name(key.scheme)) + (retry ? " retried" : ""));
        Sides sides = authenticated({}, key.kind);
        sides.server.signature_schemes = {key.scheme};
        Loopback pair(retry ? retried(sides) : sides);
        pair.connect(chunk);
        EXPECT_EQ(pair.client.connection.settled().client_scheme, key.scheme);
        EXPECT_EQ(pair.server.connection.settled().client_scheme, key.scheme);
        EXPECT_EQ(pair.server.connection.settled().scheme, SignatureScheme::ed25519);
        EXPECT_TRUE(pair.server.trusted);
        ASSERT_NE(pair.server.identity(), nullptr);
        EXPECT_EQ(pair.server.identity()->names(),
                  (std::vector{AltName{AltName::Kind::dns_name, std::string(client_dns_name)}}));
        EXPECT_TRUE(is_anonymous(pair.client));
      }
    }
  }
}

TEST(ClientAuthentication, says_who_the_client_is_for_as_long_as_anybody_wants) {
  std::optional<Identity> kept;
  const CredentialPtr& shown = client_credential(CertificateKey::ed25519);
  {
    Loopback pair(authenticated());
    pair.connect();
    pair.client.send(Content{1});
    pair.relay();  // the handshake's memory is gone now
    EXPECT_EQ(pair.server.handshake(), nullptr);
    ASSERT_NE(pair.server.identity(), nullptr);
    kept = *pair.server.identity();
  }
  EXPECT_EQ(kept->certificate().label(), client_dns_name);
  EXPECT_EQ(kept->public_key_hash(), fingerprint(shown->leaf().public_key_info));
  ASSERT_EQ(kept->path().size(), 2U) << "the leaf and the anchor";
  EXPECT_TRUE(std::ranges::equal(kept->path().front(), shown->certificates().front()));
  EXPECT_TRUE(std::ranges::equal(kept->path().back(), client_authorities()->anchor(0).der));
}

TEST(ClientAuthentication, runs_the_messages_in_the_order_of_the_rfc) {
  Loopback pair(authenticated());
  pair.connect();
  EXPECT_EQ(pair.server.sent_messages,
            (std::vector{server_hello, encrypted_extensions, certificate_request, certificate,
                         certificate_verify, finished}));
  EXPECT_EQ(pair.server.received_messages,
            (std::vector{client_hello, certificate, certificate_verify, finished}));
}

TEST(ClientAuthentication, is_not_there_unless_it_is_asked_for) {
  Sides sides;
  sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(pair.client.sent_messages, (std::vector{client_hello, finished}));
  EXPECT_TRUE(is_anonymous(pair.server));
  EXPECT_FALSE(pair.server.judged);
}

TEST(ClientAuthentication, lets_an_anonymous_client_in_where_it_may_be) {
  Loopback pair(requested());
  pair.connect();
  EXPECT_EQ(pair.client.sent_messages, (std::vector{client_hello, certificate, finished}));
  EXPECT_TRUE(is_anonymous(pair.server));
  EXPECT_FALSE(pair.server.judged);
  EXPECT_EQ(pair.server.connection.settled().client_scheme, SignatureScheme{});
}

TEST(ClientAuthentication, wants_a_certificate_where_it_is_demanded) {
  Loopback pair(without_certificate());
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::certificate_required);
  EXPECT_TRUE(is_anonymous(pair.server));
  EXPECT_TRUE(pair.client.connected) << "it learns of it only after its own handshake";
  EXPECT_FAILS(pair.client.outcome(), Reason::alert_received);
  EXPECT_EQ(pair.client.error->received, Alert::certificate_required);
}

TEST(ClientAuthentication, identifies_a_client_that_was_only_asked) {
  Sides sides = requested();
  sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  Loopback pair(sides);
  pair.connect();
  EXPECT_NE(pair.server.identity(), nullptr);
}

// ---- who does not -------------------------------------------------------------------------------

/// Runs a handshake that the server must end for `reason`, whether it demands a certificate or only
/// asks for one: a certificate that is no good never makes an anonymous client.
void expect_refused(Sides sides, Reason reason) {
  for (const auto mode : {ClientAuthentication::require, ClientAuthentication::request}) {
    sides.server.client_authentication = mode(sides.server.client_authentication.trust());
    Loopback pair(sides);
    pair.relay();
    EXPECT_FAILS(pair.server.outcome(), reason);
    EXPECT_EQ(pair.server.sent_alerts, std::vector{fault_of(reason).alert});
    EXPECT_FALSE(pair.server.connected);
    EXPECT_TRUE(is_anonymous(pair.server));
    EXPECT_FAILS(pair.client.outcome(), Reason::alert_received);
    ASSERT_NE(pair.server.connection.verdict(), nullptr);
    EXPECT_FALSE(pair.server.connection.verdict()->is_trusted());
  }
}

TEST(ClientAuthentication, refuses_a_client_of_another_authority) {
  // Of the same name, so that the client takes itself for wanted.
  Sides sides = showing(Stranger().credential);
  expect_refused(sides, Reason::certificate_authority_unknown);
  // And where no authority is named, as they are too many.
  sides.server.client_authentication = ClientAuthentication::require(many_authorities(70));
  expect_refused(sides, Reason::certificate_intermediate_missing);
}

TEST(ClientAuthentication, refuses_a_certificate_that_is_for_servers) {
  const Stranger server([](CertificateOrder& order) {
    order.client_auth = false;
    order.server_auth = true;
  });
  expect_refused(server.trusted(), Reason::certificate_extended_key_usage);
}

TEST(ClientAuthentication, refuses_a_certificate_out_of_its_dates) {
  const Stranger old(
      [](CertificateOrder& order) { order.not_after = {handshake_time.seconds - 1}; });
  expect_refused(old.trusted(), Reason::certificate_expired);
}

TEST(ClientAuthentication, looks_for_no_name) {
  const Stranger nameless([](CertificateOrder& order) { order.names = {}; });
  Loopback pair(nameless.trusted());
  pair.connect();
  ASSERT_NE(pair.server.identity(), nullptr);
  EXPECT_TRUE(pair.server.identity()->names().empty());
  EXPECT_EQ(pair.server.identity()->certificate().label(), "stranger");
}

// ---- what is asked for --------------------------------------------------------------------------

OpenHello::Extension extension_of(const Content& request, ExtensionType wanted) {
  codec::Reader in(Bytes(request).subspan(message::header_size + 1));
  codec::Reader list(in.vector(0, 0xffff));
  while (list.good() && list.left() > 0) {
    const auto type = static_cast<ExtensionType>(list.number<std::uint16_t>());
    const Bytes data = list.vector(0, 0xffff);
    if (type == wanted) {
      return {type, {data.begin(), data.end()}};
    }
  }
  return {};
}

Content request_of(const Sides& sides) {
  Loopback pair(sides);
  Middle middle(pair);
  Content request;
  middle.run({{1, [&](Flight& flight) { request = find(flight, certificate_request).content; }}});
  return request;
}

TEST(CertificateRequest, names_schemes_and_authorities) {
  Sides sides = authenticated();
  sides.server.signature_schemes = {SignatureScheme::ed25519, SignatureScheme::rsa_pkcs1_sha256};
  const Content request = request_of(sides);
  EXPECT_EQ(extension_of(request, signature_algorithms).data, (Content{0, 4, 8, 7, 4, 1}));
  const Bytes subject = client_authorities()->anchor(0).subject;
  const auto size = static_cast<std::uint8_t>(subject.size());
  Content names = {0, static_cast<std::uint8_t>(size + 2), 0, size};
  names.insert(names.end(), subject.begin(), subject.end());
  EXPECT_EQ(extension_of(request, certificate_authorities).data, names);
  EXPECT_EQ(request[4], 0) << "no context";
}

TEST(CertificateRequest, names_no_authorities_where_they_are_too_many) {
  Sides sides;
  sides.server.client_authentication = ClientAuthentication::request(many_authorities(50));
  EXPECT_GT(extension_of(request_of(sides), certificate_authorities).data.size(), 2000U);
  sides.server.client_authentication = ClientAuthentication::request(many_authorities(70));
  EXPECT_TRUE(extension_of(request_of(sides), certificate_authorities).data.empty());
}

// RFC 9846 §4.3.4: authorities<3..2^16-1>, so that an empty list is malformed; and a client that is
// trusted for itself would find no authority of its own in any list.
TEST(CertificateRequest, names_no_authorities_where_some_are_trusted_for_themselves) {
  Sides sides = authenticated();
  const Bytes own = sides.client.credentials.front()->certificates().front();
  const std::vector<std::uint8_t> pinned(own.begin(), own.end());
  const Bytes authority = client_authorities()->anchor(0).der;
  for (const bool with_anchor : {false, true}) {
    TrustSources sources{.certificates = {pinned}};
    if (with_anchor) {
      sources.anchors = {{.certificate = {authority.begin(), authority.end()}}};
    }
    sides.server.client_authentication =
        ClientAuthentication::require(Trust::make(std::move(sources)).value());
    EXPECT_TRUE(extension_of(request_of(sides), certificate_authorities).data.empty());
    Loopback pair(sides);
    pair.connect();
    EXPECT_NE(pair.server.identity(), nullptr);
  }
}

/// The names of `authorities` as they go into an extension.
Content named(const std::vector<Content>& authorities) {
  Content list;
  for (const Content& authority : authorities) {
    list.insert(list.end(), {0, static_cast<std::uint8_t>(authority.size())});
    list.insert(list.end(), authority.begin(), authority.end());
  }
  Content data = {0, static_cast<std::uint8_t>(list.size())};
  data.insert(data.end(), list.begin(), list.end());
  return data;
}

Content subject_of(const Trust& trust) {
  const Bytes subject = trust.anchor(0).subject;
  return {subject.begin(), subject.end()};
}

TEST(CertificateRequest, names_the_authorities_that_it_is_told_to) {
  const Content own = subject_of(*client_authorities());
  const Content other = subject_of(*authorities());
  Sides sides = authenticated();
  const Bytes leaf = sides.client.credentials.front()->certificates().front();
  const auto pinned = Trust::make({.certificates = {Content(leaf.begin(), leaf.end())}}).value();
  for (const auto& trust : {client_authorities(), pinned}) {
    const auto clients = ClientAuthentication::require(trust);
    sides.server.client_authentication = clients.naming({other, own});
    EXPECT_EQ(extension_of(request_of(sides), certificate_authorities).data, named({other, own}));
    Loopback pair(sides);
    pair.connect();
    EXPECT_NE(pair.server.identity(), nullptr);
  }
  sides.server.client_authentication =
      ClientAuthentication::request(many_authorities(70)).naming({own});
  EXPECT_EQ(extension_of(request_of(sides), certificate_authorities).data, named({own}))
      << "however many are trusted";
}

// RFC 9846 §4.3.4: there is no empty list.
TEST(CertificateRequest, names_nobody_if_it_is_told_to) {
  Sides sides = authenticated();
  sides.server.client_authentication = sides.server.client_authentication.naming({});
  const Content request = request_of(sides);
  EXPECT_EQ(extension_of(request, certificate_authorities).type, ExtensionType{});
  EXPECT_FALSE(extension_of(request, signature_algorithms).data.empty());
  Loopback pair(sides);
  pair.connect();
  EXPECT_NE(pair.server.identity(), nullptr);
}

// What is named is a hint: it lets nobody in, and keeps clients from showing what is not named.
TEST(CertificateRequest, names_authorities_and_believes_its_trust) {
  Sides hinted = authenticated();
  hinted.server.client_authentication =
      hinted.server.client_authentication.naming({subject_of(*authorities())});
  Loopback silent(hinted);
  silent.relay();
  expect_refusal(silent, By::server, Reason::certificate_required);
  Sides wrong = authenticated();
  wrong.server.client_authentication =
      ClientAuthentication::require(authorities()).naming({subject_of(*client_authorities())});
  Loopback refused(wrong);
  refused.relay();
  expect_refusal(refused, By::server, Reason::certificate_intermediate_missing);
}

// ---- attacks ------------------------------------------------------------------------------------

/// Makes what is left of the client's flight fit what the server saw of it.
Edit forged(Edit before) { return reforge(std::move(before)); }

Edit both(Edit first, Edit second) {
  return [=](Flight& flight) {
    first(flight);
    second(flight);
  };
}

const Content no_certificates = {0, 0, 0, 0};

// A Finished that is right, from a client that leaves out what would say who it is.
TEST(ClientAuthentication, refuses_a_finished_without_the_proofs_before_it) {
  for (const Sides& sides : {authenticated(), requested(authenticated())}) {
    const Refusal rows[] = {
        {"no Certificate",
         by_server,
         Reason::message_unexpected,
         {{2, forged(drop(certificate))}},
         sides},
        {"no CertificateVerify",
         by_server,
         Reason::message_unexpected,
         {{2, forged(drop(certificate_verify))}},
         sides},
        {"Finished straight away",
         by_server,
         Reason::message_unexpected,
         {{2, forged(both(drop(certificate), drop(certificate_verify)))}},
         sides},
        {"CertificateVerify without a certificate",
         by_server,
         sides.server.client_authentication.mode() == ClientAuthentication::Mode::require
             ? Reason::certificate_required
             : Reason::message_unexpected,
         {{2, forged(replace_body(certificate, no_certificates))}},
         sides},
        {"CertificateVerify before Certificate",
         by_server,
         Reason::message_unexpected,
         {{2,
           [](Flight& flight) {
             std::swap(find(flight, certificate).content, find(flight, certificate_verify).content);
           }}},
         sides},
    };
    expect_refusals(rows);
  }
}

TEST(ClientAuthentication, refuses_a_signature_by_another_key) {
  const auto sign_with = [](const CredentialPtr& owner, SignatureScheme scheme) {
    return Edit([=](Flight& flight) {
      find(flight, certificate_verify).forge = [=](End& to) {
        return forged_certificate_verify(to, *owner, scheme);
      };
      find(flight, finished).forge = forged_finished;
    });
  };
  const Stranger stranger;
  const Refusal rows[] = {
      {"of the same kind",
       by_server,
       Reason::signature_invalid,
       {{2, sign_with(stranger.credential, SignatureScheme::ed25519)}},
       authenticated()},
      {"of another kind",
       by_server,
       Reason::signature_scheme_wrong_key,
       {{2, sign_with(client_credential(CertificateKey::ecdsa_p256),
                      SignatureScheme::ecdsa_secp256r1_sha256)}},
       authenticated()},
      {"with a scheme that was not offered",
       by_server,
       Reason::signature_scheme_not_offered,
       {{2, sign_with(client_credential(CertificateKey::rsa), SignatureScheme::rsa_pkcs1_sha256)}},
       authenticated()},
  };
  expect_refusals(rows);
}

// The signature of a server over the same transcript is none of a client: the context strings
// differ. RFC 9846 §4.5.2.
TEST(ClientAuthentication, refuses_a_signature_that_was_made_as_a_server) {
  Loopback pair(authenticated());
  Middle middle(pair);
  middle.run({{2, [](Flight& flight) {
                 find(flight, certificate_verify).forge = [](End& to) {
                   return forged_certificate_verify(to, *client_credential(CertificateKey::ed25519),
                                                    SignatureScheme::ed25519,
                                                    "TLS 1.3, server CertificateVerify");
                 };
               }}});
  expect_refusal(pair, by_server, Reason::signature_invalid);
}

TEST(ClientAuthentication, refuses_a_finished_that_does_not_match) {
  Loopback pair(authenticated());
  Middle middle(pair);
  middle.run({{2, [](Flight& flight) { find(flight, finished).content.back() ^= 1; }}});
  expect_refusal(pair, by_server, Reason::finished_mismatch);
  EXPECT_TRUE(is_anonymous(pair.server)) << "its signature was good, and it is nobody still";
}

TEST(ClientAuthentication, believes_a_forgery_that_is_right) {
  // What `reforge` makes passes, so that what fails with it fails for its own reason.
  Loopback pair(authenticated());
  Middle middle(pair);
  middle.run({{2, forged([](Flight&) {})}});
  EXPECT_TRUE(pair.agrees());
  EXPECT_NE(pair.server.identity(), nullptr);
}

/// A Certificate with one entry, and `extensions` beside it.
Edit entry_with(const std::vector<OpenHello::Extension>& extensions) {
  return [=](Flight& flight) {
    Content& content = find(flight, certificate).content;
    content.resize(content.size() - 2);  // the empty block of the leaf
    const Content block = extension_block(extensions);
    content.insert(content.end(), block.begin(), block.end());
    for (const auto& [at, lead] : {std::pair{1, 4}, {5, 8}}) {
      const std::size_t size = content.size() - static_cast<std::size_t>(lead);
      content[static_cast<std::size_t>(at) + 1] = static_cast<std::uint8_t>(size >> 8);
      content[static_cast<std::size_t>(at) + 2] = static_cast<std::uint8_t>(size);
    }
  };
}

TEST(ClientAuthentication, refuses_certificates_out_of_form) {
  const Content staple = {1, 0, 0, 2, 0x30, 0};
  const Refusal rows[] = {
      {"with a context",
       by_server,
       Reason::certificate_context_invalid,
       {{2, replace_body(certificate, {1, 7, 0, 0, 0})}},
       authenticated()},
      {"with a staple that was not asked for",
       by_server,
       Reason::extension_unsolicited,
       {{2, entry_with({{status_request, staple}})}},
       authenticated()},
      {"with an extension of the hellos",
       by_server,
       Reason::extension_unsolicited,
       {{2, entry_with({{key_share, {}}})}},
       authenticated()},
      {"with what is no certificate",
       by_server,
       Reason::certificate_malformed,
       {{2, replace_body(certificate, {0, 0, 0, 7, 0, 0, 2, 0x30, 0, 0, 0})}},
       authenticated()},
  };
  expect_refusals(rows);
}

// ---- operations ---------------------------------------------------------------------------------

TEST(ClientAuthentication, asks_for_a_verdict_on_a_client_and_a_signature_of_it) {
  Sides sides = authenticated();
  sides.client.pulled.signing = true;
  sides.server.pulled.chain_verification = true;
  Loopback pair(sides);
  pair.client.answering = [](const Operation& operation) {
    EXPECT_EQ(std::get<Sign>(operation).credential, client_credential(CertificateKey::ed25519));
    return answer(operation);
  };
  pair.server.answering = [](const Operation& operation) {
    const auto& verify = std::get<VerifyChain>(operation);
    EXPECT_EQ(verify.owner, Party::client);
    EXPECT_EQ(verify.name, nullptr);
    EXPECT_EQ(verify.trust, client_authorities());
    return answer(operation);
  };
  pair.connect();
  EXPECT_EQ(pair.client.operations, 1U);
  EXPECT_EQ(pair.server.operations, 1U);
  EXPECT_NE(pair.server.identity(), nullptr);
}

// A verdict that trusts somebody else must not turn this client into that one.
TEST(ClientAuthentication, takes_no_verdict_on_another_chain) {
  Sides sides = authenticated();
  sides.server.pulled.chain_verification = true;
  Loopback pair(sides);
  const Stranger stranger;
  const auto trust = Trust::from_der({stranger.root}).value();
  const Bytes other = stranger.credential->certificates().front();
  pair.server.answering = [&](const Operation& operation) {
    VerifyChain question = std::get<VerifyChain>(operation);
    question.chain = std::span(&other, 1);
    question.trust = trust;
    return answer(question);
  };
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::internal);
  EXPECT_TRUE(is_anonymous(pair.server));
}

TEST(Answer, refuses_to_judge_a_server_without_a_name) {
  const Bytes leaf = credential(CertificateKey::ed25519)->certificates().front();
  const VerifyChain question{
      .chain = std::span(&leaf, 1), .name = nullptr, .trust = authorities(), .now = handshake_time};
  const Answer refused = answer(question);
  EXPECT_TRUE(std::holds_alternative<Refused>(refused));
}

}  // namespace
}  // namespace handfast::test
