#include "wire/assembler.h"

#include "codec/reader.h"
#include "message/handshake_message.h"

#include <algorithm>

namespace handfast::wire {
namespace {

constexpr std::size_t header_size = message::header_size;

/// The size of the whole message whose header this is. Fails: message_too_long.
Result<std::size_t> message_size(Bytes header, message::Role receiver) {
  codec::Reader in(header);
  const auto type = static_cast<HandshakeType>(in.number<std::uint8_t>());
  const std::size_t length = in.big_endian<3>();
  const std::size_t most = message::size_limit(type, receiver);
  if (length > most) {
    return fail_limit(Reason::message_too_long, most, length);
  }
  return header_size + length;
}

/// Whether the first message is all there.
bool begins_with_whole(Bytes content) {
  codec::Reader in(content);
  in.take(1);
  const std::size_t length = in.big_endian<3>();
  return in.good() && length <= in.rest().size();
}

}  // namespace

Result<> Assembler::feed(Bytes content) {
  // The bytes of a message that spans records go straight to their place.
  if (have_ > 0 || !begins_with_whole(content)) {
    content = fill(content);
    if (have_ == header_size && long_.empty()) {
      if (const auto started = start_long(); !started) {
        return started;
      }
      content = fill(content);
    }
  }
  if (content.empty()) {
    return {};
  }
  const MutBytes copy = store_->allocate(content.size());
  if (copy.empty()) {
    return store_->refusal(content.size());
  }
  std::ranges::copy(content, copy.begin());
  fresh_ = copy;
  return {};
}

std::optional<HandshakeType> Assembler::peek() const {
  if (have_ > 0) {
    return static_cast<HandshakeType>(header_[0]);
  }
  if (!fresh_.empty()) {
    return static_cast<HandshakeType>(fresh_.front());
  }
  return std::nullopt;
}

Result<std::optional<WholeMessage>> Assembler::next() {
  Bytes whole;
  if (have_ > 0) {
    if (have_ < header_size || have_ < long_.size() || long_.empty()) {
      return std::nullopt;
    }
    whole = long_;
    have_ = 0;
    long_ = {};
  } else if (fresh_.size() >= header_size) {
    const auto size = message_size(fresh_.first(header_size), receiver_);
    if (!size) {
      return std::unexpected(size.error());
    }
    if (fresh_.size() >= *size) {
      whole = fresh_.first(*size);
      fresh_ = fresh_.subspan(*size);
    }
  }
  if (whole.empty()) {
    const Bytes rest = fresh_;
    fresh_ = {};
    if (rest.empty()) {
      return std::nullopt;
    }
    const Bytes after_header = fill(rest);
    if (have_ == header_size) {
      if (const auto started = start_long(); !started) {
        return std::unexpected(started.error());
      }
      static_cast<void>(fill(after_header));
    }
    return std::nullopt;
  }
  taken_ += whole.size();
  WholeMessage message{static_cast<HandshakeType>(whole.front()), whole, std::nullopt};
  if (is_empty()) {
    message.boundary = Boundary(taken_);
  }
  return message;
}

Result<> Assembler::start_long() {
  const auto size = message_size(header_, receiver_);
  if (!size) {
    return std::unexpected(size.error());
  }
  long_ = store_->allocate(*size);
  if (long_.empty()) {
    return store_->refusal(*size);
  }
  std::ranges::copy(header_, long_.begin());
  return {};
}

/// Puts bytes where the message under way wants them: its header first, then its room. Returns what
/// is left.
Bytes Assembler::fill(Bytes content) {
  const MutBytes room = long_.empty() ? MutBytes(header_) : long_;
  const std::size_t count = std::min(content.size(), room.size() - have_);
  std::ranges::copy(content.first(count), room.subspan(have_).begin());
  have_ += count;
  return content.subspan(count);
}

}  // namespace handfast::wire
