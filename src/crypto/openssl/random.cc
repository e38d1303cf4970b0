#include "crypto/random.h"

#include "base/secret.h"
#include "crypto/openssl/provider.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <openssl/rand.h>

namespace handfast::crypto {
namespace {

Result<> draw(MutBytes out) {
  const openssl::QuietErrors quiet;
  // Strength 0 asks for what the generator has by itself: 256 bits.
  if (RAND_bytes_ex(nullptr, out.data(), out.size(), 0) != 1) {
    wipe(out);
    return fail(Reason::random_failed);
  }
  return {};
}

#ifdef MADV_WIPEONFORK

/// Bytes that a thread has drawn ahead: asking libcrypto's generator takes longer than what it then
/// does. They lie where a child process finds zeros, and so none: no two processes hand out the
/// same. What was handed out is overwritten.
struct DrawnAhead {
  static constexpr std::size_t most = 512;  // that is taken at once: as much as a hello needs

  std::size_t left;                      ///< of `bytes`, from the first on
  std::uint8_t is_own;                   ///< 0 in a child process
  std::array<std::uint8_t, 4080> bytes;  ///< which fill a page with what is above
};

/// Memory for it that child processes find empty; nullptr: there is none.
DrawnAhead* map_emptied_on_fork() {
  constexpr std::size_t size = sizeof(DrawnAhead);
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return nullptr;
  }
  // Linux before 4.14 does not know the advice; some emulators take any advice and do nothing.
  constexpr int no_advice = -1;
  if (madvise(memory, size, no_advice) == 0 || madvise(memory, size, MADV_WIPEONFORK) != 0) {
    munmap(memory, size);
    return nullptr;
  }
  static_cast<void>(madvise(memory, size, MADV_DONTDUMP));
  return static_cast<DrawnAhead*>(memory);
}

// Without destructors, so that they outlive what a thread destroys when it ends: that may draw too.
constinit thread_local DrawnAhead* drawn_ahead = nullptr;
constinit thread_local bool is_ending = false;

/// Maps the memory of a thread, and gives it back when the thread ends.
struct Owner {
  Owner() { drawn_ahead = map_emptied_on_fork(); }

  ~Owner() {
    is_ending = true;
    if (drawn_ahead != nullptr) {
      wipe(drawn_ahead->bytes);
      munmap(drawn_ahead, sizeof(DrawnAhead));
      drawn_ahead = nullptr;
    }
  }

  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
};

/// What this thread has drawn ahead; nullptr: it may not.
DrawnAhead* find_drawn_ahead() {
  if (!is_ending) {
    thread_local const Owner owner;
  }
  return drawn_ahead;
}

/// For at most `most` bytes. A signal may come at any place here, and its handler may fork: the
/// child then goes on with what was wiped, and finds out at the end.
Result<> take(DrawnAhead& ahead, MutBytes out) {
  std::size_t left = ahead.is_own != 0 ? ahead.left : 0;
  if (left < out.size()) {
    ahead.left = 0;
    ahead.is_own = 1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (auto drawn = draw(ahead.bytes); !drawn) {
      return drawn;
    }
    left = ahead.bytes.size();
  }
  left -= out.size();
  const MutBytes taken = MutBytes(ahead.bytes).subspan(left, out.size());
  std::ranges::copy(taken, out.begin());
  wipe(taken);
  ahead.left = left;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return ahead.is_own != 0 ? Result<>() : draw(out);
}

#endif

}  // namespace

Result<> fill_random(MutBytes out) {
#ifdef MADV_WIPEONFORK
  if (DrawnAhead* const ahead = find_drawn_ahead();
      ahead != nullptr && out.size() <= DrawnAhead::most) {
    return take(*ahead, out);
  }
#endif
  return draw(out);
}

}  // namespace handfast::crypto
