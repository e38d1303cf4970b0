// The connection to the runner: a TCP client on the loopback, whatever role TLS has on it.
#pragma once

#include "flags.h"
#include "handfast/bytes.h"
#include "handfast/net.h"

namespace handfast::bogo {

/// Connects, says which shim this is, and at its end hears the runner out: an alert that is on its
/// way would be lost otherwise.
class Socket {
 public:
  explicit Socket(const Settings& settings);

  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  /// Waits for at least one byte; returns how many came, 0 at the end.
  std::size_t read(MutBytes into) const;

  /// Sends all of it, if the runner still listens: what it says last is to be read even so.
  void write(Bytes bytes) const;

 private:
  net::Descriptor socket_;
};

}  // namespace handfast::bogo
