// Fetch: one HTTP/1.1 request, and its response as it comes. RFC 9112.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::command {

/// Takes a piece of the response's content; returns false to have no more.
using TakeContent = std::function<bool(std::string_view)>;

class Fetch {
 public:
  explicit Fetch(TakeContent take);
  Fetch(Fetch&&) noexcept;
  ~Fetch();

  /// The request for `path` at `host` ("example.com:8443"), with which the connection ends.
  [[nodiscard]] static std::string request(std::string_view host, std::string_view path);

  /// Goes on with bytes of the response. Returns whether more are needed. Fails: http_malformed.
  enum class Progress : std::uint8_t { wants_more, done };
  Result<Progress> put(Bytes bytes);

  /// The connection has ended, cleanly. Fails: http_malformed if the response was not whole.
  Result<> end();

  /// Whether the whole response was seen.
  [[nodiscard]] bool is_done() const;

  /// 0 as long as there is no head.
  [[nodiscard]] int status() const;

  /// The lines of the head, escaped.
  [[nodiscard]] std::vector<std::string> head() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace handfast::command
