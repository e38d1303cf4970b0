#include "handfast/external_psk.h"

#include "base/limits.h"
#include "base/secret.h"
#include "codec/writer.h"
#include "crypto/hkdf.h"
#include "crypto/parts_digest.h"
#include "handfast/imported_identity.h"
#include "message/extension/imported_identity.h"
#include "schedule/schedule13.h"

#include <algorithm>
#include <utility>

namespace handfast {
namespace {

/// What a key was made for.
enum class PskUse : std::uint8_t { raw, imported, tls12 };

constexpr std::array all_kdfs = {KdfIdentifier::hkdf_sha256, KdfIdentifier::hkdf_sha384};

/// The key for one hash, and its name on the wire. Empty: there is none.
struct SentPsk {
  std::vector<std::uint8_t> identity;
  HashSecret key;
};

crypto::HashId hash_of(KdfIdentifier kdf) {
  return kdf == KdfIdentifier::hkdf_sha256 ? crypto::HashId::sha256 : crypto::HashId::sha384;
}

Result<> check_given(const ProvisionedPsk& given, std::size_t least) {
  if (std::ranges::find(all_kdfs, given.kdf) == all_kdfs.end()) {
    return fail(Reason::configuration_unsupported);
  }
  if (given.identity.empty() || given.identity.size() > limits::psk_identity) {
    return fail(Reason::psk_identity_invalid);
  }
  // RFC 9257 §6 asks for 128 bits of entropy at least. Bytes cannot be asked how they came to be,
  // but so few, or all the same, have less.
  const Bytes key = given.key.expose();
  const bool is_long = key.size() >= least && key.size() <= limits::psk_longest;
  const bool is_mixed =
      is_long && std::ranges::any_of(key, [&](std::uint8_t byte) { return byte != key.front(); });
  return is_mixed ? Result<>() : fail(Reason::psk_weak);
}

std::vector<std::uint8_t> imported_identity(Bytes identity, Bytes context, KdfIdentifier target) {
  std::vector<std::uint8_t> memory(identity.size() + context.size() + 8);
  codec::Writer out(memory);
  codec::write(out, message::ImportedIdentity{identity, context, ProtocolVersion::tls13, target});
  return memory;
}

/// RFC 9258 §5.1: epskx = HKDF-Extract(0, epsk).
crypto::Hmac extracted(const ProvisionedPsk& given) {
  const crypto::HashId hash = hash_of(given.kdf);
  return {hash, crypto::hkdf_extract(hash, {}, given.key.expose()).expose()};
}

/// RFC 9258 §5.1: ipskx = HKDF-Expand-Label(epskx, "derived psk", Hash(ImportedIdentity), L), with
/// the hash of the external key, and L the length of the target's.
HashSecret imported_key(const crypto::Hmac& epskx, Bytes identity, KdfIdentifier target) {
  const crypto::Digest digest = crypto::hash(epskx.id(), identity);
  HashSecret ipskx;
  schedule::expand_label(epskx, "derived psk", digest.bytes(),
                         ipskx.fill(crypto::digest_size(hash_of(target))));
  return ipskx;
}

}  // namespace

struct ExternalPsk::State {
  PskRole role{};
  PskUse use{};
  std::vector<std::uint8_t> identity;
  std::array<SentPsk, all_kdfs.size()> sent;
  SecretBytes raw;
  std::array<std::uint8_t, 32> fingerprint{};

  State(const ProvisionedPsk& given, Bytes context, PskRole its_role, PskUse its_use)
      : role(its_role), use(its_use), identity(given.identity) {
    const crypto::Hmac epskx = extracted(given);
    for (std::size_t i = 0; use == PskUse::imported && i < all_kdfs.size(); ++i) {
      sent[i].identity = imported_identity(identity, context, all_kdfs[i]);
      sent[i].key = imported_key(epskx, sent[i].identity, all_kdfs[i]);
    }
    if (use == PskUse::raw) {
      sent[index_of(given.kdf)].identity = identity;
    }
    if (use != PskUse::imported) {
      raw = SecretBytes(given.key.expose());
    }
    crypto::PartsDigest parts;
    parts.number(std::to_underlying(use));
    parts.number(std::to_underlying(given.kdf));
    parts.add(identity);
    parts.add(context);
    schedule::expand_label(epskx, "hf fingerprint", parts.finish(), fingerprint);
  }

  static std::size_t index_of(KdfIdentifier kdf) {
    return static_cast<std::size_t>(std::ranges::find(all_kdfs, kdf) - all_kdfs.begin());
  }

  /// What there is for `kdf`, or nullptr.
  [[nodiscard]] const SentPsk* find(KdfIdentifier kdf) const {
    const std::size_t index = index_of(kdf);
    return index < sent.size() && !sent[index].identity.empty() ? &sent[index] : nullptr;
  }
};

Result<std::shared_ptr<const ExternalPsk>>
ExternalPsk::import_key(const ProvisionedPsk& given, const PskContext& context, PskRole role) {
  if (const auto checked = check_given(given, limits::psk_imported); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ExternalPsk>(new ExternalPsk(
      std::make_unique<const State>(given, context.bytes(), role, PskUse::imported)));
}

namespace {

/// A key that is used as it is.
Result<> check_raw(const ProvisionedPsk& given) {
  if (const auto checked = check_given(given, limits::psk_raw); !checked) {
    return checked;
  }
  // Else one name could stand for two keys.
  return read_imported_identity(given.identity) ? fail(Reason::psk_identity_invalid) : Result<>();
}

}  // namespace

Result<std::shared_ptr<const ExternalPsk>> ExternalPsk::for_tls12(const ProvisionedPsk& given,
                                                                  PskRole role) {
  if (const auto checked = check_raw(given); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ExternalPsk>(
      new ExternalPsk(std::make_unique<const State>(given, Bytes(), role, PskUse::tls12)));
}

Result<std::shared_ptr<const ExternalPsk>> danger::raw_psk(const ProvisionedPsk& given,
                                                           PskRole role) {
  if (const auto checked = check_raw(given); !checked) {
    return std::unexpected(checked.error());
  }
  return std::shared_ptr<const ExternalPsk>(new ExternalPsk(
      std::make_unique<const ExternalPsk::State>(given, Bytes(), role, PskUse::raw)));
}

ExternalPsk::ExternalPsk(std::unique_ptr<const State> state) : state_(std::move(state)) {}

ExternalPsk::~ExternalPsk() = default;

PskRole ExternalPsk::role() const { return state_->role; }

ProtocolVersion ExternalPsk::version() const {
  return state_->use == PskUse::tls12 ? ProtocolVersion::tls12 : ProtocolVersion::tls13;
}

bool ExternalPsk::is_imported() const { return state_->use == PskUse::imported; }

Bytes ExternalPsk::identity() const { return state_->identity; }

Bytes ExternalPsk::sent_identity(KdfIdentifier kdf) const {
  const SentPsk* const sent = state_->find(kdf);
  return sent != nullptr ? Bytes(sent->identity) : Bytes();
}

Bytes ExternalPsk::expose(KdfIdentifier kdf) const {
  const SentPsk* const sent = state_->find(kdf);
  if (sent == nullptr) {
    return {};
  }
  return is_imported() ? sent->key.expose() : state_->raw.expose();
}

Bytes ExternalPsk::expose12() const {
  return version() == ProtocolVersion::tls12 ? state_->raw.expose() : Bytes();
}

const std::array<std::uint8_t, 32>& ExternalPsk::fingerprint() const { return state_->fingerprint; }

std::optional<PskMatch> match(const ExternalPsk& psk, std::span<const Bytes> identities,
                              std::span<const KdfIdentifier> kdfs) {
  if (kdfs.empty() && psk.version() == ProtocolVersion::tls12) {
    const auto named = std::ranges::find_if(
        identities, [&](Bytes identity) { return std::ranges::equal(identity, psk.identity()); });
    return named != identities.end()
               ? std::optional(PskMatch{static_cast<std::size_t>(named - identities.begin()), {}})
               : std::nullopt;
  }
  for (const KdfIdentifier kdf : kdfs) {
    const Bytes sent = psk.sent_identity(kdf);
    for (std::size_t i = 0; !sent.empty() && i < identities.size(); ++i) {
      if (std::ranges::equal(identities[i], sent)) {
        return PskMatch{i, kdf};
      }
    }
  }
  return std::nullopt;
}

// ---- PskContext ---------------------------------------------------------------------------------

namespace {

/// One party as RFC 9258 §A writes it: `opaque name<0..2^16-1>`.
void add_party(std::vector<std::uint8_t>& bytes, std::string_view party) {
  bytes.push_back(static_cast<std::uint8_t>(party.size() >> 8));
  bytes.push_back(static_cast<std::uint8_t>(party.size()));
  bytes.insert(bytes.end(), party.begin(), party.end());
}

}  // namespace

Result<PskContext> PskContext::of_parties(std::string_view client, std::string_view server) {
  const bool are_two = !client.empty() && !server.empty() && client != server;
  if (!are_two || client.size() > limits::psk_context || server.size() > limits::psk_context) {
    return fail(Reason::psk_context_invalid);
  }
  std::vector<std::uint8_t> bytes;
  add_party(bytes, client);
  add_party(bytes, server);
  return agreed(bytes);
}

Result<PskContext> PskContext::agreed(Bytes bytes) {
  if (bytes.size() > limits::psk_context) {
    return fail(Reason::psk_context_invalid);
  }
  return PskContext(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

}  // namespace handfast
