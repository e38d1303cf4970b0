// ExternalPsk: a key that both sides were given beforehand, in place of certificates. RFC 9257, RFC
// 9258; of TLS 1.2, RFC 4279.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/secret_bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace handfast {

/// In which role its holder uses a key. One machine that is both holds two of them.
enum class PskRole : std::uint8_t { client, server };

/// What both sides were given.
struct ProvisionedPsk {
  /// The name that both know the key by, 1 to 128 bytes. It is sent in clear.
  std::vector<std::uint8_t> identity;

  /// Drawn at random: 32 to 256 bytes. Whoever has it passes for either side. A password is none:
  /// whoever has seen one handshake can try them all (RFC 9257 §4.2).
  SecretBytes key;

  /// The hash that the key belongs to; where nobody says otherwise, SHA-256 (RFC 9258 §5.1).
  KdfIdentifier kdf = KdfIdentifier::hkdf_sha256;
};

/// What an imported key is bound to besides its identity: the same bytes on both sides, or their
/// keys differ. RFC 9258 §5.1.
class PskContext {
 public:
  /// The parties by name, each as the other side knows it too. A message that is sent back to its
  /// sender then finds no key there (the Selfie attack): where this party is the client its key is
  /// another than where it is the server. RFC 9258 §A. Fails: psk_context_invalid where one has no
  /// name, both have the same, or they are longer than a context may be.
  static Result<PskContext> of_parties(std::string_view client, std::string_view server);

  /// Bytes that the two have agreed on, at most 512; none is a context too. Where one key may be
  /// held by a client and a server of one machine, they must say which is which. Fails:
  /// psk_context_invalid.
  static Result<PskContext> agreed(Bytes bytes);

  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  explicit PskContext(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::vector<std::uint8_t> bytes_;
};

class ExternalPsk;

namespace danger {

/// A key that is used as it is, for peers that cannot import one. What protects an imported key is
/// missing: nothing binds it to roles or to this version of TLS, so that a machine which is both
/// client and server can be made to speak with itself, and the same key in another protocol may
/// give this one away (RFC 9257 §4, RFC 9258 §7). Its key may have 16 bytes. Give it to nobody but
/// one client and one server, and never import it too. Fails: as `ExternalPsk::import_key`.
Result<std::shared_ptr<const ExternalPsk>> raw_psk(const ProvisionedPsk& given, PskRole role);

}  // namespace danger

/// A pre-shared key that was not made by a session: it authenticates both sides. In TLS 1.3 an
/// ephemeral key exchange is always mixed in (psk_dhe_ke), so that whoever learns it later cannot
/// read what was said. No early data is sent under it; the sessions that come of it may allow some.
///
/// Immutable: share freely, between threads and configurations.
class ExternalPsk {
 public:
  /// Imports a key, for TLS 1.3 and each of its hashes. RFC 9258 §5. Fails: psk_weak for a key of
  /// another length or of equal bytes, psk_identity_invalid, configuration_unsupported for a KDF
  /// that is not known here.
  static Result<std::shared_ptr<const ExternalPsk>>
  import_key(const ProvisionedPsk& given, const PskContext& context, PskRole role);

  /// A key for TLS 1.2 and nothing else, which knows no import: it is used as it is, by its
  /// identity as it is (RFC 4279), in the suites whose names have PSK. Of a configuration's
  /// `cipher_suites12` at least one must be such a suite, and `OnlyPsk` with no other key needs
  /// `versions` without TLS 1.3. Only those with ECDHE mix a key exchange in; the others need
  /// `Policy::iot`, as whoever learns the key later can read what was recorded. Its key may have 16
  /// bytes; `kdf` says nothing. Do not import the same key too (RFC 9846 §F.7), and give it to one
  /// client and one server: nothing binds it to roles but this object. Fails: as `import_key`.
  static Result<std::shared_ptr<const ExternalPsk>> for_tls12(const ProvisionedPsk& given,
                                                              PskRole role);

  ExternalPsk(const ExternalPsk&) = delete;
  ExternalPsk& operator=(const ExternalPsk&) = delete;
  ~ExternalPsk();

  [[nodiscard]] PskRole role() const;

  /// The one version that it is for.
  [[nodiscard]] ProtocolVersion version() const;

  /// Whether it was imported; else it is raw.
  [[nodiscard]] bool is_imported() const;

  /// The name that it was given with.
  [[nodiscard]] Bytes identity() const;

  /// What stands in pre_shared_key for a cipher suite whose hash is that of `kdf`; empty: the key
  /// is not for it.
  [[nodiscard]] Bytes sent_identity(KdfIdentifier kdf) const;

  // For handshake/.

  /// The key for the same suites: a secret.
  [[nodiscard]] Bytes expose(KdfIdentifier kdf) const;

  /// The key for TLS 1.2, a secret; empty: it is not for TLS 1.2.
  [[nodiscard]] Bytes expose12() const;

  /// The same for the same key, identity and context, and tells nothing of the key.
  [[nodiscard]] const std::array<std::uint8_t, 32>& fingerprint() const;

 private:
  friend Result<std::shared_ptr<const ExternalPsk>> danger::raw_psk(const ProvisionedPsk& given,
                                                                    PskRole role);
  struct State;
  explicit ExternalPsk(std::unique_ptr<const State> state);

  std::unique_ptr<const State> state_;
};

/// Stands in the place of a `Trust`: the client takes no certificate, and who does not know one of
/// its pre-shared keys is not the server.
struct OnlyPsk {};

/// Which of `identities` names `psk` for the first of `kdfs` for which any does, or, without any
/// `kdfs`, in TLS 1.2: what a server that answers `ChoosePsk` by itself may want to know.
struct PskMatch {
  std::size_t index;  ///< in the list of identities
  KdfIdentifier kdf;  ///< 0: in TLS 1.2
};

[[nodiscard]] std::optional<PskMatch> match(const ExternalPsk& psk,
                                            std::span<const Bytes> identities,
                                            std::span<const KdfIdentifier> kdfs);

}  // namespace handfast
