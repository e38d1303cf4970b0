#include "handfast/nearest.h"

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

const std::vector<std::string> known = {"--group", "--suite", "--sni"};

TEST(Nearest, finds_slips) {
  EXPECT_EQ(nearest("--grop", known), "--group");
  EXPECT_EQ(nearest("--GROUP", known), "--group");
  EXPECT_EQ(nearest("--siute", known), "--suite");
}

TEST(Nearest, leaves_other_words_alone) {
  EXPECT_EQ(nearest("--certificate", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("anything", {}), "");
}

TEST(Suggestion, ends_the_sentence) {
  EXPECT_EQ(suggestion("--grop", known), "; did you mean --group?");
  EXPECT_EQ(suggestion("--zzz", known), ".");
}

}  // namespace
}  // namespace handfast::command
