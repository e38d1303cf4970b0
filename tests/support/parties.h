// Parties of a handshake for tests: one authority, and a server credential for each kind of key.
// Made once a process, with Handfast's own issuer.
#pragma once

#include "handfast/credential.h"
#include "handfast/time.h"
#include "handfast/trust.h"

#include <memory>
#include <string_view>

namespace handfast::test {

/// When tests take place, and the name that servers have in them.
inline constexpr UnixTime handshake_time = {1'800'000'000};  // 2027-01-15 08:00 UTC
inline constexpr std::string_view server_dns_name = "server.test";

/// A leaf for `dns_name`, signed by the authority of `authorities()`. The same one each time.
const std::shared_ptr<const Credential>& credential(CertificateKey kind,
                                                    std::string_view dns_name = server_dns_name);

/// The authority that signs every `credential`.
const std::shared_ptr<const Trust>& authorities();

}  // namespace handfast::test
