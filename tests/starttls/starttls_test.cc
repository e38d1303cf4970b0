// What holds of every plain stream, whatever its protocol.
#include "handfast/starttls.h"

#include "base/limits.h"
#include "handfast/net.h"
#include "starttls/exchanges.h"
#include "support/expect.h"
#include "support/parties.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

constexpr std::array chunks = {std::size_t{1}, std::size_t{2}, std::size_t{7},
                               std::size_t{1} << 16};

/// Behind the go-ahead, as somebody between would write them; and TLS, which is early.
constexpr std::array<std::string_view, 5> injections = {"x", "\n", " ", "250 STARTTLS\r\n",
                                                        "\x16\x03\x03"};

std::shared_ptr<const ClientConfig> client_config() {
  return ClientConfig::make(authorities(), {}).value();
}

/// Plays `exchange` to its end and expects the go-ahead.
void go_through(Plain& plain, const Exchange& exchange, std::size_t chunk = 1 << 16) {
  Result<PlainTurn> turn = plain.hear("");
  for (const Turn& step : exchange.turns) {
    ASSERT_TRUE(turn.has_value());
    EXPECT_EQ(*turn, PlainTurn::need_input) << name(exchange.protocol);
    turn = plain.hear(step.heard, chunk);
    EXPECT_EQ(plain.take_said(), step.said) << name(exchange.protocol);
  }
  ASSERT_TRUE(turn.has_value()) << turn.error().text() << " " << name(exchange.protocol);
  EXPECT_EQ(*turn, PlainTurn::go_ahead) << name(exchange.protocol);
}

template <class Stream>
concept UpgradesInPlace =
    requires(Stream& stream, const Input& in, std::shared_ptr<const ClientConfig> config,
             UnixTime now) { stream.upgrade(in, config, now); };

TEST(StartTls, can_neither_be_copied_nor_be_kept_beside_the_connection) {
  static_assert(!std::is_copy_constructible_v<StartTls>);
  static_assert(!std::is_copy_assignable_v<StartTls>);
  static_assert(std::is_nothrow_move_constructible_v<StartTls>);
  static_assert(!UpgradesInPlace<StartTls>);
}

TEST(StartTls, knows_every_protocol_by_name_and_port) {
  EXPECT_EQ(all_starttls_protocols().size(), 13U);
  for (const StartTlsProtocol protocol : all_starttls_protocols()) {
    EXPECT_FALSE(name(protocol).empty());
    EXPECT_NE(usual_port(protocol), 0);
    EXPECT_TRUE(std::ranges::any_of(good_exchanges(), [&](const Exchange& exchange) {
      return exchange.protocol == protocol;
    })) << name(protocol);
  }
  EXPECT_EQ(name(StartTlsProtocol::xmpp_server), "xmpp-server");
  EXPECT_EQ(usual_port(StartTlsProtocol::postgres), 5432);
}

TEST(StartTls, goes_ahead_however_the_bytes_come) {
  for (const Exchange& exchange : good_exchanges()) {
    for (const std::size_t chunk : chunks) {
      Plain plain(exchange.protocol);
      go_through(plain, exchange, chunk);
      EXPECT_TRUE(plain.in.waiting().empty());
    }
  }
}

TEST(StartTls, becomes_a_connection_that_speaks_tls_alone) {
  const auto server_config =
      ServerConfig::make({credential(CertificateKey::ecdsa_p256, "mail.test")}, {}).value();
  for (const Exchange& exchange : good_exchanges()) {
    Plain plain(exchange.protocol);
    go_through(plain, exchange);
    Result<Connection> client =
        std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time);
    ASSERT_TRUE(client.has_value());
    Connection server = Connection::server(server_config, handshake_time).value();
    std::vector<std::uint8_t> storage(Input::least);
    Input server_in(storage);
    Output server_out;
    for (int flight = 0; flight < 6; ++flight) {
      while (client->next(plain.in, plain.out) && !plain.in.waiting().empty()) {
      }
      plain.out.consume(server_in.append(plain.out.pending()));
      while (server.next(server_in, server_out) && !server_in.waiting().empty()) {
      }
      server_out.consume(plain.in.append(server_out.pending()));
    }
    EXPECT_TRUE(client->is_connected() && server.is_connected()) << client->where();
    EXPECT_EQ(server.settled().server_name, "mail.test");
  }
}

TEST(StartTls, is_over_once_it_was_upgraded_even_in_vain) {
  Plain plain(StartTlsProtocol::postgres);
  EXPECT_FAILS(std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time),
               Reason::called_out_of_order);
  EXPECT_FAILS(plain.stream.next(plain.in, plain.out), Reason::called_out_of_order);
  EXPECT_FAILS(plain.stream.eof(), Reason::called_out_of_order);
  EXPECT_FAILS(std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time),
               Reason::called_out_of_order);
  EXPECT_EQ(plain.stream.where(), "gone over to TLS");
  plain.stream.observe_with(nullptr);
}

TEST(StartTls, is_not_upgraded_before_the_go_ahead) {
  for (const Exchange& exchange : good_exchanges()) {
    for (std::size_t count = 0; count < exchange.turns.size(); ++count) {
      Plain plain(exchange.protocol);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(plain.hear(exchange.turns[i].heard).has_value());
      }
      EXPECT_FAILS(std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time),
                   Reason::called_out_of_order);
    }
  }
}

// CVE-2011-0411 and its family (USENIX Security 2021, "Why TLS Is Better Without STARTTLS"),
// CVE-2021-23222.
TEST(StartTls, refuses_what_came_with_the_go_ahead) {
  for (const Exchange& exchange : good_exchanges()) {
    for (const std::string_view injection : injections) {
      Plain plain(exchange.protocol);
      for (std::size_t i = 0; i + 1 < exchange.turns.size(); ++i) {
        ASSERT_TRUE(plain.hear(exchange.turns[i].heard).has_value());
      }
      const Result<PlainTurn> turn =
          plain.hear(exchange.turns.back().heard + std::string(injection));
      if (exchange.protocol == StartTlsProtocol::mysql) {  // the go-ahead is our own
        EXPECT_FAILS(turn, Reason::starttls_unasked);
      } else {
        EXPECT_FAILS(turn, Reason::starttls_spoke_on) << name(exchange.protocol);
      }
      EXPECT_FALSE(
          std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time).has_value());
    }
  }
}

TEST(StartTls, refuses_what_came_between_the_go_ahead_and_the_upgrade) {
  for (const Exchange& exchange : good_exchanges()) {
    for (const std::string_view injection : injections) {
      Plain plain(exchange.protocol);
      go_through(plain, exchange);
      plain.in.append(net::as_bytes(injection));
      EXPECT_FAILS(std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time),
                   Reason::starttls_spoke_on);

      Plain again(exchange.protocol);
      go_through(again, exchange);
      EXPECT_FAILS(again.hear(injection), Reason::starttls_spoke_on);
    }
  }
}

TEST(StartTls, refuses_answers_that_come_before_their_question) {
  for (const Exchange& exchange : good_exchanges()) {
    for (std::size_t at = 0; at + 1 < exchange.turns.size(); ++at) {
      Plain plain(exchange.protocol);
      Result<PlainTurn> turn = PlainTurn::need_input;
      for (std::size_t i = 0; i < at; ++i) {
        turn = plain.hear(exchange.turns[i].heard);
        ASSERT_TRUE(turn.has_value());
      }
      plain.in.append(net::as_bytes(exchange.turns[at].heard + exchange.turns[at + 1].heard));
      turn = plain.stream.next(plain.in, plain.out);
      if (exchange.protocol == StartTlsProtocol::irc) {  // whose servers chat
        EXPECT_TRUE(turn.has_value());
      } else {
        EXPECT_FAILS(turn, Reason::starttls_unasked) << name(exchange.protocol);
      }
    }
  }
}

TEST(StartTls, tells_of_every_end_before_the_go_ahead) {
  for (const Exchange& exchange : good_exchanges()) {
    std::string all;
    for (const Turn& turn : exchange.turns) {
      all += turn.heard;
    }
    for (std::size_t size = 0; size < all.size(); ++size) {
      Plain plain(exchange.protocol);
      Result<PlainTurn> turn = plain.hear("");
      for (std::size_t i = 0, at = 0; i < exchange.turns.size() && at < size; ++i) {
        const std::string_view heard = exchange.turns[i].heard;
        turn = plain.hear(heard.substr(0, size - at));
        at += std::min(heard.size(), size - at);
      }
      ASSERT_TRUE(turn.has_value());
      EXPECT_EQ(*turn, PlainTurn::need_input) << name(exchange.protocol) << " " << size;
      EXPECT_FAILS(plain.stream.eof(), Reason::starttls_closed);
      EXPECT_FAILS(plain.stream.next(plain.in, plain.out), Reason::starttls_closed);
    }
  }
}

TEST(StartTls, stays_failed_and_says_nothing_more) {
  Plain plain(StartTlsProtocol::smtp);
  EXPECT_FAILS(plain.hear("554 no\r\n"), Reason::starttls_refused);
  EXPECT_EQ(plain.take_said(), "");
  EXPECT_FAILS(plain.hear("220 mail.test\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(plain.stream.eof(), Reason::starttls_refused);
  EXPECT_EQ(plain.take_said(), "");
  EXPECT_TRUE(plain.stream.where().starts_with("smtp, failed: "));
  EXPECT_FAILS(std::move(plain.stream).upgrade(plain.in, client_config(), handshake_time),
               Reason::starttls_refused);
}

TEST(StartTls, says_where_it_stands) {
  Plain plain(StartTlsProtocol::smtp);
  EXPECT_EQ(plain.stream.where(), "smtp, awaiting the greeting");
  EXPECT_TRUE(plain.hear("220 mail.test\r\n").has_value());
  EXPECT_EQ(plain.stream.where(), "smtp, awaiting the answer to EHLO");
  Plain ahead(StartTlsProtocol::postgres);
  EXPECT_TRUE(ahead.hear("S").has_value());
  EXPECT_EQ(ahead.stream.where(), "postgres, about to begin TLS");
}

// ---- Bounds.

TEST(StartTls, refuses_lines_without_end) {
  const std::string endless(limits::starttls_line, 'a');
  for (const Exchange& exchange : good_exchanges()) {
    const bool is_of_packets = exchange.protocol == StartTlsProtocol::mysql ||
                               exchange.protocol == StartTlsProtocol::ldap ||
                               exchange.protocol == StartTlsProtocol::postgres;
    if (!is_of_packets) {
      EXPECT_FAILS(play(exchange.protocol, {endless}), Reason::starttls_too_long);
      EXPECT_TRUE(play(exchange.protocol, {endless.substr(1)}).has_value());
    }
  }
  EXPECT_FAILS(play(StartTlsProtocol::mysql, {raw("\xfd\x0f\x00\x00")}), Reason::starttls_too_long);
  EXPECT_TRUE(play(StartTlsProtocol::mysql, {raw("\xfc\x0f\x00\x00")}).has_value());
  EXPECT_FAILS(play(StartTlsProtocol::ldap, {raw("\x30\x84\xff\xff\xff\xff") + endless}),
               Reason::starttls_too_long);
}

TEST(StartTls, refuses_lines_without_number) {
  std::string lines;
  for (std::size_t i = 0; i < limits::starttls_lines; ++i) {
    lines += "220-\r\n";
  }
  EXPECT_TRUE(play(StartTlsProtocol::smtp, {lines}).has_value());
  EXPECT_FAILS(play(StartTlsProtocol::smtp, {lines + "220 \r\n"}), Reason::starttls_too_long);
}

TEST(StartTls, refuses_more_bytes_than_any_server_says) {
  const std::string line = "220-" + std::string(limits::starttls_line - 6, 'a') + "\r\n";
  const std::vector<std::string> most(limits::starttls_bytes / limits::starttls_line, line);
  EXPECT_TRUE(play(StartTlsProtocol::smtp, most).has_value());
  std::vector<std::string> more = most;
  more.emplace_back("220 \r\n");
  EXPECT_FAILS(play(StartTlsProtocol::smtp, more), Reason::starttls_too_long);
}

TEST(StartTls, needs_room_for_a_line) {
  Plain plain(StartTlsProtocol::smtp, 16);
  EXPECT_TRUE(plain.hear("220 mail.test a").has_value());
  EXPECT_FAILS(plain.hear("b"), Reason::input_too_small);
}

TEST(StartTls, needs_room_for_what_it_says) {
  std::vector<std::uint8_t> storage(Input::least);
  std::array<std::uint8_t, 4> little{};
  Input in(storage);
  Output out(little);
  StartTls plain(StartTlsProtocol::postgres, exchange_name());
  EXPECT_FAILS(plain.next(in, out), Reason::output_full);
}

// ---- Observers.

struct Listener final : Observer {
  void observe(const Observation& observation) override {
    const auto& plain = std::get<PlainSaid>(observation);
    (plain.flow == Flow::sent ? sent : received) += net::as_text(plain.bytes);
    packets.emplace_back(plain.packet);
  }

  std::string sent;
  std::string received;
  std::vector<std::string> packets;
};

TEST(StartTls, reports_all_that_was_said) {
  for (const Exchange& exchange : good_exchanges()) {
    Listener listener;
    Plain plain(exchange.protocol);
    plain.stream.observe_with(&listener);
    go_through(plain, exchange);
    std::string sent;
    std::string received;
    for (const Turn& turn : exchange.turns) {
      sent += turn.said;
      received += turn.heard;
    }
    EXPECT_EQ(listener.sent, sent);
    EXPECT_EQ(listener.received, received);
  }
  Listener listener;
  Plain plain(StartTlsProtocol::postgres);
  plain.stream.observe_with(&listener);
  EXPECT_TRUE(plain.hear("S").has_value());
  EXPECT_EQ(listener.packets, (std::vector<std::string>{"SSLRequest", "answer"}));
}

}  // namespace
}  // namespace handfast::test
