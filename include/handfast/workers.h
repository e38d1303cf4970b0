// Workers: threads that do the operations of many connections, for a loop that must not wait for
// them.
#pragma once

#include "handfast/operation.h"
#include "handfast/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace handfast::net {

/// Threads that do operations by `answer`. The loop gathers what its connections wait for, gives
/// all of it at once, goes on with the others, and takes what is done, many at a time:
///
///     std::vector<net::Workers::Job> jobs;
///     for (;;) {
///       ... wait for the sockets and for workers.descriptor()
///       for (Client& client : ... those whose sockets are ready, and that await no answer) {
///         go_on(client, jobs);
///       }
///       for (net::Workers::Done& done : workers.take()) {
///         Client& client = ... the one of done.tag
///         client.tls.complete(std::move(done.answer));
///         go_on(client, jobs);  // it may be the next thing that it waits for
///       }
///       workers.give(jobs);
///       jobs.clear();
///     }
///
/// where `go_on` calls `next` until that is NeedInput, or NeedAnswer:
///
///     jobs.push_back({.tag = client.tag, .operation = need.operation});
///
/// An operation lies in its connection, with all that it looks at. From `give` until `take` has
/// brought the answer or `withdraw` has said true, the connection has to live, and nothing of it
/// may be called.
///
/// To hand an operation over and back takes tens of microseconds, with all that the system does to
/// wake the one and the other: a signature on P-256 takes no longer, one of RSA does.
///
/// Holds as much as it is given. A connection waits for one operation at a time, so as many as
/// there may be connections; and a peer that has gone need not be waited for. Both is the loop's to
/// see to: what peers can cause has no other bound.
///
/// Confined: one thread at a time, that of the loop.
class Workers {
 public:
  struct Job {
    /// The caller's, by which it knows the connection again. Of its own as long as this is given.
    std::uint64_t tag = 0;
    const Operation* operation = nullptr;
  };

  struct Done {
    std::uint64_t tag = 0;
    Answer answer;
  };

  /// Starts `count` threads, which take no signals. Fails: configuration_empty for none,
  /// out_of_memory if the system gives no thread or no descriptor.
  static Result<Workers> start(std::size_t count);

  Workers(Workers&&) noexcept;
  Workers& operator=(Workers&&) noexcept;

  /// Waits for what is being done, and does nothing of the rest. The connections must outlive this.
  ~Workers();

  /// Takes `jobs` on; they begin in this order. Does not wait.
  void give(std::span<const Job> jobs);

  /// Takes back the job of `tag`, which was given and not taken, for a connection that has ended.
  /// True: it had not begun, and never will; `take` does not bring it, and the connection is the
  /// caller's again. False: it has begun, which cannot be stopped; the connection is to be kept
  /// until `take` brings the answer, which is to be dropped. Those are never more than there are
  /// threads, and what is done already. Does not wait.
  [[nodiscard]] bool withdraw(std::uint64_t tag);

  /// What has been done since the last call, in the order in which it was finished; perhaps
  /// nothing. Does not wait.
  [[nodiscard]] std::vector<Done> take();

  /// How long the job that is the next to begin has been waiting since it was given; zero if none
  /// waits. Longer than clients will wait: it is better to turn new ones away.
  [[nodiscard]] std::chrono::steady_clock::duration longest_wait() const;

  /// Readable while `take` has something. Not to be read, nor closed.
  [[nodiscard]] int descriptor() const;

 private:
  struct Hall;

  explicit Workers(std::unique_ptr<Hall> hall);

  std::unique_ptr<Hall> hall_;
};

}  // namespace handfast::net
