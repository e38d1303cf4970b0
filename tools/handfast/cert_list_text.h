// Revocation lists and OCSP responses as `cert show` tells them.
#pragma once

#include "handfast/issue_crl.h"
#include "handfast/issue_ocsp.h"
#include "handfast/json.h"
#include "handfast/terminal.h"
#include "handfast/time.h"

#include <string>

namespace handfast::cert {

/// A block of lines. Long lists are cut after 20 entries, unless `is_verbose`.
[[nodiscard]] std::string to_lines(const RevocationList& list, UnixTime now, bool is_verbose,
                                   const command::Terminal& terminal);
[[nodiscard]] std::string to_lines(const OcspResponse& response, UnixTime now,
                                   const command::Terminal& terminal);

[[nodiscard]] command::Json to_json(const RevocationList& list);
[[nodiscard]] command::Json to_json(const OcspResponse& response);

}  // namespace handfast::cert
