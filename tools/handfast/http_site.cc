#include "handfast/http_site.h"

#include "handfast/http_fields.h"
#include "handfast/http_page.h"
#include "handfast/http_path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace handfast::http {

namespace {

/// The lines of a head, in the order in which they are added.
class Head {
 public:
  Head(Status status, std::time_t now)
      : text_(fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: handfast\r\n",
                          static_cast<unsigned>(status), phrase(status), date(now))) {}

  Head& add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}: {}\r\n", name, value);
    return *this;
  }

  std::string finish(const Request& request, bool keep_alive) {
    if (!keep_alive) {
      add("Connection", "close");
    } else if (request.version == 10) {
      add("Connection", "keep-alive");
    }
    return std::exchange(text_, {}) + "\r\n";
  }

 private:
  std::string text_;
};

/// `page` may be left out where only the head is wanted.
Response page_response(const Request& request, Status status, std::optional<std::string> page,
                       std::time_t now, bool keep_alive) {
  Head head(status, now);
  if (page) {
    head.add("Content-Length", std::to_string(page->size()));
  }
  head.add("Content-Type", "text/html; charset=utf-8")
      .add("Cache-Control", "no-cache")
      // Nothing in these pages runs or loads anything.
      .add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
      .add("X-Content-Type-Options", "nosniff");
  if (status == Status::method_not_allowed) {
    head.add("Allow", "GET, HEAD");
  }
  Response response{
      .status = status, .head = head.finish(request, keep_alive), .keep_alive = keep_alive};
  if (request.method != "HEAD") {
    response.text = std::move(page).value_or("");
  }
  return response;
}

Response error_response(const Request& request, Status status, std::time_t now, bool keep_alive) {
  return page_response(request, status, error_page(status), now, keep_alive);
}

Response redirect(const Request& request, const Path& path, std::time_t now) {
  Head head(Status::moved_permanently, now);
  head.add("Location", path.url()).add("Content-Length", "0").add("Cache-Control", "no-cache");
  return Response{.status = Status::moved_permanently,
                  .head = head.finish(request, request.keep_alive),
                  .keep_alive = request.keep_alive};
}

/// Whether the client has this very version already. RFC 9110 §13.2.2: the tag decides if one was
/// sent.
bool is_unchanged(const Request& request, const Found& found, std::string_view tag) {
  if (!request.if_none_match.empty()) {
    return any_tag_matches(request.if_none_match, tag);
  }
  const auto since = parse_date(request.if_modified_since);
  return since && found.modified <= *since;
}

/// The part that is asked for, if there is one and it is a part of this very version.
std::optional<Range> part_of(const Request& request, const Found& found, std::string_view tag) {
  if (request.method != "GET") {
    return std::nullopt;
  }
  if (!request.if_range.empty() && request.if_range != tag) {
    return std::nullopt;
  }
  return parse_range(request.range, found.size);
}

}  // namespace

Response Site::answer(const Request& request, std::time_t now) const {
  // Content is never read, so the next request's begin is not known.
  const bool keep_alive = request.keep_alive && !request.has_content;
  if (request.method != "GET" && request.method != "HEAD") {
    return error_response(request, Status::method_not_allowed, now, keep_alive);
  }
  if (request.has_content) {
    return error_response(request, Status::content_too_large, now, false);
  }
  auto path = parse_target(request.target);
  if (!path) {
    return error_response(request, Status::bad_request, now, keep_alive);
  }
  auto found = folder_.find(*path);
  if (!found) {
    return error_response(request, found.error(), now, keep_alive);
  }
  if (!found->is_folder) {
    if (path->ends_with_slash) {
      return error_response(request, Status::not_found, now, keep_alive);
    }
    return file_response(request, std::move(*found), *path, now);
  }
  if (!path->ends_with_slash) {
    path->ends_with_slash = true;
    return redirect(request, *path, now);
  }
  Path index = *path;
  index.segments.emplace_back("index.html");
  index.ends_with_slash = false;
  if (auto page = folder_.find(index); page && !page->is_folder) {
    return file_response(request, std::move(*page), index, now);
  }
  // RFC 9110 §9.3.2: the answer to HEAD may lack what only the content would tell, here its length.
  std::optional<std::string> page;
  if (request.method == "GET") {
    page = listing_page(*path, folder_.list(*path, found->file));
  }
  return page_response(request, Status::ok, std::move(page), now, keep_alive);
}

Response Site::refuse(Status status, std::time_t now) {
  return error_response(Request{}, status, now, false);
}

Response Site::file_response(const Request& request, Found found, const Path& path,
                             std::time_t now) const {
  if (is_secret(found)) {
    return error_response(request, Status::forbidden, now, request.keep_alive);
  }
  const std::string tag = fmt::format("\"{:x}-{:x}\"", found.modified_ns, found.size);
  const bool unchanged = is_unchanged(request, found, tag);
  const auto part = unchanged ? std::nullopt : part_of(request, found, tag);
  if (part && part->count == 0) {
    Response response =
        error_response(request, Status::range_not_satisfiable, now, request.keep_alive);
    // RFC 9110 §15.5.17: such an answer tells the size.
    response.head.insert(response.head.find("\r\n") + 2,
                         fmt::format("Content-Range: bytes */{}\r\n", found.size));
    return response;
  }
  const Range sent = part.value_or(Range{.first = 0, .count = found.size});
  const Status status = unchanged ? Status::not_modified
                        : part    ? Status::partial_content
                                  : Status::ok;
  Head head(status, now);
  head.add("ETag", tag).add("Last-Modified", date(found.modified)).add("Cache-Control", "no-cache");
  if (!unchanged) {
    head.add("Content-Type", content_type(path.segments.back()))
        .add("Content-Length", std::to_string(sent.count))
        .add("Accept-Ranges", "bytes")
        .add("X-Content-Type-Options", "nosniff");
  }
  if (part) {
    head.add("Content-Range",
             fmt::format("bytes {}-{}/{}", sent.first, sent.first + sent.count - 1, found.size));
  }
  Response response{.status = status,
                    .head = head.finish(request, request.keep_alive),
                    .keep_alive = request.keep_alive};
  if (!unchanged && request.method == "GET" && sent.count > 0) {
    response.file = std::move(found.file);
    response.file_offset = sent.first;
    response.file_left = sent.count;
  }
  return response;
}

bool Site::is_secret(const Found& found) const {
  return std::ranges::find(secrets_, found.id) != secrets_.end() || holds_private_key(found);
}

}  // namespace handfast::http
