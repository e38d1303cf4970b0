#include "handfast/recorder.h"

#include "handfast/net.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

PlainSaid line(Flow flow, std::string_view text) {
  return {.flow = flow, .bytes = net::as_bytes(text), .packet = {}};
}

TEST(Recorder, tells_a_reply_in_clear_as_one_step) {
  Recorder recorder(nullptr);
  recorder.observe(line(Flow::received, "220 mail.test\r\n"));
  recorder.observe(line(Flow::sent, "EHLO [127.0.0.1]\r\n"));
  recorder.observe(line(Flow::received, "250-mail.test is a long name\r\n"));
  recorder.observe(line(Flow::received, "250-SIZE\r\n"));
  recorder.observe(line(Flow::received, "250 STARTTLS\r\n"));
  recorder.flush();
  const std::vector<Step>& steps = recorder.steps();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].text, "220 mail.test");
  EXPECT_EQ(steps[1].flow, Flow::sent);
  EXPECT_EQ(steps[2].kind, StepKind::plain);
  EXPECT_EQ(steps[2].text, "250-mail.test is a l…");
  EXPECT_EQ(steps[2].count, 3U);
  EXPECT_EQ(steps[2].size, 54U);
  EXPECT_EQ(steps[2].note, "in clear");
  EXPECT_EQ(recorder.last_plain_line(), "250 STARTTLS");
}

TEST(Recorder, tells_where_tls_begins_and_only_behind_plain_text) {
  constexpr std::array<std::uint8_t, 4> hello = {1, 0, 0, 0};
  const MessageSeen message{
      .flow = Flow::sent, .type = HandshakeType::client_hello, .bytes = hello};
  Recorder at_once(nullptr);
  at_once.observe(message);
  EXPECT_EQ(at_once.steps().size(), 1U);

  Recorder later(nullptr);
  later.observe(PlainSaid{.flow = Flow::sent, .bytes = hello, .packet = "SSLRequest"});
  later.observe(message);
  later.observe(message);
  ASSERT_EQ(later.steps().size(), 4U);
  EXPECT_EQ(later.steps()[0].text, "SSLRequest");
  EXPECT_EQ(later.steps()[1].text, "TLS begins");
  EXPECT_EQ(later.steps()[2].text, "ClientHello");
  EXPECT_EQ(later.steps()[3].text, "ClientHello");
  EXPECT_EQ(later.last_plain_line(), "") << "packets are not shown as text";
}

}  // namespace
}  // namespace handfast::command
