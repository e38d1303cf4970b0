#include "handfast/ocsp_responder.h"

#include "handfast/cert_crl.h"
#include "handfast/cert_text.h"
#include "handfast/issue_ocsp.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace handfast::ocsp {

namespace {

Reply refusal(OcspRefusal status, std::string said) {
  return {.der = ocsp_refusal(status), .said = std::move(said), .fresh_for = std::nullopt};
}

std::string_view name(OcspAnswer::Status status) {
  switch (status) {
    case OcspAnswer::Status::good: return "good";
    case OcspAnswer::Status::revoked: return "revoked";
    case OcspAnswer::Status::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace

Responder::Responder(const Parties& parties, std::string list_path, std::string issuer_path)
    : parties_(parties), list_path_(std::move(list_path)), issuer_path_(std::move(issuer_path)) {}

Reply Responder::answer(Bytes question, UnixTime now) {
  const auto request = OcspRequest::parse(question);
  if (!request) {
    return refusal(OcspRefusal::malformed_request, "malformed");
  }
  const auto is_ours = [&](const OcspCertificateId& id) {
    return id.is_issued_by(parties_.issuer);
  };
  if (std::ranges::none_of(request->asked, is_ours)) {
    return refusal(OcspRefusal::unauthorized, "of another authority");
  }
  const std::scoped_lock lock(mutex_);
  refresh();
  if (!list_ || list_->order.next_update < now) {
    return refusal(OcspRefusal::try_later, "the list is too old, or cannot be read");
  }
  std::vector<OcspAnswer> answers;
  std::string said;
  for (const OcspCertificateId& id : request->asked) {
    OcspAnswer answer = cert::answer_from(*list_, id.der, id.serial);
    if (!is_ours(id)) {
      answer.status = OcspAnswer::Status::unknown;
    }
    said += fmt::format("{}{}: {}", said.empty() ? "" : ", ", cert::hex(id.serial),
                        name(answer.status));
    answers.push_back(answer);
  }
  auto made = issue_ocsp_response(
      answers, request->nonce, now,
      {.certificate = parties_.signer, .key = parties_.key, .is_delegated = parties_.is_delegated});
  if (!made) {
    return refusal(OcspRefusal::internal_error, std::string(made.error().text()));
  }
  const bool is_for_all = request->nonce.empty();
  return {.der = std::move(*made),
          .said = std::move(said),
          .fresh_for = is_for_all ? std::optional(list_->order.next_update.seconds - now.seconds)
                                  : std::nullopt};
}

std::optional<Responder::Stamp> Responder::stamp() const {
  struct stat status{};
  if (::stat(list_path_.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return Stamp{.seconds = status.st_mtim.tv_sec,
               .nanoseconds = status.st_mtim.tv_nsec,
               .number = status.st_ino,
               .size = status.st_size};
}

void Responder::refresh() {
  const auto current = stamp();
  if (current && current == stamp_ && list_) {
    return;
  }
  stamp_ = current;
  auto loaded = cert::load_crl(list_path_, parties_.issuer, issuer_path_);
  list_.reset();
  if (loaded && *loaded) {
    list_ = std::move((*loaded)->list);
  }
}

}  // namespace handfast::ocsp
