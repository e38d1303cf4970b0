#include "handfast/serve_server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace handfast::serve {
namespace {

TEST(SessionLimit, follows_the_files_that_may_be_open) {
  EXPECT_EQ(sessions_for(1024), 496U);
  EXPECT_EQ(sessions_for(0), 1U);
}

TEST(SessionLimit, ends_where_memory_would) {
  EXPECT_EQ(sessions_for(1 << 20), session_limit);
  EXPECT_EQ(sessions_for(RLIM_INFINITY), session_limit);
}

}  // namespace
}  // namespace handfast::serve
