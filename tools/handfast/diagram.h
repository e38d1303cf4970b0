// Diagram: the messages of a connection as arrows between two lines of life.
#pragma once

#include "handfast/recorder.h"
#include "handfast/terminal.h"

#include <string>

namespace handfast::command {

/// Lays steps out; each is whole lines, so that they can be shown while the connection lives.
///
///     you                                       example.com:443
///      │                                               │     ms
///      │ ── ClientHello ──────────────────── 236 B ──▶ │    0.0  TLS 1.3, x25519
///      │ ◀── ServerHello ─────────────────── 122 B ─── │    1.2  x25519, TLS_AES_128_GCM_SHA256
///      ╞═════════ encrypted with handshake keys ═══════╡
class Diagram {
 public:
  /// For `terminal`, which must outlive it, of a connection with `peer`.
  Diagram(const Terminal& terminal, std::string peer);

  /// The two ends.
  [[nodiscard]] std::string head() const;

  [[nodiscard]] std::string lines(const Step& step) const;

  /// The line below the last step.
  [[nodiscard]] std::string foot() const;

 private:
  [[nodiscard]] std::string arrow(const Step& step) const;
  [[nodiscard]] std::string change(const Step& step) const;

  const Terminal& terminal_;
  std::string peer_;
  std::size_t inner_;  // columns between the two lines
};

/// "2 874 B"
[[nodiscard]] std::string size_text(std::size_t bytes);

}  // namespace handfast::command
