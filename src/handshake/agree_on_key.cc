#include "handshake/agree_on_key.h"

#include <algorithm>

namespace handfast::handshake {

Task<crypto::Encapsulation> encapsulate(Handshake& hs, NamedGroup group, Bytes peer_share) {
  if (!hs.pulled().key_exchange) {
    co_await hs.spend(Work::agree_on_key);
    const MutBytes room = hs.store().allocate(crypto::agreed_sizes(group).share);
    co_return co_await hs.chance().encapsulate(group, peer_share, room);
  }
  const AgreeOnKey exchange{.group = group, .peer_share = peer_share};
  const auto* agreed = co_await hs.agree_on_key(exchange);
  crypto::Encapsulation made;
  std::ranges::copy(agreed->share, made.share.fill(agreed->share.size()).begin());
  made.secret = crypto::SharedSecret(agreed->secret.expose());
  co_return made;
}

Task<crypto::SharedSecret> decapsulate(Handshake& hs, const crypto::KeyExchange* own,
                                       Bytes peer_share) {
  if (!hs.pulled().key_exchange) {
    co_await hs.spend(Work::agree_on_key);
    co_return co_await own->decapsulate(peer_share);
  }
  const AgreeOnKey exchange{.group = own->group(), .peer_share = peer_share, .own = own};
  const auto* agreed = co_await hs.agree_on_key(exchange);
  co_return crypto::SharedSecret(agreed->secret.expose());
}

}  // namespace handfast::handshake
