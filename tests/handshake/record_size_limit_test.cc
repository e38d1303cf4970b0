// record_size_limit: no record is larger than its reader wants. RFC 8449.
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

Sides limited(std::uint16_t client, std::uint16_t server) {
  Sides sides = authenticated();
  sides.client.record_size_limit = client;
  sides.server.record_size_limit = server;
  return sides;
}

/// The largest protected record of `end`: what is left of it without header and tag.
std::size_t largest(End& end) {
  std::size_t most = 0;
  for (const SentRecord& record : end.take_records()) {
    if (record.epoch != Epoch::plaintext) {
      most = std::max(most, record.wire_size - 5 - 16);
    }
  }
  return most;
}

/// Says `size` bytes to the peer and returns the largest record that this took.
std::size_t largest_of(Loopback& pair, End& from, End& to, std::size_t size) {
  static_cast<void>(from.take_records());
  to.data.clear();
  from.send(sample_data(size));
  const std::size_t most = largest(from);
  pair.carry(from, to);
  EXPECT_EQ(to.data, sample_data(size));
  return most;
}

TEST(RecordSizeLimit, holds_for_the_handshake_and_for_data) {
  for (const std::uint16_t limit : std::to_array<std::uint16_t>({64, 65, 1000, 16'384})) {
    Loopback pair(limited(limit, static_cast<std::uint16_t>(limit + 1)));
    pair.client.run();
    pair.carry(pair.client, pair.server);
    EXPECT_LE(largest(pair.server), limit);
    pair.connect();
    EXPECT_EQ(largest_of(pair, pair.server, pair.client, 40'000), limit);
    EXPECT_EQ(largest_of(pair, pair.client, pair.server, 40'000), limit + 1U);
  }
}

TEST(RecordSizeLimit, leaves_no_room_for_padding_that_would_pass_it) {
  Sides sides = limited(100, 100);
  sides.client.record_padding = 64;
  sides.server.record_padding = 1000;
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(largest_of(pair, pair.client, pair.server, 10), 64U);
  EXPECT_EQ(largest_of(pair, pair.client, pair.server, 70), 71U) << "128 would be too much";
  EXPECT_EQ(largest_of(pair, pair.server, pair.client, 10), 11U);
}

TEST(RecordSizeLimit, is_nothing_to_who_says_nothing) {
  for (const auto& [client, server] : {std::pair(0, 64), std::pair(64, 0)}) {
    Loopback pair(limited(static_cast<std::uint16_t>(client), static_cast<std::uint16_t>(server)));
    pair.connect();
    EXPECT_EQ(largest_of(pair, pair.client, pair.server, 20'000), limits::record_inner);
    EXPECT_EQ(largest_of(pair, pair.server, pair.client, 20'000), limits::record_inner);
  }
}

TEST(RecordSizeLimit, may_be_larger_than_any_record) {
  Loopback pair(limited(16'385, 16'385));
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[record_size_limit] = {0xff, 0xff}; })},
              {1, reforge([](Flight&) {})}});
  // The hello was changed, so the handshake ends; but not for its limit.
  EXPECT_FAILS(pair.client.outcome(), Reason::record_unreadable);
}

TEST(RecordSizeLimit, is_enforced) {
  const auto answered = [](Content limit) {
    return reforge(replace_extensions({{record_size_limit, std::move(limit)}}));
  };
  const auto wished = [](Content limit) {
    return edit_hello([limit](OpenHello& hello) { hello[record_size_limit] = limit; });
  };
  const std::vector<Refusal> rows = {
      {"a client that wants records of 63 bytes",
       by_server,
       Reason::record_size_limit_invalid,
       {{0, wished({0, 63})}}},
      {"a server that wants records of 63 bytes",
       by_client,
       Reason::record_size_limit_invalid,
       {{1, answered({0, 63})}}},
      {"a limit with a byte more", by_server, Reason::message_leftover, {{0, wished({1, 0, 0})}}},
  };
  expect_refusals(rows);

  // A client that was told of another limit than the server's. It cannot read the alert: what they
  // saw of the handshake differs, and so do their keys.
  Loopback pair(limited(16'385, 64));
  Middle middle(pair);
  middle.run({{1, answered({0x40, 0x01})}});
  EXPECT_FAILS(pair.server.outcome(), Reason::record_overflow);
}

TEST(RecordSizeLimit, is_64_to_16385_or_nothing) {
  for (const std::uint16_t limit : std::to_array<std::uint16_t>({1, 63, 16'386, 65'535})) {
    ClientOptions client;
    client.record_size_limit = limit;
    EXPECT_FAILS(ClientConfig::make(authorities(), client), Reason::configuration_unsupported);
    ServerOptions server;
    server.record_size_limit = limit;
    EXPECT_FAILS(ServerConfig::make({credential(CertificateKey::ed25519)}, server),
                 Reason::configuration_unsupported);
  }
}

}  // namespace
}  // namespace handfast::test
