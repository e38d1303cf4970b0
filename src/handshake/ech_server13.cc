#include "handshake/ech_server13.h"

#include "handshake/ech_confirm13.h"
#include "handshake/ech_inner13.h"
#include "handshake/hello12.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast::handshake {
namespace {

using crypto::hpke::KeyPair;
using crypto::hpke::Recipient;
using message::ClientHello;
using message::EchClientHelloType;
using message::OuterEchClientHello;
using Hello = Received<ClientHello>;

/// The payload of `hello`, decrypted: what was to be hidden is wiped when it has been decoded.
Result<SecretBytes> open_payload(Recipient& recipient, const Hello& hello) {
  const auto place = payload_place(hello.raw);
  if (!place) {
    return fail(Reason::internal);  // the extension has been read
  }
  const Bytes payload = place->in(hello.raw);
  std::vector<std::uint8_t> bytes(payload.begin(), payload.end());
  const std::vector<std::uint8_t> aad = outer_aad(hello.raw, *place);
  const auto opened = recipient.open({aad}, bytes);
  if (!opened) {
    return std::unexpected(opened.error());
  }
  bytes.resize(opened->size());
  return SecretBytes(std::move(bytes));
}

/// Whether `versions` has TLS 1.3, and nothing older.
bool is_13_only(const message::SupportedVersions& versions) {
  bool is_13 = false;
  for (const ProtocolVersion version : versions.versions) {
    const auto code = std::to_underlying(version);
    if (code < std::to_underlying(ProtocolVersion::tls13) && !is_grease(code)) {
      return false;
    }
    is_13 = is_13 || version == ProtocolVersion::tls13;
  }
  return is_13;
}

/// Whether the extensions of `hello` have an encrypted_client_hello of type inner, and nothing else
/// in it.
bool is_marked_inner(Bytes hello) {
  codec::Reader in(hello);
  const auto fields = codec::read_fields<ClientHello>(in);
  for (const message::Extension& extension : fields.extensions) {
    if (extension.extension_type == ExtensionType::encrypted_client_hello) {
      const auto inner = static_cast<std::uint8_t>(EchClientHelloType::inner);
      return std::ranges::equal(extension.extension_data, std::array{inner});
    }
  }
  return false;
}

/// Puts the ClientHello that `encoded` stands for in the place of `outer`.
Result<Hello> replace(Handshake& hs, const Hello& outer, Bytes encoded) {
  const auto message = decode_inner_hello(hs.heard(), encoded, *outer);
  if (!message) {
    return std::unexpected(message.error());
  }
  const Bytes body = message->subspan(message::header_size);
  // RFC 9849 §7.1: without a well-formed encrypted_client_hello of type inner, or with an offer of
  // TLS 1.2 or below, the server MUST abort with illegal_parameter.
  if (!is_marked_inner(body)) {
    return fail(Reason::ech_inner_invalid);
  }
  const auto hello = message::read_client_hello(body);
  if (!hello) {
    return std::unexpected(hello.error());
  }
  const auto& versions = hello->typed.supported_versions;
  if (!versions || !is_13_only(*versions)) {
    return fail(Reason::ech_inner_invalid);
  }
  const auto* const kept = hs.heard().make<ClientHello>(*hello);
  if (kept == nullptr) {
    return hs.heard().refusal(sizeof(ClientHello));
  }
  hs.replace_hello(*message);
  Hello inner = outer;
  inner.body = kept;
  inner.raw = *message;
  return inner;
}

bool is_same(const message::HpkeSymmetricCipherSuite& a,
             const message::HpkeSymmetricCipherSuite& b) {
  return a.kdf_id == b.kdf_id && a.aead_id == b.aead_id;
}

/// A recipient for what `ech` says that it was sealed with, if `key` is for it.
std::optional<Recipient> recipient_of(Handshake& hs, const EchKey& key,
                                      const OuterEchClientHello& ech) {
  const auto choice = read_ech_config(key.config());
  if (!choice || !*choice) {
    return std::nullopt;  // EchKey has read it
  }
  const message::HpkeKeyConfig& config = (*choice)->contents.key_config;
  const auto& suites = config.cipher_suites;
  const bool is_listed = std::ranges::any_of(
      suites, [&](const auto& suite) { return is_same(suite, ech.cipher_suite); });
  if (config.config_id != ech.config_id || !is_listed || !hs.spend(Work::open_hidden_hello)) {
    return std::nullopt;
  }
  // A pair of its own, as a KeyPair is for one thread at a time.
  const auto own = KeyPair::from_private(config.kem_id, key.expose_private_key());
  if (!own) {
    return std::nullopt;
  }
  auto recipient =
      Recipient::make({config.kem_id, ech.cipher_suite.kdf_id, ech.cipher_suite.aead_id}, *own,
                      ech.enc, hpke_info(key.config()));
  return recipient ? std::optional(*std::move(recipient)) : std::nullopt;
}

/// RFC 9849 §7: a server that has the keys itself MUST answer an inner one, which should never come
/// from the network, with illegal_parameter. To one that has none, the server that has them may
/// have handed it on.
Result<> take_inner(Handshake& hs, const ClientHello& hello) {
  const ServerOptions& options = hs.server().config->options();
  if (!options.ech_keys.empty()) {
    return fail(Reason::ech_type_invalid);
  }
  // RFC 9849 §7.2: it confirms that where it negotiates TLS 1.3.
  if (!wants_12(options, hello)) {
    hs.settled().ech = EchOutcome::accepted;
  }
  return {};
}

/// The second hello of a client that hid nothing in the first: it goes on so.
Result<Hello> check_unhidden(const Handshake& hs, const Hello& hello) {
  const auto& ech = hello->typed.encrypted_client_hello;
  const bool is_inner = ech && ech->form == EchClientHelloType::inner;
  const bool was_inner = hs.settled().ech == EchOutcome::accepted;
  return is_inner == was_inner ? Result<Hello>(hello) : fail(Reason::ech_type_invalid);
}

}  // namespace

Result<Hello> open_hidden(Handshake& hs, std::unique_ptr<EchOpener>& opener, const Hello& hello) {
  const auto& ech = hello->typed.encrypted_client_hello;
  if (!ech) {
    return hello;
  }
  if (ech->form == EchClientHelloType::inner) {
    const auto taken = take_inner(hs, *hello);
    return taken ? Result<Hello>(hello) : std::unexpected(taken.error());
  }
  const auto outer = codec::read<OuterEchClientHello>(ech->content);
  if (!outer) {
    return std::unexpected(outer.error());
  }
  // RFC 9849 §7.1: the keys whose config_id it is are tried in turn; where none opens it, the
  // server MUST ignore the extension.
  const std::vector<EchServerKey>& keys = hs.server().config->options().ech_keys;
  for (const EchServerKey& candidate : keys) {
    auto recipient = recipient_of(hs, *candidate.key, *outer);
    if (!recipient) {
      continue;
    }
    if (const auto encoded = open_payload(*recipient, hello)) {
      opener = std::make_unique<EchOpener>(
          EchOpener{*std::move(recipient), outer->cipher_suite, outer->config_id});
      hs.settled().ech = EchOutcome::accepted;
      return replace(hs, hello, encoded->expose());
    }
  }
  hs.settled().ech = EchOutcome::rejected;
  return hello;
}

Result<Hello> open_second(Handshake& hs, const std::unique_ptr<EchOpener>& opener,
                          const Hello& hello) {
  if (!opener) {
    return check_unhidden(hs, hello);
  }
  // RFC 9849 §7.1.1: if encrypted_client_hello is missing, the server MUST abort with
  // missing_extension; if suite or config_id have changed, or enc is not empty, with
  // illegal_parameter.
  const auto& ech = hello->typed.encrypted_client_hello;
  if (!ech) {
    return fail(Reason::extension_missing);
  }
  if (ech->form != EchClientHelloType::outer) {
    return fail(Reason::ech_type_invalid);
  }
  const auto outer = codec::read<OuterEchClientHello>(ech->content);
  if (!outer) {
    return std::unexpected(outer.error());
  }
  if (!is_same(outer->cipher_suite, opener->suite) || outer->config_id != opener->config_id ||
      !outer->enc.empty()) {
    return fail(Reason::hello_changed);
  }
  // RFC 9849 §7.1.1: if it does not open, the server MUST abort with decrypt_error.
  if (const auto paid = hs.spend(Work::open_hidden_hello); !paid) {
    return std::unexpected(paid.error());
  }
  const auto encoded = open_payload(opener->recipient, hello);
  return encoded ? replace(hs, hello, encoded->expose()) : std::unexpected(encoded.error());
}

void confirm_ech(const Handshake& hs, const ClientHello& hello, crypto::HashId hash,
                 MutBytes message) {
  if (hs.settled().ech != EchOutcome::accepted) {
    return;
  }
  const auto answer = message::read_server_hello(Bytes(message).subspan(message::header_size));
  const bool is_retry = answer && answer->is_retry();
  if (const auto place = confirmation_place(message, is_retry)) {
    const auto confirmation = ech_confirmation(hs, hash, hello.random, message, *place, is_retry);
    std::ranges::copy(confirmation, place->in(message).begin());
  }
}

std::vector<std::uint8_t> retry_configs(const Handshake& hs, const ClientHello& hello) {
  const auto& ech = hello.typed.encrypted_client_hello;
  const auto& keys = hs.server().config->options().ech_keys;
  if (!ech || ech->form != EchClientHelloType::outer || keys.empty()) {
    return {};
  }
  std::size_t size = 0;
  for (const EchServerKey& candidate : keys) {
    size += candidate.is_retired ? 0 : candidate.key->config().size();
  }
  std::vector<std::uint8_t> list(2 + size);
  codec::Writer out(list);
  out.number(static_cast<std::uint16_t>(size));
  for (const EchServerKey& candidate : keys) {
    if (!candidate.is_retired) {
      out.bytes(candidate.key->config());
    }
  }
  return list;
}

}  // namespace handfast::handshake
