// Policy: how far below what is used without a setting a configuration goes. Nothing by default.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace handfast {

/// What a policy can let in of TLS 1.2, each worse than what is used without one.
enum class Weakness : std::uint8_t {
  block_cipher,        ///< CBC, whose padding has told attackers what it hides more than once
  rsa_key_exchange,    ///< whoever gets the certificate's key reads what was recorded before
  ffdhe_key_exchange,  ///< slow, and of large messages
  short_tag,           ///< CCM_8: one forgery in 2^64 is taken
  no_forward_secrecy,  ///< whoever gets the external key reads what was recorded before
};

/// As it is told to people: "block cipher".
[[nodiscard]] std::string_view name(Weakness weakness);

/// The code of one of the weaknesses that the core does not have: the objects are named in
/// handfast/legacy.h and live in the library handfast::legacy.
class LegacyMechanism;

/// What a configuration may use besides what is secure for everybody. Each use is told to an
/// `Observer` (`WeaknessUsed`).
///
/// A value; immutable.
class Policy {
 public:
  /// Nothing.
  Policy() = default;

  /// What constrained devices use: CCM_8, and external keys without forward secrecy. RFC 7925.
  [[nodiscard]] static Policy iot();

  /// The old mechanisms that are named, and no others.
  template <std::same_as<LegacyMechanism>... Mechanisms>
  [[nodiscard]] static Policy legacy(const LegacyMechanism& first, const Mechanisms&... others) {
    Policy policy;
    policy.mechanisms_ = {std::addressof(first), std::addressof(others)...};
    return policy;
  }

  /// What either lets in.
  [[nodiscard]] friend Policy operator|(Policy one, const Policy& other) {
    one.is_iot_ |= other.is_iot_;
    one.mechanisms_.insert(one.mechanisms_.end(), other.mechanisms_.begin(),
                           other.mechanisms_.end());
    return one;
  }

  // For handshake/.

  [[nodiscard]] bool is_iot() const { return is_iot_; }

  [[nodiscard]] std::span<const LegacyMechanism* const> mechanisms() const { return mechanisms_; }

 private:
  std::vector<const LegacyMechanism*> mechanisms_;
  bool is_iot_ = false;
};

}  // namespace handfast
