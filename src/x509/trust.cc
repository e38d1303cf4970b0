#include "handfast/trust.h"

#include "handfast/certificate_set.h"

#include <utility>

namespace handfast {

struct Trust::State {
  std::shared_ptr<const CertificateSet> anchors;
};

Trust::Trust(std::unique_ptr<State> state) : state_(std::move(state)) {}

Trust::~Trust() = default;

Result<std::shared_ptr<const Trust>> Trust::from_pem(std::string_view pem) {
  return make(std::make_unique<State>(CertificateSet::from_pem(pem)));
}

Result<std::shared_ptr<const Trust>>
Trust::from_der(std::vector<std::vector<std::uint8_t>> certificates) {
  return make(std::make_unique<State>(CertificateSet::from_der(std::move(certificates))));
}

Result<std::shared_ptr<const Trust>> Trust::make(std::unique_ptr<State> state) {
  if (state->anchors->size() == 0) {
    return fail(Reason::trust_empty);
  }
  return std::shared_ptr<const Trust>(new Trust(std::move(state)));
}

std::size_t Trust::size() const { return state_->anchors->size(); }

std::size_t Trust::unreadable() const { return state_->anchors->unreadable(); }

const Certificate& Trust::anchor(std::size_t index) const { return state_->anchors->at(index); }

std::span<const std::uint32_t> Trust::find(Bytes subject) const {
  return state_->anchors->find(subject);
}

}  // namespace handfast
