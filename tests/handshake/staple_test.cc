// What comes with certificates: OCSP responses and SCT lists. RFC 9846 §4.5.1.1.
#include "support/expect.h"
#include "support/hex.h"
#include "support/middle.h"

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

// No more than the form of a response; whether one is good is for others to say.
const Content response = "30 03 0a 01 06"_hex;
const Content timestamps = "0004 0002 abcd"_hex;

/// What came with a chain of one certificate.
std::vector<Content> one(Content content) { return {std::move(content)}; }

/// The credential of a Loopback's server, and what is stapled to its certificate.
CredentialPtr stapled(Stapled with) {
  const CredentialPtr& plain = credential(CertificateKey::ed25519);
  return plain->with(std::move(with)).value();
}

/// Both sides, and what the client was told about the server's certificates.
struct Shown {
  explicit Shown(const CredentialPtr& credential, ClientOptions options = {}) {
    options.pulled.chain_verification = true;
    End client(ClientConfig::make(authorities(), options).value(), server_dns_name, chance);
    End server(ServerConfig::make({credential}).value(), chance);
    client.answering = [this](const Operation& operation) {
      const auto& verify = std::get<VerifyChain>(operation);
      EXPECT_EQ(verify.staples.size(), verify.chain.size());
      EXPECT_EQ(verify.sct_lists.size(), verify.chain.size());
      for (const Bytes one : verify.staples) {
        staples.emplace_back(one.begin(), one.end());
      }
      for (const Bytes one : verify.sct_lists) {
        sct_lists.emplace_back(one.begin(), one.end());
      }
      return answer(operation);
    };
    for (int i = 0; i < 3; ++i) {
      client.run();
      server.receive(client.take_output());
      client.receive(server.take_output());
    }
    answered = client.operations == 1;
    if (const Verdict* verdict = client.connection.verdict()) {
      sct_list.assign(verdict->sct_list().begin(), verdict->sct_list().end());
    }
  }

  SeededChance chance{1};
  std::vector<Content> staples;
  std::vector<Content> sct_lists;
  Content sct_list;  // of the verdict, where the handshake failed and its memory is still there
  bool answered = false;
};

TEST(Staple, comes_with_the_certificate_to_a_client_that_asks) {
  const Shown shown(stapled({response, timestamps}));
  EXPECT_TRUE(shown.answered);
  EXPECT_EQ(shown.staples, one(response));
  EXPECT_EQ(shown.sct_lists, one(timestamps));
}

TEST(Staple, leaves_the_timestamps_in_the_verdict) {
  EXPECT_EQ(Shown(stapled({response, timestamps})).sct_list, timestamps);
  EXPECT_TRUE(Shown(stapled({response, {}})).sct_list.empty());
}

TEST(Staple, is_what_the_client_asked_for_and_no_more) {
  const Shown only_ocsp(stapled({response, timestamps}), {.request_sct_lists = false});
  EXPECT_EQ(only_ocsp.staples, one(response));
  EXPECT_EQ(only_ocsp.sct_lists, one(Content{}));
  const Shown only_scts(stapled({response, timestamps}), {.request_staples = false});
  EXPECT_EQ(only_scts.staples, one(Content{}));
  EXPECT_EQ(only_scts.sct_lists, one(timestamps));
  const Shown neither(stapled({response, timestamps}),
                      {.request_staples = false, .request_sct_lists = false});
  EXPECT_TRUE(neither.answered);
  EXPECT_EQ(neither.staples, one(Content{}));
}

// RFC 9846 §4.5.1.1: an OCSP response in the CertificateEntry of the certificate that it is about.
TEST(Staple, comes_with_each_certificate_of_the_chain) {
  const CredentialPtr& leaf = credential(CertificateKey::ed25519);
  const auto leaf_key = leaf->key().to_pem().value();
  const Content above(authorities()->anchor(0).der.begin(), authorities()->anchor(0).der.end());
  const auto chain =
      Credential::make({leaf->certificates().front(), above},
                       SigningKey::from_pem(std::string(leaf_key.begin(), leaf_key.end())).value())
          .value();
  const Content other = "30 03 0a 01 01"_hex;
  const Shown both(chain->with_each({{response, {}}, {other, timestamps}}).value());
  EXPECT_TRUE(both.answered);
  EXPECT_EQ(both.staples, (std::vector{response, other}));
  EXPECT_EQ(both.sct_lists, (std::vector{Content{}, timestamps}));
  const Shown second(chain->with_each({{}, {other, {}}}).value());
  EXPECT_EQ(second.staples, (std::vector{Content{}, other}));
  const Shown unasked(chain->with_each({{response, {}}, {other, timestamps}}).value(),
                      {.request_staples = false, .request_sct_lists = false});
  EXPECT_TRUE(unasked.answered);
  EXPECT_EQ(unasked.staples, (std::vector<Content>(2)));
  EXPECT_EQ(unasked.sct_lists, (std::vector<Content>(2)));
}

TEST(Staple, is_missing_where_the_server_has_none) {
  const Shown shown(credential(CertificateKey::ed25519));
  EXPECT_TRUE(shown.answered);
  EXPECT_EQ(shown.staples, one(Content{}));
  EXPECT_EQ(shown.sct_lists, one(Content{}));
}

TEST(Staple, may_be_as_long_as_any_is) {
  Content long_response = "30 82 3f fc"_hex;
  for (int i = 0; i < 0x3ffc / 4; ++i) {
    long_response.insert(long_response.end(), {4, 2, 0, 0});
  }
  ASSERT_EQ(long_response.size(), limits::staple);
  Content long_list = "3ffe"_hex;
  for (int i = 0; i < 0x3ffe / 6 - 1; ++i) {
    long_list.insert(long_list.end(), {0, 4, 1, 2, 3, 4});
  }
  long_list.insert(long_list.end(), {0, 6, 1, 2, 3, 4, 5, 6});
  ASSERT_EQ(long_list.size(), limits::staple);
  const Shown shown(stapled({long_response, long_list}));
  EXPECT_TRUE(shown.staples == one(long_response));
  EXPECT_TRUE(shown.sct_lists == one(long_list));
}

TEST(Staple, is_asked_for_without_conditions) {
  Sides sides;
  Loopback pair(sides);
  Middle middle(pair);
  OpenHello hello;
  middle.run(
      {{0, [&](Flight& flight) { hello = OpenHello::parse(find(flight, client_hello).content); }}});
  EXPECT_EQ(hello[status_request], "01 0000 0000"_hex);
  EXPECT_TRUE(hello[signed_certificate_timestamp].empty());
}

// A server may ask its clients too: RFC 9846 §4.5.1.1.
TEST(Staple, comes_from_a_client_that_is_asked) {
  Sides sides;
  sides.client.credentials = {
      client_credential(CertificateKey::ed25519)->with({response, timestamps}).value()};
  for (const bool asks : {true, false}) {
    Loopback pair(sides);
    Middle middle(pair);
    pair.client.run();
    middle.deliver(pair.server, middle.take(pair.client));
    Flight flight = middle.take(pair.server);
    Content body = {0};
    std::vector<OpenHello::Extension> extensions = {{signature_algorithms, {0, 2, 8, 7}}};
    if (asks) {
      extensions.push_back({status_request, {}});
      extensions.push_back({signed_certificate_timestamp, {}});
    }
    const Content block = extension_block(extensions);
    body.insert(body.end(), block.begin(), block.end());
    reforge(insert_before(certificate, ContentType::handshake,
                          handshake_message(certificate_request, body)))(flight);
    middle.deliver(pair.client, flight);
    EXPECT_TRUE(pair.client.connected);
    Flight last = middle.take(pair.client);
    const Content& shown = find(last, certificate).content;
    const bool has_both = std::ranges::search(shown, response).size() == response.size() &&
                          std::ranges::search(shown, timestamps).size() == timestamps.size();
    EXPECT_EQ(has_both, asks);
  }
}

}  // namespace
}  // namespace handfast::test
