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

// ---- a staple for each certificate of a chain ---------------------------------------------------

struct ChainRevocation : testing::Test {
  Party root = make(authority_order("Root"));
  Party middle = make(authority_order("Middle"), &root);
  Party leaf = make(both_roles(), &middle);

  static CertificateOrder both_roles() {
    CertificateOrder order = leaf_order();
    order.client_auth = true;
    return order;
  }

  [[nodiscard]] Octets of_leaf(OcspStatus status = OcspStatus::good) const {
    return make_response({.singles = {single_of(leaf, middle, status)}}, middle);
  }

  [[nodiscard]] Octets of_middle(OcspStatus status = OcspStatus::good) const {
    return make_response({.singles = {single_of(middle, root, status)}}, root);
  }

  /// The chain with these staples; empty: none.
  [[nodiscard]] std::shared_ptr<const Credential> shown(const Octets& first,
                                                        const Octets& second) const {
    const std::vector<std::uint8_t> key = leaf.key->to_pem().value();
    const auto plain = Credential::from_pem(der::encode_pem("CERTIFICATE", leaf.der) +
                                                der::encode_pem("CERTIFICATE", middle.der),
                                            std::string(key.begin(), key.end()));
    return plain.value()->with_each({{.ocsp_response = first}, {.ocsp_response = second}}).value();
  }

  [[nodiscard]] Sides sides(const Octets& first, const Octets& second,
                            RevocationDemand demand = RevocationDemand::soft) const {
    Sides sides;
    sides.name = "www.shop.test";
    sides.shown = shown(first, second);
    sides.trust = Trust::from_der({root.der}).value();
    sides.client.evidence.revocation.demand = demand;
    return sides;
  }

  /// The same for a client's chain.
  [[nodiscard]] Sides client_sides(const Octets& first, const Octets& second) const {
    Sides sides;
    sides.client.credentials = {shown(first, second)};
    sides.server.client_authentication =
        ClientAuthentication::require(Trust::from_der({root.der}).value());
    sides.server.request_staples = true;
    return sides;
  }

  static Result<> outcome(const Sides& sides, bool of_server = false) {
    Loopback pair(sides);
    pair.relay();
    return of_server ? pair.server.outcome() : pair.client.outcome();
  }
};

TEST_F(ChainRevocation, is_proven_for_the_whole_path_by_staples) {
  using enum RevocationDemand;
  EXPECT_TRUE(outcome(sides(of_leaf(), of_middle(), hard)));
  EXPECT_FAILS(outcome(sides(of_leaf(), {}, hard)), Reason::revocation_unknown);
  EXPECT_FAILS(outcome(sides({}, of_middle(), hard)), Reason::revocation_unknown);
  EXPECT_TRUE(outcome(sides(of_leaf(), {}, hard_leaf)));
  EXPECT_TRUE(outcome(sides({}, of_middle())));
}

TEST_F(ChainRevocation, of_an_authority_ends_the_handshake) {
  const auto revoked = outcome(sides(of_leaf(), of_middle(OcspStatus::revoked)));
  ASSERT_FAILS(revoked, Reason::certificate_revoked);
  EXPECT_EQ(revoked.error().alert(), Alert::certificate_revoked);
  EXPECT_EQ(revoked.error().certificate, 1);
  EXPECT_FAILS(outcome(sides(of_leaf(), of_middle(OcspStatus::unknown))),
               Reason::ocsp_status_unknown);
}

// CVE-2026-3832 (GnuTLS): a response is about the certificate that it came with, and no other.
TEST_F(ChainRevocation, is_told_of_the_certificate_beside_it) {
  EXPECT_FAILS(outcome(sides(of_middle(), of_leaf())), Reason::ocsp_other_certificate);
  EXPECT_FAILS(outcome(sides(of_leaf(), of_leaf())), Reason::ocsp_other_certificate);
  EXPECT_FAILS(outcome(sides(of_leaf(OcspStatus::revoked), of_middle())),
               Reason::certificate_revoked);
}

TEST_F(ChainRevocation, of_a_clients_authority_counts_where_the_server_asks) {
  EXPECT_TRUE(outcome(client_sides(of_leaf(), of_middle()), true));
  const Sides revoked = client_sides(of_leaf(), of_middle(OcspStatus::revoked));
  EXPECT_FAILS(outcome(revoked, true), Reason::certificate_revoked);
  EXPECT_FAILS(outcome(client_sides(of_leaf(OcspStatus::revoked), {}), true),
               Reason::certificate_revoked);
  Sides unasked = revoked;
  unasked.server.request_staples = false;
  EXPECT_TRUE(outcome(unasked, true));
  Sides demanding = client_sides(of_leaf(), of_middle());
  demanding.server.evidence.revocation.demand = RevocationDemand::hard;
  EXPECT_TRUE(outcome(demanding, true));
  demanding.server.request_staples = false;
  EXPECT_FAILS(outcome(demanding, true), Reason::revocation_unknown);
}

}  // namespace
}  // namespace handfast::test
