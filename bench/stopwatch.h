// Stopwatch: processor time of this thread, which others on the machine cannot add to.
#pragma once

#include <ctime>

namespace handfast::bench {

/// Sums up the time between `start` and `stop`, in seconds, less what it takes to ask the clock.
class Stopwatch {
 public:
  void start() { started_ = now(); }

  void stop() { total_ += now() - started_ - cost(); }

  [[nodiscard]] double total() const { return total_; }

 private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  /// Half a microsecond where the system is asked: as much as a record.
  static double cost() {
    static const double measured = [] {
      constexpr int rounds = 1000;
      const double begin = now();
      for (int i = 1; i < rounds; ++i) {
        now();
      }
      return (now() - begin) / rounds;
    }();
    return measured;
  }

  double started_ = 0;
  double total_ = 0;
};

}  // namespace handfast::bench
