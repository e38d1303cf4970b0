// The Diffie-Hellman groups: what key_exchange.cc asks of ecdh.cc (NIST curves) and xdh.cc (RFC
// 7748).
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <memory>

namespace handfast::crypto::openssl {

/// One group. Its functions may be called by any thread.
struct DiffieHellman {
  /// A key pair in libcrypto's hands.
  using Pair = std::unique_ptr<void, void (*)(void*)>;

  std::size_t share_size;
  std::size_t secret_size;

  /// Fails: random_failed, out_of_memory, configuration_unsupported if this libcrypto lacks the
  /// group.
  Result<Pair> (*generate)();

  /// The pair of a private key: a scalar of RFC 7748, or the integer of a NIST curve, big endian.
  /// Fails: key_malformed; else as `generate`.
  Result<Pair> (*from_private)(Bytes private_key);

  /// Writes `share_size` bytes.
  bool (*write_share)(const Pair& mine, MutBytes share);

  /// Writes `secret_size` bytes for a peer's share of `share_size` bytes. False if that is no good.
  bool (*derive)(const Pair& mine, Bytes peer_share, MutBytes secret);
};

extern const DiffieHellman dh_secp256r1;
extern const DiffieHellman dh_secp384r1;
extern const DiffieHellman dh_secp521r1;
extern const DiffieHellman dh_x25519;
extern const DiffieHellman dh_x448;

}  // namespace handfast::crypto::openssl
