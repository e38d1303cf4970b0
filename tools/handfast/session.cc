#include "handfast/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <limits>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace handfast::command {

namespace {

/// While so much waits to be sent, standard input is left alone.
constexpr std::size_t most_pending = std::size_t{256} << 10;

constexpr net::Milliseconds close_limit = std::chrono::milliseconds(500);

/// How long a step may be kept back to be told together with others of its kind, in milliseconds.
constexpr int patience = 15;

bool take_nothing(Bytes) { return true; }

}  // namespace

Session::Session(net::Descriptor socket, Connection connection, Recorder& recorder)
    : socket_(std::move(socket)), connection_(std::move(connection)), recorder_(recorder),
      storage_(4 * Input::least), input_(storage_) {
  connection_.observe_with(&recorder_);
}

Result<> Session::handshake(Clock::time_point deadline) {
  recorder_.start();
  if (const Result<> begun = begin(); !begun) {
    return begun;
  }
  while (!connection_.is_connected()) {
    const Result<Progress> progress = process(take_nothing);
    if (!progress) {
      return std::unexpected(progress.error());
    }
    if (connection_.is_connected()) {
      break;
    }
    if (!wait(deadline, false)) {
      return fail(Reason::timed_out);
    }
    if (const Result<> received = receive(); !received) {
      return received;
    }
  }
  recorder_.flush();
  if (const Result<> rest = send_what_was_not_taken(); !rest) {
    return rest;
  }
  return send();
}

/// Says the ClientHello, and what is to be said early.
Result<> Session::begin() {
  if (early_.empty()) {
    return {};
  }
  if (const Result<Progress> progress = process(take_nothing); !progress) {
    return std::unexpected(progress.error());
  }
  if (connection_.early_data_left() == 0) {
    return {};
  }
  const Result<std::size_t> sealed = connection_.seal_early({net::as_bytes(early_)}, output_);
  if (!sealed) {
    return std::unexpected(sealed.error());
  }
  early_sent_ = *sealed;
  early_protocol_ = connection_.settled().alpn;
  return send();
}

Result<> Session::send_what_was_not_taken() {
  const Settled& settled = connection_.settled();
  const bool is_taken = settled.early_data == EarlyDataOutcome::accepted;
  // RFC 9846 §4.3.10: "A TLS implementation MUST NOT automatically resend early data unless the
  // negotiated connection selects the same ALPN protocol."
  if (early_sent_ > 0 && !is_taken && settled.alpn != early_protocol_) {
    is_early_withheld_ = true;
    return {};
  }
  const std::string_view rest = std::string_view(early_).substr(is_taken ? early_sent_ : 0);
  if (rest.empty()) {
    return {};
  }
  const Result<std::size_t> sealed = connection_.seal(net::as_bytes(rest), output_);
  return sealed ? Result<>() : std::unexpected(sealed.error());
}

Result<> Session::fetch(std::string_view request, const Take& take, net::Milliseconds limit) {
  const Result<std::size_t> sealed = connection_.seal(net::as_bytes(request), output_);
  if (!sealed) {
    return std::unexpected(sealed.error());
  }
  for (;;) {
    const Result<Progress> progress = process(take);
    if (!progress) {
      return std::unexpected(progress.error());
    }
    if (*progress != Progress::waiting) {
      return {};
    }
    if (!wait(Clock::now() + limit, false)) {
      return fail(Reason::timed_out);
    }
    if (const Result<> received = receive(); !received) {
      return received;
    }
  }
}

Result<> Session::relay(Bytes first, const Take& take, net::Milliseconds limit) {
  const Result<std::size_t> sealed = connection_.seal(first, output_);
  if (!first.empty() && !sealed) {
    return std::unexpected(sealed.error());
  }
  begin_beats();
  for (;;) {
    const Result<Progress> progress = process(take);
    if (!progress) {
      return std::unexpected(progress.error());
    }
    if (*progress != Progress::waiting) {
      return {};
    }
    const bool is_reading = !input_has_ended_ && output_.pending().size() < most_pending;
    const auto deadline = input_has_ended_ ? Clock::now() + limit : Clock::time_point::max();
    if (!wait(std::min(deadline, next_beat_), is_reading)) {
      if (Clock::now() >= deadline) {
        return fail(Reason::timed_out);
      }
      if (const Result<> beaten = beat(); !beaten) {
        return beaten;
      }
      continue;
    }
    if (is_input_ready_) {
      if (const Result<> read = read_standard_input(); !read) {
        return read;
      }
    }
    if (const Result<> received = receive(); !received) {
      return received;
    }
  }
}

/// Asks after an interval of silence, where that is wanted and the peer answers.
void Session::begin_beats() {
  const auto peers = connection_.settled().heartbeat;
  if (interval_ > Clock::duration::zero() && peers == HeartbeatMode::peer_allowed_to_send) {
    next_beat_ = Clock::now() + interval_;
  }
}

/// The peer has been silent for an interval: asks whether it is there, or has asked before.
Result<> Session::beat() {
  if (input_has_ended_) {  // nothing more is said, and the silence has a limit of its own
    next_beat_ = Clock::time_point::max();
    return {};
  }
  if (is_answer_awaited_) {
    is_beat_missed_ = true;
    return fail(Reason::timed_out);
  }
  if (const Result<> sent = connection_.send_heartbeat(output_); !sent) {
    return sent;
  }
  is_answer_awaited_ = true;
  next_beat_ = Clock::now() + interval_;
  return send();
}

Result<> Session::close() {
  const auto deadline = Clock::now() + close_limit;
  if (!connection_.close(output_)) {
    return {};
  }
  for (;;) {
    const Result<Progress> progress = process(take_nothing);
    if (!progress && progress.error().reason == Reason::alert_received) {
      return std::unexpected(progress.error());
    }
    if (!progress || *progress == Progress::closed || !wait(deadline, false) || !receive()) {
      recorder_.flush();
      return {};
    }
  }
}

bool Session::abort() {
  const std::size_t before = output_.pending().size();
  const bool has_alert = connection_.abort(output_) && output_.pending().size() > before;
  const bool is_told = has_alert && send() && output_.pending().empty();
  recorder_.flush();
  return is_told;
}

/// Goes on as far as the bytes that are there reach, and sends what that calls for.
Result<Session::Progress> Session::process(const Take& take) {
  for (;;) {
    connection_.set_time({std::time(nullptr)});
    const Result<Event> event = connection_.next(input_, output_);
    const Result<> sent = send();
    if (!event) {
      recorder_.flush();
      return std::unexpected(event.error());
    }
    // A peer that refused something may have closed before it took all. Its alert tells more than
    // our failure to send, so what it sent is read first.
    is_sending_ = is_sending_ && sent.has_value();
    if (const auto* need = std::get_if<NeedAnswer>(&*event)) {
      if (const Result<> done = connection_.complete(answer(*need->operation)); !done) {
        return std::unexpected(done.error());
      }
    } else if (const auto* data = std::get_if<Data>(&*event)) {
      if (!take(data->bytes)) {
        return Progress::enough;
      }
    } else if (std::holds_alternative<Closed>(*event)) {
      recorder_.flush();
      return Progress::closed;
    } else if (std::holds_alternative<HeartbeatAnswered>(*event)) {
      is_answer_awaited_ = false;
    } else if (!std::holds_alternative<EarlyDataRefused>(*event)) {
      return Progress::waiting;  // NeedInput, or Connected, whom the handshake waits for
    }
  }
}

Result<> Session::send() {
  const Result<std::size_t> sent = net::send_some(socket_, output_);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  return {};
}

Result<> Session::receive() {
  const Result<std::optional<std::size_t>> received = net::receive_some(socket_, input_);
  if (!received) {
    recorder_.flush();
    return std::unexpected(received.error());
  }
  if (*received == std::size_t{0}) {
    recorder_.flush();
    return connection_.eof();
  }
  if (*received && next_beat_ != Clock::time_point::max()) {
    next_beat_ = Clock::now() + interval_;
  }
  return {};
}

Result<> Session::read_standard_input() {
  std::array<std::uint8_t, 16'384> buffer{};
  const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count > 0) {
    const Bytes bytes = Bytes(buffer).first(static_cast<std::size_t>(count));
    const Result<std::size_t> sealed = connection_.seal(bytes, output_);
    return sealed ? Result<>() : std::unexpected(sealed.error());
  }
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
    return {};
  }
  input_has_ended_ = true;
  return connection_.close(output_);
}

/// Waits for the socket, and for standard input if `is_reading`. Returns false at the deadline.
bool Session::wait(Clock::time_point deadline, bool is_reading) {
  const bool is_pending = is_sending_ && !output_.pending().empty();
  const auto events = static_cast<short>(is_pending ? POLLIN | POLLOUT : POLLIN);
  std::array<pollfd, 2> waiters{
      pollfd{.fd = socket_.number(), .events = events, .revents = 0},
      pollfd{.fd = is_reading ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
  int ready = 0;
  if (recorder_.is_holding()) {  // more of its kind may be on the way
    ready = ::poll(waiters.data(), waiters.size(), patience);
  }
  if (ready == 0) {
    recorder_.flush();
    int timeout = -1;
    if (deadline != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<net::Milliseconds>(deadline - Clock::now()).count();
      timeout =
          static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
    }
    ready = ::poll(waiters.data(), waiters.size(), timeout);
  }
  is_input_ready_ = ready > 0 && waiters[1].revents != 0;
  return ready != 0;
}

}  // namespace handfast::command
