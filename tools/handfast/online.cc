#include "handfast/online.h"

#include "handfast/describe.h"
#include "handfast/describe_extensions.h"
#include "handfast/document.h"
#include "handfast/issue_ocsp.h"

#include <algorithm>
#include <string_view>

namespace handfast::command {

namespace {

// No chain needs more; whoever makes a certificate with a thousand URLs gets no thousand requests.
constexpr std::size_t most_fetches = 16;

constexpr std::size_t certificate_size_most = std::size_t{64} << 10;
constexpr std::size_t response_size_most = std::size_t{64} << 10;
constexpr std::size_t list_size_most = std::size_t{64} << 20;

}  // namespace

std::optional<std::vector<std::uint8_t>> Online::fetch(const std::string& what,
                                                       const std::string& url,
                                                       const HttpQuestion& question,
                                                       std::size_t size_most) {
  Fetched attempt{.what = what, .url = url};
  std::optional<std::vector<std::uint8_t>> content;
  const std::optional<HttpUrl> parsed = parse_http_url(url);
  if (fetched_.size() == most_fetches) {
    return std::nullopt;
  }
  if (!parsed) {
    attempt.problem = "only http:// is fetched";
  } else {
    HttpLimits limits = limits_;
    limits.size = size_most;
    auto answer = ask_http(*parsed, question, limits);
    if (answer) {
      content = *std::move(answer);
    } else {
      attempt.problem = answer.error().text();
    }
  }
  fetched_.push_back(std::move(attempt));
  return content;
}

std::optional<std::vector<std::uint8_t>> Online::issuer_of(const Certificate& certificate) {
  const AccessTexts access = access_texts(certificate);
  for (const std::string& url : access.issuers) {
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
                                                              const Certificate& issuer) {
  const auto request = write_ocsp_request(certificate, issuer, {});
  if (!request) {
    return std::nullopt;
  }
  const AccessTexts access = access_texts(certificate);
  for (const std::string& url : access.ocsp) {
    auto content =
        fetch("OCSP response for " + certificate.label(), url,
              {.body_type = "application/ocsp-request", .body = *request}, response_size_most);
    if (content) {
      return content;
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> Online::list_for(const Certificate& certificate) {
  for (const std::string& url : crl_url_texts(certificate)) {
    auto content = fetch("revocation list for " + certificate.label(), url, {}, list_size_most);
    if (content) {
      return content;
    }
  }
  return std::nullopt;
}

}  // namespace handfast::command
