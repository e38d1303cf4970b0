// Task and Driver: straight-line handshakes as coroutines, on frames of one arena.
//
// What may stand in a coroutine is less than the language allows: g++ 12 compiles the rest to wrong
// code without a word. CONTRIBUTING.md has the rules; tools/lint/coroutines.py enforces them.
#pragma once

#include "base/arena.h"
#include "handfast/result.h"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace handfast::handshake {

class Driver;

/// Where a coroutine stands.
enum class State : std::uint8_t { running, done, failed };

/// What the whole chain of coroutines waits for.
enum class Want : std::uint8_t { start, read, answer, done, failed };

/// What every promise begins with; the frames of a handshake are chained through `parent`.
struct PromiseBase {
  std::coroutine_handle<> self;
  PromiseBase* parent = nullptr;
  Driver* driver = nullptr;
  std::source_location at;  ///< the await at which this frame waits, for `trace` and for gdb
  State state = State::running;
  bool nested = false;  ///< the parent's await_suspend is on the stack and will look at `state`
};

/// Runs one handshake: at most one frame is runnable, at most one is parked, and there is one place
/// for the error.
///
/// A child is resumed as a plain nested call, so the stack is as deep as coroutines nest, on both
/// compilers and at every optimisation; symmetric transfer would grow it with every await under g++
/// -O0.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  [[nodiscard]] Want want() const { return want_; }

  /// Parks the chain: `promise` is the frame that waits.
  void park(PromiseBase& promise, Want want) {
    leaf_ = &promise;
    want_ = want;
  }

  /// Resumes `promise` and whatever becomes runnable through it, until the chain is parked or over.
  void run(PromiseBase& promise) {
    ready_ = &promise;
    while (PromiseBase* const next = std::exchange(ready_, nullptr)) {
      next->self.resume();
    }
  }

  /// A frame has ended, well or not. Walks up without resuming anybody; a failed child ends its
  /// parents too.
  void finish(PromiseBase& promise, bool well) noexcept {
    for (PromiseBase* frame = &promise;; frame = frame->parent, well = false) {
      frame->state = well ? State::done : State::failed;
      if (frame->nested) {
        return;
      }
      if (frame->parent == nullptr) {
        want_ = well ? Want::done : Want::failed;
        leaf_ = nullptr;
        return;
      }
      if (well) {
        ready_ = frame->parent;
        return;
      }
    }
  }

  /// Ends the chain with `error`.
  void fail_at(PromiseBase& promise, const Error& error) noexcept {
    error_ = error;
    finish(promise, false);
  }

  /// Ends a chain that could not even start.
  void fail_at_start(const Error& error) noexcept {
    error_ = error;
    want_ = Want::failed;
  }

  void set_error(const Error& error) { error_ = error; }

  /// Why it ended. Meaningful once `want()` is failed.
  [[nodiscard]] const Error& error() const { return error_; }

  /// The frame that waits; nullptr when none does.
  [[nodiscard]] PromiseBase* leaf() const { return leaf_; }

 private:
  PromiseBase* leaf_ = nullptr;
  PromiseBase* ready_ = nullptr;
  Error error_{.reason = Reason::internal};
  Want want_ = Want::start;
};

template <class T>
class Task;

/// co_await on a Result: its value, or the handshake is over.
template <class T>
struct ResultAwaiter {
  Result<T>* result;
  PromiseBase* promise;

  [[nodiscard]] bool await_ready() const { return result->has_value(); }

  void await_suspend(std::coroutine_handle<> /*self*/) const noexcept {
    promise->driver->fail_at(*promise, result->error());
  }

  T await_resume() const {
    if constexpr (!std::is_void_v<T>) {
      return *std::move(*result);
    }
  }
};

/// co_await on an error: the handshake is over.
struct RefusalAwaiter {
  const Error* error;
  PromiseBase* promise;

  static bool await_ready() { return false; }

  void await_suspend(std::coroutine_handle<> /*self*/) const noexcept {
    promise->driver->fail_at(*promise, *error);
  }

  static void await_resume() {}
};

/// An awaitable that a handshake makes: it may park the chain. Trivially destructible: see rule 6.
template <class A>
concept Leaf = std::is_trivially_destructible_v<A> && requires(A a, PromiseBase& promise) {
  { a.await_ready() } -> std::same_as<bool>;
  a.park(promise);
  a.await_resume();
};

template <class A>
struct LeafAwaiter {
  A* leaf;
  PromiseBase* promise;

  [[nodiscard]] bool await_ready() const { return leaf->await_ready(); }

  void await_suspend(std::coroutine_handle<> /*self*/) const noexcept { leaf->park(*promise); }

  decltype(auto) await_resume() const { return leaf->await_resume(); }
};

template <class T>
struct Promise;

/// What promises of every Task share.
struct PromiseOfAny : PromiseBase {
  static std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    static bool await_ready() noexcept { return false; }

    template <class P>
    void await_suspend(std::coroutine_handle<P> self) const noexcept {
      PromiseBase& promise = self.promise();
      promise.driver->finish(promise, true);
    }

    static void await_resume() noexcept {}
  };

  static FinalAwaiter final_suspend() noexcept { return {}; }

  [[noreturn]] static void unhandled_exception() noexcept { std::abort(); }

  // The frame lies in the arena of the handshake, which is the first parameter of every coroutine
  // here.
  template <class H, class... A>
  static void* operator new(std::size_t size, H& handshake, A&...) noexcept {
    return handshake.frame_arena().allocate(size);
  }

  static void operator delete(void* frame, std::size_t /*size*/) noexcept {
    FrameArena::release(frame);
  }

  template <class U>
  auto await_transform(Task<U>&& child,
                       std::source_location where = std::source_location::current());

  template <class U>
  ResultAwaiter<U> await_transform(Result<U>&& result,
                                   std::source_location where = std::source_location::current()) {
    at = where;
    return {&result, this};
  }

  RefusalAwaiter await_transform(std::unexpected<Error>&& refusal,
                                 std::source_location where = std::source_location::current()) {
    at = where;
    return {&refusal.error(), this};
  }

  template <Leaf A>
  LeafAwaiter<A> await_transform(A&& leaf,
                                 std::source_location where = std::source_location::current()) {
    at = where;
    return {&leaf, this};
  }
};

template <class T>
struct Promise : PromiseOfAny {
  std::optional<T> value;

  Task<T> get_return_object() noexcept;
  static Task<T> get_return_object_on_allocation_failure() noexcept;

  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};

template <>
struct Promise<void> : PromiseOfAny {
  Task<void> get_return_object() noexcept;
  static Task<void> get_return_object_on_allocation_failure() noexcept;

  static void return_void() noexcept {}
};

/// A coroutine of a handshake: lazy, owned, and ended only by its owner.
///
/// Confined: one thread at a time.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;

  explicit Task(Handle handle) : handle_(handle) {}

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  ~Task() {
    if (handle_) {
      handle_.destroy();
    }
  }

  /// nullptr: there was no memory for the frame.
  [[nodiscard]] promise_type* promise() const { return handle_ ? &handle_.promise() : nullptr; }

 private:
  Handle handle_;
};

/// co_await on a child Task. The Task itself lives in the awaiting expression.
template <class T>
struct TaskAwaiter {
  Task<T>* child;
  PromiseBase* parent;

  static bool await_ready() { return false; }

  /// Returns whether the parent stays suspended.
  bool await_suspend(std::coroutine_handle<> /*self*/) const noexcept {
    PromiseBase* const promise = child->promise();
    if (promise == nullptr) {
      parent->driver->fail_at(*parent, Error{.reason = Reason::out_of_memory});
      return true;
    }
    promise->parent = parent;
    promise->driver = parent->driver;
    promise->nested = true;
    promise->self.resume();
    promise->nested = false;
    if (promise->state == State::failed) {
      parent->driver->finish(*parent, false);
    }
    return promise->state != State::done;  // done without ever parking: straight on
  }

  T await_resume() const {
    if constexpr (!std::is_void_v<T>) {
      auto* const promise = child->promise();
      if (promise == nullptr) {
        std::unreachable();  // a child without a frame has failed, and nobody comes here
      }
      return *std::move(promise->value);
    }
  }
};

template <class U>
auto PromiseOfAny::await_transform(Task<U>&& child, std::source_location where) {
  at = where;
  return TaskAwaiter<U>{&child, this};
}

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  const auto handle = Task<T>::Handle::from_promise(*this);
  self = handle;
  return Task<T>(handle);
}

template <class T>
Task<T> Promise<T>::get_return_object_on_allocation_failure() noexcept {
  return {};
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  const auto handle = Task<void>::Handle::from_promise(*this);
  self = handle;
  return Task<void>(handle);
}

inline Task<void> Promise<void>::get_return_object_on_allocation_failure() noexcept { return {}; }

/// What a coroutine may take: references to what outlives it, and values that need no destruction.
template <class A>
concept CoroutineParameter =
    (std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>) ||
    (!std::is_reference_v<A> && std::is_trivially_destructible_v<A> && alignof(A) <= 16);

}  // namespace handfast::handshake

template <class T, class... A>
struct std::coroutine_traits<handfast::handshake::Task<T>, A...> {
  static_assert(
      (handfast::handshake::CoroutineParameter<A> && ...),
      "a coroutine takes T& or trivially destructible values: anything else dangles or is "
      "destroyed twice");
  using promise_type = handfast::handshake::Promise<T>;
};
