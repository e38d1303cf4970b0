// From the runner's settings to Handfast's configurations.
#pragma once

#include "errors.h"
#include "flags.h"
#include "handfast/connection.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::bogo {

/// The value, or a Failed; an Unimplemented where the configuration wants what this build has not.
template <class Value>
Value need(Result<Value> result) {
  if (result) {
    if constexpr (!std::is_void_v<Value>) {
      return *std::move(result);
    } else {
      return;
    }
  }
  const Reason reason = result.error().reason;
  if (reason == Reason::configuration_unsupported || reason == Reason::key_unsupported) {
    throw Unimplemented(std::string(result.error().fault().code));
  }
  throw Failed(result.error());
}

/// The name that the runner's certificates are for.
inline constexpr std::string_view usual_name = "test";

/// A credential of ours.
struct OwnCredential {
  std::shared_ptr<const Credential> credential;
  int number = 0;  ///< as the runner counts: -1 is the default one
  bool must_match_issuer = false;
};

/// Those of the settings that have certificates.
std::vector<OwnCredential> load_credentials(const Settings& settings);

/// What lives on from one connection of a test to the next.
struct Memory {
  std::shared_ptr<SessionCache> sessions = std::make_shared<SessionCache>();
  std::shared_ptr<Tickets> tickets = need(TicketKeys::make());
  std::shared_ptr<ReplayRegister> replays = std::make_shared<ReplayMemory>(UnixTime{});
};

/// Both roles: a connection as the settings want it, whose moment is `now`.
Connection make_connection(const Settings& settings, const Memory& memory,
                           const std::vector<OwnCredential>& credentials, UnixTime now);

}  // namespace handfast::bogo
