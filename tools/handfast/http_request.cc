#include "handfast/http_request.h"

#include <algorithm>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

namespace handfast::http {

namespace beast = boost::beast::http;

namespace {

Status status_of(const boost::system::error_code& error) {
  if (error == beast::error::header_limit) {
    return Status::header_fields_too_large;
  }
  if (error == beast::error::bad_version) {
    return Status::version_not_supported;
  }
  return Status::bad_request;
}

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

std::string_view phrase(Status status) {
  if (status == Status::too_early) {
    return "Too Early";  // younger than Boost's table
  }
  const auto view = beast::obsolete_reason(static_cast<beast::status>(status));
  return {view.data(), view.size()};
}

std::size_t empty_lines(std::string_view bytes) {
  std::size_t count = 0;
  while (bytes.substr(2 * count).starts_with("\r\n")) {
    ++count;
  }
  return count;
}

std::optional<std::size_t> head_size(std::string_view bytes, std::size_t searched) {
  // The empty line may have begun in what was searched before.
  const std::size_t end = bytes.find("\r\n\r\n", searched - std::min<std::size_t>(searched, 3));
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  return end + 4;
}

std::expected<Request, Status> parse_request(std::string_view head) {
  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(longest_head);
  // Content is never read: a request that brings some is refused and its connection closed.
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head), error);
  if (error) {
    return std::unexpected(status_of(error));
  }
  if (!parser.is_header_done()) {
    return std::unexpected(Status::bad_request);
  }
  const auto& message = parser.get();
  // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
  // request message that lacks a Host header field and to any request message that contains more
  // than one Host header field line"
  const auto hosts = message.count(beast::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
    return std::unexpected(Status::bad_request);
  }
  const auto length = parser.content_length();
  return Request{
      .method = text(message.method_string()),
      .target = text(message.target()),
      .version = message.version(),
      .keep_alive = message.keep_alive(),
      .has_content = parser.chunked() || (length && *length > 0),
      .range = text(message[beast::field::range]),
      .if_range = text(message[beast::field::if_range]),
      .if_none_match = text(message[beast::field::if_none_match]),
      .if_modified_since = text(message[beast::field::if_modified_since]),
      // RFC 8470 §5.1: several of it, or another value, are the same as a single 1.
      .early_data = message.count("Early-Data") > 0,
  };
}

}  // namespace handfast::http
