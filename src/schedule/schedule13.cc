#include "schedule/schedule13.h"

#include "base/gather.h"
#include "codec/writer.h"

#include <array>
#include <utility>

namespace handfast::schedule {
namespace {

/// Room for any HkdfLabel.
using LabelMemory = std::array<std::uint8_t, 2 + 1 + 255 + 1 + 255>;

/// RFC 9846 §7.1: struct { uint16 length; opaque label<7..255> = "tls13 " + Label; opaque
/// context<0..255>; } HkdfLabel.
Bytes write_label(std::string_view label, Bytes context, std::size_t length, LabelMemory& memory) {
  codec::Writer info(memory);
  info.number(static_cast<std::uint16_t>(length));
  const std::size_t label_at = info.begin_vector(1);
  info.bytes(bytes_of("tls13 "));
  info.bytes(bytes_of(label));
  info.end_vector(label_at, 1);
  const std::size_t context_at = info.begin_vector(1);
  info.bytes(context);
  info.end_vector(context_at, 1);
  return info.written();
}

/// Two of `expand_label`, of a digest each at most.
void expand_labels(const crypto::Hmac& secret, Bytes context,
                   std::array<std::string_view, 2> labels, std::array<MutBytes, 2> outs) {
  std::array<LabelMemory, 2> memory;
  crypto::hkdf_expand_both(secret,  //
                           write_label(labels[0], context, outs[0].size(), memory[0]), outs[0],
                           write_label(labels[1], context, outs[1].size(), memory[1]), outs[1]);
}

/// RFC 9846 §7.1: Derive-Secret(Secret, Label, Messages).
HashSecret derive_secret(const crypto::Hmac& secret, std::string_view label,
                         const crypto::Digest& transcript) {
  HashSecret derived;
  expand_label(secret, label, transcript.bytes(), derived.fill(crypto::digest_size(secret.id())));
  return derived;
}

/// The traffic secrets of both sides.
TrafficSecrets derive_both(const crypto::Hmac& secret, std::string_view client,
                           std::string_view server, const crypto::Digest& transcript) {
  HashSecret of_client;
  HashSecret of_server;
  const std::size_t size = crypto::digest_size(secret.id());
  expand_labels(secret, transcript.bytes(), {client, server},
                {of_client.fill(size), of_server.fill(size)});
  return {{secret.id(), std::move(of_client)}, {secret.id(), std::move(of_server)}};
}

/// Transcript-Hash(""), a constant of the hash.
const crypto::Digest& hash_of_nothing(crypto::HashId id) {
  static const crypto::Digest of_sha256 = crypto::hash(crypto::HashId::sha256, {});
  static const crypto::Digest of_sha384 = crypto::hash(crypto::HashId::sha384, {});
  return id == crypto::HashId::sha256 ? of_sha256 : of_sha384;
}

HashSecret derived(const crypto::Hmac& secret) {
  return derive_secret(secret, "derived", hash_of_nothing(secret.id()));
}

Bytes zeros(crypto::HashId id) {
  static constexpr std::array<std::uint8_t, 64> bytes{};
  return Bytes(bytes).first(crypto::digest_size(id));
}

/// The salt of the handshake stage where there is no PSK: a constant of the hash, computed once.
template <crypto::HashId id>
const HashSecret& salt_without_psk() {
  static const HashSecret salt = [] {
    const HashSecret early_secret = crypto::hkdf_extract(id, zeros(id), zeros(id));
    return derived(crypto::Hmac(id, early_secret.expose()));
  }();
  return salt;
}

}  // namespace

void expand_label(const crypto::Hmac& secret, std::string_view label, Bytes context, MutBytes out) {
  LabelMemory memory;
  crypto::hkdf_expand(secret, write_label(label, context, out.size(), memory), out);
}

crypto::TrafficKeys TrafficSecret::keys(const crypto::Suite& suite) const {
  const crypto::Hmac secret(id_, secret_.expose());
  crypto::TrafficKeys keys;
  expand_labels(
      secret, {}, {"key", "iv"},
      {keys.key.fill(crypto::key_size(suite.aead)), keys.iv.fill(crypto::aead_nonce_size)});
  return keys;
}

crypto::Digest FinishedKey::over(const crypto::Digest& transcript) const {
  crypto::Digest verify_data(crypto::digest_size(id_));
  crypto::Hmac(id_, key_.expose()).authenticate({transcript.bytes()}, verify_data.fill());
  return verify_data;
}

FinishedKey TrafficSecret::finished_key() const {
  HashSecret finished_key;
  expand_label(crypto::Hmac(id_, secret_.expose()), "finished", {},
               finished_key.fill(crypto::digest_size(id_)));
  return {id_, std::move(finished_key)};
}

TrafficSecret TrafficSecret::next() const {
  HashSecret updated;
  expand_label(crypto::Hmac(id_, secret_.expose()), "traffic upd", {},
               updated.fill(crypto::digest_size(id_)));
  return {id_, std::move(updated)};
}

EarlyStage::EarlyStage(crypto::HashId id, Bytes psk)
    : id_(id), early_secret_(crypto::hkdf_extract(id, zeros(id), psk)) {}

crypto::Digest EarlyStage::binder(PskSource source, const crypto::Digest& transcript) const {
  static constexpr std::array<std::string_view, 3> labels = {"ext binder", "res binder",
                                                             "imp binder"};
  const HashSecret binder_key =
      derive_secret(crypto::Hmac(id_, early_secret_.expose()), labels[std::to_underlying(source)],
                    hash_of_nothing(id_));
  return TrafficSecret(id_, binder_key.clone()).finished(transcript);
}

TrafficSecret EarlyStage::client_traffic(const crypto::Digest& transcript) const {
  const crypto::Hmac early_secret(id_, early_secret_.expose());
  return {id_, derive_secret(early_secret, "c e traffic", transcript)};
}

HashSecret EarlyStage::exporter(const crypto::Digest& transcript) const {
  return derive_secret(crypto::Hmac(id_, early_secret_.expose()), "e exp master", transcript);
}

HandshakeStage EarlyStage::mix(const crypto::SharedSecret& shared) && {
  if (!early_secret_.empty()) {
    const HashSecret salt = derived(crypto::Hmac(id_, early_secret_.expose()));
    return {id_, crypto::hkdf_extract(id_, salt.expose(), shared.expose())};
  }
  const HashSecret& salt = id_ == crypto::HashId::sha256
                               ? salt_without_psk<crypto::HashId::sha256>()
                               : salt_without_psk<crypto::HashId::sha384>();
  return {id_, crypto::hkdf_extract(id_, salt.expose(), shared.expose())};
}

HandshakeStage::HandshakeStage(crypto::HashId id, const HashSecret& handshake_secret)
    : handshake_secret_(id, handshake_secret.expose()) {}

TrafficSecrets HandshakeStage::traffic(const crypto::Digest& transcript) const {
  return derive_both(handshake_secret_, "c hs traffic", "s hs traffic", transcript);
}

ApplicationStage HandshakeStage::finish() && {
  const crypto::HashId id = handshake_secret_.id();
  return {id, crypto::hkdf_extract(id, derived(handshake_secret_).expose(), zeros(id))};
}

ApplicationStage::ApplicationStage(crypto::HashId id, const HashSecret& main_secret)
    : main_secret_(id, main_secret.expose()) {}

TrafficSecrets ApplicationStage::traffic(const crypto::Digest& transcript) const {
  return derive_both(main_secret_, "c ap traffic", "s ap traffic", transcript);
}

HashSecret ApplicationStage::exporter(const crypto::Digest& transcript) const {
  return derive_secret(main_secret_, "exp master", transcript);
}

HashSecret ApplicationStage::resumption(const crypto::Digest& transcript) const {
  return derive_secret(main_secret_, "res master", transcript);
}

HashSecret resumption_psk(crypto::HashId id, const HashSecret& resumption_secret, Bytes nonce) {
  HashSecret psk;
  expand_label(crypto::Hmac(id, resumption_secret.expose()), "resumption", nonce,
               psk.fill(crypto::digest_size(id)));
  return psk;
}

Result<> export_keying_material(crypto::HashId id, const HashSecret& exporter_secret,
                                std::string_view label, Bytes context, MutBytes out) {
  if (label.empty() || label.size() > 249 || out.size() > 255 * crypto::digest_size(id)) {
    return fail(Reason::exporter_label_invalid);
  }
  const HashSecret secret =
      derive_secret(crypto::Hmac(id, exporter_secret.expose()), label, hash_of_nothing(id));
  const crypto::Digest context_hash = crypto::hash(id, context);
  expand_label(crypto::Hmac(id, secret.expose()), "exporter", context_hash.bytes(), out);
  return {};
}

}  // namespace handfast::schedule
