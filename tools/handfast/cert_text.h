// A certificate as `cert show` tells it.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/json.h"
#include "handfast/request.h"
#include "handfast/terminal.h"
#include "handfast/time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace handfast::cert {

/// Whether its basicConstraints say that it is an authority.
[[nodiscard]] bool is_authority(const Certificate& certificate);

/// "90 days left (until 2027-02-19 04:00 UTC)", "ended 12 days ago (2026-11-08 23:59 UTC)" or
/// "begins in 3 days (2026-11-24 00:00 UTC)".
[[nodiscard]] std::string validity_text(const Certificate& certificate, UnixTime now);

/// "90 days, until 2027-02-19 04:00 UTC", of a certificate that was just made.
[[nodiscard]] std::string lifetime_text(const Certificate& certificate, UnixTime now);

/// Whether `now` lies within the certificate's dates.
[[nodiscard]] bool is_current(const Certificate& certificate, UnixTime now);

/// Lines under a label, each with a title.
class Block {
 public:
  Block(const command::Terminal& terminal, std::string_view label);

  /// Empty texts are left out.
  void row(std::string_view title, const std::string& text);

  [[nodiscard]] const std::string& lines() const { return lines_; }

 private:
  const command::Terminal& terminal_;
  std::string lines_;
};

/// A block of lines, under its label.
[[nodiscard]] std::string to_lines(const Certificate& certificate, UnixTime now,
                                   const command::Terminal& terminal);
[[nodiscard]] std::string to_lines(const CertificateRequest& request,
                                   const command::Terminal& terminal);

[[nodiscard]] command::Json to_json(const Certificate& certificate, UnixTime now);
[[nodiscard]] command::Json to_json(const CertificateRequest& request);

/// The number of a list, big endian: "1042"; one beyond 64 bits in hexadecimal digits, "0x4fa1..".
[[nodiscard]] std::string number_text(Bytes number);

/// "4fa1..", two lower-case digits a byte.
[[nodiscard]] std::string hex(Bytes bytes);

}  // namespace handfast::cert
