// Current: what new connections get, while another thread may put something else in its place.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace handfast {

/// Holds the one that counts now of a line of immutable things: a `ServerConfig`, a `ClientConfig`,
/// a `Trust`. Whoever took one with `load` keeps it whole and unchanged for as long as it likes;
/// whoever comes after `replace` gets the next. Nobody ever sees half of each.
///
///     Current<ServerConfig> config(first);
///
///     // threads that serve, for each connection:
///     auto connection = Connection::server(config.load(), now);
///
///     // the thread that was told to read the files again:
///     if (auto renewed = read_config()) {
///       config.replace(*renewed);
///     }
///
/// Any thread may call anything at any time. A call holds a lock for the time that it takes to copy
/// one pointer: `load` before each connection, not before each record.
template <class T>
class Current {
 public:
  /// nullptr, here as in `replace`, is a value like any other.
  explicit Current(std::shared_ptr<const T> first) : value_(std::move(first)) {}

  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

  /// The one that counts now.
  [[nodiscard]] std::shared_ptr<const T> load() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }

  /// From now on `next` counts. What counted before is released, though not under the lock: if
  /// nobody has it any more, it is destroyed here.
  void replace(std::shared_ptr<const T> next) {
    const std::scoped_lock lock(mutex_);
    value_.swap(next);
  }

 private:
  // Not std::atomic<std::shared_ptr>: libstdc++ 12 gives up its inner lock without ordering what
  // was read, and ThreadSanitizer reports the race.
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace handfast
