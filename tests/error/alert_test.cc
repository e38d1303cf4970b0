#include "handfast/alert.h"

#include <array>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace handfast {
namespace {

struct Named {
  std::uint8_t code;
  std::string_view name;
};

// AlertDescription as RFC 9846 §6 writes it, and RFC 9849 §5.
constexpr std::array registry = {
    Named{0, "close_notify"},
    Named{10, "unexpected_message"},
    Named{20, "bad_record_mac"},
    Named{22, "record_overflow"},
    Named{40, "handshake_failure"},
    Named{42, "bad_certificate"},
    Named{43, "unsupported_certificate"},
    Named{44, "certificate_revoked"},
    Named{45, "certificate_expired"},
    Named{46, "certificate_unknown"},
    Named{47, "illegal_parameter"},
    Named{48, "unknown_ca"},
    Named{49, "access_denied"},
    Named{50, "decode_error"},
    Named{51, "decrypt_error"},
    Named{70, "protocol_version"},
    Named{71, "insufficient_security"},
    Named{80, "internal_error"},
    Named{86, "inappropriate_fallback"},
    Named{90, "user_canceled"},
    Named{100, "no_renegotiation"},  // of TLS 1.2
    Named{109, "missing_extension"},
    Named{110, "unsupported_extension"},
    Named{112, "unrecognized_name"},
    Named{113, "bad_certificate_status_response"},
    Named{115, "unknown_psk_identity"},
    Named{116, "certificate_required"},
    Named{117, "general_error"},
    Named{120, "no_application_protocol"},
    Named{121, "ech_required"},
};

TEST(Alert, has_the_names_of_the_rfc) {
  for (const Named& alert : registry) {
    EXPECT_EQ(name(static_cast<Alert>(alert.code)), alert.name);
  }
}

TEST(Alert, has_no_name_where_the_rfc_has_none) {
  std::set<unsigned> known;
  for (const Named& alert : registry) {
    known.insert(alert.code);
  }
  for (unsigned code = 0; code < 256; ++code) {
    if (!known.contains(code)) {
      EXPECT_EQ(name(static_cast<Alert>(code)), "unassigned") << code;
    }
  }
}

TEST(Alert, always_has_something_to_say_to_people) {
  for (unsigned code = 0; code < 256; ++code) {
    EXPECT_TRUE(usual_meaning(static_cast<Alert>(code)).ends_with('.')) << code;
  }
}

}  // namespace
}  // namespace handfast
