// Files that are written whole or not at all.
#pragma once

#include "handfast/bytes.h"
#include "handfast/net.h"
#include "handfast/result.h"

#include <cstdint>
#include <string>

namespace handfast::cert {

/// Who may read a file.
enum class Access : std::uint16_t { everybody = 0644, owner = 0600 };

/// Writes `content` beside `path` and then puts it in the place of `path`, so that nobody ever
/// meets half a file, nor a key that others may read. Fails: file_unwritable, file_missing if there
/// is no such folder.
Result<> write_file(const std::string& path, Bytes content, Access access);

/// Makes a folder that is its owner's alone, and those above it that are missing. One that is there
/// stays as it is. Fails: file_unwritable.
Result<> make_private_folder(const std::string& path);

/// Holds a folder for this process until it is destroyed: two that do the same wait for each other.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);

 private:
  net::Descriptor folder_;
};

}  // namespace handfast::cert
