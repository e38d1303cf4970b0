// The benchmarks, by name: "<what>/<library>", what being a row of the summary.
#pragma once

#include <string>

namespace handfast::bench {

inline constexpr const char* handfast_name = "handfast";
inline constexpr const char* libssl_name = "libssl";

/// Registers with Google Benchmark: "handshake/..." with the counters "client" and "server" in
/// seconds.
void register_handshakes();

/// Registers "send/<cipher>/<size>/..." and "receive/<cipher>/<size>/...", a message an iteration.
void register_records();

/// Registers "burst/next" and "burst/open": 128 records of 100 B that are there at once, received
/// one a call and many a call.
void register_bursts();

/// Registers "certificate/parse/handfast", "certificate/verify/handfast" for leaf, intermediate and
/// root, and "certificate/signatures/handfast", the two signatures in it.
void register_certificates();

/// Registers "<set>/generate/<twin>", "<set>/encapsulate/<twin>" and "<set>/decapsulate/<twin>" for
/// "ml_kem_768" and "ml_kem_1024", and the twins "avx2" and "portable".
void register_key_encapsulation();

/// Registers "<group>/generate/..." and "<group>/derive/..." for "x25519" and "secp384r1", where
/// "libssl" is the same by libcrypto.
void register_key_exchange();

/// Registers "ecdsa_p256/sign/..." and "ecdsa_p256/verify/...", from messages and the bytes of a
/// public key on.
void register_signatures();

/// Throws std::runtime_error unless both libraries, and each with the other, do the same handshake,
/// and refuse a wrong name.
void check_same_work();

}  // namespace handfast::bench
