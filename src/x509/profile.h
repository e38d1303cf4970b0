// Profiles: what authorities are held to beyond what path validation needs. RFC 5280 §4; the
// CA/Browser Forum's Baseline Requirements (BR) §7.1.2.
#pragma once

#include "handfast/certificate.h"
#include "x509/verify.h"

#include <cstdint>

namespace handfast::x509 {

/// Where a certificate stands in its path.
enum class Role : std::uint8_t { leaf, intermediate, anchor };

/// Whether a certificate keeps the rules of `profile`; `internet` and `tls` have none.
///
/// `conforming`: serial numbers are positive; dates have the form of their year; key identifiers
/// are there; keyCertSign only with cA; basic constraints, name constraints, policy constraints and
/// a name that stands for an empty subject are critical.
///
/// `pedantic`: the same, and an anchor's serial number and issuer's key identifier count too, and
/// DNS names have no underscores.
///
/// `web`: as `conforming`, but name constraints may be without critical; a root names itself or
/// nobody as its issuer's key and has no purposes; authorities have a key usage; a leaf names its
/// purposes, not "any" and not critically, is named in DNS names of letters, digits and hyphens and
/// in addresses, critically only without a subject; a common name repeats one of those.
[[nodiscard]] bool keeps_profile(const Certificate& certificate, Role role, Profile profile);

}  // namespace handfast::x509
