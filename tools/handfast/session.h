// Session: a connection over a socket that carries data both ways at once, as netcat does.
#pragma once

#include "handfast/connection.h"
#include "handfast/net.h"
#include "handfast/recorder.h"

#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

namespace handfast::command {

/// What is done with the plaintext that comes; returns false when enough has come.
using Take = std::function<bool(Bytes)>;

class Session {
 public:
  /// `recorder` observes `connection`, and is flushed whenever the peer is waited for.
  Session(net::Descriptor socket, Connection connection, Recorder& recorder);

  using Clock = std::chrono::steady_clock;

  /// What to send with the ClientHello, if the session allows it; what is not taken then is sent
  /// after the handshake, unless that settles another application protocol. Before `handshake`.
  void send_early(std::string early) { early_ = std::move(early); }

  /// Fails: as `net::Stream::handshake`.
  Result<> handshake(Clock::time_point deadline);

  /// Whether another application protocol was settled than what was sent early was meant for.
  [[nodiscard]] bool is_early_withheld() const { return is_early_withheld_; }

  /// Sends `request` and hands what comes to `take`, until it has enough or the peer says that
  /// nothing more comes. `limit` is the longest silence.
  Result<> fetch(std::string_view request, const Take& take, net::Milliseconds limit);

  /// While `relay` waits, asks the peer for a sign of life after each `interval` without a word of
  /// it, if it takes such wishes; none for as long ends `relay` with timed_out. RFC 6520.
  void beat_every(Clock::duration interval) { interval_ = interval; }

  /// Whether it has ended because the peer did not give a sign of life.
  [[nodiscard]] bool is_beat_missed() const { return is_beat_missed_; }

  /// Sends what standard input gives, `first` before it, and hands what comes to `take`, until the
  /// peer says that nothing more comes. When standard input ends, the peer is told and, from then
  /// on, waited for no longer than `limit` of silence.
  Result<> relay(Bytes first, const Take& take, net::Milliseconds limit);

  /// Says that nothing more comes, and waits a moment for the peer to say the same. Fails with the
  /// alert of a peer that refused this side only now, as TLS 1.3 lets a server do; everything else
  /// no longer matters.
  Result<> close();

  /// Ends the connection at once with general_error: the peer did wrong, or not what it should, and
  /// only the caller sees that. Returns whether the peer is told: not if this side has closed
  /// already, nor if the socket takes nothing more.
  bool abort();

  [[nodiscard]] const Connection& connection() const { return connection_; }

  /// Bytes that came and were not understood: what a peer speaks that does not speak TLS.
  [[nodiscard]] Bytes unread() const { return input_.waiting(); }

 private:
  enum class Progress : std::uint8_t { waiting, enough, closed };

  Result<> begin();
  Result<> send_what_was_not_taken();
  Result<Progress> process(const Take& take);
  Result<> send();
  Result<> receive();
  Result<> read_standard_input();
  void begin_beats();
  Result<> beat();
  bool wait(Clock::time_point deadline, bool is_reading);

  net::Descriptor socket_;
  Connection connection_;
  Recorder& recorder_;
  std::vector<std::uint8_t> storage_;
  Input input_;
  Output output_;
  std::string early_;
  std::string early_protocol_;  ///< ALPN, for which it was sent
  std::size_t early_sent_ = 0;  ///< bytes of it
  bool is_early_withheld_ = false;
  Clock::duration interval_ = {};  ///< between heartbeats; 0: none
  Clock::time_point next_beat_ = Clock::time_point::max();
  bool is_answer_awaited_ = false;  ///< to a heartbeat
  bool is_beat_missed_ = false;
  bool is_sending_ = true;        ///< false once the socket takes no more
  bool input_has_ended_ = false;  ///< standard input
  bool is_input_ready_ = false;
};

}  // namespace handfast::command
