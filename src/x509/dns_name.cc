#include "x509/dns_name.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

constexpr std::size_t label_most = 63;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= label_most && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, is_label_character);
}

bool is_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return !std::ranges::all_of(name, is_digit);
    }
    name.remove_prefix(dot + 1);
  }
}

// Whether `name` is `base` or ends in "." and `base`; everything is under the empty base.
bool lies_under(std::string_view name, std::string_view base) {
  return base.empty() || (name.ends_with(base) && (name.size() == base.size() ||
                                                   name[name.size() - base.size() - 1] == '.'));
}

}  // namespace

// Copies `text` in lower case, if it fits.
template <class Text>
bool DnsName::read(const Text& text) {
  if (text.size() > text_.size()) {
    return false;
  }
  std::ranges::transform(text, text_.begin(), [](auto c) { return lower(static_cast<char>(c)); });
  size_ = static_cast<std::uint8_t>(text.size());
  return true;
}

std::optional<DnsName> DnsName::parse_asked(std::string_view text) {
  if (text.ends_with('.')) {
    text.remove_suffix(1);
  }
  DnsName name;
  return name.read(text) && is_name(name.text()) ? std::optional(name) : std::nullopt;
}

std::optional<DnsName> DnsName::parse_presented(Bytes text) {
  DnsName name;
  // RFC 9525 §6.3: the wildcard is the complete left-most label, and there is only one.
  name.is_wildcard_ = text.size() > 2 && text[0] == '*' && text[1] == '.';
  if (!name.read(name.is_wildcard_ ? text.subspan(2) : text) || !is_name(name.text())) {
    return std::nullopt;
  }
  if (name.is_wildcard_ && name.text().find('.') == std::string_view::npos) {
    return std::nullopt;
  }
  return name;
}

std::optional<DnsName> DnsName::parse_base(Bytes text) {
  DnsName name;
  return name.read(text) && (text.empty() || is_name(name.text())) ? std::optional(name)
                                                                   : std::nullopt;
}

bool DnsName::covers(std::string_view asked) const {
  if (!is_wildcard_) {
    return asked == text();
  }
  const std::size_t dot = asked.find('.');
  return dot != std::string_view::npos && asked.substr(dot + 1) == text();
}

bool DnsName::is_under(const DnsName& base) const { return lies_under(text(), base.text()); }

bool DnsName::may_be_under(const DnsName& base) const {
  // "*.example.com" covers "mail.example.com", which is the base or stands above nothing else that
  // it covers.
  return is_under(base) || (is_wildcard_ && covers(base.text()));
}

}  // namespace handfast::x509
