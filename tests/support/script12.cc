#include "support/script12.h"

#include "base/limits.h"
#include "codec/reader.h"
#include "handfast/external_psk.h"
#include "handfast/legacy.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "handshake/session_state.h"
#include "legacy/premaster.h"
#include "legacy/rsa.h"
#include "record/record.h"
#include "support/hex.h"
#include "support/middle.h"
#include "x509/algorithm.h"
#include "x509/credential_key.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace handfast::test::model12 {
namespace {

using Content = std::vector<std::uint8_t>;

constexpr auto hash = crypto::HashId::sha256;
constexpr auto group = NamedGroup::x25519;
constexpr auto field = NamedGroup::ffdhe2048;

CipherSuite suite_for(Exchange exchange) {
  switch (exchange) {
    case Exchange::ecdhe: break;
    case Exchange::dhe: return CipherSuite::tls_dhe_rsa_with_aes_128_gcm_sha256;
    case Exchange::rsa: return CipherSuite::tls_rsa_with_aes_128_gcm_sha256;
    case Exchange::psk: return CipherSuite::tls_psk_with_aes_128_gcm_sha256;
    case Exchange::ecdhe_psk: return CipherSuite::tls_ecdhe_psk_with_aes_128_gcm_sha256;
  }
  return CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256;
}

/// What the server shows.
const std::shared_ptr<const Credential>& credential_for(Exchange exchange) {
  switch (exchange) {
    case Exchange::dhe: return credential(CertificateKey::rsa);
    case Exchange::rsa: return credential_for_encryption();
    default: return credential(CertificateKey::ed25519);
  }
}

// The external key that both sides have.
const std::vector<std::uint8_t> key_identity = {'b', 'u', 'l', 'b'};
const std::vector<std::uint8_t> key_secret = [] {
  std::vector<std::uint8_t> secret(32, 7);
  secret.front() = 1;  // keys of equal bytes are refused
  return secret;
}();

std::shared_ptr<const ExternalPsk> key(PskRole role) {
  return ExternalPsk::for_tls12({key_identity, SecretBytes(Bytes(key_secret))}, role).value();
}

// No more than the form of a response; whether one is good is for others to say.
const Content response = "30 03 0a 01 06"_hex;

/// Both sides, of which the one that is the script speaks TLS 1.2 alone, whatever the subject
/// would.
Sides strangers(const Configuration& configuration) {
  Sides sides = on_curves();
  const std::vector<ProtocolVersion> alone = {ProtocolVersion::tls12};
  if (configuration.is_server || !configuration.speaks_13) {
    sides.client.versions = alone;
  }
  if (!configuration.is_server || !configuration.speaks_13) {
    sides.server.versions = alone;
  }
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {suite_for(configuration.exchange)};
  sides.client.policy = sides.server.policy =
      Policy::iot() | Policy::legacy(legacy::rsa_key_exchange, legacy::ffdhe_key_exchange);
  sides.shown = credential_for(configuration.exchange);
  if (!configuration.shows_certificates()) {
    sides.client.external_psks = {key(PskRole::client)};
    sides.server.external_psks = {key(PskRole::server)};
    sides.only_psk = true;
    sides.has_credential = false;
  }
  sides.client.request_staples = configuration.may_staple;
  sides.insecure = configuration.may_staple;  // what is stapled is good in form alone
  if (configuration.may_staple) {
    sides.shown = sides.shown->with({.ocsp_response = response}).value();
  }
  if (configuration.has_certificate) {
    sides.client.credentials = {client_credential(CertificateKey::ed25519)};
  }
  if (configuration.asks) {
    sides.server.client_authentication = configuration.demands
                                             ? ClientAuthentication::require(client_authorities())
                                             : ClientAuthentication::request(client_authorities());
  }
  return configuration.gives_ticket ? resuming(sides) : sides;
}

/// What two who have met before have in common.
struct Known {
  std::shared_ptr<Tickets> tickets;
  SecretBytes session;
};

const Known& known(const Configuration& configuration) {
  static std::map<std::string_view, Known> all;
  auto found = all.find(configuration.name);
  if (found == all.end()) {
    const Sides sides = resuming(strangers(configuration));
    Loopback(sides).relay();
    const auto session = sides.client.sessions->take(sides.name, sides.now);
    found = all.emplace(configuration.name, Known{sides.server.tickets, session->to_bytes()}).first;
  }
  return found->second;
}

Sides sides_of(const Configuration& configuration) {
  Sides sides = strangers(configuration);
  if (configuration.offered) {
    const Known& before = known(configuration);
    sides.client.sessions = std::make_shared<SessionCache>();
    sides.client.sessions->put(Session::from_bytes(SecretBytes(before.session.expose())).value());
    sides.server.tickets = configuration.declines ? TicketKeys::make().value() : before.tickets;
    if (configuration.gives_ticket) {  // another one: the first has grown old
      sides.now.seconds += limits::ticket_lifetime12 / 2;
    }
  }
  return sides;
}

Content two(std::size_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

Content joined(std::initializer_list<Content> parts) {
  Content all;
  for (const Content& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

Content copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Behind its length of one, two or three bytes.
Content vector_of(std::size_t width, const Content& content) {
  const Content length = two(content.size());
  return joined(
      {Content(width > 1 ? width - 2 : 0, 0), width == 1 ? Content{length[1]} : length, content});
}

/// The premaster secret with the external key, RFC 4279 §2 and RFC 5489 §2.
Content with_key(const Content& other_secret) {
  return joined({vector_of(2, other_secret), vector_of(2, key_secret)});
}

Content certificate_of(const Credential& credential) {
  Content list;
  for (const auto& certificate : credential.certificates()) {
    list = joined({list, vector_of(3, copy(certificate))});
  }
  return handshake_message(HandshakeType::certificate, vector_of(3, list));
}

Content certificate_request() {
  constexpr std::uint8_t ecdsa_sign = 64;
  const Content schemes = two(static_cast<std::uint16_t>(SignatureScheme::ed25519));
  return handshake_message(HandshakeType::certificate_request,
                           joined({{1, ecdsa_sign}, vector_of(2, schemes), {0, 0}}));
}

}  // namespace

Script::Script(const Configuration& configuration)
    : configuration_(configuration), pair_(sides_of(configuration)),
      subject_(configuration.is_server ? pair_.server : pair_.client) {
  if (configuration.offered) {
    const auto fields = codec::read<SessionFields>(known(configuration).session.expose()).value();
    session_.emplace(hash, HashSecret(fields.psk));
  }
  pair_.client.run();
  pair_.server.run();
  if (configuration.is_server) {
    hello_ = copy(Bytes(pair_.client.take_output()).subspan(record::header_size));
  } else {
    hear();
  }
}

const Credential& Script::own_credential() const {
  return configuration_.is_server ? *client_credential(CertificateKey::ed25519)
                                  : *credential_for(configuration_.exchange);
}

crypto::Digest Script::transcript_hash() const {
  crypto::Hash all(hash);
  all.update(transcript_);
  return all.digest();
}

// ---- what it says -------------------------------------------------------------------------------

void Script::say(Symbol symbol, const Position& at) {
  switch (symbol) {
    case Symbol::change_cipher_spec:
      say(ContentType::change_cipher_spec, Content{1});
      if (at.state == State::change_cipher_spec) {
        change_keys();
      }
      break;
    case Symbol::application_data: say(ContentType::application_data, Content{1, 2, 3}); break;
    case Symbol::application_data_empty: say(ContentType::application_data, {}); break;
    case Symbol::handshake_empty: say(ContentType::handshake, {}); break;
    case Symbol::alert_fatal:
      say(ContentType::alert, Content{2, static_cast<std::uint8_t>(Alert::handshake_failure)});
      break;
    case Symbol::close_notify: say(ContentType::alert, Content{1, 0}); break;
    case Symbol::finished_in_clear: {
      record::Sealer nobody;
      std::swap(nobody, sealer_);
      say(ContentType::handshake, finished());
      break;
    }
    default: {
      const Content said = message(symbol);
      heed(said);
      say(ContentType::handshake, said);
    }
  }
  hear();
}

void Script::say(ContentType type, Bytes content) {
  Content record(sealer_.record_size(content.size(), 0));
  EXPECT_TRUE(sealer_.seal(type, std::span(&content, 1), 0, record).has_value());
  subject_.receive(record);
}

void Script::change_keys() {
  const crypto::Suite& suite = crypto::suite_of(suite_for(configuration_.exchange));
  const schedule::DirectionKeys keys = secret_->keys(suite, {client_random_, server_random_});
  sealer_ =
      record::Sealer::make(suite, configuration_.is_server ? keys.client : keys.server).value();
}

Script::Content Script::message(Symbol symbol) {
  switch (symbol) {
    case Symbol::hello_request: return handshake_message(HandshakeType::hello_request, {});
    case Symbol::client_hello: return hello_;
    case Symbol::server_hello: return server_hello(false);
    case Symbol::server_hello_resuming: return server_hello(true);
    case Symbol::hello_verify_request:
      return handshake_message(static_cast<HandshakeType>(3), Content{0xfe, 0xff, 0});
    case Symbol::new_session_ticket:
      return handshake_message(HandshakeType::new_session_ticket,
                               Content{0, 0, 14, 16, 0, 3, 7, 8, 9});
    case Symbol::end_of_early_data: return handshake_message(HandshakeType::end_of_early_data, {});
    case Symbol::encrypted_extensions:
      return handshake_message(HandshakeType::encrypted_extensions, Content{0, 0});
    case Symbol::certificate: return certificate_of(own_credential());
    case Symbol::certificate_empty:
      return handshake_message(HandshakeType::certificate, Content{0, 0, 0});
    case Symbol::certificate_status:
      return handshake_message(HandshakeType::certificate_status,
                               joined({{1}, vector_of(3, response)}));
    case Symbol::server_key_exchange: return server_key_exchange();
    case Symbol::certificate_request: return certificate_request();
    case Symbol::server_hello_done: return handshake_message(HandshakeType::server_hello_done, {});
    case Symbol::certificate_verify:
      return handshake_message(HandshakeType::certificate_verify, sign(transcript_));
    case Symbol::client_key_exchange: return client_key_exchange();
    case Symbol::finished: return finished();
    case Symbol::key_update: return handshake_message(HandshakeType::key_update, Content{0});
    case Symbol::message_hash:
      return handshake_message(HandshakeType::message_hash, Content(32, 1));
    default: return handshake_message(static_cast<HandshakeType>(99), {});
  }
}

/// SignatureAndHashAlgorithm and the signature.
Script::Content Script::sign(Bytes content) const {
  const auto scheme = own_credential().leaf().key_kind == CertificateKey::rsa
                          ? SignatureScheme::rsa_pss_rsae_sha256
                          : SignatureScheme::ed25519;
  const auto signature = x509::private_key(own_credential().key()).sign(scheme, content).value();
  return joined({two(static_cast<std::uint16_t>(scheme)), vector_of(2, copy(signature.bytes()))});
}

Script::Content Script::server_hello(bool resuming) const {
  OpenHello answer;
  answer.legacy_version = 0x0303;
  answer.random.fill(0x5e);
  answer.suites = two(static_cast<std::uint16_t>(suite_for(configuration_.exchange)));
  answer.compression = {0};
  answer[ExtensionType::extended_main_secret] = {};
  answer[ExtensionType::renegotiation_info] = {0};
  if (resuming) {
    answer.session_id = OpenHello::parse(hello_).session_id;
  } else if (configuration_.may_staple) {
    answer[ExtensionType::status_request] = {};
  }
  if (configuration_.gives_ticket) {
    answer[ExtensionType::session_ticket] = {};
  }
  return answer.message(HandshakeType::server_hello);
}

Script::Content Script::server_key_exchange() {
  const Content hint = vector_of(2, {'h', 'i', 'n', 't'});
  switch (configuration_.exchange) {
    case Exchange::psk: return handshake_message(HandshakeType::server_key_exchange, hint);
    case Exchange::ecdhe_psk:
      return handshake_message(HandshakeType::server_key_exchange, joined({hint, params()}));
    default: break;
  }
  const Content said = params();
  const Content randoms = joined({copy(client_random_), copy(server_random_)});
  return handshake_message(HandshakeType::server_key_exchange,
                           joined({said, sign(joined({randoms, said}))}));
}

/// ServerDHParams or ServerECDHParams.
Script::Content Script::params() {
  if (configuration_.exchange == Exchange::dhe) {
    pair_in_field_ = legacy::generate_ffdhe(field).value();
    const auto numbers = legacy::ffdhe_group(field).value();
    return joined(
        {vector_of(2, numbers.p), vector_of(2, numbers.g), vector_of(2, pair_in_field_->share)});
  }
  if (!mine_) {
    mine_ = chance_.key_exchange(group).value();
  }
  constexpr std::uint8_t named_curve = 3;
  return joined(
      {{named_curve}, two(static_cast<std::uint16_t>(group)), vector_of(1, copy(mine_->share()))});
}

Script::Content Script::client_key_exchange() {
  constexpr auto type = HandshakeType::client_key_exchange;
  const Content identity = vector_of(2, key_identity);
  switch (configuration_.exchange) {
    case Exchange::ecdhe: return handshake_message(type, agree_on_curve());
    case Exchange::dhe: return handshake_message(type, agree_in_field());
    case Exchange::rsa: return handshake_message(type, encrypt_secret());
    case Exchange::psk:
      premaster_secret_ = with_key(Content(key_secret.size(), 0));
      return handshake_message(type, identity);
    case Exchange::ecdhe_psk: {
      const Content point = agree_on_curve();
      premaster_secret_ = with_key(premaster_secret_);
      return handshake_message(type, joined({identity, point}));
    }
  }
  return {};
}

// Whoever has heard no ServerKeyExchange answers some point, or some number.

Script::Content Script::agree_on_curve() {
  const auto other = chance_.key_exchange(group).value();
  const auto answer =
      chance_.encapsulate(group, peer_share_.empty() ? other.share() : Bytes(peer_share_), {})
          .value();
  premaster_secret_ = copy(answer.secret.expose());
  return vector_of(1, copy(answer.share.bytes()));
}

Script::Content Script::agree_in_field() {
  const auto own = legacy::generate_ffdhe(field).value();
  const Content& theirs = peer_share_.empty() ? own.share : peer_share_;
  premaster_secret_ = copy(legacy::agree_ffdhe(field, own.private_key, theirs).value().expose());
  return vector_of(2, own.share);
}

Script::Content Script::encrypt_secret() {
  premaster_secret_ = Content(legacy::premaster_size, 9);
  premaster_secret_[0] = premaster_secret_[1] = 3;
  const auto key = x509::rsa_parts(credential_for(Exchange::rsa)->leaf().public_key).value();
  return vector_of(2, legacy::rsa_encrypt(key.modulus, key.exponent, premaster_secret_).value());
}

Script::Content Script::finished() const {
  if (!secret_) {
    return handshake_message(HandshakeType::finished, Content(schedule::verify_data_size, 1));
  }
  const crypto::Digest all = transcript_hash();
  return handshake_message(HandshakeType::finished, configuration_.is_server
                                                        ? secret_->client_finished(all)
                                                        : secret_->server_finished(all));
}

// ---- what it hears ------------------------------------------------------------------------------

/// Takes in what the subject says, as far as it is not encrypted: what is can only be Finished.
void Script::hear() {
  const Content said = subject_.take_output();
  codec::Reader in(said);
  bool encrypted = subject_.connected;
  while (in.left() > 0 && !encrypted) {
    const auto type = static_cast<ContentType>(in.number<std::uint8_t>());
    static_cast<void>(in.take(2));
    const Bytes content = in.vector(0, 0xffff);
    codec::Reader messages(content);
    while (type == ContentType::handshake && messages.left() > 0) {
      const std::size_t start = messages.offset();
      static_cast<void>(messages.take(1));
      static_cast<void>(messages.take(messages.big_endian<3>()));
      heed(content.subspan(start, messages.offset() - start));
    }
    encrypted = type == ContentType::change_cipher_spec;
  }
  if (encrypted && in.left() > 0 && secret_) {
    const crypto::Digest all = transcript_hash();
    heed(handshake_message(HandshakeType::finished, configuration_.is_server
                                                        ? secret_->server_finished(all)
                                                        : secret_->client_finished(all)));
  }
}

/// Keeps the server's share, which stands behind a hint, the group, or the group's numbers.
void Script::hear_params(Bytes body) {
  codec::Reader in(body);
  if (configuration_.exchange == Exchange::ecdhe_psk) {
    static_cast<void>(in.vector(0, 0xffff));
  }
  if (configuration_.exchange == Exchange::dhe) {
    static_cast<void>(in.vector(1, 0xffff));
    static_cast<void>(in.vector(1, 0xffff));
    peer_share_ = copy(in.vector(1, 0xffff));
  } else if (configuration_.exchange != Exchange::psk) {
    static_cast<void>(in.take(3));
    peer_share_ = copy(in.vector(1, 0xff));
  }
}

/// What a client's ClientKeyExchange comes to. Empty: the script has said no ServerKeyExchange, and
/// was told something all the same.
Script::Content Script::premaster_of(Bytes body) {
  codec::Reader in(body);
  switch (configuration_.exchange) {
    case Exchange::psk: return with_key(Content(key_secret.size(), 0));
    case Exchange::rsa:
      return copy(legacy::open_premaster(x509::private_key(own_credential().key()),
                                         in.vector(0, 0xffff), ProtocolVersion::tls12)
                      .value()
                      .expose());
    case Exchange::dhe: {
      const Bytes share = in.vector(1, 0xffff);
      return pair_in_field_ ? copy(legacy::agree_ffdhe(field, pair_in_field_->private_key, share)
                                       .value()
                                       .expose())
                            : Content();
    }
    case Exchange::ecdhe_psk: static_cast<void>(in.vector(0, 0xffff)); break;
    case Exchange::ecdhe: break;
  }
  const Bytes point = in.vector(1, 0xff);
  const Content shared = mine_ ? copy(mine_->decapsulate(point).value().expose()) : Content();
  return configuration_.exchange == Exchange::ecdhe_psk ? with_key(shared) : shared;
}

/// Adds a message to the transcript, with all that follows from it.
void Script::heed(Bytes message) {
  transcript_.insert(transcript_.end(), message.begin(), message.end());
  const Bytes body = message.subspan(message::header_size);
  switch (static_cast<HandshakeType>(message.front())) {
    case HandshakeType::client_hello:
      hello_ = copy(message);
      client_random_ = OpenHello::parse(message).random;
      break;
    case HandshakeType::server_hello: {
      const OpenHello hello = OpenHello::parse(message);
      server_random_ = hello.random;
      if (session_ && hello.session_id == OpenHello::parse(hello_).session_id) {
        secret_.emplace(hash, HashSecret(session_->expose()));
      }
      break;
    }
    case HandshakeType::server_key_exchange: hear_params(body); break;
    case HandshakeType::client_key_exchange:
      if (!configuration_.is_server) {
        premaster_secret_ = premaster_of(body);
      }
      secret_.emplace(
          hash,
          HashSecret(
              schedule::MainSecret::extended(hash, premaster_secret_, transcript_hash()).expose()));
      break;
    default: break;
  }
}

}  // namespace handfast::test::model12
