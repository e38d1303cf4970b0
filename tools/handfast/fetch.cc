#include "handfast/fetch.h"

#include "handfast/net.h"
#include "handfast/terminal.h"

#include <limits>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::uint32_t longest_head = 64 * 1024;

/// A body, as Beast has it, that is handed on and not kept.
struct PassedOn {
  using value_type = TakeContent;

  class reader {  // NOLINT(readability-identifier-naming): Beast looks for it
   public:
    template <bool is_request, class Fields>
    reader(beast_http::header<is_request, Fields>&, value_type& take) : take_(take) {}

    static void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& error) {
      error = {};
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      error = {};
      std::size_t size = 0;
      for (const auto& buffer : boost::beast::buffers_range_ref(buffers)) {
        const auto* text = static_cast<const char*>(buffer.data());
        is_wanted_ = is_wanted_ && take_(std::string_view(text, buffer.size()));
        size += buffer.size();
      }
      return size;
    }

    static void finish(boost::beast::error_code& error) { error = {}; }

   private:
    value_type& take_;
    bool is_wanted_ = true;
  };
};

}  // namespace

struct Fetch::State {
  TakeContent take;
  std::optional<beast_http::response_parser<PassedOn>> parser;
  std::string waiting;  // what the parser could not use yet

  void start() {
    parser.emplace();
    parser->header_limit(longest_head);
    parser->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser->eager(true);
    parser->get().body() = take;
  }

  /// RFC 9110 §15.2: a client must be able to parse interim responses before the final one.
  [[nodiscard]] bool is_interim() const {
    return parser->is_done() && parser->get().result_int() < 200;
  }
};

Fetch::Fetch(TakeContent take) : state_(std::make_unique<State>()) {
  state_->take = std::move(take);
  state_->start();
}

Fetch::Fetch(Fetch&&) noexcept = default;
Fetch::~Fetch() = default;

std::string Fetch::request(std::string_view host, std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\n"
                     "Host: {}\r\n"
                     "User-Agent: handfast/{}\r\n"
                     "Accept: */*\r\n"
                     "Connection: close\r\n"
                     "\r\n",
                     path, host, HANDFAST_VERSION);
}

Result<Fetch::Progress> Fetch::put(Bytes bytes) {
  state_->waiting += net::as_text(bytes);
  while (!state_->waiting.empty() && !state_->parser->is_done()) {
    boost::beast::error_code error;
    const std::size_t used = state_->parser->put(
        boost::asio::buffer(state_->waiting.data(), state_->waiting.size()), error);
    state_->waiting.erase(0, used);
    if (error == beast_http::error::need_more) {
      break;
    }
    if (error) {
      return fail(Reason::http_malformed);
    }
    if (state_->is_interim()) {
      state_->start();
    }
  }
  return is_done() ? Progress::done : Progress::wants_more;
}

Result<> Fetch::end() {
  boost::beast::error_code error;
  if (!is_done() && state_->parser->got_some()) {
    state_->parser->put_eof(error);
  }
  return is_done() && !error ? Result<>() : fail(Reason::http_malformed);
}

bool Fetch::is_done() const { return state_->parser->is_done(); }

int Fetch::status() const {
  return state_->parser->is_header_done() ? static_cast<int>(state_->parser->get().result_int())
                                          : 0;
}

std::vector<std::string> Fetch::head() const {
  std::vector<std::string> lines;
  if (!state_->parser->is_header_done()) {
    return lines;
  }
  const auto& response = state_->parser->get();
  const auto reason = response.reason();
  lines.push_back(
      escape(fmt::format("HTTP/{}.{} {} {}", response.version() / 10, response.version() % 10,
                         response.result_int(), std::string_view(reason.data(), reason.size()))));
  for (const auto& field : response) {
    const auto field_name = field.name_string();
    const auto value = field.value();
    lines.push_back(
        escape(fmt::format("{}: {}", std::string_view(field_name.data(), field_name.size()),
                           std::string_view(value.data(), value.size()))));
  }
  return lines;
}

}  // namespace handfast::command
