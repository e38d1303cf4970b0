#include "handfast/server_name.h"

#include "x509/address.h"
#include "x509/dns_name.h"

#include <algorithm>

namespace handfast {

Result<ServerName> ServerName::parse(std::string_view text) {
  ServerName name;
  const bool is_bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string_view inside = is_bracketed ? text.substr(1, text.size() - 2) : text;
  const std::optional<x509::Address> address = x509::Address::parse(inside);
  // Brackets are for version 6: they keep its colons apart from a port's.
  if (address && (!is_bracketed || address->bytes().size() == 16)) {
    name.text_ = address->text();
    name.address_size_ = static_cast<std::uint8_t>(address->bytes().size());
    std::ranges::copy(address->bytes(), name.address_.begin());
    return name;
  }
  const std::optional<x509::DnsName> dns = x509::DnsName::parse_asked(text);
  if (!dns) {
    return fail(Reason::server_name_invalid);
  }
  name.text_ = dns->text();
  return name;
}

}  // namespace handfast
