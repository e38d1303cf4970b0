// What a configuration knows of certificates besides whom to trust, in a handshake.
#include "handfast/issue.h"
#include "handfast/issue_crl.h"
#include "support/loopback.h"
#include "support/parties.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

constexpr std::int64_t day = 86'400;

// Root, intermediate, and a server's leaf below it.
struct House {
  explicit House(bool must_staple = false) {
    root = issue_self_signed(authority("Root"), root_key).value();
    const Certificate above = Certificate::parse(root).value();
    intermediate =
        issue(authority("Intermediate"), intermediate_key.public_key_info(), {above, root_key})
            .value();
    CertificateOrder order = authority("");
    order.is_authority = false;
    order.names = {std::string(server_dns_name)};
    order.server_auth = order.client_auth = true;
    order.must_staple = must_staple;
    const Certificate issuer = Certificate::parse(intermediate).value();
    leaf = issue(order, leaf_key.public_key_info(), {issuer, intermediate_key}).value();
  }

  // What the intermediate says of its certificates: that this one is revoked, or that none is.
  [[nodiscard]] std::shared_ptr<const RevocationLists> list(const Certificate* revoked) const {
    CrlOrder order;
    order.number = {1};
    order.this_update = {handshake_time.seconds - 100};
    order.next_update = {handshake_time.seconds + 100};
    if (revoked != nullptr) {
      order.revoked = {{.serial = {revoked->serial.begin(), revoked->serial.end()},
                        .revoked_at = {handshake_time.seconds - 200},
                        .reason = RevocationReason::key_compromise}};
    }
    const Certificate issuer = Certificate::parse(intermediate).value();
    return RevocationLists::parse({issue_crl(order, {issuer, intermediate_key}).value()}).value();
  }

  static CertificateOrder authority(std::string name) {
    CertificateOrder order;
    order.common_name = std::move(name);
    order.not_before = {handshake_time.seconds - day};
    order.not_after = {handshake_time.seconds + day};
    order.is_authority = true;
    return order;
  }

  SigningKey root_key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  SigningKey intermediate_key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  SigningKey leaf_key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  std::vector<std::uint8_t> root;
  std::vector<std::uint8_t> intermediate;
  std::vector<std::uint8_t> leaf;
};

// Whether a client that trusts `house` connects to its server, which shows `shown`; else why not.
Reason outcome(House& house, std::vector<std::vector<std::uint8_t>> shown, ClientOptions options) {
  SeededChance chance{1};
  End client(ClientConfig::make(Trust::from_der({house.root}).value(), std::move(options)).value(),
             server_dns_name, chance);
  const auto credential = Credential::make(std::move(shown), std::move(house.leaf_key)).value();
  End server(ServerConfig::make({credential}).value(), chance);
  for (int i = 0; i < 3; ++i) {
    client.run();
    server.receive(client.take_output());
    client.receive(server.take_output());
  }
  return client.error ? client.error->reason : Reason::count;
}

TEST(Evidence, completes_a_chain_whose_server_forgot_half_of_it) {
  House house;
  ClientOptions options;
  options.evidence.intermediates = CertificateSet::from_der({house.intermediate});
  EXPECT_EQ(outcome(house, {house.leaf}, options), Reason::count);
  House other;
  EXPECT_EQ(outcome(other, {other.leaf}, {}), Reason::certificate_intermediate_missing);
}

TEST(Evidence, holds_a_certificate_to_the_staple_that_it_promises) {
  House house(true);
  EXPECT_EQ(outcome(house, {house.leaf, house.intermediate}, {}), Reason::staple_missing);
}

TEST(Evidence, owes_no_staple_that_was_not_asked_for) {
  House house(true);
  EXPECT_EQ(outcome(house, {house.leaf, house.intermediate}, {.request_staples = false}),
            Reason::count);
}

TEST(Evidence, may_be_demanded_of_every_server) {
  House house;
  ClientOptions options;
  options.evidence.revocation.demand = RevocationDemand::hard_leaf;
  EXPECT_EQ(outcome(house, {house.leaf, house.intermediate}, options), Reason::revocation_unknown);
}

TEST(Evidence, refuses_a_server_that_a_list_revokes) {
  for (const bool is_revoked : {false, true}) {
    House house;
    const Certificate leaf = Certificate::parse(house.leaf).value();
    ClientOptions options;
    options.evidence.revocation.demand = RevocationDemand::hard_leaf;
    options.evidence.lists = house.list(is_revoked ? &leaf : nullptr);
    EXPECT_EQ(outcome(house, {house.leaf, house.intermediate}, options),
              is_revoked ? Reason::certificate_revoked : Reason::count);
  }
}

TEST(Evidence, refuses_a_client_that_a_list_revokes) {
  House house;
  const Certificate leaf = Certificate::parse(house.leaf).value();
  Sides sides;
  sides.server.client_authentication =
      ClientAuthentication::require(Trust::from_der({house.root}).value());
  sides.client.credentials = {
      Credential::make({house.leaf, house.intermediate}, std::move(house.leaf_key)).value()};
  const auto outcome = [&](std::shared_ptr<const RevocationLists> lists, RevocationDemand demand) {
    sides.server.evidence.lists = std::move(lists);
    sides.server.evidence.revocation.demand = demand;
    Loopback pair(sides);
    pair.relay();
    return pair.server.error ? pair.server.error->reason : Reason::count;
  };
  using enum RevocationDemand;
  EXPECT_EQ(outcome(house.list(nullptr), hard_leaf), Reason::count);
  EXPECT_EQ(outcome(nullptr, hard_leaf), Reason::revocation_unknown);
  EXPECT_EQ(outcome(nullptr, soft), Reason::count);
  EXPECT_EQ(outcome(house.list(&leaf), soft), Reason::certificate_revoked);
  EXPECT_EQ(outcome(house.list(&leaf), hard_leaf), Reason::certificate_revoked);
}

}  // namespace
}  // namespace handfast::test
