// KeyLogFile: the secrets of a connection, appended to a file for programs such as Wireshark.
#pragma once

#include "handfast/failure.h"
#include "handfast/net.h"
#include "handfast/observer.h"

#include <expected>
#include <string>
#include <string_view>

namespace handfast::command {

/// Lines of RFC 9850 §2. Only the file's owner may read them.
class KeyLogFile : public KeyLog {
 public:
  /// Opens `path` to append to it, or makes it with mode 0600. Fails: file_unwritable, also if
  /// others may read what it keeps.
  static std::expected<KeyLogFile, Failure> open(const std::string& path);

  KeyLogFile(KeyLogFile&& other) noexcept : file_(std::move(other.file_)) {}

  void log(std::string_view line) override;

 private:
  explicit KeyLogFile(net::Descriptor file) : file_(std::move(file)) {}

  net::Descriptor file_;
};

}  // namespace handfast::command
