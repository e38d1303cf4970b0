#include "handfast/connect_failure.h"

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
