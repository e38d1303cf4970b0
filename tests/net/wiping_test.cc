#include "handfast/net.h"
#include "support/remains.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace handfast::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view secret = "VGhpcyBpcyB0aGUgc2VjcmV0IG9mIGEga2V5";

/// A file with a secret in it, that is gone after the test.
class Wiping : public ::testing::Test {
 protected:
  Wiping() {
    std::string pattern = (fs::temp_directory_path() / "handfast-wiping-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = (folder_ / "both.pem").string();
    std::ofstream(path_) << "-----BEGIN PRIVATE KEY-----\n"
                         << secret << "\n-----END PRIVATE KEY-----\n";
  }

  ~Wiping() override { fs::remove_all(folder_); }

  fs::path folder_;
  std::string path_;
};

TEST_F(Wiping, is_what_this_test_would_see_the_lack_of) {
  const test::Remains remains(secret);
  EXPECT_TRUE(read_file(path_));
  EXPECT_EQ(remains.found(), 1U);
}

TEST_F(Wiping, leaves_nothing_of_a_key_that_stands_in_both_files) {
  const test::Remains remains(secret);
  EXPECT_FALSE(load_credential(path_, path_));
  EXPECT_EQ(remains.found(), 0U);
}

TEST_F(Wiping, leaves_nothing_where_the_other_file_is_missing) {
  const test::Remains remains(secret);
  EXPECT_FALSE(load_credential(path_, "/nowhere"));
  EXPECT_EQ(remains.found(), 0U);
}

}  // namespace
}  // namespace handfast::net
