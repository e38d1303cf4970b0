// Heartbeat: signs of life asked for and given, over whatever transport. RFC 6520. Heartbleed
// (CVE-2014-0160) was an answer as long as the request said, and not as long as it was.
#pragma once

#include "base/limits.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"
#include "handshake/established.h"
#include "message/heartbeat_message.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace handfast {

/// One side's heartbeats. It holds no bytes of the peer but those of one answer that waits, and
/// makes none of its own into a message but those that it drew itself.
///
/// Confined: one thread at a time.
class Heartbeat {
 public:
  /// What a message that came calls for.
  enum class Came : std::uint8_t {
    nothing,   ///< it is dropped, and nobody is told why
    request,   ///< `answer` is to be sent
    response,  ///< to our request, which is over
  };

  /// The chance of `terms` must outlive it.
  explicit Heartbeat(handshake::HeartbeatTerms terms) : terms_(terms), now_(terms.now) {}

  /// Reads a message, the whole content of one record. Requests are answered as fast as they come
  /// only for a while, then one a second: what is too much is dropped. Fails: random_failed, for an
  /// answer's padding.
  Result<Came> take(Bytes bytes);

  /// The response to the request that `take` has read last, in parts, of which one is a view into
  /// that: good until the bytes that were read go, or with `keep_answer` until the next request.
  [[nodiscard]] std::span<const Bytes> answer() const { return answer_; }

  /// There was no room for the answer: it waits, at most 16 KiB, and `owes_answer`. Only one is
  /// kept: RFC 6520 §3 has one request in flight, so a peer that makes another gave this one up.
  void keep_answer();

  /// Whether an answer waits.
  [[nodiscard]] bool owes_answer() const { return !kept_.empty(); }

  /// The answer was sent, or never can be.
  void forget_answer();

  /// Whether a request may be made now: the peer lets us, and none is in flight. RFC 6520 §3:
  /// "There MUST NOT be more than one HeartbeatRequest message in flight at a time." Fails:
  /// heartbeat_unavailable, called_out_of_order.
  [[nodiscard]] Result<> may_ask() const;

  /// A request of `request_size` bytes, of which the peer knows nothing before; it is in flight
  /// from now on. Good until the next call. Fails: as `may_ask`, and random_failed; then none is in
  /// flight.
  Result<Bytes> ask();

  /// What time it is: for each second since the last call one more request may be answered. Returns
  /// whether any has passed.
  bool set_time(UnixTime now);

  static constexpr std::size_t payload_size = 16;
  static constexpr std::size_t request_size = message::HeartbeatMessage::overhead + payload_size;

 private:
  Result<Came> prepare_answer(Bytes payload);

  using Payload = std::array<std::uint8_t, payload_size>;

  handshake::HeartbeatTerms terms_;
  UnixTime now_;
  unsigned answers_left_ = limits::heartbeats_answered;
  std::optional<Payload> in_flight_;
  std::array<std::uint8_t, request_size> request_{};
  std::array<std::uint8_t, 3> head_{};
  std::array<std::uint8_t, message::HeartbeatMessage::padding_least> padding_{};
  std::array<Bytes, 3> answer_{};
  std::vector<std::uint8_t> kept_;  // the whole answer, while it waits
};

}  // namespace handfast
