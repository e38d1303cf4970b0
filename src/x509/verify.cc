#include "x509/verify.h"

#include "der/reader.h"
#include "x509/path.h"
#include "x509/path_check.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

// The best of the paths that were refused.
struct Candidate {
  Path path;
  Judgement judgement;
};

// A path whose anchor has the right name but another key ends at nobody known: its signature does
// not fit, and the key identifiers differ too, or what stands below signed itself. So does a
// self-issued leaf under an anchor of its name that is not the leaf itself.
bool leads_to_stranger(const Pool& pool, const Candidate& candidate) {
  const Path& path = candidate.path;
  if (!is_anchor(path.top())) {
    return false;
  }
  if (path.size() == 2 && pool.at(path[0]).is_self_issued()) {
    return true;
  }
  const Certificate& below = pool.at(path[path.size() - 2]);
  const Bytes wanted = below.authority_key_id;
  const bool is_other_key =
      !wanted.empty() && !der::equal(wanted, pool.at(path.top()).subject_key_id);
  return candidate.judgement.error->reason == Reason::certificate_signature_invalid &&
         (is_other_key || below.is_self_issued());
}

const Path& longer(const Path& a, const Path& b) { return b.size() > a.size() ? b : a; }

// Fewer failures tell more; a signature that does not fit tells least, since such a path may never
// have been meant.
bool tells_more(const Candidate& a, const Candidate& b) {
  const auto weight = [](const Candidate& candidate) {
    return candidate.judgement.failures +
           (candidate.judgement.error->reason == Reason::certificate_signature_invalid ? 100U : 0U);
  };
  return weight(a) < weight(b);
}

// What to say where no path reaches an anchor. Nothing in a certificate tells a private root from
// an intermediate that the server forgot; so the top of the longest piece decides:
// - the leaf itself, signed by itself: self-signed;
// - the leaf itself, while a certificate that was sent cannot be read: that one's flaw, as it may
// be the issuer;
// - the leaf itself, while an anchor has its issuer's name (but another key): the authority is
// unknown;
// - the leaf itself: its issuer was not sent. A server has to send what leads to a root (RFC 9846
// §4.5.1), so the intermediate is missing; should the issuer be a private root, it is true all the
// same that it was not sent;
// - an authority: servers leave out the root, so it is unknown.
Reason telling_reason(const Pool& pool, const Path& piece) {
  const Certificate& top = pool.at(piece.top());
  if (piece.size() > 1) {
    return Reason::certificate_authority_unknown;
  }
  if (top.is_self_issued()) {
    return Reason::certificate_self_signed;
  }
  for (Place place = leaf_place + 1; place < pool.size(); ++place) {
    if (pool.flaw(place)) {
      return *pool.flaw(place);
    }
  }
  return pool.anchors(top.issuer).empty() ? Reason::certificate_intermediate_missing
                                          : Reason::certificate_authority_unknown;
}

void refuse(Verdict& verdict, Reason reason, std::int8_t certificate) {
  Error error = fail(reason).error();
  error.certificate = certificate;
  verdict.refuse(error);
}

// Tries path after path until one is good; else says the most telling thing of what was found.
void decide(const Question& question, const Pool& pool, Verdict& verdict) {
  Budget budget;
  SignatureMemo memo(question.trust != nullptr ? question.trust->known_signatures() : nullptr);
  PathSearch search(pool, memo, question.now, budget, verdict);
  PathCheck check(question, pool, memo, budget, verdict);
  std::optional<Candidate> best;
  Path piece;  // the longest that came to no anchor, or to a stranger
  while (const std::optional<Path> path = search.next()) {
    const Candidate candidate{*path, check.judge(*path)};
    if (candidate.judgement.is_good()) {
      verdict.accept();
      memo.keep_known();
      return;
    }
    verdict.add(path->attempt(candidate.judgement.error->reason));
    search.abandon(candidate.judgement.doomed);
    if (leads_to_stranger(pool, candidate)) {
      piece = longer(piece, path->without_top());
    } else if (!best || tells_more(candidate, *best)) {
      best = candidate;
    }
  }
  piece = longer(piece, search.longest_dead_end());
  const Reason no_anchor = search.is_spent() ? Reason::budget_spent : telling_reason(pool, piece);
  // Once more, for the checks that the verdict shows; the signatures that it takes are in the memo.
  const Judgement judgement = check.judge(best ? best->path : piece, no_anchor);
  verdict.refuse(*judgement.error);
}

}  // namespace

Verdict verify(const Question& question) {
  Verdict verdict;
  verdict.keep(question.trust);
  verdict.keep(question.lists);
  verdict.keep(question.intermediates);
  if (!question.sct_lists.empty()) {
    verdict.note_sct_list(question.sct_lists.front());
  }
  if (question.chain.empty()) {
    refuse(verdict, Reason::certificate_list_empty, -1);
    return verdict;
  }
  if (question.chain.size() > limits::certificates_in_message) {
    refuse(verdict, Reason::certificate_list_too_long, -1);
    return verdict;
  }
  const Pool pool(question.chain, question.intermediates.get(), question.trust.get());
  if (pool.flaw(0)) {
    refuse(verdict, *pool.flaw(0), 0);
    return verdict;
  }
  decide(question, pool, verdict);
  return verdict;
}

}  // namespace handfast::x509
