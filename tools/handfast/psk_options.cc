#include "handfast/psk_options.h"

#include "handfast/key_text.h"
#include "handfast/net.h"
#include "handfast/options.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a') + 10)
                                      : std::nullopt;
}

/// Nothing for what is not pairs of hexadecimal digits.
std::optional<SecretBytes> key_of(std::string_view digits) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(digits.size() / 2);  // never moved
  bool is_key = digits.size() % 2 == 0;
  for (std::size_t i = 0; is_key && i < digits.size(); i += 2) {
    const auto high = digit_of(digits[i]);
    const auto low = digit_of(digits[i + 1]);
    is_key = high && low;
    bytes.push_back(static_cast<std::uint8_t>(high.value_or(0) << 4 | low.value_or(0)));
  }
  SecretBytes key(std::move(bytes));
  return is_key ? std::optional(std::move(key)) : std::nullopt;
}

/// Where a key stands: "--psk", "keys.txt, line 3".
using Place = std::string;

Failure form_failure(std::string headline, Side side) {
  Failure failure = explain(Error{.reason = Reason::psk_identity_invalid}, side, Stage::setup);
  failure.headline = std::move(headline);
  failure.why = "A key is IDENTITY:HEXKEY, with pairs of hexadecimal digits behind the last colon.";
  failure.tries = {"make a key:  openssl rand -hex 32"};
  return failure;
}

/// Reads keys one after the other.
class PskReader {
 public:
  PskReader(const PskOptions& options, PskRole role)
      : options_(&options), role_(role),
        side_(role == PskRole::client ? Side::client : Side::server) {}

  std::expected<Psks, Failure> read() {
    for (const std::string& key : options_->keys) {
      const bool is_file = key.starts_with('@');
      if (auto read = is_file ? read_file(key.substr(1)) : read_one(key, "--psk"); !read) {
        return std::unexpected(std::move(read.error()));
      }
    }
    return std::move(psks_);
  }

 private:
  std::expected<void, Failure> read_file(const std::string& path) {
    constexpr std::size_t longest = std::size_t{1} << 16;
    Result<std::string> text = net::read_file(path, longest);
    if (!text) {
      return std::unexpected(file_failure(text.error(), path));
    }
    const KeyText kept(*std::move(text));
    const std::size_t before = psks_.size();
    std::string_view rest = kept.view();
    for (std::size_t number = 1; !rest.empty(); ++number) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.empty() || line.starts_with('#')) {
        continue;
      }
      if (auto read = read_one(line, fmt::format("{}, line {},", escape(path), number)); !read) {
        return read;
      }
    }
    // Else a file that was emptied would be as no --psk at all.
    if (psks_.size() == before) {
      return std::unexpected(
          form_failure(fmt::format("{} has no key in it.", escape(path)), side_));
    }
    return {};
  }

  std::expected<void, Failure> read_one(std::string_view text, const Place& place) {
    const std::size_t colon = text.rfind(':');
    auto key = key_of(colon < text.size() ? text.substr(colon + 1) : "?");
    if (!key) {
      return std::unexpected(form_failure(fmt::format("{} is no IDENTITY:HEXKEY.", place), side_));
    }
    const Bytes identity = net::as_bytes(text.substr(0, colon));
    const ProvisionedPsk given{{identity.begin(), identity.end()}, *std::move(key)};
    Result<std::shared_ptr<const ExternalPsk>> psk;
    if (options_->is_for_12) {
      psk = ExternalPsk::for_tls12(given, role_);
    } else if (options_->is_raw) {
      psk = danger::raw_psk(given, role_);
    } else if (const auto context = PskContext::agreed(net::as_bytes(options_->context))) {
      psk = ExternalPsk::import_key(given, *context, role_);
    } else {
      psk = std::unexpected(context.error());
    }
    if (!psk) {
      Failure failure = explain(psk.error(), side_, Stage::setup);
      failure.headline = fmt::format("{} cannot be used: {}.", place, psk.error().text());
      failure.why.clear();
      return std::unexpected(std::move(failure));
    }
    psks_.push_back(*std::move(psk));
    return {};
  }

  const PskOptions* options_;
  PskRole role_;
  Side side_;
  Psks psks_;
};

}  // namespace

void add_psk_options(CLI::App& command, PskOptions& options) {
  add_repeated(command, "--psk", options.keys, "IDENTITY:HEXKEY|@FILE",
               "a key that both sides were given, in the place of certificates: for TLS 1.3, and "
               "for TLS 1.2 where --tls 1.2 names that alone; @FILE: lines of these, which no list "
               "of processes shows");
  command
      .add_option("--psk-context", options.context,
                  "what else the keys are bound to (RFC 9258), the same on both sides")
      ->type_name("TEXT");
  command.add_flag("--raw-psk", options.is_raw,
                   "use the keys as they are, for peers that import none: less is bound to them; "
                   "with --tls 1.2 it is always so");
}

std::string psk_trouble(const PskOptions& options) {
  if (options.keys.empty() && (options.is_raw || !options.context.empty())) {
    return "--psk-context and --raw-psk are about --psk, which is missing.";
  }
  if (options.is_for_12 && !options.context.empty()) {
    return "A key of TLS 1.2 has no --psk-context: it is used as it is.";
  }
  return options.is_raw && !options.context.empty()
             ? "A key that is used raw has no --psk-context: only an imported one is bound to it."
             : "";
}

std::vector<std::string> psk_files(const PskOptions& options) {
  std::vector<std::string> files;
  for (const std::string& key : options.keys) {
    if (key.starts_with('@')) {
      files.push_back(key.substr(1));
    }
  }
  return files;
}

std::expected<Psks, Failure> read_psks(const PskOptions& options, PskRole role) {
  return PskReader(options, role).read();
}

std::string psk_identity_text(Bytes identity) {
  const bool is_text = std::ranges::all_of(
      identity, [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f && byte != '"'; });
  if (is_text) {
    return fmt::format("\"{}\"", net::as_text(identity));
  }
  std::string digits;
  for (const std::uint8_t byte : identity) {
    digits += fmt::format("{:02x}", byte);
  }
  return digits;
}

}  // namespace handfast::command
