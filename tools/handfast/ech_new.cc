// `handfast ech`: keys for Encrypted Client Hello.

#include "handfast/base64.h"
#include "handfast/cert_file.h"
#include "handfast/commands.h"
#include "handfast/ech.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"

#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

struct EchOptions {
  std::string public_name;
  std::string file;  ///< empty: after the public name
  unsigned longest_name = 64;
  bool force = false;
};

constexpr const char* manual =
    R"(Makes a key with which clients hide the name of the server they mean, and writes it
to NAME.ech.pem (RFC 9934): a secret of the server. What clients need is printed as
the HTTPS record (RFC 9848) of each name that is to be hidden.

NAME is what everybody can read instead. The server needs a certificate for it, too:
by that it proves itself to clients that come with an old key, and gives them the new
one. The more servers share one NAME, the less it tells.

To change keys, make a new one, and keep the old one behind it for as long as DNS may
remember it:  handfast serve DIR --ech new.pem --ech old.pem

Examples
  handfast ech new --public-name front.example
  handfast serve site --cert site.pem --cert front.pem --ech front.example.ech.pem
  handfast connect --ech front.example.ech.pem secret.example
)";

int make(const Common& common, const EchOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return print_failure(common, "ech-new", failure);
  };
  auto key = EchKey::generate(options.public_name, static_cast<std::uint8_t>(options.longest_name));
  if (!key) {
    Failure failure = explain(key.error(), Side::server, Stage::setup);
    if (key.error().reason == Reason::ech_config_unusable) {
      failure.headline = fmt::format("{} is not a name that clients take for a public one.",
                                     escape(options.public_name));
      failure.why = {};
      failure.tries = {"a host name such as front.example: letters, digits, hyphens and dots"};
    }
    return refuse(failure);
  }
  const std::string file = options.file.empty() ? options.public_name + ".ech.pem" : options.file;
  const SecretBytes pem = (*key)->pem();
  const auto written =
      cert::write_file(file, pem.expose(), cert::Access::owner,
                       options.force ? cert::Replacing::always : cert::Replacing::never);
  if (!written) {
    return refuse(cert::write_failure(written.error(), file));
  }
  const std::string list = to_base64((*key)->config_list());
  const std::string record = fmt::format("HTTPS 1 . ech=\"{}\"", list);
  if (common.json) {
    Json document = json_head("ech-new", true);
    document.update(Json{{"file", file},
                         {"public_name", options.public_name},
                         {"config_id", (*key)->config_id()},
                         {"config_list", list},
                         {"record", record}});
    print_json(document);
  } else if (!common.quiet) {
    const Terminal terminal(stdout, common.color);
    terminal.print(fmt::format("{} Made {}: a key for names behind {}\n",
                               terminal.paint(Paint::good, "✓"), cert::typed(file),
                               options.public_name));
    terminal.print(fmt::format("  {} {}\n", terminal.paint(Paint::faint, "DNS   "), record));
    terminal.print(fmt::format("  {} handfast serve . --ech {}\n",
                               terminal.paint(Paint::faint, "Server"), cert::typed(file)));
  }
  return exit_done;
}

}  // namespace

void add_ech(CLI::App& app, Chosen& chosen) {
  CLI::App& ech = *app.add_subcommand("ech", "make keys that hide names (Encrypted Client Hello)");
  ech.set_help_flag("-h,--help", "show this help")->group("Common options");
  ech.require_subcommand(0, 1);
  const auto options = std::make_shared<EchOptions>();
  CLI::App& command =
      add_command(ech, chosen, "new", "make a key, and the record that publishes it", manual);
  command.add_option("--public-name", options->public_name, "what everybody may read instead")
      ->type_name("NAME")
      ->required();
  command.add_option("--out", options->file, "where to write the key; NAME.ech.pem")
      ->type_name("FILE");
  command
      .add_option("--longest-name", options->longest_name,
                  "names of up to so many bytes look alike; 64")
      ->type_name("N")
      ->check(CLI::Range(0, 255));
  command.add_flag("--force", options->force, "overwrite a file that is there");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return make(common, *options); };
  });
  ech.callback([&ech, &chosen] {
    if (ech.get_subcommands().empty()) {
      chosen.run = [](const Common& common) {
        return print_usage_error(common, "ech", "ech needs its command: new.");
      };
    }
  });
}

}  // namespace handfast::command
