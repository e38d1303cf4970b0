#include "handfast/buffers.h"

#include "base/limits.h"

#include <algorithm>
#include <limits>

namespace handfast {

static_assert(Input::least == limits::record_header + limits::record_block_ciphertext);

MutBytes Input::writable() {
  const MutBytes kept = waiting();
  if (begin_ != 0) {
    std::ranges::copy(kept, storage_.begin());
    begin_ = 0;
    end_ = kept.size();
  }
  return storage_.subspan(end_);
}

void Input::commit(std::size_t count) { end_ += std::min(count, storage_.size() - end_); }

void Input::consume(std::size_t count) { begin_ += std::min(count, end_ - begin_); }

std::size_t Input::append(Bytes bytes) {
  const MutBytes room = writable();
  const std::size_t count = std::min(bytes.size(), room.size());
  std::ranges::copy(bytes.first(count), room.begin());
  commit(count);
  return count;
}

Bytes Output::pending() const {
  const Bytes all = is_fixed_ ? Bytes(fixed_) : Bytes(grown_);
  return all.subspan(begin_, end_ - begin_);
}

void Output::consume(std::size_t count) {
  begin_ += std::min(count, end_ - begin_);
  if (begin_ == end_) {
    begin_ = end_ = 0;
  }
}

std::size_t Output::available() const {
  return is_fixed_ ? fixed_.size() - (end_ - begin_) : std::numeric_limits<std::size_t>::max();
}

Result<MutBytes> Output::room(std::size_t size) {
  if (size > available()) {
    return fail_limit(Reason::output_full, available(), size);
  }
  if (size > storage().size() - end_ && begin_ != 0) {  // what was sent makes room
    const MutBytes all = storage();
    std::copy(all.begin() + static_cast<std::ptrdiff_t>(begin_),
              all.begin() + static_cast<std::ptrdiff_t>(end_), all.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (size > storage().size() - end_) {
    grown_.resize(std::max(end_ + size, grown_.size() * 2));
  }
  return storage().subspan(end_, size);
}

void Output::commit(std::size_t size) { end_ += std::min(size, storage().size() - end_); }

MutBytes Output::storage() { return is_fixed_ ? fixed_ : MutBytes(grown_); }

}  // namespace handfast
