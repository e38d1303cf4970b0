#include "handfast/json.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

TEST(Json, plays_no_tricks_with_a_terminal) {
  // A control of C0, DEL, a control of C1, an override of the direction, a byte that is no UTF-8.
  const std::string text = to_text(Json("\x1b[1m \x7f \xc2\x9b \xe2\x80\xae \xff"), -1);
  EXPECT_EQ(text, R"("\u001b[1m \u007f \u009b \u202e \ufffd")");
}

TEST(Json, keeps_what_is_not_ascii_for_programs) {
  EXPECT_EQ(Json::parse(to_text(Json("Grüße 🔑"))), "Grüße 🔑");
}

}  // namespace
}  // namespace handfast::command
