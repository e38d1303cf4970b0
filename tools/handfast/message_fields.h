// The fields of handshake messages, for notes on them. Whether a message is well formed is for the
// library to say.
#pragma once

#include "handfast/bytes.h"
#include "handfast/net.h"
#include "handfast/registry.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace handfast::command {

/// Reads big-endian fields off the front of bytes. Past the end everything is zero or empty.
class Fields {
 public:
  explicit Fields(Bytes bytes) : rest_(bytes) {}

  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : take(size)) {
      value = value << 8 | byte;
    }
    return value;
  }

  Bytes take(std::size_t size) {
    const Bytes taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    is_cut_ |= taken.size() != size;
    return taken.size() == size ? taken : Bytes();
  }

  /// A vector with a length of `size` bytes before it.
  Bytes vector(std::size_t size) { return take(number(size)); }

  [[nodiscard]] bool is_empty() const { return rest_.empty(); }

  /// Whether more was read than there is.
  [[nodiscard]] bool is_cut() const { return is_cut_; }

 private:
  Bytes rest_;
  bool is_cut_ = false;
};

inline constexpr std::size_t message_header = 4;

/// The content of one extension of a block, if it is there.
inline std::optional<Bytes> find_extension(Bytes block, ExtensionType wanted) {
  Fields fields(block);
  while (!fields.is_empty()) {
    const auto type = static_cast<ExtensionType>(fields.number(2));
    const Bytes content = fields.vector(2);
    if (type == wanted) {
      return content;
    }
  }
  return std::nullopt;
}

/// "ALPN h2 http/1.1"
inline std::string protocols_of(Bytes extension) {
  std::vector<std::string> names;
  Fields list(Fields(extension).vector(2));
  while (!list.is_empty()) {
    names.push_back(escape(net::as_text(list.vector(1))));
  }
  return fmt::format("ALPN {}", fmt::join(names, " "));
}

}  // namespace handfast::command
