// Early data that is not where it belongs: other keys, other order, other terms. RFC 9846 §4.3.10,
// §4.6, §5.1.
#include "families/family.h"
#include "support/expect.h"

namespace handfast::test::families {
namespace {

using enum HandshakeType;

const Content end = handshake_message(end_of_early_data, {});
const Content some = {1, 2, 3};
constexpr ExtensionType of_early_data = ExtensionType::early_data;

/// Adds a record to the end of a flight.
Edit add(Piece piece) {
  return [piece](Flight& flight) { flight.push_back(piece); };
}

Edit change(HandshakeType message, std::function<void(Piece&)> edit) {
  return [message, edit = std::move(edit)](Flight& flight) { edit(find(flight, message)); };
}

Piece early(ContentType type, Content content) {
  return {.type = type, .content = std::move(content), .epoch = Epoch::early};
}

/// A server that does not take the session up, and a client that offers early data with it.
Sides not_resumed() {
  Sides sides = early_data();
  sides.server.tickets = resuming().server.tickets;
  return sides;
}

/// The server chooses another suite than that of the session.
Sides other_suite() {
  Sides sides = early_data();
  sides.server.cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256};
  return sides;
}

Sides refused() {
  Sides sides = early_data();
  sides.server.early_data = {};
  return sides;
}

/// The alert goes out under the keys that a server which took early data reads with; this one did
/// not, so it never learns.
TEST(EarlyData, is_not_taken_with_another_suite) {
  Loopback pair(other_suite());
  Middle middle(pair);
  middle.run({{1, reforge(replace_extensions({{of_early_data, {}}}))}});
  EXPECT_FAILS(pair.client.outcome(), Reason::early_data_suite_changed);
  EXPECT_EQ(pair.client.sent_alerts, std::vector{Alert::illegal_parameter});
  EXPECT_FALSE(pair.client.connected);
}

class EarlyDataFamily : public testing::TestWithParam<Case> {};

TEST_P(EarlyDataFamily, is_noticed) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Families, EarlyDataFamily,
    testing::Values(
        Case{"without_its_end",
             by_server,
             Reason::record_unreadable,
             {{2, drop(end_of_early_data)}},
             early_data},
        Case{"ended_twice",
             by_server,
             Reason::record_unreadable,
             {{2, duplicate(end_of_early_data)}},
             early_data},
        Case{"ended_again_by_the_handshake_keys",
             by_server,
             Reason::message_unexpected,
             {{2, insert_before(finished, ContentType::handshake, end)}},
             early_data},
        Case{"ended_in_clear",
             by_server,
             Reason::record_unprotected,
             {{2, change(end_of_early_data, [](Piece& p) { p.epoch = Epoch::plaintext; })}},
             early_data},
        Case{"ended_by_the_handshake_keys",
             by_server,
             Reason::record_unreadable,
             {{2, change(end_of_early_data, [](Piece& p) { p.epoch = Epoch::handshake; })}},
             early_data},
        Case{"ended_with_a_body",
             by_server,
             Reason::message_leftover,
             {{2, replace_body(end_of_early_data, {0})}},
             early_data},
        Case{"ended_within_a_record",
             by_server,
             Reason::key_change_inside_record,
             {{2, append_to(end_of_early_data, end)}},
             early_data},
        Case{"ended_where_it_was_refused",
             by_server,
             Reason::message_unexpected,
             {{2, insert_before(finished, ContentType::handshake, end)}},
             refused},
        Case{"finished_before_its_end",
             by_server,
             Reason::record_unreadable,
             {{2, advance(finished, end_of_early_data)}},
             early_data},
        Case{"finished_by_its_keys",
             by_server,
             Reason::message_unexpected,
             {{2, both(drop(end_of_early_data),
                       change(finished, [](Piece& p) { p.epoch = Epoch::early; }))}},
             early_data},
        Case{"after_its_end",
             by_server,
             Reason::application_data_early,
             {{2, insert_before(finished, ContentType::application_data, some)}},
             early_data},
        Case{"by_its_keys_after_its_end",
             by_server,
             Reason::record_unreadable,
             {{2, both(insert_before(finished, ContentType::application_data, some),
                       [](Flight& flight) {
                         for (Piece& piece : flight) {
                           if (piece.type == ContentType::application_data) {
                             piece.epoch = Epoch::early;
                           }
                         }
                       })}},
             early_data},
        Case{"in_clear",
             by_server,
             Reason::record_unreadable,
             {{0, add({.raw = {23, 3,  3,  0,  20, 1,  2,  3,  4,  5,  6,  7, 8,
                               9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}})}},
             early_data},
        Case{"between_the_halves_of_its_end",
             by_server,
             Reason::handshake_interleaved,
             {{0, both(add(early(ContentType::handshake, {5, 0})),
                       add(early(ContentType::application_data, some)))}},
             early_data},
        Case{"with_a_second_change_cipher_spec",
             by_server,
             Reason::change_cipher_spec_unexpected,
             {{0, add({.raw = {20, 3, 3, 0, 1, 1}})}},
             early_data},
        Case{"with_a_key_update",
             by_server,
             Reason::message_unexpected,
             {{0, add(early(ContentType::handshake, {24, 0, 0, 1, 0}))}},
             early_data},
        Case{"ended_by_the_server",
             by_client,
             Reason::message_unexpected,
             {{1, insert_before(finished, ContentType::handshake, end)}},
             early_data},
        Case{"ended_by_a_server_that_was_sent_none",
             by_client,
             Reason::message_unexpected,
             {{1, insert_before(finished, ContentType::handshake, end)}},
             plain},
        Case{"taken_without_the_session",
             by_client,
             Reason::early_data_not_resumed,
             {{1, reforge(replace_extensions({{of_early_data, {}}}))}},
             not_resumed},
        Case{"taken_for_another_protocol",
             by_client,
             Reason::early_data_alpn_changed,
             {{1, reforge(replace_extensions(
                      {{of_early_data, {}},
                       {ExtensionType::application_layer_protocol_negotiation, {0, 2, 1, 'b'}}}))}},
             [] {
               Sides sides = early_data();
               sides.client.alpn = {"b"};
               return sides;
             }},
        Case{"taken_though_none_was_offered",
             by_client,
             Reason::extension_unsolicited,
             {{1, reforge(replace_extensions({{of_early_data, {}}}))}},
             resumption}),
    name_of);

}  // namespace
}  // namespace handfast::test::families
