// From a request's target to a path, and from names to links.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::http {

/// A path below the served folder, decoded: segments without a slash, never empty, "." or "..".
struct Path {
  std::vector<std::string> segments = {};
  bool ends_with_slash = true;

  /// "docs/a b.txt", to be opened relative to the folder; "." for the folder itself.
  [[nodiscard]] std::string relative() const;

  /// "/docs/a%20b.txt", as it stands in a URL. Begins with exactly one slash, so that it never
  /// names another host.
  [[nodiscard]] std::string url() const;
};

/// Reads a target in origin-form or absolute-form (RFC 9112 §3.2) and leaves the query out. Nothing
/// for a target of another form, a wrong percent-encoding, a NUL or a segment "..".
[[nodiscard]] std::optional<Path> parse_target(std::string_view target);

/// Percent-encodes everything in `segment` outside the unreserved characters of RFC 3986 §2.3.
[[nodiscard]] std::string encode_segment(std::string_view segment);

}  // namespace handfast::http
