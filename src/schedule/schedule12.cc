#include "schedule/schedule12.h"

#include "base/gather.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast::schedule {
namespace {

constexpr std::string_view main_secret_label = "extended master secret";
constexpr std::string_view key_expansion_label = "key expansion";
constexpr std::string_view client_finished_label = "client finished";
constexpr std::string_view server_finished_label = "server finished";

/// What the PRF is used for by the protocol itself. RFC 5705 §6: they "are reserved and MUST NOT be
/// used for the purpose described in RFC 5705"; so is that of RFC 7627.
constexpr std::array reserved_labels = {main_secret_label, std::string_view("master secret"),
                                        key_expansion_label, client_finished_label,
                                        server_finished_label};

constexpr std::size_t most_seeds = 4;

}  // namespace

void prf(const crypto::Hmac& secret, std::string_view label, std::initializer_list<Bytes> seed,
         MutBytes out) {
  // RFC 5246 §5: PRF(secret, label, seed) = P_hash(secret, label + seed), where A(0) = label +
  // seed, A(i) = HMAC(secret, A(i-1)), and P_hash = HMAC(secret, A(1) + label + seed) + ...
  Secret<64> a;
  const std::size_t size = crypto::digest_size(secret.id());
  std::array<Bytes, 2 + most_seeds> parts = {a.fill(size), bytes_of(label)};
  const auto* const end = std::ranges::copy(seed, parts.begin() + 2).out;
  const std::span<const Bytes> whole(parts.begin(), end);  // A(i), label, seed
  secret.authenticate(whole.subspan(1), a.fill(size));
  while (out.size() > size) {
    Secret<64> next;
    secret.authenticate_both(whole, out.first(size), whole.first(1), next.fill(size));
    out = out.subspan(size);
    a = std::move(next);
  }
  Secret<64> last;
  secret.authenticate(whole, last.fill(size));
  std::ranges::copy(last.expose().first(out.size()), out.begin());
}

MainSecret::MainSecret(crypto::HashId id, HashSecret secret)
    : secret_(std::move(secret)), prf_(id, secret_.expose()) {}

MainSecret MainSecret::extended(crypto::HashId id, Bytes premaster_secret,
                                const crypto::Digest& session_hash) {
  HashSecret secret;
  prf(crypto::Hmac(id, premaster_secret), main_secret_label, {session_hash.bytes()},
      secret.fill(size));
  return {id, std::move(secret)};
}

DirectionKeys MainSecret::keys(const crypto::Suite& suite, const Randoms& randoms) const {
  const std::size_t key = crypto::key_size(suite.aead);
  const std::size_t iv = crypto::derived_iv_size(suite);
  const std::size_t mac = suite.mac ? crypto::mac_size(*suite.mac) : 0;
  Secret<2 * (48 + 32 + crypto::aead_nonce_size)> block;
  prf(prf_, key_expansion_label, {randoms.server, randoms.client},
      block.fill(2 * (mac + key + iv)));
  // RFC 5246 §6.3: client_write_MAC_key, server_write_MAC_key, client_write_key, server_write_key,
  // client_write_IV, server_write_IV; an AEAD has no MAC keys.
  const Bytes macs = block.expose().first(2 * mac);
  const Bytes all = block.expose().subspan(2 * mac);
  DirectionKeys keys;
  keys.client = {Secret<32>(all.first(key)), crypto::Iv(all.subspan(2 * key, iv)),
                 Secret<48>(macs.first(mac))};
  keys.server = {Secret<32>(all.subspan(key, key)), crypto::Iv(all.subspan(2 * key + iv, iv)),
                 Secret<48>(macs.last(mac))};
  return keys;
}

VerifyData MainSecret::client_finished(const crypto::Digest& transcript) const {
  return finished(client_finished_label, transcript);
}

VerifyData MainSecret::server_finished(const crypto::Digest& transcript) const {
  return finished(server_finished_label, transcript);
}

VerifyData MainSecret::finished(std::string_view label, const crypto::Digest& transcript) const {
  VerifyData data{};
  prf(prf_, label, {transcript.bytes()}, data);
  return data;
}

Result<> MainSecret::export_keying_material(std::string_view label, const Randoms& randoms,
                                            std::optional<Bytes> context, MutBytes out) const {
  const bool is_reserved = std::ranges::find(reserved_labels, label) != reserved_labels.end();
  if (is_reserved || (context && context->size() > 0xffff)) {
    return fail(Reason::exporter_label_invalid);
  }
  if (!context) {
    prf(prf_, label, {randoms.client, randoms.server}, out);
    return {};
  }
  const std::array<std::uint8_t, 2> length = {static_cast<std::uint8_t>(context->size() >> 8),
                                              static_cast<std::uint8_t>(context->size())};
  prf(prf_, label, {randoms.client, randoms.server, length, *context}, out);
  return {};
}

}  // namespace handfast::schedule
