#include "handfast/net.h"
#include "net/peers.h"
#include "support/expect.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::net {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds patience_for_plain = 10s;

void say(const Descriptor& socket, std::string_view words) {
  EXPECT_EQ(::send(socket.number(), words.data(), words.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(words.size()));
}

/// The next line of the peer, or what came before its end; never a byte behind it.
std::string hear_line(const Descriptor& socket) {
  std::string line;
  char byte = 0;
  while (!line.ends_with('\n') && ::recv(socket.number(), &byte, 1, 0) == 1) {
    line += byte;
  }
  return line;
}

/// An SMTP server in a thread, which says `answer` to STARTTLS and then does `talk`.
class PlainServers : public ::testing::Test {
 protected:
  std::jthread serve(std::string answer, std::function<void(Descriptor)> talk) {
    server_.listen();
    return std::jthread([this, answer = std::move(answer), talk = std::move(talk)] {
      Descriptor peer = server_.accept();
      say(peer, "220 localhost\r\n");
      EXPECT_EQ(hear_line(peer), "EHLO [127.0.0.1]\r\n");
      say(peer, "250-localhost\r\n250 STARTTLS\r\n");
      EXPECT_EQ(hear_line(peer), "STARTTLS\r\n");
      say(peer, answer);
      talk(std::move(peer));
    });
  }

  [[nodiscard]] Result<Stream> reached() const {
    return connect(sides_.client, StartTlsProtocol::smtp, "localhost", server_.port,
                   patience_for_plain);
  }

  const Sides sides_;
  const Bound server_;
};

void hear_the_end(const Descriptor& peer) { EXPECT_EQ(hear_line(peer), ""); }

TEST_F(PlainServers, go_over_to_tls) {
  const std::jthread server = serve("220 go\r\n", [&](Descriptor peer) {
    Stream stream(std::move(peer), Connection::server(sides_.server, now()).value());
    ASSERT_TRUE(stream.handshake().has_value());
    EXPECT_EQ(stream.connection().settled().server_name, "localhost");
    EXPECT_EQ(as_text(stream.read().value()), "EHLO again\r\n");
    EXPECT_TRUE(stream.write("250 localhost\r\n").has_value());
    EXPECT_TRUE(stream.close().has_value());
  });
  Result<Stream> stream = reached();
  ASSERT_TRUE(stream.has_value()) << stream.error().text();
  EXPECT_TRUE(stream->write("EHLO again\r\n").has_value());
  EXPECT_EQ(as_text(stream->read().value()), "250 localhost\r\n");
  EXPECT_TRUE(stream->close().has_value());
}

TEST_F(PlainServers, are_left_when_they_speak_on) {
  const std::jthread server = serve("220 go\r\n250 localhost\r\n", hear_the_end);
  EXPECT_FAILS(reached(), Reason::starttls_spoke_on);
}

TEST_F(PlainServers, are_left_when_they_refuse) {
  const std::jthread server = serve("454 no\r\n", hear_the_end);
  EXPECT_FAILS(reached(), Reason::starttls_refused);
}

// What comes later is TLS or nothing: words in clear never pass for the server's.
TEST_F(PlainServers, are_left_when_they_speak_in_clear_instead_of_tls) {
  const std::jthread server = serve("220 go\r\n", [](const Descriptor& peer) {
    char byte = 0;
    EXPECT_EQ(::recv(peer.number(), &byte, 1, 0), 1);
    EXPECT_EQ(byte, 22) << "the ClientHello";
    say(peer, "250 localhost\r\n");
    while (::recv(peer.number(), &byte, 1, 0) == 1) {
    }
  });
  EXPECT_FAILS(reached(), Reason::not_tls);
}

TEST_F(PlainServers, may_hang_up) {
  const std::jthread server = serve("", [](const Descriptor&) {});
  EXPECT_FAILS(reached(), Reason::starttls_closed);
}

TEST_F(PlainServers, are_waited_for_only_so_long) {
  server_.listen();
  const Reached client = reach({loopback(server_.port)}, 5s).value();
  EXPECT_FAILS(start_tls(client.socket,
                         StartTls(StartTlsProtocol::imap, ServerName::parse("localhost").value()),
                         sides_.client, 50ms),
               Reason::timed_out);
}

TEST_F(PlainServers, have_to_be_there_and_to_have_a_name) {
  EXPECT_FAILS(reached(), Reason::connection_refused);
  EXPECT_FAILS(connect(sides_.client, StartTlsProtocol::smtp, "*.test", server_.port),
               Reason::server_name_invalid);
}

}  // namespace
}  // namespace handfast::net
