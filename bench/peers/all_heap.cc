#include "bench/peers/all_heap.h"

#include <cerrno>
#include <cstddef>

#include <malloc.h>

// The names under which glibc has its own once somebody else is malloc.
extern "C" {
void* __libc_malloc(std::size_t size);                           // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);        // NOLINT
void* __libc_realloc(void* memory, std::size_t size);            // NOLINT
void* __libc_memalign(std::size_t alignment, std::size_t size);  // NOLINT
void __libc_free(void* memory);                                  // NOLINT
}

namespace handfast::bench {
namespace {

constinit AllHeap* counted = nullptr;

void* note(void* memory) {
  if (counted != nullptr && memory != nullptr) {
    counted->bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
    ++counted->allocations;
  }
  return memory;
}

void forget(void* memory) {
  if (counted != nullptr && memory != nullptr) {
    counted->bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  }
}

}  // namespace

CountingAll::CountingAll(AllHeap& heap) { counted = &heap; }

CountingAll::~CountingAll() { counted = nullptr; }

}  // namespace handfast::bench

using handfast::bench::forget;
using handfast::bench::note;

extern "C" {

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names of ours

void* malloc(std::size_t size) { return note(__libc_malloc(size)); }

void* calloc(std::size_t count, std::size_t size) { return note(__libc_calloc(count, size)); }

void* realloc(void* memory, std::size_t size) {
  forget(memory);
  return note(__libc_realloc(memory, size));
}

void* memalign(std::size_t alignment, std::size_t size) {
  return note(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return note(__libc_memalign(alignment, size));
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = note(__libc_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) {
  forget(memory);
  __libc_free(memory);
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
}
