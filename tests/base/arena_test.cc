#include "base/arena.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

namespace {

/// One array of the heap that is looked at in the moment before it goes.
struct Watch {
  void* array = nullptr;
  std::size_t size = 0;
  std::size_t left = 0;   ///< bytes that were not zero
  std::size_t start = 0;  ///< where to look, from the beginning of the array
};

Watch watch;

void look(void* array) {
  if (array == nullptr || array != watch.array) {
    return;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(array) + watch.start;
  watch.left = static_cast<std::size_t>(
      std::count_if(bytes, bytes + watch.size, [](std::uint8_t byte) { return byte != 0; }));
}

}  // namespace

// The whole program's arrays pass through here, so that memory that is given back can be seen.
void* operator new[](std::size_t size) {
  void* const array = std::malloc(size);
  if (array == nullptr) {
    throw std::bad_alloc();
  }
  return array;
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }

void operator delete[](void* array) noexcept {
  look(array);
  std::free(array);
}

void operator delete[](void* array, std::size_t) noexcept {
  look(array);
  std::free(array);
}

namespace handfast {
namespace {

std::uint8_t* bytes_of(void* memory) { return static_cast<std::uint8_t*>(memory); }

// ---- FrameArena ---------------------------------------------------------------------------------

TEST(FrameArena, gives_aligned_memory_one_frame_above_the_other) {
  FrameArena arena;
  void* const first = arena.allocate(1);
  void* const second = arena.allocate(100);
  void* const third = arena.allocate(16);
  for (void* const frame : {first, second, third}) {
    EXPECT_EQ(std::bit_cast<std::uintptr_t>(frame) % 16, 0U);
  }
  EXPECT_LT(bytes_of(first), bytes_of(second));
  EXPECT_GE(bytes_of(third), bytes_of(second) + 100);
  EXPECT_EQ(arena.spills(), 0U);
  FrameArena::release(third);
  FrameArena::release(second);
  FrameArena::release(first);
  EXPECT_EQ(arena.used(), 0U);
}

TEST(FrameArena, uses_memory_again_that_came_back) {
  FrameArena arena;
  void* const first = arena.allocate(200);
  FrameArena::release(first);
  void* const second = arena.allocate(100);
  EXPECT_EQ(second, first);
  FrameArena::release(second);
}

TEST(FrameArena, remembers_the_most_that_was_in_use) {
  FrameArena arena;
  void* const first = arena.allocate(1000);
  void* const second = arena.allocate(1000);
  const std::size_t most = arena.used();
  FrameArena::release(second);
  FrameArena::release(first);
  void* const third = arena.allocate(8);
  EXPECT_EQ(arena.peak(), most);
  EXPECT_GE(most, 2000U);
  FrameArena::release(third);
}

TEST(FrameArena, takes_what_does_not_fit_from_the_heap_and_counts_it) {
  FrameArena arena;
  void* const big = arena.allocate(limits::frame_arena);
  ASSERT_NE(big, nullptr);
  EXPECT_EQ(arena.spills(), 1U);
  EXPECT_EQ(arena.used(), 0U);
  std::fill_n(bytes_of(big), limits::frame_arena, std::uint8_t{1});
  void* const small = arena.allocate(64);
  EXPECT_EQ(arena.spills(), 1U) << "the slab still serves what fits";
  FrameArena::release(small);
  FrameArena::release(big);
}

TEST(FrameArena, fills_its_slab_to_the_last_byte) {
  FrameArena arena;
  void* const probe = arena.allocate(16);
  const std::size_t header = arena.used() - 16;
  FrameArena::release(probe);
  void* const all = arena.allocate(limits::frame_arena - header);
  EXPECT_EQ(arena.spills(), 0U);
  EXPECT_EQ(arena.used(), limits::frame_arena);
  void* const more = arena.allocate(1);
  EXPECT_EQ(arena.spills(), 1U);
  FrameArena::release(more);
  FrameArena::release(all);
}

TEST(FrameArena, fails_when_told_to) {
  FrameArena arena;
  arena.fail_after(2);
  void* const first = arena.allocate(8);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(arena.allocate(8), nullptr);
  void* const third = arena.allocate(8);
  EXPECT_NE(third, nullptr) << "it fails once";
  FrameArena::release(third);
  FrameArena::release(first);
}

TEST(FrameArena, wipes_a_spilled_frame_before_it_goes) {
  FrameArena arena;
  const std::size_t size = limits::frame_arena;
  auto* const frame = bytes_of(arena.allocate(size));
  std::fill_n(frame, size, std::uint8_t{0xa7});
  watch = {frame - 32, size, size};  // the header of 32 bytes comes before the frame
  FrameArena::release(frame);
  EXPECT_EQ(watch.left, 0U);
  watch = {};
}

#ifdef HANDFAST_ASAN
TEST(FrameArena, poisons_what_is_not_in_use) {
  FrameArena arena;
  auto* const frame = bytes_of(arena.allocate(64));
  EXPECT_FALSE(__asan_address_is_poisoned(frame));
  EXPECT_FALSE(__asan_address_is_poisoned(frame + 63));
  EXPECT_TRUE(__asan_address_is_poisoned(frame + 64));
  FrameArena::release(frame);
  EXPECT_TRUE(__asan_address_is_poisoned(frame));
}
#else
TEST(FrameArena, wipes_a_frame_when_it_comes_back) {
  FrameArena arena;
  auto* const frame = bytes_of(arena.allocate(64));
  std::fill_n(frame, 64, std::uint8_t{0xa7});
  FrameArena::release(frame);
  const volatile std::uint8_t* const left = frame;
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(left[i], 0) << i;
  }
}
#endif

// ---- MessageStore -------------------------------------------------------------------------------

TEST(MessageStore, keeps_what_it_gave) {
  MessageStore store(limits::said_arena);
  const MutBytes first = store.allocate(100);
  std::ranges::fill(first, std::uint8_t{1});
  const MutBytes second = store.allocate(20'000);
  std::ranges::fill(second, std::uint8_t{2});
  const MutBytes third = store.allocate(100);
  std::ranges::fill(third, std::uint8_t{3});
  EXPECT_TRUE(std::ranges::all_of(first, [](std::uint8_t byte) { return byte == 1; }));
  EXPECT_TRUE(std::ranges::all_of(second, [](std::uint8_t byte) { return byte == 2; }));
  EXPECT_EQ(third.size(), 100U);
}

TEST(MessageStore, gives_no_more_than_its_limit) {
  MessageStore store(64U << 10);
  std::size_t given = 0;
  for (;;) {
    const MutBytes memory = store.allocate(1000);
    if (memory.empty()) {
      break;
    }
    given += memory.size();
    ASSERT_LE(given, 64U << 10);
  }
  EXPECT_LE(store.held(), 64U << 10);
  EXPECT_GE(given, 56U << 10) << "little is wasted";
  EXPECT_TRUE(store.allocate(64U << 10).empty());
}

TEST(MessageStore, refuses_one_allocation_beyond_its_limit) {
  MessageStore store(20'000);
  EXPECT_TRUE(store.allocate(20'001).empty());
  EXPECT_EQ(store.held(), 0U);
  EXPECT_EQ(store.allocate(20'000).size(), 20'000U);
}

TEST(MessageStore, takes_back_the_end_of_the_last_allocation) {
  MessageStore store(limits::said_arena);
  const MutBytes first = store.allocate(1000);
  store.shrink_last(900);
  const MutBytes second = store.allocate(10);
  EXPECT_EQ(second.data(), first.data() + 100);
}

struct alignas(16) Aligned {
  std::uint64_t a = 7;
  std::uint64_t b = 8;
};

TEST(MessageStore, makes_objects_where_they_may_stand) {
  MessageStore store(limits::said_arena);
  static_cast<void>(store.allocate(3));
  const auto* object = store.make<Aligned>();
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(std::bit_cast<std::uintptr_t>(object) % 16, 0U);
  EXPECT_EQ(object->a + object->b, 15U);
}

TEST(MessageStore, makes_nothing_where_there_is_no_room) {
  MessageStore store(1);
  EXPECT_EQ(store.make<Aligned>(), nullptr);
}

TEST(MessageStore, takes_nothing_from_the_heap_for_little) {
  MessageStore store(limits::said_arena);
  const MutBytes little = store.allocate(4000);
  EXPECT_EQ(store.held(), 0U);
  const MutBytes more = store.allocate(4000);
  EXPECT_GE(store.held(), 4000U);
  std::ranges::fill(little, std::uint8_t{1});
  std::ranges::fill(more, std::uint8_t{2});
  EXPECT_EQ(little.back(), 1);
}

TEST(MessageStore, wipes_what_is_part_of_it) {
  std::optional<MessageStore> store;
  store.emplace(limits::said_arena);
  const MutBytes memory = store->allocate(100);
  std::ranges::fill(memory, std::uint8_t{0xa7});
  const volatile std::uint8_t* const left = memory.data();
  store.reset();
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(left[i], 0) << i;
  }
}

TEST(MessageStore, wipes_everything_before_it_goes) {
  std::optional<MessageStore> store;
  store.emplace(limits::said_arena);
  const MutBytes memory = store->allocate(10'000);
  std::ranges::fill(memory, std::uint8_t{0xa7});
  watch = {memory.data() - 16, memory.size(), memory.size(), 16};  // a header comes before it
  store.reset();
  EXPECT_EQ(watch.left, 0U);
  watch = {};
}

}  // namespace
}  // namespace handfast
