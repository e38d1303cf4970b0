// Server: many sessions in one loop, until it is told to stop.
#pragma once

#include "handfast/net.h"
#include "handfast/serve_listen.h"
#include "handfast/serve_session.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

namespace handfast::serve {

/// Waits for all sockets at once (epoll), gives each session its turn, and ends those whose time is
/// up. Full, it ends a connection to let a new one in: the one that has been idle longest, or else
/// one whose request stays unfinished, or the slowest response. If none is, it turns the new one
/// away.
///
/// Looks every minute whether there is something new to staple, and reads everything anew at
/// SIGHUP.
///
/// Confined: one thread, whose SIGINT, SIGTERM and SIGHUP it takes over.
class Server {
 public:
  /// At most `most_sessions` clients at once. `workshop` must outlive the server. From here on,
  /// these signals wait for `run`. Fails: internal if the system gives no epoll.
  static Result<Server> make(Listening listening, Workshop& workshop, std::size_t most_sessions);

  /// Serves until SIGINT or SIGTERM; then lets the responses that are under way end, for a while. A
  /// second signal ends all at once.
  void run();

 private:
  struct Due {
    Clock::time_point time;
    int socket = -1;
    auto operator<=>(const Due&) const = default;
  };

  /// In the order in which sessions make way for others.
  struct Place {
    Claim claim = Claim::idle;
    Due due;
    auto operator<=>(const Place&) const = default;
  };

  struct Slot {
    std::unique_ptr<Session> session;
    std::uint32_t interest = 0;
    Place place;
  };

  Server(Listening listening, Workshop& workshop, std::size_t most_sessions);

  Result<> set_up();
  void handle(int descriptor);
  void accept_clients(const net::Descriptor& listener);
  void admit(Accepted client);
  void make_room();
  void turn_away(const net::Descriptor& listener);
  void settle(Slot& slot);
  void remove(Slot& slot);
  void expire_due();
  void take_signals();
  void look_again();
  void tell_full();
  [[nodiscard]] int wait_time() const;
  [[nodiscard]] bool watch(int descriptor, std::uint32_t events, int operation) const;

  Listening listening_;
  Workshop* workshop_;
  std::size_t most_sessions_;
  std::size_t session_count_ = 0;
  net::Descriptor epoll_;
  net::Descriptor signals_;
  net::Descriptor reserve_;  // given up for a moment when no other descriptor can be had
  std::vector<Slot> slots_;  // by descriptor
  std::set<Due> due_;        // of every session
  std::set<Place> claims_;   // of every session
  Clock::time_point now_;
  Clock::time_point full_told_;
  Clock::time_point next_look_;  // at the OCSP responses
  bool stopping_ = false;
  bool stop_at_once_ = false;
  Clock::time_point stop_deadline_;
};

/// However many files may be open, no more sessions than this: each takes memory too.
inline constexpr std::size_t session_limit = 20'000;

/// How many sessions so many open files carry: each has a socket and may have a file.
[[nodiscard]] std::size_t sessions_for(std::uint64_t files);

/// Lets the process open as many files as the system allows, and returns how many sessions that
/// carries.
[[nodiscard]] std::size_t raise_session_limit();

}  // namespace handfast::serve
