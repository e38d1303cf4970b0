// Parties of a handshake for tests: an authority for servers and one for clients, and a credential
// of each for each kind of key. Made once a process, with Handfast's own issuer.
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
inline constexpr std::string_view client_dns_name = "client.test";

/// A leaf for `dns_name`, signed by the authority of `authorities()`. The same one each time.
const std::shared_ptr<const Credential>& credential(CertificateKey kind,
                                                    std::string_view dns_name = server_dns_name);

/// The authority that signs every `credential`.
const std::shared_ptr<const Trust>& authorities();

/// A client's leaf with the name `client_dns_name`, signed by the authority of
/// `client_authorities()`. The same one each time.
const std::shared_ptr<const Credential>& client_credential(CertificateKey kind);

/// One whose key may encrypt too, for suites with RSA key exchange.
const std::shared_ptr<const Credential>&
credential_for_encryption(CertificateKey kind = CertificateKey::rsa);

/// One whose RSA key may encrypt and not sign.
const std::shared_ptr<const Credential>& credential_for_encryption_alone();

/// A raw public key (RFC 7250), of a server or a client. The same one each time.
const std::shared_ptr<const Credential>& raw_credential(CertificateKey kind);

/// Trust in the key of `credential`, and in nothing else.
std::shared_ptr<const Trust> pinned(const Credential& credential);

/// The authority that signs every `client_credential`, and no server's.
const std::shared_ptr<const Trust>& client_authorities();

}  // namespace handfast::test
