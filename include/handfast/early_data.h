// Early data: bytes that a client sends before the server has answered, and that anybody who saw
// them can send again. RFC 9846 §2.3, §8.
#pragma once

#include "handfast/bytes.h"
#include "handfast/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace handfast {

/// What became of early data, of a client that is willing to send it or a server that is sent it.
enum class EarlyDataOutcome : std::uint8_t {
  not_offered,  ///< a server: the client sends none; a client: there is no session to send it in
  not_enabled,  ///< this side does without it, as the defaults have it
  not_allowed,  ///< the session is not good for any
  offered,      ///< a client: it may be sent, and the server has not spoken yet
  accepted,     ///< the server reads it
  declined,     ///< a client: the server did not take it, and does not say why
  retried,      ///< a HelloRetryRequest came or was sent, which ends it
  not_resumed,  ///< a server: the session that it was sent under does not go on
  other_suite,  ///< it was sent with another cipher suite, or could only be
  other_protocols,  ///< it was sent for another application protocol, or could only be
  stale,            ///< a server: the ClientHello was not sent just now, as its ticket's age tells
  replayed,         ///< a server: this ClientHello came before
  unregistered,     ///< a server: the register could not say that it did not
};

/// "accepted", "stale", ...
[[nodiscard]] std::string_view name(EarlyDataOutcome outcome);

/// What may arrive more than once: a client that sends it early says by this type that it does no
/// harm, and a server that is given it must treat it so. RFC 9846 §8: who copies the client's first
/// flight can have it delivered again, elsewhere or later; the client itself may send it once more.
/// Nor is it forward secret (§2.3): whoever learns the session or the ticket's key later reads it.
struct Replayable {
  Bytes bytes;
};

/// What a register says of a ClientHello.
enum class ReplayVerdict : std::uint8_t {
  fresh,    ///< it was not here before, and from now on counts as having been
  seen,     ///< it was here
  unknown,  ///< it cannot be told: the register is full, out of reach, or younger than it
};

/// Remembers the ClientHellos that early data was taken with, so that it is taken once. Without a
/// register there is no early data, and whatever a register cannot vouch for is refused: the
/// handshake then goes on without. RFC 9846 §8.2.
///
/// `answer` calls it, so it must be quick; where a register lives behind a network, see
/// `Pulled::replay_register`. Servers that open each other's tickets must share one register, or
/// each of them takes the same early data once.
///
/// Any thread may call anything at any time.
class ReplayRegister {
 public:
  ReplayRegister() = default;
  ReplayRegister(const ReplayRegister&) = delete;
  ReplayRegister& operator=(const ReplayRegister&) = delete;
  virtual ~ReplayRegister() = default;

  /// One ClientHello.
  struct Entry {
    Bytes key;       ///< 32 bytes that no other ClientHello has
    UnixTime from;   ///< it cannot have been taken by anybody before this moment,
    UnixTime until;  ///< and will not be after this one
  };

  /// Enters what is not there yet. Of any number of calls with one key, also at the same moment, at
  /// most one may be answered with `fresh`, ever: after `entry.until`, by any clock, `unknown`.
  virtual ReplayVerdict enter(const Entry& entry, UnixTime now) = 0;
};

/// A register in the memory of this process. What is over is forgotten; when it is full it vouches
/// for nothing until something is.
class ReplayMemory final : public ReplayRegister {
 public:
  /// For at most `entries`, which take some hundred bytes each. What may have been taken up to
  /// `since` it does not vouch for: tell the moment of start, as an earlier process with the same
  /// ticket keys may have taken it. If the tickets' keys were drawn by this process and are not
  /// shared, nobody else can have, and any moment before the first ticket will do.
  explicit ReplayMemory(UnixTime since, std::size_t entries = 65'536);
  ~ReplayMemory() override;

  ReplayVerdict enter(const Entry& entry, UnixTime now) override;

  /// How many ClientHellos it remembers.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;

  std::unique_ptr<State> state_;
};

/// Whether a server takes early data. That there is a register is not for the caller to forget.
class EarlyDataPolicy {
 public:
  /// The most that any ticket can allow, in bytes.
  static constexpr std::uint32_t largest = 14'336;

  /// None is taken, and no ticket promises it.
  EarlyDataPolicy() = default;

  /// It is taken from clients that resume, once for each ClientHello by the word of `replays`, and
  /// if the clock is within ten seconds of its ticket's age. A new ticket allows `most` bytes, 1 to
  /// `largest`. What comes is `EarlyData`, to be treated as that says: for HTTP, RFC 8470.
  static EarlyDataPolicy accept(std::shared_ptr<ReplayRegister> replays,
                                std::uint32_t most = largest) {
    return {std::move(replays), most};
  }

  /// nullptr: no early data is taken.
  [[nodiscard]] const std::shared_ptr<ReplayRegister>& replays() const { return replays_; }

  /// Bytes; 0: no early data is taken.
  [[nodiscard]] std::uint32_t most() const { return most_; }

 private:
  EarlyDataPolicy(std::shared_ptr<ReplayRegister> replays, std::uint32_t most)
      : replays_(std::move(replays)), most_(most) {}

  std::shared_ptr<ReplayRegister> replays_;
  std::uint32_t most_ = 0;
};

}  // namespace handfast
