#include "handfast/cert_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handfast::cert {

namespace {

Result<> write_all(const net::Descriptor& file, Bytes content) {
  while (!content.empty()) {
    const ssize_t size = write(file.number(), content.data(), content.size());
    if (size < 0 && errno != EINTR) {
      return fail(Reason::file_unwritable);
    }
    content = content.subspan(size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  return {};
}

}  // namespace

Result<> write_file(const std::string& path, Bytes content, Access access) {
  std::string draft = path + ".XXXXXX";
  // mkstemp's files are the owner's alone from the first moment.
  const net::Descriptor file(mkstemp(draft.data()));
  if (!file) {
    return fail(errno == ENOENT ? Reason::file_missing : Reason::file_unwritable);
  }
  const auto written = write_all(file, content);
  if (!written || fchmod(file.number(), static_cast<mode_t>(access)) != 0 ||
      fsync(file.number()) != 0 || std::rename(draft.c_str(), path.c_str()) != 0) {
    unlink(draft.c_str());
    return fail(Reason::file_unwritable);
  }
  return {};
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
