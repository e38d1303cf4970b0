#include "handshake/psk13.h"

#include "base/limits.h"
#include "crypto/suites.h"
#include "handshake/psk12.h"
#include "handshake/resume13.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast::handshake {
namespace {

using message::ClientHello;

/// The KDFs of some suites, in their order, each once.
class KdfList {
 public:
  void add(KdfIdentifier kdf) {
    if (size_ < list_.size() && std::ranges::find(view(), kdf) == view().end()) {
      list_[size_++] = kdf;
    }
  }

  [[nodiscard]] std::span<const KdfIdentifier> view() const {
    return std::span(list_).first(size_);
  }

 private:
  std::array<KdfIdentifier, 2> list_{};
  std::size_t size_ = 0;
};

crypto::HashId hash_of(KdfIdentifier kdf) {
  return kdf == KdfIdentifier::hkdf_sha256 ? crypto::HashId::sha256 : crypto::HashId::sha384;
}

}  // namespace

// ---- a client -----------------------------------------------------------------------------------

void offer_external_psks(const Handshake& hs, Offer& offer) {
  const ClientConfig& config = *hs.client().config;
  offer.takes_certificates = config.takes_certificates();
  offer.has_psk12 = own_psk12(config.options()) != nullptr;
  // RFC 9258 §5.1: one imported key for each hash of the suites that are offered.
  KdfList kdfs;
  const auto& suites = config.options().cipher_suites;
  for (const CipherSuite suite : suites) {
    kdfs.add(kdf_of(crypto::hash_of(suite)));
  }
  const std::span<const KdfIdentifier> targets = kdfs.view();
  const auto& psks = config.options().external_psks;
  for (const auto& psk : psks) {
    for (const KdfIdentifier kdf : targets) {
      if (const Bytes identity = psk->sent_identity(kdf); !identity.empty()) {
        // RFC 9846 §4.3.11: for an external key an obfuscated_ticket_age of 0 SHOULD be used.
        offer.psks.add({identity, 0, hash_of(kdf), &psk});
      }
    }
  }
}

Result<> settle_psk(Handshake& hs, const ServerChoice& choice) {
  if (!choice.resumes()) {
    hs.drop_session();
  }
  if (choice.psk == nullptr) {
    return hs.client().config->takes_certificates() ? Result<>() : fail(Reason::psk_not_chosen);
  }
  if (choice.psk->external != nullptr) {
    hs.use_external_psk(*choice.psk->external);
  } else {
    use_psk_of_session(hs);
  }
  return {};
}

void use_psk_of_session(Handshake& hs) {
  const SessionState* const session = hs.session();
  const auto* const psk =
      session != nullptr ? find_psk(*hs.client().config, session->fields) : nullptr;
  if (psk != nullptr) {
    hs.use_external_psk(*psk);
  }
}

void trust_psk(Handshake& hs, const ServerChoice& choice) {
  if (choice.resumes()) {
    hs.trust_session();
  } else {
    hs.trust_external_psk();
  }
  hs.report(ChainJudged{hs.verdict()});
}

const std::shared_ptr<const ExternalPsk>* find_psk(const ClientConfig& config,
                                                   const SessionFields& session) {
  const crypto::Suite& suite = crypto::suite_of(session.suite);
  const auto& psks = config.options().external_psks;
  const auto found = std::ranges::find_if(psks, [&](const auto& psk) {
    const Bytes sent = identity_for(*psk, suite);
    return !sent.empty() && std::ranges::equal(sent, session.psk_identity);
  });
  return found != psks.end() ? &*found : nullptr;
}

// ---- a server -----------------------------------------------------------------------------------

namespace {

using Identities = std::array<Bytes, limits::psks_in_hello>;

bool takes_external_psks(const Handshake& hs) {  // of any version: none of the other matches
  const ServerOptions& options = hs.server().config->options();
  return !options.external_psks.empty() || options.pulled.psk_choice;
}

// RFC 9846 §4.3.9: "Servers MUST NOT select a key exchange mode that is not listed by the client."
bool has_mode(const ClientHello& hello) {
  const auto& modes = hello.typed.psk_key_exchange_modes;
  return modes && modes->ke_modes.contains(message::PskKeyExchangeMode::psk_dhe_ke);
}

/// The suites that both sides have, the one that was chosen first.
KdfList common_kdfs(const ServerOptions& options, const ClientHello& hello, const Choice& choice,
                    bool retried) {
  KdfList kdfs;
  kdfs.add(kdf_of(choice.suite->hash));
  for (const CipherSuite suite : options.cipher_suites) {
    if (!retried && hello.cipher_suites.contains(suite)) {
      kdfs.add(kdf_of(crypto::hash_of(suite)));
    }
  }
  return kdfs;
}

/// The first suite that both have with this hash: by the client's order, or the server's own.
const crypto::Suite* suite_with(crypto::HashId hash, const ServerOptions& options,
                                const ClientHello& hello) {
  const auto& ours = options.cipher_suites;
  const auto fits = [hash](CipherSuite suite) {
    const crypto::Suite* const row = crypto::find_suite(suite);
    return row != nullptr && row->hash == hash;
  };
  if (options.own_suite_order) {
    for (const CipherSuite suite : ours) {
      if (fits(suite) && hello.cipher_suites.contains(suite)) {
        return crypto::find_suite(suite);
      }
    }
    return nullptr;
  }
  for (const CipherSuite suite : hello.cipher_suites) {
    if (fits(suite) && std::ranges::find(ours, suite) != ours.end()) {
      return crypto::find_suite(suite);
    }
  }
  return nullptr;
}

/// The binder of the n-th identity.
Bytes binder_at(const message::OfferedPsks& offered, std::size_t index) {
  for (const message::PskBinderEntry& entry : offered.binders) {
    if (index-- == 0) {
      return entry.binder;
    }
  }
  return {};
}

}  // namespace

bool may_know_psk(const Handshake& hs, const ClientHello& hello) {
  return takes_external_psks(hs) && hello.typed.pre_shared_key && has_mode(hello);
}

Task<std::optional<KnownPsk>> find_external_psk(Handshake& hs, const Received<ClientHello>* hello,
                                                Choice* choice, bool retried) {
  const auto& offered = (*hello)->typed.pre_shared_key;
  auto* const identities = hs.heard().make<Identities>();
  if (identities == nullptr) {
    co_return std::nullopt;  // as if none were known
  }
  std::size_t count = 0;
  for (const message::PskIdentity& identity : offered->identities) {
    if (count < identities->size()) {
      (*identities)[count++] = identity.identity;
    }
  }
  const ServerOptions& options = hs.server().config->options();
  const KdfList kdfs = common_kdfs(options, **hello, *choice, retried);
  const auto shown = std::span<const Bytes>(*identities).first(count);
  const ChosenPsk* chosen = co_await hs.choose_psk(shown, kdfs.view());
  if (chosen->psk == nullptr || chosen->psk->role() != PskRole::server) {
    co_return std::nullopt;
  }
  const std::optional<PskMatch> found = match(*chosen->psk, shown, kdfs.view());
  if (!found) {
    co_return std::nullopt;  // whoever answered may hand in any key
  }
  // RFC 9846 §4.3.11: the server MUST ensure that it selects a compatible PSK and cipher suite.
  if (found->kdf != kdf_of(choice->suite->hash)) {
    choice->suite = suite_with(hash_of(found->kdf), options, **hello);
  }
  co_return KnownPsk{chosen->psk, static_cast<std::uint16_t>(found->index),
                     binder_at(*offered, found->index)};
}

Task<std::shared_ptr<const ExternalPsk>> recall_psk(Handshake& hs, const SessionFields* session) {
  if (!takes_external_psks(hs)) {
    co_return nullptr;
  }
  const std::array<Bytes, 1> identity = {session->psk_identity};
  const std::array<KdfIdentifier, 1> kdf = {kdf_of(crypto::hash_of(session->suite))};
  const std::size_t kdf_count = session->version() == ProtocolVersion::tls12 ? 0 : kdf.size();
  const std::span<const KdfIdentifier> kdfs = std::span(kdf).first(kdf_count);
  const ChosenPsk* chosen = co_await hs.choose_psk(identity, kdfs);
  co_return fits(*chosen, identity, kdfs) ? chosen->psk : nullptr;
}

Result<> take_external_psk(Handshake& hs, const Received<ClientHello>& hello, const KnownPsk& known,
                           const crypto::Suite& suite) {
  const crypto::Digest transcript = hs.hello_transcript(suite.hash, without_binders(hello));
  const auto possession = check_binder(binder_of(*known.psk, suite.hash, transcript), known.binder);
  if (!possession) {
    return std::unexpected(possession.error());
  }
  hs.use_external_psk(known.psk);
  if (hs.settled().session == SessionOutcome::unknown) {
    hs.settled().session = SessionOutcome::not_offered;  // it was the key that was no ticket
  }
  return {};
}

bool can_show_certificate(const Handshake& hs, const ClientHello& hello) {
  return !hs.server().config->credentials().empty() && hello.typed.signature_algorithms;
}

Result<> refuse_without_grounds(const Handshake& hs, const ClientHello& hello) {
  // RFC 9846 §4.3.3: a server that authenticates by certificate MUST answer a ClientHello without
  // signature_algorithms with missing_extension.
  if (!hs.server().config->credentials().empty()) {
    return fail(Reason::extension_missing);
  }
  if (!hello.typed.pre_shared_key) {
    return fail(Reason::psk_needed);
  }
  return fail(has_mode(hello) ? Reason::psk_identity_unknown : Reason::psk_mode_none_common);
}

// ---- both ---------------------------------------------------------------------------------------

Bytes identity_for(const ExternalPsk& psk, const crypto::Suite& suite) {
  if (suite.version != ProtocolVersion::tls12) {
    return psk.sent_identity(kdf_of(suite.hash));
  }
  return psk.version() == ProtocolVersion::tls12 ? psk.identity() : Bytes();
}

bool fits(const ChosenPsk& chosen, std::span<const Bytes> identities,
          std::span<const KdfIdentifier> kdfs) {
  return chosen.psk != nullptr && chosen.psk->role() == PskRole::server &&
         match(*chosen.psk, identities, kdfs).has_value();
}

crypto::Digest binder_of(const ExternalPsk& psk, crypto::HashId hash,
                         const crypto::Digest& transcript) {
  const auto source =
      psk.is_imported() ? schedule::PskSource::imported : schedule::PskSource::external;
  return schedule::EarlyStage(hash, psk.expose(kdf_of(hash))).binder(source, transcript);
}

}  // namespace handfast::handshake
