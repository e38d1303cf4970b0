// Delegated credentials: the owner of a certificate lets another key sign handshakes in its name,
// for some days, without its authority. RFC 9345.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/credential.h"
#include "handfast/operation.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

/// A DelegatedCredential, parsed: views into the bytes given to `parse`, which must outlive it.
/// RFC 9345 §4.
///
/// Immutable: share freely.
class DelegatedCredential {
 public:
  /// Parses its form, and no more. Fails: message_truncated, message_leftover, value_out_of_bounds.
  static Result<DelegatedCredential> parse(Bytes wire);

  Bytes wire;                                  ///< all of it
  Bytes signed_part;                           ///< what stands before the signature
  std::uint32_t valid_time = 0;                ///< seconds after the leaf's notBefore
  SignatureScheme dc_cert_verify_algorithm{};  ///< what its key signs handshakes with
  Bytes public_key_info;                       ///< SubjectPublicKeyInfo, DER
  SignatureScheme algorithm{};                 ///< what the leaf's key has signed it with
  Bytes signature;

  /// The last moment at which it is good beside `leaf`.
  [[nodiscard]] UnixTime expires(const Certificate& leaf) const;
};

/// The longest time from now for which one is good: seconds, seven days. RFC 9345 §3.
inline constexpr std::uint32_t delegated_credential_lifetime = 7 * 86'400;

/// Judges one as a peer does that gets it beside `leaf`: both of their forms, the leaf's right to
/// delegate, both keys and their schemes, the time, the leaf's signature. `owner` is the side that
/// shows it. What the peer has offered to take, and the chain above the leaf, are not known here. A
/// leaf of more than 16 KiB may not delegate.
/// RFC 9345 §4.1.3, §4.2. Fails: delegated_credential_algorithm, delegated_credential_expired,
/// delegated_credential_too_long, delegation_not_permitted, delegated_credential_key,
/// delegated_credential_signature.
Result<> check_delegated_credential(const DelegatedCredential& delegated, const Certificate& leaf,
                                    UnixTime now, Party owner = Party::server);

/// What one is to say.
struct DelegationOrder {
  UnixTime now;
  UnixTime expires;             ///< at most seven days from now, and not after the leaf's notAfter
  Party owner = Party::server;  ///< who will show it: of servers and of clients, each its own
  SignatureScheme algorithm{};  ///< for the leaf's key to sign it with; 0: what fits best
};

/// A DelegatedCredential for the key in `public_key_info` (SubjectPublicKeyInfo), signed by
/// `leaf_key`, which is the key of `leaf`. Fails: key_does_not_fit, and as
/// `check_delegated_credential` for what no peer would take; delegated_credential_too_long also for
/// what ends after the leaf; operation_refused.
Result<std::vector<std::uint8_t>> issue_delegated_credential(const DelegationOrder& order,
                                                             Bytes public_key_info,
                                                             const Certificate& leaf,
                                                             const SigningKey& leaf_key);

/// A credential that shows `certificates` (DER, the leaf first) with the DelegatedCredential `wire`
/// beside the leaf, and signs with `key`, to which it delegates. It is shown to peers that take
/// delegated credentials of its schemes, while it is good by the clock of the connection, and to
/// no others: so it stands in front of the credential with the certificate's own key, where there
/// is one. Sessions begun with either go on with the other. Whether the leaf signed it is not
/// looked at, as with staples: see `check_delegated_credential`. Any thread.
///
/// Fails: as `DelegatedCredential::parse` and `Credential::make`; key_does_not_fit if it is for
/// another key than `key`, delegated_credential_algorithm for schemes that may not be used,
/// delegated_credential_key if its key does not fit its scheme.
Result<std::shared_ptr<const Credential>>
delegated_to(SigningKey key, Bytes wire, std::vector<std::vector<std::uint8_t>> certificates);

/// A DelegatedCredential as a PEM block, "DELEGATED CREDENTIAL", with a line end after it.
[[nodiscard]] std::string delegated_credential_to_pem(Bytes wire);

/// The first such block of `pem`. Fails: pem_malformed.
Result<std::vector<std::uint8_t>> delegated_credential_from_pem(std::string_view pem);

}  // namespace handfast
