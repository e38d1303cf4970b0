// External pre-shared keys: which a client offers, which a server chooses, and what follows from
// the choice. RFC 9846 §4.3.11, RFC 9258.
//
// A server takes, in this order: a session that goes on, an external key, certificates. Among
// external keys its own order decides. Exactly one binder is looked at.
#pragma once

#include "handshake/check13.h"
#include "handshake/claim.h"
#include "handshake/handshake.h"
#include "handshake/negotiate13.h"
#include "handshake/offer13.h"
#include "handshake/task.h"

#include <cstdint>
#include <optional>
#include <span>

namespace handfast::handshake {

/// The KDF of an imported key for suites of this hash.
[[nodiscard]] constexpr KdfIdentifier kdf_of(crypto::HashId hash) {
  return hash == crypto::HashId::sha256 ? KdfIdentifier::hkdf_sha256 : KdfIdentifier::hkdf_sha384;
}

// ---- a client -----------------------------------------------------------------------------------

/// Offers the keys of the configuration, for the hashes of the suites that it offers.
void offer_external_psks(const Handshake& hs, Offer& offer);

/// Keeps to the key that the server chose, and drops the session that it did not. Fails:
/// psk_not_chosen where it chose none and the client takes no certificate.
Result<> settle_psk(Handshake& hs, const ServerChoice& choice);

/// Keeps to the key that the session began with which is resumed, if it began with one.
void use_psk_of_session(Handshake& hs);

/// The server holds the key that it chose, if its Finished is right: the verdict says so.
void trust_psk(Handshake& hs, const ServerChoice& choice);

/// The key of `config` that a session began with; nullptr: there is none any more.
[[nodiscard]] const std::shared_ptr<const ExternalPsk>* find_psk(const ClientConfig& config,
                                                                 const SessionFields& session);

// ---- a server -----------------------------------------------------------------------------------

/// A key that both sides have, and where it stands in the ClientHello.
struct KnownPsk {
  std::shared_ptr<const ExternalPsk> psk;
  std::uint16_t index = 0;
  Bytes binder;
};

/// Whether the client offers keys of which this server may have one.
[[nodiscard]] bool may_know_psk(const Handshake& hs, const message::ClientHello& hello);

/// Finds a key that the client offers; its binder is not looked at yet. `choice` gets another suite
/// if there is one with the key's hash and it has none. After a HelloRetryRequest (`retried`) the
/// suite stays. No key: nothing.
Task<std::optional<KnownPsk>> find_external_psk(Handshake& hs,
                                                const Received<message::ClientHello>* hello,
                                                Choice* choice, bool retried);

/// The key of a session that began with one, if the server knows it still; nullptr: it does not.
Task<std::shared_ptr<const ExternalPsk>> recall_psk(Handshake& hs, const SessionFields* session);

/// Checks the binder, and keeps to the key. Fails: psk_binder_invalid.
Result<> take_external_psk(Handshake& hs, const Received<message::ClientHello>& hello,
                           const KnownPsk& known, const crypto::Suite& suite);

/// Whether the server can show this client a certificate.
[[nodiscard]] bool can_show_certificate(const Handshake& hs, const message::ClientHello& hello);

/// There is no session, no key and no certificate to go on with: why. Fails: extension_missing,
/// psk_needed, psk_mode_none_common, psk_identity_unknown.
Result<> refuse_without_grounds(const Handshake& hs, const message::ClientHello& hello);

// ---- both ---------------------------------------------------------------------------------------

/// What names `psk` where `suite` is used; empty: it is not for that.
[[nodiscard]] Bytes identity_for(const ExternalPsk& psk, const crypto::Suite& suite);

/// Server: whether what was chosen is a key that one of `identities` names for one of `kdfs`, as
/// `match` has it: whoever answers `ChoosePsk` may hand in any.
[[nodiscard]] bool fits(const ChosenPsk& chosen, std::span<const Bytes> identities,
                        std::span<const KdfIdentifier> kdfs);

/// The binder of a key for this hash. RFC 9846 §4.3.11.2, RFC 9258 §5.2.
[[nodiscard]] crypto::Digest binder_of(const ExternalPsk& psk, crypto::HashId hash,
                                       const crypto::Digest& transcript);

}  // namespace handfast::handshake
