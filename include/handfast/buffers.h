// Input and Output: the caller's memory, between a transport and a connection.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace handfast {

/// Memory of the caller in which received bytes wait and records are opened where they lie.
///
/// Confined: one thread at a time.
class Input {
 public:
  /// The least storage that holds any record: header, plaintext, expansion.
  static constexpr std::size_t least = 5 + (1 << 14) + 320;

  /// `storage` must outlive this object. Less than `least` bytes may be too few: a record that does
  /// not fit fails with input_too_small.
  explicit Input(MutBytes storage) : storage_(storage) {}

  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  Input(Input&&) noexcept = default;
  Input& operator=(Input&&) noexcept = default;

  /// Room for more bytes from the peer; moves what waits to the front, so views handed out before
  /// end here.
  [[nodiscard]] MutBytes writable();

  /// `count` bytes of `writable()` have been filled.
  void commit(std::size_t count);

  /// Copies `bytes` in as far as there is room; returns how many.
  std::size_t append(Bytes bytes);

  /// What waits to be read.
  [[nodiscard]] MutBytes waiting() const { return storage_.subspan(begin_, end_ - begin_); }

  /// `count` bytes of `waiting()` are done with.
  void consume(std::size_t count);

  /// Bytes of storage.
  [[nodiscard]] std::size_t capacity() const { return storage_.size(); }

 private:
  MutBytes storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Where bytes for the peer are written: a buffer that grows, or fixed memory of the caller.
///
/// Confined: one thread at a time.
class Output {
 public:
  /// Grows as needed.
  Output() = default;

  /// Never grows: what does not fit fails with output_full. `fixed` must outlive this object.
  /// A flight of a handshake (a server's is as large as its certificates, and 1 KiB) must fit.
  explicit Output(MutBytes fixed) : fixed_(fixed), is_fixed_(true) {}

  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  Output(Output&&) noexcept = default;
  Output& operator=(Output&&) noexcept = default;

  /// What waits to be sent.
  [[nodiscard]] Bytes pending() const;

  /// `count` bytes of `pending()` have been sent.
  void consume(std::size_t count);

  /// How many more bytes fit: what is left of fixed memory, or no bound.
  [[nodiscard]] std::size_t available() const;

  /// Room for `size` more bytes at the end; they count once `commit` is called. Fails: output_full.
  Result<MutBytes> room(std::size_t size);

  /// `size` bytes of the last `room` have been written.
  void commit(std::size_t size);

 private:
  [[nodiscard]] MutBytes storage();

  std::vector<std::uint8_t> grown_;
  MutBytes fixed_;
  bool is_fixed_ = false;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace handfast
