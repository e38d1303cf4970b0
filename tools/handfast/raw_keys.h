// Raw public keys (RFC 7250) as the command line names them: those of others, which are pinned, and
// one's own.
#pragma once

#include "handfast/credential.h"
#include "handfast/failure.h"
#include "handfast/trust.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace handfast::command {

/// The pins that `names` name: each the SHA-256 of a SubjectPublicKeyInfo in 64 hexadecimal digits,
/// or a PEM file with a PUBLIC KEY or a CERTIFICATE. Fails: with the file that is at fault.
std::expected<std::vector<KeyPin>, Failure> read_pins(const std::vector<std::string>& names);

/// Trust in the authorities of `others`, if that is one, and in these keys.
Result<std::shared_ptr<const Trust>> trust_in(const Trust* others, std::vector<KeyPin> keys);

/// The private key in the PEM file `path`, to be shown as a raw public key.
std::expected<std::shared_ptr<const Credential>, Failure> read_raw_key(const std::string& path);

}  // namespace handfast::command
