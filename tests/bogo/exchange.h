// One connection to the runner, from its handshake to its end.
#pragma once

#include "answers.h"
#include "configuration.h"
#include "flags.h"
#include "socket.h"
#include "witness.h"

#include <optional>
#include <vector>

namespace handfast::bogo {

/// Does on one connection what the settings say. Throws Failed where the connection fails, Unmet
/// where it is other than expected.
class Exchange {
 public:
  /// All but `now` must outlive it. `after_refusal` takes the place of `settings` on a client whose
  /// early data is refused. `is_resumption`: there was a connection before.
  Exchange(const Settings& settings, const Settings& after_refusal, const Memory& memory,
           bool is_resumption, UnixTime now);

  void run();

 private:
  void shake_hands();
  void send_early_data();
  void check_early_data() const;
  void check_handshake() const;
  [[nodiscard]] int number_of_psk() const;
  void check_peer() const;
  void check_session() const;
  void check_new_session() const;
  void export_what_is_asked();
  void write_what_is_asked();
  void echo();
  void shut_down();

  Event next();
  void echo_early(Bytes data);
  std::optional<MutBytes> read();
  void answer(const Operation& operation);
  void write(Bytes bytes);
  void flush();
  bool fill();
  [[noreturn]] void fail_with(const Error& error);

  const Settings* settings_;
  const Settings* after_refusal_;
  const Memory* memory_;
  bool is_resumption_;
  std::size_t sessions_before_ = 0;  // tickets come after the handshake
  std::size_t sessions_at_first_;    // and before it in TLS 1.2
  std::vector<OwnCredential> credentials_;
  Answers answers_;
  Witness witness_;
  Connection connection_;
  Socket socket_;
  Octets storage_;
  Input input_;
  Output output_;
  std::size_t sent_early_ = 0;
  bool is_held_back_ = false;  // what waits in the output waits on
};

}  // namespace handfast::bogo
