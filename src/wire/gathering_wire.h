// GatheringWire: what an authentication after the handshake sends, held back until all of it can
// go. RFC 9846 §4.7.2.
#pragma once

#include "wire/stream_wire.h"
#include "wire/wire.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace handfast::wire {

/// Reads from a StreamWire, and keeps what is sent: a signature may take its time, and meanwhile a
/// KeyUpdate of ours must not come between. Keys stay as they are.
///
/// Confined: one thread at a time.
class GatheringWire final : public Wire {
 public:
  explicit GatheringWire(StreamWire& stream) : stream_(&stream) {}

  /// The messages that were sent, in order. They live as long as whoever sent them says.
  [[nodiscard]] std::span<const Bytes> gathered() const {
    return std::span(messages_).first(size_);
  }

  [[nodiscard]] const WireTraits& traits() const override { return stream_->traits(); }

  Result<Bytes> send(Bytes message) override {
    if (size_ == messages_.size()) {
      return fail(Reason::internal);
    }
    messages_[size_++] = message;
    return message;
  }

  Result<> flush() override { return {}; }

  [[nodiscard]] std::optional<HandshakeType> peek() const override { return stream_->peek(); }

  Result<std::optional<WholeMessage>> next() override { return stream_->next(); }

  // What only a handshake does.
  Result<> change_cipher_spec() override { return fail(Reason::internal); }

  Result<> install_write(Epoch /*epoch*/, const crypto::Suite& /*suite*/,
                         const schedule::TrafficSecret& /*secret*/) override {
    return fail(Reason::internal);
  }

  Result<> install_read(Epoch /*epoch*/, const crypto::Suite& /*suite*/,
                        const schedule::TrafficSecret& /*secret*/,
                        const Boundary& /*boundary*/) override {
    return fail(Reason::internal);
  }

  void limit_records(std::size_t /*sent*/, std::size_t /*received*/) override {}

  void accept_early_data(std::size_t /*most*/) override {}

  void withdraw_early_data() override {}

  void skip_early_data() override {}

 private:
  StreamWire* stream_;
  std::array<Bytes, 3> messages_{};  // Certificate, CertificateVerify, Finished
  std::size_t size_ = 0;
};

}  // namespace handfast::wire
