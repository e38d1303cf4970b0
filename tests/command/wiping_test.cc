#include "handfast/key_log_file.h"
#include "handfast/serve_credentials.h"
#include "support/remains.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace handfast {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view secret = "VGhpcyBpcyB0aGUgc2VjcmV0IG9mIGEga2V5";

/// A folder that is gone after the test.
class Wiping : public ::testing::Test {
 protected:
  Wiping() {
    std::string pattern = (fs::temp_directory_path() / "handfast-wiping-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }

  ~Wiping() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(Wiping, leaves_nothing_of_a_key_in_the_file_of_its_chain) {
  const std::string path = (folder_ / "both.pem").string();
  std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n"
                      << secret << "\n-----END PRIVATE KEY-----\n";
  const test::Remains remains(secret);
  EXPECT_FALSE(serve::read_pairs({path}, {}));
  EXPECT_EQ(remains.found(), 0U);
}

TEST_F(Wiping, leaves_nothing_of_a_line_of_the_key_log) {
  auto file = command::KeyLogFile::open((folder_ / "keys").string());
  ASSERT_TRUE(file);
  const test::Remains remains(secret);
  file->log(secret);
  EXPECT_EQ(remains.found(), 0U);
}

}  // namespace
}  // namespace handfast
