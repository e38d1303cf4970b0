// The names of what is issued, from text: subjects, alternative names, name constraints. RFC 4514,
// RFC 5280 §4.1.2.6, §4.2.1.6, §4.2.1.10.
#pragma once

#include "der/writer.h"
#include "handfast/issue.h"
#include "handfast/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace handfast::x509 {

/// The subject of `order` as a Name. Fails: subject_invalid for an attribute that is not known, or
/// a value that it cannot have.
Result<std::vector<std::uint8_t>> subject_of(const CertificateOrder& order);

/// GeneralNames, one after the other. Fails: server_name_invalid for a name that is none.
Result<> write_alt_names(der::Writer& writer, std::span<const std::string> names);

/// The content of NameConstraints. Fails: server_name_invalid for a constraint that is none.
Result<> write_name_constraints(der::Writer& writer, std::span<const std::string> permitted,
                                std::span<const std::string> excluded);

/// Whether `text` can be a URL in a certificate: a scheme, "://", and printable ASCII after it.
[[nodiscard]] bool is_url(std::string_view text);

}  // namespace handfast::x509
