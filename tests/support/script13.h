// Script: a peer without a will of its own. It says to one side of a connection what it is told to,
// in the keys that the state machine names, and each message as fit for the moment as it can be: a
// Finished or CertificateVerify is right for the transcript even where it has no place.
#pragma once

#include "support/middle.h"
#include "support/model13.h"

#include <vector>

namespace handfast::test::model13 {

class Script {
 public:
  using Configuration = model13::Configuration;
  using Position = model13::Position;
  using Symbol = model13::Symbol;

  explicit Script(const Configuration& configuration);

  /// Says `symbol` to the subject, which is at `at`, and lets it act.
  void say(Symbol symbol, const Position& at);

  /// The side that the configuration describes.
  [[nodiscard]] End& subject() { return subject_; }

 private:
  Piece piece(Symbol symbol, Epoch epoch);
  std::vector<std::uint8_t> message(Symbol symbol, bool can_forge);
  void hear();
  void let_ask();

  Configuration configuration_;
  Loopback pair_;
  Middle middle_;
  End& subject_;
  std::vector<std::uint8_t> hello_;    ///< the last ClientHello
  std::vector<std::uint8_t> context_;  ///< of the last request after the handshake, with its length
};

}  // namespace handfast::test::model13
