// ECDHE, with the server's signature. RFC 8422 §5.4, §5.7.
#include "handshake/ecdhe12.h"

#include "handshake/agree_on_key.h"
#include "handshake/key_exchange12.h"
#include "message/key_exchange12.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {

/// RFC 8422 §5.4: the client checks that the curve is one that it has offered.
Result<> check_group12(const message::ServerEcdhParams& params, const ClientOptions& options) {
  const auto& offered = options.groups;
  const bool is_offered = std::ranges::find(offered, params.namedcurve) != offered.end() &&
                          !crypto::has_ml_kem(params.namedcurve);
  return params.curve_type == message::EcCurveType::named_curve && is_offered
             ? Result<>()
             : fail(Reason::group_not_offered);
}

message::ServerEcdhParams params_with(const crypto::KeyExchange& mine) {
  return {message::EcCurveType::named_curve, mine.group(), mine.share()};
}

namespace {

/// The params of a ServerKeyExchange as they stand in it.
Bytes params_of(const Received<message::ServerKeyExchange>& exchange) {
  constexpr std::size_t before_point = 1 + 2 + 1;  // curve_type, namedcurve, length
  return exchange.raw.subspan(message::header_size,
                              before_point + exchange->params.public_point.size());
}

Task<> hear_ecdhe(Handshake& hs, ClientExchange12* exchange) {
  const auto said = co_await hs.read<message::ServerKeyExchange>();
  co_await check_group12(said->params, *exchange->asked->options);
  const Bytes content = co_await signed_params12(hs.store(), *exchange->randoms, params_of(said));
  co_await check_exchange_signature12(hs, *exchange, said->algorithm, said->signature, content);
  exchange->group = said->params.namedcurve;
  exchange->server_public = said->params.public_point;
}

Task<> answer_ecdhe(Handshake& hs, ClientExchange12* exchange) {
  const crypto::Encapsulation share =
      co_await encapsulate(hs, exchange->group, exchange->server_public);
  const message::ClientKeyExchange answer{.ecdh_yc = share.share.bytes()};
  co_await hs.send(answer, 16 + answer.ecdh_yc.size());
  exchange->premaster_secret = SecretBytes(share.secret.expose());
}

/// What the server has to sign.
Result<Bytes> draft_params12(Handshake& hs, const ServerExchange12& exchange) {
  std::array<std::uint8_t, 4 + 0xff> memory{};
  codec::Writer out(memory);
  codec::write(out, params_with(*exchange.mine));
  return signed_params12(hs.store(), *exchange.randoms, out.written());
}

Task<> offer_ecdhe(Handshake& hs, ServerExchange12* exchange) {
  exchange->mine = co_await hs.chance().key_exchange(exchange->group);
  const Bytes content = co_await draft_params12(hs, *exchange);
  const auto* answer = co_await hs.sign(*exchange->credential, exchange->scheme, content);
  hs.settled().scheme = exchange->scheme;
  const message::ServerKeyExchange said{params_with(*exchange->mine), exchange->scheme,
                                        answer->signature};
  co_await hs.send(said, 16 + said.params.public_point.size() + said.signature.size());
}

Task<> agree_ecdhe(Handshake& hs, ServerExchange12* exchange) {
  const auto answer = co_await hs.read<message::ClientKeyExchange>();
  const crypto::SharedSecret shared = co_await decapsulate(hs, &*exchange->mine, answer->ecdh_yc);
  exchange->premaster_secret = SecretBytes(shared.expose());
  exchange->edge = answer.edge;
}

}  // namespace

const KeyExchange12 ecdhe12 = {
    .method = crypto::KeyExchangeMethod::ecdhe,
    .hear_server = hear_ecdhe,
    .answer_server = answer_ecdhe,
    .confirm_server = nullptr,
    .offer = offer_ecdhe,
    .agree = agree_ecdhe,
};

}  // namespace handfast::handshake
