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

// Whether `text`, in lower case, is `base`, which may be in any.
bool is_same(std::string_view text, Bytes base) {
  return std::ranges::equal(text, base, {}, {},
                            [](std::uint8_t c) { return lower(static_cast<char>(c)); });
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

bool DnsName::is_base(Bytes text) {
  DnsName name;
  return text.empty() || (name.read(text) && is_name(name.text()));
}

bool DnsName::covers(std::string_view asked) const {
  if (!is_wildcard_) {
    return asked == text();
  }
  const std::size_t dot = asked.find('.');
  return dot != std::string_view::npos && asked.substr(dot + 1) == text();
}

bool DnsName::is_under(Bytes base) const {
  if (base.empty()) {
    return true;
  }
  if (size_ < base.size() || !is_same(text().substr(size_ - base.size()), base)) {
    return false;
  }
  return size_ == base.size() || text_[size_ - base.size() - 1] == '.';
}

bool DnsName::may_be_under(Bytes base) const {
  if (is_under(base)) {
    return true;
  }
  // "*.example.com" covers "mail.example.com", but nothing below it.
  const auto dot = std::ranges::find(base, std::uint8_t{'.'});
  return is_wildcard_ && dot != base.end() &&
         is_same(text(), base.subspan(static_cast<std::size_t>(dot - base.begin()) + 1));
}

}  // namespace handfast::x509
