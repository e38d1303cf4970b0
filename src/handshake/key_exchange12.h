// KeyExchange12: how both sides of TLS 1.2 come to their premaster secret, by ServerKeyExchange and
// ClientKeyExchange. RFC 5246 §7.4.3, §7.4.7.
//
// A method is a row of steps, a client's and a server's; `client12` and `server12` take the
// steps of whichever method the suite names, and know none of them.
#pragma once

#include "crypto/key_exchange.h"
#include "crypto/suites.h"
#include "handfast/credential.h"
#include "handfast/secret_bytes.h"
#include "handshake/handshake.h"
#include "handshake/hello12.h"
#include "handshake/offer13.h"
#include "handshake/task.h"
#include "schedule/schedule12.h"

#include <memory>
#include <optional>

namespace handfast::handshake {

/// A client's half.
struct ClientExchange12 {
  // What a method goes on from.
  const Asked* asked = nullptr;
  const crypto::Suite* suite = nullptr;
  const schedule::Randoms* randoms = nullptr;
  Bytes leaf = {};  ///< the server's certificate, which is trusted; empty: the suite has none shown

  // What `hear_server` leaves for `answer_server`.
  NamedGroup group{};        ///< 0: the method has none
  Bytes server_public = {};  ///< the server's public value

  SecretBytes premaster_secret = {};  ///< once `answer_server` is over
};

/// A server's half.
struct ServerExchange12 {
  // What a method goes on from.
  const message::ClientHello* hello = nullptr;
  const crypto::Suite* suite = nullptr;
  const schedule::Randoms* randoms = nullptr;
  const std::shared_ptr<const Credential>* credential = nullptr;  ///< that was shown, if any was
  SignatureScheme scheme{};                                       ///< in which it signs
  NamedGroup group{};                                             ///< that was negotiated

  // What `offer` leaves for `agree`.
  std::optional<crypto::KeyExchange> mine = std::nullopt;
  SecretBytes own_secret = {};  ///< of DHE, the private key; of PSK, the key that `agree` finds

  // Once `agree` is over.
  SecretBytes premaster_secret = {};
  std::optional<wire::Boundary> edge = std::nullopt;  ///< behind ClientKeyExchange
};

/// One method. What its steps are given outlives them.
struct KeyExchange12 {
  crypto::KeyExchangeMethod method;

  /// Client: reads ServerKeyExchange, if the method has one, and is over unless it says what was
  /// offered and, where the method signs, the leaf's key has signed it; of RSA key exchange, unless
  /// the leaf's key may be encrypted to.
  Task<> (*hear_server)(Handshake& hs, ClientExchange12* exchange);

  /// Client: sends ClientKeyExchange.
  Task<> (*answer_server)(Handshake& hs, ClientExchange12* exchange);

  /// Client: the server's Finished was right. What it has proved by that alone; nullptr: nothing.
  void (*confirm_server)(Handshake& hs);

  /// Server: sends ServerKeyExchange, if the method has one.
  Task<> (*offer)(Handshake& hs, ServerExchange12* exchange);

  /// Server: reads ClientKeyExchange. Where a wrong secret must not be told from a right one, the
  /// premaster secret is then drawn at random, and Finished will not fit.
  Task<> (*agree)(Handshake& hs, ServerExchange12* exchange);
};

/// The method that a negotiated suite names; those of old mechanisms as `policy` has them.
[[nodiscard]] const KeyExchange12& key_exchange12(const crypto::Suite& suite, const Policy& policy);

/// What ServerKeyExchange signs: both randoms, and the params as they are sent; in `store`. RFC
/// 8422 §5.4, RFC 5246 §7.4.3. Fails: out_of_memory.
Result<Bytes> signed_params12(MessageStore& store, const schedule::Randoms& randoms, Bytes params);

/// Client: checks the server's signature over `content` with the key of its leaf, as the suite has
/// it, and keeps that the server has this key. Fails: handshake_too_costly, and as
/// `check_signature12`.
Result<> check_exchange_signature12(Handshake& hs, const ClientExchange12& exchange,
                                    SignatureScheme algorithm, Bytes signature, Bytes content);

extern const KeyExchange12 ecdhe12;

}  // namespace handfast::handshake
