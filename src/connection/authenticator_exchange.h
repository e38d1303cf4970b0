// One exported authenticator while it is made or judged: a small handshake over memory. RFC 9261.
#pragma once

#include "connection/authenticator_state.h"
#include "handfast/exported_authenticator.h"
#include "handshake/authenticator13.h"
#include "handshake/handshake.h"
#include "wire/gathering_wire.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace handfast {

/// Set up by one of the functions that say what it is, then driven by `next`. It holds copies of
/// all that it looks at.
class AuthenticatorExchange::State {
 public:
  using Shared = std::shared_ptr<ExportedAuthenticators::State>;

  State(Shared of, UnixTime now);

  /// It answers the peer's `request`. Fails: as `ExportedAuthenticators::answer`.
  Result<> answer(Bytes request, bool declines);

  /// It answers nothing: `extensions` stand for a request. Fails: random_failed.
  Result<> make_unasked(const ServerName& name, Bytes extensions);

  /// It is the peer's, and answers `request`. Fails: as the `judge` of either side.
  Result<> judge(Bytes request, Bytes authenticator);

  /// It is the server's, and answers nothing: `extensions` stand for a request. Fails: as
  /// `ClientAuthenticators::judge_unasked`.
  Result<> judge_unasked(Bytes authenticator, std::vector<std::uint8_t> extensions);

  /// A client: whom it expects to show itself.
  void expect(const ServerName& name) { terms_.client->name = name; }

  Result<Event> next();
  Result<> complete(Answer answer);

  [[nodiscard]] const Verdict* verdict() const { return exchange_->verdict(); }

 private:
  Result<> keep_request(Bytes request, Party asker);
  Result<> keep_authenticator(Bytes authenticator);
  void stand_in(std::vector<std::uint8_t> context, std::vector<std::uint8_t> extensions);
  Result<> make(Bytes request);
  void judge_messages(Bytes request);
  void start(Party sender, Bytes request);
  Result<Event> look();
  [[nodiscard]] AuthenticatorMade made() const;

  Shared of_;
  handshake::Authenticator terms_;
  std::vector<std::uint8_t> request_;  // or the extensions that stand for one
  std::vector<std::uint8_t> context_;  // where there is no request
  std::vector<std::uint8_t> received_;
  std::vector<std::uint8_t> unsent_;  // the Certificate of an empty authenticator
  std::vector<Bytes> messages_;
  std::string server_name_;
  Bytes own_request_;  // that is answered; empty: it is none of ours
  std::optional<wire::AuthenticatorWire> wire_;
  std::optional<handshake::Handshake> exchange_;
  std::optional<Error> error_;
  bool is_over_ = false;
};

}  // namespace handfast
