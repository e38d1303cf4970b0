// RevocationCheck: staples, lists and policy together, for the certificates of a path.
#pragma once

#include "base/budget.h"
#include "base/limits.h"
#include "handfast/revocation.h"
#include "handfast/verdict.h"
#include "x509/path.h"
#include "x509/verify.h"

#include <array>
#include <optional>

namespace handfast::x509 {

/// What is to be said of one certificate: the check's outcome, and why it is refused if it is.
struct RevocationRuling {
  Outcome outcome = Outcome::not_checked;
  std::optional<Reason> refusal;
  RevocationFinding finding;
};

/// Rules on the certificates of paths that were found good otherwise. What was found out once is
/// kept: paths share certificates, and no signature is paid for twice.
///
/// Confined: one thread at a time. The references must outlive it.
class RevocationCheck {
 public:
  RevocationCheck(const Question& question, const Pool& pool, Budget& budget)
      : question_(question), pool_(pool), budget_(budget) {}

  /// Rules on the certificate at `index` of `path`, which has one above it.
  RevocationRuling judge(const Path& path, std::span<const Certificate> certificates,
                         std::size_t index);

 private:
  struct Known {
    Path above;  // the certificate and all above it
    RevocationRuling ruling;
  };

  RevocationRuling find_out(const Path& path, std::span<const Certificate> certificates,
                            std::size_t index);
  Result<RevocationFinding> ask_staple(const Path& path, std::span<const Certificate> certificates,
                                       std::size_t index);
  RevocationFinding ask_lists(const Path& path, std::span<const Certificate> certificates,
                              const Certificate& certificate, const Certificate& issuer);

  const Question& question_;
  const Pool& pool_;
  Budget& budget_;
  std::array<Known, limits::path_signatures> known_;
  std::size_t size_ = 0;
};

}  // namespace handfast::x509
