#include "crypto/key_exchange.h"

#include "crypto/exchange.h"
#include "crypto/openssl/provider.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast::crypto {

/// A group of TLS: one exchange, or two whose shares and secrets stand one after the other.
struct KeyExchange::Group {
  NamedGroup id;
  std::array<const Exchange*, 2> exchanges;  // the second is nullptr where there is one alone

  [[nodiscard]] std::span<const Exchange* const> parts() const {
    return std::span(exchanges).first(exchanges.back() == nullptr ? 1 : 2);
  }

  /// The sum of one of the sizes over the parts.
  [[nodiscard]] std::size_t sum(std::size_t Exchange::* size) const {
    std::size_t all = 0;
    for (const Exchange* part : parts()) {
      all += part->*size;
    }
    return all;
  }
};

namespace {

using Group = KeyExchange::Group;

// RFC 10024 §4: X25519MLKEM768 has ML-KEM first, whatever its name says.
constexpr std::array groups = {
    Group{NamedGroup::x25519mlkem768, {&ml_kem_768, &dh_x25519}},
    Group{NamedGroup::secp256r1mlkem768, {&dh_secp256r1, &ml_kem_768}},
    Group{NamedGroup::secp384r1mlkem1024, {&dh_secp384r1, &ml_kem_1024}},
    Group{NamedGroup::mlkem1024, {&ml_kem_1024, nullptr}},
    Group{NamedGroup::x25519, {&dh_x25519, nullptr}},
    Group{NamedGroup::secp256r1, {&dh_secp256r1, nullptr}},
    Group{NamedGroup::secp384r1, {&dh_secp384r1, nullptr}},
    Group{NamedGroup::secp521r1, {&dh_secp521r1, nullptr}},
    Group{NamedGroup::x448, {&dh_x448, nullptr}},
};

// The row of `id`, or nullptr for a group that this build does not have.
const Group* find(NamedGroup id) {
  const auto* const found = std::ranges::find(groups, id, &Group::id);
  return found != groups.end() ? found : nullptr;
}

// Takes the first `size` of `bytes` away from them.
template <class Span>
Span take(Span& bytes, std::size_t size) {
  const Span taken = bytes.first(size);
  bytes = bytes.subspan(size);
  return taken;
}

// Private keys of a lone exchange are its own to judge; others must be cut in two.
bool can_be_cut(const Group& group, Bytes secrets, std::size_t Exchange::* size) {
  return group.parts().size() == 1 || secrets.size() == group.sum(size);
}

// What `secrets` holds for the next part: nothing if there are none.
Bytes cut(const Group& group, Bytes& secrets, std::size_t size) {
  return group.parts().size() == 1 ? secrets : take(secrets, secrets.empty() ? 0 : size);
}

}  // namespace

bool is_supported(NamedGroup group) { return find(group) != nullptr; }

bool has_ml_kem(NamedGroup group) {
  const Group* const found = find(group);
  return found != nullptr && std::ranges::any_of(found->parts(), [](const Exchange* part) {
           return part == &ml_kem_768 || part == &ml_kem_1024;
         });
}

Result<KeyExchange> KeyExchange::generate(NamedGroup group) {
  const openssl::QuietErrors quiet;
  const Group* const found = find(group);
  return found != nullptr ? make(*found, {}) : fail(Reason::configuration_unsupported);
}

Result<KeyExchange> KeyExchange::from_private(NamedGroup group, Bytes private_key) {
  const openssl::QuietErrors quiet;
  const Group* const found = find(group);
  if (found == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  if (private_key.empty() || !can_be_cut(*found, private_key, &Exchange::private_key_size)) {
    return fail(Reason::key_malformed);
  }
  return make(*found, private_key);
}

Result<KeyExchange> KeyExchange::make(const Group& group, Bytes private_key) {
  KeyExchange made(group);
  MutBytes share = made.share_.fill(group.sum(&Exchange::client_share_size));
  std::size_t index = 0;
  for (const Exchange* part : group.parts()) {
    const Bytes own = cut(group, private_key, part->private_key_size);
    auto pair = own.empty() ? part->generate() : part->from_private(own);
    if (!pair) {
      return std::unexpected(pair.error());
    }
    if (!part->write_share(*pair, take(share, part->client_share_size))) {
      return fail(Reason::out_of_memory);
    }
    made.pairs_[index++] = std::move(*pair);
  }
  return made;
}

NamedGroup KeyExchange::group() const { return group_->id; }

Result<SharedSecret> KeyExchange::decapsulate(Bytes server_share) const {
  const openssl::QuietErrors quiet;
  const std::size_t size = group_->sum(&Exchange::server_share_size);
  if (server_share.size() != size) {
    return fail_limit(Reason::key_share_invalid, size, server_share.size());
  }
  SharedSecret secret;
  MutBytes out = secret.fill(group_->sum(&Exchange::secret_size));
  std::size_t index = 0;
  for (const Exchange* part : group_->parts()) {
    const Bytes share = take(server_share, part->server_share_size);
    if (!part->decapsulate(pairs_[index++], share, take(out, part->secret_size))) {
      return fail(Reason::key_share_invalid);
    }
  }
  return secret;
}

namespace {

Result<Encapsulation> answer(const Group& group, Bytes client_share, Bytes randomness,
                             MutBytes room) {
  const std::size_t size = group.sum(&Exchange::client_share_size);
  if (client_share.size() != size) {
    return fail_limit(Reason::key_share_invalid, size, client_share.size());
  }
  Encapsulation made{PublicShare(room), {}};
  MutBytes share = made.share.fill(group.sum(&Exchange::server_share_size));
  MutBytes secret = made.secret.fill(group.sum(&Exchange::secret_size));
  for (const Exchange* part : group.parts()) {
    const Bytes own = cut(group, randomness, part->randomness_size);
    const Bytes theirs = take(client_share, part->client_share_size);
    const auto done = part->encapsulate(theirs, own, take(share, part->server_share_size),
                                        take(secret, part->secret_size));
    if (!done) {
      return std::unexpected(done.error());
    }
  }
  return made;
}

}  // namespace

Result<Encapsulation> encapsulate(NamedGroup group, Bytes client_share, MutBytes room) {
  const openssl::QuietErrors quiet;
  const Group* const found = find(group);
  return found != nullptr ? answer(*found, client_share, {}, room)
                          : fail(Reason::configuration_unsupported);
}

Result<Encapsulation> encapsulate_from(NamedGroup group, Bytes client_share, Bytes randomness,
                                       MutBytes room) {
  const openssl::QuietErrors quiet;
  const Group* const found = find(group);
  if (found == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  if (randomness.empty() || !can_be_cut(*found, randomness, &Exchange::randomness_size)) {
    return fail(Reason::key_malformed);
  }
  return answer(*found, client_share, randomness, room);
}

SecretSizes secret_sizes(NamedGroup group) {
  const Group* const found = find(group);
  return found != nullptr ? SecretSizes{.private_key = found->sum(&Exchange::private_key_size),
                                        .randomness = found->sum(&Exchange::randomness_size)}
                          : SecretSizes{};
}

AgreedSizes agreed_sizes(NamedGroup group) {
  const Group* const found = find(group);
  return found != nullptr ? AgreedSizes{.share = found->sum(&Exchange::server_share_size),
                                        .secret = found->sum(&Exchange::secret_size)}
                          : AgreedSizes{};
}

}  // namespace handfast::crypto
