// What authorities publish about the certificates of a chain, fetched: missing issuers, OCSP
// responses, revocation lists. RFC 5280 §4.2.2.1, §4.2.1.13.
#pragma once

#include "handfast/certificate.h"
#include "handfast/json.h"
#include "handfast/plain_http.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace handfast::command {

/// One attempt to fetch something, for people.
struct Fetched {
  std::string what;  ///< "OCSP response for shop.test"
  std::string url;
  std::string problem = {};  ///< empty: it came
};

/// Fetches, within limits on how often, how much and how long. What fails is noted, and the next
/// way is tried.
class Online {
 public:
  explicit Online(const HttpLimits& limits) : limits_(limits) {}

  /// The certificate of whoever issued `certificate`, in DER.
  std::optional<std::vector<std::uint8_t>> issuer_of(const Certificate& certificate);

  /// What the responder of `issuer` says of `certificate` now: an OCSPResponse in DER. Asked
  /// without a nonce, since most responders answer from a store; that it is fresh is told by its
  /// dates.
  std::optional<std::vector<std::uint8_t>> response_for(const Certificate& certificate,
                                                        const Certificate& issuer);

  /// A list that `certificate` names.
  std::optional<std::vector<std::uint8_t>> list_for(const Certificate& certificate);

  [[nodiscard]] const std::vector<Fetched>& fetched() const { return fetched_; }

 private:
  std::optional<std::vector<std::uint8_t>> fetch(const std::string& what, const std::string& url,
                                                 const HttpQuestion& question,
                                                 std::size_t size_most);

  HttpLimits limits_;
  std::vector<Fetched> fetched_;
};

}  // namespace handfast::command
