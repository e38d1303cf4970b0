// Identity: whether a certificate is for the name that was asked for. RFC 9525 §6.
#pragma once

#include "handfast/certificate.h"
#include "handfast/server_name.h"

namespace handfast::x509 {

/// Whether one of the certificate's subjectAltNames is `name`: DNS names by `DnsName::covers`,
/// addresses byte for byte. Malformed names cover nothing; the subject's common name is never
/// looked at.
[[nodiscard]] bool is_for(const Certificate& certificate, const ServerName& name);

/// The same for a DNS name in normal form.
[[nodiscard]] bool is_for_dns(const Certificate& certificate, std::string_view dns_name);

/// Whether one of the certificate's rfc822Names is `mailbox`: the local part byte for byte, the
/// host without regard to case. RFC 5280 §7.5.
[[nodiscard]] bool is_for_mailbox(const Certificate& certificate, std::string_view mailbox);

}  // namespace handfast::x509
