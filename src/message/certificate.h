// CertificateRequest, Certificate, CompressedCertificate, CertificateVerify. RFC 9846 §4.4.2,
// §4.5.1, §4.5.2, RFC 8879 §4.
#pragma once

#include "message/extension/certificate_authorities.h"
#include "message/extension/compress_certificate.h"
#include "message/extension/delegated_credential.h"
#include "message/extension/oid_filters.h"
#include "message/extension/server_name.h"
#include "message/extension/signature_algorithms.h"
#include "message/extension/signed_certificate_timestamp.h"
#include "message/extension/status_request.h"
#include "message/extension_block.h"

#include <optional>
#include <tuple>

namespace handfast::message {

/// The extensions of a CertificateRequest that a client looks at.
struct CertificateRequestExtensions {
  std::optional<CertificateStatusWish> status_request;
  std::optional<SignatureAlgorithms> signature_algorithms;
  std::optional<SignedCertificateTimestampWish> signed_certificate_timestamp;
  std::optional<CertificateCompressionAlgorithms> compress_certificate;
  std::optional<DelegatedCredentialWish> delegated_credential;
  std::optional<CertificateAuthorities> certificate_authorities;
  std::optional<OidFilters> oid_filters;
  std::optional<SignatureAlgorithmsCert> signature_algorithms_cert;

  static constexpr auto place = Place::certificate_request;
  static constexpr auto members = std::tuple{
      &CertificateRequestExtensions::status_request,
      &CertificateRequestExtensions::signature_algorithms,
      &CertificateRequestExtensions::signed_certificate_timestamp,
      &CertificateRequestExtensions::compress_certificate,
      &CertificateRequestExtensions::delegated_credential,
      &CertificateRequestExtensions::certificate_authorities,
      &CertificateRequestExtensions::oid_filters,
      &CertificateRequestExtensions::signature_algorithms_cert,
  };
};

/// struct { opaque certificate_request_context<0..2^8-1>; Extension extensions<0..2^16-1>; }
/// CertificateRequest;
struct CertificateRequest {
  static constexpr auto type = HandshakeType::certificate_request;
  Bytes certificate_request_context;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::opaque<0, 0xff>("certificate_request_context",
                                           &CertificateRequest::certificate_request_context),
                    codec::vector<0, 0xffff>("extensions", &CertificateRequest::extensions));
};

/// The same, asked by a client in an exported authenticator. RFC 9261 §4.
struct ClientCertificateRequest {
  static constexpr auto type = HandshakeType::client_certificate_request;
  Bytes certificate_request_context;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::opaque<0, 0xff>("certificate_request_context",
                                           &ClientCertificateRequest::certificate_request_context),
                    codec::vector<0, 0xffff>("extensions", &ClientCertificateRequest::extensions));
};

/// What it may hold besides the extensions of a CertificateRequest.
struct ClientCertificateRequestExtensions {
  std::optional<ServerNameList> server_name;

  static constexpr auto place = Place::certificate_request;
  static constexpr auto members = std::tuple{&ClientCertificateRequestExtensions::server_name};
};

/// What may stand beside one certificate.
struct CertificateEntryExtensions {
  std::optional<CertificateStatus> status_request;
  std::optional<SignedCertificateTimestampList> signed_certificate_timestamp;
  std::optional<DelegatedCredential> delegated_credential;

  static constexpr auto place = Place::certificate;
  static constexpr auto members =
      std::tuple{&CertificateEntryExtensions::status_request,
                 &CertificateEntryExtensions::signed_certificate_timestamp,
                 &CertificateEntryExtensions::delegated_credential};
};

/// struct { opaque cert_data<1..2^24-1>; Extension extensions<0..2^16-1>; } CertificateEntry;
struct CertificateEntry {
  Bytes cert_data;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffffff>("cert_data", &CertificateEntry::cert_data),
                    codec::vector<0, 0xffff>("extensions", &CertificateEntry::extensions));
};

/// struct { opaque certificate_request_context<0..2^8-1>;
///          CertificateEntry certificate_list<0..2^24-1>; } Certificate;
struct Certificate {
  static constexpr auto type = HandshakeType::certificate;
  Bytes certificate_request_context;
  codec::List<CertificateEntry> certificate_list;
  static constexpr auto layout =
      codec::fields(codec::opaque<0, 0xff>("certificate_request_context",
                                           &Certificate::certificate_request_context),
                    codec::vector<0, 0xffffff>("certificate_list", &Certificate::certificate_list));
};

/// A CertificateEntry where raw public keys were settled on, the same on the wire: struct { opaque
/// ASN1_subjectPublicKeyInfo<1..2^24-1>; Extension extensions<0..2^16-1>; } CertificateEntry;
struct RawPublicKeyEntry {
  Bytes subject_public_key_info;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffffff>("ASN1_subjectPublicKeyInfo",
                                               &RawPublicKeyEntry::subject_public_key_info),
                    codec::vector<0, 0xffff>("extensions", &RawPublicKeyEntry::extensions));
};

/// A Certificate with such entries, as it is explained.
struct RawPublicKeyCertificate {
  static constexpr auto type = HandshakeType::certificate;
  Bytes certificate_request_context;
  codec::List<RawPublicKeyEntry> certificate_list;
  static constexpr auto layout = codec::fields(
      codec::opaque<0, 0xff>("certificate_request_context",
                             &RawPublicKeyCertificate::certificate_request_context),
      codec::vector<0, 0xffffff>("certificate_list", &RawPublicKeyCertificate::certificate_list));
};

/// struct { CertificateCompressionAlgorithm algorithm; uint24 uncompressed_length;
///          opaque compressed_certificate_message<1..2^24-1>; } CompressedCertificate;
///
/// What is compressed is a Certificate without its header.
struct CompressedCertificate {
  static constexpr auto type = HandshakeType::compressed_certificate;
  CertificateCompressionAlgorithm algorithm{};
  std::uint32_t uncompressed_length = 0;
  Bytes compressed_certificate_message;
  static constexpr auto layout = codec::fields(
      codec::field("algorithm", &CompressedCertificate::algorithm),
      codec::uint24("uncompressed_length", &CompressedCertificate::uncompressed_length),
      codec::opaque<1, 0xffffff>("compressed_certificate_message",
                                 &CompressedCertificate::compressed_certificate_message));
};

/// struct { SignatureScheme algorithm; opaque signature<0..2^16-1>; } CertificateVerify;
struct CertificateVerify {
  static constexpr auto type = HandshakeType::certificate_verify;
  SignatureScheme algorithm{};
  Bytes signature;
  static constexpr auto layout =
      codec::fields(codec::field("algorithm", &CertificateVerify::algorithm),
                    codec::opaque<0, 0xffff>("signature", &CertificateVerify::signature));
};

}  // namespace handfast::message
