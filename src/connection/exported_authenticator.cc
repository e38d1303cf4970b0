#include "handfast/exported_authenticator.h"

#include "connection/authenticator_exchange.h"
#include "connection/authenticator_state.h"
#include "handshake/authenticator13.h"

#include <utility>

namespace handfast {

AuthenticatorExchange::AuthenticatorExchange(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

AuthenticatorExchange::AuthenticatorExchange(AuthenticatorExchange&&) noexcept = default;
AuthenticatorExchange& AuthenticatorExchange::operator=(AuthenticatorExchange&&) noexcept = default;
AuthenticatorExchange::~AuthenticatorExchange() = default;

Result<AuthenticatorExchange::Event> AuthenticatorExchange::next() { return state_->next(); }

Result<> AuthenticatorExchange::complete(Answer answer) {
  return state_->complete(std::move(answer));
}

const Verdict* AuthenticatorExchange::verdict() const { return state_->verdict(); }

// ---- both sides ---------------------------------------------------------------------------------

namespace {

using Exchange = AuthenticatorExchange::State;

/// An exchange that `begin` has set up, if there may be one more.
template <class Begin>
Result<AuthenticatorExchange> begin_exchange(const Exchange::Shared& of, UnixTime now,
                                             Begin begin) {
  if (const auto counted = of->count_step(); !counted) {
    return std::unexpected(counted.error());
  }
  auto exchange = std::make_unique<Exchange>(of, now);
  const Result<> begun = begin(*exchange);
  return begun ? Result<AuthenticatorExchange>(AuthenticatorExchange(std::move(exchange)))
               : std::unexpected(begun.error());
}

}  // namespace

Result<AuthenticatorExchange> ExportedAuthenticators::answer(Bytes request, UnixTime now) {
  return begin_exchange(state_, now,
                        [&](Exchange& exchange) { return exchange.answer(request, false); });
}

Result<AuthenticatorExchange> ExportedAuthenticators::decline(Bytes request, UnixTime now) {
  return begin_exchange(state_, now,
                        [&](Exchange& exchange) { return exchange.answer(request, true); });
}

Result<ClientAuthenticators> ClientAuthenticators::of(Connection& connection) {
  auto state = State::of(connection, Party::client);
  return state ? Result<ClientAuthenticators>(ClientAuthenticators(*std::move(state)))
               : std::unexpected(state.error());
}

Result<std::vector<std::uint8_t>> ClientAuthenticators::request(const ServerName& name) {
  if (const auto able = state_->check_can_judge(); !able) {
    return std::unexpected(able.error());
  }
  return state_->make_request(
      handshake::requested_of_server(state_->source().client->options(), &name));
}

Result<AuthenticatorExchange> ClientAuthenticators::judge(Bytes request, Bytes authenticator,
                                                          const ServerName& name, UnixTime now) {
  return begin_exchange(state_, now, [&](Exchange& exchange) {
    exchange.expect(name);
    const auto able = state_->count_judgement();
    return able ? exchange.judge(request, authenticator) : able;
  });
}

Result<AuthenticatorExchange>
ClientAuthenticators::judge_unasked(Bytes authenticator, const ServerName& name, UnixTime now) {
  return begin_exchange(state_, now, [&](Exchange& exchange) {
    exchange.expect(name);
    const auto able = state_->count_judgement();
    return able ? exchange.judge_unasked(
                      authenticator,
                      handshake::requested_of_server(state_->source().client->options(), nullptr))
                : able;
  });
}

Result<ServerAuthenticators> ServerAuthenticators::of(Connection& connection) {
  auto state = State::of(connection, Party::server);
  return state ? Result<ServerAuthenticators>(ServerAuthenticators(*std::move(state)))
               : std::unexpected(state.error());
}

Result<std::vector<std::uint8_t>> ServerAuthenticators::request() {
  if (const auto able = state_->check_can_judge(); !able) {
    return std::unexpected(able.error());
  }
  return state_->make_request(handshake::requested_of_client(state_->source().server->options()));
}

Result<AuthenticatorExchange> ServerAuthenticators::judge(Bytes request, Bytes authenticator,
                                                          UnixTime now) {
  return begin_exchange(state_, now, [&](Exchange& exchange) {
    const auto able = state_->count_judgement();
    return able ? exchange.judge(request, authenticator) : able;
  });
}

Result<AuthenticatorExchange> ServerAuthenticators::make_unasked(const ServerName& name,
                                                                 UnixTime now) {
  return begin_exchange(state_, now, [&](Exchange& exchange) {
    const Bytes offered = state_->source().offered;
    // RFC 9261 §5.2.2: "If there are no available signature algorithms, then no authenticator
    // should be constructed."
    return offered.empty() ? fail(Reason::signature_none_common)
                           : exchange.make_unasked(name, offered);
  });
}

}  // namespace handfast
