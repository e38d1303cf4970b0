// The keys of `handfast cert`: made, read from files, and written to files that are the owner's
// alone.
#pragma once

#include "handfast/cert_file.h"
#include "handfast/commands.h"
#include "handfast/credential.h"
#include "handfast/failure.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::cert {

/// What `--key-type` takes.
[[nodiscard]] std::vector<std::string> key_types();

/// A fresh key of one of `key_types()`. Fails: key_unsupported, random_failed.
Result<SigningKey> make_key(std::string_view type);

/// The private key in the file `path`: PEM, PKCS#8 in DER, or PKCS#12. A password is only looked
/// for if one is needed.
std::expected<SigningKey, command::Failure> load_key(const command::Common& common,
                                                     const std::string& path,
                                                     const std::string& password_source);

/// Writes `key` in PEM to `path`, for its owner alone; encrypted, if a `password` is given.
std::expected<void, command::Failure> save_key(const SigningKey& key, const std::string& path,
                                               std::optional<std::string_view> password,
                                               Replacing replacing);

}  // namespace handfast::cert
