// Heartbleed, a family of one: an answer is as long as the question says, and not as long as it is.
// CVE-2014-0160 (OpenSSL 1.0.1), of either side, in the handshake and after it. RFC 6520 §4.
#include "support/expect.h"
#include "support/loopback.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test::families {
namespace {

using Content = std::vector<std::uint8_t>;

struct Question {
  const char* name;
  Content content;
};

Content question(std::uint8_t type, std::uint16_t said, std::size_t payload, std::size_t padding) {
  Content bytes = {type, static_cast<std::uint8_t>(said >> 8), static_cast<std::uint8_t>(said)};
  bytes.insert(bytes.end(), payload, std::uint8_t{0x41});
  bytes.insert(bytes.end(), padding, std::uint8_t{0x42});
  return bytes;
}

const Question questions[] = {
    {"the one of the exploits: nothing, that says it is 16 KiB", question(1, 0x4000, 0, 0)},
    {"a byte, that says it is 64 KiB less one", question(1, 0xffff, 1, 0)},
    {"as much as a record holds, that says it is more", question(1, 0xffff, 16'000, 300)},
    {"one byte more than there is", question(1, 21, 20, 0)},
    {"one byte into its padding's sixteen", question(1, 21, 20, 16)},
    {"all of its padding", question(1, 36, 20, 16)},
    {"without padding", question(1, 20, 20, 0)},
    {"with a byte of padding too few", question(1, 20, 20, 15)},
    {"nothing at all", {}},
    {"half of a length", {1, 0}},
    {"a response that nobody waits for, too long besides", question(2, 0x4000, 4, 16)},
    {"of no known kind", question(3, 4, 4, 16)},
};

class Heartbleed : public testing::TestWithParam<ProtocolVersion> {
 protected:
  static Sides sides() {
    Sides sides;
    sides.client.versions = sides.server.versions = {GetParam()};
    sides.client.heartbeat = sides.server.heartbeat = HeartbeatMode::peer_allowed_to_send;
    return sides;
  }

  /// Has `from` say `content` as a heartbeat, as no well-behaved side would.
  static void say(Loopback& pair, End& from, End& to, const Content& content) {
    const Bytes part = content;
    from.wire().write_to(&from.out);
    constexpr auto type = HeartbeatMessageType::heartbeat_request;
    ASSERT_TRUE(from.wire().heartbeat(type, std::span(&part, 1)));
    from.wire().write_to(nullptr);
    pair.carry(from, to);
  }
};

TEST_P(Heartbleed, is_not_answered) {
  for (const Question& asked : questions) {
    Loopback pair(sides());
    pair.connect();
    for (const auto& [from, to] :
         {std::pair(&pair.client, &pair.server), std::pair(&pair.server, &pair.client)}) {
      static_cast<void>(to->take_output());
      say(pair, *from, *to, asked.content);
      EXPECT_TRUE(to->outcome()) << asked.name;
      EXPECT_TRUE(to->take_output().empty()) << asked.name;
    }
    // It was dropped, and no more: the next question, which is a good one, has its answer.
    ASSERT_TRUE(pair.client.connection.send_heartbeat(pair.client.out));
    pair.relay();
    EXPECT_EQ(pair.client.heartbeats, 1U) << asked.name;
  }
}

TEST_P(Heartbleed, is_not_answered_by_whoever_did_not_agree) {
  Sides deaf = sides();
  deaf.server.heartbeat.reset();
  Loopback pair(deaf);
  pair.connect();
  static_cast<void>(pair.server.take_output());
  say(pair, pair.client, pair.server, question(1, 0x4000, 0, 0));
  EXPECT_FAILS(pair.server.outcome(), Reason::record_type_unknown);
}

TEST_P(Heartbleed, is_not_answered_before_anybody_has_proved_anything) {
  Loopback pair(sides());
  pair.client.run();
  pair.carry(pair.client, pair.server);
  static_cast<void>(pair.server.take_output());
  static constexpr std::uint8_t in_clear[] = {24, 3, 2, 0, 3, 1, 0x40, 0};
  pair.server.receive(in_clear);
  EXPECT_TRUE(pair.server.take_output().empty() || pair.server.error);
  EXPECT_FALSE(pair.server.connected);
}

INSTANTIATE_TEST_SUITE_P(Family, Heartbleed,
                         testing::Values(ProtocolVersion::tls12, ProtocolVersion::tls13),
                         [](const auto& one) {
                           return std::string(one.param == ProtocolVersion::tls12 ? "tls12"
                                                                                  : "tls13");
                         });

}  // namespace
}  // namespace handfast::test::families
