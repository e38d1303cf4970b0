#include "x509/identity.h"

#include "x509/dns_name.h"
#include "x509/extensions.h"

#include <algorithm>

namespace handfast::x509 {

bool is_for(const Certificate& certificate, const ServerName& name) {
  if (name.is_dns()) {
    return is_for_dns(certificate, name.text());
  }
  bool found = false;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    found |= static_cast<NameKind>(kind) == NameKind::ip_address &&
             std::ranges::equal(value, name.address());
  });
  return found;
}

bool is_for_dns(const Certificate& certificate, std::string_view dns_name) {
  bool found = false;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (static_cast<NameKind>(kind) == NameKind::dns_name && !found) {
      const std::optional<DnsName> presented = DnsName::parse_presented(value);
      found = presented && presented->covers(dns_name);
    }
  });
  return found;
}

}  // namespace handfast::x509
