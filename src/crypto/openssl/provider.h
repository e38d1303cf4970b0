// What every file of this folder needs from libcrypto: owners of its objects, objects that are
// fetched once and shared, contexts that are kept for the next caller, and a quiet error queue.
#pragma once

#include "crypto/aead.h"
#include "crypto/hash.h"

#include <atomic>
#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace handfast::crypto::openssl {

/// The deleter that calls `release`.
template <auto release>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Stream = std::unique_ptr<BIO, FreeWith<BIO_free>>;

/// Takes back, at the end of a function, whatever libcrypto put into this thread's error queue. The
/// caller may use libcrypto too, and should find its own errors there and none of ours.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }

  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

  ~QuietErrors() { ERR_pop_to_mark(); }
};

/// An object that is made when it is first asked for, never changed and never freed. Any thread; no
/// lock. A failure is not kept: the next caller tries again.
template <class T, auto release>
class Shared {
 public:
  /// The object, or nullptr when `make()` gave none.
  template <class Make>
  T* get(Make make) {
    if (T* object = object_.load(std::memory_order_acquire)) {
      return object;
    }
    T* fresh = make();
    T* winner = nullptr;
    if (fresh == nullptr ||
        object_.compare_exchange_strong(winner, fresh, std::memory_order_acq_rel)) {
      return fresh;
    }
    release(fresh);
    return winner;
  }

 private:
  std::atomic<T*> object_ = nullptr;
};

/// Room for one object that is costly to make and used by one thread at a time: whoever needs it
/// takes it out, uses it alone, and puts it back. Any thread; no lock. Who finds it empty makes a
/// new one.
template <class T, auto release>
class Kept {
 public:
  using Owner = std::unique_ptr<T, FreeWith<release>>;

  constexpr Kept() = default;
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  ~Kept() { Owner(object_.load(std::memory_order_relaxed)); }

  /// The kept object, or nullptr.
  [[nodiscard]] Owner take() { return Owner(object_.exchange(nullptr, std::memory_order_acq_rel)); }

  /// Keeps `object` for the next one; what was there meanwhile goes.
  void put_back(Owner object) {
    Owner(object_.exchange(object.release(), std::memory_order_acq_rel));
  }

 private:
  std::atomic<T*> object_ = nullptr;
};

/// The fetched cipher or hash; nullptr only if libcrypto has none or no memory is left.
[[nodiscard]] const EVP_CIPHER* fetched(AeadId id);
[[nodiscard]] const EVP_MD* fetched(HashId id);

enum class Curve : std::uint8_t { p256, p384, p521 };

/// The curve; nullptr only if no memory is left. Building one anew takes longer than a signature
/// check.
[[nodiscard]] const EC_GROUP* shared(Curve curve);

}  // namespace handfast::crypto::openssl
