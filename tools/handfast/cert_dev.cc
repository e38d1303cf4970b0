// `handfast cert dev`: a certificate for development, signed by this computer's own authority.

#include "handfast/cert.h"
#include "handfast/cert_authority.h"
#include "handfast/cert_file.h"
#include "handfast/cert_name.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/cert_trust.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/key_text.h"
#include "handfast/net.h"

#include <algorithm>
#include <expected>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::Json;
using command::Paint;

namespace {

struct DevOptions {
  std::vector<std::string> names;
  std::string folder = ".";
  bool force = false;
  bool trust = false;
  bool remove = false;
  TrustOptions stores;

  [[nodiscard]] bool changes_trust() const { return trust || remove; }
};

constexpr const char* dev_manual =
    R"(Makes NAME.pem and NAME.key for all the names, good for 90 days; the same command
renews them, and keeps their key. They are signed by an authority that is made at the first use, and
that may sign nothing but localhost, *.test, 127.0.0.0/8, ::1 and the names that
were asked for: whoever gets hold of its key can play no other server. Where
dev-ca.pem is trusted, the certificates are.

The authority lies in $XDG_DATA_HOME/handfast, or ~/.local/share/handfast. A name
beyond its limits makes a new authority, which has to be trusted anew.

--trust puts it among those that this computer trusts: the system's (Debian's
update-ca-certificates; with --sudo where that takes more rights), Chromium's and
Firefox's (by certutil of libnss3-tools). --remove takes it out of all of them. Each
says exactly what it did.

Examples
  handfast cert dev localhost
  handfast cert dev localhost shop.test '*.shop.test' 192.168.1.20
  handfast cert dev --trust --sudo
  handfast cert dev --remove --sudo
  handfast serve . --cert localhost.pem
)";

struct DevelopmentFiles {
  std::string chain;
  std::string key;
};

/// "localhost.pem", or "localhost+2.pem" for two names more.
DevelopmentFiles files_for(std::span<const Name> names, const std::string& folder) {
  const std::string more = names.size() > 1 ? fmt::format("+{}", names.size() - 1) : "";
  const std::filesystem::path stem =
      std::filesystem::path(folder) / (names.front().file_part() + more);
  const std::string text = stem.lexically_normal().string();
  return {.chain = text + ".pem", .key = text + ".key"};
}

/// What stands where the files are to be written.
struct Standing {
  std::string foreign = {};             ///< a file that would be lost; empty: none
  std::vector<std::string> names = {};  ///< it is one of ours, but for these
  std::optional<SigningKey> key = {};   ///< of a set that is to be renewed
};

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

/// A key stays with its certificate: somebody may have pinned it.
std::optional<SigningKey> read_key(const std::string& path) {
  auto text = net::read_file(path);
  if (!text) {
    return std::nullopt;
  }
  const command::KeyText pem(*std::move(text));
  auto key = SigningKey::from_pem(pem.view());
  return key ? std::optional(std::move(*key)) : std::nullopt;
}

Standing look_at(const DevelopmentFiles& files, std::span<const Name> names) {
  std::error_code ignored;
  const bool has_chain = std::filesystem::exists(files.chain, ignored);
  const bool has_key = std::filesystem::exists(files.key, ignored);
  if (!has_chain) {
    return has_key ? Standing{.foreign = files.key} : Standing{};
  }
  const auto text = net::read_file(files.chain);
  const auto chain = text ? certificates_from_pem(*text) : fail(Reason::file_unreadable);
  const auto leaf = chain ? Certificate::parse(chain->front()) : fail(Reason::file_unreadable);
  // A key that was exchanged is not ours any more.
  const bool is_pair = !has_key || net::load_credential(files.chain, files.key);
  if (!leaf || !is_development(*leaf) || !is_pair) {
    return {.foreign = files.chain};
  }
  std::vector<std::string> wanted;
  std::ranges::transform(names, std::back_inserter(wanted), &Name::text);
  auto found = alt_name_texts(*leaf);
  if (sorted(std::move(wanted)) != sorted(found)) {
    return {.foreign = files.chain, .names = std::move(found)};
  }
  return {.key = has_key ? read_key(files.key) : std::nullopt};
}

/// Tells that a file stands in the way, and how to go on.
Failure in_the_way(const Standing& standing) {
  Failure failure = command::file_failure(Error{.reason = Reason::file_exists}, standing.foreign);
  const std::string path = command::escape(standing.foreign);
  failure.headline =
      standing.names.empty()
          ? fmt::format("{} is there already, and handfast cert dev did not make it.", path)
          : fmt::format("{} is there already, for other names: {}.", path,
                        fmt::join(standing.names, ", "));
  failure.tries = {"choose another folder: --out DIR",
                   "overwrite it, and lose what it holds: --force"};
  return failure;
}

std::expected<DevelopmentFiles, Failure> write_files(const Development& made,
                                                     DevelopmentFiles files) {
  std::string chain;
  for (const std::vector<std::uint8_t>& der : made.chain) {
    chain += certificate_to_pem(der);
  }
  auto key = made.key.to_pem();
  if (!key) {
    return std::unexpected(command::file_failure(key.error(), files.key));
  }
  const auto key_written = write_file(files.key, *key, Access::owner);
  std::ranges::fill(*key, std::uint8_t{0});
  if (!key_written) {
    return std::unexpected(command::file_failure(key_written.error(), files.key));
  }
  if (const auto written = write_file(files.chain, net::as_bytes(chain), Access::everybody);
      !written) {
    return std::unexpected(command::file_failure(written.error(), files.chain));
  }
  return files;
}

/// What `cert dev` made, if names were asked for.
struct Made {
  Development development;
  DevelopmentFiles files;
  std::string host;  ///< one of the names, for URLs
};

/// A name at which this computer is reached by itself, if there is one.
std::string host_among(std::span<const Name> names) {
  const auto local = std::ranges::find(names, "localhost", &Name::text);
  const std::string host((local != names.end() ? *local : names.front()).example().text());
  return host.contains(':') ? "[" + host + "]" : host;
}

std::string report(const Made& all, const Certificate& leaf, bool is_trusted,
                   const command::Terminal& terminal) {
  const Development& made = all.development;
  const DevelopmentFiles& files = all.files;
  const auto width = static_cast<std::size_t>(terminal.width());
  const std::string trust = typed(made.trust_file);
  const auto good = [&](const std::string& text) {
    return terminal.paint(Paint::good, "✓") + " " + command::wrap(text, width - 2, 2) + "\n";
  };
  std::string lines;
  if (made.is_new_authority) {
    lines += good("Made a development authority for this computer: " + trust);
    lines += "  " +
             command::wrap(fmt::format("It may sign only {}, with what lies below these names. The "
                                       "key of its root was thrown away.",
                                       fmt::join(made.limits, ", ")),
                           width, 2) +
             "\n";
  }
  if (made.replaces_authority) {
    lines += terminal.paint(Paint::warning, "!") + " " +
             command::wrap("Beware: it takes the place of another. What that one signed is not "
                           "believed any more: make those certificates again, and have the new "
                           "authority trusted.",
                           width, 2) +
             "\n";
  }
  lines += good(fmt::format("Made {} and {} for {} ({}, {} days; the same command renews them)",
                            typed(files.chain), typed(files.key),
                            fmt::join(alt_name_texts(leaf), ", "), key_text(leaf), leaf_days));
  const auto row = [&](std::string_view title, const std::string& text) {
    lines += "  " + command::pad(terminal.paint(Paint::faint, title), 7) + text + "\n";
  };
  row("Use", fmt::format("handfast serve . --cert {}", typed(files.chain)));
  if (!is_trusted) {
    row("Trust", "handfast cert dev --trust     on this whole computer");
    row("", fmt::format("handfast connect --ca {} {}:8443", trust, all.host));
    row("", fmt::format("curl --cacert {} https://{}:8443/", trust, all.host));
  }
  return lines;
}

std::expected<Made, Failure> make(const DevOptions& options, UnixTime now) {
  std::vector<Name> names;
  for (const std::string& text : options.names) {
    auto name = Name::parse(text);
    if (!name) {
      Failure failure = command::file_failure(name.error(), text);
      failure.headline =
          fmt::format("{} is not a name that a certificate can have.", command::escape(text));
      failure.tries = {"names such as shop.test or *.shop.test, or addresses such as 127.0.0.1"};
      return std::unexpected(std::move(failure));
    }
    names.push_back(std::move(*name));
  }
  const DevelopmentFiles files = files_for(names, options.folder);
  Standing standing = options.force ? Standing{} : look_at(files, names);
  if (!standing.foreign.empty()) {
    return std::unexpected(in_the_way(standing));
  }
  auto made = develop(names, std::move(standing.key), development_folder(), now);
  if (!made) {
    return std::unexpected(made.error());
  }
  if (const auto written = write_files(*made, files); !written) {
    return std::unexpected(written.error());
  }
  return Made{.development = std::move(*made), .files = files, .host = host_among(names)};
}

/// Tells what was made and what was changed; either may be nothing.
int say(const Common& common, const DevOptions& options, const std::optional<Made>& made,
        const std::vector<TrustedStore>& stores, UnixTime now) {
  const int code = is_complete(stores)
                       ? command::exit_done
                       : command::exit_code(Error{.reason = Reason::file_unwritable});
  const auto leaf =
      made ? Certificate::parse(made->development.chain.front()) : Result<Certificate>();
  if (!leaf) {
    return command::print_failure(common, "cert-dev",
                                  command::file_failure(leaf.error(), made->files.chain));
  }
  if (common.json) {
    Json document = command::json_head("cert-dev", code == command::exit_done);
    if (made) {
      document.update(Json{{"certificate_file", made->files.chain},
                           {"key_file", made->files.key},
                           {"trust_file", made->development.trust_file},
                           {"is_new_authority", made->development.is_new_authority},
                           {"replaces_authority", made->development.replaces_authority},
                           {"authority_limits", made->development.limits},
                           {"certificate", to_json(*leaf, now)}});
    }
    if (options.changes_trust()) {
      document["stores"] = to_json(stores);
    }
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    if (made) {
      terminal.print(report(*made, *leaf, options.trust, terminal));
    }
    Report changes(terminal);
    report_trust(changes, options.trust ? TrustChange::add : TrustChange::remove, stores);
    if (options.changes_trust()) {
      changes.print();
    }
  }
  return code;
}

int dev(const Common& common, const DevOptions& options) {
  if (options.names.empty() && !options.changes_trust()) {
    return command::print_usage_error(common, "cert dev", "NAME is missing.");
  }
  const UnixTime now = net::now();
  std::optional<Made> made;
  if (!options.names.empty()) {
    auto done = make(options, now);
    if (!done) {
      return command::print_failure(common, "cert-dev", done.error());
    }
    made.emplace(std::move(*done));
  }
  std::vector<TrustedStore> stores;
  if (options.changes_trust()) {
    auto changed = change_trust(options.trust ? TrustChange::add : TrustChange::remove,
                                development_folder() + "/dev-ca.pem", options.stores);
    if (!changed) {
      return command::print_failure(common, "cert-dev", changed.error());
    }
    stores = std::move(*changed);
  }
  return say(common, options, made, stores, now);
}

}  // namespace

void add_dev(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<DevOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "dev", "make a certificate for development, and its authority", dev_manual);
  command.add_option("NAME", options->names, "names and addresses of the server");
  command.add_option("--out", options->folder, "where to write the files; the current folder")
      ->type_name("DIR");
  command.add_flag("--force", options->force, "overwrite files that handfast did not make");
  auto* trust = command.add_flag("--trust", options->trust,
                                 "have the authority trusted by this computer and its browsers");
  command.add_flag("--remove", options->remove, "take it out of them again")->excludes(trust);
  command.add_flag("--sudo", options->stores.may_sudo, "use sudo where more rights are needed");
  command
      .add_option("--root", options->stores.root,
                  "act on the system below DIR, such as a container's, not on this one")
      ->type_name("DIR");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return dev(common, *options); };
  });
}

}  // namespace handfast::cert
