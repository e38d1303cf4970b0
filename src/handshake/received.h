// Received: a message as a coroutine is given it.
#pragma once

#include "crypto/hash.h"
#include "handfast/bytes.h"
#include "handfast/result.h"
#include "wire/wire.h"

#include <optional>

namespace handfast::handshake {

/// The proof that nothing follows a message in its record. Fails: key_change_inside_record.
[[nodiscard]] inline Result<wire::Boundary> check_edge(const std::optional<wire::Boundary>& edge) {
  return edge ? Result<wire::Boundary>(*edge) : fail(Reason::key_change_inside_record);
}

/// A message that came whole and was parsed. It lives, views and all, as long as the handshake.
template <class M>
struct Received {
  const M* body = nullptr;
  Bytes raw;  ///< with its header
  const crypto::Digest* before =
      nullptr;  ///< the transcript before it (CertificateVerify, Finished)
  std::optional<wire::Boundary> edge;

  const M* operator->() const { return body; }

  const M& operator*() const { return *body; }

  /// The proof that nothing follows it in its record. Fails: key_change_inside_record.
  [[nodiscard]] Result<wire::Boundary> boundary() const { return check_edge(edge); }
};

}  // namespace handfast::handshake
