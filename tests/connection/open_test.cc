// Connection::open: many records a call, with the same outcome as so many calls of next.
#include "crypto/suites.h"
#include "handfast/legacy.h"
#include "support/expect.h"
#include "support/loopback.h"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// Two who are connected, and what one of them is about to hear: the same for the same seed.
struct Scene {
  Loopback pair;
  End* from;
  End* to;
  Buffer bytes = {};

  Scene(const Sides& sides, bool to_server)
      : pair(sides), from(to_server ? &pair.client : &pair.server),
        to(to_server ? &pair.server : &pair.client) {
    pair.connect();
  }

  [[nodiscard]] bool speaks_12() const {
    return to->connection.settled().version == ProtocolVersion::tls12;
  }

  void add_data(std::size_t size) { from->send(sample_data(size)); }

  void add_empty_record() {
    on_wire([](wire::StreamWire& wire) {
      wire::Parts nothing({});
      return wire.seal(nothing).has_value();
    });
  }

  void add_alert(Alert alert) {
    on_wire([alert](wire::StreamWire& wire) { return wire.alert(alert).has_value(); });
  }

  void add_message(const Buffer& message) {
    on_wire([&](wire::StreamWire& wire) {
      const Bytes whole = message;
      return wire.send_now(std::span(&whole, 1)).has_value();
    });
  }

  /// What is to be heard, from now on.
  void finish() { bytes = from->take_output(); }

 private:
  template <class Do>
  void on_wire(Do act) {
    from->wire().write_to(&from->out);
    EXPECT_TRUE(act(from->wire()));
    from->wire().write_to(nullptr);
  }
};

/// Whatever may come, but for what ends a connection.
void add_something(Scene& scene, std::mt19937& random) {
  constexpr std::array<std::size_t, 6> sizes = {1, 2, 100, 1000, 16'383, 16'384};
  const bool is_13 = !scene.speaks_12();
  switch (random() % 16) {
    case 0: scene.add_empty_record(); break;
    case 1: scene.add_alert(Alert::user_canceled); break;
    case 2:  // unless one is under way
      static_cast<void>(scene.from->connection.send_heartbeat(scene.from->out));
      break;
    case 3:
      if (is_13) {
        EXPECT_TRUE(scene.from->connection.update_keys(scene.from->out, random() % 2 == 0));
      }
      break;
    case 4:
      if (is_13 && !scene.to->is_server) {
        scene.add_message({4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0});
      }
      break;
    case 5: scene.add_data(random() % 50'000); break;
    default: scene.add_data(random() % 3 == 0 ? sizes[random() % sizes.size()] : random() % 300);
  }
}

/// What ends it, or an end in the middle of a record.
void add_end(Scene& scene, std::mt19937& random) {
  switch (random() % 6) {
    case 0: scene.add_alert(Alert::close_notify); break;
    case 1: scene.add_alert(Alert::internal_error); break;
    case 2:
      for (int i = 0; i < 100; ++i) {
        scene.add_empty_record();
      }
      break;
    case 3: scene.add_message({24, 0, 0, 1, 9}); break;
    case 4:
      scene.add_message({24, 0, 0});  // and then something else
      scene.add_data(10);
      break;
    default: break;
  }
  scene.add_data(20);
  scene.finish();
  if (random() % 3 == 0) {
    scene.bytes.resize(scene.bytes.size() -
                       random() % std::min<std::size_t>(scene.bytes.size(), 60));
  }
}

/// How a connection took what it heard.
struct Outcome {
  std::vector<Buffer> data;
  std::vector<std::string> events;  ///< but for data, each with how many came before it
  std::vector<std::string> observations;
  Buffer said;
  std::string where;
  std::uint64_t opened = 0;
  std::uint64_t sealed = 0;
  std::size_t unread = 0;
  std::size_t calls = 0;  ///< that gave data
};

class Hearer final : public Observer {
 public:
  explicit Hearer(End& end) : end_(&end) { end.connection.observe_with(this); }

  /// Hears `bytes`, as many at a time as `pieces` draws; with `most` > 0 up to so many records a
  /// call.
  Outcome hear(Bytes bytes, std::size_t piece, std::size_t most) {
    bool goes_on = true;
    while (goes_on) {
      const std::size_t taken = in_.append(bytes.first(std::min(piece, bytes.size())));
      bytes = bytes.subspan(taken);
      goes_on = read(most) && !bytes.empty();
    }
    const auto end = end_->connection.eof();
    outcome_.events.push_back(end ? "whole" : std::string(end.error().text()));
    outcome_.said.assign(out_.pending().begin(), out_.pending().end());
    outcome_.where = end_->connection.where();
    outcome_.opened = end_->wire().opener().sequence();
    outcome_.sealed = end_->wire().sealer().sequence();
    outcome_.unread = in_.waiting().size();
    end_->connection.observe_with(nullptr);
    return std::move(outcome_);
  }

 private:
  /// As far as what came reaches; false: it is over.
  bool read(std::size_t most) {
    for (;;) {
      std::vector<MutBytes> parts(most);
      const std::size_t count = end_->connection.open(in_, parts, out_);
      EXPECT_LE(count, most);
      for (const MutBytes part : std::span(parts).first(count)) {
        keep(part);
      }
      outcome_.calls += count > 0 ? 1U : 0U;
      if (count == most && most > 0) {
        continue;
      }
      const auto event = end_->connection.next(in_, out_);
      if (!event) {
        note("error: " + std::string(event.error().text()));
        return false;
      }
      if (const auto* data = std::get_if<Data>(&*event)) {
        keep(data->bytes);
        ++outcome_.calls;
      } else if (std::holds_alternative<NeedInput>(*event)) {
        return true;
      } else if (std::holds_alternative<Closed>(*event)) {
        note("closed");
        return false;
      } else {
        note("event " + std::to_string(event->index()));
      }
    }
  }

  void keep(MutBytes part) {
    const Bytes storage = storage_;
    EXPECT_TRUE(part.data() >= storage.data() &&
                part.data() + part.size() <= storage.data() + storage.size());
    EXPECT_FALSE(part.empty());
    outcome_.data.emplace_back(part.begin(), part.end());
  }

  void note(const std::string& what) {
    outcome_.events.push_back(std::to_string(outcome_.data.size()) + " " + what);
  }

  void observe(const Observation& observation) override {
    std::string text = std::to_string(observation.index());
    if (const auto* record = std::get_if<RecordSeen>(&observation)) {
      text += " " + std::to_string(static_cast<int>(record->type)) + " " +
              std::to_string(record->wire_size) + " " + std::to_string(record->content_size);
    } else if (const auto* alert = std::get_if<AlertSeen>(&observation)) {
      text += " " + std::to_string(static_cast<int>(alert->alert));
    } else if (const auto* message = std::get_if<MessageSeen>(&observation)) {
      text += " " + std::to_string(static_cast<int>(message->type));
    }
    outcome_.observations.push_back(text);
  }

  End* end_;
  Buffer storage_ = Buffer(5 * Input::least);
  Input in_{storage_};
  Output out_;
  Outcome outcome_;
};

/// What the same scene comes to, played once by `next` and once by `open`.
template <class Play>
void expect_alike(const Sides& sides, bool to_server, std::size_t piece, std::size_t most,
                  const Play& play) {
  Scene one(sides, to_server);
  Scene two(sides, to_server);
  play(one);
  play(two);
  ASSERT_EQ(one.bytes.size(), two.bytes.size());
  Outcome by_next = Hearer(*one.to).hear(one.bytes, piece, 0);
  Outcome by_open = Hearer(*two.to).hear(two.bytes, piece, most);
  if (crypto::suite_of(one.to->connection.settled().suite).mac) {
    // Its records begin with random bytes, each time with others.
    by_next.said.assign(by_next.said.size(), 0);
    by_open.said.assign(by_open.said.size(), 0);
  }
  EXPECT_TRUE(by_next.data == by_open.data);
  EXPECT_EQ(by_next.events, by_open.events);
  EXPECT_EQ(by_next.observations, by_open.observations);
  EXPECT_EQ(by_next.where, by_open.where);
  EXPECT_EQ(by_next.opened, by_open.opened);
  EXPECT_EQ(by_next.sealed, by_open.sealed);
  EXPECT_EQ(by_next.unread, by_open.unread);
  EXPECT_TRUE(by_next.said == by_open.said) << by_next.said.size();
}

struct Variant {
  std::string name;
  Sides sides;
};

std::vector<Variant> variants() {
  Sides common;  // without sessions, so that one connection is like another
  common.client.heartbeat = common.server.heartbeat = HeartbeatMode::peer_allowed_to_send;
  std::vector<Variant> all = {{"TLS 1.3", in_13(common)}, {"TLS 1.2", common}};
  all.back().sides.client.versions = all.back().sides.server.versions = {ProtocolVersion::tls12};
  Sides block = all.back().sides;
  block.key = CertificateKey::ecdsa_p256;
  block.client.policy = block.server.policy = Policy::legacy(legacy::cbc_suites);
  block.client.cipher_suites12 =
      block.server.cipher_suites12 = {CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha256};
  all.push_back({"CBC", block});
  all.push_back({"padded", all.front().sides});
  all.back().sides.client.record_padding = all.back().sides.server.record_padding = 64;
  return all;
}

TEST(Open, comes_to_what_next_comes_to) {
  for (const Variant& variant : variants()) {
    for (unsigned seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(variant.name + ", seed " + std::to_string(seed));
      std::mt19937 drawn(seed);
      const std::size_t piece = seed % 3 == 0 ? 1 + drawn() % 200 : 1U << 20;
      const std::size_t most = 1 + drawn() % 9;
      expect_alike(variant.sides, seed % 2 == 0, piece, most, [&](Scene& scene) {
        std::mt19937 random(seed);
        if (seed % 5 == 0) {  // the answer to a heartbeat is among what comes
          EXPECT_TRUE(scene.to->connection.send_heartbeat(scene.to->out));
          scene.from->receive(scene.to->take_output());
        }
        for (std::size_t i = random() % 30; i > 0; --i) {
          add_something(scene, random);
        }
        add_end(scene, random);
      });
    }
  }
}

TEST(Open, comes_to_what_next_comes_to_with_any_bit_turned) {
  const auto play = [](Scene& scene, std::size_t place) {
    scene.add_data(3);
    scene.add_data(7);
    if (!scene.speaks_12()) {
      EXPECT_TRUE(scene.from->connection.update_keys(scene.from->out, true));
    }
    scene.add_data(5);
    scene.add_empty_record();
    scene.add_data(1);
    scene.add_alert(Alert::close_notify);
    scene.finish();
    scene.bytes[place % scene.bytes.size()] ^= static_cast<std::uint8_t>(1U << (place % 8));
    return scene.bytes.size();
  };
  for (const Variant& variant : variants()) {
    Scene probe(variant.sides, true);
    const std::size_t size = play(probe, 0);
    for (std::size_t place = 0; place < size; ++place) {
      SCOPED_TRACE(variant.name + ", byte " + std::to_string(place));
      expect_alike(variant.sides, true, 1U << 20, 4, [&](Scene& scene) { play(scene, place); });
    }
  }
}

TEST(Open, takes_as_many_records_as_there_are_parts) {
  Scene scene(in_13(), true);
  for (int i = 0; i < 10; ++i) {
    scene.add_data(100);
  }
  scene.finish();
  Buffer storage(Input::least);
  Input in(storage);
  Output out;
  ASSERT_EQ(in.append(scene.bytes), scene.bytes.size());
  Connection& connection = scene.to->connection;
  std::array<MutBytes, 4> parts;
  EXPECT_EQ(connection.open(in, {}, out), 0U);
  EXPECT_EQ(in.waiting().size(), scene.bytes.size()) << "nothing was taken";
  EXPECT_EQ(connection.open(in, parts, out), 4U);
  const std::array<MutBytes, 4> first = parts;
  EXPECT_EQ(connection.open(in, parts, out), 4U);
  EXPECT_EQ(connection.open(in, parts, out), 2U);
  EXPECT_EQ(connection.open(in, parts, out), 0U);
  for (const MutBytes part : first) {
    EXPECT_TRUE(std::ranges::equal(part, sample_data(100)));
  }
  EXPECT_TRUE(out.pending().empty());
  EXPECT_TRUE(std::holds_alternative<NeedInput>(connection.next(in, out).value()));
}

TEST(Open, keeps_what_came_before_an_error) {
  Scene scene(in_13(), true);
  scene.add_data(10);
  scene.add_data(20);
  scene.finish();
  scene.bytes.back() ^= 1;
  Buffer storage(Input::least);
  Input in(storage);
  Output out;
  in.append(scene.bytes);
  std::array<MutBytes, 4> parts;
  EXPECT_EQ(scene.to->connection.open(in, parts, out), 1U);
  EXPECT_TRUE(std::ranges::equal(parts[0], sample_data(10)));
  EXPECT_FALSE(out.pending().empty()) << "the alert";
  const std::size_t said = out.pending().size();
  EXPECT_EQ(scene.to->connection.open(in, parts, out), 0U);
  EXPECT_FAILS(scene.to->connection.next(in, out), Reason::record_unreadable);
  EXPECT_EQ(out.pending().size(), said);
}

TEST(Open, opens_nothing_before_the_handshake_is_over) {
  Loopback pair;
  pair.client.run();
  Buffer storage(Input::least);
  Input in(storage);
  Output out;
  const Buffer hello = pair.client.take_output();
  in.append(hello);
  std::array<MutBytes, 2> parts;
  EXPECT_EQ(pair.server.connection.open(in, parts, out), 0U);
  EXPECT_EQ(in.waiting().size(), hello.size());
  EXPECT_TRUE(out.pending().empty());
}

// It lies in the handshake, until the `next` that follows Connected.
TEST(Open, leaves_the_verdict_to_who_may_still_read_it) {
  Loopback pair;
  bool is_trusted = false;
  pair.client.on_connected = [&](const Connected& connected) {
    Buffer storage(Input::least);
    Input in(storage);
    Output out;
    std::array<MutBytes, 2> parts;
    EXPECT_EQ(pair.client.connection.open(in, parts, out), 0U);
    ASSERT_NE(pair.client.handshake(), nullptr);
    EXPECT_EQ(connected.verdict, pair.client.handshake()->verdict());
    is_trusted = connected.verdict->is_trusted();
  };
  pair.connect();
  EXPECT_TRUE(is_trusted);
}

}  // namespace
}  // namespace handfast::test
