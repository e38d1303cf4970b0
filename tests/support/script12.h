// Script: a peer of TLS 1.2 without a will of its own. It says to one side of a connection what it
// is told to, encrypted once it has said ChangeCipherSpec, and each message as fit for the moment
// as it can be. It keeps its own transcript and its own keys.
#pragma once

#include "legacy/ffdhe.h"
#include "record/seal.h"
#include "schedule/schedule12.h"
#include "support/loopback.h"
#include "support/model12.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace handfast::test::model12 {

class Script {
 public:
  using Configuration = model12::Configuration;
  using Position = model12::Position;
  using Symbol = model12::Symbol;

  explicit Script(const Configuration& configuration);

  /// Says `symbol` to the subject, which is at `at`, and lets it act.
  void say(Symbol symbol, const Position& at);

  /// The side that the configuration describes.
  [[nodiscard]] End& subject() { return subject_; }

 private:
  using Content = std::vector<std::uint8_t>;

  Content message(Symbol symbol);
  [[nodiscard]] Content sign(Bytes content) const;
  [[nodiscard]] Content server_hello(bool resuming) const;
  Content server_key_exchange();
  [[nodiscard]] Content params();
  Content client_key_exchange();
  [[nodiscard]] Content agree_on_curve();
  [[nodiscard]] Content agree_in_field();
  [[nodiscard]] Content encrypt_secret();
  void hear_params(Bytes body);
  [[nodiscard]] Content premaster_of(Bytes body);
  [[nodiscard]] Content finished() const;
  void say(ContentType type, Bytes content);
  void change_keys();
  void hear();
  void heed(Bytes message);
  [[nodiscard]] crypto::Digest transcript_hash() const;
  [[nodiscard]] const Credential& own_credential() const;

  Configuration configuration_;
  Loopback pair_;
  End& subject_;
  SeededChance chance_{7};
  Content transcript_;  ///< all handshake messages
  Content hello_;       ///< the client's
  message::Random client_random_{};
  message::Random server_random_{};
  Content peer_share_;                              ///< of the server that is the subject
  std::optional<crypto::KeyExchange> mine_;         ///< of the server that is the script,
  std::optional<legacy::FfdhePair> pair_in_field_;  ///< or this
  Content premaster_secret_;
  std::optional<schedule::MainSecret> session_;
  std::optional<schedule::MainSecret> secret_;
  record::Sealer sealer_;
};

}  // namespace handfast::test::model12
