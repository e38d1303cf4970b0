// OCSP over HTTP, RFC 6960 §A: questions in requests, answers in responses.
#pragma once

#include "handfast/bytes.h"
#include "handfast/http_request.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::ocsp {

/// Questions longer than this are refused; those of one certificate have some 120 bytes.
inline constexpr std::size_t longest_question = 16UZ * 1024;

/// A request as far as it has come.
struct Arrival {
  bool is_whole = false;
  std::vector<std::uint8_t> question;  ///< the OCSPRequest in DER
  bool is_get = false;
};

/// Looks at the bytes that have come: whether they are a whole request, and which question it
/// brings, in the content of a POST or in the path of a GET. The error is the status to answer
/// with.
[[nodiscard]] std::expected<Arrival, http::Status> look_at(std::string_view bytes);

/// A response with `answer`, an OCSPResponse in DER. `fresh_for`: seconds for which caches may keep
/// it; nothing: not at all.
[[nodiscard]] std::string response(Bytes answer, std::optional<std::int64_t> fresh_for);

/// A response that says no more than `status`.
[[nodiscard]] std::string response(http::Status status);

}  // namespace handfast::ocsp
