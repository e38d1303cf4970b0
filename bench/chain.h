// The certificates that all libraries show and check: leaf <- intermediate <- root.
#pragma once

#include "handfast/certificate.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace handfast::bench {

inline const std::string server_name = "bench.test";

struct Chain {
  std::vector<std::uint8_t> root;          ///< DER
  std::vector<std::uint8_t> intermediate;  ///< DER
  std::vector<std::uint8_t> leaf;          ///< DER, for `server_name`
  std::string key_pem;                     ///< the leaf's, PKCS#8

  /// What a server sends: leaf and intermediate.
  [[nodiscard]] std::string chain_pem() const;
};

/// The chain of ECDSA P-256 keys of this run, issued when it is first asked for; valid today.
const Chain& chain();

/// A chain of keys of one kind (RSA: 2048 bits), valid today.
Chain make_chain(CertificateKey kind);

/// Writes "<name>-root.pem", "<name>-chain.pem" (leaf, intermediate) and "<name>-key.pem", for the
/// programs of all peers. Throws std::runtime_error.
void write_chain(const Chain& chain, const std::filesystem::path& folder, const std::string& name);

/// Reads what `write_chain` wrote. Throws std::runtime_error.
Chain read_chain(const std::filesystem::path& folder, const std::string& name);

/// Now, as the certificates count it.
std::int64_t now();

}  // namespace handfast::bench
