// The key schedule of TLS 1.3, stage by stage. RFC 9846 §7.1.
//
//             0
//             |
//   PSK ->  Extract = EarlyStage ---------> client_early_traffic_secret, early_exporter_secret
//             | mix
//   (EC)DHE -> Extract = HandshakeStage ---> client and server handshake traffic secrets
//             | finish
//   0 ->    Extract = ApplicationStage ----> client and server application traffic secrets,
//                                            exporter_secret, resumption_secret
//
// A stage is spent by the next: what is out of order does not compile.
#pragma once

#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/key_exchange.h"
#include "crypto/suites.h"

#include <cstdint>
#include <string_view>

namespace handfast::schedule {

/// HKDF-Expand-Label(Secret, Label, Context, Length); Length is the size of `out`, "tls13 " is put
/// before the label.
void expand_label(const crypto::Hmac& secret, std::string_view label, Bytes context, MutBytes out);

/// The key of a Finished. RFC 9846 §4.5.3.
class FinishedKey {
 public:
  FinishedKey() = default;

  FinishedKey(crypto::HashId id, HashSecret key) : id_(id), key_(std::move(key)) {}

  /// verify_data over `transcript`.
  [[nodiscard]] crypto::Digest over(const crypto::Digest& transcript) const;

 private:
  crypto::HashId id_ = crypto::HashId::sha256;
  HashSecret key_;
};

/// The secret of one direction, from which its keys come. RFC 9846 §7.2, §7.3.
class TrafficSecret {
 public:
  TrafficSecret() = default;

  TrafficSecret(crypto::HashId id, HashSecret secret) : id_(id), secret_(std::move(secret)) {}

  /// Key and IV for `suite`.
  [[nodiscard]] crypto::TrafficKeys keys(const crypto::Suite& suite) const;

  /// finished_key of this direction. RFC 9846 §4.5.3.
  [[nodiscard]] FinishedKey finished_key() const;

  /// verify_data of the Finished of this direction over `transcript`. RFC 9846 §4.5.3.
  [[nodiscard]] crypto::Digest finished(const crypto::Digest& transcript) const {
    return finished_key().over(transcript);
  }

  /// application_traffic_secret_N+1, for KeyUpdate. RFC 9846 §7.2.
  [[nodiscard]] TrafficSecret next() const;

  /// The bytes, for the key log and for nothing else.
  [[nodiscard]] Bytes expose() const { return secret_.expose(); }

 private:
  crypto::HashId id_ = crypto::HashId::sha256;
  HashSecret secret_;
};

/// Both directions of one epoch.
struct TrafficSecrets {
  TrafficSecret client;
  TrafficSecret server;
};

/// The secrets of a connection that is established.
class ApplicationStage {
 public:
  ApplicationStage(crypto::HashId id, const HashSecret& main_secret);

  /// client and server application_traffic_secret_0; `transcript` reaches up to the server's
  /// Finished.
  [[nodiscard]] TrafficSecrets traffic(const crypto::Digest& transcript) const;

  /// exporter_secret, over the same transcript. RFC 9846 §7.5.
  [[nodiscard]] HashSecret exporter(const crypto::Digest& transcript) const;

  /// resumption_secret; `transcript` reaches up to the client's Finished. RFC 9846 §4.7.1.
  [[nodiscard]] HashSecret resumption(const crypto::Digest& transcript) const;

 private:
  crypto::Hmac main_secret_;
};

/// The secrets of a handshake under way.
class HandshakeStage {
 public:
  HandshakeStage(crypto::HashId id, const HashSecret& handshake_secret);

  /// client and server handshake_traffic_secret; `transcript` reaches up to the ServerHello.
  [[nodiscard]] TrafficSecrets traffic(const crypto::Digest& transcript) const;

  /// The last stage. This one is spent.
  [[nodiscard]] ApplicationStage finish() &&;

 private:
  crypto::Hmac handshake_secret_;
};

/// Where a PSK comes from; their binders are not to be mixed up. RFC 9846 §4.3.11.2, RFC 9258 §5.2.
enum class PskSource : std::uint8_t { external, resumption, imported };

/// The start, with or without a PSK.
class EarlyStage {
 public:
  explicit EarlyStage(crypto::HashId id) : id_(id) {}

  EarlyStage(crypto::HashId id, Bytes psk);

  /// The PskBinderEntry for a PSK of `source`; `transcript` reaches up to the binders of the
  /// ClientHello, without them. Only where there is a PSK. RFC 9846 §4.3.11.2.
  [[nodiscard]] crypto::Digest binder(PskSource source, const crypto::Digest& transcript) const;

  /// client_early_traffic_secret; `transcript` reaches up to the ClientHello. Only where there is a
  /// PSK.
  [[nodiscard]] TrafficSecret client_traffic(const crypto::Digest& transcript) const;

  /// early_exporter_secret, over the same transcript. Whoever sends the ClientHello again gets the
  /// same. RFC 9846 §7.5, §F.5.1.
  [[nodiscard]] HashSecret exporter(const crypto::Digest& transcript) const;

  /// Mixes the (EC)DHE secret in. This stage is spent.
  [[nodiscard]] HandshakeStage mix(const crypto::SharedSecret& shared) &&;

 private:
  crypto::HashId id_;
  HashSecret early_secret_;  // empty: that of no PSK, whose salt is known
};

/// The PSK of the ticket with `nonce`. RFC 9846 §4.7.1.
[[nodiscard]] HashSecret resumption_psk(crypto::HashId id, const HashSecret& resumption_secret,
                                        Bytes nonce);

/// What keying material for early data comes from. RFC 9846 §7.5.
struct EarlyExporter {
  crypto::HashId hash{};
  HashSecret secret;
};

/// TLS-Exporter(label, context_value, key_length). RFC 9846 §7.5. Fails: exporter_label_invalid for
/// a label that is not of 1 to 249 bytes, or more than 255 hashes of `out`.
Result<> export_keying_material(crypto::HashId id, const HashSecret& exporter_secret,
                                std::string_view label, Bytes context, MutBytes out);

}  // namespace handfast::schedule
