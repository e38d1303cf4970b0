// Certificate, CertificateStatus and CertificateRequest of TLS 1.2. RFC 5246 §7.4.2, §7.4.4, RFC
// 6066 §8. CertificateVerify has the form of TLS 1.3's.
#pragma once

#include "message/extension/certificate_authorities.h"
#include "message/extension/status_request.h"

namespace handfast::message {

/// opaque ASN.1Cert<1..2^24-1>;
struct Asn1Cert {
  Bytes cert_data;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffffff>("ASN.1Cert", &Asn1Cert::cert_data));
};

/// struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate;
struct Certificate12 {
  static constexpr auto type = HandshakeType::certificate;
  codec::List<Asn1Cert> certificate_list;
  static constexpr auto layout = codec::fields(
      codec::vector<0, 0xffffff>("certificate_list", &Certificate12::certificate_list));
};

/// The message that follows it where a staple was asked for: as in the CertificateEntry of TLS 1.3.
struct CertificateStatus12 {
  static constexpr auto type = HandshakeType::certificate_status;
  CertificateStatusType status_type{};
  Bytes response;
  static constexpr auto layout =
      codec::fields(codec::field("status_type", &CertificateStatus12::status_type),
                    codec::opaque<1, 0xffffff>("response", &CertificateStatus12::response));
};

/// struct { ClientCertificateType certificate_types<1..2^8-1>;
///          SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;
///          DistinguishedName certificate_authorities<0..2^16-1>; } CertificateRequest;
struct CertificateRequest12 {
  static constexpr auto type = HandshakeType::certificate_request;
  codec::List<ClientCertificateKind> certificate_types;
  codec::List<SignatureScheme> supported_signature_algorithms;
  codec::List<DistinguishedName> certificate_authorities;
  static constexpr auto layout = codec::fields(
      codec::vector<1, 0xff>("certificate_types", &CertificateRequest12::certificate_types),
      codec::vector<2, 0xfffe>("supported_signature_algorithms",
                               &CertificateRequest12::supported_signature_algorithms),
      codec::vector<0, 0xffff>("certificate_authorities",
                               &CertificateRequest12::certificate_authorities));
};

}  // namespace handfast::message
