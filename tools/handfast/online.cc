#include "handfast/online.h"

#include "handfast/describe.h"
#include "handfast/describe_extensions.h"
#include "handfast/document.h"
#include "handfast/error.h"
#include "handfast/issue_ocsp.h"
#include "handfast/net.h"
#include "handfast/revocation.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

namespace handfast::command {

namespace {

// No chain needs more; whoever makes a certificate with a thousand URLs gets no thousand requests.
constexpr std::size_t most_fetches = 16;

constexpr std::size_t certificate_size_most = std::size_t{64} << 10;
constexpr std::size_t response_size_most = std::size_t{64} << 10;
constexpr std::size_t list_size_most = std::size_t{64} << 20;
constexpr std::size_t all_size_most = std::size_t{128} << 20;  // of everything together
constexpr std::size_t url_size_most = 2048;

// RFC 9654 §2.1 allows 1 to 128 bytes.
std::array<std::uint8_t, 32> make_nonce() {
  std::array<std::uint8_t, 32> nonce{};
  // Without chance the nonce proves less, and the response is as good as without one.
  std::ignore = getentropy(nonce.data(), nonce.size());
  return nonce;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> Online::ask(Bytes url, const HttpQuestion& question,
                                                     std::size_t size_most, std::string& problem) {
  if (fetched_.size() >= most_fetches || size_ >= all_size_most) {
    problem = "as much was fetched as one check may";
    return std::nullopt;
  }
  if (url.size() > url_size_most) {
    problem = fmt::format("only addresses of at most {} bytes are asked", url_size_most);
    return std::nullopt;
  }
  const std::optional<HttpUrl> parsed = parse_http_url(net::as_text(url));
  if (!parsed) {
    problem = "only http:// is fetched";
    return std::nullopt;
  }
  HttpLimits limits = limits_;
  limits.size = std::min(size_most, all_size_most - size_);
  auto answer = ask_http(*parsed, question, limits);
  if (!answer) {
    const bool is_too_long = answer.error().reason == Reason::budget_spent;
    size_ += is_too_long ? limits.size : 0;
    problem = is_too_long ? fmt::format("it is longer than {} KiB", limits.size >> 10)
                          : answer.error().text();
    return std::nullopt;
  }
  size_ += answer->size();
  return *std::move(answer);
}

std::optional<std::vector<std::uint8_t>> Online::fetch(const std::string& what, Bytes url,
                                                       const HttpQuestion& question,
                                                       std::size_t size_most) {
  Fetched attempt{.what = what, .url = url_text(url)};
  auto content = ask(url, question, size_most, attempt.problem);
  // That the end was reached is told once.
  if (fetched_.size() <= most_fetches) {
    fetched_.push_back(std::move(attempt));
  }
  return content;
}

std::optional<std::vector<std::uint8_t>> Online::issuer_of(const Certificate& certificate) {
  const AccessUrls access = access_urls(certificate);
  for (const Bytes url : access.issuers) {
    const auto content = fetch("issuer of " + certificate.label(), url, {}, certificate_size_most);
    if (!content) {
      continue;
    }
    // RFC 5280 §4.2.2.1: one certificate in DER, or several in a certs-only PKCS#7 message; some
    // authorities publish PEM.
    auto documents = read_documents(net::as_text(*content));
    const auto found =
        documents ? std::ranges::find(*documents, DocumentKind::certificate, &Document::kind)
                  : std::vector<Document>::iterator();
    if (documents && found != documents->end()) {
      return std::move(found->der);
    }
    fetched_.back().problem = "what came holds no certificate";
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> Online::response_for(const Certificate& certificate,
                                                              const Certificate& issuer,
                                                              const JudgeResponse& judge) {
  const auto nonce = make_nonce();
  const auto request = write_ocsp_request(certificate, issuer, nonce);
  if (!request) {
    return std::nullopt;
  }
  const AccessUrls access = access_urls(certificate);
  for (const Bytes url : access.ocsp) {
    auto content =
        fetch("OCSP response for " + certificate.label(), url,
              {.body_type = "application/ocsp-request", .body = *request}, response_size_most);
    if (!content) {
      continue;
    }
    // RFC 9654 §2.1 leaves it to the responder whether it repeats the nonce.
    const auto response = OcspResponse::parse(*content);
    const bool has_nonce = response && !response->nonce.empty();
    const std::optional<Reason> flaw =
        response ? judge(*content, has_nonce ? Bytes(nonce) : Bytes()) : response.error().reason;
    if (!flaw) {
      return content;
    }
    fetched_.back().problem = Error{.reason = *flaw}.text();
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> Online::list_for(const Certificate& certificate) {
  for (const Bytes url : crl_urls(certificate)) {
    auto content = fetch("revocation list for " + certificate.label(), url, {}, list_size_most);
    if (!content) {
      continue;
    }
    // Now, by itself: among others it would take the good ones with it.
    const auto lists = RevocationLists::parse({*content});
    if (lists) {
      return content;
    }
    fetched_.back().problem = lists.error().reason == Reason::pem_malformed
                                  ? "what came holds no revocation list"
                                  : lists.error().text();
  }
  return std::nullopt;
}

}  // namespace handfast::command
