// Scope: whether a list speaks of a certificate, and for which reasons. RFC 5280 §6.3.3 (b), (d).
#pragma once

#include "base/budget.h"
#include "handfast/certificate.h"
#include "x509/crl.h"
#include "x509/distribution_point.h"

#include <cstdint>
#include <optional>

namespace handfast::x509 {

/// Reasons for which a certificate may be revoked: bits of ReasonFlags, RFC 5280 §4.2.1.13.
using ReasonMask = std::uint16_t;

/// All but bit 0, which is not used.
inline constexpr ReasonMask all_reasons = 0x1fe;

/// Where a certificate's status is looked for: one of its distribution points, or, with nothing,
/// whatever its issuer signed. RFC 5280 §6.3.3 has the latter tried last.
using Point = std::optional<DistributionPoint>;

/// Whether `crl` speaks of `certificate` at `point`. Pays for each comparison of names; false when
/// it cannot.
[[nodiscard]] bool is_in_scope(const Crl& crl, const Certificate& certificate, const Point& point,
                               Budget& budget);

/// The reasons that `crl` tells about at `point`.
[[nodiscard]] ReasonMask reasons_told(const Crl& crl, const Point& point);

/// Whether `delta` may be combined with `complete`. RFC 5280 §5.2.4, §6.3.3 (c).
[[nodiscard]] bool fits(const Crl& complete, const Crl& delta);

}  // namespace handfast::x509
