#include "handshakes.h"

#include "base/limits.h"
#include "choices.h"
#include "fuzz.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/delegation.h"

#include <map>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

namespace handfast::fuzz {
namespace {

using test::Loopback;
using test::Sides;

struct Known {
  std::shared_ptr<Tickets> tickets;
  Session session;
};

/// `sides`, of which the client has a session of an earlier handshake between them.
Sides acquainted(std::uint8_t number, Sides sides) {
  static std::map<std::uint8_t, Known> all;
  auto known = all.find(number);
  if (known == all.end()) {
    Loopback(sides).connect();
    auto session = sides.client.sessions->take(sides.name, sides.now);
    known = all.emplace(number, Known{sides.server.tickets, *std::move(session)}).first;
  }
  sides.server.tickets = known->second.tickets;
  sides.client.sessions = std::make_shared<SessionCache>();
  sides.client.sessions->put(Session::from_bytes(known->second.session.to_bytes()).value());
  return sides;
}

}  // namespace

Sides sides_of(std::uint8_t number) {
  number &= 0x3fU;
  Sides sides = test::on_curves();
  if ((number & 1U) != 0) {
    sides = test::authenticated(std::move(sides));
  }
  if ((number & 16U) != 0) {
    sides.client.post_handshake_auth = true;
    sides.client.credentials = {test::client_credential(CertificateKey::ed25519)};
    if ((number & 1U) == 0) {
      sides.server.client_authentication = ClientAuthentication::later(test::client_authorities());
    }
  }
  if ((number & 2U) != 0) {
    sides.client.key_shares.emplace();  // none: the server has to ask for one
  }
  if ((number & 4U) != 0) {
    sides.client.certificate_compression = certificate_compressions();
    sides.server.certificate_compression = certificate_compressions();
  }
  if ((number & 32U) != 0) {
    static const test::Delegator delegator;
    sides.shown = delegator.credential();
    sides.trust = delegator.trust();
    sides.client.delegated_credential_schemes = {SignatureScheme::ed25519};
  }
  if ((number & 8U) != 0) {
    sides = acquainted(number, (number & 1U) != 0 ? test::resuming(std::move(sides))
                                                  : test::with_early_data(std::move(sides)));
  }
  return sides;
}

void make_expectations_fatal() { GTEST_FLAG_SET(break_on_failure, true); }

void feed(Bytes bytes, test::End Loopback::* end) {
  make_expectations_fatal();
  Choices input(bytes);
  Loopback pair(sides_of(input.byte()));
  const std::size_t piece = input.byte() + std::size_t{1};
  test::End& attacked = pair.*end;
  attacked.run();
  while (!input.empty() && !attacked.is_over()) {
    attacked.receive(input.bytes(piece * piece));
  }
  check(attacked);
  must(!attacked.connected && !attacked.identity());
}

void check(test::End& end) {
  must(end.frame_spills == 0);
  if (auto* const running = end.handshake(); running != nullptr) {
    must(running->heard().held() <=
         (end.is_server ? limits::heard_by_asking_server : limits::heard_by_client));
  }
  must(!end.error || !end.connection.where().empty());
  must(end.connected || end.identity() == nullptr);
}

}  // namespace handfast::fuzz
