#include "crypto/random.h"

#include "base/secret.h"
#include "crypto/openssl/provider.h"

#include <algorithm>
#include <array>
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

/// Bytes that this thread has drawn ahead: asking libcrypto's generator takes longer than what it
/// then does. They lie where a child process finds zeros, and so none: no two processes hand out
/// the same. What was handed out is overwritten.
///
/// Confined: to its thread.
class DrawnAhead {
 public:
  static constexpr std::size_t most = 64;  // that is taken at once

  DrawnAhead() {
    void* const memory =
        mmap(nullptr, sizeof(Store), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      return;
    }
    if (madvise(memory, sizeof(Store), MADV_WIPEONFORK) != 0) {  // Linux before 4.14
      munmap(memory, sizeof(Store));
      return;
    }
    static_cast<void>(madvise(memory, sizeof(Store), MADV_DONTDUMP));
    store_ = static_cast<Store*>(memory);
  }

  ~DrawnAhead() {
    if (store_ != nullptr) {
      wipe(store_->bytes);
      munmap(store_, sizeof(Store));
    }
  }

  DrawnAhead(const DrawnAhead&) = delete;
  DrawnAhead& operator=(const DrawnAhead&) = delete;

  /// Whether there is memory that a child process does not share.
  [[nodiscard]] bool is_safe() const { return store_ != nullptr; }

  /// For at most `most` bytes. Fails: random_failed.
  Result<> take(MutBytes out) {
    if (store_->left < out.size()) {
      store_->left = 0;
      if (auto drawn = draw(store_->bytes); !drawn) {
        return drawn;
      }
      store_->left = store_->bytes.size();
    }
    store_->left -= out.size();
    const MutBytes taken = MutBytes(store_->bytes).subspan(store_->left, out.size());
    std::ranges::copy(taken, out.begin());
    wipe(taken);
    return {};
  }

 private:
  struct Store {
    std::size_t left;  ///< of `bytes`, from the first on
    std::array<std::uint8_t, 1024> bytes;
  };

  Store* store_ = nullptr;
};

#endif

}  // namespace

Result<> fill_random(MutBytes out) {
#ifdef MADV_WIPEONFORK
  thread_local DrawnAhead ahead;
  if (out.size() <= DrawnAhead::most && ahead.is_safe()) {
    return ahead.take(out);
  }
#endif
  return draw(out);
}

}  // namespace handfast::crypto
