// What a client offers: its random values, its key shares, and the ClientHello they make. RFC 9846
// §4.2.2.
#pragma once

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/key_exchange.h"
#include "handfast/config.h"
#include "handfast/external_psk.h"
#include "handfast/result.h"
#include "handshake/chance.h"
#include "handshake/ech_config.h"
#include "handshake/session_state.h"
#include "message/client_hello.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace handfast::handshake {

/// A pre-shared key that a ClientHello offers; the key itself is in the handshake's session, or an
/// external one.
struct OfferedPsk {
  Bytes identity;
  std::uint32_t obfuscated_ticket_age = 0;
  crypto::HashId hash{};
  const std::shared_ptr<const ExternalPsk>* external = nullptr;  ///< of the configuration
};

/// Those of a ClientHello, in its order.
class OfferedPskList {
 public:
  /// Drops what is beyond the bounds of configurations.
  void add(const OfferedPsk& psk) {
    if (size_ < list_.size()) {
      list_[size_++] = psk;
    }
  }

  /// Keeps those for this hash alone.
  void keep(crypto::HashId hash) {
    const auto all = std::span(list_).first(size_);
    const auto rest =
        std::ranges::remove_if(all, [&](const OfferedPsk& psk) { return psk.hash != hash; });
    size_ -= rest.size();
  }

  void clear() { size_ = 0; }

  [[nodiscard]] bool empty() const { return size_ == 0; }

  [[nodiscard]] std::span<const OfferedPsk> view() const { return std::span(list_).first(size_); }

 private:
  std::array<OfferedPsk, 1 + 2 * limits::psks_offered> list_{};  // a session; two of each key
  std::size_t size_ = 0;
};

/// What a client must remember of the ClientHello in which it hides another. RFC 9849 §6.1.
struct EchOffer {
  EchChoice choice;  ///< the configuration lies in ClientOptions
  crypto::hpke::Sender sender;
  message::Random outer_random{};
  Bytes outer = {};  ///< the last one that was sent, with its header; empty: none yet
  message::ExtensionList outer_extensions = {};
};

/// Everything that a client must remember of its ClientHello. Both hellos of a retried handshake
/// come from one Offer.
struct Offer {
  message::Random random{};
  std::array<std::uint8_t, 32> session_id{};  ///< fake (RFC 9846 §E.4), or of the session below
  std::size_t session_id_size = 0;
  std::array<std::uint8_t, 40> dice{};  ///< decides GREASE values and the order of the extensions
  std::vector<crypto::KeyExchange> shares;
  bool single_share = false;                 ///< a HelloRetryRequest asked for the one
  Bytes cookie;                              ///< of a HelloRetryRequest
  OfferedPskList psks;                       ///< the session first, if there is one of TLS 1.3
  const SessionFields* session12 = nullptr;  ///< a session of TLS 1.2 that is offered
  bool takes_certificates = true;            ///< else nothing is said of signatures
  bool has_psk12 = false;         ///< the suites of TLS 1.2 with an external key can be offered
  bool early_data = false;        ///< only with a session, and never after a HelloRetryRequest
  Bytes encrypted_client_hello;   ///< its content in what goes over the wire; empty: there is none
  std::unique_ptr<EchOffer> ech;  ///< what hides this ClientHello; nullptr: it goes in clear

  /// The exchange of `group`, or nullptr if no share of it was sent.
  [[nodiscard]] const crypto::KeyExchange* find_share(NamedGroup group) const;

  /// The bytes of the list of binders at the end of the ClientHello, with its length.
  [[nodiscard]] std::size_t binders_size() const;

  [[nodiscard]] Bytes sent_session_id() const { return Bytes(session_id).first(session_id_size); }
};

/// Whether ClientHellos offer TLS 1.3.
[[nodiscard]] inline bool speaks_13(const ClientOptions& options) {
  return std::ranges::find(options.versions, ProtocolVersion::tls13) != options.versions.end();
}

/// Whether ClientHellos offer TLS 1.2. Whoever hides something takes TLS 1.3 or nothing: RFC 9849
/// §6.1 has the ClientHelloInner "MUST NOT offer to negotiate TLS 1.2 or below", and what both
/// hellos share is said once. So does who takes no X.509 certificate and has no external key for
/// TLS 1.2: raw public keys are for TLS 1.3 here.
[[nodiscard]] bool offers_12(const Offer& offer, const ClientOptions& options);

/// Whether a suite of `cipher_suites12` is among those that are offered, where `offers_12`: those
/// with certificates need that they are taken, the others a key.
[[nodiscard]] bool offers_suite12(const Offer& offer, const ClientOptions& options,
                                  CipherSuite suite);

/// Throws the dice and makes the key shares that `options` ask for. Fails: random_failed,
/// out_of_memory.
Result<> prepare(Offer& offer, const ClientOptions& options, bool compatible, Chance& chance);

/// Renews the offer as a HelloRetryRequest asks: one share, of `group` (if it asks for one), and
/// its cookie. Fails: as `prepare`.
Result<> prepare_again(Offer& offer, std::optional<NamedGroup> group, Bytes cookie, Chance& chance);

/// Writes the extensions of the ClientHello to `out`; `name` is what is sent as SNI, empty for
/// none. The binders of PSKs are left zero: they are computed over what stands before
/// them.
void write_extensions(codec::Writer& out, const Offer& offer, const ClientOptions& options,
                      std::string_view name);

/// Where the extensions that both hellos have stand among those of a ClientHelloInner.
struct SharedExtensions {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Writes the extensions of a ClientHelloInner: those that are hidden, those that the other hello
/// has too and in the same order, the PSK. RFC 9849 §6.1.
SharedExtensions write_inner_extensions(codec::Writer& out, const Offer& offer,
                                        const ClientOptions& options, std::string_view name);

/// Writes the extensions of a ClientHelloOuter, for the server's public name; a PSK it has none.
void write_outer_extensions(codec::Writer& out, const Offer& offer, const ClientOptions& options,
                            std::string_view public_name);

/// The cipher suites with their GREASE, into `memory`; the bytes of the vector.
[[nodiscard]] Bytes write_suites(MutBytes memory, const Offer& offer, const ClientOptions& options);

}  // namespace handfast::handshake
