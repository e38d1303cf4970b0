#include "bench/footprint.h"

#include "bench/peer.h"

#include <array>
#include <cstdio>
#include <exception>
#include <type_traits>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace handfast::bench {
namespace {

/// A peer whose every call counts.
class Counted final : public Peer {
 public:
  explicit Counted(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  void open() override {
    heap_ = {};
    const Counting counting(heap_);
    peer_->open();
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    const Counting counting(heap_);
    const bool is_done = peer_->shake_hands(in, out);
    if (is_done) {
      handshake_ = heap_;
    }
    return is_done;
  }

  void read_tickets(Pipe& in) override {
    const Counting counting(heap_);
    peer_->read_tickets(in);
  }

  [[nodiscard]] Outcome outcome() const override { return peer_->outcome(); }

  void send(Bytes message, Pipe& out) override {
    const Counting counting(heap_);
    peer_->send(message, out);
  }

  std::size_t receive(Pipe& in) override {
    const Counting counting(heap_);
    return peer_->receive(in);
  }

  void close() override {
    const Counting counting(heap_);
    peer_->close();
  }

  /// Until it was connected; tickets come later.
  [[nodiscard]] const Heap& handshake() const { return handshake_; }

  [[nodiscard]] const Heap& heap() const { return heap_; }

 private:
  std::unique_ptr<Peer> peer_;
  Heap heap_;
  Heap handshake_;
};

ConnectionFootprint measure_library(const Library& library) {
  ConnectionFootprint footprint;
  Counted client(library.client());
  Counted server(library.server());
  Pipe to_server(1 << 16);
  Pipe to_client(1 << 16);
  const std::vector<std::uint8_t> message(1024);
  // The first handshakes fill what the libraries make once and keep.
  for (int round = 0; round < 3; ++round) {
    connect(client, server, to_server, to_client);
    footprint.client.handshake = client.handshake();
    footprint.server.handshake = server.handshake();
    for (int i = 0; i < 2; ++i) {
      client.send(message, to_server);
      server.receive(to_server);
      server.send(message, to_client);
      client.receive(to_client);
    }
    footprint.client.at_rest = client.heap();
    footprint.server.at_rest = server.heap();
    client.close();
    server.close();
  }
  return footprint;
}

Order order_of(Kind kind) {
  Order order;
  order.default_groups = kind == Kind::default_groups;
  order.resumes = kind == Kind::resumed || kind == Kind::resumed12;
  if (kind == Kind::chacha20) {
    order.suite = CipherSuite::tls_chacha20_poly1305_sha256;
  }
  return kind == Kind::full12 || kind == Kind::resumed12 ? in_12(order) : order;
}

Footprint measure_here() {
  if (!watch_libcrypto()) {
    give_up("libcrypto was used too early to be watched");
  }
  Footprint footprint;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const auto library = make_handfast(order_of(static_cast<Kind>(kind)));
    footprint.handfast[kind] = measure_library(*library);
  }
  footprint.libssl = measure_library(*make_libssl({}));
  measure_frames(footprint);
  return footprint;
}

/// What the child does; the exit code says whether `out` got it all.
[[noreturn]] void run_child(int out) {
  int code = 1;
  try {
    const Footprint footprint = measure_here();
    if (write(out, &footprint, sizeof(footprint)) == ssize_t{sizeof(footprint)}) {
      code = 0;
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "handfast_bench: %s\n", failure.what());
  }
  _exit(code);
}

}  // namespace

Footprint measure_footprint() {
  static_assert(std::is_trivially_copyable_v<Footprint>, "it comes through a pipe");
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    give_up("no pipe");
  }
  const pid_t child = fork();
  if (child == 0) {
    run_child(ends[1]);
  }
  ::close(ends[1]);
  Footprint footprint;
  const bool whole = read(ends[0], &footprint, sizeof(footprint)) == ssize_t{sizeof(footprint)};
  ::close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !whole) {
    give_up("the heap could not be measured");
  }
  return footprint;
}

}  // namespace handfast::bench
