// Counts what a thread asks of the heap: replaces operator new and delete for a whole program, so
// one file of it includes this.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace handfast::test {

/// How often this thread has asked.
inline thread_local constinit std::size_t allocations = 0;

inline void* allocate_counted(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size != 0 ? size : 1);
}

inline void* allocate_counted_or_throw(std::size_t size) {
  if (void* memory = allocate_counted(size)) {
    return memory;
  }
  throw std::bad_alloc();
}

}  // namespace handfast::test

// All that is not over-aligned, so that no allocator of another kind frees what one of these took.
void* operator new(std::size_t size) { return handfast::test::allocate_counted_or_throw(size); }

void* operator new[](std::size_t size) { return handfast::test::allocate_counted_or_throw(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return handfast::test::allocate_counted(size);
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return handfast::test::allocate_counted(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete[](void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
