// `handfast connect`: what it is asked, and doing it.
#pragma once

#include "handfast/commands.h"
#include "handfast/config.h"
#include "handfast/grounds.h"
#include "handfast/psk_options.h"
#include "handfast/starttls.h"

#include <optional>
#include <string>
#include <vector>

namespace handfast::command {

struct ConnectOptions {
  std::string target = {};
  GroundOptions grounds = {};
  std::string server_name = {};  ///< to send and to check; empty: the target's host
  std::string chain = {};        ///< of --cert: what to show; empty: nothing
  std::string key = {};          ///< its key; empty: beside it
  std::string own_key = {};      ///< of --show-key: a raw public key to show; empty: none
  bool takes_delegated = false;  ///< of --delegated
  bool takes_raw_key = false;    ///< of --raw-key
  std::string key_log = {};      ///< a path; empty: none
  std::string session = {};      ///< of --resume: where one is kept; empty: none is
  std::string early_data = {};   ///< a file of what to send early; empty: nothing
  std::string ech = {};          ///< a list of configurations, or a word; empty: GREASE
  std::string path = {};         ///< of --get; empty: no request
  std::optional<StartTlsProtocol> starttls = {};  ///< nothing: TLS from the first byte on
  double heartbeat = 0;         ///< seconds between two, while nothing comes; 0: none
  bool names_versions = false;  ///< --tls was given
  bool is_insecure = false;
  bool draws = false;
  bool explains = false;
  PskOptions psk = {};  ///< empty: only certificates count
  ClientOptions offer = {};
};

/// Connects and tells how it went. Returns the exit code.
int connect(const ConnectOptions& options, const Common& common);

}  // namespace handfast::command
