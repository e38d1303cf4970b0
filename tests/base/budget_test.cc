#include "base/budget.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

TEST(Budget, pays_for_so_many_signatures_and_no_more) {
  Budget budget;
  for (unsigned i = 0; i < limits::path_signatures; ++i) {
    EXPECT_TRUE(budget.spend_signature(1)) << i;
  }
  EXPECT_FALSE(budget.spend_signature(0));
}

TEST(Budget, pays_for_so_much_time_and_no_more) {
  Budget budget;
  EXPECT_TRUE(budget.spend_signature(limits::path_cost_us - 10));
  EXPECT_FALSE(budget.spend_signature(11));
  EXPECT_TRUE(budget.spend_signature(10)) << "what was refused was not taken";
  EXPECT_FALSE(budget.spend_signature(1));
}

TEST(Budget, pays_for_so_many_nodes_and_no_more) {
  Budget budget;
  for (unsigned i = 0; i < limits::path_nodes; ++i) {
    EXPECT_TRUE(budget.spend_node()) << i;
  }
  EXPECT_FALSE(budget.spend_node());
  EXPECT_FALSE(budget.spend_node());
}

TEST(Budget, says_no_for_good_once_comparisons_are_spent) {
  Budget budget;
  EXPECT_TRUE(budget.spend_comparisons(static_cast<std::uint32_t>(limits::name_comparisons - 1)));
  EXPECT_FALSE(budget.spend_comparisons(2));
  EXPECT_FALSE(budget.spend_comparisons(1)) << "the rest is gone with the refusal";
}

TEST(Budget, keeps_its_purses_apart) {
  Budget budget;
  while (budget.spend_node()) {
  }
  EXPECT_TRUE(budget.spend_signature(1));
  EXPECT_TRUE(budget.spend_comparisons(1));
}

}  // namespace
}  // namespace handfast
