// The sub-commands of `handfast cert`.
#pragma once

#include "handfast/commands.h"

namespace CLI {
class App;
}

namespace handfast::cert {

void add_check(CLI::App& cert, command::Chosen& chosen);
void add_convert(CLI::App& cert, command::Chosen& chosen);
void add_delegate(CLI::App& cert, command::Chosen& chosen);
void add_dev(CLI::App& cert, command::Chosen& chosen);
void add_new(CLI::App& cert, command::Chosen& chosen);
void add_ocsp(CLI::App& cert, command::Chosen& chosen);
void add_revoke(CLI::App& cert, command::Chosen& chosen);
void add_show(CLI::App& cert, command::Chosen& chosen);
void add_sign(CLI::App& cert, command::Chosen& chosen);

}  // namespace handfast::cert
