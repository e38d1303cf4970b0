#include "handfast/error.h"

#include "support/expect.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace handfast {
namespace {

/// A reason and the alert that the named rule demands for it.
struct Demand {
  Reason reason;
  Alert alert;
  const char* rule;
};

// clang-format off
constexpr std::array demands = {
  Demand{Reason::message_unexpected,            Alert::unexpected_message,      "4: a handshake message in an unexpected order"},
  Demand{Reason::suite_none_common,             Alert::handshake_failure,       "4.2.1: no overlap of cipher suites"},
  Demand{Reason::group_none_common,             Alert::handshake_failure,       "4.2.1: no overlap of groups"},
  Demand{Reason::signature_none_common,         Alert::handshake_failure,       "4.2.1: no overlap of signature algorithms"},
  Demand{Reason::compression_not_null,          Alert::illegal_parameter,       "4.2.2: legacy_compression_methods; 4.2.3"},
  Demand{Reason::legacy_version_invalid,        Alert::protocol_version,        "4.2.2, 4.2.3: not equal to 0x0303"},
  Demand{Reason::session_id_not_echoed,         Alert::illegal_parameter,       "4.2.3: legacy_session_id_echo"},
  Demand{Reason::suite_not_offered,             Alert::illegal_parameter,       "4.2.3: cipher_suite"},
  Demand{Reason::downgrade_detected,            Alert::illegal_parameter,       "4.2.3: the last 8 bytes of random"},
  Demand{Reason::retry_without_change,          Alert::illegal_parameter,       "4.2.4: no change in the ClientHello"},
  Demand{Reason::retry_repeated,                Alert::unexpected_message,      "4.2.4: a second HelloRetryRequest"},
  Demand{Reason::suite_changed,                 Alert::illegal_parameter,       "4.2.4: not the suite of the HelloRetryRequest"},
  Demand{Reason::extension_unsolicited,         Alert::unsupported_extension,   "4.3: an answer that was not asked for"},
  Demand{Reason::extension_misplaced,           Alert::illegal_parameter,       "4.3: not specified for this message"},
  Demand{Reason::message_leftover,              Alert::decode_error,            "4.3: data left over after the structure"},
  Demand{Reason::version_not_offered,           Alert::illegal_parameter,       "4.3.1: selected_version"},
  Demand{Reason::group_not_offered,             Alert::illegal_parameter,       "4.3.8: selected_group"},
  Demand{Reason::retry_for_share_sent,          Alert::illegal_parameter,       "4.3.8: selected_group had a share"},
  Demand{Reason::key_share_duplicated,          Alert::illegal_parameter,       "4.3.8: multiple entries for one group"},
  Demand{Reason::key_share_unlisted,            Alert::illegal_parameter,       "4.3.8: a group not in supported_groups"},
  Demand{Reason::psk_not_last,                  Alert::illegal_parameter,       "4.3.11: not the last extension"},
  Demand{Reason::certificate_list_empty,        Alert::decode_error,            "4.5.1.3: the server's Certificate is empty"},
  Demand{Reason::certificate_algorithm_weak,    Alert::bad_certificate,         "4.5.1.3: MD5, SHA-1"},
  Demand{Reason::signature_invalid,             Alert::decrypt_error,           "4.5.2: verification fails"},
  Demand{Reason::finished_mismatch,             Alert::decrypt_error,           "4.5.3: contents are incorrect"},
  Demand{Reason::key_update_invalid,            Alert::illegal_parameter,       "4.7.3: any other value"},
  Demand{Reason::record_type_unknown,           Alert::unexpected_message,      "5: an unexpected record type"},
  Demand{Reason::change_cipher_spec_invalid,    Alert::unexpected_message,      "5: any other change_cipher_spec value"},
  Demand{Reason::change_cipher_spec_unexpected, Alert::unexpected_message,      "5: after the peer's Finished"},
  Demand{Reason::key_change_inside_record,      Alert::unexpected_message,      "5.1: not aligned with a record boundary"},
  Demand{Reason::record_overflow,               Alert::record_overflow,         "5.1, 5.2: the length exceeds the limit"},
  Demand{Reason::record_unreadable,             Alert::bad_record_mac,          "5.2: the decryption fails"},
  Demand{Reason::record_empty_fragment,         Alert::unexpected_message,      "5.4: zero-length content"},
  Demand{Reason::record_without_type,           Alert::unexpected_message,      "5.4: no non-zero octet"},
  Demand{Reason::record_plaintext_overflow,     Alert::record_overflow,         "6.2: more than 2^14 bytes decrypted"},
  Demand{Reason::application_data_early,        Alert::unexpected_message,      "6.2: premature Application Data"},
  Demand{Reason::value_out_of_bounds,           Alert::decode_error,            "6.2: a field out of the specified range"},
  Demand{Reason::message_truncated,             Alert::decode_error,            "6.2: the length of the message"},
  Demand{Reason::key_share_invalid,             Alert::illegal_parameter,       "6: semantically invalid, a DHE share of p - 1"},
  Demand{Reason::certificate_signature_invalid, Alert::bad_certificate,         "6.2: signatures that did not verify"},
  Demand{Reason::certificate_expired,           Alert::certificate_expired,     "6.2: expired or not currently valid"},
  Demand{Reason::certificate_not_yet_valid,     Alert::certificate_expired,     "6.2: expired or not currently valid"},
  Demand{Reason::certificate_authority_unknown, Alert::unknown_ca,              "6.2: no known trust anchor"},
  Demand{Reason::version_none_common,           Alert::protocol_version,        "E.1, E.2: a version that is not supported"},
  Demand{Reason::internal,                      Alert::internal_error,          "6.2: unrelated to the peer"},
  Demand{Reason::out_of_memory,                 Alert::internal_error,          "6.2: such as a memory allocation failure"},
  Demand{Reason::aborted,                       Alert::general_error,           "6.2: no more specific error is available"},
  Demand{Reason::extension_missing,             Alert::missing_extension,       "9.2: does not conform to these requirements"},
  Demand{Reason::fallback_inappropriate,        Alert::inappropriate_fallback,  "RFC 7507, 3"},
  Demand{Reason::alpn_none_common,              Alert::no_application_protocol, "RFC 7301, 3.2"},
  Demand{Reason::server_name_unknown,           Alert::unrecognized_name,       "RFC 6066, 3"},
};
// clang-format on

TEST(Faults, say_everything_about_every_reason) {
  ASSERT_EQ(all_faults().size(), static_cast<std::size_t>(std::to_underlying(Reason::count)));
  for (const Fault& fault : all_faults()) {
    EXPECT_EQ(&fault_of(fault.reason), &fault);
    EXPECT_TRUE(fault.code.starts_with("HF-")) << fault.code;
    EXPECT_TRUE(std::ranges::all_of(fault.code, [](char c) {
      return c == '-' || (c >= 'A' && c <= 'Z');
    })) << fault.code;
    EXPECT_NE(name(fault.alert), "unassigned") << fault.code;
    EXPECT_NE(fault.exit, 0) << fault.code;
    EXPECT_FALSE(fault.text.empty()) << fault.code;
    EXPECT_FALSE(fault.text.ends_with('.')) << "one line, not a sentence of a text: " << fault.code;
    EXPECT_FALSE(fault.advice.empty()) << fault.code;
    EXPECT_FALSE(fault.advice.ends_with('.')) << fault.code;
    EXPECT_TRUE(fault.clause.empty() || fault.clause.starts_with("RFC ") ||
                fault.clause.starts_with("CA/Browser Forum BR §"))
        << fault.code;
  }
}

TEST(Faults, have_codes_that_are_unique) {
  std::set<std::string_view> codes;
  for (const Fault& fault : all_faults()) {
    EXPECT_TRUE(codes.insert(fault.code).second) << fault.code;
  }
}

TEST(Faults, have_the_alerts_that_the_rfc_demands) {
  for (const Demand& demand : demands) {
    EXPECT_EQ(name(fault_of(demand.reason).alert), name(demand.alert)) << demand.rule;
  }
}

TEST(Faults, of_a_reason_out_of_range_are_internal) {
  EXPECT_EQ(fault_of(Reason::count).reason, Reason::internal);
}

// What exit codes promise: 2 usage, 3 a file, 10 to 12 the network, 20 to 23 the protocol, 30 to 34
// certificates, 40 the peer's alert, 41 a cut connection, 130 stopped by hand.
TEST(Faults, exit_by_who_is_at_fault) {
  for (const Fault& fault : all_faults()) {
    if (fault.who == Who::file) {
      EXPECT_EQ(fault.exit, 3) << fault.code;
    }
    if (fault.who == Who::peer) {
      EXPECT_TRUE(fault.exit >= 20 && fault.exit <= 41) << fault.code;
    }
    if (fault.code.starts_with("HF-CERT-") && fault.who == Who::peer &&
        fault.reason != Reason::certificate_context_invalid) {
      EXPECT_TRUE(fault.exit >= 30 && fault.exit <= 34) << fault.code;
    }
  }
}

TEST(Error, is_small_and_trivially_copyable) {
  EXPECT_TRUE(std::is_trivially_copyable_v<Error>);
  EXPECT_LE(sizeof(Error), 64U);
}

TEST(Error, tells_what_its_row_tells) {
  const Error error{.reason = Reason::finished_mismatch};
  EXPECT_EQ(error.alert(), Alert::decrypt_error);
  EXPECT_EQ(error.text(), fault_of(Reason::finished_mismatch).text);
  EXPECT_EQ(&error.fault(), &fault_of(Reason::finished_mismatch));
}

TEST(Error, remembers_where_it_was_made) {
  const unsigned line = __LINE__ + 1;
  const Error error = Result<>(fail(Reason::internal)).error();
  EXPECT_EQ(error.where.line(), line);
  EXPECT_TRUE(std::string_view(error.where.file_name()).ends_with("error_test.cc"));
}

TEST(Error, keeps_a_limit_and_what_came) {
  const Error error = Result<>(fail_limit(Reason::record_overflow, 16384, 20000)).error();
  EXPECT_EQ(error.facts.kind, Facts::Kind::numbers);
  EXPECT_EQ(error.facts.limit, 16384U);
  EXPECT_EQ(error.facts.got, 20000U);
}

TEST(Error, stopped_by_the_peer_only_where_the_peer_acted) {
  for (const Reason reason :
       {Reason::alert_received, Reason::truncated, Reason::closed_in_handshake}) {
    EXPECT_EQ(Error{.reason = reason}.stopped_by(), Who::peer);
  }
  // The peer is at fault, but it is this side that noticed and ended the connection.
  EXPECT_EQ(fault_of(Reason::finished_mismatch).who, Who::peer);
  EXPECT_EQ(Error{.reason = Reason::finished_mismatch}.stopped_by(), Who::us);
  EXPECT_EQ(Error{.reason = Reason::internal}.stopped_by(), Who::us);
  EXPECT_EQ(Error{.reason = Reason::timed_out}.stopped_by(), Who::network);
  EXPECT_EQ(Error{.reason = Reason::file_missing}.stopped_by(), Who::file);
}

TEST(Facts, hold_as_many_as_fit_and_count_the_rest) {
  Facts facts{.kind = Facts::Kind::groups};
  for (std::uint16_t code = 0; code < Facts::capacity + 3; ++code) {
    facts.add_ours(code);
  }
  EXPECT_EQ(facts.ours_count, Facts::capacity + 3);
  EXPECT_EQ(facts.theirs_count, 0);
  for (std::uint16_t code = 0; code < Facts::capacity; ++code) {
    EXPECT_EQ(facts.ours[code], code);
  }
}

TEST(Facts, count_no_further_than_they_can) {
  Facts facts;
  for (unsigned i = 0; i < 1000; ++i) {
    facts.add_theirs(7);
  }
  EXPECT_EQ(facts.theirs_count, 0xff);
}

}  // namespace
}  // namespace handfast
