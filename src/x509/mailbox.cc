#include "x509/mailbox.h"

#include <algorithm>
#include <string_view>

namespace handfast::x509 {

namespace {

// atext, RFC 5322 §3.2.3.
bool is_atom_character(std::uint8_t c) {
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(static_cast<char>(c)) != std::string_view::npos;
}

// Dot-string, RFC 5321 §4.1.2: atoms with single dots between.
bool is_dot_string(Bytes local) {
  bool in_atom = false;
  for (const std::uint8_t c : local) {
    if (c == '.' ? !in_atom : !is_atom_character(c)) {
      return false;
    }
    in_atom = c != '.';
  }
  return in_atom;
}

// Quoted-string, RFC 5321 §4.1.2.
bool is_quoted_string(Bytes local) {
  if (local.size() < 3 || local.front() != '"' || local.back() != '"') {
    return false;
  }
  bool is_escaped = false;
  for (const std::uint8_t c : local.subspan(1, local.size() - 2)) {
    if (c < ' ' || c > '~' || (c == '"' && !is_escaped)) {
      return false;
    }
    is_escaped = c == '\\' && !is_escaped;
  }
  return !is_escaped;
}

std::optional<DnsName> host_name(Bytes text) {
  const std::optional<DnsName> host = DnsName::parse_presented(text);
  return host && !host->is_wildcard() ? host : std::nullopt;
}

}  // namespace

std::optional<Mailbox> Mailbox::parse(Bytes text) {
  const auto last = std::ranges::find(text.rbegin(), text.rend(), std::uint8_t{'@'});
  if (last == text.rend()) {
    return std::nullopt;
  }
  const auto at = static_cast<std::size_t>(text.rend() - last) - 1;
  const Bytes local = text.first(at);
  const std::optional<DnsName> host = host_name(text.subspan(at + 1));
  if (!host || !(is_dot_string(local) || is_quoted_string(local))) {
    return std::nullopt;
  }
  return Mailbox{local, *host};
}

std::optional<DnsName> uri_host(Bytes uri) {
  constexpr std::string_view marker = "://";
  const auto found = std::ranges::search(uri, marker);
  const auto scheme = std::span(uri.begin(), found.begin());
  const bool is_scheme = !scheme.empty() && std::ranges::all_of(scheme, [](std::uint8_t c) {
    return is_atom_character(c) || c == '.';
  });
  if (found.empty() || !is_scheme) {
    return std::nullopt;
  }
  Bytes authority(found.end(), uri.end());
  const auto end = std::ranges::find_first_of(authority, std::string_view("/?#"));
  authority = authority.first(static_cast<std::size_t>(end - authority.begin()));
  // User information ends at the last "@": it has none of its own, but what compares has to doubt.
  if (std::ranges::count(authority, std::uint8_t{'@'}) > 1) {
    return std::nullopt;
  }
  if (const auto at = std::ranges::find(authority, std::uint8_t{'@'}); at != authority.end()) {
    authority = authority.subspan(static_cast<std::size_t>(at - authority.begin()) + 1);
  }
  const auto colon = std::ranges::find(authority, std::uint8_t{':'});
  const auto port = std::span(colon, authority.end());
  const bool is_port = port.empty() || std::ranges::all_of(port.subspan(1), [](std::uint8_t c) {
                         return c >= '0' && c <= '9';
                       });
  return is_port ? host_name(authority.first(static_cast<std::size_t>(colon - authority.begin())))
                 : std::nullopt;
}

}  // namespace handfast::x509
