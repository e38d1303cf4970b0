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

/// Tickets, and sessions of TLS 1.2 that are found by their ids.
class TicketsAndIds final : public Tickets {
 public:
  /// `keys` may be nullptr: no tickets.
  explicit TicketsAndIds(std::shared_ptr<Tickets> keys) : keys_(std::move(keys)) {}

  Result<std::vector<std::uint8_t>> issue(Bytes session, UnixTime now, UnixTime expires) override {
    return keys_ ? keys_->issue(session, now, expires) : std::vector<std::uint8_t>();
  }

  [[nodiscard]] bool keeps_ids() const override { return true; }

  Result<> keep(Bytes id, Bytes session, UnixTime now, UnixTime expires) override {
    return store_.keep(id, session, now, expires);
  }

  std::optional<SecretBytes> redeem(Bytes ticket, UnixTime now) override {
    auto session = store_.redeem(ticket, now);
    return session || !keys_ ? std::move(session) : keys_->redeem(ticket, now);
  }

 private:
  std::shared_ptr<Tickets> keys_;
  SessionStore store_;
};

/// What lives on from one connection of a test to the next.
struct Memory {
  std::shared_ptr<SessionCache> sessions = std::make_shared<SessionCache>();
  std::shared_ptr<Tickets> tickets = std::make_shared<TicketsAndIds>(need(TicketKeys::make()));
  std::shared_ptr<Tickets> ids = std::make_shared<TicketsAndIds>(nullptr);
  std::shared_ptr<ReplayRegister> replays = std::make_shared<ReplayMemory>(UnixTime{});
};

/// Both roles: a connection as the settings want it, whose moment is `now`.
Connection make_connection(const Settings& settings, const Memory& memory,
                           const std::vector<OwnCredential>& credentials, UnixTime now);

}  // namespace handfast::bogo
