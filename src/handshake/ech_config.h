// Which key of a server's hides a ClientHello: reading its ECHConfigs. RFC 9849 §4, §6.1.
#pragma once

#include "crypto/hpke.h"
#include "handfast/ech.h"
#include "handfast/result.h"
#include "message/ech_config.h"

#include <optional>
#include <vector>

namespace handfast::handshake {

/// What is known of one configuration: what it says, and the suite that is used with it. Views into
/// its bytes.
struct EchChoice {
  message::EchConfigContents contents;
  crypto::hpke::Suite suite;
  Bytes config;  ///< the whole ECHConfig, which goes into HPKE's info
};

/// The configurations of `list`, an ECHConfigList, one by one; those of other versions are left
/// out. A suite that encrypts nothing (export_only) says that the configuration cannot be used.
/// Fails: as EchConfig::choose, save ech_config_unusable.
Result<std::vector<EchChoice>> read_ech_configs(Bytes list);

/// The same for one configuration. Nothing: it is of another version. Fails: as `read_ech_configs`.
Result<std::optional<EchChoice>> read_ech_config(Bytes config);

/// Whether a client can use the configuration.
[[nodiscard]] bool is_usable(const EchChoice& choice);

/// HPKE's info: "tls ech", a zero byte, the ECHConfig. RFC 9849 §6.1.
[[nodiscard]] std::vector<std::uint8_t> hpke_info(Bytes config);

}  // namespace handfast::handshake
