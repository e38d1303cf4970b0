// Encrypted Client Hello: the name of a server, and the sessions and keys by which it is known,
// sealed to a key that the server has published. ALPN and the rest stay in clear. RFC 9849.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"
#include "handfast/secret_bytes.h"
#include "handfast/server_name.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace handfast {

/// What became of Encrypted Client Hello.
enum class EchOutcome : std::uint8_t {
  not_offered,  ///< the ClientHello went in clear
  greased,      ///< a client: it had no configuration, and sent bytes that only look like it
  offered,      ///< a client: the server has not spoken yet
  accepted,     ///< the server went on with the ClientHello that was hidden
  rejected,     ///< a client: it did not; a server: what came was no key of its own, or GREASE
};

/// "accepted", "rejected", ...
[[nodiscard]] std::string_view name(EchOutcome outcome);

/// One configuration of a server, by which a client hides its ClientHello: a public key, and the
/// name that stands in clear instead of the true one. It comes from DNS (HTTPS records, RFC 9848),
/// or from the server itself as `Settled::ech_retry_configs`.
///
/// Immutable: share freely, between threads.
class EchConfig {
 public:
  /// The first configuration of `list`, an ECHConfigList, that this build can use. Passed over are
  /// versions, KEMs and suites that are not known here, mandatory extensions (none is known) and
  /// public names that are no host names (RFC 9849 §4, §6.1.7). Fails: message_truncated,
  /// message_leftover, value_out_of_bounds, extension_duplicated for a list of another form;
  /// ech_config_unusable if nothing is left.
  static Result<std::shared_ptr<const EchConfig>> choose(Bytes list);

  /// What stands in the place of the server's name, for everybody to read; in the case of a
  /// rejection, the server proves that it is this one.
  [[nodiscard]] const ServerName& public_name() const { return public_name_; }

  /// The ECHConfig as it stood in the list.
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  EchConfig(Bytes bytes, ServerName public_name)
      : bytes_(bytes.begin(), bytes.end()), public_name_(std::move(public_name)) {}

  std::vector<std::uint8_t> bytes_;
  ServerName public_name_;
};

/// A server's half of a configuration: the private key, and what is published.
///
/// Immutable: share freely, between threads.
class EchKey {
 public:
  /// A fresh key of X25519 for `public_name`, for which the server must have a certificate, with
  /// every suite of this build; names of up to `longest_name` bytes look alike in the ClientHello.
  /// Fails: ech_config_unusable for a public name that clients will not take; random_failed,
  /// out_of_memory.
  static Result<std::shared_ptr<const EchKey>> generate(std::string_view public_name,
                                                        std::uint8_t longest_name = 64);

  /// The key of `config`, an ECHConfig; `private_key` as RFC 9180 §7.1.2 has it. Fails: as
  /// EchConfig::choose; key_malformed, key_does_not_fit.
  static Result<std::shared_ptr<const EchKey>> make(Bytes config, Bytes private_key);

  /// Reads the PEM of RFC 9934: a private key, and the list of configurations, of which the first
  /// that belongs to it and can be used is taken. Fails: pem_malformed, key_malformed,
  /// key_unsupported for another KEM than X25519; as `make`.
  static Result<std::shared_ptr<const EchKey>> parse_pem(std::string_view text);

  /// The key in that form. A secret.
  [[nodiscard]] SecretBytes pem() const;

  /// What clients need: an ECHConfigList of one.
  [[nodiscard]] std::vector<std::uint8_t> config_list() const;

  [[nodiscard]] Bytes config() const { return config_; }

  [[nodiscard]] std::uint8_t config_id() const { return config_id_; }

  // For handshake/.
  [[nodiscard]] Bytes expose_private_key() const { return private_key_.expose(); }

 private:
  EchKey(Bytes config, std::uint8_t config_id, Bytes private_key)
      : config_(config.begin(), config.end()), config_id_(config_id), private_key_(private_key) {}

  std::vector<std::uint8_t> config_;
  std::uint8_t config_id_;
  SecretBytes private_key_;
};

/// One of the keys that a server opens hidden ClientHellos with. To rotate them: publish a new
/// configuration, keep the old key here, retired, for as long as DNS may still be remembered
/// somewhere; then take it out.
struct EchServerKey {
  std::shared_ptr<const EchKey> key;
  bool is_retired = false;  ///< clients that need a configuration are not given this one
};

}  // namespace handfast
