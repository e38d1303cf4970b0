// A request's head, parsed. RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace handfast::http {

/// Status codes of RFC 9110 §15, those that a file server has a use for.
enum class Status : std::uint16_t {
  ok = 200,
  partial_content = 206,
  moved_permanently = 301,
  not_modified = 304,
  bad_request = 400,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  content_too_large = 413,
  uri_too_long = 414,
  range_not_satisfiable = 416,
  too_early = 425,  // RFC 8470 §5.2
  header_fields_too_large = 431,
  internal_server_error = 500,
  version_not_supported = 505,
};

/// "Not Found"
[[nodiscard]] std::string_view phrase(Status status);

/// What a client asks for. Empty strings stand for fields that were not sent.
struct Request {
  std::string method;
  std::string target;
  unsigned version = 11;  ///< 10 or 11
  bool keep_alive = true;
  bool has_content = false;
  std::string range;
  std::string if_range;
  std::string if_none_match;
  std::string if_modified_since;
  bool early_data = false;  ///< somebody on the way took it early (RFC 8470 §5.1)
};

/// Heads longer than this are refused.
inline constexpr std::size_t longest_head = 16UZ * 1024;

/// More empty lines than this before a head are refused.
inline constexpr std::size_t most_empty_lines = 8;

/// How many empty lines (CRLF) stand at the front of `bytes`.
[[nodiscard]] std::size_t empty_lines(std::string_view bytes);

/// The size of the head at the front of `bytes`, with the empty line that ends it, or nothing while
/// it is incomplete. Bytes before `searched` have been looked through by an earlier call.
[[nodiscard]] std::optional<std::size_t> head_size(std::string_view bytes,
                                                   std::size_t searched = 0);

/// Parses a whole head. The error is the status to answer with, after which the connection must be
/// closed, as nobody knows where the next request would begin.
[[nodiscard]] std::expected<Request, Status> parse_request(std::string_view head);

}  // namespace handfast::http
