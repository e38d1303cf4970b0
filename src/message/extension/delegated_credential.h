// delegated_credential: a wish for delegated credentials, and one of them. RFC 9345 §4.
#pragma once

#include "message/extension/extension.h"

#include <cstdint>

namespace handfast::message {

/// In a ClientHello or CertificateRequest: struct { SignatureScheme
/// supported_signature_algorithms<2..2^16-2>; } SignatureSchemeList; RFC 9345 §4.1.1.
struct DelegatedCredentialWish {
  static constexpr auto type = ExtensionType::delegated_credential;
  codec::List<SignatureScheme> supported_signature_algorithms;
  static constexpr auto layout = codec::fields(codec::vector<2, 0xfffe>(
      "supported_signature_algorithms", &DelegatedCredentialWish::supported_signature_algorithms));
};

/// struct { uint32 valid_time; SignatureScheme dc_cert_verify_algorithm;
///          opaque ASN1_subjectPublicKeyInfo<1..2^24-1>; } Credential;
struct Credential {
  std::uint32_t valid_time = 0;  ///< seconds after the notBefore of the certificate
  SignatureScheme dc_cert_verify_algorithm{};
  Bytes subject_public_key_info;
  static constexpr auto layout =
      codec::fields(codec::field("valid_time", &Credential::valid_time),
                    codec::field("dc_cert_verify_algorithm", &Credential::dc_cert_verify_algorithm),
                    codec::opaque<1, 0xffffff>("ASN1_subjectPublicKeyInfo",
                                               &Credential::subject_public_key_info));
};

/// In the CertificateEntry of an end-entity certificate: struct { Credential cred;
/// SignatureScheme algorithm; opaque signature<0..2^16-1>; } DelegatedCredential;
struct DelegatedCredential {
  static constexpr auto type = ExtensionType::delegated_credential;
  Credential cred;
  SignatureScheme algorithm{};
  Bytes signature;
  static constexpr auto layout =
      codec::fields(codec::field("cred", &DelegatedCredential::cred),
                    codec::field("algorithm", &DelegatedCredential::algorithm),
                    codec::opaque<0, 0xffff>("signature", &DelegatedCredential::signature));
};

}  // namespace handfast::message
