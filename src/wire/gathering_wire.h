// GatheringWire: what an authentication after the handshake sends, held back until all of it can
// go. RFC 9846 §4.7.2, RFC 9261.
#pragma once

#include "wire/stream_wire.h"
#include "wire/wire.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace handfast::wire {

/// Keeps what is sent. Keys stay as they are.
///
/// Confined: one thread at a time.
class GatheringWire : public Wire {
 public:
  /// The messages that were sent, in order. They live as long as whoever sent them says.
  [[nodiscard]] std::span<const Bytes> gathered() const {
    return std::span(messages_).first(size_);
  }

  Result<Bytes> send(Bytes message) override {
    if (size_ == messages_.size()) {
      return fail(Reason::internal);
    }
    messages_[size_++] = message;
    return message;
  }

  Result<> flush() override { return {}; }

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

  void may_speak12() override {}

  void speak12() override {}

  void choose_block(const record::BlockChoice& /*choice*/) override {}

  Result<> change_write_keys(const crypto::Suite& /*suite*/,
                             const crypto::TrafficKeys& /*keys*/) override {
    return fail(Reason::internal);
  }

  Result<> await_read_keys(const crypto::Suite& /*suite*/, const crypto::TrafficKeys& /*keys*/,
                           const Boundary& /*boundary*/) override {
    return fail(Reason::internal);
  }

  void open_for_data() override {}

  void limit_records(std::size_t /*sent*/, std::size_t /*received*/) override {}

  void limit_fragments(std::size_t /*most*/) override {}

  void take_heartbeats() override {}

  void accept_early_data(std::size_t /*most*/) override {}

  void withdraw_early_data() override {}

  void skip_early_data() override {}

 private:
  std::array<Bytes, 3> messages_{};  // Certificate, CertificateVerify, Finished
  std::size_t size_ = 0;
};

/// Reads from a StreamWire: a signature may take its time, and meanwhile a KeyUpdate of ours must
/// not come between what is sent.
class PostHandshakeWire final : public GatheringWire {
 public:
  explicit PostHandshakeWire(StreamWire& stream) : stream_(&stream) {}

  [[nodiscard]] const WireTraits& traits() const override { return stream_->traits(); }

  [[nodiscard]] std::optional<HandshakeType> peek() const override { return stream_->peek(); }

  Result<std::optional<WholeMessage>> next() override { return stream_->next(); }

 private:
  StreamWire* stream_;
};

/// Reads the messages of an authenticator, which outlive it: no record is sent or received.
class AuthenticatorWire final : public GatheringWire {
 public:
  explicit AuthenticatorWire(std::span<const Bytes> messages) : unread_(messages) {}

  [[nodiscard]] const WireTraits& traits() const override {
    static constexpr WireTraits none{.middlebox_compatibility = false};
    return none;
  }

  [[nodiscard]] std::optional<HandshakeType> peek() const override {
    return unread_.empty() ? std::nullopt
                           : std::optional(static_cast<HandshakeType>(unread_.front().front()));
  }

  Result<std::optional<WholeMessage>> next() override {
    const auto type = peek();
    if (!type) {
      return std::nullopt;
    }
    const WholeMessage message{*type, unread_.front(), std::nullopt};
    unread_ = unread_.subspan(1);
    return message;
  }

 private:
  std::span<const Bytes> unread_;
};

}  // namespace handfast::wire
