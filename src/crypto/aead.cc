#include "crypto/aead.h"

#include <utility>

namespace handfast::crypto {

Result<Aead> Aead::make(AeadId id, Direction direction, Bytes key) {
  auto own = Aead::own(id, key);
  const bool is_there = own || own.error().reason != Reason::configuration_unsupported;
  return is_there ? std::move(own) : of_libcrypto(id, direction, key);
}

}  // namespace handfast::crypto
