#include "support/rfc8448.h"

#include "support/hex.h"
#include "support/vectors.h"

#include <cstdlib>

namespace handfast::test {

std::vector<std::uint8_t> Trace::bytes(std::string_view key) const {
  return from_hex(values_.at(std::string(key)).get<std::string>());
}

std::vector<std::vector<std::uint8_t>> Trace::flight(std::string_view key) const {
  std::vector<std::vector<std::uint8_t>> messages;
  for (const auto& message : values_.at(std::string(key))) {
    messages.push_back(from_hex(message.get<std::string>()));
  }
  return messages;
}

std::vector<std::uint8_t> Trace::record(std::string_view key) const {
  return from_hex(values_.at("records").at(std::string(key)).get<std::string>());
}

std::vector<Trace> rfc8448_traces() {
  std::vector<Trace> traces;
  // Named, because g++ 12 ends the life of temporaries before the loop begins.
  const nlohmann::json file = load_json("rfc8448/rfc8448.json.xz");
  for (const auto& trace : file.at("traces")) {
    traces.emplace_back(trace);
  }
  return traces;
}

Trace rfc8448_trace(std::string_view name) {
  for (const Trace& trace : rfc8448_traces()) {
    if (trace.name() == name) {
      return trace;
    }
  }
  std::abort();  // a mistake in the test
}

std::vector<std::uint8_t> joined(const std::vector<std::vector<std::uint8_t>>& parts) {
  std::vector<std::uint8_t> all;
  for (const auto& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace handfast::test
