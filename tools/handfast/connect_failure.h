// Why `connect` failed, with all that is known where it happened.
#pragma once

#include "handfast/failure.h"
#include "handfast/recorder.h"
#include "handfast/target.h"
#include "handfast/time.h"

#include <string>
#include <string_view>

namespace handfast::command {

/// What surrounds an error of `connect`.
struct Scene {
  const Target& target;
  const std::string& server_name;
  const Recorder& recorder;
  Stage stage;
  double seconds;  ///< the limit that was set
  UnixTime now;
  bool is_timeout_told = false;    ///< the peer was sent an alert because of it
  bool has_credential = false;     ///< --cert was given
  bool names_versions = false;     ///< --tls was given
  std::string_view starttls = {};  ///< the protocol that was spoken before; empty: none
  std::string unread = {};         ///< bytes of the peer that are no TLS
};

[[nodiscard]] Failure explain(const Error& error, const Scene& scene);

/// The name of the protocol that begins with these bytes, with what it said, e.g. "SSH
/// (SSH-2.0-OpenSSH_9.2)"; empty if it is not known.
[[nodiscard]] std::string protocol_of(std::string_view greeting);

}  // namespace handfast::command
