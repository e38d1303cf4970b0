#include "handfast/net.h"
#include "net/peers.h"
#include "support/expect.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace handfast::net {
namespace {

using namespace std::chrono_literals;

TEST(Listener, tells_its_port_and_refuses_one_that_is_taken) {
  const auto first = Listener::open("127.0.0.1", 0);
  ASSERT_TRUE(first.has_value());
  EXPECT_NE(first->port(), 0);
  EXPECT_FAILS(Listener::open("127.0.0.1", first->port()), Reason::address_in_use);
}

TEST(Listener, listens_at_every_address_where_none_is_named) {
  const auto listener = Listener::open("", 0);
  ASSERT_TRUE(listener.has_value());
  EXPECT_TRUE(reach({loopback(listener->port())}, 5s).has_value());
}

TEST(Listener, refuses_an_address_of_others) {
  EXPECT_FAILS(Listener::open("192.0.2.1", 0), Reason::unreachable);
}

TEST(Listener, refuses_a_name_without_an_address) {
  // A label of 64 letters cannot be asked for, so no resolver is needed to answer.
  EXPECT_FAILS(Listener::open(std::string(64, 'x') + ".test", 0), Reason::name_not_found);
}

/// Lets the kernel refuse every port to the calling thread, for as long as it lives, as security
/// modules and sandboxes do. Root could take any port otherwise, and in many containers everybody.
[[nodiscard]] bool forbid_ports() {
  std::array<sock_filter, 4> rules = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bind, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = rules.size(), .filter = rules.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(Listener, says_when_the_system_forbids_a_port) {
  std::jthread([] {
    ASSERT_TRUE(forbid_ports());
    EXPECT_FAILS(Listener::open("127.0.0.1", 0), Reason::port_forbidden);
  }).join();
  EXPECT_TRUE(Listener::open("127.0.0.1", 0).has_value()) << "only that thread was forbidden";
}

class Accept : public ::testing::Test {
 protected:
  Listener listener_ = Listener::open("127.0.0.1", 0).value();
  const Sides sides_;
};

TEST_F(Accept, takes_one_client_after_another) {
  const std::jthread clients([&] {
    for (const std::string_view word : {"first", "second"}) {
      Result<Stream> stream = connect(sides_.client, "127.0.0.1", listener_.port(), 10s);
      ASSERT_TRUE(stream.has_value());
      EXPECT_TRUE(stream->write(word).has_value());
      EXPECT_TRUE(stream->close().has_value());
    }
  });
  for (const std::string_view word : {"first", "second"}) {
    Result<Stream> stream = listener_.accept(sides_.server);
    ASSERT_TRUE(stream.has_value());
    EXPECT_FALSE(stream->connection().is_connected()) << "the handshake is the caller's";
    ASSERT_TRUE(stream->handshake().has_value());
    EXPECT_EQ(as_text(stream->read().value()), word);
    EXPECT_TRUE(stream->close().has_value());
  }
}

TEST_F(Accept, outlives_a_client_that_left_before_it_was_taken) {
  static_cast<void>(reach({loopback(listener_.port())}, 5s).value());
  Result<Stream> gone = listener_.accept(sides_.server);
  ASSERT_TRUE(gone.has_value());
  EXPECT_FAILS(gone->handshake(), Reason::closed_in_handshake);

  const Reached next = reach({loopback(listener_.port())}, 5s).value();
  EXPECT_TRUE(listener_.accept(sides_.server).has_value());
}

TEST_F(Accept, waits_for_no_silent_client_longer_than_it_may) {
  const Reached silent = reach({loopback(listener_.port())}, 5s).value();
  Stream stream = listener_.accept(sides_.server).value();
  stream.set_limit(50ms);
  EXPECT_FAILS(stream.handshake(), Reason::timed_out);
}

TEST_F(Accept, needs_a_configuration) {
  const Reached client = reach({loopback(listener_.port())}, 5s).value();
  EXPECT_FAILS(listener_.accept(nullptr), Reason::configuration_empty);
}

}  // namespace
}  // namespace handfast::net
