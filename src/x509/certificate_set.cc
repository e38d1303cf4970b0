#include "handfast/certificate_set.h"

#include "base/limits.h"
#include "der/pem.h"
#include "x509/distinguished_name.h"

#include <algorithm>
#include <utility>

namespace handfast {

struct CertificateSet::State {
  std::vector<std::vector<std::uint8_t>> ders;
  std::vector<Certificate> certificates;  // views into `ders`
  std::vector<std::uint64_t> hashes;  // of the certificates' subjects, in the order of `by_subject`
  std::vector<std::uint32_t> by_subject;  // indices: equal subjects stand together, by hash
  std::size_t unreadable = 0;

  void add(std::vector<std::uint8_t> der);
  void sort();
};

void CertificateSet::State::add(std::vector<std::uint8_t> der) {
  // Moving the vector afterwards does not move the bytes that the views lie in.
  const Result<Certificate> certificate = Certificate::parse(der);
  if (!certificate || certificates.size() == limits::certificates_in_set) {
    ++unreadable;
    return;
  }
  ders.push_back(std::move(der));
  certificates.push_back(*certificate);
}

void CertificateSet::State::sort() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;  // hash and index
  entries.reserve(certificates.size());
  for (const Certificate& certificate : certificates) {
    entries.emplace_back(x509::hash_name(certificate.subject),
                         static_cast<std::uint32_t>(entries.size()));
  }
  std::ranges::sort(entries);
  // Different names of one hash are next to impossible; still, equal ones have to stand together.
  for (auto first = entries.begin(); first != entries.end();) {
    const auto [hash, index] = *first;
    const auto last =
        std::find_if(first, entries.end(), [&](const auto& entry) { return entry.first != hash; });
    first = std::partition(first, last, [&](const auto& entry) {
      return x509::same_name(certificates[entry.second].subject, certificates[index].subject);
    });
  }
  for (const auto& [hash, index] : entries) {
    hashes.push_back(hash);
    by_subject.push_back(index);
  }
}

CertificateSet::CertificateSet(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->sort();
}

CertificateSet::~CertificateSet() = default;

std::shared_ptr<const CertificateSet> CertificateSet::from_pem(std::string_view pem) {
  auto state = std::make_unique<State>();
  der::PemScanner scanner(pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label != "CERTIFICATE") {
      continue;
    }
    Result<std::vector<std::uint8_t>> der = der::decode_pem(*block);
    if (der) {
      state->add(*std::move(der));
    } else {
      ++state->unreadable;
    }
  }
  return std::shared_ptr<const CertificateSet>(new CertificateSet(std::move(state)));
}

std::shared_ptr<const CertificateSet>
CertificateSet::from_der(std::vector<std::vector<std::uint8_t>> certificates) {
  auto state = std::make_unique<State>();
  for (std::vector<std::uint8_t>& der : certificates) {
    state->add(std::move(der));
  }
  return std::shared_ptr<const CertificateSet>(new CertificateSet(std::move(state)));
}

std::size_t CertificateSet::size() const { return state_->certificates.size(); }

std::size_t CertificateSet::unreadable() const { return state_->unreadable; }

const Certificate& CertificateSet::at(std::size_t index) const {
  return state_->certificates[index];
}

std::span<const std::uint32_t> CertificateSet::find(Bytes subject) const {
  const auto [first, last] = std::ranges::equal_range(state_->hashes, x509::hash_name(subject));
  const auto offset = [&](auto at) {
    return static_cast<std::size_t>(at - state_->hashes.begin());
  };
  std::span<const std::uint32_t> found =
      std::span(state_->by_subject).subspan(offset(first), offset(last) - offset(first));
  const auto is_other = [&](std::uint32_t index) {
    return !x509::same_name(at(index).subject, subject);
  };
  while (!found.empty() && is_other(found.front())) {
    found = found.subspan(1);
  }
  const auto end = std::ranges::find_if(found, is_other);
  return found.first(static_cast<std::size_t>(end - found.begin()));
}

}  // namespace handfast
