// Session: one connection of the server, from its first byte to its last.
#pragma once

#include "handfast/config.h"
#include "handfast/connection.h"
#include "handfast/current.h"
#include "handfast/http_request.h"
#include "handfast/http_site.h"
#include "handfast/net.h"
#include "handfast/observer.h"
#include "handfast/serve_log.h"
#include "handfast/workers.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace handfast::serve {

/// How long a client may take. A step that lasts longer ends the connection.
struct Patience {
  std::chrono::milliseconds hello{5'000};       ///< from accept to the whole ClientHello
  std::chrono::milliseconds handshake{10'000};  ///< from accept to the end of the handshake
  std::chrono::milliseconds request{
      60'000};  ///< from one response to the end of the next request's head
  std::chrono::milliseconds stall{30'000};    ///< without a byte taken of what is to be sent
  std::chrono::milliseconds kibibyte{1'000};  ///< for each KiB of a response, on the long run
  std::chrono::milliseconds farewell{2'000};  ///< from our last byte to the client's

  std::chrono::milliseconds stop{5'000};  ///< for responses under way when the server is stopped

  /// The new deadline of a response of which the client took `bytes` right now. They buy time, but
  /// never more than `stall`.
  [[nodiscard]] Clock::time_point extended(Clock::time_point deadline, std::size_t bytes,
                                           Clock::time_point now) const;

  /// Everything `factor` times as long.
  [[nodiscard]] Patience times(double factor) const;
};

/// What weighs against ending a connection when another client needs its place, from least to most.
/// Of several alike, the one with the next deadline goes first.
enum class Claim : std::uint8_t {
  idle,       ///< between two requests: nothing is lost
  leaving,    ///< all is said, or the last words are under way
  asking,     ///< has sent a part of a request
  answered,   ///< is sent a response
  handshake,  ///< is as new as the other one
};

struct Counts {
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
};

/// What all sessions of one loop use: since they take turns, they also share the memory for it.
struct Workshop {
  const http::Site& site;
  const Current<ServerConfig>& config;
  Patience patience;
  Log log;
  Counts counts = {};
  std::vector<net::Workers::Job> jobs = {};  ///< of sessions that wait, by their sockets
  std::vector<std::uint8_t> received = std::vector<std::uint8_t>(4 * Input::least);
  std::vector<std::uint8_t> content = std::vector<std::uint8_t>(64UZ * 1024);
};

/// Talks HTTP/1.1 over TLS on a non-blocking socket. At rest it holds no buffers, only what waits
/// for more bytes.
///
/// Confined: one thread at a time.
class Session : private Observer {
 public:
  Session(net::Descriptor socket, std::string client, Connection tls, Workshop& workshop,
          Clock::time_point now);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override = default;

  /// The socket is ready for `events` (EPOLL*): goes on as far as it lets it, within bounds that
  /// leave others their turn.
  void heed(std::uint32_t events, Clock::time_point now);

  /// Whether it waits for an answer that nobody wants any more, as the client has gone, or the
  /// connection ends: if nobody works on it, `complete` may come with any.
  [[nodiscard]] bool waits_in_vain() const { return awaits_answer_ && ending_ != Ending::none; }

  /// What it has waited for: goes on with it, unless it has waited in vain.
  void complete(Answer answer, Clock::time_point now);

  /// `deadline()` has passed.
  void expire(Clock::time_point now);

  /// Ends the connection at once, for another client's sake.
  void make_way(Clock::time_point now);

  /// Ends the connection politely: at once, or after the response that is being sent.
  void stop(Clock::time_point now);

  [[nodiscard]] int socket() const { return socket_.number(); }

  /// The EPOLL* events to wait for.
  [[nodiscard]] std::uint32_t interest() const;

  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

  [[nodiscard]] Claim claim() const;

  /// Whether it may be ended for another client's sake: not in the handshake, nor while a response
  /// makes good progress.
  [[nodiscard]] bool may_make_way(Clock::time_point now) const;

  [[nodiscard]] bool is_over() const { return stage_ == Stage::over; }

 private:
  enum class Stage : std::uint8_t {
    hello,      // awaits the first flight
    handshake,  // awaits the second
    request,    // awaits a request
    response,   // sends one
    farewell,   // sends what is left, close_notify or an alert last
    drain,      // has said all; takes what the client still sends
    over,
  };

  /// How the connection ends once nothing works on it.
  enum class Ending : std::uint8_t {
    none,
    alert,  // by one of ours
    left,   // the client has gone
    cut,    // at once
  };

  void observe(const Observation& observation) override;
  void work(Clock::time_point now);
  void open_records(Input& in);
  void await_answer(const Operation& operation);
  void handle(const Event& event);
  void try_request();
  [[nodiscard]] bool asks_who_it_is();
  void answer_request();
  [[nodiscard]] bool is_too_early(const http::Request& request) const;
  void refuse(http::Status status);
  void respond(http::Response response);
  [[nodiscard]] bool fill();
  [[nodiscard]] std::optional<Bytes> next_content();
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] bool receive();
  [[nodiscard]] bool discard();
  void flush();
  void finish_response();
  void ended();
  void report(bool cut_off);
  void fail_with(const Error& error);
  void say_goodbye();
  void end(Ending ending);
  void enter(Stage stage);

  void extend(std::chrono::milliseconds patience) { deadline_ = now_ + patience; }

  [[nodiscard]] bool is_in_handshake() const { return stage_ <= Stage::handshake; }

  net::Descriptor socket_;
  std::string client_;
  Connection tls_;
  Workshop& workshop_;
  Stage stage_ = Stage::hello;
  Clock::time_point accepted_;
  Clock::time_point now_;
  Clock::time_point deadline_;
  std::optional<Clock::duration> handshake_;  // until it has been told
  bool peer_closed_ = false;
  bool has_come_early_ = false;   // a request did, before the handshake was over
  bool is_last_ = false;          // what was answered early asked to close
  bool was_asked_ = false;        // who it is, after the handshake
  bool awaits_identity_ = false;  // before request_ is answered
  bool stopping_ = false;

  // While somebody works on an operation of tls_, nothing else may touch that.
  bool awaits_answer_ = false;
  bool awaits_us_ = false;  // the client can do nothing before it has heard what comes of that
  Ending ending_ = Ending::none;

  Output out_;
  std::vector<std::uint8_t> rest_;  // of received records, not whole yet or not their turn
  std::string plain_;               // of requests, not whole yet or not their turn
  std::size_t searched_ = 0;        // of plain_, for the end of a head
  std::size_t empty_lines_ = 0;     // that came before it
  http::Request request_;
  http::Response response_;
  std::size_t text_sent_ = 0;  // of response_.text
  std::uint64_t content_sent_ = 0;
};

}  // namespace handfast::serve
