#include "handfast/key_log_file.h"

#include "handfast/standard.h"

#include <fcntl.h>

namespace handfast::command {

Result<KeyLogFile> KeyLogFile::open(const std::string& path) {
  constexpr mode_t owner_only = 0600;
  net::Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_only));
  if (!file) {
    return fail(Reason::file_unwritable);
  }
  return KeyLogFile(std::move(file));
}

void KeyLogFile::log(std::string_view line) {
  // One write a line, so that several processes may share the file. A full disk loses keys, which
  // is no reason to end the connection.
  const std::string text = std::string(line) + '\n';
  static_cast<void>(write_all(file_.number(), net::as_bytes(text)));
}

}  // namespace handfast::command
