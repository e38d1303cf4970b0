// The statements in which co_await may stand, under every compiler and at every level of
// optimisation: g++ 12 is known to destroy twice, or never to enter, what is written otherwise.
// Every value that goes through them checks that it is where it was made.
#include "handshake/task.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::handshake {
namespace {

/// Knows its own address, and how many of its kind are alive.
class Witness {
 public:
  explicit Witness(int value) : value_(value), self_(this) { ++alive; }

  Witness(const Witness& other) : Witness(other.value()) {}

  Witness(Witness&& other) noexcept : Witness(other.value()) { other.value_ = moved_from; }

  Witness& operator=(const Witness& other) {
    value_ = other.value();
    return *this;
  }

  Witness& operator=(Witness&& other) noexcept {
    value_ = std::exchange(other.value_, moved_from);
    return *this;
  }

  ~Witness() {
    check();
    self_ = nullptr;
    --alive;
  }

  [[nodiscard]] int value() const {
    check();
    return value_;
  }

  inline static int alive = 0;
  inline static int strays = 0;  ///< objects found elsewhere than they were made, or dead

  static constexpr int moved_from = -1;

 private:
  void check() const {
    if (self_ != this) {
      ++strays;
    }
  }

  int value_;
  const Witness* self_;
};

/// Drives one chain of coroutines, whose awaits go on at once, park, or fail.
class Lab : public Driver {
 public:
  Lab(bool parks, int fails_at) : parks_(parks), fails_at_(fails_at) {}

  FrameArena& frame_arena() { return frames_; }

  void note(const Witness& witness) { log.push_back(witness.value()); }

  void note(int value) { log.push_back(value); }

  struct TakeLeaf {
    Lab* lab;
    int value;
    bool fails = false;

    bool await_ready() {
      fails = ++lab->awaits == lab->fails_at_;
      return !lab->parks_ && !fails;
    }

    void park(PromiseBase& promise) const {
      if (fails) {
        lab->fail_at(promise, Error{.reason = Reason::aborted});
      } else {
        lab->park(promise, Want::read);
      }
    }

    [[nodiscard]] Witness await_resume() const { return Witness(value); }
  };

  TakeLeaf take(int value) { return {this, value}; }

  /// A Result, which fails in its turn as a leaf would.
  Result<Witness> make(int value) {
    if (++awaits == fails_at_) {
      return fail(Reason::aborted);
    }
    return Witness(value);
  }

  Result<> accept(const Witness& witness) {
    note(witness);
    return ++awaits == fails_at_ ? Result<>(fail(Reason::aborted)) : Result<>();
  }

  std::vector<int> log;
  int awaits = 0;

 private:
  bool parks_;
  int fails_at_;
  FrameArena frames_;
};

// ---- the four statements, over the four things that can be awaited ------------------------------

Task<Witness> child(Lab& lab, int value) {
  const Witness before = co_await lab.take(value);
  lab.note(before);
  co_return co_await lab.take(value + 1);
}

Task<Witness> child_of_result(Lab& lab, int value) { co_return co_await lab.make(value); }

Task<Witness> grandchild(Lab& lab, int value) { co_return co_await child(lab, value); }

Task<> idle_child(Lab& lab) {
  lab.note(7);
  co_return;
}

Task<> discards(Lab& lab) {
  co_await lab.take(1);
  co_await lab.make(2);
  co_await child(lab, 3);
  co_await idle_child(lab);
  lab.note(6);
}

Task<> binds(Lab& lab) {
  const Witness leaf = co_await lab.take(1);
  const Witness result = co_await lab.make(2);
  const Witness task = co_await child(lab, 3);
  const auto deduced = co_await grandchild(lab, 6);
  lab.note(leaf);
  lab.note(result);
  lab.note(task);
  lab.note(deduced);
}

Task<> assigns(Lab& lab) {
  Witness one(0);
  std::pair<Witness, Witness> two = {Witness(0), Witness(0)};
  one = co_await lab.take(1);
  lab.note(one);
  one = co_await lab.make(2);
  lab.note(one);
  two.second = co_await child(lab, 3);
  lab.note(two.second);
  two.first = co_await grandchild(lab, 4);
  lab.note(two.first);
}

Task<> returns(Lab& lab) {
  const Witness task = co_await grandchild(lab, 1);
  const Witness result = co_await child_of_result(lab, 3);
  lab.note(task);
  lab.note(result);
}

// ---- where they may stand -----------------------------------------------------------------------

Task<> branches(Lab& lab) {
  const Witness named(10);
  for (int i = 0; i < 4; ++i) {
    if (i % 2 == 0) {
      co_await lab.take(i);
    } else {
      const Witness odd = co_await lab.take(i);
      lab.note(odd);
    }
    switch (i) {
      case 0: co_await lab.accept(named); break;
      case 1: {
        const Witness one = co_await child(lab, 11);
        lab.note(one);
        break;
      }
      default: co_await idle_child(lab);
    }
  }
}

// No local variable in the outermost block: g++ 12 would not enter it, were the await in the
// header.
Task<> loops(Lab& lab) {
  for (const int i : {1, 2, 3}) {
    const Witness item = co_await lab.take(i);
    lab.note(item);
  }
}

Task<> waits_in_while(Lab& lab) {
  int left = 3;
  while (left > 0) {
    const Witness taken = co_await lab.take(1);
    left -= taken.value();
    lab.note(left);
  }
}

Task<> shadows_by_scope(Lab& lab) {
  const Witness outer = co_await lab.take(1);
  {
    const Witness inner = co_await lab.take(2);
    lab.note(inner);
  }
  lab.note(outer);
  const Witness& alias = outer;
  const Witness* pointer = &outer;
  co_await lab.take(3);
  lab.note(alias);
  lab.note(*pointer);
}

Task<> is_deep(Lab& lab) {
  for (int i = 0; i < 200; ++i) {
    const Witness deep = co_await grandchild(lab, i);
    if (i == 199) {
      lab.note(deep);
    }
  }
  lab.log.erase(lab.log.begin(), lab.log.end() - 1);
}

// ---- the tests ----------------------------------------------------------------------------------

struct Form {
  const char* name;
  Task<> (*coroutine)(Lab&);
  std::vector<int> log;
};

class EachForm : public testing::TestWithParam<Form> {
 protected:
  void SetUp() override { Witness::alive = Witness::strays = 0; }

  void TearDown() override {
    EXPECT_EQ(Witness::alive, 0) << "destroyed twice, or never";
    EXPECT_EQ(Witness::strays, 0) << "moved behind its back, or used after its end";
  }

  /// Runs the form to its end, or until it has parked `most` times.
  void run(Lab& lab, unsigned most = 1'000'000) {
    const Task<> task = GetParam().coroutine(lab);
    task.promise()->driver = &lab;
    lab.run(*task.promise());
    for (parked = 0; lab.want() == Want::read && parked < most; ++parked) {
      lab.run(*lab.leaf());
    }
  }

  unsigned parked = 0;
};

TEST_P(EachForm, goes_straight_through) {
  Lab lab(false, 0);
  run(lab);
  EXPECT_EQ(lab.want(), Want::done);
  EXPECT_EQ(lab.log, GetParam().log);
  EXPECT_EQ(lab.frame_arena().used(), 0U);
}

TEST_P(EachForm, goes_on_where_it_parked) {
  Lab lab(true, 0);
  run(lab);
  EXPECT_GT(parked, 0U);
  EXPECT_EQ(lab.want(), Want::done);
  EXPECT_EQ(lab.log, GetParam().log);
  EXPECT_EQ(lab.frame_arena().used(), 0U);
}

TEST_P(EachForm, may_be_killed_wherever_it_parks) {
  for (unsigned steps = 0;; ++steps) {
    Lab lab(true, 0);
    run(lab, steps);
    EXPECT_EQ(lab.frame_arena().used(), 0U);
    EXPECT_EQ(Witness::alive, 0) << "after " << steps << " steps";
    if (lab.want() == Want::done) {
      break;
    }
  }
}

TEST_P(EachForm, may_fail_at_every_await) {
  for (const bool parks : {false, true}) {
    for (int n = 1;; ++n) {
      Lab lab(parks, n);
      run(lab);
      EXPECT_EQ(lab.frame_arena().used(), 0U);
      EXPECT_EQ(Witness::alive, 0) << "failed at await " << n;
      if (lab.want() == Want::done) {
        EXPECT_EQ(lab.awaits, n - 1);
        break;
      }
      ASSERT_EQ(lab.want(), Want::failed);
      EXPECT_EQ(lab.error().reason, Reason::aborted);
    }
  }
}

TEST_P(EachForm, may_lack_memory_for_every_frame) {
  for (std::size_t n = 1;; ++n) {
    Lab lab(true, 0);
    lab.frame_arena().fail_after(n + 1);  // the first is the form itself
    run(lab);
    EXPECT_EQ(Witness::alive, 0) << "without frame " << n;
    if (lab.want() == Want::done) {
      break;
    }
    ASSERT_EQ(lab.want(), Want::failed);
    EXPECT_EQ(lab.error().reason, Reason::out_of_memory);
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, EachForm,
                         testing::Values(Form{"discards", discards, {3, 7, 6}},
                                         Form{"binds", binds, {3, 6, 1, 2, 4, 7}},
                                         Form{"assigns", assigns, {1, 2, 3, 4, 4, 5}},
                                         Form{"returns", returns, {1, 2, 3}},
                                         Form{"branches", branches, {10, 1, 11, 12, 7, 3, 7}},
                                         Form{"loops", loops, {1, 2, 3}},
                                         Form{"waits_in_while", waits_in_while, {2, 1, 0}},
                                         Form{"shadows_by_scope", shadows_by_scope, {2, 1, 1, 1}},
                                         Form{"is_deep", is_deep, {200}}),
                         [](const auto& form) { return std::string(form.param.name); });

}  // namespace
}  // namespace handfast::handshake
