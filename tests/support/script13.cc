#include "support/script13.h"

#include "codec/reader.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace handfast::test::model13 {
namespace {

using Content = std::vector<std::uint8_t>;

/// `strangers`, of which the client has a session of an earlier handshake between them.
Sides acquainted(std::string_view name, const Sides& strangers) {
  struct Known {
    std::shared_ptr<Tickets> tickets;
    Session session;
  };

  static std::map<std::string_view, Known> all;
  auto known = all.find(name);
  if (known == all.end()) {
    const Sides sides = resuming(strangers);
    Loopback(sides).connect();
    auto session = sides.client.sessions->take(sides.name, sides.now);
    known = all.emplace(name, Known{sides.server.tickets, *std::move(session)}).first;
  }
  Sides sides = strangers;
  sides.server.tickets = known->second.tickets;
  sides.client.sessions = std::make_shared<SessionCache>();
  sides.client.sessions->put(Session::from_bytes(known->second.session.to_bytes()).value());
  return sides;
}

Sides sides_of(const Configuration& configuration) {
  Sides sides = on_curves();
  sides.client.key_shares.emplace();
  if (!configuration.retries) {
    sides.client.key_shares->push_back(sides.client.groups.front());
  }
  if (configuration.has_certificate || configuration.is_server) {
    sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  }
  if (configuration.asks) {
    sides.server.client_authentication = configuration.demands
                                             ? ClientAuthentication::require(client_authorities())
                                             : ClientAuthentication::request(client_authorities());
  }
  if (configuration.asks_later) {
    sides.server.client_authentication = ClientAuthentication::later(client_authorities());
  }
  sides.client.post_handshake_auth = configuration.asks_later || configuration.offers_later;
  return configuration.offered ? acquainted(configuration.name, sides) : sides;
}

Content two(std::uint16_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

Content joined(std::initializer_list<Content> parts) {
  Content all;
  for (const Content& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// A ServerHello to `hello` with everything but its key_share.
OpenHello server_hello_to(const OpenHello& hello) {
  OpenHello answer;
  answer.legacy_version = 0x0303;
  answer.random.fill(0x5e);
  answer.session_id = hello.session_id;
  answer.suites = two(static_cast<std::uint16_t>(CipherSuite::tls_aes_128_gcm_sha256));
  answer.compression = {0};
  answer[ExtensionType::supported_versions] =
      two(static_cast<std::uint16_t>(ProtocolVersion::tls13));
  return answer;
}

/// The first group that `hello` has a share for, by its length greater than that of GREASE; x25519
/// if there is none.
NamedGroup shared_group(OpenHello hello) {
  codec::Reader extension(hello[ExtensionType::key_share]);
  codec::Reader shares(extension.vector(0, 0xffff));
  while (shares.good() && shares.left() > 0) {
    const auto group = static_cast<NamedGroup>(shares.number<std::uint16_t>());
    if (shares.vector(0, 0xffff).size() > 1) {
      return group;
    }
  }
  return NamedGroup::x25519;
}

Content server_hello(Bytes client_hello, bool resuming) {
  const OpenHello hello = OpenHello::parse(client_hello);
  const NamedGroup group = shared_group(hello);
  SeededChance chance(7);
  const auto mine = chance.key_exchange(group).value();
  const Bytes share = mine.share();
  OpenHello answer = server_hello_to(hello);
  answer[ExtensionType::key_share] =
      joined({two(static_cast<std::uint16_t>(group)), two(static_cast<std::uint16_t>(share.size())),
              Content(share.begin(), share.end())});
  if (resuming) {
    answer[ExtensionType::pre_shared_key] = {0, 0};
  }
  return answer.message(HandshakeType::server_hello);
}

/// One that asks for a share that the client offers and has not sent.
Content hello_retry_request(Bytes client_hello) {
  OpenHello answer = server_hello_to(OpenHello::parse(client_hello));
  answer.random = message::hello_retry_request_random;
  answer[ExtensionType::key_share] = two(static_cast<std::uint16_t>(NamedGroup::secp256r1));
  return answer.message(HandshakeType::server_hello);
}

Content certificate_of(const Credential& credential, const Content& context) {
  Content list;
  for (const auto& certificate : credential.certificates()) {
    const Bytes der = certificate;
    list = joined({list,
                   {0},
                   two(static_cast<std::uint16_t>(der.size())),
                   Content(der.begin(), der.end()),
                   {0, 0}});
  }
  return handshake_message(
      HandshakeType::certificate,
      joined({context, {0}, two(static_cast<std::uint16_t>(list.size())), list}));
}

}  // namespace

Script::Script(const Configuration& configuration)
    : configuration_(configuration), pair_(sides_of(configuration)), middle_(pair_),
      subject_(configuration.is_server ? pair_.server : pair_.client), context_{0} {
  pair_.client.run();
  pair_.server.run();
  hear();
}

void Script::say(Symbol symbol, const Position& at) {
  Piece said = piece(symbol, receiving(at.state));
  said.generation = at.key_updates;
  subject_.receive(middle_.seal(subject_, said));
  hear();
  if (configuration_.asks_later && subject_.connected && context_.size() == 1) {
    let_ask();
  }
}

/// The subject asks for a certificate, and the script keeps the context.
void Script::let_ask() {
  EXPECT_TRUE(subject_.connection.request_certificate(subject_.out));
  for (const Piece& piece : middle_.take(subject_)) {
    if (piece.is(HandshakeType::certificate_request)) {
      const auto context = piece.content.begin() + message::header_size;
      context_.assign(context, context + 1 + *context);
    }
  }
  EXPECT_GT(context_.size(), 1U);
}

Piece Script::piece(Symbol symbol, Epoch epoch) {
  const bool is_in_later_answer = subject_.connected && subject_.handshake() != nullptr;
  switch (symbol) {
    case Symbol::change_cipher_spec:
      return {.type = ContentType::change_cipher_spec, .content = {1}};
    case Symbol::application_data:
      return {.type = ContentType::application_data, .content = {1, 2, 3, 4, 5}, .epoch = epoch};
    case Symbol::application_data_empty:
      return {.type = ContentType::application_data, .epoch = epoch};
    case Symbol::handshake_empty: return {.type = ContentType::handshake, .epoch = epoch};
    case Symbol::finished_in_clear:
      return {.type = ContentType::handshake,
              .content = message(Symbol::finished, epoch == Epoch::handshake)};
    default:
      return {.type = ContentType::handshake,
              .content = message(symbol, epoch == Epoch::handshake || is_in_later_answer),
              .epoch = epoch};
  }
}

/// The message, fit for what the subject has heard if there is a transcript to fit.
std::vector<std::uint8_t> Script::message(Symbol symbol, bool can_forge) {
  const Credential& credential = configuration_.is_server
                                     ? *client_credential(CertificateKey::ed25519)
                                     : *test::credential(CertificateKey::ed25519);
  switch (symbol) {
    case Symbol::hello_request: return handshake_message(static_cast<HandshakeType>(0), {});
    case Symbol::client_hello: return hello_;
    case Symbol::server_hello: return server_hello(hello_, false);
    case Symbol::server_hello_resuming: return server_hello(hello_, true);
    case Symbol::hello_retry_request: return hello_retry_request(hello_);
    case Symbol::new_session_ticket:
      return handshake_message(HandshakeType::new_session_ticket,
                               Content{0, 0, 14, 16, 1, 2, 3, 4, 1, 0, 0, 3, 7, 8, 9, 0, 0});
    case Symbol::end_of_early_data: return handshake_message(HandshakeType::end_of_early_data, {});
    case Symbol::encrypted_extensions:
      return handshake_message(HandshakeType::encrypted_extensions, Content{0, 0});
    case Symbol::certificate_request: {
      const Content schemes = two(static_cast<std::uint16_t>(SignatureScheme::ed25519));
      const Content block =
          extension_block({{ExtensionType::signature_algorithms, joined({{0, 2}, schemes})}});
      if (subject_.connected) {
        context_ = {1, static_cast<std::uint8_t>(context_.size() == 1 ? 1 : context_[1] + 1)};
      }
      return handshake_message(HandshakeType::certificate_request, joined({context_, block}));
    }
    case Symbol::certificate: return certificate_of(credential, context_);
    case Symbol::certificate_empty:
      return handshake_message(HandshakeType::certificate, joined({context_, {0, 0, 0}}));
    case Symbol::certificate_verify:
      if (can_forge) {
        return forged_certificate_verify(subject_, credential, SignatureScheme::ed25519);
      }
      return handshake_message(HandshakeType::certificate_verify,
                               joined({two(static_cast<std::uint16_t>(SignatureScheme::ed25519)),
                                       two(64), Content(64, 1)}));
    case Symbol::finished:
      return can_forge ? forged_finished(subject_)
                       : handshake_message(HandshakeType::finished, Content(32, 1));
    case Symbol::key_update: return handshake_message(HandshakeType::key_update, Content{0});
    case Symbol::message_hash:
      return handshake_message(HandshakeType::message_hash, Content(32, 1));
    case Symbol::client_certificate_request: {
      const Content schemes = two(static_cast<std::uint16_t>(SignatureScheme::ed25519));
      const Content block =
          extension_block({{ExtensionType::signature_algorithms, joined({{0, 2}, schemes})}});
      return handshake_message(HandshakeType::client_certificate_request, joined({{1, 1}, block}));
    }
    default: return handshake_message(static_cast<HandshakeType>(99), {});
  }
}

/// Takes what the subject says. A real client answers a server that asks for another share.
void Script::hear() {
  if (configuration_.is_server) {
    const auto answer = subject_.take_output();
    subject_.take_records();
    const bool is_retry = subject_.sent_messages.size() == 1;
    if (is_retry && pair_.client.sent_messages.size() == 1) {
      pair_.client.receive(answer);
    }
  }
  for (const Piece& piece : middle_.take(pair_.client)) {
    if (piece.is(HandshakeType::client_hello)) {
      hello_ = piece.content;
    }
  }
}

}  // namespace handfast::test::model13
