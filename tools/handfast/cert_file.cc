#include "handfast/cert_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handfast::cert {

namespace {

Result<> write_all(const net::Descriptor& file, Bytes content) {
  while (!content.empty()) {
    const ssize_t size = ::write(file.number(), content.data(), content.size());
    if (size < 0 && errno != EINTR) {
      return fail(Reason::file_unwritable);
    }
    content = content.subspan(size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  return {};
}

/// Gives the finished file its name. A second name for it, unlike a new one, is never given over an
/// old file.
Result<> put_in_place(const std::string& draft, const std::string& path, Replacing replacing) {
  if (replacing == Replacing::always) {
    if (std::rename(draft.c_str(), path.c_str()) == 0) {
      return {};
    }
    unlink(draft.c_str());
    return fail(Reason::file_unwritable);
  }
  const bool is_done = link(draft.c_str(), path.c_str()) == 0;
  const bool is_there = !is_done && errno == EEXIST;
  unlink(draft.c_str());
  if (is_done) {
    return {};
  }
  return fail(is_there ? Reason::file_exists : Reason::file_unwritable);
}

}  // namespace

Result<> write_file(const std::string& path, Bytes content, Access access, Replacing replacing) {
  std::string draft = path + ".XXXXXX";
  // mkstemp's files are the owner's alone from the first moment.
  const net::Descriptor file(mkstemp(draft.data()));
  if (!file) {
    return fail(errno == ENOENT ? Reason::file_missing : Reason::file_unwritable);
  }
  const auto written = write_all(file, content);
  if (!written || fchmod(file.number(), static_cast<mode_t>(access)) != 0 ||
      fsync(file.number()) != 0) {
    unlink(draft.c_str());
    return fail(Reason::file_unwritable);
  }
  return put_in_place(draft, path, replacing);
}

command::Failure write_failure(const Error& error, const std::string& path) {
  command::Failure failure = command::file_failure(error, path);
  if (error.reason == Reason::file_exists) {
    failure.headline =
        fmt::format("{} is there already, and would be lost.", command::escape(path));
    failure.tries = {"choose another name: --out NAME",
                     "overwrite it, and lose what it holds: --force"};
  } else if (error.reason == Reason::file_missing) {
    failure.headline =
        fmt::format("{} cannot be written: there is no such folder.", command::escape(path));
  } else {
    failure.headline =
        fmt::format("{} cannot be written: {}.", command::escape(path), error.text());
  }
  return failure;
}

std::string typed(const std::string& path) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* home = std::getenv("HOME");
  const std::string prefix = home != nullptr ? std::string(home) + "/" : "";
  const bool is_home = prefix.size() > 1 && path.starts_with(prefix);
  const std::string rest = is_home ? path.substr(prefix.size()) : path;
  const bool is_plain = std::ranges::all_of(rest, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("/._-+,:@").contains(c);
  });
  if (is_plain) {
    return (is_home ? "~/" : "") + rest;
  }
  return "'" + command::escape(path) + "'";
}

Result<> make_private_folder(const std::string& path) {
  const std::filesystem::path folder(path);
  std::filesystem::path so_far;
  for (const std::filesystem::path& part : folder) {
    so_far /= part;
    if (mkdir(so_far.c_str(), 0700) != 0 && errno != EEXIST && !std::filesystem::exists(so_far)) {
      return fail(Reason::file_unwritable);
    }
  }
  return {};
}

FolderLock::FolderLock(const std::string& folder)
    : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  while (folder_ && flock(folder_.number(), LOCK_EX) != 0 && errno == EINTR) {
  }
}

}  // namespace handfast::cert
