// Loops: servers side by side, each on a thread of its own, and who tells them what to do.
#pragma once

#include "handfast/net.h"
#include "handfast/serve_listen.h"
#include "handfast/serve_renewal.h"
#include "handfast/serve_server.h"
#include "handfast/serve_session.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace handfast::serve {

/// Serves with one loop or several, which share the sockets that they listen on, the configuration
/// and what is in it, such as the keys of tickets. Sessions stay with the loop that took them.
///
/// The first of them, on the caller's thread, also takes signals, looks every minute whether there
/// is something new to staple, and reads everything anew at SIGHUP. (One loop has no thread beside
/// it: the system and malloc do much in less time for a process that has one thread alone.)
///
/// Confined: one thread, whose SIGINT, SIGTERM and SIGHUP it takes over.
class Loops : private Chores {
 public:
  struct Size {
    std::size_t loops = 1;     ///< at least one
    std::size_t workers = 0;   ///< of each loop; 0: it does itself what takes long
    std::size_t sessions = 1;  ///< at most so many clients at once, of all loops together
  };

  /// Each loop works as `workshop` says, in a copy of it. `renewal` must outlive the loops. From
  /// here on, the signals wait for `run`. Fails: internal if the system gives no epoll, or not so
  /// many threads.
  static Result<Loops> make(Listening listening, const Workshop& workshop, Renewal& renewal,
                            const Size& size);

  /// Serves until SIGINT or SIGTERM; then lets the responses that are under way end, for a while. A
  /// second signal ends all at once. Fails: internal if the system gives not so many threads;
  /// nothing is served then.
  Result<> run();

  /// Of all loops; once `run` is over.
  [[nodiscard]] Counts counts() const;

 private:
  struct Loop {
    explicit Loop(const Workshop& like) : workshop(like) {}

    Workshop workshop;
    std::unique_ptr<Server> server = {};
    std::thread thread = {};
  };

  Loops(Renewal& renewal, const Log& log, std::size_t sessions)
      : renewal_(&renewal), log_(log), places_(std::make_unique<Places>(sessions)) {}

  [[nodiscard]] int descriptor() const override { return signals_.number(); }

  [[nodiscard]] Clock::time_point due() const override;
  void attend() override;

  Result<> start_others();
  void stop();
  void take_signals();
  void await_others();

  Renewal* renewal_;
  Log log_;  // of what is told here
  std::unique_ptr<Places> places_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::size_t others_ = 0;  // that run
  net::Descriptor signals_;
  net::Descriptor ends_;         // counts the others that have ended
  Clock::time_point next_look_;  // at the files
};

}  // namespace handfast::serve
