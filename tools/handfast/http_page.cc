#include "handfast/http_page.h"

#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace handfast::http {

namespace {

constexpr std::string_view style = R"(<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
td { padding: .2rem .8rem .2rem 0; overflow-wrap: anywhere }
td + td { text-align: right; white-space: nowrap; opacity: .7; font-variant-numeric: tabular-nums }
tr:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
a { text-decoration: none }
a:hover { text-decoration: underline }
footer { margin-top: 2rem; opacity: .6; font-size: .85rem }
</style>)";

std::string page(std::string_view title, std::string_view content) {
  return fmt::format("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<title>{}</title>\n{}\n{}\n<footer>handfast serve</footer>\n</html>\n",
                     title, style, content);
}

std::string row(const Entry& entry) {
  const std::string_view slash = entry.is_folder ? "/" : "";
  // "./" first, or a name such as "javascript:x" would be a link of its own kind.
  return fmt::format("<tr><td><a href=\"./{0}{1}\">{2}{1}</a></td><td>{3}</td>"
                     "<td>{4:%Y-%m-%d %H:%M}</td></tr>\n",
                     encode_segment(entry.name), slash, escape_html(entry.name),
                     entry.is_folder ? "" : size_text(entry.size), fmt::gmtime(entry.modified));
}

std::string_view advice(Status status) {
  switch (status) {
    case Status::forbidden:
      return "This file is there, but it is not served: it may not be read, lies outside the "
             "served "
             "folder, or holds a private key.";
    case Status::not_found: return "There is no such file in the served folder.";
    case Status::method_not_allowed: return "Only GET and HEAD are answered here.";
    case Status::too_early:
      return "The request came as early data, and may be a copy. Send it again after the "
             "handshake.";
    case Status::content_too_large: return "Requests with content are not answered here.";
    case Status::range_not_satisfiable: return "The file has no such bytes.";
    case Status::uri_too_long:
    case Status::header_fields_too_large: return "The request was longer than this server reads.";
    case Status::internal_server_error: return "The file could not be opened just now.";
    default: return "The request was not understood.";
  }
}

}  // namespace

std::string listing_page(const Path& path, const Listing& listing) {
  std::string rows;
  if (!path.segments.empty()) {
    rows = "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n";
  }
  for (const Entry& entry : listing.entries) {
    rows += row(entry);
  }
  const std::string name = path.segments.empty() ? "/" : escape_html("/" + path.relative() + "/");
  const std::string note =
      listing.is_cut
          ? fmt::format("\n<p>This folder has more than {} entries; not all are shown.</p>",
                        Folder::longest_list)
          : "";
  return page(name, fmt::format("<h1>{}</h1>\n<table>\n{}</table>{}", name, rows, note));
}

std::string error_page(Status status) {
  const std::string title = fmt::format("{} {}", static_cast<unsigned>(status), phrase(status));
  return page(title, fmt::format("<h1>{}</h1>\n<p>{}</p>", title, advice(status)));
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) {
    return fmt::format("{} B", bytes);
  }
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.95 would print as "1000.0".
  while (value >= 999.95) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units.at(unit));
}

}  // namespace handfast::http
