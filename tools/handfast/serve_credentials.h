// The certificates that `serve` runs with: from files, or made for development.
#pragma once

#include "handfast/commands.h"
#include "handfast/credential.h"
#include "handfast/failure.h"
#include "handfast/http_folder.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace handfast::serve {

/// What was found, and what to tell about it.
struct Credentials {
  std::vector<std::shared_ptr<const Credential>> list;  ///< not empty
  std::vector<http::FileId> secrets;                    ///< files that must not be served
  std::string trust_file;                               ///< development: the authority to trust
};

/// Reads the pairs of `chains` and `keys`, one key for each chain. Without keys, each is looked for
/// beside its chain: NAME.key beside NAME.pem, or in the same file. With `has_rsa_exchange` a key
/// may be one that decrypts and does not sign.
std::expected<Credentials, command::Failure> read_pairs(const std::vector<std::string>& chains,
                                                        std::vector<std::string> keys,
                                                        bool has_rsa_exchange = false);

/// Has the development authority of this computer sign a certificate for localhost, which is never
/// written to a file. Without an authority, one is made as `cert dev` does.
std::expected<Credentials, command::Failure> make_development();

}  // namespace handfast::serve
