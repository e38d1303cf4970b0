// Remains: what a secret leaves behind in memory that was given back.
//
// Replaces operator new and delete: include it in one file of a test program at most.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

#include <malloc.h>

namespace handfast::test {

/// While it lives, looks through every block of memory that this thread gives back.
class Remains {
 public:
  explicit Remains(std::string_view secret) {
    secret_ = secret;
    found_ = 0;
  }

  Remains(const Remains&) = delete;
  Remains& operator=(const Remains&) = delete;

  ~Remains() { secret_ = {}; }

  /// In how many blocks the secret still stood.
  [[nodiscard]] std::size_t found() const { return found_; }

  static void look_into(void* memory) {
    if (memory == nullptr || secret_.empty()) {
      return;
    }
    const std::string_view block(static_cast<const char*>(memory), malloc_usable_size(memory));
    if (block.find(secret_) != std::string_view::npos) {
      ++found_;
    }
  }

 private:
  static inline thread_local constinit std::string_view secret_;
  static inline thread_local constinit std::size_t found_ = 0;
};

}  // namespace handfast::test

// All that is not over-aligned, so that no allocator of another kind frees what one of these took.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size != 0 ? size : 1);
}

void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) {
    return memory;
  }
  throw std::bad_alloc();
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}

void* operator new[](std::size_t size) { return operator new(size); }

void operator delete(void* memory) noexcept {
  handfast::test::Remains::look_into(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

void operator delete[](void* memory) noexcept { operator delete(memory); }

void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }
