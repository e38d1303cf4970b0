#include "x509/path_check.h"

#include "der/reader.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/identity.h"
#include "x509/name_constraints.h"
#include "x509/oids.h"
#include "x509/policy.h"
#include "x509/profile.h"

#include <algorithm>
#include <limits>

namespace handfast::x509 {

namespace {

// Whether an authority may not stand as a leaf. RFC 5280 §6.1 lets it; CA/Browser Forum
// BR 7.1.2.7.8 does not, nor do we unless told.
bool is_leaf_bound(Profile profile) { return profile == Profile::tls || profile == Profile::web; }

std::optional<Reason> flaw_in(const auto& result) {
  return result ? std::nullopt : std::optional(result.error().reason);
}

// What is wrong with the key, told from its size alone: importing it costs more.
std::optional<Reason> key_flaw(const Certificate& certificate) {
  if (certificate.key_kind != CertificateKey::rsa) {
    return flaw_in(usable(certificate.key_kind));
  }
  const std::optional<RsaParts> parts = rsa_parts(certificate.public_key);
  if (!parts) {
    return Reason::certificate_malformed;
  }
  const std::size_t bits = bit_size(parts->modulus);
  // CA/Browser Forum BR 6.1.5 has sizes in whole octets; others come from broken generators.
  return bits < limits::rsa_bits_least || bits > limits::rsa_bits_most || bits % 8 != 0
             ? std::optional(Reason::certificate_key_weak)
             : std::nullopt;
}

// Both moments as unsigned seconds; what lies outside is pulled in.
Facts time_facts(UnixTime bound, UnixTime now) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  const auto seconds = [&](UnixTime time) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.seconds, 0, most));
  };
  Facts facts{.kind = Facts::Kind::numbers};
  facts.limit = seconds(bound);
  facts.got = seconds(now);
  return facts;
}

}  // namespace

// RFC 5280 §4.2.1.12 leaves to the application what anyExtendedKeyUsage and the purposes of
// authorities mean. As browsers do: an authority's purposes bind what it signs, and "any" in it
// binds nothing; a leaf has to name the purpose itself (CA/Browser Forum BR 7.1.2.7.10 forbids
// "any" there). No extension binds nothing.
bool serves(const Certificate& certificate, Purpose purpose, bool is_leaf) {
  if (purpose == Purpose::any) {
    return true;
  }
  const der::Oid& wanted = purpose == Purpose::server_auth ? oid::server_auth : oid::client_auth;
  bool found = certificate.extended_key_usage.empty();
  der::Reader purposes(certificate.extended_key_usage);
  while (!purposes.at_end()) {
    const Bytes listed = purposes.object_identifier();
    found |= wanted == listed || (!is_leaf && oid::any_extended_key_usage == listed);
  }
  return found;
}

PathCheck::PathCheck(const Question& question, const Pool& pool, SignatureMemo& memo,
                     Budget& budget, Verdict& verdict)
    : question_(question), pool_(pool), memo_(memo), budget_(budget), verdict_(verdict),
      revocation_(question, pool, budget) {}

Judgement PathCheck::judge(const Path& path, Reason no_anchor) {
  path_ = path;
  judgement_ = {};
  verdict_.clear_path();
  for (const Place place : path.places()) {
    verdict_.add_to_path(pool_.at(place));
  }
  const bool name_matches = check_name();
  check_anchor(no_anchor);
  check_time();
  check_authorities();
  check_usage();
  check_name_constraints();
  check_policies();
  check_critical_extensions();
  check_profile();
  check_algorithms();
  check_signatures();
  check_revocation();
  if (!name_matches) {
    blame(0, Reason::certificate_name_mismatch);
  }
  return judgement_;
}

// RFC 9525 §6. Shown first, and blamed last: a wrong name is only telling on a certificate that is
// otherwise good.
bool PathCheck::check_name() {
  if (question_.name == nullptr) {
    record(TrustStep::name, 0, Outcome::not_applicable);
    return true;
  }
  const bool matches = is_for(certificate(0), *question_.name);
  record(TrustStep::name, 0, matches ? Outcome::passed : Outcome::failed,
         Reason::certificate_name_mismatch);
  return matches;
}

void PathCheck::check_anchor(Reason no_anchor) {
  const Outcome outcome = path_.is_complete() ? Outcome::passed : Outcome::failed;
  record_whole(TrustStep::path, outcome, no_anchor);
  record(TrustStep::anchor, path_.size() - 1, outcome, no_anchor);
  // A leaf out of its dates is worth more words than whoever signed it.
  if (!path_.is_complete() && is_current(certificate(0), question_.now)) {
    blame(path_.size() - 1, no_anchor);
  }
}

// RFC 5280 §6.1.3 (a) (2). Of the anchor too: whoever trusts a root trusts it for as long as it
// says.
void PathCheck::check_time() {
  for (std::size_t i = 0; i < path_.size(); ++i) {
    const Certificate& subject = certificate(i);
    const bool is_early = question_.now < subject.not_before;
    const bool is_late = question_.now > subject.not_after;
    require(!is_early && !is_late, TrustStep::time, i,
            is_early ? Reason::certificate_not_yet_valid : Reason::certificate_expired,
            time_facts(is_early ? subject.not_before : subject.not_after, question_.now));
  }
}

// RFC 5280 §6.1.4 (k), (l), (m).
void PathCheck::check_authorities() {
  // A pinned leaf may call itself an authority, as self-signed certificates often do; it vouches
  // for nothing here.
  const bool is_authority_as_leaf = is_leaf_bound(question_.profile) && path_.size() > 1 &&
                                    certificate(0).basic_constraints &&
                                    certificate(0).basic_constraints->is_authority;
  require(!is_authority_as_leaf, TrustStep::basic_constraints, 0,
          Reason::certificate_authority_as_leaf);

  unsigned authorities_below = 0;  // self-issued ones do not count
  for (std::size_t i = 1; i < path_.size(); ++i) {
    const std::optional<BasicConstraints>& constraints = certificate(i).basic_constraints;
    require(constraints && constraints->is_authority, TrustStep::basic_constraints, i,
            Reason::certificate_not_authority);
    if (constraints && constraints->path_length) {
      require(authorities_below <= *constraints->path_length, TrustStep::path_length, i,
              Reason::certificate_path_too_long);
    }
    const bool is_last = i + 1 == path_.size();
    authorities_below += certificate(i).is_self_issued() || is_last ? 0U : 1U;
  }
  // RFC 5280 §6.2: whoever trusts an anchor may bind it besides.
  if (const Certificate* limits = pool_.limits(path_.top());
      limits != nullptr && limits->basic_constraints->path_length) {
    require(authorities_below <= *limits->basic_constraints->path_length, TrustStep::path_length,
            path_.size() - 1, Reason::certificate_path_too_long);
  }
  if (question_.path_length) {
    require(authorities_below <= *question_.path_length, TrustStep::path_length, path_.size() - 1,
            Reason::certificate_path_too_long);
  }
}

// RFC 5280 §6.1.4 (n), §4.2.1.12; RFC 9846 §4.5.1.2, RFC 5246 §7.4.2: what the leaf's key may do.
void PathCheck::check_usage() {
  for (std::size_t i = 0; i < path_.size(); ++i) {
    const KeyUsage usage = i == 0 ? question_.usage : KeyUsage::key_cert_sign;
    const bool is_asked = i > 0 || question_.purpose != Purpose::any;
    require(!is_asked || allows(certificate(i), usage), TrustStep::key_usage, i,
            Reason::certificate_key_usage);
  }
  for (std::size_t i = 0; i < path_.size(); ++i) {
    require(serves(certificate(i), question_.purpose, i == 0), TrustStep::extended_key_usage, i,
            Reason::certificate_extended_key_usage);
  }
  if (const Certificate* limits = pool_.limits(path_.top())) {
    require(serves(*limits, question_.purpose, false), TrustStep::extended_key_usage,
            path_.size() - 1, Reason::certificate_extended_key_usage);
  }
}

// RFC 5280 §6.1.3 (b), (c): every authority binds all that stand below it, the anchor too.
void PathCheck::check_name_constraints() {
  for (std::size_t i = 1; i < path_.size(); ++i) {
    hold_names_to(certificate(i), i);
  }
  if (const Certificate* limits = pool_.limits(path_.top())) {
    hold_names_to(*limits, path_.size() - 1);
  }
}

// What `authority`, at `index`, binds: the names of all below it.
void PathCheck::hold_names_to(const Certificate& authority, std::size_t index) {
  if (!authority.name_constraints_present) {
    return;
  }
  Result<> checked;
  for (std::size_t below = 0; below < index && checked; ++below) {
    // "If certificate i is self-issued and it is not the final certificate in the path, skip this
    // step"
    if (below == 0 || !certificate(below).is_self_issued()) {
      checked = x509::check_name_constraints(authority, certificate(below), budget_);
    }
  }
  require(checked.has_value(), TrustStep::name_constraints, index,
          checked ? Reason::certificate_name_constrained : checked.error().reason);
}

// RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j), §6.1.5 (a), (b), (g).
void PathCheck::check_policies() {
  bool is_demanded = question_.policies.explicit_policy;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    is_demanded |= certificate(i).policy_constraints.require_explicit_policy.has_value();
  }
  if (!is_demanded || path_.size() == 1) {
    record_whole(TrustStep::policies, Outcome::not_applicable);
    return;
  }
  PolicyCheck policies(question_.policies, path_.size() - 1, budget_);
  std::size_t index = path_.size() - 1;
  std::optional<Reason> flaw;
  const auto note = [&](const Result<>& checked) {
    flaw = checked ? std::nullopt : std::optional(checked.error().reason);
  };
  if (path_.is_complete()) {
    note(policies.begin(certificate(index)));
  }
  while (!flaw && index > 0) {
    --index;
    note(policies.add(certificate(index), index == 0));
  }
  record_whole(TrustStep::policies, flaw ? Outcome::failed : Outcome::passed,
               flaw.value_or(Reason{}));
  if (flaw) {
    blame_path(index, *flaw);
  }
}

// RFC 5280 §6.1.4 (o), §6.1.5 (f). Of the anchor too: what binds it and is not understood may be
// what makes it safe.
void PathCheck::check_critical_extensions() {
  for (std::size_t i = 0; i < path_.size(); ++i) {
    require(!certificate(i).unknown_critical_extension, TrustStep::critical_extensions, i,
            Reason::certificate_extension_unknown);
  }
}

void PathCheck::check_profile() {
  if (question_.profile == Profile::internet || question_.profile == Profile::tls) {
    record_whole(TrustStep::profile, Outcome::not_applicable);
    return;
  }
  for (std::size_t i = 0; i < path_.size(); ++i) {
    const Role role = i == 0                                         ? Role::leaf
                      : path_.is_complete() && i + 1 == path_.size() ? Role::anchor
                                                                     : Role::intermediate;
    require(keeps_profile(certificate(i), role, question_.profile), TrustStep::profile, i,
            Reason::certificate_profile);
  }
}

void PathCheck::check_algorithms() {
  for (std::size_t i = 0; i < path_.size(); ++i) {
    // The anchor's signature is its own affair: nobody checks it.
    const bool is_signed_here = i + 1 < path_.size();
    std::optional<Reason> flaw =
        is_signed_here ? flaw_in(usable(certificate(i).signature_algorithm)) : std::nullopt;
    if (!flaw) {
      flaw = key_flaw(certificate(i));
    }
    require(!flaw, TrustStep::algorithms, i, flaw.value_or(Reason::certificate_algorithm_weak));
  }
}

void PathCheck::check_signatures() {
  // From the anchor down, so that nobody unknown can make us work for more than one signature.
  bool is_worth_it = path_.is_complete() && judgement_.is_good();
  for (std::size_t i = path_.size() - 1; i-- > 0;) {
    if (!is_worth_it) {
      record(TrustStep::signatures, i, Outcome::not_checked);
      continue;
    }
    const Result<> checked = memo_.check(pool_, path_[i], path_[i + 1], budget_);
    is_worth_it = checked.has_value();
    const Reason reason = checked ? Reason::certificate_signature_invalid : checked.error().reason;
    record(TrustStep::signatures, i, is_worth_it ? Outcome::passed : Outcome::failed, reason);
    if (!is_worth_it) {
      blame_path(i, reason);
    }
  }
}

// RFC 5280 §6.1.3 (a) (3). Of everything below the anchor, and only once all of it is known to be
// what it says: whoever signs lists and responses stands on the path.
void PathCheck::check_revocation() {
  const bool is_worth_it = path_.is_complete() && judgement_.is_good();
  for (std::size_t i = 0; i + 1 < path_.size(); ++i) {
    if (!is_worth_it) {
      record(TrustStep::revocation, i, Outcome::not_checked);
      continue;
    }
    const RevocationRuling ruling = revocation_.judge(path_, verdict_.path(), i);
    verdict_.add(ruling.finding);
    record(TrustStep::revocation, i, ruling.outcome, ruling.refusal.value_or(Reason{}));
    if (ruling.refusal) {
      blame_path(i, *ruling.refusal);
    }
  }
}

void PathCheck::require(bool condition, TrustStep step, std::size_t index, Reason reason,
                        const Facts& facts) {
  record(step, index, condition ? Outcome::passed : Outcome::failed, reason);
  if (!condition) {
    blame(index, reason, facts);
  }
}

void PathCheck::record(TrustStep step, std::size_t index, Outcome outcome, Reason reason) {
  verdict_.add({step, outcome, static_cast<std::int8_t>(index),
                outcome == Outcome::failed ? reason : Reason{}});
}

void PathCheck::record_whole(TrustStep step, Outcome outcome, Reason reason) {
  verdict_.add({step, outcome, -1, outcome == Outcome::failed ? reason : Reason{}});
}

void PathCheck::blame_path(std::size_t index, Reason reason) {
  const std::size_t doomed = judgement_.doomed;
  blame(index, reason);
  judgement_.doomed = doomed;
}

void PathCheck::blame(std::size_t index, Reason reason, const Facts& facts) {
  ++judgement_.failures;
  judgement_.doomed = std::min(judgement_.doomed, index + 1);
  if (!judgement_.error) {
    // What was not sent has no place in the peer's list.
    const Place place = path_[index];
    judgement_.error = fail(reason, facts).error();
    judgement_.error->certificate =
        is_sent(place) ? static_cast<std::int8_t>(place) : std::int8_t{-1};
  }
}

}  // namespace handfast::x509
