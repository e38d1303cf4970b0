#include "x509/known_signatures.h"

#include "crypto/parts_digest.h"

#include <algorithm>
#include <span>

namespace handfast::x509 {

KnownSignatures::Key KnownSignatures::key_of(const Certificate& child, const Certificate& issuer) {
  crypto::PartsDigest digest;
  digest.add(child.der);
  digest.add(issuer.public_key_info);
  return digest.finish();
}

bool KnownSignatures::Row::holds(const Key& key) const {
  return std::ranges::count(std::span(keys).first(size), key) != 0;
}

bool KnownSignatures::holds(const Key& key) const {
  const std::lock_guard lock(mutex_);
  return rows_[key.front() % places].holds(key);
}

void KnownSignatures::note(const Key& key) {
  const std::lock_guard lock(mutex_);
  Row& row = rows_[key.front() % places];
  if (row.holds(key)) {
    return;
  }
  row.keys[row.next] = key;
  row.next = static_cast<std::uint8_t>((row.next + 1) % ways);
  row.size = static_cast<std::uint8_t>(std::min<std::size_t>(row.size + 1, ways));
}

}  // namespace handfast::x509
