// Exported authenticators and requests for them that a peer has changed, or made up: the input says
// which it is, and what it changes. RFC 9261.

#include "choices.h"
#include "fuzz.h"
#include "handfast/exported_authenticator.h"
#include "handshakes.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace handfast::fuzz {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// A connection and both sides' authenticators.
struct Talk {
  explicit Talk(const test::Sides& sides) : pair(sides) {
    pair.connect();
    client.emplace(ClientAuthenticators::of(pair.client.connection).value());
    server.emplace(ServerAuthenticators::of(pair.server.connection).value());
  }

  test::Loopback pair;
  std::optional<ClientAuthenticators> client;
  std::optional<ServerAuthenticators> server;
};

test::Sides exporting_sides() {
  test::Sides sides = test::on_curves();
  sides.client.exported_authenticators = true;
  sides.client.credentials = {test::client_credential(CertificateKey::ed25519)};
  sides.server.exported_authenticators = true;
  sides.server.client_authentication = ClientAuthentication::later(test::client_authorities());
  return sides;
}

/// The bytes of an authenticator, if one comes of it.
std::optional<Buffer> made(Result<AuthenticatorExchange> exchange) {
  const auto event = exchange ? exchange->next() : std::unexpected(exchange.error());
  return event ? std::optional(std::get<AuthenticatorMade>(*event).bytes) : std::nullopt;
}

/// Whether the peer has proved anything, if only that it shows nothing.
bool is_believed(Result<AuthenticatorExchange> exchange) {
  return exchange && exchange->next().has_value();
}

/// Makes the changes that the input asks for.
Buffer changed(Choices& input, Buffer bytes) {
  enum class Kind : std::uint8_t { flip, cut, insert, erase, replace, kinds };
  while (!input.empty()) {
    const auto kind = static_cast<Kind>(input.byte() % std::to_underlying(Kind::kinds));
    const std::size_t at = input.number() % (bytes.size() + 1);
    const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (kind) {
      case Kind::flip: {
        const std::uint8_t value = input.byte();
        if (here != bytes.end()) {
          *here = static_cast<std::uint8_t>(*here ^ value);
        }
        break;
      }
      case Kind::cut: bytes.erase(here, bytes.end()); break;
      case Kind::insert: {
        const Bytes more = input.bytes(input.byte());
        bytes.insert(here, more.begin(), more.end());
        break;
      }
      case Kind::erase: {
        const auto most = static_cast<std::size_t>(bytes.end() - here);
        const std::size_t count = std::min<std::size_t>(input.byte(), most);
        bytes.erase(here, here + static_cast<std::ptrdiff_t>(count));
        break;
      }
      case Kind::replace: {
        const Bytes all = input.rest();
        input = Choices({});
        bytes.assign(all.begin(), all.end());
        break;
      }
      case Kind::kinds: break;
    }
  }
  return bytes;
}

/// What is made for a request has its context.
void check_answer(const Buffer& request, const std::optional<Buffer>& answer) {
  const auto asked = certificate_request_context(request);
  if (!answer) {
    return;
  }
  const auto context = certificate_request_context(*answer);
  must(asked && *asked && context && (!*context || std::ranges::equal(**context, **asked)));
}

}  // namespace

void feed(Bytes bytes) {
  make_expectations_fatal();
  static const test::Sides sides = exporting_sides();
  static const ServerName name = ServerName::parse(test::server_dns_name).value();
  enum class Kind : std::uint8_t {
    from_client,
    from_server,
    asks_client,
    asks_server,
    unasked,
    kinds
  };
  Choices input(bytes);
  const auto kind = static_cast<Kind>(input.byte() % std::to_underlying(Kind::kinds));
  const bool declines = input.byte() % 2 == 1;
  Talk talk(sides);
  const UnixTime now = test::handshake_time;
  switch (kind) {
    case Kind::from_client: {
      const Buffer request = talk.server->request().value();
      const Buffer answer =
          made(declines ? talk.client->decline(request, now) : talk.client->answer(request, now))
              .value();
      const Buffer hurt = changed(input, answer);
      must(is_believed(talk.server->judge(request, hurt, now)) == (hurt == answer));
      break;
    }
    case Kind::from_server: {
      const Buffer request = talk.client->request(name).value();
      const Buffer answer =
          made(declines ? talk.server->decline(request, now) : talk.server->answer(request, now))
              .value();
      const Buffer hurt = changed(input, answer);
      must(is_believed(talk.client->judge(request, hurt, name, now)) == (hurt == answer));
      break;
    }
    case Kind::asks_client: {
      const Buffer request = changed(input, talk.server->request().value());
      check_answer(request, made(talk.client->answer(request, now)));
      break;
    }
    case Kind::asks_server: {
      const Buffer request = changed(input, talk.client->request(name).value());
      check_answer(request, made(talk.server->answer(request, now)));
      break;
    }
    case Kind::unasked: {
      const Buffer said = made(talk.server->make_unasked(name, now)).value();
      const Buffer hurt = changed(input, said);
      must(is_believed(talk.client->judge_unasked(hurt, name, now)) == (hurt == said));
      break;
    }
    case Kind::kinds: break;
  }
  must(talk.pair.client.outcome().has_value() && talk.pair.server.outcome().has_value());
}

}  // namespace handfast::fuzz
