#include "handfast/standard.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace handfast::command {

StandardInput look_at_standard_input() {
  if (::isatty(STDIN_FILENO) == 1) {
    return {.kind = InputKind::terminal};
  }
  pollfd waiter{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&waiter, 1, 0) == 0) {
    return {.kind = InputKind::data};  // a pipe into which nobody has written yet
  }
  std::string first(16'384, '\0');
  const ssize_t count = ::read(STDIN_FILENO, first.data(), first.size());
  if (count <= 0) {
    return {};
  }
  first.resize(static_cast<std::size_t>(count));
  return {.kind = InputKind::data, .first = std::move(first)};
}

Written write_all(int descriptor, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd waiter{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&waiter, 1, -1);
    } else if (errno != EINTR) {
      return errno == EPIPE ? Written::reader_left : Written::failed;
    }
  }
  return Written::all;
}

}  // namespace handfast::command
