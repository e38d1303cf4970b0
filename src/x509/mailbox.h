// Mailboxes and the hosts of URIs, as name constraints compare them. RFC 5280 §4.2.1.6, §4.2.1.10.
#pragma once

#include "handfast/bytes.h"
#include "x509/dns_name.h"

#include <optional>

namespace handfast::x509 {

/// An rfc822Name: Mailbox of RFC 5321 §4.1.2, local part and host. A view.
struct Mailbox {
  Bytes local;   ///< as it stands, with quotes if it has them
  DnsName host;  ///< in its normal form; addresses in brackets are no host here

  /// Nothing if `text` is no mailbox of a named host.
  static std::optional<Mailbox> parse(Bytes text);
};

/// The host of a URI's authority (RFC 3986 §3.2.2) if it is a DNS name. A URI without an authority,
/// or with an address in it, has none.
[[nodiscard]] std::optional<DnsName> uri_host(Bytes uri);

}  // namespace handfast::x509
