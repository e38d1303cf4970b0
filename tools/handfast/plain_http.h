// One request over HTTP without TLS, as authorities want it for their lists and responses, which
// are signed themselves. RFC 9112.
#pragma once

#include "handfast/bytes.h"
#include "handfast/net.h"
#include "handfast/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::command {

/// "http://host[:port]/path", taken apart.
struct HttpUrl {
  std::string host;
  std::uint16_t port = 80;
  std::string path;  ///< with its query; begins with a slash
};

/// Nothing for another scheme, for user names, fragments, blanks, control and other characters that
/// a URL cannot have, and for hosts that are neither a name nor an address.
[[nodiscard]] std::optional<HttpUrl> parse_http_url(std::string_view text);

/// Whether `address` may be anybody's on the Internet: not loopback, private, link-local, shared,
/// multicast or reserved, also in the clothes of another family. RFC 6890.
[[nodiscard]] bool is_public(const net::Address& address);

/// What a fetch may cost, and whom it may ask. A certificate names the URLs, and whoever made the
/// certificate must not be able to make this computer ask its neighbours.
struct HttpLimits {
  std::size_t size = std::size_t{1} << 20;            ///< of the content, in bytes
  net::Milliseconds time = std::chrono::seconds(10);  ///< of everything together
  bool allows_private = false;                        ///< loopback and private addresses too
};

/// What is sent: GET without a body, POST with one.
struct HttpQuestion {
  std::string_view body_type = {};
  Bytes body = {};
};

/// The content of the response with status 200. No redirect is followed. Fails: name_not_found,
/// address_not_public where no address may be asked, connection_refused,
/// unreachable, timed_out, http_malformed (also for any other status), budget_spent for more
/// content than allowed.
Result<std::vector<std::uint8_t>> ask_http(const HttpUrl& url, const HttpQuestion& question,
                                           const HttpLimits& limits);

}  // namespace handfast::command
