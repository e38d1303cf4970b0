#include "handfast/failure.h"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

Error error_with(Reason reason) { return fail(reason).error(); }

Error alert(Alert received) {
  Error error = error_with(Reason::alert_received);
  error.received = received;
  return error;
}

TEST(Explain, tells_who_stopped_it_from_either_side) {
  const Error hang_up = error_with(Reason::closed_in_handshake);
  EXPECT_EQ(explain(hang_up, Side::client, Stage::handshake).headline,
            "The handshake failed. The server stopped it by hanging up.");
  EXPECT_EQ(explain(hang_up, Side::server, Stage::handshake).headline,
            "The handshake failed. The client stopped it by hanging up.");
  EXPECT_EQ(
      explain(error_with(Reason::version_none_common), Side::client, Stage::handshake).headline,
      "The handshake failed. You (the client) stopped it.");
}

TEST(Explain, calls_the_meaning_of_an_alert_a_guess) {
  const Failure failure = explain(alert(Alert::unknown_ca), Side::server, Stage::handshake);
  EXPECT_NE(failure.why.find("a guess: "), std::string::npos);
  EXPECT_EQ(failure.told, "alert unknown_ca (48) was received");
}

TEST(Explain, says_what_was_told_only_where_something_was) {
  const Error error = error_with(Reason::record_unreadable);
  EXPECT_EQ(explain(error, Side::client, Stage::handshake).told,
            "alert bad_record_mac (20) was sent to the server");
  EXPECT_EQ(explain(error_with(Reason::name_not_found), Side::client, Stage::network).told, "");
  EXPECT_EQ(explain(error_with(Reason::timed_out), Side::client, Stage::handshake).told, "");
}

TEST(Explain, puts_both_sides_of_a_disagreement_side_by_side) {
  Facts facts{.kind = Facts::Kind::groups};
  facts.add_ours(29);
  facts.add_ours(0x0a0a);
  facts.add_theirs(25);
  const Error error = fail(Reason::group_none_common, facts).error();
  const Failure failure = explain(error, Side::client, Stage::handshake);
  EXPECT_NE(failure.why.find("Your side: x25519; the server: secp521r1."), std::string::npos);
  EXPECT_EQ(failure.facts["ours"], Json::array({"x25519"}));
}

TEST(ExitCode, counts_an_alert_as_what_it_says) {
  EXPECT_EQ(exit_code(alert(Alert::protocol_version)), 20);
  EXPECT_EQ(exit_code(alert(Alert::handshake_failure)), 21);
  EXPECT_EQ(exit_code(alert(Alert::no_application_protocol)), 21);
  EXPECT_EQ(exit_code(alert(Alert::unrecognized_name)), 32);
  EXPECT_EQ(exit_code(alert(Alert::certificate_required)), 35);
  EXPECT_EQ(exit_code(alert(Alert::internal_error)), 40);
}

TEST(EveryReason, is_told_in_lines_and_as_a_document) {
  const Terminal terminal(stderr, ColorChoice::never);
  for (const Fault& fault : all_faults()) {
    const std::string code(fault.code);
    const Failure failure = explain(error_with(fault.reason), Side::client, Stage::handshake);
    const std::string lines = to_lines(failure, terminal, true);
    EXPECT_TRUE(lines.starts_with("✗ The handshake failed. ")) << lines;
    EXPECT_NE(lines.find("exit " + std::to_string(fault.exit)), std::string::npos) << lines;
    EXPECT_TRUE(lines.ends_with("handfast help " + code + '\n')) << lines;
    const Json document = to_json(failure);
    EXPECT_EQ(document["code"], code);
    EXPECT_EQ(document["exit"], fault.exit);
    EXPECT_EQ(document["rule"], fault.clause);
    EXPECT_FALSE(document["why"].get<std::string>().empty()) << code;
    EXPECT_FALSE(document["try"].at(0).get<std::string>().empty()) << code;
  }
}

TEST(Lines, list_more_than_one_remedy) {
  const Terminal terminal(stderr, ColorChoice::never);
  Failure failure = explain(error_with(Reason::address_in_use), Side::server, Stage::setup);
  failure.tries = {"one", "two"};
  const std::string lines = to_lines(failure, terminal, false);
  EXPECT_NE(lines.find("\n  Try    • one\n         • two\n"), std::string::npos) << lines;
}

TEST(FileFailure, names_the_file_and_sends_nothing_of_it_to_the_terminal) {
  const Failure failure = file_failure(error_with(Reason::file_missing), "a\x1b[31m.pem");
  EXPECT_TRUE(failure.headline.starts_with("a\\x1b[31m.pem cannot be used: ")) << failure.headline;
  EXPECT_EQ(exit_code(failure.error), 3);
  EXPECT_EQ(to_json(failure)["stopped_by"], "file");
}

TEST(Sentence, begins_large_and_ends_with_a_stop) {
  EXPECT_EQ(sentence("a record came"), "A record came.");
  EXPECT_EQ(sentence("Done."), "Done.");
}

}  // namespace
}  // namespace handfast::command
