#include "handfast/trust.h"

#include "crypto/parts_digest.h"
#include "der/reader.h"
#include "der/writer.h"
#include "handfast/certificate_set.h"
#include "handfast/describe.h"
#include "x509/issue_names.h"
#include "x509/known_signatures.h"
#include "x509/oids.h"

#include <algorithm>
#include <utility>

namespace handfast {

namespace {

// Our own limits of one anchor, written as the extensions of a certificate, so that they are
// checked as those are.
struct Limits {
  std::vector<std::uint8_t> name_constraints;
  std::vector<std::uint8_t> extended_key_usage;
  Certificate certificate;  // views into both
};

Result<std::unique_ptr<const Limits>> limits_of(const LimitedAnchor& anchor) {
  auto limits = std::make_unique<Limits>();
  Certificate& certificate = limits->certificate;
  certificate.basic_constraints = {.is_authority = true, .path_length = anchor.path_length};
  if (!anchor.permitted_names.empty() || !anchor.excluded_names.empty()) {
    der::Writer writer;
    const Result<> written =
        x509::write_name_constraints(writer, anchor.permitted_names, anchor.excluded_names);
    if (!written) {
      return std::unexpected(written.error());
    }
    limits->name_constraints = writer.take();
    certificate.name_constraints = limits->name_constraints;
    certificate.name_constraints_present = true;
  }
  if (!anchor.server_auth || !anchor.client_auth) {
    der::Writer writer;
    if (anchor.server_auth) {
      writer.object_identifier(x509::oid::server_auth);
    }
    if (anchor.client_auth) {
      writer.object_identifier(x509::oid::client_auth);
    }
    if (writer.bytes().empty()) {
      // An anchor for nothing: a purpose that nobody asks for says so.
      writer.object_identifier(x509::oid::ocsp_signing);
    }
    limits->extended_key_usage = writer.take();
    certificate.extended_key_usage = limits->extended_key_usage;
  }
  return limits;
}

}  // namespace

struct Trust::State {
  std::shared_ptr<const CertificateSet> anchors;
  std::vector<std::unique_ptr<const Limits>> limits = {};  // of the n-th anchor; none at all: empty
  std::vector<KeyPin> certificates = {};                   // fingerprints of leaves, ascending
  std::vector<KeyPin> keys = {};                           // ascending
  std::array<std::uint8_t, 32> digest = {};
  std::unique_ptr<x509::KnownSignatures> known = {};  // nullptr: nothing is remembered

  [[nodiscard]] std::array<std::uint8_t, 32> digest_of_all() const {
    crypto::PartsDigest parts;
    parts.number(anchors->size());
    parts.number(limits.size());
    for (std::size_t i = 0; i < anchors->size(); ++i) {
      parts.add(anchors->at(i).der);
      if (!limits.empty()) {
        const auto& path_length = limits[i]->certificate.basic_constraints->path_length;
        parts.number(path_length.has_value() ? 1 : 0);
        parts.number(path_length.value_or(0));
        parts.add(limits[i]->name_constraints);
        parts.add(limits[i]->extended_key_usage);
      }
    }
    for (const std::vector<KeyPin>* pins : {&certificates, &keys}) {
      parts.number(pins->size());
      for (const KeyPin& pin : *pins) {
        parts.add(pin);
      }
    }
    return parts.finish();
  }
};

Trust::Trust(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->digest = state_->digest_of_all();
}

Trust::~Trust() = default;

Result<std::shared_ptr<const Trust>> Trust::from_pem(std::string_view pem) {
  return of_anchors(std::make_unique<State>(CertificateSet::from_pem(pem)));
}

Result<std::shared_ptr<const Trust>>
Trust::from_der(std::vector<std::vector<std::uint8_t>> certificates) {
  return of_anchors(std::make_unique<State>(CertificateSet::from_der(std::move(certificates))));
}

Result<std::shared_ptr<const Trust>> Trust::make(TrustSources sources) {
  auto state = std::make_unique<State>();
  std::vector<std::vector<std::uint8_t>> ders;
  for (LimitedAnchor& anchor : sources.anchors) {
    const Result<Certificate> parsed = Certificate::parse(anchor.certificate);
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
    Result<std::unique_ptr<const Limits>> limits = limits_of(anchor);
    if (!limits) {
      return std::unexpected(limits.error());
    }
    state->limits.push_back(*std::move(limits));
    ders.push_back(std::move(anchor.certificate));
  }
  for (const std::vector<std::uint8_t>& der : sources.certificates) {
    const Result<Certificate> parsed = Certificate::parse(der);
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
    state->certificates.push_back(fingerprint(der));
  }
  state->keys = std::move(sources.keys);
  if (sources.remember_signatures) {
    state->known = std::make_unique<x509::KnownSignatures>();
  }
  state->anchors = CertificateSet::from_der(std::move(ders));
  std::ranges::sort(state->certificates);
  std::ranges::sort(state->keys);
  if (state->anchors->size() != state->limits.size() ||
      (state->limits.empty() && state->certificates.empty() && state->keys.empty())) {
    return fail(Reason::trust_empty);
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(state)));
}

Result<std::shared_ptr<const Trust>> Trust::of_anchors(std::unique_ptr<State> state) {
  if (state->anchors->size() == 0) {
    return fail(Reason::trust_empty);
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(state)));
}

std::size_t Trust::size() const { return state_->anchors->size(); }

const std::array<std::uint8_t, 32>& Trust::digest() const { return state_->digest; }

std::size_t Trust::unreadable() const { return state_->anchors->unreadable(); }

const Certificate& Trust::anchor(std::size_t index) const { return state_->anchors->at(index); }

std::span<const std::uint32_t> Trust::find(Bytes subject) const {
  return state_->anchors->find(subject);
}

const Certificate* Trust::limits(std::size_t index) const {
  return state_->limits.empty() ? nullptr : &state_->limits[index]->certificate;
}

x509::KnownSignatures* Trust::known_signatures() const { return state_->known.get(); }

bool Trust::has_pins() const { return !state_->certificates.empty() || !state_->keys.empty(); }

// RFC 5280 has no word for it, but people put a server's own certificate among the anchors, and
// mean exactly this one.
bool Trust::is_pinned(const Certificate& leaf) const {
  const auto has_pinned_key = [&] {
    return !state_->keys.empty() &&
           std::ranges::binary_search(state_->keys, fingerprint(leaf.public_key_info));
  };
  if (leaf.is_raw_key) {
    return has_pinned_key();
  }
  const auto is_leaf = [&](std::uint32_t index) { return der::equal(anchor(index).der, leaf.der); };
  if (state_->limits.empty() && std::ranges::any_of(find(leaf.subject), is_leaf)) {
    return true;
  }
  return (!state_->certificates.empty() &&
          std::ranges::binary_search(state_->certificates, fingerprint(leaf.der))) ||
         has_pinned_key();
}

}  // namespace handfast
