#include "net/wait.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <poll.h>

namespace handfast::net {

Deadline deadline_in(Milliseconds limit) { return std::chrono::steady_clock::now() + limit; }

Milliseconds time_left(Deadline deadline) {
  // Rounded up, so that the last fraction of a millisecond is not spent in a busy loop.
  const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, Milliseconds(0));
}

bool wait_for(const Descriptor& socket, short events, Deadline deadline) {
  constexpr std::int64_t longest = std::numeric_limits<int>::max();
  for (;;) {
    const Milliseconds left = time_left(deadline);
    pollfd waiter{.fd = socket.number(), .events = events, .revents = 0};
    const int ready = ::poll(&waiter, 1, static_cast<int>(std::min(left.count(), longest)));
    if (ready > 0) {
      return true;
    }
    if (ready == 0 && left.count() <= longest) {
      return false;
    }
    if (ready < 0 && errno != EINTR) {
      return true;  // the next call on the socket tells what is wrong with it
    }
  }
}

sockaddr* as_sockaddr(sockaddr_storage& storage) { return reinterpret_cast<sockaddr*>(&storage); }

const sockaddr* as_sockaddr(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr*>(&storage);
}

Bytes sockaddr_bytes(const sockaddr& address, socklen_t size) {
  return {reinterpret_cast<const std::uint8_t*>(&address), size};
}

}  // namespace handfast::net
