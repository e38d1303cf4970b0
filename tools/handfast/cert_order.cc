#include "handfast/cert_order.h"

#include "handfast/a_labels.h"
#include "handfast/cert_name.h"
#include "handfast/options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Failure;

namespace {

bool is_url(std::string_view text) { return text.contains("://"); }

/// The names that an authority may sign or not, in A-labels.
std::expected<std::vector<std::string>, Failure>
parse_constraints(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    Result<std::string> name = command::to_a_labels(text);
    if (!name) {
      return std::unexpected(
          order_failure(Error{.reason = Reason::server_name_invalid},
                        fmt::format("{} is no name that can be allowed.", command::escape(text))));
    }
    names.push_back(std::move(*name));
  }
  return names;
}

bool has_words_of(const std::vector<std::string>& urls, std::string_view option, Failure& failure) {
  const auto bad =
      std::ranges::find_if_not(urls, [](const std::string& url) { return is_url(url); });
  if (bad == urls.end()) {
    return true;
  }
  failure = order_failure(Error{.reason = Reason::configuration_unsupported},
                          fmt::format("{} of {} is no URL.", command::escape(*bad), option));
  failure.tries = {"write it in full, e.g. http://ca.shop.test/ca.crl"};
  return false;
}

}  // namespace

Failure order_failure(const Error& error, const std::string& headline) {
  Failure failure = command::file_failure(error, {});
  failure.headline = headline;
  failure.facts = command::Json::object();
  return failure;
}

Result<std::string> parse_alt_name(const std::string& text) {
  if (text.contains('@') || is_url(text)) {
    auto name = command::to_a_labels(text);
    // What else may be wrong is found out when it is written.
    return name ? std::move(name) : fail(Reason::server_name_invalid);
  }
  const auto name = Name::parse(text);
  if (!name) {
    return std::unexpected(name.error());
  }
  return name->text();
}

std::expected<std::vector<std::string>, Failure>
parse_alt_names(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    auto name = parse_alt_name(text);
    if (!name) {
      Failure failure =
          order_failure(name.error(), fmt::format("{} is not a name that a certificate can have.",
                                                  command::escape(text)));
      failure.tries = {
          "names such as shop.test, *.shop.test, 192.0.2.1, ann@shop.test, https://shop.test/",
          fmt::format("a person or thing has its name in the subject: --subject 'CN={}'",
                      command::escape(text))};
      return std::unexpected(std::move(failure));
    }
    names.push_back(std::move(*name));
  }
  return names;
}

std::expected<void, Failure> set_subject(CertificateOrder& order, const std::string& text) {
  if (text.empty()) {
    return {};
  }
  auto attributes = parse_subject(text);
  if (!attributes) {
    return std::unexpected(
        order_failure(attributes.error(), fmt::format("{} is no subject.", command::escape(text))));
  }
  order.common_name.clear();
  order.subject = std::move(*attributes);
  return {};
}

void add_extension_options(CLI::App& command, ExtensionOptions& options) {
  command.add_flag("--must-staple", options.must_staple,
                   "good only with a stapled OCSP response (RFC 7633)");
  command.add_flag("--delegation", options.delegation,
                   "may sign delegated credentials: handfast cert delegate (RFC 9345)");
  command
      .add_option("--path-length", options.path_length,
                  "of an authority: how many authorities may stand below it")
      ->type_name("N")
      ->check(CLI::Range(0U, 254U));
  const auto add = [&](const char* option, std::vector<std::string>& values, const char* type,
                       const char* text) {
    command::add_repeated(command, option, values, type, text);
  };
  add("--permit", options.permitted, "NAME",
      "of an authority: a name, network or domain that it may sign; no others");
  add("--exclude", options.excluded, "NAME", "of an authority: what it may not sign");
  add("--crl-url", options.crl_urls, "URL", "where its revocation list lies");
  add("--ocsp-url", options.ocsp_urls, "URL", "where to ask whether it was revoked");
  add("--issuer-url", options.authority_urls, "URL", "where its issuer's certificate lies");
  add("--policy", options.policies, "OID", "a certificate policy, e.g. 2.23.140.1.2.1");
}

std::expected<void, Failure> set_extensions(CertificateOrder& order,
                                            const ExtensionOptions& options) {
  const bool limits =
      options.path_length || !options.permitted.empty() || !options.excluded.empty();
  if (limits && !order.is_authority) {
    Failure failure = order_failure(
        Error{.reason = Reason::configuration_unsupported},
        "Only an authority's certificate can have a path length, and names that it may sign.");
    failure.tries = {"make an authority: cert new --ca, or cert sign --profile ca"};
    return std::unexpected(std::move(failure));
  }
  Failure failure;
  if (!has_words_of(options.crl_urls, "--crl-url", failure) ||
      !has_words_of(options.ocsp_urls, "--ocsp-url", failure) ||
      !has_words_of(options.authority_urls, "--issuer-url", failure)) {
    return std::unexpected(std::move(failure));
  }
  order.must_staple = options.must_staple;
  order.delegation = options.delegation;
  if (options.path_length) {
    order.path_length = static_cast<std::uint8_t>(*options.path_length);
  }
  order.policies = options.policies;
  order.crl_urls = options.crl_urls;
  order.ocsp_urls = options.ocsp_urls;
  order.authority_urls = options.authority_urls;
  auto permitted = parse_constraints(options.permitted);
  if (!permitted) {
    return std::unexpected(std::move(permitted.error()));
  }
  order.permitted_names = std::move(*permitted);
  auto excluded = parse_constraints(options.excluded);
  if (!excluded) {
    return std::unexpected(std::move(excluded.error()));
  }
  order.excluded_names = std::move(*excluded);
  return {};
}

std::string file_stem(const std::string& name) {
  std::string stem;
  if (const auto parsed = Name::parse(name)) {
    return parsed->file_part();
  }
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    // ".." leads elsewhere, and a dot in front hides the file.
    if (c == '.' && stem.empty()) {
      continue;
    }
    if (is_upper || is_plain) {
      stem.push_back(is_upper ? static_cast<char>(c + 32) : c);
    } else if (!stem.empty() && stem.back() != '-') {
      stem.push_back('-');
    }
  }
  while (stem.ends_with('-') || stem.ends_with('.')) {
    stem.pop_back();
  }
  return stem.empty() ? "certificate" : stem;
}

}  // namespace handfast::cert
