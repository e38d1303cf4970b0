// `handfast cert`: certificates of one's own and of others.

#include "handfast/cert.h"

#include "handfast/commands.h"

#include <CLI/CLI.hpp>

namespace handfast::command {

void add_cert(CLI::App& app, Chosen& chosen) {
  CLI::App& cert = *app.add_subcommand("cert", "make, show and check certificates");
  cert.set_help_flag("-h,--help", "show this help")->group("Common options");
  cert.require_subcommand(0, 1);
  cert::add_show(cert, chosen);
  cert::add_check(cert, chosen);
  cert::add_new(cert, chosen);
  cert::add_sign(cert, chosen);
  cert::add_convert(cert, chosen);
  cert::add_delegate(cert, chosen);
  cert::add_revoke(cert, chosen);
  cert::add_ocsp(cert, chosen);
  cert::add_dev(cert, chosen);
  cert.callback([&cert, &chosen] {
    if (cert.get_subcommands().empty()) {
      chosen.run = [](const Common& common) {
        return print_usage_error(common, "cert",
                                 "cert needs one of its commands: show, check, new, sign, convert, "
                                 "delegate, revoke, ocsp or dev.");
      };
    }
  });
}

}  // namespace handfast::command
