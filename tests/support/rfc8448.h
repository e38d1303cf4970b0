// The traces of RFC 8448: handshakes with fixed randomness and every value on the way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace handfast::test {

/// One trace.
class Trace {
 public:
  explicit Trace(nlohmann::json values) : values_(std::move(values)) {}

  [[nodiscard]] std::string name() const { return values_.at("trace"); }

  [[nodiscard]] bool has(std::string_view key) const { return values_.contains(key); }

  [[nodiscard]] bool has_record(std::string_view key) const {
    return values_.at("records").contains(key);
  }

  /// The value of `key`, such as "client_handshake_key".
  [[nodiscard]] std::vector<std::uint8_t> bytes(std::string_view key) const;

  /// The messages of a flight, "server_flight" or "client_flight".
  [[nodiscard]] std::vector<std::vector<std::uint8_t>> flight(std::string_view key) const;

  /// Records as they went over the wire, "Record_ServerHello".
  [[nodiscard]] std::vector<std::uint8_t> record(std::string_view key) const;

 private:
  nlohmann::json values_;
};

/// All traces.
std::vector<Trace> rfc8448_traces();

/// The trace of this name, "Simple_1RTT_Handshake".
Trace rfc8448_trace(std::string_view name);

/// Several byte strings as one.
std::vector<std::uint8_t> joined(const std::vector<std::vector<std::uint8_t>>& parts);

}  // namespace handfast::test
