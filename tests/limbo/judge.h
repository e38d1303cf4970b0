// One case of x509-limbo, put to x509::verify.
#pragma once

#include "handfast/time.h"
#include "x509/verify.h"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace handfast::limbo {

/// What limbo's results call it.
enum class Outcome { success, failure, skipped };

/// "SUCCESS", "FAILURE", "SKIPPED".
[[nodiscard]] std::string_view name(Outcome outcome);

/// Our answer to one case, and why.
struct Answer {
  Outcome outcome;
  std::string context;
};

/// The profile that a case is meant for. The corpus keeps its cases in namespaces, and says in the
/// names of two that they judge the Web PKI: by the CA/Browser Forum's rules, or from live sites of
/// it. What the tag rfc5280-incompatible-with-webpki is on, and all else, judges by RFC 5280, and
/// pedantically where the tag pedantic-rfc5280 says so.
[[nodiscard]] x509::Profile profile_of(const nlohmann::json& test);

/// Puts the case to `verify`. Skips what limbo has and we have no question for. `now` is for cases
/// without a time. Throws nlohmann::json::exception for a case that is not one.
[[nodiscard]] Answer judge(const nlohmann::json& test, x509::Profile profile, UnixTime now);

}  // namespace handfast::limbo
