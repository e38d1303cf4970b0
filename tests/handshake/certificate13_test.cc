// CompressedCertificate, of both sides. RFC 8879.
#include "compression/algorithm.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using enum CertificateCompressionAlgorithm;
using Content = std::vector<std::uint8_t>;
using Algorithms = std::vector<CertificateCompressionAlgorithm>;

/// Both show certificates, the client takes and gives these, the server those.
Sides compressing(Algorithms client, Algorithms server) {
  Sides sides = authenticated();
  sides.client.certificate_compression = std::move(client);
  sides.server.certificate_compression = std::move(server);
  return sides;
}

Sides both(CertificateCompressionAlgorithm algorithm) {
  return compressing({algorithm}, {algorithm});
}

std::ptrdiff_t count_of(const std::vector<HandshakeType>& messages, HandshakeType type) {
  return std::ranges::count(messages, type);
}

TEST(Certificate13, is_compressed_both_ways_by_each_algorithm) {
  for (const auto algorithm : {zlib, brotli, zstd}) {
    SCOPED_TRACE(std::string(name(algorithm)));
    for (const Sides& sides : {both(algorithm), retried(both(algorithm))}) {
      Loopback pair(sides);
      pair.connect({7, true});
      EXPECT_TRUE(pair.agrees());
      EXPECT_TRUE(pair.client.trusted);
      EXPECT_NE(pair.server.identity(), nullptr);
      for (const End* end : {&pair.client, &pair.server}) {
        EXPECT_EQ(count_of(end->sent_messages, compressed_certificate), 1);
        EXPECT_EQ(count_of(end->sent_messages, certificate), 0);
      }
    }
  }
}

TEST(Certificate13, is_not_compressed_unless_both_want_it) {
  const std::vector<Sides> rows = {compressing({}, {}), compressing({brotli}, {}),
                                   compressing({}, {brotli}), compressing({brotli}, {zstd})};
  for (const Sides& sides : rows) {
    Loopback pair(sides);
    pair.connect();
    EXPECT_EQ(count_of(pair.server.sent_messages, certificate), 1);
    EXPECT_EQ(count_of(pair.client.sent_messages, certificate), 1);
    EXPECT_EQ(pair.client.connection.settled().compression, CertificateCompressionAlgorithm{});
  }
}

TEST(Certificate13, is_compressed_as_its_sender_prefers) {
  Loopback pair(compressing({zlib, brotli, zstd}, {zstd, brotli, zlib}));
  pair.connect();
  for (const End* end : {&pair.client, &pair.server}) {
    EXPECT_EQ(end->connection.settled().compression, zstd);
    EXPECT_EQ(end->connection.settled().client_compression, zlib);
  }
}

TEST(Certificate13, of_a_client_that_shows_none_is_not_compressed) {
  Sides sides = both(zlib);
  sides.client.credentials.clear();
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  Loopback pair(sides);
  pair.connect();
  EXPECT_EQ(count_of(pair.client.sent_messages, certificate), 1);
}

TEST(Certificate13, is_not_shown_when_a_session_is_resumed) {
  const Sides sides = resuming(both(brotli));
  Loopback(sides).connect();
  Loopback again(sides);
  again.connect();
  EXPECT_EQ(again.client.connection.settled().session, SessionOutcome::resumed);
  EXPECT_EQ(count_of(again.server.sent_messages, compressed_certificate), 0);
}

// A credential is shared by all connections of a server, on all its threads.
TEST(Certificate13, is_compressed_for_many_threads_at_once) {
  const auto fresh = credential(CertificateKey::ed25519)->with({}).value();
  ServerOptions options;
  options.certificate_compression = {zlib};
  const auto server_config = ServerConfig::make({fresh}, options).value();
  ClientOptions wishes;
  wishes.certificate_compression = {zlib};
  const auto client_config = ClientConfig::make(authorities(), wishes).value();
  std::vector<std::thread> threads;
  std::vector<int> connected(4);
  for (int& one : connected) {
    threads.emplace_back([&] {
      SeededChance chance(1);
      End client(client_config, server_dns_name, chance);
      End server(server_config, chance);
      for (int i = 0; i < 3; ++i) {
        client.run();
        server.receive(client.take_output());
        client.receive(server.take_output());
      }
      one = client.connected && server.connected ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(std::ranges::count(connected, 1), 4);
}

// ---- what a peer may do wrong -------------------------------------------------------------------

/// A CompressedCertificate, taken apart.
struct Open {
  std::uint16_t algorithm;
  std::uint32_t length;
  Content compressed;

  static Open parse(const Content& message) {
    const Bytes body = Bytes(message).subspan(4);
    return {static_cast<std::uint16_t>(body[0] << 8 | body[1]),
            static_cast<std::uint32_t>(body[2] << 16 | body[3] << 8 | body[4]),
            Content(body.begin() + 8, body.end())};
  }

  [[nodiscard]] Content message() const {
    const auto byte = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
    const std::size_t size = compressed.size();
    Content body = {byte(algorithm >> 8U), byte(algorithm),   byte(length >> 16), byte(length >> 8),
                    byte(length),          byte(size >> 16U), byte(size >> 8U),   byte(size)};
    body.insert(body.end(), compressed.begin(), compressed.end());
    return handshake_message(compressed_certificate, body);
  }

  /// The body of the Certificate in it.
  [[nodiscard]] Content plain() const {
    Content body(length);
    const auto* const known =
        compression::find(static_cast<CertificateCompressionAlgorithm>(algorithm));
    EXPECT_TRUE(known->decompress(compressed, body));
    return body;
  }
};

Edit change(void (*change)(Open&)) {
  return [change](Flight& flight) {
    Content& content = find(flight, compressed_certificate).content;
    Open open = Open::parse(content);
    change(open);
    content = open.message();
  };
}

/// Each wrong thing, said by either side.
std::vector<Refusal> rows_of(std::string_view what, Reason reason, void (*wrong)(Open&)) {
  std::vector<Refusal> rows;
  for (const auto algorithm : {zlib, brotli, zstd}) {
    rows.push_back({what, By::client, reason, {{1, change(wrong)}}, both(algorithm)});
    rows.push_back({what, By::server, reason, {{2, change(wrong)}}, both(algorithm)});
  }
  return rows;
}

void expect_refused(std::string_view what, Reason reason, void (*wrong)(Open&)) {
  const auto rows = rows_of(what, reason, wrong);
  expect_refusals(rows);
}

TEST(Certificate13, must_be_compressed_as_offered) {
  const auto unknown = [](Open& open) { open.algorithm = 4; };
  const auto unoffered = [](Open& open) {
    open = {static_cast<std::uint16_t>(open.algorithm % 3 + 1), open.length, open.compressed};
  };
  expect_refused("an algorithm that nobody knows", Reason::compression_not_offered, unknown);
  expect_refused("one that was not offered", Reason::compression_not_offered, unoffered);
  const std::vector<Refusal> rows = {
      {"known and not offered",
       by_client,
       Reason::compression_not_offered,
       {{1, change([](Open& open) { open.algorithm = 2; })}},
       both(zlib)},
  };
  expect_refusals(rows);
}

TEST(Certificate13, must_be_as_long_as_it_says) {
  const auto shorter = [](Open& open) { --open.length; };
  const auto longer = [](Open& open) { ++open.length; };
  const auto nothing = [](Open& open) { open.length = 0; };
  const auto more = [](Open& open) { open.compressed.push_back(0); };
  const auto less = [](Open& open) { open.compressed.pop_back(); };
  const auto twice = [](Open& open) {
    const Content once = open.compressed;
    open.compressed.insert(open.compressed.end(), once.begin(), once.end());
  };
  for (const auto wrong : {+shorter, +longer, +nothing, +more, +less, +twice}) {
    expect_refused("another length", Reason::compressed_certificate_invalid, wrong);
  }
  const std::vector<Refusal> rows = {
      {"a byte less than it says",
       by_client,
       Reason::compressed_certificate_invalid,
       {{1, change(longer)}},
       both(zlib)},
  };
  expect_refusals(rows);
}

TEST(Certificate13, is_bounded_before_it_is_decompressed) {
  // Nothing that would have to be decompressed is even there.
  const auto bomb = [](Open& open) { open = {open.algorithm, 0xffffff, {0}}; };
  expect_refused("16 MiB", Reason::compressed_certificate_too_long, bomb);
  const auto of_client = [](Open& open) {
    open = {open.algorithm, limits::client_certificate_message + 1, {0}};
  };
  const auto of_server = [](Open& open) {
    open = {open.algorithm, limits::certificate_message + 1, {0}};
  };
  const auto allowed = [](Open& open) {
    open = {open.algorithm, limits::certificate_message, {0}};
  };
  const std::vector<Refusal> rows = {
      {"a client's",
       by_server,
       Reason::compressed_certificate_too_long,
       {{2, change(of_client)}},
       both(zlib)},
      {"a server's",
       by_client,
       Reason::compressed_certificate_too_long,
       {{1, change(of_server)}},
       both(zlib)},
      {"a server's that may be so long",
       by_client,
       Reason::compressed_certificate_invalid,
       {{1, change(allowed)}},
       both(zlib)},
  };
  expect_refusals(rows);
}

Edit twice() {
  return [](Flight& flight) {
    insert_before(certificate_verify, ContentType::handshake,
                  find(flight, compressed_certificate).content)(flight);
  };
}

TEST(Certificate13, comes_once_and_only_where_it_was_offered) {
  const Content stray = Open{1, 10, {1, 2, 3}}.message();
  const auto in_its_place = [&](Flight& flight) { find(flight, certificate).content = stray; };
  const std::vector<Refusal> rows = {
      {"twice, of a server", by_client, Reason::message_unexpected, {{1, twice()}}, both(zlib)},
      {"twice, of a client", by_server, Reason::message_unexpected, {{2, twice()}}, both(zlib)},
      {"of a server, unasked",
       by_client,
       Reason::message_unexpected,
       {{1, in_its_place}},
       compressing({}, {zlib})},
      {"of a client, unasked",
       by_server,
       Reason::message_unexpected,
       {{2, in_its_place}},
       compressing({zlib}, {})},
  };
  expect_refusals(rows);
}

TEST(Certificate13, is_checked_like_any_when_it_is_decompressed) {
  // An empty list, and a list that ends early: RFC 9846 §4.5.1.
  const auto empty = [](Open& open) {
    const Content none = {0, 0, 0, 0};
    open = {1, 4, compression::find(zlib)->compress(none).value()};
  };
  const auto cut = [](Open& open) {
    Content plain = open.plain();
    plain.pop_back();
    open = {1, open.length - 1, compression::find(zlib)->compress(plain).value()};
  };
  const auto context = [](Open& open) {
    Content plain = open.plain();
    plain.front() = 1;
    plain.insert(plain.begin() + 1, 7);
    open = {1, open.length + 1, compression::find(zlib)->compress(plain).value()};
  };
  const std::vector<Refusal> rows = {
      {"empty", by_client, Reason::certificate_list_empty, {{1, change(empty)}}, both(zlib)},
      {"empty", by_server, Reason::certificate_required, {{2, change(empty)}}, both(zlib)},
      {"cut", by_client, Reason::message_truncated, {{1, change(cut)}}, both(zlib)},
      {"cut", by_server, Reason::message_truncated, {{2, change(cut)}}, both(zlib)},
      {"with a context",
       by_client,
       Reason::certificate_context_invalid,
       {{1, change(context)}},
       both(zlib)},
  };
  expect_refusals(rows);
}

// GnuTLS compresses its Certificate also when it has none to show.
TEST(Certificate13, may_be_compressed_though_it_is_empty) {
  const Content none = {0, 0, 0, 0};
  for (const auto algorithm : {zlib, brotli, zstd}) {
    SCOPED_TRACE(std::string(name(algorithm)));
    Sides sides = both(algorithm);
    sides.client.credentials.clear();
    sides.server.client_authentication = ClientAuthentication::request(client_authorities());
    Loopback pair(sides);
    Middle middle(pair);
    middle.run({{2, reforge([&](Flight& flight) {
                   find(flight, certificate).content =
                       Open{std::to_underlying(algorithm), 4,
                            compression::find(algorithm)->compress(none).value()}
                           .message();
                 })}});
    EXPECT_TRUE(pair.server.connected);
    EXPECT_TRUE(pair.server.outcome());
    EXPECT_EQ(pair.server.identity(), nullptr);
    EXPECT_EQ(pair.server.connection.settled().client_compression, algorithm);
  }
}

// RFC 8879 §4 has the message in the transcript as it was sent: the same certificates, compressed
// anew by somebody between, are another handshake.
TEST(Certificate13, stands_in_the_transcript_as_it_was_sent) {
  const auto anew = [](Open& open) {
    open = {static_cast<std::uint16_t>(zlib), open.length,
            compression::find(zlib)->compress(open.plain()).value()};
  };
  Sides sides = both(brotli);
  sides.client.certificate_compression = {brotli, zlib};
  const std::vector<Refusal> rows = {
      {"compressed anew", by_client, Reason::signature_invalid, {{1, change(anew)}}, sides},
  };
  expect_refusals(rows);
}

TEST(Certificate13, survives_every_truncation_and_every_flipped_bit) {
  for (const auto algorithm : {zlib, brotli, zstd}) {
    std::size_t size = 1;
    for (std::size_t i = 0; i < size; ++i) {
      for (const bool is_cut : {true, false}) {
        Loopback pair(both(algorithm));
        Middle middle(pair);
        middle.run({{1, [&](Flight& flight) {
                       Content& content = find(flight, compressed_certificate).content;
                       size = content.size();
                       if (is_cut) {
                         content =
                             handshake_message(compressed_certificate,
                                               Bytes(content).subspan(4, std::min(i, size - 5)));
                       } else {
                         content[std::max<std::size_t>(i, 4)] ^=
                             static_cast<std::uint8_t>(1U << i % 8);
                       }
                     }}});
        EXPECT_FALSE(pair.client.outcome()) << name(algorithm) << ", byte " << i;
        EXPECT_FALSE(pair.client.connected);
      }
    }
  }
}

Edit listing(Content algorithms) {
  return edit_hello([algorithms](OpenHello& hello) { hello[compress_certificate] = algorithms; });
}

TEST(Certificate13, has_its_offer_checked) {
  const std::vector<Refusal> rows = {
      {"twice", by_server, Reason::compression_duplicated, {{0, listing({4, 0, 1, 0, 1})}}},
      {"twice, unknown",
       by_server,
       Reason::compression_duplicated,
       {{0, listing({6, 9, 9, 0, 1, 9, 9})}},
       both(zlib)},
      {"none", by_server, Reason::value_out_of_bounds, {{0, listing({0})}}},
      {"half of one", by_server, Reason::message_leftover, {{0, listing({3, 0, 1, 0})}}},
      {"cut", by_server, Reason::message_truncated, {{0, listing({4, 0, 1})}}},
      {"more than a list", by_server, Reason::message_leftover, {{0, listing({2, 0, 1, 0})}}},
  };
  expect_refusals(rows);
}

TEST(Certificate13, is_compressed_with_what_the_build_has_and_each_once) {
  for (const auto& [list, reason] :
       {std::pair(Algorithms{zlib, zlib}, Reason::configuration_duplicate),
        std::pair(Algorithms{static_cast<CertificateCompressionAlgorithm>(9)},
                  Reason::configuration_unsupported)}) {
    ClientOptions client;
    client.certificate_compression = list;
    EXPECT_FAILS(ClientConfig::make(authorities(), client), reason);
    ServerOptions server;
    server.certificate_compression = list;
    EXPECT_FAILS(ServerConfig::make({credential(CertificateKey::ed25519)}, server), reason);
  }
  ClientOptions all;
  all.certificate_compression = certificate_compressions();
  EXPECT_EQ(all.certificate_compression.size(), 3U);
  EXPECT_TRUE(ClientConfig::make(authorities(), all));
}

}  // namespace
}  // namespace handfast::test
