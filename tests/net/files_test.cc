#include "handfast/net.h"
#include "support/vectors.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace handfast::net {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone after the test.
class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "handfast-net-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }

  ~Files() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }

  std::string write(const std::string& name, const std::string& content) const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  fs::path folder_;
};

TEST_F(Files, are_read_whole) {
  const std::string content = std::string(100'000, 'x') + '\0' + "end";
  EXPECT_EQ(read_file(write("big", content)).value(), content);
  EXPECT_EQ(read_file(write("empty", "")).value(), "");
}

TEST_F(Files, that_are_missing_are_told_from_unreadable_ones) {
  EXPECT_EQ(read_file((folder_ / "nothing").string()).error().reason, Reason::file_missing);
  EXPECT_EQ(read_file(folder_.string()).error().reason, Reason::file_unreadable);
  EXPECT_EQ(load_trust((folder_ / "nothing").string()).error().reason, Reason::file_missing);
}

TEST_F(Files, above_the_limit_are_refused) {
  const std::string path = write("huge", "");
  fs::resize_file(path, (std::uintmax_t{16} << 20) + 1);
  EXPECT_EQ(read_file(path).error().reason, Reason::file_unreadable);
}

TEST_F(Files, without_a_certificate_are_no_trust) {
  EXPECT_EQ(load_trust(write("note.txt", "no PEM here")).error().reason, Reason::trust_empty);
  EXPECT_EQ(load_trust(folder_.string()).error().reason, Reason::trust_empty);
}

TEST_F(Files, hold_the_trust_of_the_system) {
  const auto trust = system_trust();
  ASSERT_TRUE(trust.has_value());
  EXPECT_GT((*trust)->size(), 50U);
}

TEST_F(Files, in_der_and_pem_and_behind_links_are_counted_once_each) {
  const auto system = system_trust();
  ASSERT_TRUE(system.has_value());
  const Bytes first = (*system)->anchor(0).der;
  const std::string path = write("first.der", std::string(as_text(first)));
  const auto one = load_trust(path);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ((*one)->size(), 1U);
  EXPECT_EQ(as_text((*one)->anchor(0).der), as_text(first));

  const Bytes second = (*system)->anchor(1).der;
  write("second.der", std::string(as_text(second)));
  fs::create_symlink("first.der", folder_ / "1234abcd.0");
  fs::create_directory(folder_ / "more");
  const auto both = load_trust(folder_.string());
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ((*both)->size(), 2U);
}

TEST_F(Files, named_by_the_environment_take_the_place_of_the_systems) {
  const auto system = system_trust();
  ASSERT_TRUE(system.has_value());
  const std::string path = write("only.der", std::string(as_text((*system)->anchor(0).der)));
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  const auto one = system_trust();
  ::setenv("SSL_CERT_FILE", "/nowhere/at/all", 1);
  const auto none = system_trust();
  ::unsetenv("SSL_CERT_FILE");
  const std::string folders = ":" + folder_.string() + ":";
  ::setenv("SSL_CERT_DIR", folders.c_str(), 1);
  const auto folder = system_trust();
  ::unsetenv("SSL_CERT_DIR");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ((*one)->size(), 1U);
  EXPECT_EQ(none.error().reason, Reason::file_missing);
  ASSERT_TRUE(folder.has_value());
  EXPECT_EQ((*folder)->size(), 1U);
}

TEST_F(Files, hold_revocation_lists) {
  const auto suite = test::load_json("pkits/pkits.json.xz");
  const std::string root = suite["crls"]["TrustAnchorRootCRL"];
  const std::string other = suite["crls"]["GoodCACRL"];
  const std::string one = write("one.pem", root);
  EXPECT_EQ(load_revocation_lists(one).value()->size(), 1U);
  write("both.crl", "two lists\n" + root + other);
  write("README", "0 of these is a list");
  fs::create_symlink("one.pem", folder_ / "1234abcd.r0");
  EXPECT_EQ(load_revocation_lists(folder_.string()).value()->size(), 3U);
  EXPECT_EQ(load_revocation_lists({one, folder_.string()}).value()->size(), 4U);

  EXPECT_EQ(load_revocation_lists("/nowhere").error().reason, Reason::file_missing);
  EXPECT_EQ(load_revocation_lists((folder_ / "README").string()).error().reason,
            Reason::pem_malformed);
  // A folder with a broken list is refused as a whole.
  write("broken.pem", root.substr(0, root.size() / 2));
  EXPECT_EQ(load_revocation_lists(folder_.string()).error().reason, Reason::pem_malformed);
}

TEST_F(Files, of_a_credential_are_told_apart) {
  const std::string text = write("text", "no PEM here");
  EXPECT_EQ(load_credential("/nowhere", text).error().reason, Reason::file_missing);
  EXPECT_EQ(load_credential(text, "/nowhere").error().reason, Reason::file_missing);
  EXPECT_EQ(load_credential(text, text).error().reason, Reason::pem_malformed);
}

}  // namespace
}  // namespace handfast::net
