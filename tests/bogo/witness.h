// What the runner asks about that a connection tells its observers alone.
#pragma once

#include "flags.h"
#include "handfast/observer.h"

#include <string>

namespace handfast::bogo {

/// Sees messages, alerts and secrets go by.
class Witness final : public Observer, public KeyLog {
 public:
  void observe(const Observation& observation) override;
  void log(std::string_view line) override;

  /// "write hs 1", "read hs 2", "write alert 1 0", ..., a line each.
  [[nodiscard]] const std::string& trace() const { return trace_; }

  /// The list of ALPN names that the client sent, as it stood on the wire.
  [[nodiscard]] const std::string& advertised_alpn() const { return advertised_alpn_; }

  /// The authorities that the server named to its client.
  [[nodiscard]] const Names& client_authorities() const { return client_authorities_; }

  /// The type of the last message that came.
  [[nodiscard]] HandshakeType last_received() const { return last_received_; }

  /// The newest traffic secrets.
  [[nodiscard]] const Octets& client_secret() const { return client_secret_; }

  [[nodiscard]] const Octets& server_secret() const { return server_secret_; }

 private:
  void read(HandshakeType type, Bytes message);
  void write(Flow flow, const std::string& what);

  std::string trace_;
  HandshakeType last_received_{};
  std::string advertised_alpn_;
  Names client_authorities_;
  Octets client_secret_;
  Octets server_secret_;
};

}  // namespace handfast::bogo
