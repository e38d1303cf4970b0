// Family (a): bytes that came before a change of keys are taken for bytes that came after it, so
// that what nobody protected passes for what was. CVE-2023-6937 (wolfSSL), CVE-2025-61730 (Go),
// RUSTSEC-2026-0285 (rustls), Mbed TLS's advisory of July 2026. RFC 9846 §5.1.
#include "families/family.h"

namespace handfast::test::families {
namespace {

using enum HandshakeType;

const Content key_update_message = {24, 0, 0, 1, 0};
const Content extensions_message = {8, 0, 0, 2, 0, 0};
const Content request_message = {13, 0, 0, 3, 0, 0, 0};
const Content ticket_message = {4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0};

/// A Finished of no use, whole.
Content finished_message() { return handshake_message(finished, Content(32, 1)); }

/// `message` comes again in its own record.
Edit append_copy(HandshakeType message) {
  return [=](Flight& flight) {
    Content& content = find(flight, message).content;
    const Content copy = content;
    content.insert(content.end(), copy.begin(), copy.end());
  };
}

/// The message and all that follow it in clear, in one record.
Edit join_to_server_hello() {
  return [](Flight& flight) {
    Content& content = find(flight, server_hello).content;
    for (const auto next : {encrypted_extensions, certificate, certificate_verify, finished}) {
      const Content& more = find(flight, next).content;
      content.insert(content.end(), more.begin(), more.end());
    }
  };
}

std::vector<Case> at_client_hello() {
  return {
      {"a_byte_behind_the_client_hello",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {20})}}},
      {"a_finished_behind_the_client_hello",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, finished_message())}}},
      {"a_second_client_hello_behind_the_first",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_copy(client_hello)}}},
      {"a_second_client_hello_before_it_was_asked_for",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_copy(client_hello)}},
       after_retry},
      {"a_finished_behind_the_second_client_hello",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(client_hello, finished_message())}},
       after_retry},
      {"a_certificate_behind_the_client_hello",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {11, 0, 0, 4, 0, 0, 0, 0})}},
       with_client},
      {"a_byte_behind_the_client_hello_of_a_resumption",
       by_server,
       Reason::key_change_inside_record,
       {{0, append_to(client_hello, {20})}},
       resumption},
  };
}

std::vector<Case> at_server_hello() {
  return {
      {"a_byte_behind_the_server_hello",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, {8})}}},
      {"encrypted_extensions_in_clear_behind_the_server_hello",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, extensions_message)}}},
      {"a_certificate_request_in_clear_behind_the_server_hello",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, request_message)}}},
      {"the_whole_flight_in_clear_behind_the_server_hello",
       by_client,
       Reason::key_change_inside_record,
       {{1, join_to_server_hello()}}},
      {"a_second_server_hello_behind_the_first",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_copy(server_hello)}}},
      {"a_retry_request_behind_a_retry_request",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_copy(server_hello)}},
       after_retry},
      {"encrypted_extensions_behind_the_server_hello_after_a_retry",
       by_client,
       Reason::key_change_inside_record,
       {{3, append_to(server_hello, extensions_message)}},
       after_retry},
      {"encrypted_extensions_behind_the_server_hello_of_a_resumption",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(server_hello, extensions_message)}},
       resumption},
  };
}

std::vector<Case> at_finished() {
  return {
      {"a_byte_behind_the_servers_finished",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, {4})}}},
      {"a_ticket_behind_the_servers_finished",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, ticket_message)}}},
      {"a_key_update_behind_the_servers_finished",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, key_update_message)}}},
      {"a_ticket_behind_the_servers_finished_of_a_resumption",
       by_client,
       Reason::key_change_inside_record,
       {{1, append_to(finished, ticket_message)}},
       resumption},
      {"a_byte_behind_the_clients_finished",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, {24})}}},
      {"a_key_update_behind_the_clients_finished",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, key_update_message)}}},
      {"a_second_finished_behind_the_clients",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_copy(finished)}}},
      {"a_byte_behind_the_finished_of_a_client_with_a_certificate",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, {24})}},
       with_client},
      {"a_byte_behind_the_clients_finished_of_a_resumption",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(finished, {24})}},
       resumption_of_client},
  };
}

class KeyChange : public testing::TestWithParam<Case> {};

TEST_P(KeyChange, is_crossed_by_nothing) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(AtClientHello, KeyChange, testing::ValuesIn(at_client_hello()), name_of);
INSTANTIATE_TEST_SUITE_P(AtServerHello, KeyChange, testing::ValuesIn(at_server_hello()), name_of);
INSTANTIATE_TEST_SUITE_P(AtFinished, KeyChange, testing::ValuesIn(at_finished()), name_of);

}  // namespace
}  // namespace handfast::test::families
