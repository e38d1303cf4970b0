#include "handfast/http_folder.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_F(HttpFolder, opens_nothing_of_what_it_lists) {
  write("file", "");
  fs::create_directory(path_ / "folder");
  fs::create_symlink("file", path_ / "link");
  ASSERT_EQ(::mkfifo((path_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", path_ / "link to a pipe");
  const auto folder = Folder::open(path_.string());
  const auto root = folder->find(Path{});
  const net::Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  // Of the folder itself, its entries' events have a name.
  ASSERT_GE(::inotify_add_watch(watch.number(), path_.c_str(), IN_OPEN), 0);

  std::string names;
  const auto listing = folder->list(Path{}, root->file);
  for (const Entry& entry : listing.entries) {
    names += entry.name + ' ';
  }

  EXPECT_EQ(names, "folder file link ");
  alignas(inotify_event) std::array<char, 4096> events{};
  const ssize_t size = ::read(watch.number(), events.data(), events.size());
  const std::string_view seen(events.data(), static_cast<std::size_t>(std::max(size, ssize_t{0})));
  for (const std::string_view name : {"file", "link", "pipe"}) {
    EXPECT_FALSE(seen.contains(name)) << name;
  }
}

TEST_F(HttpFolder, reads_only_so_many_entries_seen_or_not) {
  for (std::size_t i = 0; i < Folder::longest_list; ++i) {
    write('.' + std::to_string(i), "");
  }
  const auto folder = Folder::open(path_.string());
  const auto root = folder->find(Path{});
  EXPECT_FALSE(folder->list(Path{}, root->file).is_cut);
  write(".more", "");
  EXPECT_TRUE(folder->list(Path{}, root->file).is_cut);
}

}  // namespace
}  // namespace handfast::http
