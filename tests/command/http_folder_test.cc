#include "handfast/http_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace handfast::http {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone after the test.
class HttpFolder : public ::testing::Test {
 protected:
  HttpFolder() {
    std::string pattern = (fs::temp_directory_path() / "handfast-http-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }

  ~HttpFolder() override { fs::remove_all(path_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
  }

  [[nodiscard]] bool is_key(const std::string& content) const {
    write("file", content);
    const Path path{.segments = {"file"}, .ends_with_slash = false};
    return holds_private_key(Folder::open(path_.string())->find(path).value());
  }

  fs::path path_;
};

TEST_F(HttpFolder, finds_a_private_key_wherever_it_stands_in_a_file) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n";
  for (const std::size_t border : {std::size_t{4} << 10, std::size_t{16} << 10}) {
    for (std::size_t before = border - key.size(); before <= border; ++before) {
      EXPECT_TRUE(is_key(std::string(before, '\n') + key)) << before;
    }
  }
  EXPECT_TRUE(is_key(key));
  EXPECT_TRUE(is_key(std::string(900'000, '\n') + key));
}

TEST_F(HttpFolder, takes_nothing_else_for_a_private_key) {
  EXPECT_FALSE(is_key(""));
  EXPECT_FALSE(is_key("-----BEGIN PUBLIC KEY-----\n"));
  EXPECT_FALSE(is_key("PRIVATE KEY----"));
  EXPECT_FALSE(is_key(std::string(100'000, '-')));
}

}  // namespace
}  // namespace handfast::http
