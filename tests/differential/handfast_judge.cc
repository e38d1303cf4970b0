#include "differential/judges.h"
#include "handfast/error.h"
#include "handfast/verify.h"

namespace handfast::differential {

Answer ask_handfast(const Case& question) {
  const std::vector<Bytes> chain(question.chain.begin(), question.chain.end());
  const auto trust = Trust::from_der(question.anchors);
  const auto name = ServerName::parse(question.name);
  if (!trust || !name) {
    return {.is_accepted = false, .why = "the question cannot be asked"};
  }
  const Verdict verdict =
      x509::verify({.chain = chain, .trust = *trust, .name = &*name, .now = now});
  return {.is_accepted = verdict.is_trusted(),
          .why = verdict.error() ? std::string(verdict.error()->fault().code) : std::string()};
}

}  // namespace handfast::differential
