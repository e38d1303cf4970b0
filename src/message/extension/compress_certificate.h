// compress_certificate: how a peer's certificates may be compressed. RFC 8879 §3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { CertificateCompressionAlgorithm algorithms<2..2^8-2>; }
/// CertificateCompressionAlgorithms;
struct CertificateCompressionAlgorithms {
  static constexpr auto type = ExtensionType::compress_certificate;
  codec::List<CertificateCompressionAlgorithm> algorithms;
  static constexpr auto layout = codec::fields(
      codec::vector<2, 0xfe>("algorithms", &CertificateCompressionAlgorithms::algorithms));
};

}  // namespace handfast::message
