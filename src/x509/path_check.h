// The checks of one path, step by step. RFC 5280 §6.1, RFC 9525 §6.
#pragma once

#include "base/budget.h"
#include "handfast/verdict.h"
#include "x509/path.h"
#include "x509/revocation.h"
#include "x509/signature.h"
#include "x509/verify.h"

#include <cstddef>
#include <optional>

namespace handfast::x509 {

/// Whether the extended key usage of `certificate` allows `purpose`. RFC 5280 §4.2.1.12.
[[nodiscard]] bool serves(const Certificate& certificate, Purpose purpose, bool is_leaf);

/// How a path did: nothing wrong, or how much, and what to say of it.
struct Judgement {
  unsigned failures = 0;

  /// The least number of certificates, from the leaf on, that make every path with them fail.
  std::size_t doomed = Path::size_most + 1;

  std::optional<Error>
      error;  ///< the first thing wrong in the order of `TrustStep`, a wrong name last

  [[nodiscard]] bool is_good() const { return failures == 0; }
};

/// Checks `path` and writes it and every check made into `verdict`, in the place of those before.
/// Signatures are checked late, from the anchor down, and only on a path that is complete and where
/// nothing but perhaps the name is wrong, so that a refusal is cheap; revocation after them.
class PathCheck {
 public:
  PathCheck(const Question& question, const Pool& pool, SignatureMemo& memo, Budget& budget,
            Verdict& verdict);

  /// `no_anchor` is what to say of a path that is not complete.
  Judgement judge(const Path& path, Reason no_anchor = Reason::certificate_authority_unknown);

 private:
  [[nodiscard]] const Certificate& certificate(std::size_t index) const {
    return pool_.at(path_[index]);
  }

  bool check_name();
  void check_anchor(Reason no_anchor);
  void check_time();
  void check_authorities();
  void check_usage();
  void check_name_constraints();
  void hold_names_to(const Certificate& authority, std::size_t index);
  void check_policies();
  void check_critical_extensions();
  void check_profile();
  void check_algorithms();
  void check_signatures();
  void check_revocation();

  // Records a step of one certificate, and blames the certificate unless `condition` holds.
  void require(bool condition, TrustStep step, std::size_t index, Reason reason,
               const Facts& facts = {});
  void record(TrustStep step, std::size_t index, Outcome outcome, Reason reason = {});
  void record_whole(TrustStep step, Outcome outcome, Reason reason = {});

  // Blames a certificate for what may be right under other authorities: its issuer's signature,
  // what a policy becomes on the way, a list of its issuer.
  void blame_path(std::size_t index, Reason reason);

  // Blames it for what makes every path fail that goes up to it in this way.
  void blame(std::size_t index, Reason reason, const Facts& facts = {});

  const Question& question_;
  const Pool& pool_;
  SignatureMemo& memo_;
  Budget& budget_;
  Verdict& verdict_;
  RevocationCheck revocation_;
  Path path_;
  Judgement judgement_;
};

}  // namespace handfast::x509
