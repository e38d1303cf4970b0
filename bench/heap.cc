#include "bench/heap.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

#include <openssl/crypto.h>

namespace handfast::bench {
namespace {

constinit Heap* counted = nullptr;

std::int64_t size_of(void* memory) { return static_cast<std::int64_t>(malloc_usable_size(memory)); }

void* note(Tally Heap::* side, void* memory) {
  if (counted != nullptr && memory != nullptr) {
    (counted->*side).bytes += size_of(memory);
    ++(counted->*side).allocations;
  }
  return memory;
}

void forget(Tally Heap::* side, void* memory) {
  if (counted != nullptr && memory != nullptr) {
    (counted->*side).bytes -= size_of(memory);
  }
}

void* crypto_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  return note(&Heap::libcrypto, std::malloc(size));
}

void* crypto_realloc(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
  forget(&Heap::libcrypto, memory);
  return note(&Heap::libcrypto, std::realloc(memory, size));
}

void crypto_free(void* memory, const char* /*file*/, int /*line*/) {
  forget(&Heap::libcrypto, memory);
  std::free(memory);
}

}  // namespace

Counting::Counting(Heap& heap) { counted = &heap; }

Counting::~Counting() { counted = nullptr; }

bool watch_libcrypto() {
  return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  void* const memory =
      alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
          ? std::malloc(size)
          : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return note(&Heap::own, memory);
}

void release(void* memory) {
  forget(&Heap::own, memory);
  std::free(memory);
}

}  // namespace
}  // namespace handfast::bench

// The forms that all others call.
void* operator new(std::size_t size) {
  return handfast::bench::allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return handfast::bench::allocate(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept { handfast::bench::release(memory); }

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  handfast::bench::release(memory);
}

void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  handfast::bench::release(memory);
}

void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  handfast::bench::release(memory);
}
