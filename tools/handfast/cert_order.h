// What people write about a certificate that is to be made, read: names, subjects, days.
#pragma once

#include "handfast/commands.h"
#include "handfast/failure.h"
#include "handfast/issue.h"
#include "handfast/result.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::cert {

inline constexpr std::int64_t day = 86'400;  // seconds

/// A name as certificates have it: "shop.test", "*.shop.test", "127.0.0.1", "ann@shop.test",
/// "https://shop.test/". Fails: server_name_invalid.
Result<std::string> parse_alt_name(const std::string& text);

/// The same for many; the failure names the one that is none.
std::expected<std::vector<std::string>, command::Failure>
parse_alt_names(const std::vector<std::string>& texts);

/// Puts the subject that is written as "CN=Shop,O=Shop Ltd,C=DE" into `order`. Nothing if it is
/// empty.
std::expected<void, command::Failure> set_subject(CertificateOrder& order, const std::string& text);

/// What may be said of a certificate beside its subject and names, and is an extension.
struct ExtensionOptions {
  bool must_staple = false;
  bool delegation = false;
  std::optional<unsigned> path_length;
  std::vector<std::string> policies;
  std::vector<std::string> crl_urls;
  std::vector<std::string> ocsp_urls;
  std::vector<std::string> authority_urls;
  std::vector<std::string> permitted;
  std::vector<std::string> excluded;
};

/// Adds their options to a sub-command.
void add_extension_options(CLI::App& command, ExtensionOptions& options);

/// Puts them into `order`, whose `is_authority` is set already. Fails for what only an authority's
/// certificate can say, and for addresses and names that are none.
std::expected<void, command::Failure> set_extensions(CertificateOrder& order,
                                                     const ExtensionOptions& options);

/// A failure of what was asked for, with the sentence that says so.
[[nodiscard]] command::Failure order_failure(const Error& error, const std::string& headline);

/// "shop.test" -> "shop.test", "*.shop.test" -> "_wildcard.shop.test", "Shop Root CA" ->
/// "shop-root-ca": the beginning of a file's name.
[[nodiscard]] std::string file_stem(const std::string& name);

}  // namespace handfast::cert
