#include "handfast/current.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace handfast {
namespace {

// Both halves are of one making, and whoever sees them differ sees parts of two.
struct Pair {
  explicit Pair(int number) : first(number), second(number) {}

  int first;
  int second;
};

TEST(Current, gives_what_was_put_last) {
  Current<Pair> current(std::make_shared<const Pair>(1));
  EXPECT_EQ(current.load()->first, 1);
  current.replace(std::make_shared<const Pair>(2));
  EXPECT_EQ(current.load()->first, 2);
  current.replace(nullptr);
  EXPECT_EQ(current.load(), nullptr);
}

TEST(Current, leaves_to_everybody_what_he_took) {
  Current<Pair> current(std::make_shared<const Pair>(1));
  const std::shared_ptr<const Pair> taken = current.load();
  const std::weak_ptr<const Pair> seen = taken;
  current.replace(std::make_shared<const Pair>(2));
  EXPECT_EQ(taken->first, 1);
  EXPECT_EQ(seen.use_count(), 1) << "nobody else keeps it";
}

TEST(Current, releases_what_nobody_has_any_more) {
  auto first = std::make_shared<const Pair>(1);
  const std::weak_ptr<const Pair> seen = first;
  Current<Pair> current(std::move(first));
  current.replace(std::make_shared<const Pair>(2));
  EXPECT_TRUE(seen.expired());
}

// Asks what counts when it goes away, as something with a lock of its own might.
struct Asking {
  ~Asking() { asked += current == nullptr || current->load() != nullptr ? 1 : 0; }

  static inline int asked = 0;
  Current<Asking>* current = nullptr;
};

TEST(Current, is_open_to_what_it_releases) {
  auto first = std::make_shared<Asking>();
  Current<Asking> current(nullptr);
  first->current = &current;
  current.replace(std::move(first));
  current.replace(std::make_shared<Asking>());
  EXPECT_EQ(Asking::asked, 1);
}

TEST(Current, is_whole_for_threads_while_it_is_replaced) {
  constexpr int last = 20'000;
  Current<Pair> current(std::make_shared<const Pair>(0));
  std::atomic<int> torn = 0;
  std::atomic<int> backwards = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (int before = 0; before < last;) {
        const std::shared_ptr<const Pair> taken = current.load();
        torn += taken->first != taken->second ? 1 : 0;
        backwards += taken->first < before ? 1 : 0;
        before = taken->first;
      }
    });
  }
  for (int number = 1; number <= last; ++number) {
    current.replace(std::make_shared<const Pair>(number));
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(backwards, 0);
}

}  // namespace
}  // namespace handfast
