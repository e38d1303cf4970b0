// Workers: a queue of jobs, a heap of answers, and threads between the two.
#include "handfast/workers.h"

#include "handfast/net.h"

#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace handfast::net {

/// What the loop and the threads share.
struct Workers::Hall {
  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Job job;
    Clock::time_point since;
  };

  Hall() = default;
  Hall(const Hall&) = delete;
  Hall& operator=(const Hall&) = delete;

  ~Hall() {
    {
      const std::lock_guard guard(lock);
      is_closed = true;
    }
    changed.notify_all();
    for (const pthread_t thread : threads) {
      pthread_join(thread, nullptr);
    }
  }

  static void* enter(void* hall) {
    static_cast<Hall*>(hall)->work();
    return nullptr;
  }

  void work() {
    std::unique_lock guard(lock);
    for (;;) {
      changed.wait(guard, [this] { return is_closed || !waiting.empty(); });
      if (is_closed) {
        return;
      }
      const Job job = waiting.front().job;
      by_tag.erase(job.tag);
      waiting.pop_front();
      guard.unlock();
      Answer made = answer(*job.operation);
      guard.lock();
      done.push_back({job.tag, std::move(made)});
      if (done.size() == 1) {  // nobody has been woken for those that are there
        wake();
      }
    }
  }

  void wake() const {
    const std::uint64_t one = 1;
    // It fails only where it would be for the 2^64th time without a `take`.
    std::ignore = ::write(bell.number(), &one, sizeof one);
  }

  void quiet() const {
    std::uint64_t count = 0;
    std::ignore = ::read(bell.number(), &count, sizeof count);
  }

  Descriptor bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::vector<pthread_t> threads;

  std::mutex lock;  // of all that follows
  std::condition_variable changed;
  std::list<Waiting> waiting;  // in the order in which they begin
  std::unordered_map<std::uint64_t, std::list<Waiting>::iterator> by_tag;  // of those
  std::vector<Done> done;
  bool is_closed = false;
};

Result<Workers> Workers::start(std::size_t count) {
  if (count == 0) {
    return fail(Reason::configuration_empty);
  }
  auto hall = std::make_unique<Hall>();
  bool is_ready = static_cast<bool>(hall->bell);
  // Signals are for the loop: what a thread inherits is that it takes none.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (is_ready && hall->threads.size() < count) {
    pthread_t thread{};
    is_ready = pthread_create(&thread, nullptr, Hall::enter, hall.get()) == 0;
    if (is_ready) {
      pthread_setname_np(thread, "worker");  // for who looks at them
      hall->threads.push_back(thread);
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return is_ready ? Result<Workers>(Workers(std::move(hall))) : fail(Reason::out_of_memory);
}

Workers::Workers(std::unique_ptr<Hall> hall) : hall_(std::move(hall)) {}

Workers::Workers(Workers&&) noexcept = default;
Workers& Workers::operator=(Workers&&) noexcept = default;
Workers::~Workers() = default;

void Workers::give(std::span<const Job> jobs) {
  const auto now = Hall::Clock::now();
  {
    const std::lock_guard guard(hall_->lock);
    for (const Job& job : jobs) {
      hall_->by_tag[job.tag] = hall_->waiting.insert(hall_->waiting.end(), {job, now});
    }
  }
  if (jobs.size() == 1) {
    hall_->changed.notify_one();
  } else if (!jobs.empty()) {
    hall_->changed.notify_all();
  }
}

bool Workers::withdraw(std::uint64_t tag) {
  const std::lock_guard guard(hall_->lock);
  const auto found = hall_->by_tag.find(tag);
  if (found == hall_->by_tag.end()) {
    return false;
  }
  hall_->waiting.erase(found->second);
  hall_->by_tag.erase(found);
  return true;
}

std::chrono::steady_clock::duration Workers::longest_wait() const {
  const std::lock_guard guard(hall_->lock);
  return hall_->waiting.empty() ? Hall::Clock::duration::zero()
                                : Hall::Clock::now() - hall_->waiting.front().since;
}

std::vector<Workers::Done> Workers::take() {
  hall_->quiet();  // first: what is done from here on rings again
  const std::lock_guard guard(hall_->lock);
  return std::exchange(hall_->done, {});
}

int Workers::descriptor() const { return hall_->bell.number(); }

}  // namespace handfast::net
