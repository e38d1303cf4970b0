// Many small records that are there at once: received by `next`, one a call, and by `open`, many.

#include "bench/measures.h"
#include "bench/peer.h"
#include "bench/stopwatch.h"
#include "handfast/connection.h"

#include <array>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

constexpr std::size_t records = 128;
constexpr std::size_t record_size = 100;
constexpr unsigned bursts_a_connection = 8192;  // whose keys are good for 2^23 records and more

template <class T>
T take(Result<T> result) {
  if (!result) {
    give_up("Handfast: " + std::string(result.error().text()));
  }
  return *std::move(result);
}

/// A server that sends and a client that receives, both of Handfast, in one memory.
class Burst {
 public:
  Burst()
      : client_(take(Connection::client(take(ClientConfig::make(take(Trust::make(
                                            {.anchors = {{.certificate = chain().root}}})))),
                                        take(ServerName::parse(server_name)), UnixTime{now()}))),
        server_(take(Connection::server(take(ServerConfig::make({take(Credential::make(
                                            {chain().leaf, chain().intermediate},
                                            take(SigningKey::from_pem(chain().key_pem))))})),
                                        UnixTime{now()}))) {
    for (int turns = 0; turns < 3; ++turns) {
      run(client_, in_, out_);
      from_client_.append(out_.pending());
      out_.consume(out_.pending().size());
      run(server_, from_client_, out_);
      in_.append(out_.pending());
      out_.consume(out_.pending().size());
    }
    if (!client_.is_connected() || !server_.is_connected()) {
      give_up("no handshake");
    }
  }

  /// All records of a burst are there from now on.
  void send() {
    for (std::size_t i = 0; i < records; ++i) {
      take(server_.seal(message_, out_));
    }
    if (in_.append(out_.pending()) != out_.pending().size()) {
      give_up("a burst is too large");
    }
    out_.consume(out_.pending().size());
  }

  std::size_t receive_by_next() {
    std::size_t size = 0;
    for (std::size_t i = 0; i < records; ++i) {
      const auto event = client_.next(in_, out_);
      const auto* data = event ? std::get_if<Data>(&*event) : nullptr;
      size += data != nullptr ? data->bytes.size() : 0;
    }
    return size;
  }

  std::size_t receive_by_open() {
    std::array<MutBytes, 32> parts;
    std::size_t size = 0;
    for (std::size_t count = parts.size(); count == parts.size();) {
      count = client_.open(in_, parts, out_);
      for (const MutBytes part : std::span(parts).first(count)) {
        size += part.size();
      }
    }
    return size;
  }

 private:
  static void run(Connection& connection, Input& in, Output& out) {
    while (!std::holds_alternative<NeedInput>(take(connection.next(in, out)))) {
    }
  }

  Connection client_;
  Connection server_;
  std::vector<std::uint8_t> message_ = std::vector<std::uint8_t>(record_size);
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(2 * Input::least);
  std::vector<std::uint8_t> server_memory_ = std::vector<std::uint8_t>(Input::least);
  Input in_{memory_};
  Input from_client_{server_memory_};
  Output out_;
};

void add(const char* name, std::size_t (Burst::*receive)()) {
  benchmark::RegisterBenchmark(name,
                               [receive](benchmark::State& state) {
                                 std::optional<Burst> burst;
                                 for (unsigned i = 0; state.KeepRunningBatch(records); ++i) {
                                   if (i % bursts_a_connection == 0) {
                                     burst.emplace();
                                   }
                                   burst->send();
                                   Stopwatch receiving;
                                   receiving.start();
                                   const std::size_t size = (*burst.*receive)();
                                   receiving.stop();
                                   if (size != records * record_size) {
                                     give_up("not all of a burst was received");
                                   }
                                   state.SetIterationTime(receiving.total());
                                 }
                               })
      ->UseManualTime()
      ->Unit(benchmark::kNanosecond);
}

}  // namespace

void register_bursts() {
  add("burst/next", &Burst::receive_by_next);
  add("burst/open", &Burst::receive_by_open);
}

}  // namespace handfast::bench
