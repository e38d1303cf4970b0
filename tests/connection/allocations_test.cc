// How often a handshake asks the heap for memory: at most ten times a side, whatever kind of
// handshake it is. Replaces operator new and delete for this whole program.
//
// Counted is every block that Handfast takes by operator new on one side, from `Connection::client`
// or `server` until that side is Connected: the state, the handshake with its arenas, what outgrew
// those, keys, the verdict and the certificates that it is about (which are views into the arena),
// sessions and the tickets that the server makes of them. Not counted: what is made once for many
// connections (configurations, names, credentials and trust, whose certificates are parsed there);
// the caller's buffers; libcrypto's own memory, which does not come through operator new (signing,
// and the curves and ciphers that we leave to it); and a client's keeping of tickets, which come
// after it is Connected.
#include "support/counting_new.h"
#include "support/loopback.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

constexpr std::size_t most = 10;

/// Longer than what a string of the standard library holds in itself.
constexpr std::string_view long_name = "a-server-of-some-length.shop.test";

/// While it lives, what is allocated counts.
class Counting {
 public:
  explicit Counting(std::size_t& count) : count_(count), before_(allocations) {}

  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

  ~Counting() { count_ += allocations - before_; }

 private:
  std::size_t& count_;
  std::size_t before_;
};

/// One side, in memory that it did not allocate itself.
class Side {
 public:
  template <class Make>
  explicit Side(Make make) {
    const Counting counting(count_);
    connection_.emplace(make().value());
  }

  /// Goes on as far as what came reaches.
  void run() {
    for (;;) {
      const Result<Event> event = next();
      ASSERT_TRUE(event) << event.error().text();
      if (std::holds_alternative<NeedInput>(*event)) {
        return;
      }
      if (std::holds_alternative<Connected>(*event)) {
        is_connected_ = true;
      } else {
        ASSERT_TRUE(std::holds_alternative<Data>(*event)) << "an operation was not answered inside";
      }
    }
  }

  void hear(Side& from) {
    from.out_.consume(in_.append(from.out_.pending()));
    ASSERT_TRUE(from.out_.pending().empty());
    run();
  }

  /// Allocations until it was connected.
  [[nodiscard]] std::size_t count() const { return count_; }

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  [[nodiscard]] const Settled& settled() const { return connection_->settled(); }

  [[nodiscard]] const PeerIdentity& peer() const { return connection_->peer(); }

 private:
  Result<Event> next() {
    std::size_t later = 0;
    const Counting counting(is_connected_ ? later : count_);
    return connection_->next(in_, out_);
  }

  std::vector<std::uint8_t> storage_ = std::vector<std::uint8_t>(2 * Input::least);
  std::vector<std::uint8_t> said_ = std::vector<std::uint8_t>(2 * Input::least);
  Input in_{storage_};
  Output out_{said_};
  std::size_t count_ = 0;
  bool is_connected_ = false;
  std::optional<Connection> connection_;
};

/// What both sides came to.
struct Counts {
  std::size_t client = 0;
  std::size_t server = 0;
  Settled settled = {};
  bool knows_client = false;
};

class Pair {
 public:
  explicit Pair(const Sides& sides)
      : client_(ClientConfig::make(sides.trust, sides.client).value()),
        server_(ServerConfig::make({sides.shown}, sides.server).value()), name_(sides.name) {}

  Counts connect() {
    ServerName name = ServerName::parse(name_).value();
    Side client([&] { return Connection::client(client_, std::move(name), handshake_time); });
    Side server([&] { return Connection::server(server_, handshake_time); });
    client.run();
    for (int turns = 0; turns < 3; ++turns) {
      server.hear(client);
      client.hear(server);
    }
    EXPECT_TRUE(client.is_connected() && server.is_connected());
    return {client.count(), server.count(), server.settled(),
            std::holds_alternative<Identity>(server.peer())};
  }

 private:
  std::shared_ptr<const ClientConfig> client_;
  std::shared_ptr<const ServerConfig> server_;
  std::string name_;
};

/// Which handshake it is.
struct Kind {
  ProtocolVersion version = ProtocolVersion::tls13;
  bool resumed = false;
  bool authenticated = false;  ///< the client
  bool hybrid = false;         ///< X25519MLKEM768 and what else is the default
  bool retried = false;        ///< by a HelloRetryRequest
  bool long_name = false;      ///< of the server

  [[nodiscard]] std::string text() const {
    std::string text = version == ProtocolVersion::tls13 ? "TLS 1.3" : "TLS 1.2";
    text += resumed ? ", resumed" : ", full";
    text += authenticated ? ", client authentication" : "";
    text += hybrid ? ", default groups" : ", X25519";
    text += retried ? ", HelloRetryRequest" : "";
    return text + (long_name ? ", a long name" : "");
  }
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const ProtocolVersion version : {ProtocolVersion::tls13, ProtocolVersion::tls12}) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      const Kind kind{version,         (bits & 1) != 0, (bits & 2) != 0,
                      (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0};
      if (version == ProtocolVersion::tls13 || !(kind.hybrid || kind.retried)) {
        all.push_back(kind);
      }
    }
  }
  return all;
}

Sides sides_of(const Kind& kind) {
  Sides sides;
  sides.name = kind.long_name ? long_name : server_dns_name;
  sides.client.versions = sides.server.versions = {kind.version};
  sides.client.alpn = sides.server.alpn = {"h2", "http/1.1"};
  sides.shown = credential(CertificateKey::ecdsa_p256, sides.name);
  sides.trust = authorities();
  if (!kind.hybrid) {
    sides.client.groups = sides.server.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
  }
  sides = kind.authenticated ? authenticated(sides, CertificateKey::ecdsa_p256) : sides;
  sides = kind.retried ? retried(sides) : sides;
  return kind.resumed ? resuming(sides) : sides;
}

TEST(Allocations, of_a_handshake_are_ten_a_side_at_most) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.text());
    Pair pair(sides_of(kind));
    pair.connect();  // what is made once for all is made, and there is a session
    const Counts counts = pair.connect();
    EXPECT_LE(counts.client, most);
    EXPECT_LE(counts.server, most);
    EXPECT_GE(counts.client, 3U) << "they are counted at all: a connection, a handshake, a verdict";
    EXPECT_GE(counts.server, 2U);
    // It was the handshake that was meant.
    const Settled& settled = counts.settled;
    EXPECT_EQ(settled.version, kind.version);
    EXPECT_EQ(settled.session == SessionOutcome::resumed, kind.resumed);
    EXPECT_EQ(counts.knows_client, kind.authenticated);
    EXPECT_EQ(settled.group == NamedGroup::x25519mlkem768, kind.hybrid);
    EXPECT_EQ(settled.retried, kind.retried);
  }
}

TEST(Allocations, are_told_one_from_the_other) {
  std::size_t count = 0;
  {
    const Counting counting(count);
    ::operator delete(::operator new(1));
    ::operator delete[](::operator new[](1, std::nothrow));
  }
  ::operator delete(::operator new(1));
  EXPECT_EQ(count, 2U);
}

}  // namespace
}  // namespace handfast::test
