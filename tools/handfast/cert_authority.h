// The development authority of this computer: it vouches for a few names and can do no more.
//
// A root signs one intermediate, the signer, that is limited by name constraints, and the root's
// key is thrown away at once. So no file of this computer can vouch for any other name, not even
// before software that does not look at the constraints of a root.
#pragma once

#include "handfast/cert_name.h"
#include "handfast/certificate.h"
#include "handfast/credential.h"
#include "handfast/failure.h"
#include "handfast/time.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace handfast::cert {

/// How long a leaf is good for.
inline constexpr std::int64_t leaf_days = 90;

/// A leaf, its key, and where it stands.
struct Development {
  std::vector<std::vector<std::uint8_t>> chain;  ///< leaf and signer, in DER
  SigningKey key;                                ///< of the leaf
  std::string trust_file;                        ///< the root, in PEM
  std::vector<std::string> limits;               ///< what the authority may sign
  bool is_new_authority;
  bool replaces_authority;  ///< there was another, whose certificates are believed no more
};

/// $XDG_DATA_HOME/handfast, or ~/.local/share/handfast.
[[nodiscard]] std::string development_folder();

/// Has the authority in `folder` sign a leaf for `names` and `key`; nothing: a new one. If there is
/// no authority, or it may not sign these names, or it ends too soon, a new one takes its place,
/// which may sign what the old one could too.
std::expected<Development, command::Failure> develop(std::span<const Name> names,
                                                     std::optional<SigningKey> key,
                                                     const std::string& folder, UnixTime now);

/// Whether a development authority of this program, now or earlier, issued `leaf`.
[[nodiscard]] bool is_development(const Certificate& leaf);

}  // namespace handfast::cert
