// The first and the last words of `serve`.
#pragma once

#include "handfast/commands.h"
#include "handfast/psk_options.h"
#include "handfast/serve_credentials.h"
#include "handfast/serve_session.h"
#include "handfast/terminal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace handfast::serve {

/// What is about to be served, and where.
struct Start {
  std::string folder;
  std::string host;  ///< as it was asked for; empty: every address
  std::uint16_t port;
  std::string asks_clients = {};  ///< of whom and how strictly; empty: clients are not asked
  command::Psks psks = {};        ///< by which clients may be known
  const Credentials& credentials;
  std::vector<std::string> unstapled = {};  ///< files of certificates that owe a staple: RFC 7633
};

void tell_start(const command::Common& common, const command::Terminal& terminal,
                const Start& start);

void tell_end(const command::Common& common, const command::Terminal& terminal,
              const Counts& counts);

}  // namespace handfast::serve
