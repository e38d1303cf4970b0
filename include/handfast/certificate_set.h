// CertificateSet: certificates that are known here, parsed once and found by their subject.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace handfast {

/// Certificates with the bytes that they view. A set says nothing of whom one trusts: `Trust` is a
/// set of anchors, while intermediates of a set only help to find a path.
///
/// Immutable: share freely, between threads too.
class CertificateSet {
 public:
  /// Every CERTIFICATE block of PEM text. Blocks that do not parse are counted, not fatal, as one
  /// odd certificate must not take the others away.
  static std::shared_ptr<const CertificateSet> from_pem(std::string_view pem);

  /// Certificates in DER.
  static std::shared_ptr<const CertificateSet>
  from_der(std::vector<std::vector<std::uint8_t>> certificates);

  CertificateSet(const CertificateSet&) = delete;
  CertificateSet& operator=(const CertificateSet&) = delete;
  ~CertificateSet();

  /// How many certificates there are; at most 16,384.
  [[nodiscard]] std::size_t size() const;

  /// How many were left out since they did not parse, or came after 16,384 others.
  [[nodiscard]] std::size_t unreadable() const;

  /// The certificate at `index` below `size()`. Valid as long as this object.
  [[nodiscard]] const Certificate& at(std::size_t index) const;

  /// The indices of those with this subject (a Name in DER, compared as RFC 5280 §7.1 says).
  [[nodiscard]] std::span<const std::uint32_t> find(Bytes subject) const;

 private:
  struct State;
  explicit CertificateSet(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace handfast
