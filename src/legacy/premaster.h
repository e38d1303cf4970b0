// The premaster secret that a client encrypts to the server's key. RFC 5246 §7.4.7.1.
#pragma once

#include "base/secret.h"
#include "crypto/signature.h"
#include "handfast/registry.h"
#include "handfast/result.h"

#include <cstddef>

namespace handfast::legacy {

inline constexpr std::size_t premaster_size = 48;

/// struct { ProtocolVersion client_version; opaque random[46]; } PreMasterSecret;
using Premaster = Secret<premaster_size>;

/// What the client offers: `version` is that of its ClientHello. Fails: random_failed.
[[nodiscard]] Result<Premaster> make_premaster(ProtocolVersion version);

/// What stands in `decrypted`, an encryption block of PKCS#1 v1.5 (RFC 8017 §7.2.2), if it is a
/// premaster secret of `version` and nothing else; else `instead`, of `premaster_size` bytes. Which
/// it is, no time tells.
[[nodiscard]] Premaster choose_premaster(Bytes decrypted, ProtocolVersion version, Bytes instead);

/// The server's way from ciphertext to premaster secret. It always gives one: RFC 5246 §7.4.7.1
/// has the server go on with a random one where the client's is not right, so that nobody can use
/// it as an oracle, and Finished will not fit. Fails: random_failed.
[[nodiscard]] Result<Premaster> open_premaster(const crypto::PrivateKey& key, Bytes ciphertext,
                                               ProtocolVersion version);

}  // namespace handfast::legacy
