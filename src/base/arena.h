// The memory of one handshake: FrameArena for coroutine frames, MessageStore for everything views
// point into.
#pragma once

#include "base/limits.h"
#include "base/secret.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define HANDFAST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HANDFAST_ASAN 1
#endif
#endif

#ifdef HANDFAST_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace handfast {

/// Memory for coroutine frames, last in, first out, in one slab that is part of it. What does not
/// fit comes from the heap and is counted as a spill. Frames are wiped when they go, with every
/// secret that a local or a temporary left in them, and poisoned for AddressSanitizer.
///
/// Confined: one thread at a time.
class FrameArena {
 public:
  FrameArena() { poison(slab_); }

  FrameArena(const FrameArena&) = delete;
  FrameArena& operator=(const FrameArena&) = delete;

  ~FrameArena() { unpoison(slab_); }

  /// Memory for a frame, or nullptr.
  [[nodiscard]] void* allocate(std::size_t size) noexcept {
    if (fail_after_ != 0 && --fail_after_ == 0) {
      return nullptr;
    }
    const std::size_t total = sizeof(Header) + round_up(size);
    std::uint8_t* memory = nullptr;
    const bool fits = total <= slab_.size() - used_;
    if (fits) {
      memory = slab_.data() + used_;
      used_ += total;
      peak_ = used_ > peak_ ? used_ : peak_;
      unpoison({memory, total});
    } else {
      memory = new (std::nothrow) std::uint8_t[total];
      if (memory == nullptr) {
        return nullptr;
      }
      ++spills_;
    }
    auto* header = new (memory) Header{this, total, !fits};
    return header + 1;
  }

  /// Takes back what `allocate` of any arena gave.
  static void release(void* frame) noexcept {
    Header* const header = static_cast<Header*>(frame) - 1;
    FrameArena* const arena = header->arena;
    const std::size_t total = header->total;
    const bool spilled = header->spilled;
    void* const start = header;
    const std::span<std::uint8_t> memory{static_cast<std::uint8_t*>(start), total};
    wipe(memory);
    if (spilled) {
      delete[] memory.data();
    } else {
      arena->used_ -= total;
      poison(memory);
    }
  }

  [[nodiscard]] std::size_t peak() const { return peak_; }

  [[nodiscard]] std::size_t spills() const { return spills_; }

  [[nodiscard]] std::size_t used() const { return used_; }

  /// For tests: the n-th allocation from now fails.
  void fail_after(std::size_t n) { fail_after_ = n; }

 private:
  struct alignas(16) Header {
    FrameArena* arena;
    std::size_t total;
    bool spilled;
  };

  static constexpr std::size_t round_up(std::size_t size) { return (size + 15) & ~std::size_t{15}; }

  static void poison([[maybe_unused]] std::span<std::uint8_t> memory) {
#ifdef HANDFAST_ASAN
    ASAN_POISON_MEMORY_REGION(memory.data(), memory.size());
#endif
  }

  static void unpoison([[maybe_unused]] std::span<std::uint8_t> memory) {
#ifdef HANDFAST_ASAN
    ASAN_UNPOISON_MEMORY_REGION(memory.data(), memory.size());
#endif
  }

  alignas(16) std::array<std::uint8_t, limits::frame_arena> slab_;  // not zeroed: each frame is
                                                                    // written first
  std::size_t used_ = 0;
  std::size_t peak_ = 0;
  std::size_t spills_ = 0;
  std::size_t fail_after_ = 0;
};

/// Memory that only grows until it goes: messages, and what was parsed from them, so that every
/// view into a message lives as long as its handshake. Bounded; wiped whole. What most handshakes
/// need is part of it, and only more than that comes from the heap.
///
/// Confined: one thread at a time.
class MessageStore {
 public:
  explicit MessageStore(std::size_t limit) : limit_(limit) {}

  MessageStore(const MessageStore&) = delete;
  MessageStore& operator=(const MessageStore&) = delete;

  ~MessageStore() {
    wipe(MutBytes(first_).first(first_used_));
    while (chunks_ != nullptr) {
      Chunk* const chunk = std::exchange(chunks_, chunks_->next);
      wipe(chunk->memory());
      void* const start = chunk;
      delete[] static_cast<std::uint8_t*>(start);
    }
  }

  /// `size` bytes, or an empty view when the limit is reached or memory is out. Zero bytes are a
  /// view too.
  [[nodiscard]] MutBytes allocate(std::size_t size, std::size_t alignment = 1) {
    const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    is_last_alone_ = false;
    if (start + size > room_.size()) {
      return allocate_chunk(size);
    }
    used_ = start + size;
    return room_.subspan(start, size);
  }

  /// Why `allocate` gave nothing for `size` bytes that the peer is the cause of:
  /// handshake_too_large where it has used up its share, else out_of_memory.
  [[nodiscard]] std::unexpected<Error> refusal(std::size_t size) const {
    const std::size_t left = limit_ - total_;
    return size > left ? fail_limit(Reason::handshake_too_large, left, size)
                       : fail(Reason::out_of_memory);
  }

  /// Gives back the end of the last allocation: `unused` bytes that were not needed after all.
  void shrink_last(std::size_t unused) { used_ -= is_last_alone_ ? 0 : unused; }

  /// A T that lives as long as the store, or nullptr. Nobody destroys it, so it must not need it.
  template <class T, class... A>
  [[nodiscard]] T* make(A&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    const MutBytes memory = allocate(sizeof(T), alignof(T));
    if (memory.empty()) {
      return nullptr;
    }
    void* const place = memory.data();
    return new (place) T(std::forward<A>(arguments)...);
  }

  /// `count` of them, or nothing.
  template <class T>
  [[nodiscard]] std::span<T> make_all(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    const MutBytes memory = allocate(count * sizeof(T), alignof(T));
    void* const place = memory.data();
    auto* const first = static_cast<T*>(place);
    std::uninitialized_value_construct_n(first, memory.size() / sizeof(T));
    return {first, memory.size() / sizeof(T)};
  }

  /// How many bytes it holds beside itself.
  [[nodiscard]] std::size_t held() const { return total_ - first_used_; }

 private:
  /// Stands before its bytes.
  struct alignas(16) Chunk {
    Chunk* next;
    std::size_t size;

    [[nodiscard]] MutBytes memory() {
      void* const start = this + 1;
      return {static_cast<std::uint8_t*>(start), size};
    }
  };

  static constexpr std::size_t first_size = 5U << 10;
  static constexpr std::size_t chunk_size = 12U << 10;  // of the heap: few need a second one

  MutBytes allocate_chunk(std::size_t size) {
    const std::size_t left = limit_ - total_;
    if (size > left) {
      return {};
    }
    // What is large has a chunk of its own, so that its neighbours take nothing of the limit.
    const bool is_large = size > first_size;
    const std::size_t usual = first_used_ == 0 || is_large ? first_size : chunk_size;
    const MutBytes chunk = take_chunk(std::max(size, std::min(usual, left)));
    if (chunk.empty()) {
      return {};
    }
    total_ += chunk.size();
    // What fills a chunk of its own leaves the room in the last one to others.
    is_last_alone_ = chunk.size() == size && !room_.empty();
    if (!is_last_alone_) {
      room_ = chunk;
      used_ = size;
    }
    return chunk.first(size);
  }

  MutBytes take_chunk(std::size_t size) {
    if (first_used_ == 0 && size <= first_.size()) {
      first_used_ = size;
      return MutBytes(first_).first(size);
    }
    auto* const memory = new (std::nothrow) std::uint8_t[sizeof(Chunk) + size];
    if (memory == nullptr) {
      return {};
    }
    chunks_ = new (memory) Chunk{chunks_, size};
    return chunks_->memory();
  }

  MutBytes room_;  // the chunk of which more is given
  std::size_t used_ = 0;
  Chunk* chunks_ = nullptr;  // of the heap, the newest first
  std::size_t total_ = 0;
  std::size_t limit_;
  std::size_t first_used_ = 0;
  bool is_last_alone_ = false;
  alignas(
      16) std::array<std::uint8_t, first_size> first_;  // not zeroed: wiped as far as it is used
};

}  // namespace handfast
