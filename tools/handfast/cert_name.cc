#include "handfast/cert_name.h"

#include "handfast/a_labels.h"

#include <algorithm>
#include <utility>

namespace handfast::cert {

Result<Name> Name::parse(std::string_view text) {
  const Result<std::string> ascii = command::to_a_labels(text);
  if (!ascii) {
    return fail(Reason::server_name_invalid);
  }
  const bool is_wildcard = ascii->starts_with("*.");
  auto base = ServerName::parse(std::string_view(*ascii).substr(is_wildcard ? 2 : 0));
  if (!base) {
    return std::unexpected(base.error());
  }
  if (is_wildcard && (!base->is_dns() || !base->text().contains('.'))) {
    return fail(Reason::server_name_invalid);
  }
  return Name(std::move(*base), is_wildcard);
}

std::string Name::text() const { return (is_wildcard_ ? "*." : "") + std::string(base()); }

ServerName Name::example() const {
  return is_wildcard_ ? ServerName::parse("any." + std::string(base())).value_or(base_) : base_;
}

std::string Name::file_part() const {
  std::string part = (is_wildcard_ ? "_wildcard." : "") + std::string(base());
  std::ranges::replace(part, ':', '-');
  return part;
}

}  // namespace handfast::cert
