// Assembler: makes whole handshake messages of the pieces in which they come. RFC 9846 §5.1.
#pragma once

#include "base/arena.h"
#include "handfast/bytes.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/handshake_message.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace handfast::wire {

/// Proof that a message ended its record, so that no byte of the old keys is left: the key to
/// installing receive keys. Made by the assembler only, and only good until more bytes come.
class Boundary {
 private:
  friend class Assembler;

  explicit Boundary(std::uint64_t at) : at_(at) {}

  std::uint64_t at_;
};

/// A whole handshake message, header included.
struct WholeMessage {
  HandshakeType type{};
  Bytes bytes;
  std::optional<Boundary> boundary;  ///< none: more bytes of the same record follow

  [[nodiscard]] Bytes body() const { return bytes.subspan(4); }
};

/// Collects handshake bytes, however they are split or packed over records, and gives messages.
/// Bytes are copied once, into the store; a message's length is checked on its fourth byte, before
/// room is made for it.
///
/// Confined: one thread at a time.
class Assembler {
 public:
  /// For what `receiver` is sent. Messages live as long as `store`.
  Assembler(MessageStore& store, message::Role receiver) : store_(&store), receiver_(receiver) {}

  /// Takes the content of one handshake record. Call when `peek` gave nothing more. Fails:
  /// message_too_long, out_of_memory.
  Result<> feed(Bytes content);

  /// The type of the message that comes next, as soon as its first byte is there.
  [[nodiscard]] std::optional<HandshakeType> peek() const;

  /// The next message, if it is whole. Fails: message_too_long.
  Result<std::optional<WholeMessage>> next();

  /// Whether nothing of a message that is not whole, and no further message, is held.
  [[nodiscard]] bool is_empty() const { return fresh_.empty() && have_ == 0; }

  /// Whether `boundary` is the place where everything that came has been taken.
  [[nodiscard]] bool is_at(const Boundary& boundary) const {
    return is_empty() && boundary.at_ == taken_;
  }

 private:
  Result<> start_long();
  Bytes fill(Bytes content);

  MessageStore* store_;
  message::Role receiver_;
  Bytes fresh_;                           // copied, not yet looked at
  std::array<std::uint8_t, 4> header_{};  // of a message that is not whole yet
  MutBytes long_;                         // its room, once the header is whole
  std::size_t have_ = 0;                  // how much of it is here
  std::uint64_t taken_ = 0;               // bytes given out as messages
};

}  // namespace handfast::wire
