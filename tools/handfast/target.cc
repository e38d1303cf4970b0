#include "handfast/target.h"

#include "handfast/a_labels.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace handfast::command {

namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};

/// Schemes whose connections begin with TLS.
constexpr std::array schemes = {
    Scheme{"https", 443}, Scheme{"wss", 443},   Scheme{"smtps", 465}, Scheme{"ldaps", 636},
    Scheme{"ftps", 990},  Scheme{"imaps", 993}, Scheme{"pop3s", 995}, Scheme{"mqtts", 8883},
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

/// Control bytes too: a name is shown to people and sent in headers.
bool is_in_no_host(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code <= ' ' || code == 0x7f || std::string_view("/@[]%").contains(byte);
}

/// Takes the scheme, and what stands behind the host, off `text`. Returns the scheme's port;
/// `usual` without one.
Result<std::uint16_t> strip_url(std::string_view& text, std::uint16_t usual) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    return usual;
  }
  const auto* scheme = std::ranges::find(schemes, text.substr(0, colon), &Scheme::name);
  if (scheme == schemes.end()) {
    return fail(Reason::address_invalid);
  }
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  return scheme->port;
}

}  // namespace

Result<Target> parse_target(std::string_view text, std::uint16_t usual) {
  Result<std::uint16_t> port = strip_url(text, usual);
  if (!port) {
    return std::unexpected(port.error());
  }
  std::string_view host = text;
  std::string_view behind;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) {
      return fail(Reason::address_invalid);
    }
    host = text.substr(1, bracket - 1);
    behind = text.substr(bracket + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    behind = text.substr(host.size());
  }
  Target target{.port = *port};
  if (!behind.empty()) {
    const std::optional<std::uint16_t> written =
        behind.starts_with(':') ? parse_port(behind.substr(1)) : std::nullopt;
    if (!written) {
      return fail(Reason::address_invalid);
    }
    target.port = *written;
  }
  if (host.empty() || std::ranges::any_of(host, is_in_no_host)) {
    return fail(Reason::address_invalid);
  }
  Result<std::string> ascii = to_a_labels(host);
  if (!ascii) {
    return std::unexpected(ascii.error());
  }
  target.host = *std::move(ascii);
  const bool is_ipv6 = target.host.find(':') != std::string::npos;
  target.shown =
      (is_ipv6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
  return target;
}

}  // namespace handfast::command
