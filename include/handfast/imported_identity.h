// ImportedIdentity: what stands in pre_shared_key for an external key that was imported. RFC 9258.
#pragma once

#include "handfast/bytes.h"
#include "handfast/registry.h"

#include <optional>

namespace handfast {

/// The name of an imported key, in its parts. Views: valid as long as the bytes that it was read
/// from. RFC 9258 §5.1.
struct ImportedIdentity {
  Bytes external_identity;  ///< the name by which both sides know the key
  Bytes context;            ///< what else the key is bound to, such as who is client and server
  ProtocolVersion target_protocol{};
  KdfIdentifier target_kdf{};
};

/// The parts of `identity` (PskIdentity.identity, RFC 9846 §4.3.11), or nothing where it is of
/// another kind, as tickets are. Whether it names a key, only the one who holds keys can say.
[[nodiscard]] std::optional<ImportedIdentity> read_imported_identity(Bytes identity);

}  // namespace handfast
