#include "handfast/net.h"
#include "net/peers.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// What a call may take that must not block; much, for machines are slow at times.
constexpr std::chrono::seconds patience = 10s;

class Streams : public ::testing::Test {
 protected:
  /// Takes one client in a thread of its own and does `talk` with it; then hangs up.
  std::jthread serve(std::function<void(Stream&)> talk) {
    return std::jthread([this, talk = std::move(talk)] {
      Result<Stream> stream = listener_.accept(sides_.server);
      ASSERT_TRUE(stream.has_value());
      stream->set_limit(patience);
      talk(*stream);
    });
  }

  [[nodiscard]] Result<Stream> connected() const {
    return connect(sides_.client, "127.0.0.1", listener_.port(), patience);
  }

  Listener listener_ = Listener::open("127.0.0.1", 0).value();
  Sides sides_;
};

/// `size` bytes or a few more, of which no two blocks are alike.
std::string counting_text(std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += std::to_string(text.size()) + ' ';
  }
  return text;
}

/// The next `size` bytes; fewer if the stream ends or fails before.
std::string read_text(Stream& stream, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    const Result<Bytes> bytes = stream.read();
    if (!bytes || bytes->empty()) {
      break;
    }
    text += as_text(*bytes);
  }
  return text;
}

// ---- Data.

TEST_F(Streams, carry_words_both_ways_and_end_cleanly) {
  const std::jthread server = serve([](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_EQ(as_text(stream.read().value()), "question");
    EXPECT_TRUE(stream.write("answer").has_value());
    EXPECT_TRUE(stream.close().has_value());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->connection().is_connected());
  EXPECT_TRUE(stream->write("question").has_value());
  EXPECT_EQ(as_text(stream->read().value()), "answer");
  EXPECT_TRUE(stream->read().value().empty());
  EXPECT_TRUE(stream->read().value().empty()) << "the end stays the end";
  EXPECT_TRUE(stream->close().has_value());
}

TEST_F(Streams, ask_a_client_who_it_is) {
  sides_ = Sides::with_later_authentication();
  const std::jthread server = serve([](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_EQ(as_text(stream.read().value()), "question");
    EXPECT_FAILS(stream.await_identity(), Reason::called_out_of_order);
    ASSERT_TRUE(stream.request_certificate().has_value());
    // What the client says before it has seen the request comes before its answer.
    EXPECT_FALSE(stream.await_identity().value().has_value());
    EXPECT_FALSE(stream.await_identity().value().has_value()) << "until it is read";
    EXPECT_EQ(as_text(stream.read().value()), "another");
    const std::optional<PeerIdentity> answer = stream.await_identity().value();
    ASSERT_TRUE(answer.has_value());
    const auto* identity = std::get_if<Identity>(&*answer);
    ASSERT_NE(identity, nullptr);
    EXPECT_TRUE(stream.write(identity->names().front().value).has_value());
    ASSERT_TRUE(stream.request_certificate().has_value());
    EXPECT_FAILS(stream.await_identity(), Reason::connection_lost);
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->write("question").has_value());
  EXPECT_TRUE(stream->write("another").has_value());
  EXPECT_EQ(as_text(stream->read().value()), "client.test");
  EXPECT_TRUE(stream->close().has_value());
}

TEST_F(Streams, give_up_what_was_not_read_when_they_close) {
  sides_ = Sides::with_later_authentication();
  const std::jthread server = serve([](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_EQ(as_text(stream.read().value()), "question");
    ASSERT_TRUE(stream.request_certificate().has_value());
    EXPECT_FALSE(stream.await_identity().value().has_value()) << "data waits to be read";
    EXPECT_TRUE(stream.close().has_value());
    EXPECT_TRUE(stream.read().value().empty());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->write("question").has_value());
  EXPECT_TRUE(stream->write("another").has_value());
  EXPECT_TRUE(stream->read().value().empty());
  EXPECT_TRUE(stream->close().has_value());
}

TEST_F(Streams, carry_early_data_beside_the_rest) {
  sides_ = Sides::with_early_data();
  const auto echo = [](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    const std::string early(as_text(stream.early_data().bytes));
    EXPECT_EQ(as_text(stream.read().value()), "late");
    EXPECT_TRUE(stream.write(early + ".").has_value());
    EXPECT_TRUE(stream.close().has_value());
  };
  for (const std::string expected : {"", "early"}) {  // a session first
    const std::jthread server = serve(echo);
    Stream stream = stream_to(listener_.port(), sides_);
    stream.set_limit(patience);
    EXPECT_EQ(stream.send_early({as_bytes("early")}).value(), expected.size());
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_FAILS(stream.send_early({as_bytes("late")}), Reason::called_out_of_order);
    EXPECT_EQ(stream.connection().settled().early_data == EarlyDataOutcome::accepted,
              !expected.empty());
    EXPECT_TRUE(stream.write("late").has_value());
    EXPECT_EQ(read_text(stream, expected.size() + 1), expected + ".");
    EXPECT_TRUE(stream.close().has_value());
  }
}

TEST_F(Streams, carry_more_than_a_socket_holds) {
  const std::string much = counting_text(8U << 20);
  const std::jthread server = serve([&](Stream& stream) {
    EXPECT_TRUE(read_text(stream, much.size()) == much);
    EXPECT_TRUE(stream.write(much).has_value());
    EXPECT_TRUE(stream.close().has_value());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->write(much).has_value());
  EXPECT_TRUE(read_text(*stream, much.size() + 1) == much);
  EXPECT_TRUE(stream->read().value().empty());
}

TEST_F(Streams, keep_what_has_come_when_they_are_moved) {
  std::jthread server = serve([](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(stream.write("one").has_value());
    EXPECT_TRUE(stream.write("two").has_value());
  });
  Result<Stream> stream = connected();
  server.join();
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(as_text(stream->read().value()), "one");
  EXPECT_FALSE(stream->unread().empty());
  Stream moved = *std::move(stream);
  EXPECT_EQ(as_text(moved.read().value()), "two");
}

// ---- The handshake.

TEST_F(Streams, make_the_handshake_once) {
  const std::jthread server = serve([](Stream& stream) {
    EXPECT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(stream.close().has_value());
  });
  Stream stream = stream_to(listener_.port(), sides_);
  EXPECT_FALSE(stream.connection().is_connected());
  EXPECT_TRUE(stream.handshake().has_value());
  EXPECT_TRUE(stream.handshake().has_value());
  EXPECT_TRUE(stream.read().value().empty());
}

TEST_F(Streams, make_the_handshake_when_they_are_read_first) {
  const std::jthread server = serve([](Stream& stream) {
    EXPECT_EQ(as_text(stream.read().value()), "hello");
    EXPECT_TRUE(stream.connection().is_connected());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->write("hello").has_value());
}

TEST_F(Streams, answer_the_operations_that_are_pulled) {
  sides_ = Sides({.signing = true, .chain_verification = true, .credential_choice = true});
  const std::jthread server =
      serve([](Stream& stream) { EXPECT_TRUE(stream.handshake().has_value()); });
  EXPECT_TRUE(connected().has_value());
}

TEST_F(Streams, refuse_a_server_with_another_name) {
  const std::jthread server = serve([](Stream& stream) {
    const Result<> done = stream.handshake();
    ASSERT_FAILS(done, Reason::alert_received);
    EXPECT_EQ(done.error().received, Alert::bad_certificate);
  });
  // An address is not sent as a name, so the server cannot see that another one is meant.
  Stream stream = stream_to(listener_.port(), sides_, "127.0.0.2");
  EXPECT_FAILS(stream.handshake(), Reason::certificate_name_mismatch);
}

TEST_F(Streams, hear_why_a_server_refused) {
  const std::jthread server =
      serve([](Stream& stream) { EXPECT_FAILS(stream.handshake(), Reason::server_name_unknown); });
  Stream stream = stream_to(listener_.port(), sides_, "other.test");
  const Result<> done = stream.handshake();
  ASSERT_FAILS(done, Reason::alert_received);
  EXPECT_EQ(done.error().received, Alert::unrecognized_name);
}

// ---- Ends.

TEST_F(Streams, tell_an_end_from_a_cut) {
  std::jthread server = serve([](Stream& stream) {
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(stream.write("half").has_value());
  });
  Result<Stream> stream = connected();
  server.join();
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(as_text(stream->read().value()), "half");
  EXPECT_FAILS(stream->read(), Reason::truncated);
  EXPECT_FAILS(stream->read(), Reason::truncated);
  EXPECT_FAILS(stream->write("more"), Reason::truncated);
}

TEST_F(Streams, notice_when_nobody_takes_what_they_write) {
  std::jthread server = serve([](Stream& stream) { ASSERT_TRUE(stream.handshake().has_value()); });
  Result<Stream> stream = connected();
  server.join();
  ASSERT_TRUE(stream.has_value());
  const std::string much(1U << 20, 'x');
  Result<> written;
  for (int i = 0; i < 100 && written; ++i) {
    written = stream->write(much);
  }
  EXPECT_FAILS(written, Reason::connection_lost);
}

TEST_F(Streams, drop_what_comes_after_their_close) {
  const std::jthread server = serve([](Stream& stream) {
    EXPECT_TRUE(stream.read().value().empty());
    EXPECT_TRUE(stream.write("too late").has_value());
    EXPECT_TRUE(stream.close().has_value());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  EXPECT_TRUE(stream->close().has_value());
  EXPECT_TRUE(stream->close().has_value()) << "twice is once";
  EXPECT_TRUE(stream->read().value().empty());
  EXPECT_FAILS(stream->write("more"), Reason::called_out_of_order);
}

// ---- Limits.

TEST_F(Streams, wait_no_longer_than_they_may_and_can_be_read_again) {
  const std::jthread server = serve([](Stream& stream) {
    EXPECT_EQ(as_text(stream.read().value()), "go on");
    EXPECT_TRUE(stream.write("here").has_value());
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  stream->set_limit(50ms);
  const auto start = Clock::now();
  EXPECT_FAILS(stream->read(), Reason::timed_out);
  EXPECT_GE(Clock::now() - start, 50ms);
  EXPECT_LT(Clock::now() - start, patience);
  stream->set_limit(patience);
  EXPECT_TRUE(stream->write("go on").has_value());
  EXPECT_EQ(as_text(stream->read().value()), "here");
}

TEST_F(Streams, wait_no_longer_for_a_peer_that_does_not_read) {
  std::binary_semaphore is_over(0);
  const std::jthread server = serve([&](Stream& stream) {
    EXPECT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(is_over.try_acquire_for(patience));
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  stream->set_limit(50ms);
  const std::string much(64U << 20, 'x');
  EXPECT_FAILS(stream->write(much), Reason::timed_out);
  is_over.release();
}

TEST_F(Streams, close_although_the_peer_does_not) {
  std::binary_semaphore is_over(0);
  const std::jthread server = serve([&](Stream& stream) {
    EXPECT_TRUE(stream.handshake().has_value());
    EXPECT_TRUE(is_over.try_acquire_for(patience));
  });
  Result<Stream> stream = connected();
  ASSERT_TRUE(stream.has_value());
  const auto start = Clock::now();
  EXPECT_TRUE(stream->close().has_value());
  EXPECT_GE(Clock::now() - start, 1s);
  EXPECT_LT(Clock::now() - start, patience);
  is_over.release();
}

TEST_F(Streams, connect_in_time_or_not_at_all) {
  const auto start = Clock::now();
  // The system takes the connection on behalf of the listener, which then says nothing.
  EXPECT_FAILS(connect(sides_.client, "127.0.0.1", listener_.port(), 50ms), Reason::timed_out);
  EXPECT_LT(Clock::now() - start, patience);
}

// ---- Wrong use.

TEST_F(Streams, need_a_name_that_can_be_checked) {
  EXPECT_FAILS(connect(sides_.client, "not a name", 443, 1s), Reason::server_name_invalid);
}

TEST_F(Streams, need_somebody_who_listens) {
  const Bound silent;
  EXPECT_FAILS(connect(sides_.client, "127.0.0.1", silent.port, patience),
               Reason::connection_refused);
}

TEST_F(Streams, need_a_configuration) {
  EXPECT_FAILS(connect(nullptr, "127.0.0.1", listener_.port(), patience),
               Reason::configuration_empty);
}

TEST_F(Streams, send_nothing_before_the_handshake) {
  Stream stream = stream_to(listener_.port(), sides_);
  EXPECT_FAILS(stream.write("early"), Reason::called_out_of_order);
}

// ---- Peers that do not speak TLS. They act before the handshake begins, so that nobody has to
// wait for anybody.

class StrangePeers : public ::testing::Test {
 protected:
  StrangePeers() {
    server_.listen();
    stream_.emplace(stream_to(server_.port, sides_));
    peer_ = server_.accept();
    stream_->set_limit(patience);
  }

  void say(Bytes bytes) const {
    EXPECT_EQ(::write(peer_.number(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  /// Ends the connection with a reset, as hosts do that do not know of it.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(::setsockopt(peer_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    peer_ = Descriptor();
  }

  /// What the client says until it hangs up.
  std::vector<std::uint8_t> hear_all() {
    stream_.reset();
    std::vector<std::uint8_t> heard;
    std::array<std::uint8_t, 4096> room{};
    for (ssize_t count = 1; count > 0;) {
      count = ::read(peer_.number(), room.data(), room.size());
      EXPECT_GE(count, 0);
      heard.insert(heard.end(), room.begin(), room.begin() + std::max<ssize_t>(count, 0));
    }
    return heard;
  }

  const Sides sides_;
  const Bound server_;
  std::optional<Stream> stream_;
  Descriptor peer_;
};

/// A record with one alert, before there are keys. RFC 9846 §6.
constexpr std::array<std::uint8_t, 7> fatal(Alert alert) {
  return {21, 3, 3, 0, 2, 2, static_cast<std::uint8_t>(alert)};
}

TEST_F(StrangePeers, are_quoted_and_told) {
  say(as_bytes("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_FAILS(stream_->handshake(), Reason::not_tls);
  EXPECT_EQ(as_text(stream_->unread()), "SSH-2.0-OpenSSH_9.2\r\n");
  const std::vector<std::uint8_t> heard = hear_all();
  constexpr std::array told = fatal(Alert::unexpected_message);
  ASSERT_GT(heard.size(), told.size());
  EXPECT_TRUE(std::equal(told.begin(), told.end(), heard.end() - told.size()));
}

TEST_F(StrangePeers, are_silent_only_for_so_long) {
  stream_->set_limit(50ms);
  EXPECT_FAILS(stream_->handshake(), Reason::timed_out);
}

TEST_F(StrangePeers, hang_up) {
  ASSERT_EQ(::shutdown(peer_.number(), SHUT_WR), 0);
  EXPECT_FAILS(stream_->handshake(), Reason::closed_in_handshake);
}

TEST_F(StrangePeers, reset) {
  reset();
  EXPECT_FAILS(stream_->handshake(), Reason::connection_lost);
}

TEST_F(StrangePeers, are_heard_even_where_they_no_longer_listen) {
  say(fatal(Alert::internal_error));
  reset();
  const Result<> done = stream_->handshake();
  ASSERT_FAILS(done, Reason::alert_received);
  EXPECT_EQ(done.error().received, Alert::internal_error);
}

}  // namespace
}  // namespace handfast::net
