// The exchanges that the groups of TLS are made of: what key_exchange.cc asks of openssl/ecdh.cc
// (NIST curves), openssl/xdh.cc (RFC 7748) and native/*_exchange.cc.
#pragma once

#include "crypto/key_exchange.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstddef>

namespace handfast::crypto {

/// One exchange, in the shape of a KEM. Its functions may be called by any thread.
struct Exchange {
  /// A client's key pair.
  using Pair = KeptPair;

  std::size_t private_key_size;  // of a client
  std::size_t randomness_size;   // that a server's answer is made of
  std::size_t client_share_size;
  std::size_t server_share_size;
  std::size_t secret_size;

  /// Fails: random_failed, out_of_memory, configuration_unsupported if libcrypto lacks the group.
  Result<Pair> (*generate)();

  /// The pair of a private key: a scalar of RFC 7748; the integer of a NIST curve, big endian; the
  /// seeds d and z of ML-KEM. Fails: key_malformed; else as `generate`.
  Result<Pair> (*from_private)(Bytes private_key);

  /// Writes `client_share_size` bytes.
  bool (*write_share)(const Pair& mine, MutBytes share);

  /// Writes `secret_size` bytes for a server's share of `server_share_size` bytes. False if that is
  /// no good.
  bool (*decapsulate)(const Pair& mine, Bytes server_share, MutBytes secret);

  /// Answers a client's share of `client_share_size` bytes: writes our share and the secret. With
  /// `randomness`, unless it is empty: a private key, as above, or the message m of ML-KEM. Fails:
  /// key_share_invalid if the client's is no good; else as `generate` and `from_private`.
  Result<> (*encapsulate)(Bytes client_share, Bytes randomness, MutBytes share, MutBytes secret);
};

/// `Exchange::encapsulate` for (EC)DHE, where the server's answer is a key pair like the client's.
template <auto generate, auto from_private, auto write_share, auto derive>
Result<> answer_with_pair(Bytes client_share, Bytes private_key, MutBytes share, MutBytes secret) {
  const auto pair = private_key.empty() ? generate() : from_private(private_key);
  if (!pair) {
    return std::unexpected(pair.error());
  }
  if (!write_share(*pair, share)) {
    return fail(Reason::out_of_memory);
  }
  return derive(*pair, client_share, secret) ? Result<>() : fail(Reason::key_share_invalid);
}

extern const Exchange dh_secp256r1;
extern const Exchange dh_secp384r1;
extern const Exchange dh_secp384r1_of_libcrypto;
extern const Exchange dh_secp521r1;
extern const Exchange dh_x25519;
extern const Exchange dh_x25519_of_libcrypto;
extern const Exchange dh_x448;
extern const Exchange ml_kem_768;
extern const Exchange ml_kem_1024;

}  // namespace handfast::crypto
