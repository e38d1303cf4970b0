// status_request: a wish for an OCSP response, and the response. RFC 6066 §8, RFC 9846 §4.5.1.1.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// enum { ocsp(1), (255) } CertificateStatusType;
enum class CertificateStatusType : std::uint8_t { ocsp = 1 };

/// opaque ResponderID<1..2^16-1>;
struct ResponderId {
  Bytes responder_id;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("responder_id", &ResponderId::responder_id));
};

/// struct { ResponderID responder_id_list<0..2^16-1>; Extensions request_extensions; }
/// OCSPStatusRequest; opaque Extensions<0..2^16-1>;
struct OcspStatusRequest {
  codec::List<ResponderId> responder_id_list;
  Bytes request_extensions;
  static constexpr auto layout = codec::fields(
      codec::vector<0, 0xffff>("responder_id_list", &OcspStatusRequest::responder_id_list),
      codec::opaque<0, 0xffff>("request_extensions", &OcspStatusRequest::request_extensions));
};

/// In a ClientHello: struct { CertificateStatusType status_type; select (status_type) {
/// case ocsp: OCSPStatusRequest; } request; } CertificateStatusRequest;
///
/// What a type that is not known here asks for has no form that could be checked.
struct CertificateStatusRequest {
  static constexpr auto type = ExtensionType::status_request;
  CertificateStatusType status_type{};
  Bytes request;
  static constexpr auto layout =
      codec::fields(codec::field("status_type", &CertificateStatusRequest::status_type),
                    codec::rest("request", &CertificateStatusRequest::request));
};

/// In a CertificateRequest: an extension without content.
struct CertificateStatusWish {
  static constexpr auto type = ExtensionType::status_request;
  static constexpr auto layout = codec::fields();
};

/// In a CertificateEntry: struct { CertificateStatusType status_type; select (status_type) {
/// case ocsp: OCSPResponse; } response; } CertificateStatus; opaque OCSPResponse<1..2^24-1>;
struct CertificateStatus {
  static constexpr auto type = ExtensionType::status_request;
  CertificateStatusType status_type{};
  Bytes response;
  static constexpr auto layout =
      codec::fields(codec::field("status_type", &CertificateStatus::status_type),
                    codec::opaque<1, 0xffffff>("response", &CertificateStatus::response));
};

}  // namespace handfast::message
