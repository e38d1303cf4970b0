#include "bench/measures.h"
#include "bench/peer.h"
#include "bench/timed.h"

#include <stdexcept>
#include <vector>

#include <benchmark/benchmark.h>

namespace handfast::bench {
namespace {

constexpr std::size_t pipe_size = 1 << 16;

void measure(benchmark::State& state, const Library& library, bool resumes) {
  Timed client(library.client());
  Timed server(library.server());
  Pipe to_server(pipe_size);
  Pipe to_client(pipe_size);
  std::vector<double> clients;
  std::vector<double> servers;
  std::size_t resumed = 0;
  for ([[maybe_unused]] const auto handshake : state) {
    connect(client, server, to_server, to_client);
    resumed += client.outcome().resumed ? 1 : 0;
    client.close();
    server.close();
    clients.push_back(client.seconds());
    servers.push_back(server.seconds());
    state.SetIterationTime(client.seconds() + server.seconds());
  }
  // All but the first, whatever came before it.
  if (resumes ? resumed + 1 < clients.size() : resumed > 0) {
    state.SkipWithError("sessions were resumed, or not, against the order");
  }
  state.counters["client"] = median_of(clients);
  state.counters["server"] = median_of(servers);
}

void add(const std::string& name, std::shared_ptr<const Library> library, bool resumes = false) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [library = std::move(library), resumes](benchmark::State& state) {
                                 measure(state, *library, resumes);
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

bool connects(const Library& clients, const Library& servers, Outcome expected) {
  const auto client = clients.client();
  const auto server = servers.server();
  Pipe to_server(pipe_size);
  Pipe to_client(pipe_size);
  connect(*client, *server, to_server, to_client);
  return client->outcome() == expected && server->outcome() == expected;
}

bool refuses(const Library& library) {
  try {
    connects(library, *make_handfast({}), {});
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

}  // namespace

void register_handshakes() {
  for (const bool default_groups : {false, true}) {
    const Order order{.default_groups = default_groups};
    const std::string what = default_groups ? "handshake_default_groups/" : "handshake/";
    add(what + handfast_name, make_handfast(order));
    add(what + libssl_name, make_libssl(order));
  }
  const Order knowing{.knows_chain = true};
  add(std::string("handshake_known_chain/") + handfast_name, make_handfast(knowing));
  add(std::string("handshake_known_chain/") + libssl_name, make_libssl(knowing));
  const Order resuming{.resumes = true};
  add(std::string("handshake_resumed/") + handfast_name, make_handfast(resuming), true);
  add(std::string("handshake_resumed/") + libssl_name, make_libssl(resuming), true);
  for (const bool resumes : {false, true}) {
    const Order order = in_12({.resumes = resumes});
    const std::string what = resumes ? "handshake12_resumed/" : "handshake12/";
    add(what + handfast_name, make_handfast(order), resumes);
    add(what + libssl_name, make_libssl(order), resumes);
  }
}

void check_same_work() {
  for (const Order& order : {Order{}, in_12({})}) {
    const Outcome expected{order.suite, NamedGroup::x25519};
    const auto handfast = make_handfast(order);
    const auto libssl = make_libssl(order);
    for (const Library* clients : {handfast.get(), libssl.get()}) {
      for (const Library* servers : {handfast.get(), libssl.get()}) {
        if (!connects(*clients, *servers, expected)) {
          give_up("a handshake came to another suite or group than was ordered");
        }
      }
    }
  }
  Order wrong;
  wrong.name = "other.test";
  if (!refuses(*make_handfast(wrong)) || !refuses(*make_libssl(wrong))) {
    give_up("a wrong name was taken");
  }
}

}  // namespace handfast::bench
