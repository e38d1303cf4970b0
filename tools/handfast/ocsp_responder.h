// A small OCSP responder: answers from an authority's revocation list. RFC 6960.
#pragma once

#include "handfast/bytes.h"
#include "handfast/certificate.h"
#include "handfast/credential.h"
#include "handfast/issue_crl.h"
#include "handfast/time.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace handfast::ocsp {

/// Whose certificates are answered for, and who signs.
struct Parties {
  const Certificate& issuer;
  const Certificate& signer;
  const SigningKey& key;
  bool is_delegated = false;
};

/// An answer, and what to tell of it.
struct Reply {
  std::vector<std::uint8_t> der;
  std::string said;                       ///< "3fa1: good", "malformed"
  std::optional<std::int64_t> fresh_for;  ///< seconds; nothing: it is for one client alone
};

/// Answers questions. The list is read again whenever its file has changed; while it cannot be
/// read, or is too old, clients are told to come back later.
///
/// Any thread. What `parties` refers to must outlive it.
class Responder {
 public:
  Responder(const Parties& parties, std::string list_path, std::string issuer_path);

  [[nodiscard]] Reply answer(Bytes question, UnixTime now);

 private:
  /// When the file was last written, which file it is, and how long.
  struct Stamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::uint64_t number = 0;
    std::int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };

  [[nodiscard]] std::optional<Stamp> stamp() const;
  void refresh();

  Parties parties_;
  std::string list_path_;
  std::string issuer_path_;
  std::mutex mutex_;  // guards what follows
  std::optional<Stamp> stamp_;
  std::optional<RevocationList> list_;
};

}  // namespace handfast::ocsp
