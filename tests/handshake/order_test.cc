// The order of messages: left out, doubled, exchanged, replaced, put in. RFC 9846 §4: whatever is
// not next is unexpected_message.
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Content = std::vector<std::uint8_t>;

/// Every type of message there is, and two that are not.
constexpr std::array types = {client_hello,
                              server_hello,
                              new_session_ticket,
                              end_of_early_data,
                              encrypted_extensions,
                              certificate,
                              certificate_request,
                              certificate_verify,
                              finished,
                              key_update,
                              message_hash,
                              static_cast<HandshakeType>(0),
                              static_cast<HandshakeType>(99)};

/// The messages of a handshake, by the flight in which they come and who reads them.
struct Place {
  HandshakeType message;
  unsigned flight;
  By reader;
};

constexpr std::array encrypted = {Place{encrypted_extensions, 1, by_client},
                                  Place{certificate, 1, by_client},
                                  Place{certificate_verify, 1, by_client},
                                  Place{finished, 1, by_client}, Place{finished, 2, by_server}};
/// Those that are there only with client authentication, and who comes after them.
constexpr std::array authenticating = {
    Place{certificate_request, 1, by_client}, Place{certificate, 2, by_server},
    Place{certificate_verify, 2, by_server}, Place{finished, 2, by_server}};
constexpr std::array hellos = {Place{client_hello, 0, by_server},
                               Place{server_hello, 1, by_client}};

Result<> outcome(Loopback& pair, By reader) {
  return reader == By::client ? pair.client.outcome() : pair.server.outcome();
}

/// Runs a handshake with one edited flight.
void run(Loopback& pair, unsigned flight, const Edit& edit) {
  Middle middle(pair);
  middle.run({{flight, edit}});
}

Edit duplicate(HandshakeType message) {
  return [=](Flight& flight) {
    const Piece& piece = find(flight, message);
    const auto place = flight.begin() + (&piece - flight.data());
    const Piece copy = piece;
    flight.insert(place, copy);
  };
}

Edit exchange(HandshakeType a, HandshakeType b) {
  return [=](Flight& flight) { std::swap(find(flight, a).content, find(flight, b).content); };
}

Edit retype(HandshakeType message, HandshakeType type) {
  return [=](Flight& flight) {
    find(flight, message).content.front() = static_cast<std::uint8_t>(type);
  };
}

std::string say(const Place& place) {
  return std::string(name(place.message)) + " in flight " + std::to_string(place.flight);
}

TEST(Order, misses_every_message_that_is_left_out) {
  const Refusal rows[] = {
      {"EncryptedExtensions",
       by_client,
       Reason::message_unexpected,
       {{1, drop(encrypted_extensions)}}},
      {"Certificate", by_client, Reason::message_unexpected, {{1, drop(certificate)}}},
      {"CertificateVerify", by_client, Reason::message_unexpected, {{1, drop(certificate_verify)}}},
      {"Certificate and CertificateVerify",
       by_client,
       Reason::message_unexpected,
       {{1,
         [](Flight& flight) {
           drop(certificate)(flight);
           drop(certificate_verify)(flight);
         }}}},
  };
  expect_refusals(rows);
}

TEST(Order, waits_for_the_last_message_of_a_flight) {
  for (const Place& place : {Place{client_hello, 0, by_server}, Place{finished, 1, by_client},
                             Place{finished, 2, by_server}}) {
    SCOPED_TRACE(say(place));
    Loopback pair;
    run(pair, place.flight, drop(place.message));
    End& reader = place.reader == By::client ? pair.client : pair.server;
    EXPECT_TRUE(reader.outcome().has_value());
    EXPECT_FALSE(reader.connected);
    reader.end_of_input();
    EXPECT_FAILS(reader.outcome(), Reason::closed_in_handshake);
    EXPECT_EQ(reader.error->during, static_cast<std::uint8_t>(place.message));
  }
}

TEST(Order, refuses_every_message_that_comes_twice) {
  for (const Place& place : encrypted) {
    SCOPED_TRACE(say(place));
    Loopback pair;
    run(pair, place.flight, duplicate(place.message));
    if (place.message == finished) {  // its keys are gone
      EXPECT_FAILS(outcome(pair, place.reader), Reason::record_unreadable);
    } else {
      EXPECT_FAILS(outcome(pair, place.reader), Reason::message_unexpected);
    }
  }
  for (const Place& place : hellos) {
    SCOPED_TRACE(say(place));
    Loopback pair;
    run(pair, place.flight, duplicate(place.message));
    EXPECT_FAILS(outcome(pair, place.reader), Reason::record_unprotected);
  }
}

TEST(Order, refuses_messages_that_change_places) {
  constexpr std::array server_flight = {encrypted_extensions, certificate, certificate_verify,
                                        finished};
  for (std::size_t i = 0; i < server_flight.size(); ++i) {
    for (std::size_t j = i + 1; j < server_flight.size(); ++j) {
      SCOPED_TRACE(std::string(name(server_flight[i])) + " " + std::string(name(server_flight[j])));
      Loopback pair;
      run(pair, 1, exchange(server_flight[i], server_flight[j]));
      expect_refusal(pair, by_client, Reason::message_unexpected);
    }
  }
}

TEST(Order, refuses_every_other_message_in_the_place_of_one) {
  for (const Place& place : encrypted) {
    for (const HandshakeType type : types) {
      const bool is_request = place.message == certificate && type == certificate_request;
      if (type == place.message || is_request) {
        continue;  // a CertificateRequest may come there
      }
      SCOPED_TRACE(say(place) + " by " + std::to_string(static_cast<int>(type)));
      Loopback pair;
      run(pair, place.flight, retype(place.message, type));
      expect_refusal(pair, place.reader, Reason::message_unexpected);
    }
  }
  for (const Place& place : hellos) {
    for (const HandshakeType type : types) {
      if (type != place.message) {
        SCOPED_TRACE(say(place) + " by " + std::to_string(static_cast<int>(type)));
        Loopback pair;
        run(pair, place.flight, retype(place.message, type));
        EXPECT_FAILS(outcome(pair, place.reader), Reason::message_unexpected);
      }
    }
  }
}

TEST(Order, refuses_every_message_that_is_put_in) {
  for (const Place& place : encrypted) {
    for (const HandshakeType type : types) {
      const bool is_request = place.message == certificate && type == certificate_request;
      if (type == place.message || is_request) {
        continue;
      }
      SCOPED_TRACE(say(place) + " after " + std::to_string(static_cast<int>(type)));
      Loopback pair;
      run(pair, place.flight,
          insert_before(place.message, ContentType::handshake, handshake_message(type, {})));
      expect_refusal(pair, place.reader, Reason::message_unexpected);
    }
  }
}

// ---- with client authentication -----------------------------------------------------------------

TEST(Order, misses_every_message_of_a_client_that_is_left_out) {
  const Refusal rows[] = {
      {"Certificate",
       by_server,
       Reason::message_unexpected,
       {{2, drop(certificate)}},
       authenticated()},
      {"CertificateVerify",
       by_server,
       Reason::message_unexpected,
       {{2, drop(certificate_verify)}},
       authenticated()},
      {"Certificate and CertificateVerify",
       by_server,
       Reason::message_unexpected,
       {{2,
         [](Flight& flight) {
           drop(certificate)(flight);
           drop(certificate_verify)(flight);
         }}},
       authenticated()},
  };
  expect_refusals(rows);
  // Without its CertificateRequest the server speaks on; its client signs another transcript.
  Loopback pair(authenticated());
  run(pair, 1, drop(certificate_request));
  expect_refusal(pair, by_client, Reason::signature_invalid);
}

TEST(Order, refuses_every_message_of_authentication_that_comes_twice) {
  for (const Place& place : authenticating) {
    SCOPED_TRACE(say(place));
    Loopback pair(authenticated());
    run(pair, place.flight, duplicate(place.message));
    if (place.message == finished) {  // its keys are gone
      EXPECT_FAILS(outcome(pair, place.reader), Reason::record_unreadable);
    } else {
      expect_refusal(pair, place.reader, Reason::message_unexpected);
    }
  }
}

TEST(Order, refuses_messages_of_authentication_that_change_places) {
  const auto refuse_each_pair = [](const std::vector<HandshakeType>& types_of_flight,
                                   unsigned flight, By reader) {
    for (std::size_t i = 0; i < types_of_flight.size(); ++i) {
      for (std::size_t j = i + 1; j < types_of_flight.size(); ++j) {
        SCOPED_TRACE(std::string(name(types_of_flight[i])) + " " +
                     std::string(name(types_of_flight[j])));
        Loopback pair(authenticated());
        run(pair, flight, exchange(types_of_flight[i], types_of_flight[j]));
        expect_refusal(pair, reader, Reason::message_unexpected);
      }
    }
  };
  refuse_each_pair(
      {encrypted_extensions, certificate_request, certificate, certificate_verify, finished}, 1,
      by_client);
  refuse_each_pair({certificate, certificate_verify, finished}, 2, by_server);
}

TEST(Order, refuses_every_other_message_in_the_place_of_one_of_authentication) {
  for (const Place& place : authenticating) {
    for (const HandshakeType type : types) {
      if (type == place.message) {
        continue;
      }
      SCOPED_TRACE(say(place) + " by " + std::to_string(static_cast<int>(type)));
      Loopback pair(authenticated());
      run(pair, place.flight, retype(place.message, type));
      if (place.message == certificate_request && type == certificate) {
        // There one may stand: it is the content that is none.
        EXPECT_FAILS(pair.client.outcome(), Reason::message_truncated);
      } else {
        expect_refusal(pair, place.reader, Reason::message_unexpected);
      }
    }
  }
}

TEST(Order, refuses_every_message_that_is_put_in_between_those_of_authentication) {
  for (const Place& place : authenticating) {
    for (const HandshakeType type : types) {
      const bool may_stand =
          type == place.message || (place.message == certificate_request && type == certificate);
      if (may_stand) {
        continue;
      }
      SCOPED_TRACE(say(place) + " after " + std::to_string(static_cast<int>(type)));
      Loopback pair(authenticated());
      run(pair, place.flight,
          insert_before(place.message, ContentType::handshake, handshake_message(type, {})));
      expect_refusal(pair, place.reader, Reason::message_unexpected);
    }
  }
}

TEST(Order, refuses_a_message_by_its_first_byte) {
  Loopback pair;
  run(pair, 1, insert_before(certificate, ContentType::handshake, {20}));
  expect_refusal(pair, by_client, Reason::message_unexpected);
}

TEST(Order, holds_after_a_retry_too) {
  const Refusal rows[] = {
      {"Finished for the second ClientHello",
       by_server,
       Reason::message_unexpected,
       {{2, retype(client_hello, finished)}},
       retried()},
      {"EncryptedExtensions for the second ServerHello",
       by_client,
       Reason::message_unexpected,
       {{3, retype(server_hello, encrypted_extensions)}},
       retried()},
      {"Certificate left out",
       by_client,
       Reason::message_unexpected,
       {{3, drop(certificate)}},
       retried()},
      {"Certificate from the client",
       by_server,
       Reason::message_unexpected,
       {{4, insert_before(finished, ContentType::handshake,
                          handshake_message(certificate, Content{0, 0, 0, 0}))}},
       retried()},
      {"no Certificate from a client that was asked",
       by_server,
       Reason::message_unexpected,
       {{4, drop(certificate)}},
       retried(authenticated())},
      {"a second ClientHello that begins before it was asked for",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {1, 0, 1})}},
       retried()},
      {"a ServerHello that begins before the second ClientHello",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, {2, 0, 0})}},
       retried()},
  };
  expect_refusals(rows);
}

TEST(Order, takes_nothing_but_tickets_and_key_updates_after_the_handshake) {
  for (const bool at_server : {false, true}) {
    for (const HandshakeType type : types) {
      if (type == key_update || (type == new_session_ticket && !at_server)) {
        continue;
      }
      SCOPED_TRACE(std::to_string(static_cast<int>(type)) + (at_server ? " server" : " client"));
      Loopback pair;
      pair.connect();
      pair.client.take_records();
      pair.server.take_records();
      Middle middle(pair);
      End& end = at_server ? pair.server : pair.client;
      middle.deliver(end, {middle.piece_for(end, ContentType::handshake,
                                            handshake_message(type, Content(3, 0)))});
      pair.relay();
      expect_refusal(pair, at_server ? by_server : by_client, Reason::post_handshake_unexpected);
    }
  }
}

TEST(Order, says_where_it_stands) {
  Loopback pair;
  EXPECT_EQ(pair.client.connection.where(), "client, before the handshake");
  pair.client.run();
  pair.server.run();
  EXPECT_EQ(pair.client.connection.where(), "client, awaiting ServerHello");
  EXPECT_EQ(pair.server.connection.where(), "server, awaiting ClientHello");
  pair.carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.connection.where(), "server, awaiting Finished");
  pair.relay();
  EXPECT_EQ(pair.client.connection.where(), "client, connected");
  pair.client.receive(Content{21, 3, 3, 0, 0});
  EXPECT_TRUE(pair.client.connection.where().starts_with("failed: a record came in clear"));
  Loopback asking(authenticated());
  asking.client.run();
  asking.carry(asking.client, asking.server);
  EXPECT_EQ(asking.server.connection.where(), "server, awaiting Certificate");
}

}  // namespace
}  // namespace handfast::test
