#include "handfast/net.h"
#include "net/peers.h"
#include "net/wait.h"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::net {
namespace {

using namespace std::chrono_literals;

TEST(LookUp, reads_addresses_without_asking_anybody) {
  EXPECT_EQ(look_up("127.0.0.1", 443, 0ms).value().front().text(), "127.0.0.1");
  EXPECT_EQ(look_up("::1", 443, 0ms).value().front().text(), "::1");
}

TEST(LookUp, finds_localhost) { EXPECT_FALSE(look_up("localhost", 443, 10s).value().empty()); }

TEST(LookUp, says_when_a_name_has_no_address) {
  // A label of 64 letters cannot be asked for, so no resolver is needed to answer.
  const std::string label(64, 'x');
  EXPECT_EQ(look_up(label + ".test", 443, 10s).error().reason, Reason::name_not_found);
}

TEST(Reach, connects_and_says_whom) {
  const Bound server;
  server.listen();
  const auto reached = reach({loopback(server.port)}, 5s);
  ASSERT_TRUE(reached.has_value());
  EXPECT_EQ(reached->address.text(), "127.0.0.1");
}

TEST(Reach, goes_on_to_the_next_address) {
  const Bound silent;
  const Bound server;
  server.listen();
  EXPECT_TRUE(reach({loopback(silent.port), loopback(server.port)}, 5s).has_value());
}

TEST(Reach, says_when_nobody_listens) {
  const Bound silent;
  EXPECT_EQ(reach({loopback(silent.port)}, 5s).error().reason, Reason::connection_refused);
}

TEST(Reach, gives_up_in_time) {
  // A full queue of connections that nobody accepts leaves further ones without an answer.
  const Bound server;
  EXPECT_EQ(::listen(server.socket.number(), 0), 0);
  std::vector<Descriptor> waiting;
  const auto start = std::chrono::steady_clock::now();
  Result<Reached> reached = reach({loopback(server.port)}, 100ms);
  while (reached && waiting.size() < 8) {
    waiting.push_back(std::move(reached->socket));
    reached = reach({loopback(server.port)}, 100ms);
  }
  ASSERT_FALSE(reached.has_value());
  EXPECT_EQ(reached.error().reason, Reason::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Reach, has_nowhere_to_go_without_addresses) {
  EXPECT_EQ(reach({}, 1s).error().reason, Reason::unreachable);
}

class Pieces : public ::testing::Test {
 protected:
  Pieces() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours_ = Descriptor(ends[0]);
    theirs_ = Descriptor(ends[1]);
  }

  Descriptor ours_;
  Descriptor theirs_;
  std::vector<std::uint8_t> storage_ = std::vector<std::uint8_t>(Input::least);
  Input input_ = Input(storage_);
  Output output_;
};

TEST_F(Pieces, receive_what_came_and_tell_nothing_from_the_end) {
  EXPECT_FALSE(receive_some(ours_, input_).value().has_value());
  ASSERT_EQ(::write(theirs_.number(), "hello", 5), 5);
  EXPECT_EQ(receive_some(ours_, input_).value(), 5U);
  EXPECT_EQ(as_text(input_.waiting()), "hello");
  theirs_ = Descriptor();
  EXPECT_EQ(receive_some(ours_, input_).value(), 0U);
}

TEST_F(Pieces, send_as_much_as_fits) {
  constexpr std::size_t size = std::size_t{8} << 20;
  const MutBytes room = output_.room(size).value();
  std::ranges::fill(room.first(size), std::uint8_t{7});
  output_.commit(size);
  const std::size_t sent = send_some(ours_, output_).value();
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, size);
  EXPECT_EQ(output_.pending().size(), size - sent);
}

TEST_F(Pieces, say_when_the_connection_is_lost) {
  theirs_ = Descriptor();
  ASSERT_TRUE(output_.room(1).has_value());
  output_.commit(1);
  EXPECT_EQ(send_some(ours_, output_).error().reason, Reason::connection_lost);
}

TEST_F(Pieces, wait_no_longer_than_they_may) {
  EXPECT_FALSE(wait_for(ours_, POLLIN, deadline_in(10ms)));
  ASSERT_EQ(::write(theirs_.number(), "x", 1), 1);
  EXPECT_TRUE(wait_for(ours_, POLLIN, deadline_in(10s)));
}

TEST(Text, is_the_same_memory_as_its_bytes) {
  constexpr std::string_view text = "text";
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
}

}  // namespace
}  // namespace handfast::net
