#include "handfast/http_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/chrono.h>

namespace handfast::http {

namespace {

constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// clang-format off
constexpr auto types = std::to_array<std::pair<std::string_view, std::string_view>>({
  {"avif", "image/avif"},            {"css", "text/css; charset=utf-8"},
  {"csv", "text/csv; charset=utf-8"}, {"gif", "image/gif"},
  {"htm", "text/html; charset=utf-8"}, {"html", "text/html; charset=utf-8"},
  {"ico", "image/vnd.microsoft.icon"}, {"jpeg", "image/jpeg"},
  {"jpg", "image/jpeg"},             {"js", "text/javascript; charset=utf-8"},
  {"json", "application/json"},      {"map", "application/json"},
  {"md", "text/markdown; charset=utf-8"}, {"mjs", "text/javascript; charset=utf-8"},
  {"mp3", "audio/mpeg"},             {"mp4", "video/mp4"},
  {"ogg", "audio/ogg"},              {"otf", "font/otf"},
  {"pdf", "application/pdf"},        {"png", "image/png"},
  {"svg", "image/svg+xml"},          {"ttf", "font/ttf"},
  {"txt", "text/plain; charset=utf-8"}, {"wasm", "application/wasm"},
  {"webm", "video/webm"},            {"webmanifest", "application/manifest+json"},
  {"webp", "image/webp"},            {"woff", "font/woff"},
  {"woff2", "font/woff2"},           {"xml", "application/xml"},
  {"zip", "application/zip"},
});
// clang-format on
static_assert(std::ranges::is_sorted(types, {}, [](const auto& row) { return row.first; }),
              "content_type searches by halves");

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stopped != end) {
    return std::nullopt;
  }
  return value;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ') || text.ends_with('\t')) {
    text.remove_suffix(1);
  }
  return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string date(std::time_t time) {
  const std::tm parts = fmt::gmtime(time);
  // Not strftime: its names follow the locale.
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     weekdays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<std::time_t> parse_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() != 29 || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  const auto month = std::ranges::find(months, text.substr(8, 3));
  const auto day = parse_number(text.substr(5, 2));
  const auto year = parse_number(text.substr(12, 4));
  const auto hour = parse_number(text.substr(17, 2));
  const auto minute = parse_number(text.substr(20, 2));
  const auto second = parse_number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) {
    return std::nullopt;
  }
  std::tm parts{};
  parts.tm_mday = static_cast<int>(*day);
  parts.tm_mon = static_cast<int>(month - months.begin());
  parts.tm_year = static_cast<int>(*year) - 1900;
  parts.tm_hour = static_cast<int>(*hour);
  parts.tm_min = static_cast<int>(*minute);
  parts.tm_sec = static_cast<int>(*second);
  const std::time_t time = timegm(&parts);
  // Written again it must be the same; so "31 Feb" and a wrong weekday count as malformed.
  return date(time) == text ? std::optional(time) : std::nullopt;
}

std::optional<Range> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!field.starts_with(unit)) {
    return std::nullopt;
  }
  const std::string_view spec = trim(field.substr(unit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.contains(',')) {
    return std::nullopt;
  }
  const auto first = parse_number(spec.substr(0, dash));
  const auto last = parse_number(spec.substr(dash + 1));
  if (dash == 0 && last) {
    const std::uint64_t count = std::min(*last, size);
    return Range{.first = size - count, .count = count};
  }
  const bool open_ended = dash + 1 == spec.size();
  if (!first || (!last && !open_ended) || (last && *last < *first)) {
    return std::nullopt;
  }
  if (*first >= size) {
    return Range{};
  }
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return Range{.first = *first, .count = end - *first + 1};
}

bool any_tag_matches(std::string_view field, std::string_view tag) {
  if (trim(field) == "*") {
    return true;
  }
  while (!field.empty()) {
    const std::size_t comma = field.find(',');
    std::string_view one = trim(field.substr(0, comma));
    field = comma == std::string_view::npos ? "" : field.substr(comma + 1);
    if (one.starts_with("W/")) {
      one.remove_prefix(2);
    }
    if (one == tag) {
      return true;
    }
  }
  return false;
}

std::string_view content_type(std::string_view file_name) {
  std::string extension(file_name.substr(file_name.rfind('.') + 1));
  std::ranges::transform(extension, extension.begin(), lower);
  const auto row =
      std::ranges::lower_bound(types, extension, {}, [](const auto& pair) { return pair.first; });
  return row != types.end() && row->first == extension ? row->second : "application/octet-stream";
}

}  // namespace handfast::http
