#include "handfast/connect_failure.h"

#include "handfast/net.h"

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

const Target target{.host = "shop.test", .port = 443, .shown = "shop.test"};

Failure explained(const Error& error, bool is_timeout_told = false) {
  const Recorder recorder(nullptr);
  const Scene scene{.target = target,
                    .server_name = target.host,
                    .recorder = recorder,
                    .stage = Stage::handshake,
                    .seconds = 10,
                    .now = {},
                    .is_timeout_told = is_timeout_told};
  return explain(error, scene);
}

TEST(ConnectFailure, says_of_every_reason_of_the_family_that_certificates_were_checked) {
  int count = 0;
  for (const Fault& fault : all_faults()) {
    const Error error = fail(fault.reason).error();
    const bool is_family = fault.exit >= 30 && fault.exit <= 34;
    const std::string& headline = explained(error).headline;
    EXPECT_EQ(headline.ends_with("checking the server's certificate."), is_family) << fault.code;
    count += is_family ? 1 : 0;
  }
  EXPECT_GT(count, 20);
}

TEST(ConnectFailure, quotes_what_was_said_in_clear_without_believing_it) {
  Recorder recorder(nullptr);
  const std::string line = "454 \x1b[31m" + std::string(300, 'a') + "\r\n";
  recorder.observe(PlainSaid{Flow::received, net::as_bytes(line), {}});
  const Scene scene{.target = target,
                    .server_name = target.host,
                    .recorder = recorder,
                    .stage = Stage::plain,
                    .seconds = 10,
                    .now = {}};
  const Failure failure = explain(fail(Reason::starttls_refused).error(), scene);
  EXPECT_TRUE(failure.headline.starts_with("TLS did not begin."));
  EXPECT_EQ(failure.told, "") << "there was nobody to send an alert to";
  EXPECT_NE(failure.why.find("It said last, in clear: \"454 "), std::string::npos);
  EXPECT_EQ(failure.why.find('\x1b'), std::string::npos);
  EXPECT_LT(failure.why.size(), 400U);
}

TEST(ConnectFailure, knows_an_alert_from_a_check_of_its_own) {
  Error error = fail(Reason::alert_received).error();
  error.received = Alert::unrecognized_name;  // which counts as 32
  EXPECT_EQ(explained(error).headline,
            "The handshake failed. The server stopped it with the alert unrecognized_name (112).");
}

TEST(ConnectFailure, says_that_a_timeout_was_told_only_if_it_was) {
  const Error error = fail(Reason::timed_out).error();
  EXPECT_EQ(explained(error, true).told, "alert general_error (117) was sent to the server");
  EXPECT_EQ(explained(error, false).told, "");
}

}  // namespace
}  // namespace handfast::command
