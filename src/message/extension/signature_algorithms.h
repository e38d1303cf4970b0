// signature_algorithms and signature_algorithms_cert. RFC 9846 §4.3.3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { SignatureScheme supported_signature_algorithms<2..2^16-2>; } SignatureSchemeList;
struct SignatureAlgorithms {
  static constexpr auto type = ExtensionType::signature_algorithms;
  codec::List<SignatureScheme> supported_signature_algorithms;
  static constexpr auto layout = codec::fields(codec::vector<2, 0xfffe>(
      "supported_signature_algorithms", &SignatureAlgorithms::supported_signature_algorithms));
};

/// The same list, for the signatures in certificates.
struct SignatureAlgorithmsCert {
  static constexpr auto type = ExtensionType::signature_algorithms_cert;
  codec::List<SignatureScheme> supported_signature_algorithms;
  static constexpr auto layout = codec::fields(codec::vector<2, 0xfffe>(
      "supported_signature_algorithms", &SignatureAlgorithmsCert::supported_signature_algorithms));
};

}  // namespace handfast::message
