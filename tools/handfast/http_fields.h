// Values of header fields: dates, ranges, entity tags, content types. RFC 9110.
#pragma once

#include <cstdint>
#include <ctime>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace handfast::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT". RFC 9110 §5.6.7.
[[nodiscard]] std::string date(std::time_t time);

/// Reads the form that `date` writes; the two obsolete forms are not understood and count as
/// absent.
[[nodiscard]] std::optional<std::time_t> parse_date(std::string_view text);

/// `count` bytes from `first` on.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// Reads the Range field for a file of `size` bytes. Nothing if the field is absent, malformed or
/// asks for several ranges, all of which a server may answer with the whole file; `count` 0 if no
/// byte of it exists. RFC 9110 §14.
[[nodiscard]] std::optional<Range> parse_range(std::string_view field, std::uint64_t size);

/// Whether the list of an If-None-Match field holds `tag`, or is "*". Weak comparison, RFC 9110
/// §8.8.3.2.
[[nodiscard]] bool any_tag_matches(std::string_view field, std::string_view tag);

/// The media type for a file's name, by its extension; "application/octet-stream" for unknown ones.
[[nodiscard]] std::string_view content_type(std::string_view file_name);

}  // namespace handfast::http
