// The certificates that both libraries show and check: leaf <- intermediate <- root, ECDSA P-256.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace handfast::bench {

inline const std::string server_name = "bench.test";

struct Chain {
  std::vector<std::uint8_t> root;          ///< DER
  std::vector<std::uint8_t> intermediate;  ///< DER
  std::vector<std::uint8_t> leaf;          ///< DER, for `server_name`
  std::string key_pem;                     ///< the leaf's, PKCS#8
};

/// The one chain of this run, issued when it is first asked for; valid today.
const Chain& chain();

/// Now, as the certificates count it.
std::int64_t now();

}  // namespace handfast::bench
