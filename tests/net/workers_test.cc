// Workers: many connections of one loop, in which order, and what goes on while something is done.
#include "handfast/workers.h"

#include "handfast/connection.h"
#include "handfast/tickets.h"
#include "net/peers.h"
#include "net/wait.h"
#include "support/expect.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

namespace handfast::net {
namespace {

using namespace std::chrono_literals;

constexpr Pulled everything = {
    .signing = true, .chain_verification = true, .credential_choice = true, .key_exchange = true};

bool is_readable(const Workers& workers, std::chrono::milliseconds most) {
  pollfd bell{.fd = workers.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&bell, 1, static_cast<int>(most.count())) == 1;
}

// ---- many connections in one loop ---------------------------------------------------------------

/// One side of a connection in memory.
struct Side {
  explicit Side(Connection own) : connection(std::move(own)) {}

  /// Goes on until it needs something; what an operation is, goes to `jobs`.
  void run(std::uint64_t tag, std::vector<Workers::Job>& jobs) {
    while (!awaits_answer) {
      const Result<Event> event = connection.next(in, out);
      ASSERT_TRUE(event) << event.error().text();
      if (std::holds_alternative<NeedInput>(*event)) {
        return;
      }
      if (const auto* need = std::get_if<NeedAnswer>(&*event)) {
        awaits_answer = true;
        jobs.push_back({tag, need->operation});
      }
      connected |= std::holds_alternative<Connected>(*event);
    }
  }

  Connection connection;
  std::vector<std::uint8_t> storage = std::vector<std::uint8_t>(Input::least);
  Input in{storage};
  Output out;
  bool awaits_answer = false;
  bool connected = false;
  bool is_gone = false;  // it is kept only for what is being done
};

/// Clients at even places, each with its server behind it.
class Loop {
 public:
  Loop(std::size_t pairs, const Sides& sides, Workers& workers) : workers_(workers) {
    for (std::size_t i = 0; i < pairs; ++i) {
      sides_.push_back(std::make_unique<Side>(
          Connection::client(sides.client, ServerName::parse("localhost").value(), now()).value()));
      sides_.push_back(std::make_unique<Side>(Connection::server(sides.server, now()).value()));
    }
  }

  /// All sides as far as they come without an answer; what they wait for is given at once.
  void turn() {
    std::vector<Workers::Job> jobs;
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      for (std::uint64_t i = 0; i < sides_.size(); ++i) {
        if (is_here(i) && !sides_[i]->awaits_answer) {
          sides_[i]->run(i, jobs);
          has_moved |= carry(i);
        }
      }
    }
    most_at_once = std::max(most_at_once, jobs.size());
    for (const Workers::Job& job : jobs) {
      kinds.insert(job.operation->index());
    }
    workers_.give(jobs);
    under_way += jobs.size();
  }

  /// Waits until something is done, and completes what is.
  void complete() {
    ASSERT_TRUE(is_readable(workers_, 20s));
    std::vector<Workers::Done> all = workers_.take();
    under_way -= all.size();
    for (Workers::Done& done : all) {
      ASSERT_TRUE(sides_[done.tag] && sides_[done.tag]->awaits_answer);
      sides_[done.tag]->awaits_answer = false;
      if (sides_[done.tag]->is_gone) {
        sides_[done.tag].reset();
      } else {
        ASSERT_TRUE(sides_[done.tag]->connection.complete(std::move(done.answer)));
      }
    }
  }

  /// The connection ends, on both sides. Only what is being done keeps it a little longer.
  void end(std::uint64_t pair) {
    for (const std::uint64_t i : {2 * pair, 2 * pair + 1}) {
      sides_[i]->is_gone = true;
      const bool is_withdrawn = sides_[i]->awaits_answer && workers_.withdraw(i);
      under_way -= is_withdrawn ? 1 : 0;
      if (!sides_[i]->awaits_answer || is_withdrawn) {
        sides_[i].reset();
      }
    }
  }

  /// How many are kept for what is being done.
  [[nodiscard]] std::size_t kept() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sides_, [](const auto& side) { return side != nullptr && side->is_gone; }));
  }

  [[nodiscard]] std::size_t connected() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sides_, [](const auto& side) { return side != nullptr && side->connected; }));
  }

  std::size_t under_way = 0;
  std::size_t most_at_once = 0;
  std::set<std::size_t> kinds;  // of operations, by their places in `Operation`

 private:
  [[nodiscard]] bool is_here(std::uint64_t i) const { return sides_[i] && !sides_[i]->is_gone; }

  bool carry(std::uint64_t i) {
    const std::uint64_t other = i ^ 1U;
    Output& out = sides_[i]->out;
    const std::size_t taken = is_here(other) ? sides_[other]->in.append(out.pending()) : 0;
    out.consume(taken);
    return taken > 0;
  }

  Workers& workers_;
  std::vector<std::unique_ptr<Side>> sides_;
};

TEST(Workers, serve_many_connections_of_one_loop) {
  const Sides sides(everything);
  for (const std::size_t count : {1U, 3U}) {
    Workers workers = Workers::start(count).value();
    Loop loop(40, sides, workers);
    loop.turn();
    while (loop.under_way > 0 && !HasFatalFailure()) {
      loop.complete();
      loop.turn();
    }
    EXPECT_EQ(loop.connected(), 80U);
    EXPECT_GE(loop.most_at_once, 40U);
    EXPECT_EQ(loop.kinds,
              (std::set{Operation(Sign{}).index(), Operation(VerifyChain{}).index(),
                        Operation(ChooseCredential{}).index(), Operation(AgreeOnKey{}).index()}));
    EXPECT_FALSE(is_readable(workers, 0s));
  }
}

TEST(Workers, may_be_left_by_connections_that_end_while_they_wait) {
  const Sides sides(everything);
  Workers workers = Workers::start(2).value();
  Loop loop(30, sides, workers);
  loop.turn();
  for (std::uint64_t pair = 0; pair < 30; pair += 3) {
    loop.end(pair);
  }
  while (loop.under_way > 0 && !HasFatalFailure()) {
    loop.complete();
    loop.turn();
  }
  EXPECT_EQ(loop.kept(), 0U);
  EXPECT_EQ(loop.connected(), 40U);
}

TEST(Workers, may_be_left_by_all_connections_in_any_turn) {
  const Sides sides(everything);
  Workers workers = Workers::start(2).value();
  for (unsigned turns = 0; turns < 6; ++turns) {
    Loop loop(10, sides, workers);
    loop.turn();
    for (unsigned i = 0; i < turns && loop.under_way > 0; ++i) {
      loop.complete();
      loop.turn();
    }
    for (std::uint64_t pair = 0; pair < 10; ++pair) {
      loop.end(pair);
    }
    while (loop.under_way > 0 && !HasFatalFailure()) {
      loop.complete();
    }
    EXPECT_EQ(loop.kept(), 0U);
    EXPECT_FALSE(is_readable(workers, 0s));
  }
}

// ---- what is done in which order ----------------------------------------------------------------

/// A keeper of tickets with a door: who redeems one waits until it is open.
class Door final : public Tickets {
 public:
  Result<std::vector<std::uint8_t>> issue(Bytes /*session*/, UnixTime /*now*/,
                                          UnixTime /*expires*/) override {
    return fail(Reason::internal);
  }

  std::optional<SecretBytes> redeem(Bytes ticket, UnixTime /*now*/) override {
    sigset_t blocked{};
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    std::unique_lock guard(lock_);
    takes_signals_ |= sigismember(&blocked, SIGTERM) == 0;
    ++entered_;
    changed_.notify_all();
    changed_.wait(guard, [&] { return is_open_ || ticket.front() != 0; });
    order_.push_back(ticket.front());
    return std::nullopt;
  }

  void open() {
    const std::lock_guard guard(lock_);
    is_open_ = true;
    changed_.notify_all();
  }

  void await_entered(unsigned count) {
    std::unique_lock guard(lock_);
    EXPECT_TRUE(changed_.wait_for(guard, 20s, [&] { return entered_ >= count; }));
  }

  [[nodiscard]] std::vector<std::uint8_t> order() {
    const std::lock_guard guard(lock_);
    return order_;
  }

  [[nodiscard]] bool takes_signals() {
    const std::lock_guard guard(lock_);
    return takes_signals_;
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool is_open_ = false;
  bool takes_signals_ = false;
  unsigned entered_ = 0;
  std::vector<std::uint8_t> order_;
};

/// Operations that `door` sees, by numbers; number 0 waits for it to open.
class Visits {
 public:
  Visits(const std::shared_ptr<Door>& door, std::uint8_t first, std::uint8_t count) {
    for (std::uint8_t i = 0; i < count; ++i) {
      numbers_.push_back(static_cast<std::uint8_t>(first + i));
    }
    for (std::uint8_t& number : numbers_) {
      operations_.push_back(RedeemTicket{door, Bytes(&number, 1), UnixTime{1}});
      jobs_.push_back({number, &operations_.back()});
    }
  }

  [[nodiscard]] const std::vector<Workers::Job>& jobs() const { return jobs_; }

 private:
  std::vector<std::uint8_t> numbers_;
  std::deque<Operation> operations_;
  std::vector<Workers::Job> jobs_;
};

/// The tags of `count` answers, as they come.
std::vector<std::uint64_t> tags(Workers& workers, std::size_t count) {
  std::vector<std::uint64_t> all;
  while (all.size() < count && is_readable(workers, 20s)) {
    for (const Workers::Done& done : workers.take()) {
      EXPECT_TRUE(std::holds_alternative<RedeemedTicket>(done.answer));
      all.push_back(done.tag);
    }
  }
  return all;
}

TEST(Workers, begin_in_the_order_in_which_they_are_given_work) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 1, 9);
  const Visits later(door, 10, 3);
  Workers workers = Workers::start(1).value();
  workers.give(visits.jobs());
  workers.give(later.jobs());
  workers.give({});
  EXPECT_EQ(tags(workers, 12), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_TRUE(workers.take().empty());
  EXPECT_FALSE(door->takes_signals());
}

TEST(Workers, go_on_beside_one_that_takes_long) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 0, 9);
  Workers workers = Workers::start(2).value();
  workers.give(visits.jobs());
  const auto quick = tags(workers, 8);
  EXPECT_EQ(std::set<std::uint64_t>(quick.begin(), quick.end()).size(), 8U);
  EXPECT_EQ(std::ranges::count(quick, 0U), 0);
  EXPECT_FALSE(is_readable(workers, 0s));
  door->open();
  EXPECT_EQ(tags(workers, 1), std::vector<std::uint64_t>{0});
}

// ---- what nobody waits for any more -------------------------------------------------------------

TEST(Workers, do_not_begin_what_was_withdrawn) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 0, 5);
  Workers workers = Workers::start(1).value();
  workers.give(visits.jobs());
  door->await_entered(1);
  EXPECT_TRUE(workers.withdraw(4));
  EXPECT_TRUE(workers.withdraw(2));
  door->open();
  EXPECT_EQ(tags(workers, 3), (std::vector<std::uint64_t>{0, 1, 3}));
  EXPECT_EQ(door->order(), (std::vector<std::uint8_t>{0, 1, 3}));
  EXPECT_FALSE(is_readable(workers, 0s));
}

TEST(Workers, look_at_nothing_that_was_withdrawn) {
  const auto door = std::make_shared<Door>();
  const Visits first(door, 0, 1);
  auto others = std::optional<Visits>(std::in_place, door, 1, 20);
  Workers workers = Workers::start(1).value();
  workers.give(first.jobs());
  workers.give(others->jobs());
  for (std::uint64_t tag = 1; tag <= 20; ++tag) {
    EXPECT_TRUE(workers.withdraw(tag));
  }
  others.reset();
  // Its tag is free again.
  const Visits again(door, 7, 1);
  workers.give(again.jobs());
  door->open();
  EXPECT_EQ(tags(workers, 2), (std::vector<std::uint64_t>{0, 7}));
  EXPECT_EQ(door->order(), (std::vector<std::uint8_t>{0, 7}));
}

TEST(Workers, finish_and_bring_what_they_have_begun) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 0, 2);
  Workers workers = Workers::start(2).value();
  workers.give(visits.jobs());
  door->await_entered(2);
  ASSERT_TRUE(is_readable(workers, 20s));
  EXPECT_FALSE(workers.withdraw(1));  // it has been done
  EXPECT_FALSE(workers.withdraw(0));  // it is being done
  EXPECT_EQ(tags(workers, 1), std::vector<std::uint64_t>{1});
  door->open();
  EXPECT_EQ(tags(workers, 1), std::vector<std::uint64_t>{0});
}

TEST(Workers, know_how_long_the_first_has_waited) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 0, 2);
  const Visits later(door, 2, 1);
  Workers workers = Workers::start(1).value();
  EXPECT_EQ(workers.longest_wait(), 0ns);
  const auto given = std::chrono::steady_clock::now();
  workers.give(visits.jobs());
  door->await_entered(1);
  std::this_thread::sleep_for(30ms);
  const auto second_given = std::chrono::steady_clock::now();
  workers.give(later.jobs());
  auto waited = workers.longest_wait();
  EXPECT_GE(waited, 30ms);
  EXPECT_LE(waited, std::chrono::steady_clock::now() - given);
  EXPECT_TRUE(workers.withdraw(1));
  waited = workers.longest_wait();
  EXPECT_GT(waited, 0ns);
  EXPECT_LE(waited, std::chrono::steady_clock::now() - second_given);
  EXPECT_TRUE(workers.withdraw(2));
  EXPECT_EQ(workers.longest_wait(), 0ns);  // what is being done does not wait
  door->open();
  EXPECT_EQ(tags(workers, 1), std::vector<std::uint64_t>{0});
}

// ---- the end ------------------------------------------------------------------------------------

TEST(Workers, end_when_what_they_do_is_done_and_leave_the_rest) {
  const auto door = std::make_shared<Door>();
  const Visits visits(door, 0, 5);
  auto workers = std::optional(Workers::start(1).value());
  workers->give(visits.jobs());
  door->await_entered(1);
  std::atomic<bool> is_over = false;
  std::atomic<bool> has_begun = false;
  std::jthread ending([&] {
    has_begun = true;
    has_begun.notify_one();
    workers.reset();
    is_over = true;
  });
  has_begun.wait(false);
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(is_over);
  door->open();
  ending.join();
  EXPECT_EQ(door->order(), std::vector<std::uint8_t>{0});
}

TEST(Workers, end_at_once_where_nothing_is_done) {
  Workers workers = Workers::start(4).value();
  workers = Workers::start(1).value();
  Workers moved = std::move(workers);
  EXPECT_TRUE(moved.take().empty());
}

TEST(Workers, are_at_least_one) { EXPECT_FAILS(Workers::start(0), Reason::configuration_empty); }

}  // namespace
}  // namespace handfast::net
