// What a file holds, for the commands that take any: certificates, requests, lists, responses,
// keys.
#pragma once

#include "handfast/commands.h"
#include "handfast/credential.h"
#include "handfast/document.h"
#include "handfast/failure.h"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace handfast::cert {

/// A file, read.
struct Contents {
  std::string form;  ///< "PEM", "DER", "PKCS#7" or "PKCS#12"
  /// In their order; of PKCS#12 the certificates. A private key is among them, without its bytes.
  std::vector<Document> documents;
  std::optional<SigningKey> key;  ///< the first, if there is one and it could be opened
};

/// What to do about keys.
enum class Keys : std::uint8_t {
  open,           ///< look for the password, if one is needed
  open_if_given,  ///< use a password that is at hand, and leave the key closed without one
};

/// Reads the file `path`, which is recognised by what it holds.
std::expected<Contents, command::Failure> read_contents(const command::Common& common,
                                                        const std::string& path,
                                                        const std::string& password_source,
                                                        Keys keys);

/// Those of `documents` that are certificates, in DER.
[[nodiscard]] std::vector<std::vector<std::uint8_t>>
certificates_of(const std::vector<Document>& documents);

}  // namespace handfast::cert
