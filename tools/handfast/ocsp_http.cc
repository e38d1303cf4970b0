#include "handfast/ocsp_http.h"

#include "handfast/base64.h"

#include <algorithm>
#include <charconv>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace handfast::ocsp {

namespace beast = boost::beast::http;

using http::Status;

namespace {

constexpr std::string_view content_type = "application/ocsp-request";

std::optional<unsigned> value_of(char c, std::string_view digits) {
  const std::size_t at = digits.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

/// RFC 3986 §2.1; nothing for a broken escape.
std::optional<std::string> unescape(std::string_view path) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; };
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      text.push_back(path[i]);
      continue;
    }
    const auto high = i + 1 < path.size() ? value_of(lower(path[i + 1]), digits) : std::nullopt;
    const auto low = i + 2 < path.size() ? value_of(lower(path[i + 2]), digits) : std::nullopt;
    if (!high || !low) {
      return std::nullopt;
    }
    text.push_back(static_cast<char>(*high << 4 | *low));
    i += 2;
  }
  return text;
}

/// RFC 6960 §A.1: the question follows the URL's last path element of the responder, which may be
/// anything; it holds slashes of its own where nobody escaped them, but begins with an M, since a
/// SEQUENCE does.
std::expected<Arrival, Status> from_path(std::string_view target) {
  const std::size_t start = target.find("/M");
  const auto text =
      start == std::string_view::npos ? std::nullopt : unescape(target.substr(start + 1));
  auto question = text ? command::from_base64(*text) : std::nullopt;
  if (!question || question->empty()) {
    return std::unexpected(Status::bad_request);
  }
  return Arrival{.is_whole = true, .question = std::move(*question), .is_get = true};
}

std::string head(Status status, std::size_t size) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\nConnection: close\r\n",
                     static_cast<unsigned>(status), http::phrase(status), size);
}

}  // namespace

std::expected<Arrival, Status> look_at(std::string_view bytes) {
  beast::request_parser<beast::string_body> parser;
  parser.header_limit(http::longest_head);
  parser.body_limit(longest_question);
  parser.eager(true);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  if (error == beast::error::need_more) {
    return Arrival{};
  }
  if (error == beast::error::body_limit) {
    return std::unexpected(Status::content_too_large);
  }
  if (error) {
    return std::unexpected(error == beast::error::header_limit ? Status::header_fields_too_large
                                                               : Status::bad_request);
  }
  if (!parser.is_done()) {
    return Arrival{};
  }
  const auto& message = parser.get();
  if (message.method() == beast::verb::get) {
    return from_path({message.target().data(), message.target().size()});
  }
  if (message.method() != beast::verb::post) {
    return std::unexpected(Status::method_not_allowed);
  }
  const auto type = message[beast::field::content_type];
  if (std::string_view(type.data(), type.size()) != content_type) {
    return std::unexpected(Status::bad_request);
  }
  return Arrival{.is_whole = true,
                 .question = {message.body().begin(), message.body().end()},
                 .is_get = false};
}

std::string response(Bytes answer, std::optional<std::int64_t> fresh_for) {
  std::string text = head(Status::ok, answer.size());
  text += "Content-Type: application/ocsp-response\r\n";
  text += fresh_for ? fmt::format("Cache-Control: max-age={}, public, no-transform, "
                                  "must-revalidate\r\n\r\n",
                                  *fresh_for)
                    : std::string("Cache-Control: no-store\r\n\r\n");
  text.append(answer.begin(), answer.end());
  return text;
}

std::string response(Status status) {
  return head(status, 0) +
         (status == Status::method_not_allowed ? "Allow: GET, POST\r\n\r\n" : "\r\n");
}

}  // namespace handfast::ocsp
