// ClientHello. RFC 9846 §4.2.2.
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"
#include "message/extension/alpn.h"
#include "message/extension/certificate_authorities.h"
#include "message/extension/certificate_type.h"
#include "message/extension/compress_certificate.h"
#include "message/extension/cookie.h"
#include "message/extension/delegated_credential.h"
#include "message/extension/ec_point_formats.h"
#include "message/extension/encrypt_then_mac.h"
#include "message/extension/encrypted_client_hello.h"
#include "message/extension/extended_main_secret.h"
#include "message/extension/heartbeat.h"
#include "message/extension/key_share.h"
#include "message/extension/max_fragment_length.h"
#include "message/extension/post_handshake_auth.h"
#include "message/extension/pre_shared_key.h"
#include "message/extension/record_size_limit.h"
#include "message/extension/renegotiation_info.h"
#include "message/extension/server_name.h"
#include "message/extension/session_ticket.h"
#include "message/extension/signature_algorithms.h"
#include "message/extension/signed_certificate_timestamp.h"
#include "message/extension/status_request.h"
#include "message/extension/supported_groups.h"
#include "message/extension/supported_versions.h"
#include "message/extension/ticket_request.h"
#include "message/extension_block.h"

#include <array>
#include <cstdint>
#include <optional>
#include <tuple>

namespace handfast::message {

using Random = std::array<std::uint8_t, 32>;

/// The extensions of a ClientHello that a server looks at.
struct ClientHelloExtensions {
  std::optional<ServerNameList> server_name;
  std::optional<CertificateStatusRequest> status_request;
  std::optional<SupportedGroups> supported_groups;
  std::optional<EcPointFormats> ec_point_formats;
  std::optional<SignatureAlgorithms> signature_algorithms;
  std::optional<SignatureAlgorithmsCert> signature_algorithms_cert;
  std::optional<ProtocolNameList> alpn;
  std::optional<SignedCertificateTimestampWish> signed_certificate_timestamp;
  std::optional<ClientCertificateTypes> client_certificate_type;
  std::optional<ServerCertificateTypes> server_certificate_type;
  std::optional<EncryptThenMac> encrypt_then_mac;
  std::optional<ExtendedMainSecret> extended_main_secret;
  std::optional<CertificateCompressionAlgorithms> compress_certificate;
  std::optional<CertificateAuthorities> certificate_authorities;
  std::optional<MaxFragmentLength> max_fragment_length;
  std::optional<HeartbeatExtension> heartbeat;
  std::optional<RecordSizeLimit> record_size_limit;
  std::optional<DelegatedCredentialWish> delegated_credential;
  std::optional<SupportedVersions> supported_versions;
  std::optional<Cookie> cookie;
  std::optional<KeyShareClientHello> key_share;
  std::optional<PskKeyExchangeModes> psk_key_exchange_modes;
  std::optional<PostHandshakeAuth> post_handshake_auth;
  std::optional<EarlyDataIndication> early_data;
  std::optional<ClientTicketRequest> ticket_request;
  std::optional<EchClientHello> encrypted_client_hello;
  std::optional<OfferedPsks> pre_shared_key;
  std::optional<SessionTicket> session_ticket;
  std::optional<RenegotiationInfo> renegotiation_info;

  static constexpr auto place = Place::client_hello;
  static constexpr auto members = std::tuple{
      &ClientHelloExtensions::server_name,
      &ClientHelloExtensions::status_request,
      &ClientHelloExtensions::supported_groups,
      &ClientHelloExtensions::ec_point_formats,
      &ClientHelloExtensions::signature_algorithms,
      &ClientHelloExtensions::signature_algorithms_cert,
      &ClientHelloExtensions::alpn,
      &ClientHelloExtensions::signed_certificate_timestamp,
      &ClientHelloExtensions::client_certificate_type,
      &ClientHelloExtensions::server_certificate_type,
      &ClientHelloExtensions::encrypt_then_mac,
      &ClientHelloExtensions::extended_main_secret,
      &ClientHelloExtensions::compress_certificate,
      &ClientHelloExtensions::certificate_authorities,
      &ClientHelloExtensions::max_fragment_length,
      &ClientHelloExtensions::heartbeat,
      &ClientHelloExtensions::record_size_limit,
      &ClientHelloExtensions::delegated_credential,
      &ClientHelloExtensions::supported_versions,
      &ClientHelloExtensions::cookie,
      &ClientHelloExtensions::key_share,
      &ClientHelloExtensions::psk_key_exchange_modes,
      &ClientHelloExtensions::post_handshake_auth,
      &ClientHelloExtensions::early_data,
      &ClientHelloExtensions::ticket_request,
      &ClientHelloExtensions::encrypted_client_hello,
      &ClientHelloExtensions::pre_shared_key,
      &ClientHelloExtensions::session_ticket,
      &ClientHelloExtensions::renegotiation_info,
  };
};

/// struct { ProtocolVersion legacy_version = 0x0303; Random random;
///          opaque legacy_session_id<0..32>; CipherSuite cipher_suites<2..2^16-2>;
///          opaque legacy_compression_methods<1..2^8-1>;
///          Extension extensions<7..2^16-1>; } ClientHello;
///
/// The lower bound of `extensions` is not held here: clients of TLS 1.2 may send fewer, or leave
/// the field out, and are to be told that it is the version that does not fit.
struct ClientHello {
  static constexpr auto type = HandshakeType::client_hello;

  ProtocolVersion legacy_version = ProtocolVersion::tls12;
  Random random{};
  Bytes legacy_session_id;
  codec::List<CipherSuite> cipher_suites;
  Bytes legacy_compression_methods;
  ExtensionList extensions;
  ClientHelloExtensions typed;  ///< the same extensions, parsed; not on the wire a second time

  static constexpr auto head = std::tuple{
      codec::field("legacy_version", &ClientHello::legacy_version),
      codec::field("random", &ClientHello::random),
      codec::opaque<0, 32>("legacy_session_id", &ClientHello::legacy_session_id),
      codec::vector<2, 0xfffe>("cipher_suites", &ClientHello::cipher_suites),
      codec::opaque<1, 0xff>("legacy_compression_methods",
                             &ClientHello::legacy_compression_methods),
  };
  static constexpr auto layout = std::tuple_cat(
      head, codec::fields(codec::vector<0, 0xffff>("extensions", &ClientHello::extensions)));
};

/// A ClientHello of TLS 1.2 or older that ends before its extensions. RFC 5246 §7.4.1.2.
struct BareClientHello : ClientHello {
  static constexpr auto layout = ClientHello::head;
};

/// Parses a ClientHello and its extensions. Fails: as `codec::read` and `read_extensions`;
/// ech_type_invalid.
Result<ClientHello> read_client_hello(Bytes body);

}  // namespace handfast::message
