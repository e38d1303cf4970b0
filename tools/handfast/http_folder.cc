#include "handfast/http_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <tuple>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace handfast::http {

namespace {

// O_NONBLOCK, or opening a FIFO would wait for somebody to write into it.
constexpr int read_only = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
/// Opens nothing, which matters with devices: what is there can be looked at, and no more.
constexpr int look_only = O_PATH | O_CLOEXEC;

/// Opens `path` below `folder`; the kernel refuses every step that would lead out, also by symbolic
/// links.
net::Descriptor open_beneath(const net::Descriptor& folder, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; ++tries) {
    net::Descriptor found(
        static_cast<int>(syscall(SYS_openat2, folder.number(), path, &how, sizeof how)));
    // EAGAIN: somebody renamed a folder meanwhile, so that the kernel could not be sure.
    if (found || errno != EAGAIN || tries == 8) {
      return found;
    }
  }
}

bool is_hidden(std::string_view segment) {
  return segment.starts_with('.') && segment != ".well-known";
}

bool is_served(const struct stat& status) {
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

Status status_of_errno() {
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return Status::not_found;
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
    case ENXIO: return Status::forbidden;
    default: return Status::internal_server_error;
  }
}

Found describe(net::Descriptor file, const struct stat& status) {
  return Found{
      .file = std::move(file),
      .id = {.device = status.st_dev, .inode = status.st_ino},
      .is_folder = S_ISDIR(status.st_mode),
      .size = static_cast<std::uint64_t>(status.st_size),
      .modified = status.st_mtim.tv_sec,
      .modified_ns = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                     static_cast<std::uint64_t>(status.st_mtim.tv_nsec),
  };
}

}  // namespace

Result<Folder> Folder::open(const std::string& path) {
  net::Descriptor root(::open(path.c_str(), read_only | O_DIRECTORY));
  if (!root) {
    return fail(errno == ENOENT ? Reason::file_missing : Reason::file_unreadable);
  }
  const net::Descriptor probe = open_beneath(root, ".", read_only);
  const bool walks = !probe && (errno == ENOSYS || errno == EPERM);
  return Folder(std::move(root), walks);
}

std::expected<Found, Status> Folder::find(const Path& path) const {
  if (std::ranges::any_of(path.segments, is_hidden)) {
    return std::unexpected(Status::not_found);
  }
  net::Descriptor file = open_below(path, read_only);
  struct stat status{};
  if (!file || fstat(file.number(), &status) != 0) {
    return std::unexpected(status_of_errno());
  }
  if (!is_served(status)) {
    return std::unexpected(Status::forbidden);
  }
  return describe(std::move(file), status);
}

Listing Folder::list(const Path& path, const net::Descriptor& folder) const {
  Listing listing;
  const int copy = openat(folder.number(), ".", read_only | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : fdopendir(copy), closedir);
  if (!stream) {
    return listing;
  }
  constexpr std::size_t most_read = longest_list + 2;  // "." and ".." are among them
  std::size_t read = 0;
  const dirent* one = readdir(stream.get());
  for (; one != nullptr && read < most_read; one = readdir(stream.get())) {
    ++read;
    if (is_hidden(one->d_name)) {
      continue;
    }
    if (const auto status = look_at(path, folder, one->d_name)) {
      listing.entries.push_back(Entry{.name = one->d_name,
                                      .is_folder = S_ISDIR(status->st_mode),
                                      .size = static_cast<std::uint64_t>(status->st_size),
                                      .modified = status->st_mtim.tv_sec});
    }
  }
  listing.is_cut = one != nullptr;
  std::ranges::sort(listing.entries, {}, [](const Entry& entry) {
    return std::tuple(!entry.is_folder, std::string_view(entry.name));
  });
  return listing;
}

/// What the entry `name` is, or what it leads to, if `find` would go there.
std::optional<struct stat> Folder::look_at(const Path& path, const net::Descriptor& folder,
                                           const char* name) const {
  struct stat status{};
  if (fstatat(folder.number(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  if (S_ISLNK(status.st_mode)) {
    Path link = path;
    link.segments.emplace_back(name);
    const net::Descriptor target = open_below(link, look_only);
    if (!target || fstat(target.number(), &status) != 0) {
      return std::nullopt;
    }
  }
  return is_served(status) ? std::optional(status) : std::nullopt;
}

net::Descriptor Folder::open_below(const Path& path, int flags) const {
  return walks_ ? walk(path, flags) : open_beneath(root_, path.relative().c_str(), flags);
}

net::Descriptor Folder::walk(const Path& path, int flags) const {
  // Without openat2 no symbolic link is followed at all.
  net::Descriptor at(openat(root_.number(), ".", read_only | O_DIRECTORY));
  for (const std::string& segment : path.segments) {
    at = net::Descriptor(openat(at.number(), segment.c_str(), flags | O_NOFOLLOW));
    if (!at) {
      break;
    }
  }
  return at;
}

std::optional<FileId> identify(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return FileId{.device = status.st_dev, .inode = status.st_ino};
}

bool holds_private_key(const Found& found) {
  constexpr std::string_view mark = "PRIVATE KEY-----";
  if (found.is_folder || found.size > largest_key_file) {
    return false;
  }
  std::array<char, 16UZ * 1024> piece;  // filled by pread
  for (std::size_t at = 0; at < found.size;) {
    const ssize_t count =
        pread(found.file.number(), piece.data(), piece.size(), static_cast<off_t>(at));
    const std::size_t size = count < 0 ? 0 : static_cast<std::size_t>(count);
    if (size < mark.size()) {
      break;
    }
    if (std::string_view(piece.data(), size).contains(mark)) {
      return true;
    }
    if (at + size >= found.size) {
      break;
    }
    // The next piece overlaps this one, or a mark on the border between them would be missed.
    at += size - (mark.size() - 1);
  }
  return false;
}

}  // namespace handfast::http
