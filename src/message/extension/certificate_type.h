// client_certificate_type and server_certificate_type: certificates, or raw public keys in their
// place. RFC 7250 §3.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// In a ClientHello: what the client can show. CertificateType client_certificate_types<1..2^8-1>;
struct ClientCertificateTypes {
  static constexpr auto type = ExtensionType::client_certificate_type;
  codec::List<CertificateType> client_certificate_types;
  static constexpr auto layout = codec::fields(codec::vector<1, 0xff>(
      "client_certificate_types", &ClientCertificateTypes::client_certificate_types));
};

/// In EncryptedExtensions: what the client is to show. CertificateType client_certificate_type;
struct ClientCertificateType {
  static constexpr auto type = ExtensionType::client_certificate_type;
  CertificateType client_certificate_type{};
  static constexpr auto layout = codec::fields(
      codec::field("client_certificate_type", &ClientCertificateType::client_certificate_type));
};

/// In a ClientHello: what the client takes. CertificateType server_certificate_types<1..2^8-1>;
struct ServerCertificateTypes {
  static constexpr auto type = ExtensionType::server_certificate_type;
  codec::List<CertificateType> server_certificate_types;
  static constexpr auto layout = codec::fields(codec::vector<1, 0xff>(
      "server_certificate_types", &ServerCertificateTypes::server_certificate_types));
};

/// In EncryptedExtensions: what the server shows. CertificateType server_certificate_type;
struct ServerCertificateType {
  static constexpr auto type = ExtensionType::server_certificate_type;
  CertificateType server_certificate_type{};
  static constexpr auto layout = codec::fields(
      codec::field("server_certificate_type", &ServerCertificateType::server_certificate_type));
};

}  // namespace handfast::message
