// Where certificates come from: files of any form, or a server.
#pragma once

#include "handfast/commands.h"
#include "handfast/failure.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace handfast::cert {

/// Certificates in DER, in the order in which they stood.
using Chain = std::vector<std::vector<std::uint8_t>>;

/// Whether people mean a file by `what`, and not a server.
[[nodiscard]] bool is_file(const std::string& what);

/// The certificates in the file `path`, which may be PEM, DER, PKCS#7 or PKCS#12; of the last two
/// the leaf comes first. A password is looked for as `common` allows.
std::expected<Chain, command::Failure> read_chain(const std::string& path,
                                                  const command::Common& common = {});

/// Certificates, and what a server sent beside the n-th of them: an OCSP response, and a
/// SignedCertificateTimestampList (RFC 6962 §3.3); empty where it sent none, and in files.
struct ShownChain {
  Chain chain;
  std::vector<std::vector<std::uint8_t>> staples = {};
  std::vector<std::vector<std::uint8_t>> sct_lists = {};
};

/// The certificates in the file, or of the server, that `what` names. A server's are taken as it
/// sends them: nothing is trusted, and nothing else is sent.
std::expected<ShownChain, command::Failure> find_chain(const command::Common& common,
                                                       const std::string& what);

}  // namespace handfast::cert
