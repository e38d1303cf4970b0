#include "handshake/ech_client13.h"

#include "crypto/hpke.h"
#include "handshake/ech_confirm13.h"
#include "handshake/ech_inner13.h"
#include "handshake/hello13.h"
#include "handshake/resume13.h"
#include "message/extension/encrypted_client_hello.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace handfast::handshake {
namespace {

using crypto::hpke::AeadCode;
using crypto::hpke::Kdf;
using crypto::hpke::Kem;
using crypto::hpke::KeyPair;
using crypto::hpke::Sender;
using message::OuterEchClientHello;

/// A fresh key pair of `kem`, of this handshake's own randomness.
Result<KeyPair> fresh_pair(Handshake& hs, Kem kem) {
  Secret<66> material;  // as long as the longest private key
  if (const auto filled = hs.chance().fill(material.fill(66)); !filled) {
    return std::unexpected(filled.error());
  }
  return KeyPair::derive(kem, material.expose());
}

/// The bytes that hold the content of the extension of type outer, and to spare.
std::size_t room_for(Bytes enc, std::size_t payload_size) { return 16 + enc.size() + payload_size; }

/// The content of the extension of type outer; in `memory`.
MutBytes write_outer(MutBytes memory, const OuterEchClientHello& outer) {
  codec::Writer out(memory);
  codec::write_element(out, message::EchClientHelloType::outer);
  codec::write(out, outer);
  return memory.first(out.size());
}

/// The same in the handshake's store.
Result<MutBytes> written(Handshake& hs, const OuterEchClientHello& outer) {
  const MutBytes memory = hs.store().allocate(room_for(outer.enc, outer.payload.size()));
  return memory.empty() ? fail(Reason::out_of_memory)
                        : Result<MutBytes>(write_outer(memory, outer));
}

/// How much would be sealed if the ClientHello of `offer` were hidden.
Result<std::size_t> sealed_size(Handshake& hs, const Offer& offer) {
  const ClientOptions& options = hs.client().config->options();
  const std::string_view name = name_told(hs);
  const std::size_t for_suites = room_for_suites(options);
  const std::size_t room = for_suites + room_for_extensions(offer, options, name);
  const MutBytes memory = hs.store().allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer out(memory.subspan(for_suites));
  const SharedExtensions shared = write_inner_extensions(out, offer, options, name);
  const auto inner = hello_of(offer, options, memory.first(for_suites), out.written());
  const std::size_t size = encoded_inner_size(inner, shared, {.own = name.size()});
  hs.store().shrink_last(room);  // nobody looks at it again
  return size + crypto::aead_tag_size;
}

/// RFC 9849 §6.2.1: a random config_id, a suite that is supported, a valid encapsulated key, and
/// random bytes of the length that the real thing would have.
Result<MutBytes> grease(Handshake& hs, const Offer& offer) {
  static constexpr std::array aeads = {AeadCode::aes_128_gcm, AeadCode::aes_256_gcm,
                                       AeadCode::chacha20_poly1305};
  const auto key = hs.chance().key_exchange(NamedGroup::x25519);  // what Enc of that KEM is
  if (!key) {
    return std::unexpected(key.error());
  }
  std::array<std::uint8_t, 2> dice{};
  const auto size = sealed_size(hs, offer);
  if (!size) {
    return std::unexpected(size.error());
  }
  const MutBytes memory = hs.store().allocate(room_for(key->share(), *size));
  const MutBytes payload = hs.store().allocate(*size);
  if (memory.empty() || payload.empty()) {
    return fail(Reason::out_of_memory);
  }
  for (const MutBytes random : {MutBytes(dice), payload}) {
    if (const auto filled = hs.chance().fill(random); !filled) {
      return std::unexpected(filled.error());
    }
  }
  const MutBytes content =
      write_outer(memory, {.cipher_suite = {Kdf::hkdf_sha256, aeads[dice[0] % aeads.size()]},
                           .config_id = dice[1],
                           .enc = key->share(),
                           .payload = payload});
  hs.store().shrink_last(payload.size());
  return content;
}

/// What hides the ClientHello, by the configuration of `config`.
Result<std::unique_ptr<EchOffer>> hide(Handshake& hs, const EchConfig& config) {
  const auto choice = read_ech_config(config.bytes());
  if (!choice || !*choice) {
    return fail(Reason::internal);  // EchConfig::choose has read it
  }
  const auto ephemeral = fresh_pair(hs, (*choice)->suite.kem);
  if (!ephemeral) {
    return std::unexpected(ephemeral.error());
  }
  auto sender =
      Sender::make_from(*ephemeral, (*choice)->suite, (*choice)->contents.key_config.public_key,
                        hpke_info(config.bytes()));
  if (!sender) {
    return std::unexpected(sender.error());
  }
  auto hidden = std::make_unique<EchOffer>(EchOffer{**choice, *std::move(sender)});
  // RFC 9849 §6.1: the client MUST generate a fresh ClientHelloOuter.random.
  if (const auto filled = hs.chance().fill(hidden->outer_random); !filled) {
    return std::unexpected(filled.error());
  }
  return hidden;
}

/// A ClientHelloInner: the message, and where among its extensions those are that both hellos have.
struct InnerHello {
  MutBytes message;
  SharedExtensions shared;
};

Result<InnerHello> compose_inner(Handshake& hs, const Offer& offer) {
  const ClientOptions& options = hs.client().config->options();
  const std::string_view name = name_told(hs);
  auto draft = draft_hello(hs, offer, name);
  if (!draft) {
    return std::unexpected(draft.error());
  }
  const SharedExtensions shared = write_inner_extensions(draft->extensions, offer, options, name);
  const auto hello = compose_hello(hs, offer, offer.random, *draft);
  if (!hello) {
    return std::unexpected(hello.error());
  }
  write_binders(hs, offer, hello->message);
  return InnerHello{hello->message, shared};
}

/// RFC 9849 §6.1.2: beside the PSKs of the inner hello, random ones of the same lengths.
Result<> write_grease_psks(codec::Writer& out, Handshake& hs, const message::OfferedPsks& inner) {
  codec::write_element(out, ExtensionType::pre_shared_key);
  const std::size_t extension = out.begin_vector(2);
  const std::size_t identities = out.begin_vector(2);
  Result<> drawn;
  for (const message::PskIdentity& identity : inner.identities) {
    out.number(static_cast<std::uint16_t>(identity.identity.size()));
    const MutBytes random = out.take(identity.identity.size() + sizeof(std::uint32_t));
    drawn = drawn ? hs.chance().fill(random) : drawn;
  }
  out.end_vector(identities, 2);
  const std::size_t binders = out.begin_vector(2);
  for (const message::PskBinderEntry& binder : inner.binders) {
    out.number(static_cast<std::uint8_t>(binder.binder.size()));
    const MutBytes random = out.take(binder.binder.size());
    drawn = drawn ? hs.chance().fill(random) : drawn;
  }
  out.end_vector(binders, 2);
  out.end_vector(extension, 2);
  return drawn;
}

/// The ClientHelloOuter around `inner`, its payload still zero.
Result<ComposedHello> compose_outer(Handshake& hs, const Offer& offer,
                                    const message::ClientHello& inner) {
  const ClientOptions& options = hs.client().config->options();
  const std::string_view public_name = options.ech->public_name().text();
  auto draft = draft_hello(hs, offer, public_name);
  if (!draft) {
    return std::unexpected(draft.error());
  }
  write_outer_extensions(draft->extensions, offer, options, public_name);
  if (const auto& psks = inner.typed.pre_shared_key) {
    if (const auto written = write_grease_psks(draft->extensions, hs, *psks); !written) {
      return std::unexpected(written.error());
    }
  }
  return compose_hello(hs, offer, offer.ech->outer_random, *draft);
}

/// Whether a server's answer says that it has found what was hidden. RFC 9849 §6.1.4.
bool is_confirmed(const Handshake& hs, const Offer& offer,
                  const Received<message::ServerHello>& answer) {
  const bool is_retry = answer->is_retry();
  const crypto::Suite* const suite = crypto::find_suite(answer->cipher_suite);
  const auto place = confirmation_place(answer.raw, is_retry);
  return suite != nullptr && place &&
         equal_constant_time(
             ech_confirmation(hs, suite->hash, offer.random, answer.raw, *place, is_retry),
             place->in(answer.raw));
}

}  // namespace

Result<> offer_ech(Handshake& hs, Offer& offer) {
  const ClientOptions& options = hs.client().config->options();
  if (options.ech != nullptr) {
    auto hidden = hide(hs, *options.ech);
    if (!hidden) {
      return std::unexpected(hidden.error());
    }
    offer.ech = *std::move(hidden);
    hs.settled().ech = EchOutcome::offered;
  } else if (options.ech_grease && speaks_13(options)) {
    const auto content = grease(hs, offer);
    if (!content) {
      return std::unexpected(content.error());
    }
    offer.encrypted_client_hello = *content;
    hs.settled().ech = EchOutcome::greased;
  }
  return {};
}

Result<Asked> send_hidden_hello(Handshake& hs, Offer& offer) {
  EchOffer& hidden = *offer.ech;
  const message::EchConfigContents& config = hidden.choice.contents;
  const auto inner = compose_inner(hs, offer);
  if (!inner) {
    return std::unexpected(inner.error());
  }
  const auto hello = message::read_client_hello(inner->message.subspan(message::header_size));
  if (!hello) {
    return std::unexpected(hello.error());
  }
  const std::vector<std::uint8_t> encoded = encode_inner_hello(
      *hello, inner->shared, {.own = name_told(hs).size(), .longest = config.maximum_name_length});
  const std::vector<std::uint8_t> zeros(encoded.size() + crypto::aead_tag_size);
  // RFC 9849 §6.1.5: the second hello is sealed in the same context, and `enc` is then empty.
  const bool is_first = hidden.outer.empty();
  const auto content =
      written(hs, {.cipher_suite = {hidden.choice.suite.kdf, hidden.choice.suite.aead},
                   .config_id = config.key_config.config_id,
                   .enc = is_first ? hidden.sender.enc() : Bytes(),
                   .payload = zeros});
  if (!content) {
    return std::unexpected(content.error());
  }
  offer.encrypted_client_hello = *content;
  const auto outer = compose_outer(hs, offer, *hello);
  if (!outer) {
    return std::unexpected(outer.error());
  }
  const auto place = payload_place(outer->message);
  if (!place) {
    return fail(Reason::internal);
  }
  const MutBytes payload = place->in(outer->message);
  const std::vector<std::uint8_t> aad = outer_aad(outer->message, *place);
  if (const auto sealed = hidden.sender.seal({aad}, encoded, payload); !sealed) {
    return std::unexpected(sealed.error());
  }
  // Whoever goes on with this one repeats it as it was.
  std::ranges::copy(payload, content->last(payload.size()).begin());
  const auto sent = hs.send_composed(HandshakeType::client_hello, outer->message, inner->message);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  hidden.outer = *sent;
  hidden.outer_extensions = outer->extensions;
  return Asked{&offer, &hs.client().config->options(), hello->extensions};
}

Result<> judge_ech(Handshake& hs, Offer& offer, Asked& asked,
                   const Received<message::ServerHello>& answer) {
  if (!offer.ech) {
    return {};
  }
  EchOutcome& outcome = hs.settled().ech;
  if (outcome == EchOutcome::accepted && answer->is_retry()) {
    return {};  // a second one, which is refused for that (RFC 9846 §4.2.4)
  }
  if (is_confirmed(hs, offer, answer)) {
    outcome = EchOutcome::accepted;
    asked.is_hidden = true;
    return {};
  }
  // RFC 9849 §6.1.5: a ServerHello that does not also indicate acceptance, after a
  // HelloRetryRequest that did, MUST end with illegal_parameter.
  if (outcome == EchOutcome::accepted) {
    return fail(Reason::ech_confirmation_missing);
  }
  outcome = EchOutcome::rejected;
  const std::unique_ptr<EchOffer> hidden = std::exchange(offer.ech, nullptr);
  hs.replace_hello(hidden->outer);
  hs.expect_server(hs.client().config->options().ech->public_name());
  // RFC 9849 §6.1.2: a server that resumes after all MUST be answered with illegal_parameter; as
  // anybody is who takes a PSK that was not offered.
  hs.drop_session();
  hs.settled().session = SessionOutcome::not_offered;
  offer.psks.clear();
  offer.random = hidden->outer_random;
  asked.extensions = hidden->outer_extensions;
  return {};
}

void stay_anonymous_if_rejected(const Handshake& hs, Shown& shown) {
  // RFC 9849 §6.1.7: a server that asks for a certificate MUST be answered with an empty one.
  if (hs.settled().ech == EchOutcome::rejected) {
    shown.credential = nullptr;
  }
}

Result<> end_if_rejected(Handshake& hs, const ServerTerms& terms) {
  Settled& settled = hs.settled();
  if (settled.ech != EchOutcome::rejected) {
    return {};
  }
  // RFC 9849 §6.1.6: without authentication, the retry configurations MUST NOT be used. The public
  // name is proved by a certificate for it; a raw key has no name.
  const Verdict* const verdict = hs.verdict();
  const bool is_proved = verdict != nullptr && verdict->is_trusted() &&
                         settled.server_certificate_type == CertificateType::x509;
  if (is_proved) {
    const Bytes list = terms.ech_retry_configs;
    settled.ech_retry_configs.assign(list.begin(), list.end());
  }
  return fail(Reason::ech_rejected);
}

}  // namespace handfast::handshake
