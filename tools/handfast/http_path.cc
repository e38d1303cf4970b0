#include "handfast/http_path.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace handfast::http {

namespace {

/// The value of the two hexadecimal digits at the front of `text`.
std::optional<char> decode_pair(std::string_view text) {
  std::uint8_t value = 0;
  if (text.size() < 2) {
    return std::nullopt;
  }
  const char* end = text.data() + 2;
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stopped != end) {
    return std::nullopt;
  }
  return static_cast<char>(value);
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto pair = decode_pair(text.substr(i + 1));
      if (!pair) {
        return std::nullopt;
      }
      c = *pair;
      i += 2;
    }
    if (c == '\0') {
      return std::nullopt;
    }
    decoded.push_back(c);
  }
  return decoded;
}

/// "https://host/path" -> "/path"; what begins with a slash stays as it is.
std::optional<std::string_view> path_part(std::string_view target) {
  if (const std::size_t scheme = target.find("://");
      scheme != std::string_view::npos && !target.starts_with('/')) {
    const std::size_t slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/')) {
    return std::nullopt;
  }
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

std::optional<Path> parse_target(std::string_view target) {
  const auto encoded = path_part(target);
  if (!encoded) {
    return std::nullopt;
  }
  const auto decoded = decode(*encoded);
  if (!decoded) {
    return std::nullopt;
  }
  // Split after decoding: an encoded slash must not smuggle a ".." past the check.
  Path path{.ends_with_slash = decoded->ends_with('/')};
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    if (segment == "..") {
      return std::nullopt;
    }
    if (!segment.empty() && segment != ".") {
      path.segments.emplace_back(segment);
    }
  }
  return path;
}

std::string encode_segment(std::string_view segment) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : segment) {
    if (unreserved.contains(c)) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return encoded;
}

std::string Path::relative() const {
  std::string joined;
  for (const std::string& segment : segments) {
    joined += joined.empty() ? "" : "/";
    joined += segment;
  }
  return joined.empty() ? "." : joined;
}

std::string Path::url() const {
  std::string joined;
  for (const std::string& segment : segments) {
    joined += "/" + encode_segment(segment);
  }
  return ends_with_slash ? joined + "/" : joined;
}

}  // namespace handfast::http
