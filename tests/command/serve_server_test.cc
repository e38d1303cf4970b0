#include "handfast/serve_server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace handfast::serve {
namespace {

TEST(SessionLimit, follows_the_files_that_may_be_open) {
  EXPECT_EQ(sessions_for(1024, 1), 496U);
  EXPECT_EQ(sessions_for(0, 1), 1U);
}

TEST(SessionLimit, leaves_each_loop_what_it_has_open) {
  EXPECT_EQ(sessions_for(1024, 16), 496U - 30);
  EXPECT_EQ(sessions_for(0, 256), 1U);
}

TEST(SessionLimit, ends_where_memory_would) {
  EXPECT_EQ(sessions_for(1 << 20, 1), session_limit);
  EXPECT_EQ(sessions_for(RLIM_INFINITY, 1), session_limit);
}

}  // namespace
}  // namespace handfast::serve
