// Tickets: how a server remembers sessions, or has its clients remember them. RFC 9846 §4.7.1.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"
#include "handfast/secret_bytes.h"
#include "handfast/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace handfast {

/// What a session of TLS 1.2 is forgotten by. Made of its secret, which it does not tell.
using SessionName = std::array<std::uint8_t, 32>;

/// The name of a session as it was given to `Tickets::issue` or `Tickets::keep`: the same for all
/// of its tickets, and for its id. Nothing: it is one of TLS 1.3, which has none.
[[nodiscard]] std::optional<SessionName> session_name(Bytes session);

/// Turns sessions into tickets and back. `answer` calls it, so it must be quick and must not call
/// the connection back; where sessions live behind a network, see `Pulled::tickets`.
///
/// What is in a session is the library's business and secret. Whether it fits the connection that
/// wants to resume it - the host, the clients that are let in, names, protocols, dates - the
/// handshake checks, whatever is answered here.
///
/// Any thread may call anything at any time.
class Tickets {
 public:
  Tickets() = default;
  Tickets(const Tickets&) = delete;
  Tickets& operator=(const Tickets&) = delete;
  virtual ~Tickets() = default;

  /// A ticket for `session`, which is of no use after `expires`: 1 to 65,535 bytes. Fails: with
  /// whatever keeps it from making one; the client then gets none, and the connection goes on.
  virtual Result<std::vector<std::uint8_t>> issue(Bytes session, UnixTime now,
                                                  UnixTime expires) = 0;

  /// Whether sessions can be kept under ids that were drawn before: for clients of TLS 1.2 that
  /// know no tickets, as RFC 5246 §7.4.1.3 has the server tell the id before there is a session.
  [[nodiscard]] virtual bool keeps_ids() const { return false; }

  /// Keeps `session` under `id`, 32 bytes drawn at random, with which `redeem` finds it. Called
  /// only where `keeps_ids` says so. Fails: with whatever keeps it from that; the session is then
  /// unknown, and the connection goes on.
  virtual Result<> keep(Bytes /*id*/, Bytes /*session*/, UnixTime /*now*/, UnixTime /*expires*/) {
    return fail(Reason::configuration_unsupported);
  }

  /// Whether a ticket that was redeemed can be redeemed again. Clients of TLS 1.2 then keep theirs
  /// for the first half of its time, and are spared a new one with each connection (RFC 5077 §3.3).
  [[nodiscard]] virtual bool stay_good() const { return false; }

  /// The session behind `ticket`, or the id of one, which is a peer's and may be anything. Nothing:
  /// it is unknown, too old, or was used.
  virtual std::optional<SecretBytes> redeem(Bytes ticket, UnixTime now) = 0;

  /// Whether sessions can be forgotten. What tickets hold themselves cannot be taken back.
  [[nodiscard]] virtual bool forgets() const { return false; }

  /// Forgets the session of this name, whatever it is found by, also where a connection that has
  /// redeemed it is about to keep it again. Called only where `forgets` says so, when a connection
  /// of TLS 1.2 has ended by a fatal alert: it "MUST NOT be resumed" (RFC 5246 §7.2.2).
  virtual void forget(const SessionName& /*name*/) {}
};

/// Tickets that hold their session, sealed with AES-256-GCM under keys that change by themselves:
/// a new one every six hours, and none opens a ticket later than twelve hours after that. Nothing
/// is kept for each session. A ticket can be used more than once, which is what keeps early data
/// out unless a register stands by (RFC 9846 §8.1).
class TicketKeys final : public Tickets {
 public:
  /// Keys that are drawn at random, each when its time comes, and forgotten when it is over:
  /// whoever breaks in later does not open older tickets. They live as long as this object. Fails:
  /// random_failed.
  static Result<std::shared_ptr<TicketKeys>> make();

  /// Keys that are derived from `secret` (32 to 64 bytes, drawn at random by whoever shares it), so
  /// that all who have it open each other's tickets. Whoever has it opens all of them, also older
  /// ones: replace it from time to time. Fails: ticket_secret_weak for one of another length or of
  /// equal bytes.
  static Result<std::shared_ptr<TicketKeys>> shared(SecretBytes secret);

  ~TicketKeys() override;

  Result<std::vector<std::uint8_t>> issue(Bytes session, UnixTime now, UnixTime expires) override;

  [[nodiscard]] bool stay_good() const override { return true; }

  std::optional<SecretBytes> redeem(Bytes ticket, UnixTime now) override;

 private:
  struct State;
  explicit TicketKeys(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Sessions that stay here, in memory: a ticket is a random number and works once. A session of TLS
/// 1.2 that was taken up by its id is kept under that id again. One that is to be forgotten goes at
/// once, and is not kept again for as long as it is among the last 256 of that kind.
class SessionStore final : public Tickets {
 public:
  /// For at most `sessions` of them; the oldest makes room.
  explicit SessionStore(std::size_t sessions = 10'000);
  ~SessionStore() override;

  Result<std::vector<std::uint8_t>> issue(Bytes session, UnixTime now, UnixTime expires) override;

  [[nodiscard]] bool keeps_ids() const override { return true; }

  Result<> keep(Bytes id, Bytes session, UnixTime now, UnixTime expires) override;
  std::optional<SecretBytes> redeem(Bytes ticket, UnixTime now) override;

  [[nodiscard]] bool forgets() const override { return true; }

  void forget(const SessionName& name) override;

  /// How many sessions it holds.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace handfast
