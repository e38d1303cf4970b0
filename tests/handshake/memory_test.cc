// What a peer that has proved nothing can make us hold: every block that the library takes is
// counted, but for those of libcrypto. Replaces operator new and delete for this whole program.
#include "base/limits.h"
#include "codec/writer.h"
#include "support/ech.h"
#include "support/expect.h"
#include "support/middle.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

/// Stands before each block.
struct alignas(16) Label {
  std::size_t size;
  bool is_counted;
};

thread_local constinit bool is_counting = false;
thread_local constinit std::size_t held = 0;

void* labelled(std::size_t size) noexcept {
  void* const memory = std::malloc(sizeof(Label) + size);
  if (memory == nullptr) {
    return nullptr;
  }
  auto* const label = new (memory) Label{size, is_counting};
  held += is_counting ? size : 0;
  return label + 1;
}

void* labelled_or_throw(std::size_t size) {
  void* const memory = labelled(size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) {
    return;
  }
  Label* const label = static_cast<Label*>(memory) - 1;
  held -= label->is_counted ? label->size : 0;
  std::free(label);
}

}  // namespace

void* operator new(std::size_t size) { return labelled_or_throw(size); }

void* operator new[](std::size_t size) { return labelled_or_throw(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return labelled(size); }

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return labelled(size); }

void operator delete(void* memory) noexcept { give_back(memory); }

void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }

void operator delete[](void* memory) noexcept { give_back(memory); }

void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

namespace handfast::test {
namespace {

using enum ExtensionType;
using Buffer = std::vector<std::uint8_t>;

/// A connection whose blocks are counted, and its peer's hostile bytes.
class Victim {
 public:
  explicit Victim(const std::function<Result<Connection>()>& make) {
    // What is made once for all.
    static const auto warm = hellos({.key = CertificateKey::ecdsa_p256});
    EXPECT_FALSE(warm.empty());
    is_counting = true;
    held = 0;
    connection_.emplace(make().value());
    is_counting = false;
    note();
  }

  ~Victim() {
    connection_.reset();
    EXPECT_EQ(held, 0U) << "all of it is given back";
  }

  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// What the connection says to `bytes`, which come in pieces.
  Buffer hear(Bytes bytes, std::size_t piece = 1U << 14) {
    Output out(said_);
    for (bool goes_on = true; goes_on;) {
      const Bytes part = bytes.first(std::min(piece, bytes.size()));
      bytes = bytes.subspan(in_.append(part));
      goes_on = step(out) && !bytes.empty();
    }
    const Bytes said = out.pending();
    return {said.begin(), said.end()};
  }

  /// The most that was held between two calls.
  [[nodiscard]] std::size_t peak() const { return peak_; }

  /// Success, or the error with which it ended.
  [[nodiscard]] Result<> outcome() const {
    return error_ ? Result<>(std::unexpected(*error_)) : Result<>();
  }

 private:
  /// Calls `next` until it wants input; false if it is over.
  bool step(Output& out) {
    for (;;) {
      is_counting = true;
      const auto event = connection_->next(in_, out);
      is_counting = false;
      note();
      if (!event) {
        error_ = event.error();
        return false;
      }
      if (std::holds_alternative<NeedInput>(*event)) {
        return true;
      }
    }
  }

  void note() { peak_ = std::max(peak_, held); }

  std::optional<Connection> connection_;
  Buffer storage_ = Buffer(Input::least);
  Buffer said_ = Buffer(1U << 18);
  Input in_{storage_};
  std::optional<Error> error_;
  std::size_t peak_ = 0;
};

std::shared_ptr<const ServerConfig> config_of(const ServerOptions& options) {
  return ServerConfig::make({credential(CertificateKey::ecdsa_p256)}, options).value();
}

Victim server(const ServerOptions& options = {}) {
  return Victim(
      [config = config_of(options)] { return Connection::server(config, handshake_time); });
}

Victim client(const ClientOptions& options = {}) {
  const auto config = ClientConfig::make(authorities(), options).value();
  return Victim([&] {
    return Connection::client(config, ServerName::parse(std::string(server_dns_name)).value(),
                              handshake_time);
  });
}

/// `message` in records in clear of at most `size` bytes each.
Buffer in_records(Bytes message, std::size_t size = 1U << 14) {
  Buffer records;
  while (!message.empty()) {
    const Bytes part = message.first(std::min(size, message.size()));
    const std::array<std::uint8_t, 5> header = {22, 3, 3,
                                                static_cast<std::uint8_t>(part.size() >> 8),
                                                static_cast<std::uint8_t>(part.size())};
    records.insert(records.end(), header.begin(), header.end());
    records.insert(records.end(), part.begin(), part.end());
    message = message.subspan(part.size());
  }
  return records;
}

/// The ClientHello of `sides`, with so much padding that it has `size` bytes in all.
Buffer large_hello(const Sides& sides, std::size_t size) {
  OpenHello hello = hellos(sides).front();
  const std::size_t now = hello.message(HandshakeType::client_hello).size();
  hello.extensions.insert(hello.extensions.begin(), {padding, Buffer(size - now - 4)});
  return hello.message(HandshakeType::client_hello);
}

/// What fits no record, in several.
Flight in_pieces(const Flight& flight) {
  Flight pieces;
  for (const Piece& piece : flight) {
    for (Bytes rest = piece.content; !rest.empty();) {
      const Bytes part = rest.first(std::min<std::size_t>(1U << 14, rest.size()));
      Piece record = piece;
      record.content.assign(part.begin(), part.end());
      pieces.push_back(record);
      rest = rest.subspan(part.size());
    }
  }
  return pieces;
}

constexpr std::size_t largest_hello = limits::client_hello + 4;

TEST(HeldMemory, of_a_server_is_little_while_nobody_speaks) {
  Victim silent = server();
  EXPECT_TRUE(silent.hear({}).empty());
  EXPECT_LE(silent.peak(), limits::held_at_rest);
  EXPECT_GT(silent.peak(), 500U) << "it is counted at all";
}

TEST(HeldMemory, of_a_server_has_a_bound_whatever_the_client_says) {
  const Buffer large = in_records(large_hello({}, largest_hello));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 14}) {
    Victim victim = server();
    EXPECT_GT(victim.hear(large, piece).size(), 500U) << "a whole flight";
    EXPECT_TRUE(victim.outcome()) << victim.outcome().error().text();
    EXPECT_LE(victim.peak(), limits::held_of_server);
    EXPECT_GT(victim.peak(), limits::client_hello);
  }
  Victim crumbs = server();
  EXPECT_FALSE(crumbs.hear(in_records(large_hello({}, largest_hello), 1)).empty());
  EXPECT_LE(crumbs.peak(), limits::held_of_server);
}

TEST(HeldMemory, of_a_server_that_asks_again_has_the_same_bound) {
  for (const std::size_t second : {std::size_t{4000}, std::size_t{8000}, largest_hello}) {
    Victim victim = server();
    victim.hear(in_records(large_hello(retried(), largest_hello)));
    OpenHello hello = hellos(retried()).back();
    const std::size_t now = hello.message(HandshakeType::client_hello).size();
    hello.extensions.insert(hello.extensions.begin(), {padding, Buffer(second - now - 4)});
    victim.hear(in_records(hello.message(HandshakeType::client_hello)));
    EXPECT_LE(victim.peak(), limits::held_of_server);
    if (second == largest_hello) {
      EXPECT_FAILS(victim.outcome(), Reason::handshake_too_large);
    } else {
      EXPECT_TRUE(victim.outcome()) << second;
    }
  }
}

TEST(HeldMemory, of_a_server_has_the_same_bound_where_hellos_are_hidden) {
  Sides sides = hidden();
  for (std::uint16_t i = 0; i < 15; ++i) {  // the hidden hello is as large as can be
    sides.client.extensions.push_back({static_cast<std::uint16_t>(0xee00 + i), Buffer(500)});
  }
  const Buffer hello = hellos(sides).front().message(HandshakeType::client_hello);
  EXPECT_GT(hello.size(), 7500U);
  Victim victim = server({.ech_keys = sides.server.ech_keys});
  EXPECT_GT(victim.hear(in_records(hello)).size(), 500U);
  EXPECT_TRUE(victim.outcome());
  EXPECT_LE(victim.peak(), limits::held_of_server);
}

TEST(HeldMemory, of_a_server_that_asks_for_certificates_has_a_bound) {
  // Two large hellos, and a Certificate as long as one may be.
  Sides sides = authenticated(retried());
  sides.client.extensions = {{0xee00, Buffer(limits::application_extension_bytes)}};
  Loopback pair(sides);
  Middle middle(pair);
  std::size_t peak = 0;
  const Edit swell = [&](Flight& flight) {
    for (Piece& piece : flight) {
      if (piece.is(HandshakeType::certificate)) {
        piece.content.resize(4 + limits::client_certificate_message);
        piece.content[1] = 0;
        piece.content[2] = static_cast<std::uint8_t>(limits::client_certificate_message >> 8);
        piece.content[3] = 0;
      }
    }
    flight = in_pieces(flight);
  };
  middle.run({{4, swell}});
  if (auto* const handshake = pair.server.handshake()) {
    peak = handshake->held();
  }
  EXPECT_TRUE(pair.server.error);
  EXPECT_GT(peak, limits::held_of_server);
  EXPECT_LE(peak, limits::held_of_asking_server - (6U << 10)) << "with a verdict and a session";
}

/// A CertificateRequest as long as one may be, by an extension that nobody knows.
Buffer swollen_request(const Buffer& request) {
  constexpr std::size_t before = 7;  // header, empty context, length of the extensions
  Buffer message(4 + limits::certificate_request);
  std::ranges::copy(request, message.begin());
  const std::size_t unknown = message.size() - request.size() - 4;
  const MutBytes all = message;
  codec::Writer header(all.first(before));
  header.number(std::to_underlying(HandshakeType::certificate_request));
  header.big_endian<3>(static_cast<std::uint32_t>(message.size() - 4));
  header.number(std::uint8_t{0});
  header.number(static_cast<std::uint16_t>(message.size() - before));
  codec::Writer extension(all.subspan(request.size(), 4));
  extension.number(std::uint16_t{0xee00});
  extension.number(static_cast<std::uint16_t>(unknown));
  return message;
}

TEST(HeldMemory, of_a_client_has_a_bound_whatever_the_server_says) {
  Victim silent = client();
  EXPECT_GT(silent.hear({}).size(), 500U);
  EXPECT_LE(silent.peak(), 32U << 10);

  // A CertificateRequest and a Certificate, each as long as one may be, are too much together.
  Loopback pair(authenticated());
  Middle middle(pair);
  std::size_t peak = 0;
  const Edit swell = [&](Flight& flight) {
    for (Piece& piece : flight) {
      if (piece.is(HandshakeType::certificate_request)) {
        piece.content = swollen_request(piece.content);
      } else if (piece.is(HandshakeType::certificate)) {
        piece.content.resize(4 + limits::certificate_message);
        piece.content[1] = 1;
        piece.content[2] = piece.content[3] = 0;
      }
    }
    flight = in_pieces(flight);
  };
  middle.run({{1, swell}});
  if (auto* const handshake = pair.client.handshake()) {
    peak = handshake->held();
  }
  EXPECT_FAILS(pair.client.outcome(), Reason::handshake_too_large);
  EXPECT_GT(peak, 64U << 10);
  EXPECT_LE(peak, limits::held_of_client);
}

TEST(HeldMemory, is_what_the_handshake_says) {
  Loopback pair;
  pair.client.run();
  pair.carry(pair.client, pair.server);
  EXPECT_GE(pair.server.handshake()->held(), sizeof(handshake::Handshake));
  EXPECT_LE(pair.server.handshake()->held(), limits::held_of_server - sizeof(Connection::State));
}

}  // namespace
}  // namespace handfast::test
