// Encrypted Client Hello: the name of a server, and all else that a ClientHello tells, sealed to a
// key that the server has published. RFC 9849.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"
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

}  // namespace handfast
