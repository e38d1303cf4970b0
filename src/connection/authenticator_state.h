// What the exported authenticators of a connection have in common: keys, and the contexts that were
// used. RFC 9261.
#pragma once

#include "base/secret.h"
#include "handfast/exported_authenticator.h"
#include "handshake/established.h"
#include "schedule/schedule13.h"
#include "schedule/transcript.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace handfast {

class ExportedAuthenticators::State {
 public:
  static Result<std::shared_ptr<State>> of(Connection& connection, Party party);

  [[nodiscard]] const handshake::AuthenticatorSource& source() const { return *source_; }

  [[nodiscard]] Party own_party() const {
    return source_->client != nullptr ? Party::client : Party::server;
  }

  [[nodiscard]] Party peer() const {
    return own_party() == Party::client ? Party::server : Party::client;
  }

  /// One more step: made, answered or judged. Fails: authenticator_flood.
  Result<> count_step();

  /// Who judges needs somebody to vouch for the peer. Fails: exported_authenticators_unavailable.
  [[nodiscard]] Result<> check_can_judge() const;

  /// The same, and one more of what the peer has sent is to be judged, which may cost what
  /// verifying a chain costs. Fails: authenticator_flood too.
  Result<> count_judgement();

  /// Fails: authenticator_context_used.
  [[nodiscard]] Result<> check_fresh(Bytes context) const;

  /// The same of a request that has to have been made here and to wait for its answer. Fails:
  /// authenticator_request_unknown too.
  [[nodiscard]] Result<> check_waits(Bytes request) const;

  /// There is an authenticator with this context from now on; `request` is the one of ours that it
  /// answers, if it does. Fails: as the two above.
  Result<> spend(Bytes context, Bytes request);

  /// Fails: random_failed.
  [[nodiscard]] Result<std::vector<std::uint8_t>> make_context() const;

  /// A request for what `extensions` say. Fails: authenticator_flood, random_failed.
  Result<std::vector<std::uint8_t>> make_request(Bytes extensions);

  /// The Finished MAC Key of what `sender` makes. RFC 9261 §5.1.
  [[nodiscard]] const schedule::FinishedKey& key_of(Party sender) const { return side(sender).key; }

  /// The transcript of what `sender` makes, up to its Certificate. RFC 9261 §5.2.2.
  [[nodiscard]] schedule::Transcript transcript_of(Party sender, Bytes request) const;

 private:
  using Fingerprint = std::array<std::uint8_t, 32>;

  struct Side {
    HashSecret handshake_context;
    schedule::FinishedKey key;
  };

  /// A context that was used on this connection.
  struct Known {
    Fingerprint context;
    Fingerprint request;  ///< that was made here; zeros: it was not
    bool is_spent;        ///< there is an authenticator with it
  };

  [[nodiscard]] const Side& side(Party sender) const {
    return sender == Party::client ? client_ : server_;
  }

  Result<> export_keys(const Connection& connection, Party sender);

  std::unique_ptr<handshake::AuthenticatorSource> source_;
  Side client_;
  Side server_;
  std::vector<Known> known_;
  std::size_t steps_ = 0;
  std::size_t judged_ = 0;
};

}  // namespace handfast
