// Names: what is asked for, what is presented, and what constrains both. The input is two texts
// with a zero byte between them.

#include "fuzz.h"
#include "handfast/server_name.h"
#include "x509/dns_name.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace handfast::fuzz {

void feed(Bytes input) {
  const auto zero = std::ranges::find(input, std::uint8_t{0});
  const auto size = static_cast<std::size_t>(zero - input.begin());
  const Bytes first = input.first(size);
  const Bytes second = size < input.size() ? input.subspan(size + 1) : Bytes{};
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());

  const auto asked = x509::DnsName::parse_asked(text);
  const auto presented = x509::DnsName::parse_presented(second);
  if (asked) {
    // The normal form is a fixed point, and covers itself.
    const auto again = x509::DnsName::parse_asked(asked->text());
    must(again && again->text() == asked->text() && again->covers(asked->text()));
    must(!asked->is_wildcard());
  }
  if (asked && presented && presented->covers(asked->text())) {
    // Whatever a name covers lies where the name lies.
    if (x509::DnsName::is_base(second) && !presented->is_wildcard()) {
      must(asked->is_under(second));
    }
    must(!x509::DnsName::is_base(first) || presented->may_be_under(first));
  }
  if (presented && x509::DnsName::is_base(first) && presented->is_under(first)) {
    must(presented->may_be_under(first));
  }
  const auto name = ServerName::parse(text);
  if (name) {
    const auto again = ServerName::parse(name->text());
    must(again && again->text() == name->text() && again->is_dns() == name->is_dns());
  }
}

}  // namespace handfast::fuzz
