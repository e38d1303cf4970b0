#include "legacy/dhe12.h"

#include "codec/writer.h"
#include "legacy/ffdhe.h"
#include "message/key_exchange12.h"

#include <utility>
#include <vector>

namespace handfast::legacy {
namespace {

using handshake::ClientExchange12;
using handshake::Handshake;
using handshake::Received;
using handshake::ServerExchange12;
using handshake::Task;
using handshake::Work;
using message::DheClientKeyExchange;
using message::DheServerKeyExchange;
using message::ServerDhParams;

/// The params as they stand in the message.
Bytes params_of(const Received<DheServerKeyExchange>& said) {
  const ServerDhParams& params = said->params;
  constexpr std::size_t lengths = 3 * sizeof(std::uint16_t);
  const std::size_t size = lengths + params.dh_p.size() + params.dh_g.size() + params.dh_ys.size();
  return said.raw.subspan(message::header_size, size);
}

/// RFC 7919 §3 lets a client take other groups; nobody could say what they are worth.
Result<NamedGroup> group_of(const ServerDhParams& params) {
  const auto group = find_ffdhe(params.dh_p, params.dh_g);
  return group ? Result<NamedGroup>(*group) : fail(Reason::ffdhe_group_unknown);
}

Task<> hear_dhe(Handshake& hs, ClientExchange12* exchange) {
  const auto said = co_await hs.read<DheServerKeyExchange>();
  exchange->group = co_await group_of(said->params);
  const Bytes content =
      co_await handshake::signed_params12(hs.store(), *exchange->randoms, params_of(said));
  co_await handshake::check_exchange_signature12(hs, *exchange, said->algorithm, said->signature,
                                                 content);
  exchange->server_public = said->params.dh_ys;
}

Task<> answer_dhe(Handshake& hs, ClientExchange12* exchange) {
  co_await hs.spend(Work::agree_on_key);
  const FfdhePair mine = co_await generate_ffdhe(exchange->group);
  exchange->premaster_secret =
      co_await agree_ffdhe(exchange->group, mine.private_key, exchange->server_public);
  const DheClientKeyExchange answer{.dh_yc = mine.share};
  co_await hs.send(answer, 16 + mine.share.size());
}

/// The params with our share, and what is signed of them.
Result<Bytes> draft_params(Handshake& hs, const ServerExchange12& exchange,
                           const ServerDhParams& params) {
  std::vector<std::uint8_t> memory(16 + params.dh_p.size() + params.dh_g.size() +
                                   params.dh_ys.size());
  codec::Writer out(memory);
  codec::write(out, params);
  return handshake::signed_params12(hs.store(), *exchange.randoms, out.written());
}

Task<> offer_dhe(Handshake& hs, ServerExchange12* exchange) {
  const FfdheGroup group = co_await ffdhe_group(exchange->group);
  FfdhePair mine;
  mine = co_await generate_ffdhe(exchange->group);
  const ServerDhParams params{.dh_p = group.p, .dh_g = group.g, .dh_ys = mine.share};
  const Bytes content = co_await draft_params(hs, *exchange, params);
  const auto* answer = co_await hs.sign(*exchange->credential, exchange->scheme, content);
  hs.settled().scheme = exchange->scheme;
  const DheServerKeyExchange said{params, exchange->scheme, answer->signature};
  co_await hs.send(said, 32 + 3 * group.p.size() + said.signature.size());
  exchange->own_secret = std::move(mine.private_key);
}

Task<> agree_dhe(Handshake& hs, ServerExchange12* exchange) {
  const auto answer = co_await hs.read<DheClientKeyExchange>();
  co_await hs.spend(Work::agree_on_key);
  exchange->premaster_secret =
      co_await agree_ffdhe(exchange->group, exchange->own_secret, answer->dh_yc);
  exchange->edge = answer.edge;
}

}  // namespace

constinit const handshake::KeyExchange12 dhe12 = {
    .method = crypto::KeyExchangeMethod::dhe,
    .hear_server = hear_dhe,
    .answer_server = answer_dhe,
    .confirm_server = nullptr,
    .offer = offer_dhe,
    .agree = agree_dhe,
};

}  // namespace handfast::legacy
