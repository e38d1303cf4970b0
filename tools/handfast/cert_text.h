// A certificate as `cert show` tells it.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/json.h"
#include "handfast/terminal.h"
#include "handfast/time.h"

#include <cstdint>
#include <string>

namespace handfast::cert {

/// "90 days left (until 2027-02-19 04:00 UTC)", "ended 12 days ago (2026-11-08 23:59 UTC)" or
/// "begins in 3 days (2026-11-24 00:00 UTC)".
[[nodiscard]] std::string validity_text(const Certificate& certificate, UnixTime now);

/// Whether `now` lies within the certificate's dates.
[[nodiscard]] bool is_current(const Certificate& certificate, UnixTime now);

/// A block of lines, under its label.
[[nodiscard]] std::string to_lines(const Certificate& certificate, UnixTime now,
                                   const command::Terminal& terminal);

[[nodiscard]] command::Json to_json(const Certificate& certificate, UnixTime now);

/// "4fa1..", two lower-case digits a byte.
[[nodiscard]] std::string hex(Bytes bytes);

}  // namespace handfast::cert
