// ServerHello and HelloRetryRequest, which share one form. RFC 9846 §4.2.3, §4.2.4.
#pragma once

#include "message/client_hello.h"

#include <optional>
#include <tuple>

namespace handfast::message {

/// The random that makes a ServerHello a HelloRetryRequest: SHA-256 of "HelloRetryRequest". RFC
/// 9846 §4.2.3.
inline constexpr Random hello_retry_request_random = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

struct ServerHelloExtensions {
  std::optional<SelectedVersion> supported_versions;
  std::optional<KeyShareServerHello> key_share;
  std::optional<SelectedPsk> pre_shared_key;

  static constexpr auto place = Place::server_hello;
  static constexpr auto members =
      std::tuple{&ServerHelloExtensions::supported_versions, &ServerHelloExtensions::key_share,
                 &ServerHelloExtensions::pre_shared_key};
};

struct HelloRetryRequestExtensions {
  std::optional<SelectedVersion> supported_versions;
  std::optional<KeyShareHelloRetryRequest> key_share;
  std::optional<Cookie> cookie;
  std::optional<EchHelloRetryRequest> encrypted_client_hello;

  static constexpr auto place = Place::hello_retry_request;
  static constexpr auto members = std::tuple{
      &HelloRetryRequestExtensions::supported_versions, &HelloRetryRequestExtensions::key_share,
      &HelloRetryRequestExtensions::cookie, &HelloRetryRequestExtensions::encrypted_client_hello};
};

/// Those of a ServerHello of TLS 1.2.
struct ServerHello12Extensions {
  std::optional<ServerNameAck> server_name;
  std::optional<CertificateStatusWish> status_request;
  std::optional<EcPointFormats> ec_point_formats;
  std::optional<ProtocolNameList> alpn;
  std::optional<EncryptThenMac> encrypt_then_mac;
  std::optional<ExtendedMainSecret> extended_main_secret;
  std::optional<SignedCertificateTimestampList> signed_certificate_timestamp;
  std::optional<MaxFragmentLength> max_fragment_length;
  std::optional<HeartbeatExtension> heartbeat;
  std::optional<RecordSizeLimit> record_size_limit;
  std::optional<SessionTicket> session_ticket;
  std::optional<RenegotiationInfo> renegotiation_info;
  std::optional<ClientCertificateType> client_certificate_type;
  std::optional<ServerCertificateType> server_certificate_type;

  static constexpr auto place = Place::server_hello12;
  static constexpr auto members = std::tuple{&ServerHello12Extensions::signed_certificate_timestamp,
                                             &ServerHello12Extensions::server_name,
                                             &ServerHello12Extensions::status_request,
                                             &ServerHello12Extensions::ec_point_formats,
                                             &ServerHello12Extensions::alpn,
                                             &ServerHello12Extensions::encrypt_then_mac,
                                             &ServerHello12Extensions::extended_main_secret,
                                             &ServerHello12Extensions::max_fragment_length,
                                             &ServerHello12Extensions::heartbeat,
                                             &ServerHello12Extensions::record_size_limit,
                                             &ServerHello12Extensions::session_ticket,
                                             &ServerHello12Extensions::renegotiation_info,
                                             &ServerHello12Extensions::client_certificate_type,
                                             &ServerHello12Extensions::server_certificate_type};
};

/// struct { ProtocolVersion legacy_version = 0x0303; Random random;
///          opaque legacy_session_id_echo<0..32>; CipherSuite cipher_suite;
///          uint8 legacy_compression_method = 0;
///          Extension extensions<6..2^16-1>; } ServerHello;
///
/// As in `ClientHello`, a ServerHello of TLS 1.2 may have no extensions, and is refused for its
/// version.
struct ServerHello {
  static constexpr auto type = HandshakeType::server_hello;

  ProtocolVersion legacy_version = ProtocolVersion::tls12;
  Random random{};
  Bytes legacy_session_id_echo;
  CipherSuite cipher_suite{};
  std::uint8_t legacy_compression_method = 0;
  ExtensionList extensions;

  static constexpr auto head = std::tuple{
      codec::field("legacy_version", &ServerHello::legacy_version),
      codec::field("random", &ServerHello::random),
      codec::opaque<0, 32>("legacy_session_id_echo", &ServerHello::legacy_session_id_echo),
      codec::field("cipher_suite", &ServerHello::cipher_suite),
      codec::field("legacy_compression_method", &ServerHello::legacy_compression_method),
  };
  static constexpr auto layout = std::tuple_cat(
      head, codec::fields(codec::vector<0, 0xffff>("extensions", &ServerHello::extensions)));

  [[nodiscard]] bool is_retry() const { return random == hello_retry_request_random; }
};

/// A ServerHello of TLS 1.2 or older that ends before its extensions. RFC 5246 §7.4.1.3.
struct BareServerHello : ServerHello {
  static constexpr auto layout = ServerHello::head;
};

/// Parses a ServerHello or HelloRetryRequest; its extensions are read by whoever knows which it is.
/// Fails: as `codec::read`.
Result<ServerHello> read_server_hello(Bytes body);

}  // namespace handfast::message
