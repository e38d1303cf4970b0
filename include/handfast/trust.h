// Trust: the authorities that a side believes, parsed once and shared by all threads.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

namespace x509 {
class KnownSignatures;
}  // namespace x509

/// An authority that is believed only so far, whatever its own certificate says: RFC 5280 §6.2 lets
/// whoever trusts an anchor bind it. These limits apply besides those of the certificate.
struct LimitedAnchor {
  std::vector<std::uint8_t> certificate;  ///< DER

  /// "shop.test" with everything below it, "127.0.0.0/8", "::1"; as in `CertificateOrder`, and like
  /// there the kind of which there is none, DNS names or addresses, is then forbidden altogether.
  std::vector<std::string> permitted_names = {};
  std::vector<std::string> excluded_names = {};
  std::optional<std::uint8_t> path_length = {};  ///< how many authorities may stand below it
  bool server_auth = true;                       ///< may vouch for servers
  bool client_auth = true;                       ///< may vouch for clients
};

/// SHA-256 of a SubjectPublicKeyInfo (`fingerprint` of `Certificate::public_key_info`), RFC 7469
/// §2.4.
using KeyPin = std::array<std::uint8_t, 32>;

/// The pin of the first key in PEM text: of a PUBLIC KEY (RFC 7468 §13), or of the key in a
/// CERTIFICATE. Fails: pem_malformed where there is neither, or one that does not decode,
/// raw_key_malformed, and what `Certificate::parse` fails with.
Result<KeyPin> key_pin_from_pem(std::string_view pem);

/// What a `Trust` is put together from. Each kind may be left empty, but not all of them.
struct TrustSources {
  std::vector<LimitedAnchor> anchors = {};

  /// Leaves in DER that are trusted byte for byte, whoever signed them, and vouch for nobody else.
  std::vector<std::vector<std::uint8_t>> certificates = {};

  /// Leaves with one of these keys are trusted, whoever signed them; and so are the keys alone,
  /// where a configuration takes raw public keys (RFC 7250). Those have no name: whoever has one of
  /// these keys then passes for every server that is asked for, so what pins keys of several
  /// servers is better one `Trust` for each.
  std::vector<KeyPin> keys = {};

  /// Whether signatures that were found right on the way to a trusted path are known from then on
  /// (256 at most, in 8.2 KiB), so that who meets a chain again does not compute them again. That
  /// makes such a handshake faster, which a watcher might notice, as he might a resumed one.
  bool remember_signatures = true;
};

/// A set of trust anchors. A certificate is an anchor by its name and its key together, never by
/// name alone. A leaf that is itself in the set byte for byte is trusted as it stands.
///
/// Made through one of the functions below and then immutable: share freely, between threads too.
/// To read the system's set or files, see handfast/net.h: the core opens no file. To believe others
/// from now on, make another set and a configuration with it: what is under way keeps its own.
class Trust {
 public:
  /// Every CERTIFICATE block of PEM text. Blocks that do not parse are counted, not fatal, as one
  /// odd root in a bundle must not take the others away. Fails: trust_empty if none is left.
  static Result<std::shared_ptr<const Trust>> from_pem(std::string_view pem);

  /// Certificates in DER.
  static Result<std::shared_ptr<const Trust>>
  from_der(std::vector<std::vector<std::uint8_t>> certificates);

  /// From parts. A leaf that is trusted for itself is still checked for its name, its dates and its
  /// usage; as there is no issuer whose word would count, no staple or list is asked of it,
  /// whatever is demanded. Fails: trust_empty, server_name_invalid for a limit that is no name, and
  /// what `Certificate::parse` fails with.
  static Result<std::shared_ptr<const Trust>> make(TrustSources sources);

  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;
  ~Trust();

  /// How many anchors there are.
  [[nodiscard]] std::size_t size() const;

  /// SHA-256 over everything that is trusted, limits too: the same for sets that were put together
  /// alike, in whichever process.
  [[nodiscard]] const std::array<std::uint8_t, 32>& digest() const;

  /// How many blocks were left out since they did not parse, or came after 16,384 others.
  [[nodiscard]] std::size_t unreadable() const;

  /// The anchor at `index` below `size()`. Valid as long as this object.
  [[nodiscard]] const Certificate& anchor(std::size_t index) const;

  /// The indices of the anchors with this subject (a Name in DER). Compared as
  /// RFC 5280 §7.1 says, but that the case of letters beyond ASCII counts, and the order of the
  /// attributes.
  [[nodiscard]] std::span<const std::uint32_t> find(Bytes subject) const;

  // For x509/, which asks while it searches and checks paths.

  /// Our own limits of the anchor at `index`, as a certificate would state them; nullptr: none.
  [[nodiscard]] const Certificate* limits(std::size_t index) const;

  /// Whether some leaves are trusted for themselves: certificates or keys of `TrustSources`.
  [[nodiscard]] bool has_pins() const;

  /// Whether `leaf` is trusted for itself, by its bytes or by its key.
  [[nodiscard]] bool is_pinned(const Certificate& leaf) const;

  /// The signatures that are known to be right; nullptr: none are remembered. Any thread may add.
  [[nodiscard]] x509::KnownSignatures* known_signatures() const;

 private:
  struct State;
  explicit Trust(std::unique_ptr<State> state);
  static Result<std::shared_ptr<const Trust>> of_anchors(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace handfast
