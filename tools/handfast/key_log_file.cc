#include "handfast/key_log_file.h"

#include "handfast/key_text.h"
#include "handfast/standard.h"
#include "handfast/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace handfast::command {

namespace {

/// Pipes and devices keep nothing for others to read.
bool is_readable_by_others(const net::Descriptor& file) {
  struct stat status{};
  return ::fstat(file.number(), &status) != 0 ||
         (S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IROTH)) != 0);
}

}  // namespace

std::expected<KeyLogFile, Failure> KeyLogFile::open(const std::string& path) {
  constexpr mode_t owner_only = 0600;
  net::Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, owner_only));
  Failure failure = file_failure(fail(Reason::file_unwritable).error(), path);
  if (!file) {
    return std::unexpected(std::move(failure));
  }
  if (is_readable_by_others(file)) {
    failure.headline =
        fmt::format("{} cannot take keys: others than its owner may read it.", escape(path));
    failure.tries = {fmt::format("keep it to yourself: chmod 600 {}", escape(path)),
                     "name a file that does not exist yet"};
    return std::unexpected(std::move(failure));
  }
  return KeyLogFile(std::move(file));
}

void KeyLogFile::log(std::string_view line) {
  // One write a line, so that several processes may share the file. A full disk loses keys, which
  // is no reason to end the connection.
  std::string text;
  text.reserve(line.size() + 1);  // or it would grow and leave a part behind
  text.append(line).push_back('\n');
  const KeyText wiped(std::move(text));
  static_cast<void>(write_all(file_.number(), net::as_bytes(wiped.view())));
}

}  // namespace handfast::command
