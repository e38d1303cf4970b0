// Files that are written whole or not at all.
#pragma once

#include "handfast/bytes.h"
#include "handfast/failure.h"
#include "handfast/net.h"
#include "handfast/result.h"

#include <cstdint>
#include <string>

namespace handfast::cert {

/// Who may read a file.
enum class Access : std::uint16_t { everybody = 0644, owner = 0600 };

/// What to do where a file stands already.
enum class Replacing : std::uint8_t { never, always };

/// Writes `content` beside `path` and then puts it in the place of `path`, so that nobody ever
/// meets half a file, nor a key that others may read. Fails: file_unwritable, file_missing if there
/// is no such folder, file_exists.
Result<> write_file(const std::string& path, Bytes content, Access access,
                    Replacing replacing = Replacing::always);

/// Tells that a file cannot be written; of one that exists, how to overwrite it.
[[nodiscard]] command::Failure write_failure(const Error& error, const std::string& path);

/// A path as one may type it: "~" for the home folder, quotes where a shell needs them.
[[nodiscard]] std::string typed(const std::string& path);

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
