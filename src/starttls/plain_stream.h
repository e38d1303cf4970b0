// PlainStream: the plain text of one call of `StartTls::next`, whole things in and whole things
// out.
#pragma once

#include "base/limits.h"
#include "handfast/buffers.h"
#include "handfast/bytes.h"
#include "handfast/observer.h"
#include "handfast/result.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace handfast::starttls {

/// What a server may still say in clear.
struct PlainBudget {
  std::size_t lines = limits::starttls_lines;
  std::size_t bytes = limits::starttls_bytes;
};

/// Whether a server may speak without being asked, as those of IRC do.
enum class Manners : std::uint8_t { speaks_when_asked, chats };

/// How many bytes the first whole thing has in those that wait; nothing: it is not whole yet.
using Measured = Result<std::optional<std::size_t>>;

/// Reads from the caller's Input, never more than the budget allows, and writes to its Output.
///
/// Views that it returns lie in the Input. Confined: one thread at a time.
class PlainStream {
 public:
  PlainStream(PlainBudget& budget, Manners manners, Input& in, Output& out, Observer* observer)
      : budget_(budget), manners_(manners), in_(in), out_(out), observer_(observer) {}

  /// The next line without its CRLF; nothing: it is not whole yet. Fails: starttls_malformed if it
  /// ends otherwise or holds control bytes, starttls_too_long.
  Result<std::optional<Bytes>> line();

  /// The next thing that `measure` sees; nothing: it is not whole yet. `packet` is its name, empty
  /// where it is text. Fails: as `measure`, starttls_too_long.
  template <class Measure>
  Result<std::optional<Bytes>> take(Measure&& measure, std::string_view packet) {
    const Bytes waiting = in_.waiting();
    const Bytes seen = waiting.first(std::min(waiting.size(), limits::starttls_line));
    const Measured size = measure(seen);
    if (!size) {
      return std::unexpected(size.error());
    }
    return take_measured(*size, packet);
  }

  /// Says a line; the CRLF is added. Fails: starttls_unasked if the server has answered already,
  /// output_full.
  Result<> say_line(std::string_view line);

  /// Says a packet, or text that is no line (`packet` is empty then). Fails: as `say_line`.
  Result<> say(Bytes bytes, std::string_view packet);

  /// Whether something waits that was not taken.
  [[nodiscard]] bool has_more() const { return !in_.waiting().empty(); }

 private:
  Result<std::optional<Bytes>> take_measured(std::optional<std::size_t> size,
                                             std::string_view packet);
  void report(Flow flow, Bytes bytes, std::string_view packet);

  PlainBudget& budget_;
  Manners manners_;
  Input& in_;
  Output& out_;
  Observer* observer_;
};

}  // namespace handfast::starttls
