// handfast_bench_peer: one library measured for a while, so that bench/compare.py can let programs
// of many libraries take turns.
//
//   handfast_bench_peer chains FOLDER                          writes the certificates for all
//   handfast_bench_peer LIBRARY FOLDER SECONDS MEASURE...      handfast, libssl, gnutls, wolfssl
//   handfast_bench_peer count FOLDER                           Handfast's work, under callgrind
//
// A measure is a line of JSON. The programs of bench/peers/go and bench/peers/rustls speak alike:
//
//   handshake/tls13/ecdsa|rsa, handshake/tls12/...   medians in seconds: "client" and "server"
//   resumed/tls13, resumed/tls12, hybrid/tls13       the same
//   send/SUITE/SIZE, receive/SUITE/SIZE              "seconds" a message
//   heap                                             bytes at rest and allocations, a side
//   check                                            whether this is truly done: "library"
//
// What a library cannot do is {"measure": ..., "lacks": why}.

#include "bench/peers/all_heap.h"
#include "bench/peers/libraries.h"
#include "bench/stream.h"
#include "bench/timed.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <valgrind/callgrind.h>

#include <openssl/crypto.h>

namespace handfast::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t pipe_size = 1 << 16;
constexpr int least_samples = 3;

// ---- what is measured ---------------------------------------------------------------------------

struct Maker {
  std::string_view name;
  std::unique_ptr<Library> (*make)(const Order& order);
  std::string (*version)();
};

std::string handfast_version() {
  return std::string("Handfast on ") + OpenSSL_version(OPENSSL_VERSION);
}

std::string libssl_version() {
  return std::string("libssl of ") + OpenSSL_version(OPENSSL_VERSION);
}

constexpr std::array makers = {Maker{"handfast", &make_handfast, &handfast_version},
                               Maker{"libssl", &make_libssl, &libssl_version},
                               Maker{"gnutls", &make_gnutls, &gnutls_version},
                               Maker{"wolfssl", &make_wolfssl, &wolfssl_version}};

const Maker& maker_of(std::string_view name) {
  for (const Maker& maker : makers) {
    if (maker.name == name) {
      return maker;
    }
  }
  give_up("there is no library \"" + std::string(name) + "\"");
}

struct Chains {
  Chain ecdsa;
  Chain rsa;
};

/// The parts of a measure's name.
std::vector<std::string> parts_of(const std::string& measure) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = measure.find('/', begin);
    parts.push_back(measure.substr(begin, end - begin));
  }
  parts.resize(3);
  return parts;
}

CipherSuite suite_named(const std::string& name) {
  if (name == "aes_256_gcm") {
    return CipherSuite::tls_aes_256_gcm_sha384;
  }
  return name == "chacha20_poly1305" ? CipherSuite::tls_chacha20_poly1305_sha256
                                     : CipherSuite::tls_aes_128_gcm_sha256;
}

Order order_of(const std::string& measure, const Chains& chains) {
  const auto parts = parts_of(measure);
  const bool is_rsa = parts[2] == "rsa";
  Order order{.certificates = is_rsa ? &chains.rsa : &chains.ecdsa};
  order.resumes = parts[0] == "resumed";
  if (parts[0] == "hybrid") {
    order.groups = {NamedGroup::x25519mlkem768};
  }
  if (parts[0] == "send" || parts[0] == "receive") {
    order.suite = suite_named(parts[1]);
  }
  if (parts[1] == "tls12") {
    order = in_12(order);
    if (is_rsa) {
      order.suite = CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256;
    }
  }
  return order;
}

/// Processor time of this thread, in seconds.
double spent() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// In TLS 1.2 a resumed handshake has no group, and not every library says so.
bool has_group(const Order& order) {
  return order.version == ProtocolVersion::tls13 || !order.resumes;
}

/// Whether an end has done what was ordered.
bool is_ordered(const Outcome& outcome, const Order& order) {
  return outcome.suite == order.suite && outcome.resumed == order.resumes &&
         (!has_group(order) || outcome.group == order.groups.front());
}

Json measure_handshake(const Library& library, const Order& order, double seconds) {
  Timed client(library.client());
  Timed server(library.server());
  Pipe to_server(pipe_size);
  Pipe to_client(pipe_size);
  std::vector<double> clients;
  std::vector<double> servers;
  Outcome outcome;
  const double end = spent() + seconds;
  for (int i = 0; i <= least_samples || spent() < end; ++i) {
    connect(client, server, to_server, to_client);
    outcome = client.outcome();
    const Outcome told_by_server = server.outcome();
    client.close();
    server.close();
    if (i == 0) {
      continue;  // it fills what a library makes once, and a session comes from it
    }
    if (!is_ordered(outcome, order) || !is_ordered(told_by_server, order)) {
      give_up("a handshake is not the one that was ordered");
    }
    clients.push_back(client.seconds());
    servers.push_back(server.seconds());
  }
  return {{"client", median_of(clients)},
          {"server", median_of(servers)},
          {"suite", name(outcome.suite)},
          {"group", has_group(order) ? name(outcome.group) : ""},
          {"resumed", outcome.resumed}};
}

Json measure_messages(const Library& library, const Order& order, const std::string& measure,
                      double seconds) {
  const auto parts = parts_of(measure);
  const bool sends = parts[0] == "send";
  Stream stream(library, std::stoul(parts[2]));
  if (!is_ordered(stream.outcome(), order)) {
    give_up("messages are not protected as was ordered");
  }
  std::vector<double> samples;
  const double end = spent() + seconds;
  for (int i = 0; i <= least_samples || spent() < end; ++i) {
    Stopwatch sending;
    Stopwatch receiving;
    sending.start();
    stream.send();
    sending.stop();
    receiving.start();
    stream.receive();
    receiving.stop();
    samples.push_back((sends ? sending : receiving).total() / static_cast<double>(stream.batch()));
  }
  return {{"seconds", median_of(samples)}, {"suite", name(order.suite)}};
}

// ---- memory -------------------------------------------------------------------------------------

/// A peer whose every call counts.
class CountedPeer final : public Peer {
 public:
  explicit CountedPeer(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  void open() override {
    heap_ = {};
    const CountingAll counting(heap_);
    peer_->open();
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    const CountingAll counting(heap_);
    return peer_->shake_hands(in, out);
  }

  void read_tickets(Pipe& in) override { peer_->read_tickets(in); }

  [[nodiscard]] Outcome outcome() const override { return peer_->outcome(); }

  void send(Bytes message, Pipe& out) override {
    const CountingAll counting(heap_);
    peer_->send(message, out);
  }

  std::size_t receive(Pipe& in) override {
    const CountingAll counting(heap_);
    return peer_->receive(in);
  }

  void close() override { peer_->close(); }

  [[nodiscard]] const AllHeap& heap() const { return heap_; }

 private:
  std::unique_ptr<Peer> peer_;
  AllHeap heap_;
};

Json measure_heap(const Library& library) {
  CountedPeer client(library.client());
  CountedPeer server(library.server());
  Pipe to_server(pipe_size);
  Pipe to_client(pipe_size);
  const std::vector<std::uint8_t> message(1024);
  Json told;
  for (int round = 0; round < 3; ++round) {  // the last one counts
    connect(client, server, to_server, to_client);
    told = {{"client_allocations", client.heap().allocations},
            {"server_allocations", server.heap().allocations}};
    for (int i = 0; i < 2; ++i) {
      client.send(message, to_server);
      server.receive(to_server);
      server.send(message, to_client);
      client.receive(to_client);
    }
    told["client_bytes"] = client.heap().bytes;
    told["server_bytes"] = server.heap().bytes;
    client.close();
    server.close();
  }
  return told;
}

// ---- the same work ------------------------------------------------------------------------------

bool connects(const Library& clients, const Library& servers, const Order& order) {
  const auto client = clients.client();
  const auto server = servers.server();
  Pipe to_server(pipe_size);
  Pipe to_client(pipe_size);
  connect(*client, *server, to_server, to_client);
  return is_ordered(client->outcome(), order) && is_ordered(server->outcome(), order);
}

bool refuses(const Library& client, const Library& server) {
  try {
    connects(client, server, {});
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

/// Each handshake with itself and with Handfast from both sides; a name that is wrong, a root that
/// is, and one that has but the name of the right one: its signature must be looked at.
Json check(const Maker& maker, const Chains& chains) {
  const Chain namesake = make_chain(CertificateKey::ecdsa_p256);
  for (const char* const measure : {"handshake/tls13/ecdsa", "handshake/tls13/rsa",
                                    "handshake/tls12/ecdsa", "handshake/tls12/rsa"}) {
    const Order order = order_of(measure, chains);
    const auto library = maker.make(order);
    const auto handfast = make_handfast(order);
    if (!connects(*library, *library, order) || !connects(*library, *handfast, order) ||
        !connects(*handfast, *library, order)) {
      give_up(std::string(measure) + " came to another suite or group than was ordered");
    }
    Order other_name = order;
    other_name.name = "other.test";
    if (!refuses(*maker.make(other_name), *handfast)) {
      give_up("a wrong name was taken");
    }
    const Chain& unrelated = order.certificates == &chains.rsa ? chains.ecdsa : chains.rsa;
    for (const Chain* other : {&unrelated, &namesake}) {
      Order other_root = order;
      other_root.certificates = other;
      if (!refuses(*maker.make(other_root), *handfast)) {
        give_up("a wrong root was trusted");
      }
    }
  }
  return {{"library", maker.version()}};
}

// ---- instructions -------------------------------------------------------------------------------

/// Runs `work` once to warm up and then a few times, of which callgrind writes down under `name`
/// what they took.
template <class Work>
void count(const std::string& name, Work work) {
  work();
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  for (int i = 0; i < 4; ++i) {
    work();
  }
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name.c_str());
}

/// Both sides together, four handshakes or four batches of messages each.
void count_instructions(const Chains& chains) {
  for (const char* const measure :
       {"handshake/tls13/ecdsa", "resumed/tls13", "handshake/tls12/ecdsa", "resumed/tls12"}) {
    const auto library = make_handfast(order_of(measure, chains));
    const auto client = library->client();
    const auto server = library->server();
    Pipe to_server(pipe_size);
    Pipe to_client(pipe_size);
    count(measure, [&] {
      connect(*client, *server, to_server, to_client);
      client->close();
      server->close();
    });
  }
  const auto library = make_handfast(order_of("send/aes_128_gcm/100", chains));
  Stream stream(*library, 100);
  count("message/aes_128_gcm/100", [&] {
    stream.send();
    stream.receive();
  });
}

// ---- the program --------------------------------------------------------------------------------

Json measure(const Maker& maker, const std::string& what, const Chains& chains, double seconds) {
  Json told = {{"measure", what}};
  try {
    if (what == "check") {
      told.update(check(maker, chains));
      return told;
    }
    const Order order = order_of(what, chains);
    const auto library = maker.make(order);
    const std::string kind = parts_of(what)[0];
    if (kind == "heap") {
      told.update(measure_heap(*library));
    } else if (kind == "send" || kind == "receive") {
      told.update(measure_messages(*library, order, what, seconds));
    } else {
      told.update(measure_handshake(*library, order, seconds));
    }
  } catch (const Lacks& lacks) {
    told["lacks"] = lacks.why;
  }
  return told;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "chains") {
    write_chain(make_chain(CertificateKey::ecdsa_p256), words[1], "ecdsa");
    write_chain(make_chain(CertificateKey::rsa), words[1], "rsa");
    return 0;
  }
  if (words.size() < 2) {
    std::fputs("handfast_bench_peer chains FOLDER | count FOLDER | LIBRARY FOLDER SECONDS "
               "MEASURE...\n",
               stderr);
    return 2;
  }
  const Chains chains{read_chain(words[1], "ecdsa"), read_chain(words[1], "rsa")};
  if (words[0] == "count") {
    count_instructions(chains);
    return 0;
  }
  if (words.size() < 3) {
    give_up("for how many seconds?");
  }
  const Maker& maker = maker_of(words[0]);
  const double seconds = std::strtod(words[2].c_str(), nullptr);
  for (std::size_t i = 3; i < words.size(); ++i) {
    std::printf("%s\n", measure(maker, words[i], chains, seconds).dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace handfast::bench

int main(int count, char** values) {
  try {
    return handfast::bench::run({values + 1, values + count});
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "handfast_bench_peer: %s\n", failure.what());
    return 2;
  }
}
