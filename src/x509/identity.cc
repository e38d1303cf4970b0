#include "x509/identity.h"

#include "der/reader.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/mailbox.h"

#include <algorithm>
#include <vector>

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

bool is_for_mailbox(const Certificate& certificate, std::string_view mailbox) {
  const std::vector<std::uint8_t> text(mailbox.begin(), mailbox.end());
  const std::optional<Mailbox> asked = Mailbox::parse(text);
  bool found = false;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (asked && static_cast<NameKind>(kind) == NameKind::rfc822_name) {
      const std::optional<Mailbox> presented = Mailbox::parse(value);
      found |= presented && der::equal(presented->local, asked->local) &&
               presented->host.text() == asked->host.text();
    }
  });
  return found;
}

}  // namespace handfast::x509
