#include "x509/revocation.h"

#include "der/reader.h"
#include "x509/crl_check.h"
#include "x509/extensions.h"
#include "x509/ocsp.h"
#include "x509/oids.h"

#include <algorithm>

namespace handfast {

std::string_view name(RevocationReason reason) {
  switch (reason) {
    case RevocationReason::unspecified: return "unspecified";
    case RevocationReason::key_compromise: return "keyCompromise";
    case RevocationReason::ca_compromise: return "cACompromise";
    case RevocationReason::affiliation_changed: return "affiliationChanged";
    case RevocationReason::superseded: return "superseded";
    case RevocationReason::cessation_of_operation: return "cessationOfOperation";
    case RevocationReason::certificate_hold: return "certificateHold";
    case RevocationReason::remove_from_crl: return "removeFromCRL";
    case RevocationReason::privilege_withdrawn: return "privilegeWithdrawn";
    case RevocationReason::aa_compromise: return "aACompromise";
  }
  return "unknown";
}

}  // namespace handfast

namespace handfast::x509 {

namespace {

using Source = RevocationFinding::Source;
using Status = RevocationFinding::Status;

bool has_ocsp_address(const Certificate& certificate) {
  der::Reader descriptions(certificate.authority_info_access);
  bool found = false;
  while (!descriptions.at_end()) {
    descriptions.inside(der::Tag::sequence, [&](der::Reader& description) {
      found |= oid::ocsp_access == description.object_identifier();
      read_general_name(description);
    });
  }
  return found;
}

// RFC 9608 §3 has noRevAvail in no authority's certificate, and in none that tells where to ask;
// there it says nothing.
bool has_nothing_to_ask(const Certificate& certificate) {
  const bool is_authority =
      certificate.basic_constraints && certificate.basic_constraints->is_authority;
  return certificate.no_revocation && !is_authority &&
         certificate.crl_distribution_points.empty() && certificate.freshest_crl.empty() &&
         !has_ocsp_address(certificate);
}

Bytes at(std::span<const Bytes> list, Place place) {
  const auto index = static_cast<std::size_t>(place);
  return !is_anchor(place) && index < list.size() ? list[index] : Bytes{};
}

RevocationRuling refused(const RevocationFinding& finding, Reason reason) {
  return {.outcome = Outcome::failed, .refusal = reason, .finding = finding};
}

}  // namespace

RevocationRuling RevocationCheck::judge(const Path& path, std::span<const Certificate> certificates,
                                        std::size_t index) {
  Path above;
  const auto places = path.places().subspan(index);
  for (const Place place : places) {
    above.push(place);
  }
  for (const Known& known : std::span(known_).first(size_)) {
    if (std::ranges::equal(known.above.places(), above.places())) {
      return known.ruling;
    }
  }
  const RevocationRuling ruling = find_out(path, certificates, index);
  if (size_ < known_.size()) {
    known_[size_++] = {above, ruling};
  }
  return ruling;
}

RevocationRuling RevocationCheck::find_out(const Path& path,
                                           std::span<const Certificate> certificates,
                                           std::size_t index) {
  const RevocationPolicy& policy = question_.revocation;
  if (policy.demand == RevocationDemand::off) {
    return {};
  }
  const Certificate& certificate = certificates[index];
  const bool is_leaf = index == 0;
  RevocationFinding finding;
  // A staple comes first: it is the newest, and about this certificate alone.
  if (!at(question_.staples, path[index]).empty()) {
    const Result<RevocationFinding> stapled = ask_staple(path, certificates, index);
    // RFC 6066 §8: "Clients requesting an OCSP response and receiving an OCSP response in a
    // "CertificateStatus" message MUST check the OCSP response and abort the handshake if the
    // response is not satisfactory with bad_certificate_status_response(113) alert."
    if (!stapled) {
      finding.flaw = stapled.error().reason;
      return refused(finding, stapled.error().reason);
    }
    finding = *stapled;
  } else if (is_leaf && certificate.must_staple && policy.must_staple &&
             question_.purpose == Purpose::server_auth) {
    return refused(finding, Reason::staple_missing);
  }
  // RFC 9608 §4: where there is nothing to ask, lists are not asked either.
  if (finding.status == Status::not_known && is_leaf && has_nothing_to_ask(certificate)) {
    finding.source = Source::no_revocation;
    return {.outcome = Outcome::not_applicable, .refusal = std::nullopt, .finding = finding};
  }
  if (finding.status != Status::revoked && question_.lists != nullptr) {
    const RevocationFinding listed =
        ask_lists(path, certificates, certificate, certificates[index + 1]);
    if (finding.status == Status::not_known || listed.status == Status::revoked ||
        listed.flaw == Reason::budget_spent) {
      finding = listed;
    }
  }
  // Whoever makes us spend the budget must not get past the lists by it.
  if (finding.flaw == Reason::budget_spent) {
    return refused(finding, Reason::budget_spent);
  }
  switch (finding.status) {
    case Status::good:
      return {.outcome = Outcome::passed, .refusal = std::nullopt, .finding = finding};
    case Status::revoked: return refused(finding, Reason::certificate_revoked);
    case Status::not_known: break;
  }
  const bool is_demanded = policy.demand == RevocationDemand::hard ||
                           (policy.demand == RevocationDemand::hard_leaf && is_leaf);
  return is_demanded ? refused(finding, Reason::revocation_unknown)
                     : RevocationRuling{Outcome::not_checked, std::nullopt, finding};
}

Result<RevocationFinding> RevocationCheck::ask_staple(const Path& path,
                                                      std::span<const Certificate> certificates,
                                                      std::size_t index) {
  const Place place = path[index];
  const Certificate& issuer = certificates[index + 1];
  const OcspTerms terms = {
      .now = question_.now, .policy = question_.revocation, .nonce = at(question_.nonces, place)};
  const Result<OcspStatement> statement = OcspStatement::check(
      at(question_.staples, place), certificates[index], issuer, terms, budget_);
  if (!statement) {
    return std::unexpected(statement.error());
  }
  // RFC 6960 §4.2.2.2.1: a responder may be revoked too, unless its certificate says otherwise.
  const std::optional<Certificate>& delegate = statement->delegate();
  if (delegate && !delegate->ocsp_no_check && question_.lists != nullptr) {
    const RevocationFinding listed = ask_lists(path, certificates, *delegate, issuer);
    if (listed.status == Status::revoked) {
      return fail(Reason::ocsp_responder_unknown);
    }
    if (listed.flaw == Reason::budget_spent) {
      return fail(Reason::budget_spent);
    }
  }
  return statement->finding();
}

RevocationFinding RevocationCheck::ask_lists(const Path& path,
                                             std::span<const Certificate> certificates,
                                             const Certificate& certificate,
                                             const Certificate& issuer) {
  const CrlTerms terms = {.store = question_.lists->store(),
                          .now = question_.now,
                          .policy = question_.revocation,
                          .anchor_limits = pool_.limits(path.top()),
                          .path_length = question_.path_length};
  return CrlCheck(terms, certificates, &pool_, budget_).judge(certificate, issuer);
}

}  // namespace handfast::x509
