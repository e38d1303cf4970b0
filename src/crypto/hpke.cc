#include "crypto/hpke.h"

#include "crypto/hpke_schedule.h"
#include "crypto/random.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

namespace handfast::crypto::hpke {
namespace {

/// One row of RFC 9180 §7.1.
struct KemRow {
  Kem id;
  NamedGroup group;
  HashId hash;
  std::uint8_t bitmask;  ///< over the first byte of a private key; 0: every string is one
};

constexpr std::array kems = {
    KemRow{Kem::dhkem_p256_hkdf_sha256, NamedGroup::secp256r1, HashId::sha256, 0xff},
    KemRow{Kem::dhkem_p384_hkdf_sha384, NamedGroup::secp384r1, HashId::sha384, 0xff},
    KemRow{Kem::dhkem_p521_hkdf_sha512, NamedGroup::secp521r1, HashId::sha512, 0x01},
    KemRow{Kem::dhkem_x25519_hkdf_sha256, NamedGroup::x25519, HashId::sha256, 0},
    KemRow{Kem::dhkem_x448_hkdf_sha512, NamedGroup::x448, HashId::sha512, 0},
};

const KemRow* find(Kem id) {
  const auto* const found = std::ranges::find(kems, id, &KemRow::id);
  return found != kems.end() ? found : nullptr;
}

std::optional<HashId> hash_of(Kdf kdf) {
  switch (kdf) {
    case Kdf::hkdf_sha256: return HashId::sha256;
    case Kdf::hkdf_sha384: return HashId::sha384;
    case Kdf::hkdf_sha512: return HashId::sha512;
  }
  return std::nullopt;
}

std::optional<AeadId> aead_of(AeadCode aead) {
  switch (aead) {
    case AeadCode::aes_128_gcm: return AeadId::aes_128_gcm;
    case AeadCode::aes_256_gcm: return AeadId::aes_256_gcm;
    case AeadCode::chacha20_poly1305: return AeadId::chacha20_poly1305;
    case AeadCode::export_only: break;
  }
  return std::nullopt;
}

LabeledKdf kdf_of(const KemRow& kem) { return {kem.hash, "KEM", {std::to_underlying(kem.id)}}; }

LabeledKdf kdf_of(const Suite& suite) {
  return {*hash_of(suite.kdf),
          "HPKE",
          {std::to_underlying(suite.kem), std::to_underlying(suite.kdf),
           std::to_underlying(suite.aead)}};
}

std::size_t private_key_size(const KemRow& kem) { return secret_sizes(kem.group).private_key; }

/// The results of one or two exchanges, one after the other.
using DhSecret = Secret<132>;

/// DH for each of `keys`. Fails: key_share_invalid.
Result<DhSecret> exchange(std::span<const std::pair<const KeyExchange*, Bytes>> keys) {
  std::array<SharedSecret, 2> parts;
  std::size_t size = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto part = keys[i].first->decapsulate(keys[i].second);
    if (!part) {
      return std::unexpected(part.error());
    }
    size += part->size();
    parts[i] = *std::move(part);
  }
  DhSecret all;
  MutBytes out = all.fill(size);
  for (const SharedSecret& part : parts) {
    std::ranges::copy(part.expose(), out.begin());
    out = out.subspan(part.size());
  }
  return all;
}

/// ExtractAndExpand, RFC 9180 §4.1; `context` is the public keys, one after the other.
Derived extract_and_expand(const KemRow& kem, const DhSecret& dh,
                           std::initializer_list<Bytes> context) {
  std::vector<std::uint8_t> kem_context;
  for (const Bytes key : context) {
    kem_context.insert(kem_context.end(), key.begin(), key.end());
  }
  const LabeledKdf kdf = kdf_of(kem);
  const Derived eae_prk = kdf.extract({}, "eae_prk", dh.expose());
  Derived shared_secret;
  kdf.expand(eae_prk, "shared_secret", kem_context, shared_secret.fill(digest_size(kem.hash)));
  return shared_secret;
}

/// RFC 9180 §5, table 1: mode_base, mode_psk, mode_auth, mode_auth_psk.
std::uint8_t mode_of(const Psk& psk, bool has_sender_key) {
  return static_cast<std::uint8_t>((psk.psk.empty() ? 0U : 1U) + (has_sender_key ? 2U : 0U));
}

/// VerifyPSKInputs of RFC 9180 §5.1, and §5.1.2: a PSK MUST have at least 32 bytes of entropy.
Result<> check_psk(const Psk& psk) {
  constexpr std::size_t least = 32;
  const bool is_whole = psk.psk.empty() == psk.psk_id.empty();
  return is_whole && (psk.psk.empty() || psk.psk.size() >= least)
             ? Result<>()
             : fail(Reason::configuration_unsupported);
}

/// What a set-up needs before any key is looked at; `pairs` are our own, where there are any.
Result<const KemRow*> check(const Suite& suite, const Psk& psk,
                            std::initializer_list<const KeyPair*> pairs) {
  const bool fit = std::ranges::all_of(
      pairs, [&](const KeyPair* pair) { return pair == nullptr || pair->kem() == suite.kem; });
  if (!is_supported(suite) || !fit) {
    return fail(Reason::configuration_unsupported);
  }
  if (const auto checked = check_psk(psk); !checked) {
    return std::unexpected(checked.error());
  }
  return find(suite.kem);
}

}  // namespace

bool is_supported(const Suite& suite) {
  const KemRow* const kem = find(suite.kem);
  return kem != nullptr && crypto::is_supported(kem->group) && hash_of(suite.kdf) &&
         (suite.aead == AeadCode::export_only || aead_of(suite.aead));
}

// ---- key pairs ----------------------------------------------------------------------------------

Result<KeyPair> KeyPair::generate(Kem kem) {
  const KemRow* const row = find(kem);
  if (row == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  Secret<66> material;
  if (const auto filled = fill_random(material.fill(private_key_size(*row))); !filled) {
    return std::unexpected(filled.error());
  }
  return derive(kem, material.expose());
}

Result<KeyPair> KeyPair::derive(Kem kem, Bytes material) {
  const KemRow* const row = find(kem);
  if (row == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  const std::size_t size = private_key_size(*row);
  // RFC 9180 §7.1.3: the material SHOULD have at least Nsk bytes.
  if (material.size() < size) {
    return fail_limit(Reason::key_malformed, size, material.size());
  }
  const LabeledKdf kdf = kdf_of(*row);
  const Derived dkp_prk = kdf.extract({}, "dkp_prk", material);
  Secret<66> candidate;
  if (row->bitmask == 0) {
    kdf.expand(dkp_prk, "sk", {}, candidate.fill(size));
    return from_private(kem, candidate.expose());
  }
  // An integer that is zero or too large is not used, and the next one tried.
  for (unsigned counter = 0; counter <= 255; ++counter) {
    const std::array number = {static_cast<std::uint8_t>(counter)};
    const MutBytes bytes = candidate.fill(size);
    kdf.expand(dkp_prk, "candidate", number, bytes);
    bytes.front() &= row->bitmask;
    auto pair = from_private(kem, candidate.expose());
    if (pair || pair.error().reason != Reason::key_malformed) {
      return pair;
    }
  }
  return fail(Reason::key_malformed);
}

Result<KeyPair> KeyPair::from_private(Kem kem, Bytes private_key) {
  const KemRow* const row = find(kem);
  if (row == nullptr) {
    return fail(Reason::configuration_unsupported);
  }
  const std::size_t size = private_key_size(*row);
  if (private_key.size() != size) {
    return fail_limit(Reason::key_malformed, size, private_key.size());
  }
  auto exchange = KeyExchange::from_private(row->group, private_key);
  if (!exchange) {
    return std::unexpected(exchange.error());
  }
  return KeyPair(kem, private_key, *std::move(exchange));
}

// ---- set-ups ------------------------------------------------------------------------------------

Result<Sender> Sender::make(const Suite& suite, Bytes recipient_key, Bytes info, const Psk& psk,
                            const KeyPair* own) {
  const auto ephemeral = KeyPair::generate(suite.kem);
  return ephemeral ? make_from(*ephemeral, suite, recipient_key, info, psk, own)
                   : std::unexpected(ephemeral.error());
}

// Encap and AuthEncap, RFC 9180 §4.1.
Result<Sender> Sender::make_from(const KeyPair& ephemeral, const Suite& suite, Bytes recipient_key,
                                 Bytes info, const Psk& psk, const KeyPair* own) {
  const auto kem = check(suite, psk, {&ephemeral, own});
  if (!kem) {
    return std::unexpected(kem.error());
  }
  const std::array keys = {
      std::pair(&ephemeral.exchange(), recipient_key),
      std::pair(own != nullptr ? &own->exchange() : nullptr, recipient_key),
  };
  const auto dh = exchange(std::span(keys).first(own != nullptr ? 2 : 1));
  if (!dh) {
    return std::unexpected(dh.error());
  }
  const Bytes enc = ephemeral.public_key();
  const Derived shared_secret = extract_and_expand(
      **kem, *dh, {enc, recipient_key, own != nullptr ? own->public_key() : Bytes()});
  auto context = Context::make(suite, Direction::seal, mode_of(psk, own != nullptr),
                               shared_secret.expose(), info, psk);
  if (!context) {
    return std::unexpected(context.error());
  }
  return Sender({enc.begin(), enc.end()}, *std::move(context));
}

// Decap and AuthDecap, RFC 9180 §4.1.
Result<Recipient> Recipient::make(const Suite& suite, const KeyPair& own, Bytes enc, Bytes info,
                                  const Psk& psk, std::optional<Bytes> sender_key) {
  const auto kem = check(suite, psk, {&own});
  if (!kem) {
    return std::unexpected(kem.error());
  }
  const Bytes sender = sender_key.value_or(Bytes());
  const std::array keys = {std::pair(&own.exchange(), enc), std::pair(&own.exchange(), sender)};
  const auto dh = exchange(std::span(keys).first(sender_key ? 2 : 1));
  if (!dh) {
    return std::unexpected(dh.error());
  }
  const Derived shared_secret = extract_and_expand(**kem, *dh, {enc, own.public_key(), sender});
  auto context = Context::make(suite, Direction::open, mode_of(psk, sender_key.has_value()),
                               shared_secret.expose(), info, psk);
  if (!context) {
    return std::unexpected(context.error());
  }
  return Recipient(*std::move(context));
}

// ---- contexts -----------------------------------------------------------------------------------

Result<Context> Context::make(const Suite& suite, Direction direction, std::uint8_t mode,
                              Bytes shared_secret, Bytes info, const Psk& psk) {
  const LabeledKdf kdf = kdf_of(suite);
  const Derived psk_id_hash = kdf.extract({}, "psk_id_hash", psk.psk_id);
  const Derived info_hash = kdf.extract({}, "info_hash", info);
  std::vector<std::uint8_t> key_schedule_context = {mode};
  for (const Derived* part : {&psk_id_hash, &info_hash}) {
    const Bytes bytes = part->expose();
    key_schedule_context.insert(key_schedule_context.end(), bytes.begin(), bytes.end());
  }
  const Derived secret = kdf.extract(shared_secret, "secret", psk.psk);

  Context context(suite);
  kdf.expand(secret, "exp", key_schedule_context,
             context.exporter_secret_.fill(digest_size(*hash_of(suite.kdf))));
  if (const auto id = aead_of(suite.aead)) {
    Secret<32> key;
    kdf.expand(secret, "key", key_schedule_context, key.fill(key_size(*id)));
    kdf.expand(secret, "base_nonce", key_schedule_context,
               context.base_nonce_.fill(aead_nonce_size));
    auto aead = Aead::make(*id, direction, key.expose());
    if (!aead) {
      return std::unexpected(aead.error());
    }
    context.aead_.emplace(*std::move(aead));
  }
  return context;
}

Result<> Context::seal(Aad aad, Bytes plain, MutBytes out) {
  if (!aead_) {
    return fail(Reason::configuration_unsupported);
  }
  const auto number = sequence_.peek();
  if (!number) {
    return std::unexpected(number.error());
  }
  sequence_.advance();  // whatever becomes of it: no nonce comes twice
  return aead_->seal(nonce_of(base_nonce_, *number), aad, std::span(&plain, 1), out);
}

Result<MutBytes> Context::open(Aad aad, MutBytes sealed) {
  if (!aead_) {
    return fail(Reason::configuration_unsupported);
  }
  const auto number = sequence_.peek();
  if (!number) {
    return std::unexpected(number.error());
  }
  auto opened = aead_->open(nonce_of(base_nonce_, *number), aad, sealed);
  if (!opened) {
    return fail(Reason::hpke_message_unreadable);
  }
  sequence_.advance();
  return opened;
}

Result<> Context::export_into(Bytes exporter_context, MutBytes out) const {
  if (out.size() > 255 * exporter_secret_.size()) {
    return fail(Reason::configuration_unsupported);
  }
  kdf_of(suite_).expand(exporter_secret_, "sec", exporter_context, out);
  return {};
}

Result<std::uint64_t> Sequence::peek() const {
  return next_ < std::numeric_limits<std::uint64_t>::max() ? Result<std::uint64_t>(next_)
                                                           : fail(Reason::sequence_exhausted);
}

}  // namespace handfast::crypto::hpke
