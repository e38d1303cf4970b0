// Revocation in handshakes: what a server staples, and what a client does with it.
#include "der/pem.h"
#include "support/expect.h"
#include "support/loopback.h"
#include "x509/lists.h"

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

struct HandshakeRevocation : testing::Test {
  Party root = make(authority_order("Root"));
  Party leaf = make_leaf();

  [[nodiscard]] Party make_leaf() const {
    CertificateOrder order = leaf_order();
    order.must_staple = true;
    return make(order, &root);
  }

  [[nodiscard]] Octets staple(OcspStatus status = OcspStatus::good) const {
    return make_response({.singles = {single_of(leaf, root, status)}}, root);
  }

  // What the client says of a server that staples `response`; empty: nothing.
  [[nodiscard]] Result<> connect(const Octets& response) const {
    const std::vector<std::uint8_t> key = leaf.key->to_pem().value();
    const auto plain = Credential::from_pem(der::encode_pem("CERTIFICATE", leaf.der),
                                            std::string(key.begin(), key.end()));
    const auto credential =
        response.empty() ? plain.value() : plain.value()->with({.ocsp_response = response}).value();
    SeededChance chance{1};
    const auto trust = Trust::from_der({root.der}).value();
    End client(ClientConfig::make(trust).value(), "www.shop.test", chance);
    End server(ServerConfig::make({credential}).value(), chance);
    for (int i = 0; i < 3; ++i) {
      client.run();
      server.receive(client.take_output());
      client.receive(server.take_output());
    }
    EXPECT_NE(client.connected, client.error.has_value());
    return client.outcome();
  }
};

TEST_F(HandshakeRevocation, goes_on_with_a_good_staple) { EXPECT_TRUE(connect(staple())); }

TEST_F(HandshakeRevocation, ends_without_the_staple_that_is_owed) {
  const auto refused = connect({});
  EXPECT_FAILS(refused, Reason::staple_missing);
  EXPECT_EQ(refused.error().alert(), Alert::bad_certificate_status_response);
}

TEST_F(HandshakeRevocation, ends_with_a_revoked_or_useless_staple) {
  EXPECT_FAILS(connect(staple(OcspStatus::revoked)), Reason::certificate_revoked);
  EXPECT_FAILS(connect(staple(OcspStatus::unknown)), Reason::ocsp_status_unknown);
  EXPECT_FAILS(connect(make_response({.singles = {single_of(root, root)}}, root)),
               Reason::ocsp_other_certificate);
}

}  // namespace
}  // namespace handfast::test
