// ECHConfigList: the keys by which a ClientHello is hidden, as DNS and retry_configs carry them.
// RFC 9849 §4.
#pragma once

#include "codec/layout.h"
#include "crypto/hpke.h"
#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>

namespace handfast::message {

/// struct { HpkeKdfId kdf_id; HpkeAeadId aead_id; } HpkeSymmetricCipherSuite;
struct HpkeSymmetricCipherSuite {
  crypto::hpke::Kdf kdf_id{};
  crypto::hpke::AeadCode aead_id{};
  static constexpr auto layout =
      codec::fields(codec::field("kdf_id", &HpkeSymmetricCipherSuite::kdf_id),
                    codec::field("aead_id", &HpkeSymmetricCipherSuite::aead_id));
};

/// struct { uint8 config_id; HpkeKemId kem_id; HpkePublicKey public_key;
///          HpkeSymmetricCipherSuite cipher_suites<4..2^16-4>; } HpkeKeyConfig;
/// opaque HpkePublicKey<1..2^16-1>;
struct HpkeKeyConfig {
  std::uint8_t config_id = 0;
  crypto::hpke::Kem kem_id{};
  Bytes public_key;
  codec::List<HpkeSymmetricCipherSuite> cipher_suites;
  static constexpr auto layout =
      codec::fields(codec::field("config_id", &HpkeKeyConfig::config_id),
                    codec::field("kem_id", &HpkeKeyConfig::kem_id),
                    codec::opaque<1, 0xffff>("public_key", &HpkeKeyConfig::public_key),
                    codec::vector<4, 0xfffc>("cipher_suites", &HpkeKeyConfig::cipher_suites));
};

/// struct { ECHConfigExtensionType type; opaque data<0..2^16-1>; } ECHConfigExtension;
struct EchConfigExtension {
  std::uint16_t type = 0;
  Bytes data;
  static constexpr auto layout =
      codec::fields(codec::field("type", &EchConfigExtension::type),
                    codec::opaque<0, 0xffff>("data", &EchConfigExtension::data));

  /// RFC 9849 §4.2: the high order bit says that who does not know it must not use the
  /// configuration.
  [[nodiscard]] bool is_mandatory() const { return (type & 0x8000U) != 0; }
};

/// struct { HpkeKeyConfig key_config; uint8 maximum_name_length; opaque public_name<1..255>;
///          ECHConfigExtension extensions<0..2^16-1>; } ECHConfigContents;
struct EchConfigContents {
  HpkeKeyConfig key_config;
  std::uint8_t maximum_name_length = 0;
  Bytes public_name;
  codec::List<EchConfigExtension> extensions;
  static constexpr auto layout =
      codec::fields(codec::field("key_config", &EchConfigContents::key_config),
                    codec::field("maximum_name_length", &EchConfigContents::maximum_name_length),
                    codec::opaque<1, 0xff>("public_name", &EchConfigContents::public_name),
                    codec::vector<0, 0xffff>("extensions", &EchConfigContents::extensions));
};

/// struct { uint16 version; uint16 length; select (ECHConfig.version) { case 0xfe0d:
/// ECHConfigContents contents; } } ECHConfig;
///
/// What a version that is not known here holds has no form that could be checked.
struct EchConfig {
  static constexpr std::uint16_t known_version = 0xfe0d;

  std::uint16_t version = known_version;
  Bytes contents;
  static constexpr auto layout =
      codec::fields(codec::field("version", &EchConfig::version),
                    codec::opaque<0, 0xffff>("contents", &EchConfig::contents));
};

/// ECHConfig ECHConfigList<4..2^16-1>;
struct EchConfigList {
  codec::List<EchConfig> configs;
  static constexpr auto layout =
      codec::fields(codec::vector<4, 0xffff>("configs", &EchConfigList::configs));
};

}  // namespace handfast::message
