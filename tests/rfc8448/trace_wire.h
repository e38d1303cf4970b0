// What a handshake needs to walk through a published trace: a wire that carries the trace's
// messages, and the trace's randomness.
#pragma once

#include "base/arena.h"
#include "base/limits.h"
#include "handshake/chance.h"
#include "wire/wire.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace handfast::test {

using Buffer = std::vector<std::uint8_t>;

/// Carries whole messages. What a side sends is kept, and may be replaced in the transcript by what
/// the trace has in its place.
class TraceWire final : public wire::Wire {
 public:
  explicit TraceWire(bool middlebox_compatibility) : traits_{middlebox_compatibility} {}

  /// The trace's bytes for the next message that is sent, in the order of calls; empty: our own.
  void replace_next(Buffer bytes) { replacements_.push_back(std::move(bytes)); }

  /// Hands in a whole message, in a record of its own.
  Result<> receive(Bytes message) { return assembler_.feed(message); }

  std::vector<Buffer> sent;
  std::map<std::pair<Flow, Epoch>, Buffer> secrets;  ///< as they were installed

  [[nodiscard]] const wire::WireTraits& traits() const override { return traits_; }

  Result<Bytes> send(Bytes message) override {
    sent.emplace_back(message.begin(), message.end());
    if (replacements_.empty()) {
      return message;
    }
    kept_.push_back(std::move(replacements_.front()));
    replacements_.pop_front();
    return kept_.back().empty() ? message : Bytes(kept_.back());
  }

  Result<> flush() override { return {}; }

  Result<> change_cipher_spec() override { return {}; }

  Result<> install_write(Epoch epoch, const crypto::Suite& /*suite*/,
                         const schedule::TrafficSecret& secret) override {
    note(Flow::sent, epoch, secret);
    return {};
  }

  void may_speak12() override {}

  void speak12() override {}

  void choose_block(const record::BlockChoice& /*choice*/) override {}

  Result<> change_write_keys(const crypto::Suite& /*suite*/,
                             const crypto::TrafficKeys& /*keys*/) override {
    return fail(Reason::internal);
  }

  Result<> await_read_keys(const crypto::Suite& /*suite*/, const crypto::TrafficKeys& /*keys*/,
                           const wire::Boundary& /*boundary*/) override {
    return fail(Reason::internal);
  }

  void open_for_data() override {}

  Result<> install_read(Epoch epoch, const crypto::Suite& /*suite*/,
                        const schedule::TrafficSecret& secret,
                        const wire::Boundary& boundary) override {
    if (!assembler_.is_at(boundary)) {
      return fail(Reason::key_change_inside_record);
    }
    note(Flow::received, epoch, secret);
    return {};
  }

  void limit_records(std::size_t /*sent*/, std::size_t /*received*/) override {}

  void limit_fragments(std::size_t /*most*/) override {}

  void take_heartbeats() override {}

  void accept_early_data(std::size_t /*most*/) override {}

  void withdraw_early_data() override {}

  void skip_early_data() override {}

  [[nodiscard]] std::optional<HandshakeType> peek() const override { return assembler_.peek(); }

  Result<std::optional<wire::WholeMessage>> next() override { return assembler_.next(); }

 private:
  void note(Flow flow, Epoch epoch, const schedule::TrafficSecret& secret) {
    secrets[{flow, epoch}] = Buffer(secret.expose().begin(), secret.expose().end());
  }

  wire::WireTraits traits_;
  MessageStore store_{limits::said_arena};
  wire::Assembler assembler_{store_, message::Role::client};
  std::deque<Buffer> replacements_;
  std::deque<Buffer> kept_;  // the transcript's views point here
};

/// The random bytes and private keys of a trace, in the order in which they are asked for.
class TraceChance final : public handshake::Chance {
 public:
  /// What `fill` gives; zeros follow.
  explicit TraceChance(Buffer random) : random_(std::move(random)) {}

  void add_key(NamedGroup group, Buffer private_key) {
    keys_.emplace_back(group, std::move(private_key));
  }

  Result<> fill(MutBytes out) override {
    std::ranges::fill(out, std::uint8_t{0});
    const std::size_t count = std::min(out.size(), random_.size());
    std::copy_n(random_.begin(), count, out.begin());
    random_.erase(random_.begin(), random_.begin() + static_cast<std::ptrdiff_t>(count));
    return {};
  }

  /// A key of another group than the trace's is of no interest there, and fresh.
  Result<crypto::KeyExchange> key_exchange(NamedGroup group) override {
    if (keys_.empty() || keys_.front().first != group) {
      return crypto::KeyExchange::generate(group);
    }
    return crypto::KeyExchange::from_private(group, take_key());
  }

  Result<crypto::Encapsulation> encapsulate(NamedGroup group, Bytes client_share,
                                            MutBytes room) override {
    if (keys_.empty() || keys_.front().first != group) {
      return crypto::encapsulate(group, client_share, room);
    }
    return crypto::encapsulate_from(group, client_share, take_key(), room);
  }

 private:
  Buffer take_key() {
    Buffer key = std::move(keys_.front().second);
    keys_.pop_front();
    return key;
  }

  Buffer random_;
  std::deque<std::pair<NamedGroup, Buffer>> keys_;
};

}  // namespace handfast::test
