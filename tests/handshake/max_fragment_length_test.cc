// max_fragment_length: records of both sides hold as much as the client asks for, and no more. RFC
// 6066 §4, RFC 8449 §5.
#include "message/extension/max_fragment_length.h"

#include "base/limits.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

constexpr auto tls12 = ProtocolVersion::tls12;
constexpr auto tls13 = ProtocolVersion::tls13;
constexpr std::size_t around13 = 5 + 16;      // header and tag; the type counts as content
constexpr std::size_t around12 = 5 + 8 + 16;  // with the explicit nonce

static_assert(message::MaxFragmentLength::of(512).max_fragment_length == 1);
static_assert(message::MaxFragmentLength::of(4096).max_fragment_length == 4);
static_assert(!message::MaxFragmentLength::has(0) && !message::MaxFragmentLength::has(8192));

/// A client that asks for `length`, of a server that knows no newer wish.
Sides asking(std::uint16_t length, ProtocolVersion version = tls13, Sides sides = {}) {
  sides.client.versions = sides.server.versions = {version};
  sides.client.max_fragment_length = length;
  sides.server.record_size_limit = 0;
  return sides;
}

std::size_t longest(const std::vector<SentRecord>& records) {
  std::size_t most = 0;
  for (const SentRecord& record : records) {
    most = std::max(most, record.wire_size);
  }
  return most;
}

/// Says 20,000 bytes to the peer and returns the longest record that this took.
std::size_t longest_of_data(Loopback& pair, End& from, End& to) {
  static_cast<void>(from.take_records());
  to.data.clear();
  from.send(sample_data(20'000));
  const std::size_t most = longest(from.take_records());
  pair.carry(from, to);
  EXPECT_EQ(to.data, sample_data(20'000));
  return most;
}

TEST(MaxFragmentLength, holds_for_data_of_both_sides) {
  for (const std::uint16_t length : std::to_array<std::uint16_t>({512, 1024, 2048, 4096})) {
    for (const ProtocolVersion version : {tls13, tls12}) {
      Loopback pair(asking(length, version));
      pair.connect();
      EXPECT_EQ(pair.client.connection.settled().max_fragment_length, length);
      EXPECT_EQ(pair.server.connection.settled().max_fragment_length, length);
      const std::size_t around = version == tls13 ? around13 : around12;
      EXPECT_EQ(longest_of_data(pair, pair.client, pair.server), length + around);
      EXPECT_EQ(longest_of_data(pair, pair.server, pair.client), length + around);
    }
  }
}

TEST(MaxFragmentLength, holds_for_the_handshake_from_the_answer_on) {
  for (const ProtocolVersion version : {tls13, tls12}) {
    Loopback pair(asking(512, version, {.key = CertificateKey::rsa}));
    pair.client.run();
    pair.carry(pair.client, pair.server);
    // Also what TLS 1.2 sends in clear; of TLS 1.3 what follows the ServerHello.
    auto records = pair.server.take_records();
    std::erase_if(records, [version](const SentRecord& record) {
      return version == tls13 && record.epoch == Epoch::plaintext;
    });
    EXPECT_GT(records.size(), 2U);
    EXPECT_LE(longest(records), 512 + around12);
    static_cast<void>(pair.client.take_records());
    pair.connect();
    EXPECT_LE(longest(pair.client.take_records()), 512 + around12);
  }
}

TEST(MaxFragmentLength, splits_no_message_that_fits) {
  Loopback pair(asking(512, tls12));
  pair.client.run();
  pair.carry(pair.client, pair.server);
  const Content flight = pair.server.take_output();
  std::size_t records = 0;
  for (std::size_t at = 0; at < flight.size(); ++records) {
    const std::size_t size = static_cast<std::size_t>(flight[at + 3]) << 8 | flight[at + 4];
    for (std::size_t message = 0; message < size;) {
      ASSERT_LE(message + 4, size);
      const auto* const header = &flight[at + 5 + message];
      message += 4 + (static_cast<std::size_t>(header[2]) << 8 | header[3]);
      EXPECT_LE(message, size);
    }
    at += 5 + size;
  }
  EXPECT_GE(records, 2U);
}

TEST(MaxFragmentLength, gives_way_to_record_size_limit) {
  for (const ProtocolVersion version : {tls13, tls12}) {
    Sides sides = asking(512, version);
    sides.server.record_size_limit = 2000;
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(pair.client.connection.settled().max_fragment_length, 0);
    EXPECT_EQ(pair.server.connection.settled().max_fragment_length, 0);
    // Each takes what it has said, and the client has said what it wants in either way.
    const std::size_t around = version == tls13 ? around13 : around12;
    EXPECT_EQ(longest_of_data(pair, pair.server, pair.client), 512 + around);
    EXPECT_EQ(longest_of_data(pair, pair.client, pair.server), 2000 + around);

    sides.client.record_size_limit = 100;  // the smaller of both wishes is what is told
    Loopback smaller(sides);
    smaller.connect();
    EXPECT_EQ(longest_of_data(smaller, smaller.server, smaller.client), 100 + around);

    sides.client.record_size_limit = 0;  // one who does not speak of it has its answer
    Loopback silent(sides);
    silent.connect();
    EXPECT_EQ(silent.server.connection.settled().max_fragment_length, 512);
    EXPECT_EQ(longest_of_data(silent, silent.client, silent.server), 512 + around);
  }
}

TEST(MaxFragmentLength, leaves_no_room_for_padding_that_would_pass_it) {
  Sides sides = asking(512);
  sides.client.record_padding = 500;
  Loopback pair(sides);
  pair.connect();
  EXPECT_LE(longest_of_data(pair, pair.client, pair.server), 512 + around13);
}

TEST(MaxFragmentLength, is_refused_where_it_breaks_a_rule) {
  const auto wished = [](Content code) {
    return edit_hello([code](OpenHello& hello) { hello[max_fragment_length] = code; });
  };
  const auto answered = [](Content code) {
    return reforge(replace_extensions({{max_fragment_length, std::move(code)}}));
  };
  const std::vector<Refusal> rows = {
      {"a code for nothing",
       by_server,
       Reason::max_fragment_length_invalid,
       {{0, wished({0})}},
       asking(4096)},
      {"2^13", by_server, Reason::max_fragment_length_invalid, {{0, wished({5})}}, asking(4096)},
      {"2^13 in TLS 1.2",
       by_server,
       Reason::max_fragment_length_invalid,
       {{0, wished({5})}},
       asking(4096, tls12)},
      {"a code with a byte more",
       by_server,
       Reason::message_leftover,
       {{0, wished({1, 0})}},
       asking(4096)},
      {"another answer",
       by_client,
       Reason::max_fragment_length_changed,
       {{1, answered({2})}},
       asking(4096)},
      {"an answer that is no length",
       by_client,
       Reason::max_fragment_length_changed,
       {{1, answered({0})}},
       asking(4096)},
      {"another answer in TLS 1.2",
       by_client,
       Reason::max_fragment_length_changed,
       {{1, wished({2})}},
       asking(4096, tls12)},
      {"both answers",
       by_client,
       Reason::record_limits_both,
       {{1,
         reforge(replace_extensions({{max_fragment_length, {1}}, {record_size_limit, {1, 0}}}))}},
       asking(4096)},
      {"both answers in TLS 1.2",
       by_client,
       Reason::record_limits_both,
       {{1, edit_hello([](OpenHello& hello) { hello[record_size_limit] = {1, 0}; })}},
       asking(4096, tls12)},
  };
  expect_refusals(rows);
}

TEST(MaxFragmentLength, is_not_looked_at_beside_record_size_limit) {
  // RFC 8449 §5 has it ignored, and so what stands in it too.
  Sides sides = asking(4096);
  sides.server.record_size_limit = 16'385;
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[max_fragment_length] = {9}; })},
              {1, reforge([](Flight&) {})}});
  EXPECT_FAILS(pair.client.outcome(), Reason::record_unreadable) << "the hello was changed";
}

/// A record of application data with `size` bytes, of the peer of `to`.
void say(Middle& middle, End& to, std::size_t size) {
  const auto data = sample_data(size);
  to.receive(middle.seal(to, middle.piece_for(to, ContentType::application_data, data)));
}

TEST(MaxFragmentLength, is_enforced) {
  for (const bool to_client : {true, false}) {
    Loopback pair(asking(4096));
    Middle middle(pair);
    pair.connect();
    End& reader = to_client ? pair.client : pair.server;
    say(middle, reader, 4096);
    ASSERT_TRUE(reader.outcome()) << "RFC 6066 counts content without its type";
    EXPECT_EQ(reader.data.size(), 4096U);
    say(middle, reader, 4097);
    EXPECT_FAILS(reader.outcome(), Reason::record_overflow);
    EXPECT_EQ(reader.sent_alerts, std::vector{Alert::record_overflow});
  }
}

TEST(MaxFragmentLength, is_enforced_before_anything_is_decrypted) {
  Loopback pair(asking(4096));
  pair.connect();
  constexpr std::uint16_t size = 4096 + 256 + 1;
  const Content header = {23, 3, 3, size >> 8, size & 0xff};
  pair.client.receive(header);  // no more of it has come
  EXPECT_FAILS(pair.client.outcome(), Reason::record_overflow);
}

TEST(MaxFragmentLength, is_enforced_in_clear) {
  // A server that says yes and sends the rest of its flight as if it had not.
  Loopback pair(asking(512, tls12, {.key = CertificateKey::rsa}));
  pair.client.run();
  pair.carry(pair.client, pair.server);
  const Content flight = pair.server.take_output();
  Content messages;
  for (std::size_t at = 0; at < flight.size();) {
    const std::size_t size = static_cast<std::size_t>(flight[at + 3]) << 8 | flight[at + 4];
    const auto content = flight.begin() + static_cast<std::ptrdiff_t>(at + 5);
    messages.insert(messages.end(), content, content + static_cast<std::ptrdiff_t>(size));
    at += 5 + size;
  }
  const std::size_t hello = 4 + (static_cast<std::size_t>(messages[2]) << 8 | messages[3]);
  const auto record = [](Bytes content) {
    Content bytes = {22, 3, 3, static_cast<std::uint8_t>(content.size() >> 8),
                     static_cast<std::uint8_t>(content.size())};
    bytes.insert(bytes.end(), content.begin(), content.end());
    return bytes;
  };
  ASSERT_GT(messages.size() - hello, 513U);
  pair.client.receive(record(Bytes(messages).first(hello)));
  ASSERT_TRUE(pair.client.outcome());
  pair.client.receive(record(Bytes(messages).subspan(hello, 513)));
  EXPECT_FAILS(pair.client.outcome(), Reason::record_overflow);
}

TEST(MaxFragmentLength, does_not_bind_early_data) {
  Sides sides = with_early_data(asking(512));
  Loopback first(sides);
  first.connect();
  for (const bool is_taken : {true, false}) {
    Sides again = sides;
    if (!is_taken) {
      again.server.alpn = again.client.alpn = {"h2"};
    }
    Loopback pair(again);
    pair.client.run();
    pair.client.send_early(sample_data(10'000));
    pair.relay();
    ASSERT_TRUE(pair.client.connected && pair.server.connected);
    EXPECT_EQ(pair.server.early_data.size(), is_taken ? 10'000U : 0U);
    pair.client.take_records();
    Loopback next(sides);
    next.connect();
  }
}

// ---- sessions of TLS 1.2 ------------------------------------------------------------------------

Sides with_sessions(std::uint16_t length) { return resuming(asking(length, tls12)); }

TEST(MaxFragmentLength, goes_on_with_a_session) {
  for (const bool by_id : {false, true}) {
    Sides sides = with_sessions(1024);
    if (by_id) {
      sides.server.tickets = std::make_shared<SessionStore>(10);
    }
    Loopback(sides).connect();
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(pair.server.connection.settled().session, SessionOutcome::resumed);
    EXPECT_EQ(pair.client.connection.settled().max_fragment_length, 1024);
    EXPECT_EQ(longest_of_data(pair, pair.server, pair.client), 1024 + around12);
    EXPECT_EQ(longest_of_data(pair, pair.client, pair.server), 1024 + around12);
  }
}

TEST(MaxFragmentLength, is_part_of_what_a_client_resumes_with) {
  Sides sides = with_sessions(1024);
  Loopback(sides).connect();
  for (const std::uint16_t other : std::to_array<std::uint16_t>({0, 512})) {
    sides.client.max_fragment_length = other;
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(pair.server.connection.settled().session, SessionOutcome::not_offered);
  }
}

/// What comes of a session with a length of 4096 where the hellos are changed on the way. The
/// handshake fails in the end, as they were.
struct Changed {
  SessionOutcome session;
  std::uint16_t client;
  std::uint16_t server;
};

Changed resumed_with(const std::map<unsigned, Edit>& edits, std::uint16_t server_limit = 0) {
  Sides sides = with_sessions(4096);
  sides.client.record_size_limit = 0;
  sides.server.record_size_limit = server_limit;
  Loopback(sides).connect();
  Loopback pair(sides);
  Middle(pair).run(edits);
  return {pair.server.connection.settled().session,
          pair.client.connection.settled().max_fragment_length,
          pair.server.connection.settled().max_fragment_length};
}

TEST(MaxFragmentLength, of_a_session_is_that_of_the_server_too) {
  const auto asked = [](Content code) {
    return edit_hello([code](OpenHello& hello) { hello[max_fragment_length] = code; });
  };
  const Edit silent = edit_hello([](OpenHello& hello) { hello.erase(max_fragment_length); });
  const Edit newer = edit_hello([](OpenHello& hello) { hello[record_size_limit] = {8, 0}; });

  EXPECT_EQ(resumed_with({}).session, SessionOutcome::resumed);
  EXPECT_EQ(resumed_with({{0, asked({3})}}).session, SessionOutcome::other_fragments);
  EXPECT_EQ(resumed_with({{0, newer}}, 16'385).session, SessionOutcome::other_fragments);

  // Who does not ask again goes on with it, and is not answered.
  const Changed unasked = resumed_with({{0, silent}});
  EXPECT_EQ(unasked.session, SessionOutcome::resumed);
  EXPECT_EQ(unasked.server, 4096);
}

TEST(MaxFragmentLength, of_a_session_need_not_be_said_again) {
  const Edit silent = edit_hello([](OpenHello& hello) { hello.erase(max_fragment_length); });
  EXPECT_EQ(resumed_with({{1, silent}}).client, 4096);
  // Of a session that began without one, an answer is what counts.
  Loopback pair(asking(4096, tls12));
  Middle(pair).run({{1, silent}});
  EXPECT_EQ(pair.client.connection.settled().max_fragment_length, 0);
}

TEST(MaxFragmentLength, is_one_of_four_or_nothing) {
  for (const std::uint16_t length :
       std::to_array<std::uint16_t>({1, 256, 511, 513, 8192, 16'384})) {
    ClientOptions options;
    options.max_fragment_length = length;
    EXPECT_FAILS(ClientConfig::make(authorities(), options), Reason::configuration_unsupported);
  }
}

}  // namespace
}  // namespace handfast::test
