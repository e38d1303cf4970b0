// Stream: messages that go one way, to be sent and received apart from each other.
#pragma once

#include "bench/peer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace handfast::bench {

// Enough bytes at once to hide the clock, few enough to stay in the cache.
inline constexpr std::size_t batch_bytes = 1 << 17;
inline constexpr std::size_t most_in_batch = 128;
inline constexpr std::size_t overhead_most = 1024;

/// A connection, and messages of one size to go from its server to its client, each by itself.
class Stream {
 public:
  Stream(const Library& library, std::size_t size)
      : message_(size), client_(library.client()), server_(library.server()) {
    Pipe to_server(batch_bytes);
    Pipe to_client(batch_bytes);
    connect(*client_, *server_, to_server, to_client);
    const std::size_t batch = std::min(batch_bytes / size, most_in_batch);
    under_way_.assign(batch, Pipe(size + overhead_most));
  }

  /// What the client says of the handshake.
  [[nodiscard]] Outcome outcome() const { return client_->outcome(); }

  /// How many messages go at once.
  [[nodiscard]] std::size_t batch() const { return under_way_.size(); }

  void send() {
    for (Pipe& pipe : under_way_) {
      server_->send(message_, pipe);
    }
  }

  void receive() {
    for (Pipe& pipe : under_way_) {
      if (client_->receive(pipe) != message_.size()) {
        give_up("a message came in pieces");
      }
    }
  }

 private:
  std::vector<std::uint8_t> message_;
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> server_;
  std::vector<Pipe> under_way_;
};

}  // namespace handfast::bench
