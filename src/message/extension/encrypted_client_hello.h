// encrypted_client_hello and ech_outer_extensions. RFC 9849 §5.
#pragma once

#include "message/ech_config.h"
#include "message/extension/extension.h"

#include <array>
#include <cstdint>

namespace handfast::message {

/// enum { outer(0), inner(1) } ECHClientHelloType;
enum class EchClientHelloType : std::uint8_t { outer = 0, inner = 1 };

/// In a ClientHello: struct { ECHClientHelloType type; select (ECHClientHello.type) {
/// case outer: ...; case inner: Empty; }; } ECHClientHello;
struct EchClientHello {
  static constexpr auto type = ExtensionType::encrypted_client_hello;
  EchClientHelloType form{};
  Bytes content;  ///< outer: `OuterEchClientHello`
  static constexpr auto layout = codec::fields(codec::field("type", &EchClientHello::form),
                                               codec::rest("content", &EchClientHello::content));
};

/// case outer: HpkeSymmetricCipherSuite cipher_suite; uint8 config_id; opaque enc<0..2^16-1>;
///             opaque payload<1..2^16-1>;
struct OuterEchClientHello {
  HpkeSymmetricCipherSuite cipher_suite;
  std::uint8_t config_id = 0;
  Bytes enc;
  Bytes payload;
  static constexpr auto layout =
      codec::fields(codec::field("cipher_suite", &OuterEchClientHello::cipher_suite),
                    codec::field("config_id", &OuterEchClientHello::config_id),
                    codec::opaque<0, 0xffff>("enc", &OuterEchClientHello::enc),
                    codec::opaque<1, 0xffff>("payload", &OuterEchClientHello::payload));
};

/// In a HelloRetryRequest: struct { opaque confirmation[8]; } ECHHelloRetryRequest;
struct EchHelloRetryRequest {
  static constexpr auto type = ExtensionType::encrypted_client_hello;
  std::array<std::uint8_t, 8> confirmation{};
  static constexpr auto layout =
      codec::fields(codec::field("confirmation", &EchHelloRetryRequest::confirmation));
};

/// In EncryptedExtensions: struct { ECHConfigList retry_configs; } ECHEncryptedExtensions;
struct EchEncryptedExtensions {
  static constexpr auto type = ExtensionType::encrypted_client_hello;
  codec::List<EchConfig> retry_configs;
  static constexpr auto layout = codec::fields(
      codec::vector<4, 0xffff>("retry_configs", &EchEncryptedExtensions::retry_configs));
};

/// In an EncodedClientHelloInner: ExtensionType OuterExtensions<2..254>;
struct OuterExtensions {
  static constexpr auto type = ExtensionType::ech_outer_extensions;
  codec::List<ExtensionType> types;
  static constexpr auto layout =
      codec::fields(codec::vector<2, 254>("outer_extensions", &OuterExtensions::types));
};

}  // namespace handfast::message
