// Server: many sessions in one loop, until it is told to stop.
#pragma once

#include "handfast/net.h"
#include "handfast/serve_listen.h"
#include "handfast/serve_session.h"
#include "handfast/workers.h"

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast::serve {

/// How many clients there may be at once, however many loops serve them.
///
/// Any thread may call anything at any time.
class Places {
 public:
  explicit Places(std::size_t count) : free_(count) {}

  /// Whether there was one, which is taken now.
  [[nodiscard]] bool take();

  /// One that was taken is free again.
  void give_back() { ++free_; }

 private:
  std::atomic<std::size_t> free_;
};

/// What a loop does beside its clients.
class Chores {
 public:
  Chores() = default;
  Chores(const Chores&) = default;
  Chores& operator=(const Chores&) = default;
  virtual ~Chores() = default;

  /// Is readable when something is to be done.
  [[nodiscard]] virtual int descriptor() const = 0;

  /// When something is to be done, however quiet it is.
  [[nodiscard]] virtual Clock::time_point due() const = 0;

  /// Does what there is.
  virtual void attend() = 0;
};

/// Waits for all sockets at once (epoll), gives each session its turn, and ends those whose time is
/// up. Where no place is left, it ends a connection to let a new one in: the one that has been idle
/// longest, or else one whose request stays unfinished, or the slowest response. If it has none it
/// asks the other loops; if none has, the new one is turned away, and so while what is given to the
/// workers has to wait for half of the time that a handshake may take.
///
/// Several may listen on the same sockets. Whoever has nothing else to do takes the next client,
/// and hands it to the one with the fewest if it has clearly more itself: who is woken first is
/// chance.
///
/// Confined: one thread at a time; `stop` and `hand` are for every thread.
class Server {
 public:
  /// What the configuration has pulled is done by `workers` threads. `workshop` and `places` must
  /// outlive the server. Fails: internal if the system gives no epoll, or not so many threads.
  static Result<std::unique_ptr<Server>> make(std::shared_ptr<const Listening> listening,
                                              Workshop& workshop, Places& places,
                                              std::size_t workers);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() = default;

  /// Those that it may hand clients to, itself among them; all must outlive its `run`. To be told
  /// before that.
  void join(std::vector<Server*> all) { all_ = std::move(all); }

  /// Has `run` do `chores`, which outlive it. Fails: internal if the system does not watch them.
  Result<> take_on(Chores& chores);

  /// Serves until `stop`; then lets the responses that are under way end, for a while.
  void run();

  /// Has `run` come to its end; called a second time, at once.
  void stop();

  /// A client that is passed from loop to loop.
  struct Newcomer {
    Accepted client;
    bool has_place = false;
    std::size_t asked = 0;  ///< so many loops whether they have one
  };

  /// Gives it a client. False: `run` has ended, and nobody is served here any more.
  [[nodiscard]] bool hand(Newcomer newcomer);

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

  Server(std::shared_ptr<const Listening> listening, Workshop& workshop, Places& places);

  Result<> set_up(std::size_t workers);
  void handle(int descriptor, std::uint32_t events);
  void accept_clients(const net::Descriptor& listener);
  void find_place(Newcomer newcomer);
  void begin(Accepted client);
  [[nodiscard]] bool take_place();
  void turn_away(const net::Descriptor& listener);
  void settle(Slot& slot);
  void remove(Slot& slot);
  void expire_due();
  void hand_out_jobs();
  void take_answers();
  [[nodiscard]] bool withdraw_job(const Session& session);
  [[nodiscard]] bool lags_behind() const;
  void take_messages();
  void ring() const;
  void end_politely();
  void end();
  [[nodiscard]] Server& least_busy();
  [[nodiscard]] Server& next_loop();
  void tell_turned_away(std::string_view why);
  [[nodiscard]] int wait_time() const;
  [[nodiscard]] bool watch(int descriptor, std::uint32_t events, int operation) const;

  std::shared_ptr<const Listening> listening_;  // nullptr: not any more
  Workshop* workshop_;
  Places* places_;
  net::Descriptor epoll_;
  net::Descriptor bell_;     // rings for what others have left below
  net::Descriptor reserve_;  // given up for a moment when no other descriptor can be had
  std::vector<Slot> slots_;  // by descriptor
  std::set<Due> due_;        // of every session
  std::set<Place> claims_;   // of every session
  Clock::time_point now_;
  Clock::time_point away_told_;
  std::vector<Server*> all_;
  Chores* chores_ = nullptr;
  bool stopping_ = false;
  bool stop_at_once_ = false;
  Clock::time_point stop_deadline_;

  // Of other threads.
  std::atomic<unsigned> stops_ = 0;       // how often it was told to
  std::atomic<std::size_t> clients_ = 0;  // sessions, and who waits to be one
  std::mutex handed_lock_;
  std::vector<Newcomer> handed_;
  bool is_over_ = false;  // under the same lock

  std::optional<net::Workers> workers_;  // last: what they work on is in slots_
};

/// However many files may be open, no more sessions than this: each takes memory too.
inline constexpr std::size_t session_limit = 20'000;

/// How many sessions so many open files carry, beside what as many loops have open: each has a
/// socket and may have a file.
[[nodiscard]] std::size_t sessions_for(std::uint64_t files, std::size_t loops);

/// Lets the process open as many files as the system allows, and returns how many sessions that
/// carries.
[[nodiscard]] std::size_t raise_session_limit(std::size_t loops);

}  // namespace handfast::serve
