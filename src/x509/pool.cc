#include "x509/pool.h"

#include "x509/distinguished_name.h"

#include <algorithm>

namespace handfast::x509 {

Pool::Pool(std::span<const Bytes> chain, const CertificateSet* known, const Trust* trust)
    : known_(known), trust_(trust) {
  for (const Bytes der : chain.first(std::min(chain.size(), sent_.size()))) {
    const Result<Certificate> certificate = Certificate::parse(der);
    if (certificate) {
      sent_[index(size_)] = *certificate;
      subject_hashes_[index(size_)] = hash_name(certificate->subject);
    } else {
      flaws_[index(size_)] = certificate.error().reason;
    }
    ++size_;
  }
}

const Certificate& Pool::at(Place place) const {
  if (is_anchor(place)) {
    return trust_->anchor(static_cast<std::size_t>(-2 - place));
  }
  return is_sent(place) ? sent_[index(place)] : known_->at(index(place) - first_known_place);
}

std::span<const std::uint32_t> Pool::anchors(Bytes subject) const {
  return trust_ != nullptr ? trust_->find(subject) : std::span<const std::uint32_t>{};
}

const Certificate* Pool::limits(Place place) const {
  return is_anchor(place) && trust_ != nullptr
             ? trust_->limits(static_cast<std::size_t>(-2 - place))
             : nullptr;
}

bool Pool::is_pinned(const Certificate& leaf) const {
  return trust_ != nullptr && trust_->is_pinned(leaf);
}

std::span<const std::uint32_t> Pool::known(Bytes subject) const {
  return known_ != nullptr ? known_->find(subject) : std::span<const std::uint32_t>{};
}

}  // namespace handfast::x509
