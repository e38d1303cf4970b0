// CertificateRequest, Certificate, CertificateVerify. RFC 9846 §4.4.2, §4.5.1, §4.5.2.
#pragma once

#include "message/extension/signature_algorithms.h"
#include "message/extension_block.h"

#include <tuple>

namespace handfast::message {

struct CertificateRequestExtensions {
  std::optional<SignatureAlgorithms> signature_algorithms;

  static constexpr auto place = Place::certificate_request;
  static constexpr auto members = std::tuple{&CertificateRequestExtensions::signature_algorithms};
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

/// The block of one CertificateEntry: nothing is asked for yet, so nothing may stand there.
struct CertificateEntryExtensions {
  static constexpr auto place = Place::certificate;
  static constexpr auto members = std::tuple<>{};
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
