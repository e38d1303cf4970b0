// Family (c): a side is believed without having proved anything, as it left out the messages in
// which it should have. Each Finished here is right for what its reader saw. CVE-2022-25640 and
// CVE-2026-2645 (wolfSSL), CVE-2026-34582 (Botan: application data before Finished),
// CVE-2024-45159 (Mbed TLS), CVE-2014-0224 and SKIP-TLS before them. RFC 9846 §4.5, §A.
#include "families/family.h"

namespace handfast::test::families {
namespace {

using enum HandshakeType;

const Content no_certificates = {0, 0, 0, 0};

Edit without_proofs() { return reforge(both(drop(certificate), drop(certificate_verify))); }

Edit empty_certificate() { return reforge(replace_body(certificate, no_certificates)); }

Edit empty_certificate_alone() {
  return reforge(both(replace_body(certificate, no_certificates), drop(certificate_verify)));
}

Edit data_before_finished() {
  return insert_before(finished, ContentType::application_data, {1, 2, 3});
}

/// The messages in their places, exchanged once they are made to fit.
Edit exchanged(HandshakeType later, HandshakeType earlier) {
  return both(reforge([](Flight&) {}), advance(later, earlier));
}

std::vector<Case> of_clients_after_a_retry() {
  return {
      {"a_client_that_leaves_out_its_certificate_after_a_retry",
       by_server,
       Reason::message_unexpected,
       {{4, reforge(drop(certificate))}},
       with_client_after_retry},
      {"a_client_that_leaves_out_its_certificate_verify_after_a_retry",
       by_server,
       Reason::message_unexpected,
       {{4, reforge(drop(certificate_verify))}},
       with_client_after_retry},
      {"a_client_that_is_finished_straight_away_after_a_retry",
       by_server,
       Reason::message_unexpected,
       {{4, without_proofs()}},
       with_client_after_retry},
      {"a_client_that_signs_for_no_certificate_after_a_retry",
       by_server,
       Reason::certificate_required,
       {{4, empty_certificate()}},
       with_client_after_retry},
      {"a_client_with_no_certificate_after_a_retry",
       by_server,
       Reason::certificate_required,
       {{4, empty_certificate_alone()}},
       with_client_after_retry},
  };
}

std::vector<Case> of_clients() {
  return {
      {"a_client_that_signs_for_no_certificate_where_it_was_only_asked",
       by_server,
       Reason::message_unexpected,
       {{2, empty_certificate()}},
       asking_client},
      {"a_client_that_is_finished_before_it_signs",
       by_server,
       Reason::message_unexpected,
       {{2, exchanged(finished, certificate_verify)}},
       with_client},
      {"a_client_that_is_finished_before_it_signs_where_it_was_only_asked",
       by_server,
       Reason::message_unexpected,
       {{2, exchanged(finished, certificate_verify)}},
       asking_client},
      {"a_client_that_signs_twice",
       by_server,
       Reason::message_unexpected,
       {{2, both(reforge([](Flight&) {}), duplicate(certificate_verify))}},
       with_client},
      {"a_client_that_shows_two_certificates",
       by_server,
       Reason::message_unexpected,
       {{2, both(reforge([](Flight&) {}), duplicate(certificate))}},
       with_client},
      {"a_client_that_shows_a_certificate_and_then_none",
       by_server,
       Reason::message_unexpected,
       {{2, insert_before(certificate_verify, ContentType::handshake,
                          handshake_message(certificate, no_certificates))}},
       asking_client},
      {"a_client_that_shows_none_and_then_a_certificate",
       by_server,
       Reason::message_unexpected,
       {{2, insert_before(certificate, ContentType::handshake,
                          handshake_message(certificate, no_certificates))}},
       asking_client},
  };
}

std::vector<Case> out_of_place() {
  return {
      {"a_client_that_shows_a_certificate_unasked",
       by_server,
       Reason::message_unexpected,
       {{2, insert_before(finished, ContentType::handshake,
                          handshake_message(certificate, no_certificates))}}},
      {"a_client_that_shows_a_certificate_in_a_resumption",
       by_server,
       Reason::message_unexpected,
       {{2, insert_before(finished, ContentType::handshake,
                          handshake_message(certificate, no_certificates))}},
       resumption_of_client},
      {"data_of_a_client_before_its_finished",
       by_server,
       Reason::application_data_early,
       {{2, data_before_finished()}}},
      {"data_of_a_client_before_its_certificate",
       by_server,
       Reason::application_data_early,
       {{2, insert_before(certificate, ContentType::application_data, {1})}},
       with_client},
      {"data_of_a_client_before_its_finished_in_a_resumption",
       by_server,
       Reason::application_data_early,
       {{2, data_before_finished()}},
       resumption_of_client},
  };
}

std::vector<Case> of_servers() {
  return {
      {"a_server_that_is_finished_straight_away",
       by_client,
       Reason::message_unexpected,
       {{1, without_proofs()}}},
      {"a_server_that_is_finished_straight_away_after_a_retry",
       by_client,
       Reason::message_unexpected,
       {{3, without_proofs()}},
       after_retry},
      {"a_server_that_asks_who_we_are_and_shows_nothing",
       by_client,
       Reason::message_unexpected,
       {{1, without_proofs()}},
       with_client},
      {"a_server_that_leaves_out_its_certificate_verify",
       by_client,
       Reason::message_unexpected,
       {{1, reforge(drop(certificate_verify))}}},
      {"a_server_that_leaves_out_its_certificate",
       by_client,
       Reason::message_unexpected,
       {{1, reforge(drop(certificate))}}},
      {"a_server_that_shows_no_certificate",
       by_client,
       Reason::certificate_list_empty,
       {{1, empty_certificate_alone()}}},
      {"a_server_that_signs_for_no_certificate",
       by_client,
       Reason::certificate_list_empty,
       {{1, empty_certificate()}}},
      {"a_server_that_is_finished_before_it_signs",
       by_client,
       Reason::message_unexpected,
       {{1, exchanged(finished, certificate_verify)}}},
      {"data_of_a_server_before_its_finished",
       by_client,
       Reason::application_data_early,
       {{1, data_before_finished()}}},
      {"data_of_a_server_before_its_certificate",
       by_client,
       Reason::application_data_early,
       {{1, insert_before(certificate, ContentType::application_data, {1})}}},
  };
}

class SkippedAuthentication : public testing::TestWithParam<Case> {};

TEST_P(SkippedAuthentication, is_missed) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(OfClientsAfterARetry, SkippedAuthentication,
                         testing::ValuesIn(of_clients_after_a_retry()), name_of);
INSTANTIATE_TEST_SUITE_P(OfClients, SkippedAuthentication, testing::ValuesIn(of_clients()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(OutOfPlace, SkippedAuthentication, testing::ValuesIn(out_of_place()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(OfServers, SkippedAuthentication, testing::ValuesIn(of_servers()),
                         name_of);

}  // namespace
}  // namespace handfast::test::families
