#include "starttls/plain_stream.h"

#include "starttls/text.h"

#include <vector>

namespace handfast::starttls {

namespace {

Measured measure_line(Bytes waiting) {
  const auto end = std::ranges::find(waiting, std::uint8_t{'\n'});
  return end == waiting.end() ? Measured(std::nullopt)
                              : Measured(static_cast<std::size_t>(end - waiting.begin()) + 1);
}

/// A tab and what is not ASCII may stand in texts for people.
bool is_in_no_line(std::uint8_t byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; }

}  // namespace

Result<std::optional<Bytes>> PlainStream::line() {
  Result<std::optional<Bytes>> whole = take(measure_line, {});
  if (!whole || !*whole) {
    return whole;
  }
  // RFC 5321 §2.3.8: "Conforming implementations MUST NOT recognize or generate any other character
  // or character sequence as a line terminator." The other protocols' lines end in CRLF as well.
  const Bytes bytes = **whole;
  if (bytes.size() < 2 || bytes[bytes.size() - 2] != '\r') {
    return fail(Reason::starttls_malformed);
  }
  const Bytes line = bytes.first(bytes.size() - 2);
  if (std::ranges::any_of(line, is_in_no_line)) {
    return fail(Reason::starttls_malformed);
  }
  return line;
}

Result<std::optional<Bytes>> PlainStream::take_measured(std::optional<std::size_t> size,
                                                        std::string_view packet) {
  const Bytes waiting = in_.waiting();
  if (!size || *size > waiting.size()) {
    if (waiting.size() >= limits::starttls_line) {
      return fail_limit(Reason::starttls_too_long, limits::starttls_line, waiting.size());
    }
    if (waiting.size() == in_.capacity()) {
      return fail(Reason::input_too_small);
    }
    return std::nullopt;
  }
  if (budget_.lines == 0) {
    return fail_limit(Reason::starttls_too_long, limits::starttls_lines,
                      limits::starttls_lines + 1);
  }
  if (*size > budget_.bytes) {
    return fail_limit(Reason::starttls_too_long, limits::starttls_bytes,
                      limits::starttls_bytes - budget_.bytes + *size);
  }
  budget_.lines -= 1;
  budget_.bytes -= *size;
  const Bytes whole = waiting.first(*size);
  in_.consume(*size);
  report(Flow::received, whole, packet);
  return whole;
}

Result<> PlainStream::say_line(std::string_view line) {
  std::vector<std::uint8_t> bytes = bytes_of(line);
  bytes.push_back('\r');
  bytes.push_back('\n');
  return say(bytes, {});
}

Result<> PlainStream::say(Bytes bytes, std::string_view packet) {
  // What lies there is no answer to what is only said now.
  if (manners_ == Manners::speaks_when_asked && has_more()) {
    return fail(Reason::starttls_unasked);
  }
  const Result<MutBytes> room = out_.room(bytes.size());
  if (!room) {
    return std::unexpected(room.error());
  }
  std::ranges::copy(bytes, room->begin());
  out_.commit(bytes.size());
  report(Flow::sent, bytes, packet);
  return {};
}

void PlainStream::report(Flow flow, Bytes bytes, std::string_view packet) {
  if (observer_ != nullptr) {
    observer_->observe(PlainSaid{.flow = flow, .bytes = bytes, .packet = packet});
  }
}

}  // namespace handfast::starttls
