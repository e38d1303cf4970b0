// `handfast cert dev`: a certificate for development, signed by this computer's own authority.

#include "handfast/cert.h"
#include "handfast/cert_authority.h"
#include "handfast/cert_file.h"
#include "handfast/cert_name.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"

#include <algorithm>
#include <expected>
#include <filesystem>
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
};

constexpr const char* manual =
    R"(Makes NAME.pem and NAME.key for all the names, good for 90 days; the same command
renews them. They are signed by an authority that is made at the first use, and
that may sign nothing but localhost, *.test, 127.0.0.0/8, ::1 and the names that
were asked for: whoever gets hold of its key can play no other server. Where
dev-ca.pem is trusted, the certificates are.

The authority lies in $XDG_DATA_HOME/handfast, or ~/.local/share/handfast. A name
beyond its limits makes a new authority, which has to be trusted anew.

Examples
  handfast cert dev localhost
  handfast cert dev localhost shop.test '*.shop.test' 192.168.1.20
  handfast serve . --cert localhost.pem
)";

struct Files {
  std::string chain;
  std::string key;
};

/// "localhost.pem", or "localhost+2.pem" for two names more.
Files files_for(std::span<const Name> names, const std::string& folder) {
  const std::string more = names.size() > 1 ? fmt::format("+{}", names.size() - 1) : "";
  const std::filesystem::path stem =
      std::filesystem::path(folder) / (names.front().file_part() + more);
  const std::string text = stem.lexically_normal().string();
  return {.chain = text + ".pem", .key = text + ".key"};
}

/// What would be lost by writing `files`: the path of a file that is not one of ours, if any.
std::optional<std::string> foreign_file(const Files& files) {
  std::error_code ignored;
  const bool has_chain = std::filesystem::exists(files.chain, ignored);
  const bool has_key = std::filesystem::exists(files.key, ignored);
  if (!has_chain) {
    return has_key ? std::optional(files.key) : std::nullopt;
  }
  if (!has_key) {
    const auto text = net::read_file(files.chain);
    const auto chain = text ? certificates_from_pem(*text) : fail(Reason::file_unreadable);
    const auto leaf = chain ? Certificate::parse(chain->front()) : fail(Reason::file_unreadable);
    return leaf && is_development(*leaf) ? std::nullopt : std::optional(files.chain);
  }
  const auto ours = net::load_credential(files.chain, files.key);
  return ours && is_development((*ours)->leaf()) ? std::nullopt : std::optional(files.chain);
}

std::expected<Files, Failure> write_files(const Development& made, Files files) {
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

std::string report(const Development& made, const Files& files, const Certificate& leaf,
                   const command::Terminal& terminal) {
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
  lines += good(fmt::format("Made {} and {} for {} ({}, {} days; the same command renews them)",
                            typed(files.chain), typed(files.key),
                            fmt::join(alt_name_texts(leaf), ", "), key_text(leaf), leaf_days));
  const auto row = [&](std::string_view title, const std::string& text) {
    lines += "  " + command::pad(terminal.paint(Paint::faint, title), 7) + text + "\n";
  };
  row("Use", fmt::format("handfast serve . --cert {}", typed(files.chain)));
  row("Trust", fmt::format("handfast connect --ca {} localhost:8443", trust));
  row("", fmt::format("curl --cacert {} https://localhost:8443/", trust));
  row("", "browsers: import that file as an authority for websites");
  return lines;
}

int dev(const Common& common, const DevOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-dev", failure);
  };
  std::vector<Name> names;
  for (const std::string& text : options.names) {
    auto name = Name::parse(text);
    if (!name) {
      Failure failure = command::file_failure(name.error(), text);
      failure.headline =
          fmt::format("{} is not a name that a certificate can have.", command::escape(text));
      failure.tries = {"names such as shop.test or *.shop.test, or addresses such as 127.0.0.1"};
      return refuse(failure);
    }
    names.push_back(std::move(*name));
  }
  const Files files = files_for(names, options.folder);
  const auto foreign = options.force ? std::nullopt : foreign_file(files);
  if (foreign) {
    Failure failure = command::file_failure(Error{.reason = Reason::file_exists}, *foreign);
    failure.headline = fmt::format("{} is there already, and handfast cert dev did not make it.",
                                   command::escape(*foreign));
    failure.tries.emplace_back("choose another folder: --out DIR");
    failure.tries.emplace_back("overwrite it, and lose what it holds: --force");
    return refuse(failure);
  }
  const UnixTime now = net::now();
  const auto made = develop(names, development_folder(), now);
  if (!made) {
    return refuse(made.error());
  }
  const auto written = write_files(*made, files);
  if (!written) {
    return refuse(written.error());
  }
  const auto leaf = Certificate::parse(made->chain.front());
  if (!leaf) {
    return refuse(command::file_failure(leaf.error(), files.chain));
  }
  if (common.json) {
    Json document = command::json_head("cert-dev", true);
    document.update(Json{{"certificate_file", files.chain},
                         {"key_file", files.key},
                         {"trust_file", made->trust_file},
                         {"is_new_authority", made->is_new_authority},
                         {"authority_limits", made->limits},
                         {"certificate", to_json(*leaf, now)}});
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    terminal.print(report(*made, files, *leaf, terminal));
  }
  return command::exit_done;
}

}  // namespace

void add_dev(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<DevOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "dev", "make a certificate for development, and its authority", manual);
  command.add_option("NAME", options->names, "names and addresses of the server")->required();
  command.add_option("--out", options->folder, "where to write the files; the current folder")
      ->type_name("DIR");
  command.add_flag("--force", options->force, "overwrite files that handfast did not make");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return dev(common, *options); };
  });
}

}  // namespace handfast::cert
