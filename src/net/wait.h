// Deadlines, and the one place where this folder blocks.
#pragma once

#include "handfast/net.h"

#include <chrono>

#include <sys/socket.h>

namespace handfast::net {

using Deadline = std::chrono::steady_clock::time_point;

[[nodiscard]] Deadline deadline_in(Milliseconds limit);

/// Never negative.
[[nodiscard]] Milliseconds time_left(Deadline deadline);

/// Waits until `socket` is ready for one of poll's `events` or has failed. Returns false if the
/// deadline came first.
[[nodiscard]] bool wait_for(const Descriptor& socket, short events, Deadline deadline);

// The socket interface casts by its nature; these keep that in one place.
[[nodiscard]] sockaddr* as_sockaddr(sockaddr_storage& storage);
[[nodiscard]] const sockaddr* as_sockaddr(const sockaddr_storage& storage);
[[nodiscard]] Bytes sockaddr_bytes(const sockaddr& address, socklen_t size);

}  // namespace handfast::net
