// The served folder: files are opened below it and nowhere else.
#pragma once

#include "handfast/http_path.h"
#include "handfast/http_request.h"
#include "handfast/net.h"
#include "handfast/result.h"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace handfast::http {

/// Which file it is, whatever its name.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileId&) const = default;
};

/// What was found at a path.
struct Found {
  net::Descriptor file;
  FileId id;
  bool is_folder = false;
  std::uint64_t size = 0;
  std::time_t modified = 0;
  std::uint64_t modified_ns = 0;  ///< since 1970, for entity tags
};

/// One line of a folder's listing.
struct Entry {
  std::string name;
  bool is_folder = false;
  std::uint64_t size = 0;
  std::time_t modified = 0;
};

/// What of a folder is shown.
struct Listing {
  std::vector<Entry> entries = {};  ///< folders first, by name
  bool is_cut = false;              ///< the folder has more than were looked at
};

/// A folder that is open for reading. Nothing above it or beside it can be reached, by ".." or by
/// symbolic links.
class Folder {
 public:
  /// So many entries of a folder are looked at for one page, as others wait meanwhile.
  static constexpr std::size_t longest_list = 1'000;

  /// Fails: file_missing, file_unreadable (also if it is no folder).
  static Result<Folder> open(const std::string& path);

  /// Opens what lies at `path`. Errors: not_found, forbidden, internal_server_error. Names that
  /// begin with a dot are not found, except .well-known.
  [[nodiscard]] std::expected<Found, Status> find(const Path& path) const;

  /// The entries of the folder at `path`, without opening any: files and folders that `find` would
  /// go to, also those that may not be read.
  [[nodiscard]] Listing list(const Path& path, const net::Descriptor& folder) const;

 private:
  Folder(net::Descriptor root, bool walks) : root_(std::move(root)), walks_(walks) {}

  [[nodiscard]] std::optional<struct stat> look_at(const Path& path, const net::Descriptor& folder,
                                                   const char* name) const;
  [[nodiscard]] net::Descriptor open_below(const Path& path, int flags) const;
  [[nodiscard]] net::Descriptor walk(const Path& path, int flags) const;

  net::Descriptor root_;
  bool walks_ = false;  // the kernel has no openat2
};

/// What the file at `path` is, to keep it from being served. Nothing if it cannot be looked at.
[[nodiscard]] std::optional<FileId> identify(const std::string& path);

/// Larger files are not searched for keys, or each request for one would cost too much.
inline constexpr std::uint64_t largest_key_file = 1024ULL * 1024;

/// Whether the file holds a private key in PEM, anywhere: a folder of certificates easily has one
/// behind its chain.
[[nodiscard]] bool holds_private_key(const Found& found);

}  // namespace handfast::http
