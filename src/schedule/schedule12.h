// The key schedule of TLS 1.2. RFC 5246 §5, §6.3, §7.4.9; RFC 7627.
//
//   premaster secret, hash of the messages up to ClientKeyExchange
//     |
//   MainSecret ----> "key expansion": keys and IVs of both directions
//     |  |  |
//     |  |  +------> "client finished", "server finished": verify_data
//     |  +---------> an application's label: its keying material (RFC 5705)
//   a session, which goes on from here with other randoms
#pragma once

#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/suites.h"
#include "handfast/result.h"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace handfast::schedule {

/// PRF(secret, label, seed) with P_hash of the suite's hash; the seed comes in four parts at most.
/// RFC 5246 §5.
void prf(const crypto::Hmac& secret, std::string_view label, std::initializer_list<Bytes> seed,
         MutBytes out);

/// ClientHello.random and ServerHello.random, 32 bytes each.
struct Randoms {
  Bytes client;
  Bytes server;
};

/// The keys of both directions. RFC 5246 §6.3.
struct DirectionKeys {
  crypto::TrafficKeys client;
  crypto::TrafficKeys server;
};

inline constexpr std::size_t verify_data_size = 12;

/// Finished.verify_data. RFC 5246 §7.4.9.
using VerifyData = std::array<std::uint8_t, verify_data_size>;

/// The 48 bytes from which everything of a connection comes. It stays where it was made.
class MainSecret {
 public:
  static constexpr std::size_t size = 48;

  /// The extended main secret: `session_hash` is the hash of all messages up to ClientKeyExchange.
  /// There is no other, as only this one belongs to a single handshake. RFC 7627 §4.
  static MainSecret extended(crypto::HashId id, Bytes premaster_secret,
                             const crypto::Digest& session_hash);

  /// That of a session, 48 bytes.
  MainSecret(crypto::HashId id, HashSecret secret);

  [[nodiscard]] DirectionKeys keys(const crypto::Suite& suite, const Randoms& randoms) const;

  /// `transcript` reaches up to this Finished, without it.
  [[nodiscard]] VerifyData client_finished(const crypto::Digest& transcript) const;
  [[nodiscard]] VerifyData server_finished(const crypto::Digest& transcript) const;

  /// RFC 5705 §4: without a context it is other than with an empty one. Fails:
  /// exporter_label_invalid for the labels of the protocol itself, and for a context of 2^16 bytes
  /// or more.
  [[nodiscard]] Result<> export_keying_material(std::string_view label, const Randoms& randoms,
                                                std::optional<Bytes> context, MutBytes out) const;

  /// The bytes, for the session and the key log and for nothing else.
  [[nodiscard]] Bytes expose() const { return secret_.expose(); }

 private:
  [[nodiscard]] VerifyData finished(std::string_view label, const crypto::Digest& transcript) const;

  HashSecret secret_;
  crypto::Hmac prf_;  ///< under the secret, whatever it makes next
};

}  // namespace handfast::schedule
