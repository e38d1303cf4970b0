#include "handfast/imported_identity.h"

#include "message/extension/imported_identity.h"

namespace handfast {

std::optional<ImportedIdentity> read_imported_identity(Bytes identity) {
  const auto parts = codec::read<message::ImportedIdentity>(identity);
  if (!parts) {
    return std::nullopt;
  }
  return ImportedIdentity{parts->external_identity, parts->context, parts->target_protocol,
                          parts->target_kdf};
}

}  // namespace handfast
