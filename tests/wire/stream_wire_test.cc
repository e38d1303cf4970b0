// The rules of records, provoked in a connection by somebody who holds its keys. RFC 9846 §5.
#include "wire/stream_wire.h"

#include "support/expect.h"
#include "support/refusals.h"

#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Content = std::vector<std::uint8_t>;

constexpr auto unknown_type = static_cast<ContentType>(99);

/// A record as raw bytes: its header with `length`, and `body`.
Content raw_record(unsigned type, std::size_t length, const Content& body) {
  Content record = {static_cast<std::uint8_t>(type), 3, 3, static_cast<std::uint8_t>(length >> 8),
                    static_cast<std::uint8_t>(length)};
  record.insert(record.end(), body.begin(), body.end());
  return record;
}

/// Changes the first piece that is `message`.
Edit change(HandshakeType message, void (*how)(Piece&)) {
  return [=](Flight& flight) { how(find(flight, message)); };
}

/// Several edits, one after another.
Edit all(std::vector<Edit> edits) {
  return [=](Flight& flight) {
    for (const Edit& edit : edits) {
      edit(flight);
    }
  };
}

/// `edit`, `count` times.
Edit times(unsigned count, const Edit& edit) { return all(std::vector<Edit>(count, edit)); }

const Content canceled = {1, 90};
const Content ccs = {1};

TEST(StreamWire, refuses_records_that_break_the_rules_of_their_form) {
  using enum ContentType;
  const Refusal rows[] = {
      {"an unknown type in clear",
       by_client,
       Reason::record_type_unknown,
       {{1, insert_raw_before(encrypted_extensions, raw_record(99, 1, {0}))}}},
      {"an unknown type, encrypted",
       by_client,
       Reason::record_type_unknown,
       {{1, insert_before(encrypted_extensions, unknown_type, {1})}}},
      {"change_cipher_spec, encrypted",
       by_client,
       Reason::record_type_unknown,
       {{1, insert_before(encrypted_extensions, change_cipher_spec, ccs)}}},
      {"a long record in clear",
       by_server,
       Reason::record_overflow,
       {{0, insert_raw_before(client_hello, raw_record(22, (1 << 14) + 1, {}))}}},
      {"a long encrypted record",
       by_client,
       Reason::record_overflow,
       {{1, insert_raw_before(encrypted_extensions, raw_record(23, (1 << 14) + 257, {}))}}},
      {"much content in a record of allowed size",
       by_client,
       Reason::record_plaintext_overflow,
       {{1, change(encrypted_extensions,
                   [](Piece& piece) { piece.zeros = (1 << 14) + 1 - piece.content.size(); })}}},
      {"a changed record",
       by_client,
       Reason::record_unreadable,
       {{1, insert_raw_before(encrypted_extensions, raw_record(23, 20, Content(20, 1)))}}},
      {"a record shorter than its tag",
       by_client,
       Reason::record_unreadable,
       {{1, insert_raw_before(encrypted_extensions, raw_record(23, 15, Content(15, 1)))}}},
      {"an encrypted record without a body",
       by_client,
       Reason::record_unreadable,
       {{1, insert_raw_before(encrypted_extensions, raw_record(23, 0, {}))}}},
      {"nothing but padding",
       by_client,
       Reason::record_without_type,
       {{1, change(encrypted_extensions,
                   [](Piece& piece) {
                     piece.content.assign(100, 0);
                     piece.type = invalid;
                   })}}},
      {"an empty inner plaintext with its zero type",
       by_server,
       Reason::record_without_type,
       {{2, insert_before(finished, invalid, {})}}},
      {"a handshake record in clear, after the keys",
       by_client,
       Reason::record_unprotected,
       {{1, insert_raw_before(encrypted_extensions, raw_record(22, 1, {8}))}}},
      {"a handshake record in clear, after the ClientHello",
       by_server,
       Reason::record_unprotected,
       {{2, insert_raw_before(finished, raw_record(22, 1, {20}))}}},
      {"an empty handshake record in clear",
       by_server,
       Reason::record_empty_fragment,
       {{0, insert_raw_before(client_hello, raw_record(22, 0, {}))}}},
      {"an empty handshake record, encrypted",
       by_client,
       Reason::record_empty_fragment,
       {{1, insert_before(encrypted_extensions, handshake, {})}}},
      {"an empty alert, encrypted",
       by_client,
       Reason::record_empty_fragment,
       {{1, insert_before(encrypted_extensions, alert, {})}}},
      {"an empty alert in clear",
       by_server,
       Reason::record_empty_fragment,
       {{0, insert_raw_before(client_hello, raw_record(21, 0, {}))}}},
  };
  expect_refusals(rows);
}

TEST(StreamWire, takes_records_of_the_largest_size) {
  Loopback pair;
  Middle middle(pair);
  middle.run({{1, change(encrypted_extensions,
                         [](Piece& piece) { piece.zeros = (1 << 14) - piece.content.size(); })}});
  EXPECT_TRUE(pair.agrees());
  Piece full = middle.piece_for(pair.server, ContentType::application_data, sample_data(1 << 14));
  middle.deliver(pair.server, {full});
  EXPECT_EQ(pair.server.data.size(), 1U << 14);
  full.zeros = 1;
  middle.deliver(pair.server, {full});
  EXPECT_FAILS(pair.server.outcome(), Reason::record_plaintext_overflow);
}

TEST(StreamWire, holds_the_rules_of_change_cipher_spec) {
  using enum ContentType;
  const auto raw = [](Content body) { return raw_record(20, body.size(), body); };
  const Refusal rows[] = {
      {"another byte",
       by_client,
       Reason::change_cipher_spec_invalid,
       {{1, insert_raw_before(server_hello, raw({2}))}}},
      {"two bytes",
       by_client,
       Reason::change_cipher_spec_invalid,
       {{1, insert_raw_before(encrypted_extensions, raw({1, 1}))}}},
      {"none",
       by_server,
       Reason::change_cipher_spec_invalid,
       {{2, insert_raw_before(finished, raw({}))}}},
      {"a second one",
       by_client,
       Reason::change_cipher_spec_unexpected,
       {{1, insert_raw_before(encrypted_extensions, raw(ccs))}}},
      {"a second one, at the server",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{2, insert_raw_before(finished, raw(ccs))}}},
      {"before the ClientHello",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{0, insert_raw_before(client_hello, raw(ccs))}}},
      {"between the parts of one message",
       by_client,
       Reason::handshake_interleaved,
       {{1,
         [&](Flight& flight) {
           std::erase_if(flight,
                         [](const Piece& piece) { return piece.type == change_cipher_spec; });
           Piece& extensions = find(flight, encrypted_extensions);
           Piece rest = extensions;
           extensions.content.resize(3);
           rest.content.erase(rest.content.begin(), rest.content.begin() + 3);
           Piece between;
           between.raw = raw(ccs);
           const auto place = flight.begin() + (&extensions - flight.data()) + 1;
           flight.insert(flight.insert(place, rest), between);
         }}}},
  };
  expect_refusals(rows);

  Loopback pair;
  pair.connect();
  pair.client.receive(raw(ccs));
  EXPECT_FAILS(pair.client.outcome(), Reason::change_cipher_spec_unexpected);
}

TEST(StreamWire, does_without_change_cipher_spec) {
  for (const bool retry : {false, true}) {
    Loopback pair(retry ? retried() : Sides{});
    Middle middle(pair);
    const Edit without = [](Flight& flight) {
      std::erase_if(
          flight, [](const Piece& piece) { return piece.type == ContentType::change_cipher_spec; });
    };
    middle.run({{1, without}, {2, without}, {3, without}, {4, without}});
    EXPECT_TRUE(pair.agrees());
  }
}

TEST(StreamWire, holds_the_rules_of_alerts) {
  using enum ContentType;
  const Refusal rows[] = {
      {"one byte",
       by_client,
       Reason::alert_malformed,
       {{1, insert_before(encrypted_extensions, alert, {2})}}},
      {"three bytes",
       by_client,
       Reason::alert_malformed,
       {{1, insert_before(finished, alert, {2, 40, 0})}}},
      {"two alerts in one record",
       by_server,
       Reason::alert_malformed,
       {{2, insert_before(finished, alert, {1, 90, 1, 90})}}},
      {"five warnings",
       by_server,
       Reason::alert_warning_flood,
       {{0, times(5, insert_before(client_hello, alert, canceled))}}},
      {"five warnings, encrypted",
       by_client,
       Reason::alert_warning_flood,
       {{1, times(5, insert_before(certificate, alert, canceled))}}},
      {"close_notify in the handshake",
       by_client,
       Reason::closed_in_handshake,
       {{1, insert_before(certificate, alert, {1, 0})}}},
      {"an alert in clear, once messages came encrypted",
       by_client,
       Reason::record_unprotected,
       {{1, insert_raw_before(certificate, raw_record(21, 2, {2, 40}))}}},
  };
  expect_refusals(rows);

  Loopback patient;
  Middle middle(patient);
  middle.run({{0, times(4, insert_before(client_hello, alert, canceled))},
              {1, times(4, insert_before(certificate, alert, canceled))}});
  EXPECT_TRUE(patient.agrees());
}

TEST(StreamWire, hears_an_alert_whatever_its_level) {
  for (const std::uint8_t level : Content{0, 1, 2, 77}) {
    Loopback pair;
    Middle middle(pair);
    middle.run({{1, insert_before(certificate, ContentType::alert, {level, 40})}});
    EXPECT_FAILS(pair.client.outcome(), Reason::alert_received);
    EXPECT_EQ(pair.client.error->received, Alert::handshake_failure);
    EXPECT_TRUE(pair.client.sent_alerts.empty());
  }
  // Only a server has a peer that cannot encrypt yet; and nothing in clear is passed over.
  Loopback clear;
  clear.client.run();
  clear.carry(clear.client, clear.server);
  const auto flight = clear.server.take_output();
  clear.client.receive(Bytes(flight).first(5U + flight[3] * 256U + flight[4]));
  clear.client.receive(raw_record(21, 2, {2, 40}));
  EXPECT_FAILS(clear.client.outcome(), Reason::record_unprotected);
  Loopback quitter;
  quitter.client.run();
  quitter.carry(quitter.client, quitter.server);
  quitter.server.receive(raw_record(21, 2, {1, 90}));
  EXPECT_FAILS(quitter.server.outcome(), Reason::record_unprotected);

  Loopback early;  // a client that fails at the ServerHello has no keys to encrypt with
  early.client.run();
  early.carry(early.client, early.server);
  early.server.receive(raw_record(21, 2, {2, 47}));
  EXPECT_FAILS(early.server.outcome(), Reason::alert_received);
  EXPECT_EQ(early.server.error->received, Alert::illegal_parameter);
}

TEST(StreamWire, refuses_application_data_before_its_time) {
  using enum ContentType;
  const Refusal rows[] = {
      {"before the ClientHello",
       by_server,
       Reason::application_data_early,
       {{0, insert_raw_before(client_hello, raw_record(23, 3, {1, 2, 3}))}}},
      {"before the ServerHello",
       by_client,
       Reason::application_data_early,
       {{1, insert_raw_before(server_hello, raw_record(23, 0, {}))}}},
      {"before the server's Finished",
       by_client,
       Reason::application_data_early,
       {{1, insert_before(finished, application_data, {1})}}},
      {"before the client's Finished",
       by_server,
       Reason::application_data_early,
       {{2, insert_before(finished, application_data, {1})}}},
      {"empty, before the client's Finished",
       by_server,
       Reason::application_data_early,
       {{2, insert_before(finished, application_data, {})}}},
  };
  expect_refusals(rows);
}

TEST(StreamWire, bears_32_empty_records_in_a_row) {
  Loopback pair;
  pair.connect();
  pair.client.take_records();
  Middle middle(pair);
  const Piece empty = middle.piece_for(pair.server, ContentType::application_data, {});
  const Piece byte = middle.piece_for(pair.server, ContentType::application_data, Content{7});
  Flight flight(32, empty);
  flight.push_back(byte);
  middle.deliver(pair.server, flight);
  middle.deliver(pair.server, flight);
  EXPECT_EQ(pair.server.data, (Content{7, 7}));
  middle.deliver(pair.server, Flight(32, empty));
  EXPECT_TRUE(pair.server.outcome().has_value());
  middle.deliver(pair.server, {empty});
  EXPECT_FAILS(pair.server.outcome(), Reason::record_empty_flood);
}

TEST(StreamWire, refuses_warnings_inside_a_message) {
  for (const std::uint8_t code : Content{0, 90}) {
    Loopback pair;
    pair.connect();
    Middle middle(pair);
    End& end = pair.client;
    middle.deliver(end, {middle.piece_for(end, ContentType::handshake, Content{24, 0})});
    middle.deliver(end, {middle.piece_for(end, ContentType::alert, Content{1, code})});
    EXPECT_FAILS(end.outcome(), Reason::handshake_interleaved);
    EXPECT_FALSE(end.closed) << "half a message is no clean end";
  }
}

TEST(StreamWire, takes_less_of_a_certificate_as_a_server_than_as_a_client) {
  const auto announced = [](wire::Role role, const Content& header) -> Result<> {
    MessageStore store(limits::said_arena);
    wire::StreamWire wire(role, 0);
    wire.assemble_in(&store);
    if (const auto fed = wire.feed(header); !fed) {
      return fed;
    }
    const auto message = wire.next();
    return message ? Result<>() : std::unexpected(message.error());
  };
  const Content half = {11, 0x00, 0x80, 0x01};  // 32 KiB and one
  const Content whole = {11, 0x01, 0x00, 0x01};
  EXPECT_FAILS(announced(wire::Role::server, half), Reason::message_too_long);
  EXPECT_TRUE(announced(wire::Role::client, half));
  EXPECT_FAILS(announced(wire::Role::client, whole), Reason::message_too_long);
}

TEST(StreamWire, hears_a_fatal_alert_inside_a_message) {
  Loopback pair;
  pair.connect();
  Middle middle(pair);
  middle.deliver(pair.client,
                 {middle.piece_for(pair.client, ContentType::handshake, Content{24, 0}),
                  middle.piece_for(pair.client, ContentType::alert, Content{2, 80})});
  EXPECT_FAILS(pair.client.outcome(), Reason::alert_received);
}

TEST(StreamWire, refuses_other_records_inside_a_message) {
  for (const bool at_server : {false, true}) {
    Loopback pair;
    pair.connect();
    Middle middle(pair);
    End& end = at_server ? pair.server : pair.client;
    middle.deliver(end, {middle.piece_for(end, ContentType::handshake, Content{24, 0})});
    EXPECT_TRUE(end.outcome().has_value());
    middle.deliver(end, {middle.piece_for(end, ContentType::application_data, Content{1})});
    EXPECT_FAILS(end.outcome(), Reason::handshake_interleaved);
  }
}

/// RFC 9846 §5.1: messages before a change of keys must end their record. Four stacks have had this
/// wrong, and let bytes in that nobody authenticated.
TEST(StreamWire, takes_no_byte_across_a_change_of_keys) {
  const auto pack_with_next = [](HandshakeType message) -> Edit {
    return [=](Flight& flight) {
      Piece& first = find(flight, message);
      auto next = flight.begin() + (&first - flight.data()) + 1;
      while (next->type != ContentType::handshake) {
        ++next;
      }
      first.content.insert(first.content.end(), next->content.begin(), next->content.end());
      flight.erase(next);
    };
  };
  const Content update = {24, 0, 0, 1, 0};
  const Refusal rows[] = {
      {"a byte after ClientHello",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {20})}}},
      {"a whole message after ClientHello",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {20, 0, 0, 0})}}},
      {"a byte after the second ClientHello",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(client_hello, {20})}},
       retried()},
      {"EncryptedExtensions with ServerHello",
       by_client,
       Reason::key_change_inside_record,
       {{1, pack_with_next(server_hello)}}},
      {"a byte after ServerHello",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, {8})}}},
      {"a byte after the server's Finished",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, {4})}}},
      {"a KeyUpdate after the server's Finished",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, update)}}},
      {"a byte after the client's Finished",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, {24})}}},
      {"a KeyUpdate after the client's Finished",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, update)}}},
  };
  expect_refusals(rows);

  for (const bool at_server : {false, true}) {
    for (const Content& rest : {Content{24}, update}) {
      Loopback pair;
      pair.connect();
      Middle middle(pair);
      End& end = at_server ? pair.server : pair.client;
      Content packed = update;
      packed.insert(packed.end(), rest.begin(), rest.end());
      middle.deliver(end, {middle.piece_for(end, ContentType::handshake, packed)});
      EXPECT_FAILS(end.outcome(), Reason::key_change_inside_record);
    }
  }
}

TEST(StreamWire, takes_messages_split_and_packed_where_keys_stay) {
  const Edit pack = [](Flight& flight) {  // EncryptedExtensions to Finished in one record
    Piece& first = find(flight, encrypted_extensions);
    for (const HandshakeType next : {certificate, certificate_verify, finished}) {
      const Content& content = find(flight, next).content;
      first.content.insert(first.content.end(), content.begin(), content.end());
    }
    flight.erase(flight.begin() + (&first - flight.data()) + 1, flight.end());
  };
  const Edit split = [](Flight& flight) {  // one byte a record
    Flight bytes;
    for (const Piece& piece : flight) {
      for (const std::uint8_t byte : piece.content) {
        bytes.push_back(piece);
        bytes.back().content = {byte};
      }
    }
    flight = bytes;
  };
  for (const Edit& edit : {pack, split, all({pack, split})}) {
    Loopback pair;
    Middle middle(pair);
    middle.run({{1, edit}});
    EXPECT_TRUE(pair.agrees());
  }
  Loopback pair(retried());
  Middle middle(pair);
  middle.run({{0, split}, {1, split}, {2, split}, {3, split}, {4, split}});
  EXPECT_TRUE(pair.agrees());
}

TEST(StreamWire, says_when_the_peer_does_not_speak_tls) {
  const auto first_bytes = [](std::string_view text) {
    Loopback pair;
    pair.client.run();
    pair.client.receive(Content(text.begin(), text.end()));
    return pair.client.outcome();
  };
  EXPECT_FAILS(first_bytes("HTTP/1.1 400 Bad Request\r\n"), Reason::plain_http);
  EXPECT_FAILS(first_bytes("GET / HTTP/1.1\r\n"), Reason::plain_http);
  EXPECT_FAILS(first_bytes("220 mail.test ESMTP\r\n"), Reason::not_tls);
  EXPECT_FAILS(first_bytes("SSH-2.0-OpenSSH\r\n"), Reason::not_tls);
  EXPECT_FAILS(first_bytes({"\x80\x2e\x01\x00\x02", 5}), Reason::not_tls);  // SSL 2.0
}

TEST(StreamWire, ignores_the_legacy_version_of_the_first_record) {
  Loopback pair;
  pair.client.run();
  auto flight = pair.client.take_output();
  flight[1] = 0x7f;
  flight[2] = 0x7f;
  pair.server.receive(flight);
  pair.relay();
  EXPECT_TRUE(pair.agrees());
}

TEST(StreamWire, ignores_the_legacy_version_of_later_records) {
  Loopback pair;
  pair.client.run();
  pair.carry(pair.client, pair.server);
  auto flight = pair.server.take_output();
  const std::size_t hello_size = 5U + flight[3] * 256U + flight[4];
  flight[hello_size + 1] = 0x7f;  // of the change_cipher_spec that follows, which nothing protects
  flight[hello_size + 2] = 0x7f;
  pair.client.receive(flight);
  EXPECT_TRUE(pair.client.connected);
}

TEST(StreamWire, closes_before_a_key_is_worn) {
  Loopback sending;
  sending.connect();
  sending.client.wire().skip_to(1U << 24, 0);
  const Content byte = {1};
  wire::Parts parts{std::array<Bytes, 1>{byte}};
  sending.client.wire().write_to(&sending.client.out);
  EXPECT_FAILS(sending.client.wire().seal(parts), Reason::sequence_exhausted);

  // RFC 9846 §5.5: whoever receives SHOULD NOT enforce the limit of a key; §5.3: but no number
  // comes twice.
  for (const std::uint64_t opened : {std::uint64_t{1} << 24, ~std::uint64_t{0}}) {
    Loopback receiving;
    receiving.connect();
    receiving.client.send(byte);
    receiving.server.wire().skip_to(0, opened);
    receiving.carry(receiving.client, receiving.server);
    if (~opened == 0) {
      EXPECT_FAILS(receiving.server.outcome(), Reason::sequence_exhausted);
    } else {
      EXPECT_FAILS(receiving.server.outcome(), Reason::record_unreadable);
    }
  }
}

TEST(StreamWire, asks_for_an_input_that_holds_a_record) {
  Loopback pair;
  pair.client.run();
  const auto hello = pair.client.take_output();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{4}, std::size_t{5}, hello.size() - 1}) {
    Content little(size);
    Input in(little);
    Loopback other;
    static_cast<void>(in.append(hello));
    EXPECT_FAILS(other.server.connection.next(in, other.server.out), Reason::input_too_small);
  }
  Content enough(hello.size());
  Input in(enough);
  EXPECT_EQ(in.append(hello), hello.size());
  EXPECT_TRUE(pair.server.connection.next(in, pair.server.out));
}

TEST(StreamWire, takes_no_handshake_content_when_nobody_assembles) {
  wire::StreamWire wire(wire::Role::client, 0);
  EXPECT_FAILS(wire.feed(Content{1}), Reason::internal);
  EXPECT_FALSE(wire.peek().has_value());
  EXPECT_FALSE(wire.next().value().has_value());
}

// ---- early data, which a server that did not accept it skips. RFC 9846 §4.3.10
// -------------------

/// A server that was told that early data follows, right after its flight.
struct EarlyData {
  Loopback pair;
  Middle middle{pair};

  explicit EarlyData(const Sides& sides = {}) : pair(sides) {
    pair.client.run();
    Flight flight = middle.take(pair.client);
    edit_hello([](OpenHello& hello) { hello[ExtensionType::early_data] = {}; })(flight);
    middle.deliver(pair.server, flight);
  }

  void send_early(std::size_t body_size) {
    pair.server.receive(raw_record(23, body_size, Content(body_size, 0x5a)));
  }
};

TEST(StreamWire, skips_early_data_up_to_the_bound) {
  EarlyData early;
  early.send_early(8000);
  early.send_early((1 << 14) - 8000 + 2 * (1 + 16));  // but for content type and tag
  EXPECT_TRUE(early.pair.server.outcome().has_value());
  early.send_early(1);
  EXPECT_FAILS(early.pair.server.outcome(), Reason::early_data_overflow);
}

TEST(StreamWire, goes_on_after_early_data) {
  EarlyData early;
  early.send_early(100);
  early.send_early(100);
  Piece finished_piece;
  finished_piece.epoch = Epoch::handshake;
  finished_piece.forge = forged_finished;
  early.middle.deliver(early.pair.server, {finished_piece});
  EXPECT_TRUE(early.pair.server.connected);
  early.send_early(100);
  EXPECT_FAILS(early.pair.server.outcome(), Reason::record_unreadable);
}

TEST(StreamWire, skips_early_data_before_the_second_hello) {
  EarlyData early(retried());
  early.send_early(200);
  early.middle.deliver(early.pair.client, early.middle.take(early.pair.server));
  early.middle.deliver(early.pair.server, early.middle.take(early.pair.client));
  EXPECT_TRUE(early.pair.server.outcome().has_value());
  EXPECT_EQ(early.pair.server.connection.where(), "server, awaiting Finished");
  early.send_early(200);
  EXPECT_FAILS(early.pair.server.outcome(), Reason::record_unreadable);
}

TEST(StreamWire, skips_nothing_that_was_not_announced) {
  Loopback pair;
  pair.client.run();
  pair.carry(pair.client, pair.server);
  pair.server.receive(raw_record(23, 100, Content(100, 0x5a)));
  EXPECT_FAILS(pair.server.outcome(), Reason::record_unreadable);
}

}  // namespace
}  // namespace handfast::test
