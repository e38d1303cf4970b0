#include "handfast/serve_session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::serve {

namespace {

/// Reads of the socket or pieces of content in one turn.
constexpr int steps_a_turn = 16;

bool would_block() { return errno == EAGAIN || errno == EINTR; }

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

Session::Session(net::Descriptor socket, std::string client, Connection tls, Workshop& workshop,
                 Clock::time_point now)
    : socket_(std::move(socket)), client_(std::move(client)), tls_(std::move(tls)),
      workshop_(workshop), accepted_(now), now_(now) {
  tls_.observe_with(this);
  enter(Stage::hello);
}

void Session::observe(const Observation& observation) {
  if (const auto* unknown = std::get_if<PskIdentityUnknown>(&observation)) {
    workshop_.log.observed(client_, *unknown);
  } else if (const auto* offered = std::get_if<CompressionOffered>(&observation)) {
    workshop_.log.observed(client_, *offered);
  }
}

void Session::heed(std::uint32_t events, Clock::time_point now) {
  const std::uint32_t gone = EPOLLHUP | EPOLLERR | (awaits_us_ ? EPOLLRDHUP : 0U);
  if (!awaits_answer_) {
    work(now);
  } else if ((events & gone) != 0) {
    end(Ending::left);
  }
}

void Session::work(Clock::time_point now) {
  now_ = now;
  for (int step = 0; !awaits_answer_ && step < steps_a_turn;) {
    flush();
    if (stage_ == Stage::over || !out_.pending().empty()) {
      return;
    }
    switch (stage_) {
      case Stage::response:
        if (fill()) {
          ++step;
        } else {
          // Not a step: a turn must not end before what was received meanwhile has been looked at.
          finish_response();
        }
        break;
      case Stage::farewell:
        shutdown(socket_.number(), SHUT_WR);
        // Closing at once would throw away what the client has not read yet, if it still sends.
        enter(peer_closed_ ? Stage::over : Stage::drain);
        break;
      case Stage::drain:
        if (!discard()) {
          return;
        }
        ++step;
        break;
      default:
        if (!receive()) {
          return;
        }
        ++step;
    }
  }
}

// --- Receiving
// ------------------------------------------------------------------------------------

bool Session::receive() {
  Input in(workshop_.received);
  in.append(rest_);
  rest_ = {};
  open_records(in);
  bool progress = true;
  if (!awaits_answer_ && (is_in_handshake() || stage_ == Stage::request)) {
    const auto received = net::receive_some(socket_, in);
    if (received && !*received) {
      progress = false;
    } else if (received.value_or(0).value_or(0) > 0) {
      open_records(in);
    } else {
      ended();
    }
  }
  const Bytes waiting = in.waiting();
  rest_.assign(waiting.begin(), waiting.end());
  return progress;
}

void Session::open_records(Input& in) {
  while (is_in_handshake() || stage_ == Stage::request) {
    tls_.set_time({std::time(nullptr)});
    const Result<Event> event = tls_.next(in, out_);
    if (!event) {
      fail_with(event.error());
      return;
    }
    if (stage_ == Stage::hello && !out_.pending().empty()) {
      enter(Stage::handshake);
    }
    if (std::holds_alternative<NeedInput>(*event)) {
      return;
    }
    if (const auto* need = std::get_if<NeedAnswer>(&*event)) {
      await_answer(*need->operation);
      return;
    }
    handle(*event);
  }
}

void Session::await_answer(const Operation& operation) {
  if (stage_ == Stage::hello) {
    enter(Stage::handshake);  // the ClientHello is whole
  }
  const auto* exchange = std::get_if<AgreeOnKey>(&operation);
  awaits_answer_ = true;
  awaits_us_ =
      std::holds_alternative<Sign>(operation) || (exchange != nullptr && exchange->own == nullptr);
  workshop_.jobs.push_back({static_cast<std::uint64_t>(socket_.number()), &operation});
}

void Session::complete(Answer answer, Clock::time_point now) {
  now_ = now;
  awaits_answer_ = false;
  if (ending_ != Ending::none) {
    end(ending_);
  } else if (const Result<> taken = tls_.complete(std::move(answer)); !taken) {
    fail_with(taken.error());
  }
  work(now);
}

void Session::handle(const Event& event) {
  if (std::holds_alternative<Connected>(event)) {
    if (!std::exchange(has_come_early_, false)) {
      handshake_ = Clock::now() - accepted_;
    }
    if (is_last_) {
      say_goodbye();
    } else {
      enter(Stage::request);
      try_request();
    }
  } else if (const auto* early = std::get_if<EarlyData>(&event)) {
    if (!std::exchange(has_come_early_, true)) {
      handshake_ = Clock::now() - accepted_;
    }
    if (is_last_) {
      return;  // behind a request whose answer ends the connection, nothing is one
    }
    plain_.append(early->data.bytes.begin(), early->data.bytes.end());
    try_request();
  } else if (const auto* data = std::get_if<Data>(&event)) {
    plain_.append(data->bytes.begin(), data->bytes.end());
    try_request();
  } else if (std::holds_alternative<ClientAnswered>(event)) {
    awaits_identity_ = false;
    answer_request();
  } else if (std::holds_alternative<Closed>(event)) {
    peer_closed_ = true;
    if (std::exchange(awaits_identity_, false)) {
      answer_request();  // the client stays who it was
    } else {
      say_goodbye();
    }
  }
}

void Session::ended() {
  if (stage_ == Stage::hello && rest_.empty() && out_.pending().empty()) {
    ++workshop_.counts.failures;
    workshop_.log.gave_up(client_, Reason::closed_in_handshake,
                          "left before it had sent a ClientHello");
  } else if (const Result<> whole = tls_.eof(); !whole && is_in_handshake()) {
    // Later on it is no news: requests are whole or not, and many clients leave without
    // close_notify.
    ++workshop_.counts.failures;
    workshop_.log.failed(client_, whole.error());
  }
  enter(Stage::over);
}

bool Session::discard() {
  std::vector<std::uint8_t>& room = workshop_.received;
  const ssize_t size = recv(socket_.number(), room.data(), room.size(), 0);
  if (size < 0 && would_block()) {
    return false;
  }
  if (size <= 0) {
    enter(Stage::over);
  }
  return true;
}

// --- Requests and responses
// -----------------------------------------------------------------------

void Session::try_request() {
  if (awaits_identity_) {  // one request at a time; what comes behind it has to wait
    if (plain_.size() > http::longest_head) {
      refuse(http::Status::header_fields_too_large);
    }
    return;
  }
  // RFC 9112 §2.2: a server should ignore an empty line before a request. Many are no mistake.
  const std::size_t lines = http::empty_lines(plain_);
  plain_.erase(0, 2 * lines);
  empty_lines_ += lines;
  if (empty_lines_ > http::most_empty_lines) {
    refuse(http::Status::bad_request);
    return;
  }
  const auto size = http::head_size(plain_, searched_);
  searched_ = plain_.size();
  if (size.value_or(plain_.size()) > http::longest_head) {
    refuse(http::Status::header_fields_too_large);
    return;
  }
  if (!size) {
    return;
  }
  auto request = http::parse_request(std::string_view(plain_).substr(0, *size));
  plain_.erase(0, *size);
  searched_ = 0;
  empty_lines_ = 0;
  if (request && is_too_early(*request)) {
    refuse(http::Status::too_early);
  } else if (request) {
    request_ = std::move(*request);
    if (!asks_who_it_is()) {
      answer_request();
    }
  } else {
    refuse(request.error());
  }
}

/// Asks a client that has just made its first request, if that is how clients are asked here.
/// Whether its answer is to be awaited: it need not have offered to give one.
bool Session::asks_who_it_is() {
  const auto mode = workshop_.config.load()->options().client_authentication.mode();
  if (mode != ClientAuthentication::Mode::later || !tls_.is_connected() ||
      std::exchange(was_asked_, true)) {
    return false;
  }
  awaits_identity_ = tls_.request_certificate(out_).has_value();
  return awaits_identity_;
}

void Session::answer_request() { respond(workshop_.site.answer(request_, std::time(nullptr))); }

/// RFC 8470 §3: what may be a copy must do no harm, and GET and HEAD do none here.
bool Session::is_too_early(const http::Request& request) const {
  const bool is_safe = request.method == "GET" || request.method == "HEAD";
  return !is_safe && (request.early_data || !tls_.is_connected());
}

void Session::refuse(http::Status status) {
  request_ = {};
  respond(http::Site::refuse(status, std::time(nullptr)));
}

void Session::respond(http::Response response) {
  response_ = std::move(response);
  text_sent_ = 0;
  content_sent_ = 0;
  enter(Stage::response);
}

bool Session::fill() {
  const auto content = next_content();
  if (!content) {
    // The announced length cannot be kept any more, and the client must notice.
    report(true);
    workshop_.log.gave_up(client_, Reason::file_unreadable,
                          "was cut off: the file became shorter while it was sent");
    std::ignore = tls_.abort(out_);
    enter(Stage::farewell);
    return true;
  }
  if (response_.head.empty() && content->empty()) {
    return false;
  }
  const std::array parts = {net::as_bytes(response_.head), *content};
  if (const auto sealed = tls_.seal(parts, out_); !sealed) {
    fail_with(sealed.error());
    return true;
  }
  response_.head.clear();
  content_sent_ += content->size();
  if (is_whole() && !response_.keep_alive && tls_.is_connected()) {
    std::ignore = tls_.close(out_);  // one send with the last piece
  }
  return true;
}

bool Session::is_whole() const {
  return response_.file ? response_.file_left == 0 : text_sent_ == response_.text.size();
}

std::optional<Bytes> Session::next_content() {
  std::vector<std::uint8_t>& room = workshop_.content;
  if (!response_.file) {
    const Bytes left = net::as_bytes(response_.text).subspan(text_sent_);
    const Bytes piece = left.first(std::min(left.size(), room.size()));
    text_sent_ += piece.size();
    return piece;
  }
  const std::size_t wanted = std::min<std::uint64_t>(room.size(), response_.file_left);
  if (wanted == 0) {
    return Bytes();
  }
  const ssize_t size = pread(response_.file.number(), room.data(), wanted,
                             static_cast<off_t>(response_.file_offset));
  if (size <= 0) {
    return std::nullopt;
  }
  const auto got = static_cast<std::size_t>(size);
  response_.file_offset += got;
  response_.file_left -= got;
  return Bytes(room).first(got);
}

void Session::finish_response() {
  report(false);
  const bool keep_alive = response_.keep_alive && !stopping_;
  response_ = {};
  out_ = {};
  if (!tls_.is_connected()) {  // answered early; the handshake goes on
    is_last_ = !keep_alive;
    enter(Stage::handshake);
    return;
  }
  if (!keep_alive) {
    say_goodbye();
    return;
  }
  enter(Stage::request);
  try_request();
}

void Session::report(bool cut_off) {
  ++workshop_.counts.requests;
  workshop_.log.answered({
      .client = client_,
      .settled = tls_.settled(),
      .peer = tls_.peer(),
      .handshake = std::exchange(handshake_, std::nullopt),
      .method = request_.method,
      .target = request_.target,
      .status = static_cast<unsigned>(response_.status),
      .size = content_sent_,
      .is_cut_off = cut_off,
  });
}

// --- Sending and ending
// ---------------------------------------------------------------------------

void Session::flush() {
  if (out_.pending().empty()) {
    return;
  }
  const auto sent = net::send_some(socket_, out_);
  if (!sent) {
    if (stage_ == Stage::response) {
      report(true);
    } else if (is_in_handshake()) {
      ended();
    }
    enter(Stage::over);
  } else if (stage_ == Stage::response) {
    deadline_ = workshop_.patience.extended(deadline_, *sent, now_);
  }
}

void Session::fail_with(const Error& error) {
  ++workshop_.counts.failures;
  workshop_.log.failed(client_, error);
  enter(Stage::farewell);
}

void Session::expire(Clock::time_point now) {
  now_ = now;
  const Patience& patience = workshop_.patience;
  switch (stage_) {
    case Stage::hello:
    case Stage::handshake:
      ++workshop_.counts.failures;
      workshop_.log.gave_up(
          client_, Reason::timed_out,
          stage_ == Stage::hello
              ? fmt::format("sent no whole ClientHello in {}", seconds(patience.hello))
              : fmt::format("did not finish the handshake in {}", seconds(patience.handshake)));
      end(Ending::alert);
      break;
    case Stage::request:
      if (!plain_.empty() || awaits_identity_) {
        workshop_.log.gave_up(client_, Reason::timed_out,
                              fmt::format("did not {} in {}",
                                          awaits_identity_ ? "say who it is" : "finish its request",
                                          seconds(patience.request)));
      }
      if (awaits_answer_) {
        end(Ending::alert);
      } else {
        say_goodbye();
      }
      break;
    case Stage::response:
      report(true);
      workshop_.log.gave_up(client_, Reason::timed_out,
                            "took what it was sent too slowly, or not at all");
      enter(Stage::over);
      break;
    case Stage::farewell:
    case Stage::drain:
    case Stage::over: enter(Stage::over); break;
  }
  work(now);
}

Claim Session::claim() const {
  if (awaits_answer_) {
    return Claim::handshake;
  }
  switch (stage_) {
    case Stage::hello:
    case Stage::handshake: return Claim::handshake;
    case Stage::request: return plain_.empty() && !awaits_identity_ ? Claim::idle : Claim::asking;
    case Stage::response: return Claim::answered;
    default: return Claim::leaving;
  }
}

bool Session::may_make_way(Clock::time_point now) const {
  // Whoever has just taken something has nearly all its time before it.
  const bool lags = deadline_ < now + workshop_.patience.stall * 9 / 10;
  return !awaits_answer_ && !is_in_handshake() && (stage_ != Stage::response || lags);
}

void Session::make_way(Clock::time_point now) {
  now_ = now;
  if (claim() == Claim::asking || claim() == Claim::answered) {
    workshop_.log.gave_up(client_, Reason::timed_out, "was slow while others waited");
  }
  if (stage_ == Stage::response) {
    report(true);  // and no close_notify: the client must notice that this was not all
  } else if (stage_ == Stage::request) {
    stop(now);
  }
  enter(Stage::over);
}

void Session::stop(Clock::time_point now) {
  now_ = now;
  stopping_ = true;
  if (is_in_handshake()) {
    end(Ending::cut);
  } else if (stage_ == Stage::request && !awaits_answer_) {
    say_goodbye();
    work(now);
  }
}

void Session::say_goodbye() {
  std::ignore = tls_.close(out_);
  enter(Stage::farewell);
}

void Session::end(Ending ending) {
  if (awaits_answer_) {
    ending_ = ending_ == Ending::none ? ending : ending_;  // what came first has been told
    deadline_ = Clock::time_point::max();
    return;
  }
  switch (ending) {
    case Ending::none: break;
    case Ending::alert:
      std::ignore = tls_.abort(out_);
      enter(Stage::farewell);
      break;
    case Ending::left: ended(); break;
    case Ending::cut: enter(Stage::over); break;
  }
}

void Session::enter(Stage stage) {
  stage_ = stage;
  const Patience& patience = workshop_.patience;
  switch (stage) {
    case Stage::hello: deadline_ = accepted_ + patience.hello; break;
    case Stage::handshake: deadline_ = accepted_ + patience.handshake; break;
    case Stage::request: extend(patience.request); break;
    case Stage::response:
    case Stage::farewell: extend(patience.stall); break;
    case Stage::drain:
    case Stage::over: extend(patience.farewell); break;
  }
}

std::uint32_t Session::interest() const {
  if (awaits_answer_) {
    return EPOLLRDHUP | EPOLLET;  // that the client has gone, and once
  }
  const bool writes = stage_ == Stage::response || !out_.pending().empty();
  return writes ? EPOLLOUT : EPOLLIN;
}

Clock::time_point Patience::extended(Clock::time_point deadline, std::size_t bytes,
                                     Clock::time_point now) const {
  const auto bought = kibibyte * static_cast<std::int64_t>(bytes) / 1024;
  return std::min<Clock::time_point>(deadline + bought, now + stall);
}

Patience Patience::times(double factor) const {
  const auto scale = [factor](std::chrono::milliseconds time) {
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
  };
  return {.hello = scale(hello),
          .handshake = scale(handshake),
          .request = scale(request),
          .stall = scale(stall),
          .kibibyte = scale(kibibyte),
          .farewell = scale(farewell),
          .stop = scale(stop)};
}

}  // namespace handfast::serve
