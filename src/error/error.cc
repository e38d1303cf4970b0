#include "handfast/error.h"

#include "error/faults.h"

namespace handfast {

const Fault& fault_of(Reason reason) {
  const auto row = static_cast<std::size_t>(std::to_underlying(reason));
  return faults[row < faults.size() ? row : 0];
}

std::span<const Fault> all_faults() { return faults; }

Alert Error::alert12() const {
  switch (const Alert alert = fault().alert) {
    case Alert::missing_extension:
    case Alert::certificate_required: return Alert::handshake_failure;
    case Alert::general_error: return Alert::internal_error;
    default: return alert;
  }
}

Who Error::stopped_by() const {
  switch (reason) {
    case Reason::alert_received:
    case Reason::truncated:
    case Reason::starttls_closed:
    case Reason::closed_in_handshake: return Who::peer;
    default: break;
  }
  const Who at_fault = fault().who;
  return at_fault == Who::peer ? Who::us : at_fault;
}

}  // namespace handfast
