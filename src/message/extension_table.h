// Where each extension may stand. RFC 9846 §4.3, the table; one row for each extension known here,
// with those of TLS 1.2 and where its ServerHello has them. max_fragment_length (RFC 6066 §4) and
// signed_certificate_timestamp (RFC 6962 §3.3.1) are no longer in that table and stand where they
// did. ech_outer_extensions stands inside what encrypted_client_hello hides, and in no message (RFC
// 9849 §5.1).
#pragma once

#include "message/extension/extension.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast::message {

/// A set of `Place`s.
struct Places {
  unsigned bits = 0;

  template <class... P>
  static constexpr Places of(P... places) {
    return {(0U | ... | static_cast<unsigned>(std::to_underlying(places)))};
  }

  [[nodiscard]] constexpr bool has(Place place) const {
    return (bits & static_cast<unsigned>(std::to_underlying(place))) != 0;
  }
};

struct ExtensionRow {
  ExtensionType type;
  Places places;
};

// clang-format off
inline constexpr std::array extension_table = [] {
  using enum Place;
  return std::array{
    ExtensionRow{ExtensionType::server_name,                            Places::of(client_hello, encrypted_extensions, server_hello12, certificate_request)},
    ExtensionRow{ExtensionType::max_fragment_length,                    Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::status_request,                         Places::of(client_hello, certificate_request, certificate, server_hello12)},
    ExtensionRow{ExtensionType::supported_groups,                       Places::of(client_hello, encrypted_extensions, server_hello12)},  // no RFC has the last, but servers do it
    ExtensionRow{ExtensionType::ec_point_formats,                       Places::of(client_hello, server_hello12)},
    ExtensionRow{ExtensionType::signature_algorithms,                   Places::of(client_hello, certificate_request)},
    ExtensionRow{ExtensionType::use_srtp,                               Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::heartbeat,                              Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::application_layer_protocol_negotiation, Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::signed_certificate_timestamp,           Places::of(client_hello, certificate_request, certificate, server_hello12)},
    ExtensionRow{ExtensionType::client_certificate_type,                Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::server_certificate_type,                Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::padding,                                Places::of(client_hello)},
    ExtensionRow{ExtensionType::encrypt_then_mac,                       Places::of(client_hello, server_hello12)},
    ExtensionRow{ExtensionType::extended_main_secret,                   Places::of(client_hello, server_hello12)},
    ExtensionRow{ExtensionType::compress_certificate,                   Places::of(client_hello, certificate_request)},
    ExtensionRow{ExtensionType::record_size_limit,                      Places::of(client_hello, encrypted_extensions, server_hello12)},
    ExtensionRow{ExtensionType::delegated_credential,                   Places::of(client_hello, certificate_request, certificate)},
    ExtensionRow{ExtensionType::session_ticket,                         Places::of(client_hello, server_hello12)},
    ExtensionRow{ExtensionType::pre_shared_key,                         Places::of(client_hello, server_hello)},
    ExtensionRow{ExtensionType::early_data,                             Places::of(client_hello, encrypted_extensions, new_session_ticket)},
    ExtensionRow{ExtensionType::supported_versions,                     Places::of(client_hello, server_hello, hello_retry_request)},
    ExtensionRow{ExtensionType::cookie,                                 Places::of(client_hello, hello_retry_request)},
    ExtensionRow{ExtensionType::psk_key_exchange_modes,                 Places::of(client_hello)},
    ExtensionRow{ExtensionType::certificate_authorities,                Places::of(client_hello, certificate_request)},
    ExtensionRow{ExtensionType::oid_filters,                            Places::of(certificate_request)},
    ExtensionRow{ExtensionType::post_handshake_auth,                    Places::of(client_hello)},
    ExtensionRow{ExtensionType::signature_algorithms_cert,              Places::of(client_hello, certificate_request)},
    ExtensionRow{ExtensionType::key_share,                              Places::of(client_hello, server_hello, hello_retry_request)},
    ExtensionRow{ExtensionType::quic_transport_parameters,              Places::of(client_hello, encrypted_extensions)},
    ExtensionRow{ExtensionType::ticket_request,                         Places::of(client_hello, encrypted_extensions)},
    ExtensionRow{ExtensionType::ech_outer_extensions,                   Places::of()},
    ExtensionRow{ExtensionType::encrypted_client_hello,                 Places::of(client_hello, hello_retry_request, encrypted_extensions)},
    ExtensionRow{ExtensionType::renegotiation_info,                     Places::of(client_hello, server_hello12)},
  };
}();
// clang-format on

static_assert(std::ranges::is_sorted(extension_table, {}, &ExtensionRow::type));

/// The row of `type`, or nullptr for an extension that is not known here.
[[nodiscard]] constexpr const ExtensionRow* find_extension(ExtensionType type) {
  const auto* row = std::ranges::lower_bound(extension_table, type, {}, &ExtensionRow::type);
  return row != extension_table.end() && row->type == type ? row : nullptr;
}

}  // namespace handfast::message
