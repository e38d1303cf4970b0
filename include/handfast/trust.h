// Trust: the authorities that a side believes, parsed once and shared by all threads.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace handfast {

/// A set of trust anchors. A certificate is an anchor by its name and its key together, never by
/// name alone. A leaf that is itself in the set byte for byte is trusted as it stands.
///
/// Made through one of the functions below and then immutable: share freely, between threads too.
/// To read the system's set or files, see handfast/net.h: the core opens no file.
class Trust {
 public:
  /// Every CERTIFICATE block of PEM text. Blocks that do not parse are counted, not fatal, as one
  /// odd root in a bundle must not take the others away. Fails: trust_empty if none is left.
  static Result<std::shared_ptr<const Trust>> from_pem(std::string_view pem);

  /// Certificates in DER.
  static Result<std::shared_ptr<const Trust>>
  from_der(std::vector<std::vector<std::uint8_t>> certificates);

  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;
  ~Trust();

  /// How many anchors there are.
  [[nodiscard]] std::size_t size() const;

  /// How many blocks were left out since they did not parse, or came after 16,384 others.
  [[nodiscard]] std::size_t unreadable() const;

  /// The anchor at `index` below `size()`. Valid as long as this object.
  [[nodiscard]] const Certificate& anchor(std::size_t index) const;

  /// The indices of the anchors with this subject (a Name in DER, compared as RFC 5280 §7.1 says).
  [[nodiscard]] std::span<const std::uint32_t> find(Bytes subject) const;

 private:
  struct State;
  explicit Trust(std::unique_ptr<State> state);
  static Result<std::shared_ptr<const Trust>> make(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace handfast
