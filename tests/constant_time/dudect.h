// Whether what goes in can be told from how long it takes, by Welch's t-test: the method of
// Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017).
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace handfast::test {

/// Above this |t| two classes of inputs count as told apart: chance alone gives it once in 100,000
/// comparisons.
inline constexpr double t_limit = 4.5;

/// Mean and variance of what is added, by Welford's way.
class Moments {
 public:
  void add(double value) {
    count_ += 1;
    const double before = value - mean_;
    mean_ += before / count_;
    squares_ += before * (value - mean_);
  }

  /// Welch's t of two classes; 0 where there is too little of either.
  [[nodiscard]] static double t(const Moments& a, const Moments& b) {
    if (a.count_ < 2 || b.count_ < 2) {
      return 0;
    }
    const double spread = a.variance() / a.count_ + b.variance() / b.count_;
    return spread > 0 ? (a.mean_ - b.mean_) / std::sqrt(spread) : 0;
  }

  [[nodiscard]] double mean() const { return mean_; }

 private:
  [[nodiscard]] double variance() const { return squares_ / (count_ - 1); }

  double count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

/// Ticks of the processor's clock, or nanoseconds.
inline std::uint64_t ticks() {
#ifdef __x86_64__
  unsigned unused = 0;
  const std::uint64_t now = __builtin_ia32_rdtscp(&unused);
  __builtin_ia32_lfence();
  return now;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Runs all classes in random order, and compares the first with each of the others.
class Dudect {
 public:
  explicit Dudect(std::size_t classes, std::uint64_t seed = 1) : random_(seed), times_(classes) {}

  /// `prepare(class)` is not measured, and `run()` is; `samples` times a class, about.
  template <class Prepare, class Run>
  void measure(std::size_t samples, Prepare prepare, Run run) {
    std::uniform_int_distribution<std::size_t> pick(0, times_.size() - 1);
    for (std::size_t i = 0; i < samples * times_.size(); ++i) {
      const std::size_t which = pick(random_);
      prepare(which);
      const std::uint64_t start = ticks();
      run();
      times_[which].push_back(static_cast<float>(ticks() - start));
    }
  }

  /// The largest |t| between two classes: of all times, and of those below some bounds, since what
  /// interrupts a program makes a few of them long whatever goes in.
  [[nodiscard]] double t(std::size_t one, std::size_t other) const {
    std::vector<float> both = times_[one];
    both.insert(both.end(), times_[other].begin(), times_[other].end());
    std::ranges::sort(both);
    double largest = 0;
    for (const double part : {0.5, 0.9, 0.99, 1.0}) {
      const auto place = static_cast<std::size_t>(part * static_cast<double>(both.size() - 1));
      const float bound = both[place];
      largest = std::max(largest, std::abs(Moments::t(moments(one, bound), moments(other, bound))));
    }
    return largest;
  }

  /// The median time of a class.
  [[nodiscard]] double median(std::size_t one) const {
    std::vector<float> times = times_[one];
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return static_cast<double>(*middle);
  }

  [[nodiscard]] std::size_t samples(std::size_t one) const { return times_[one].size(); }

 private:
  [[nodiscard]] Moments moments(std::size_t one, float bound) const {
    Moments result;
    for (const float time : times_[one]) {
      if (time <= bound) {
        result.add(static_cast<double>(time));
      }
    }
    return result;
  }

  std::mt19937_64 random_;
  std::vector<std::vector<float>> times_;
};

}  // namespace handfast::test
