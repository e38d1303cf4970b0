// What authorities publish about the certificates of a chain, fetched: missing issuers, OCSP
// responses, revocation lists. RFC 5280 §4.2.2.1, §4.2.1.13.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/json.h"
#include "handfast/plain_http.h"
#include "handfast/reason.h"
#include "handfast/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
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

/// Fetches, within limits on how often, how much and how long. What fails, or is of no use, is
/// noted, and the next way is tried.
class Online {
 public:
  explicit Online(const HttpLimits& limits) : limits_(limits) {}

  /// The certificate of whoever issued `certificate`, in DER.
  std::optional<std::vector<std::uint8_t>> issuer_of(const Certificate& certificate);

  /// What is wrong with a response, whose nonce has to be `nonce` unless that is empty.
  using JudgeResponse = std::function<std::optional<Reason>(Bytes response, Bytes nonce)>;

  /// What the responder of `issuer` says of `certificate` now: the first OCSPResponse, in DER, with
  /// which nothing is wrong. Asked with a nonce, which responders that answer from a store leave
  /// out; that those are fresh is told by their dates.
  std::optional<std::vector<std::uint8_t>> response_for(const Certificate& certificate,
                                                        const Certificate& issuer,
                                                        const JudgeResponse& judge);

  /// A file of lists that `certificate` names, which `RevocationLists::parse` reads.
  std::optional<std::vector<std::uint8_t>> list_for(const Certificate& certificate);

  [[nodiscard]] const std::vector<Fetched>& fetched() const { return fetched_; }

 private:
  std::optional<std::vector<std::uint8_t>>
  fetch(const std::string& what, Bytes url, const HttpQuestion& question, std::size_t size_most);

  /// Fetches; says in `problem` why if nothing comes.
  std::optional<std::vector<std::uint8_t>> ask(Bytes url, const HttpQuestion& question,
                                               std::size_t size_most, std::string& problem);

  HttpLimits limits_;
  std::vector<Fetched> fetched_;
  std::size_t size_ = 0;  ///< of all that came
};

}  // namespace handfast::command
