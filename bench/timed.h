// Timed: a peer that is measured.
#pragma once

#include "bench/peer.h"
#include "bench/stopwatch.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace handfast::bench {

/// A peer whose life is timed: creation, handshake, destruction.
class Timed final : public Peer {
 public:
  explicit Timed(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  void open() override {
    stopwatch_ = {};
    stopwatch_.start();
    peer_->open();
    stopwatch_.stop();
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    stopwatch_.start();
    const bool done = peer_->shake_hands(in, out);
    stopwatch_.stop();
    return done;
  }

  void read_tickets(Pipe& in) override {
    stopwatch_.start();
    peer_->read_tickets(in);
    stopwatch_.stop();
  }

  [[nodiscard]] Outcome outcome() const override { return peer_->outcome(); }

  void send(Bytes message, Pipe& out) override { peer_->send(message, out); }

  std::size_t receive(Pipe& in) override { return peer_->receive(in); }

  void close() override {
    stopwatch_.start();
    peer_->close();
    stopwatch_.stop();
  }

  [[nodiscard]] double seconds() const { return stopwatch_.total(); }

 private:
  std::unique_ptr<Peer> peer_;
  Stopwatch stopwatch_;
};

/// Which it sorts for; not empty.
inline double median_of(std::vector<double>& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return *middle;
}

}  // namespace handfast::bench
