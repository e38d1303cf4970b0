#include "handshake/psk12.h"

#include "base/limits.h"
#include "base/secret.h"
#include "codec/writer.h"
#include "handshake/agree_on_key.h"
#include "handshake/ecdhe12.h"
#include "handshake/psk13.h"
#include "message/key_exchange12.h"

#include <algorithm>
#include <array>
#include <vector>

namespace handfast::handshake {

namespace {

/// The first key for TLS 1.2; nullptr: there is none.
template <class Options>
const std::shared_ptr<const ExternalPsk>* first_psk12(const Options& options) {
  const auto found = std::ranges::find(options.external_psks, ProtocolVersion::tls12,
                                       [](const auto& psk) { return psk->version(); });
  return found != options.external_psks.end() ? &*found : nullptr;
}

}  // namespace

const std::shared_ptr<const ExternalPsk>* own_psk12(const ClientOptions& options) {
  return first_psk12(options);
}

bool knows_psks12(const ServerOptions& options) {
  return options.pulled.psk_choice || first_psk12(options) != nullptr;
}

namespace {

/// RFC 4279 §2, RFC 5489 §2: the premaster secret is other_secret, and then the key, each after its
/// length. Without another secret, zeros of the key's length stand in its place.
SecretBytes premaster_of(Bytes other_secret, Bytes psk) {
  const std::size_t other_size = other_secret.empty() ? psk.size() : other_secret.size();
  std::vector<std::uint8_t> memory(2 + other_size + 2 + psk.size());
  codec::Writer out(memory);
  out.number(static_cast<std::uint16_t>(other_size));
  if (other_secret.empty()) {
    std::ranges::fill(out.take(other_size), std::uint8_t{0});
  } else {
    out.bytes(other_secret);
  }
  out.number(static_cast<std::uint16_t>(psk.size()));
  out.bytes(psk);
  return SecretBytes(std::move(memory));
}

// ---- a client -----------------------------------------------------------------------------------

// RFC 4279 §5.2: "servers SHOULD NOT provide an identity hint and clients MUST ignore the identity
// hint field", where no application says what it means.

Task<> hear_psk(Handshake& hs, ClientExchange12* /*exchange*/) {
  co_await hs.read_if<message::PskServerKeyExchange>();
}

Task<> hear_ecdhe_psk(Handshake& hs, ClientExchange12* exchange) {
  const auto said = co_await hs.read<message::EcdhePskServerKeyExchange>();
  co_await check_group12(said->params, *exchange->asked->options);
  exchange->group = said->params.namedcurve;
  exchange->server_public = said->params.public_point;
}

/// Names the key that this client has. Its suite was offered, so there is one.
const ExternalPsk& name_own_psk(Handshake& hs) {
  hs.use_external_psk(*own_psk12(hs.client().config->options()));
  return *hs.external_psk();
}

Task<> answer_psk(Handshake& hs, ClientExchange12* exchange) {
  const ExternalPsk& psk = name_own_psk(hs);
  const message::PskClientKeyExchange answer{.psk_identity = psk.identity()};
  co_await hs.send(answer, 16 + answer.psk_identity.size());
  const Bytes nothing;
  exchange->premaster_secret = premaster_of(nothing, psk.expose12());
}

Task<> answer_ecdhe_psk(Handshake& hs, ClientExchange12* exchange) {
  const ExternalPsk& psk = name_own_psk(hs);
  const crypto::Encapsulation share =
      co_await encapsulate(hs, exchange->group, exchange->server_public);
  const message::EcdhePskClientKeyExchange answer{.psk_identity = psk.identity(),
                                                  .ecdh_yc = share.share.bytes()};
  co_await hs.send(answer, 16 + answer.psk_identity.size() + answer.ecdh_yc.size());
  exchange->premaster_secret = premaster_of(share.secret.expose(), psk.expose12());
}

/// Nobody else could have made that Finished.
void trust_psk12(Handshake& hs) {
  hs.trust_external_psk();
  hs.report(ChainJudged{hs.verdict()});
}

// ---- a server -----------------------------------------------------------------------------------

/// RFC 4279 §2: "If no hint is provided, the ServerKeyExchange message is omitted."
Task<> offer_psk(Handshake& /*hs*/, ServerExchange12* /*exchange*/) { co_return; }

Task<> offer_ecdhe_psk(Handshake& hs, ServerExchange12* exchange) {
  exchange->mine = co_await hs.chance().key_exchange(exchange->group);
  const message::EcdhePskServerKeyExchange said{.psk_identity_hint = {},
                                                .params = params_with(*exchange->mine)};
  co_await hs.send(said, 16 + said.params.public_point.size());
}

/// How many bytes of chance stand for a key that is not there: as many as the first has, so that
/// the time of hashing them tells nothing either where all keys are of one size.
std::size_t decoy_size(const ServerOptions& options) {
  const auto* const first = first_psk12(options);
  return first != nullptr ? (*first)->expose12().size() : 32;
}

/// Puts the key that a client has named into `own_secret`, or bytes of chance in its place, which
/// are drawn either way. RFC 4279 §2: a server that wishes to hide that it does not know an
/// identity goes on "as if the PSK identity existed but the key was incorrect".
Task<> find_psk12(Handshake& hs, ServerExchange12* exchange, Bytes identity) {
  Secret<limits::psk_longest> decoy;
  const MutBytes room = decoy.fill(decoy_size(hs.server().config->options()));
  co_await hs.chance().fill(room);
  exchange->own_secret = SecretBytes(decoy.expose());
  const std::array<Bytes, 1> identities = {identity};
  const std::span<const KdfIdentifier> no_kdfs;
  const ChosenPsk* chosen = co_await hs.choose_psk(identities, no_kdfs);
  if (fits(*chosen, identities, no_kdfs)) {
    hs.use_external_psk(chosen->psk);
    exchange->own_secret = SecretBytes(chosen->psk->expose12());
  } else {
    hs.report(PskIdentityUnknown{identity});
  }
}

Task<> agree_psk(Handshake& hs, ServerExchange12* exchange) {
  const auto answer = co_await hs.read<message::PskClientKeyExchange>();
  co_await find_psk12(hs, exchange, answer->psk_identity);
  const Bytes nothing;
  exchange->premaster_secret = premaster_of(nothing, exchange->own_secret.expose());
  exchange->edge = answer.edge;
}

Task<> agree_ecdhe_psk(Handshake& hs, ServerExchange12* exchange) {
  const auto answer = co_await hs.read<message::EcdhePskClientKeyExchange>();
  const crypto::SharedSecret shared = co_await decapsulate(hs, &*exchange->mine, answer->ecdh_yc);
  co_await find_psk12(hs, exchange, answer->psk_identity);
  exchange->premaster_secret = premaster_of(shared.expose(), exchange->own_secret.expose());
  exchange->edge = answer.edge;
}

}  // namespace

const KeyExchange12 psk12 = {
    .method = crypto::KeyExchangeMethod::psk,
    .hear_server = hear_psk,
    .answer_server = answer_psk,
    .confirm_server = trust_psk12,
    .offer = offer_psk,
    .agree = agree_psk,
};

const KeyExchange12 ecdhe_psk12 = {
    .method = crypto::KeyExchangeMethod::ecdhe_psk,
    .hear_server = hear_ecdhe_psk,
    .answer_server = answer_ecdhe_psk,
    .confirm_server = trust_psk12,
    .offer = offer_ecdhe_psk,
    .agree = agree_ecdhe_psk,
};

}  // namespace handfast::handshake
