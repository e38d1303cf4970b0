// signed_certificate_timestamp: a wish for SCTs, and a list of them. RFC 6962 §3.3.1, RFC 9846
// §4.5.1.1.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello or CertificateRequest: an extension without content.
struct SignedCertificateTimestampWish {
  static constexpr auto type = ExtensionType::signed_certificate_timestamp;
  static constexpr auto layout = codec::fields();
};

/// opaque SerializedSCT<1..2^16-1>;
struct SerializedSct {
  Bytes sct;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("sct", &SerializedSct::sct));
};

/// In a CertificateEntry: struct { SerializedSCT sct_list <1..2^16-1>; }
/// SignedCertificateTimestampList;
struct SignedCertificateTimestampList {
  static constexpr auto type = ExtensionType::signed_certificate_timestamp;
  codec::List<SerializedSct> sct_list;
  static constexpr auto layout = codec::fields(
      codec::vector<1, 0xffff>("sct_list", &SignedCertificateTimestampList::sct_list));
};

}  // namespace handfast::message
