// PEM text: certificates, keys, requests and whole trust sets in it.

#include "fuzz.h"
#include "handfast/credential.h"
#include "handfast/describe.h"
#include "handfast/trust.h"

#include <string_view>

namespace handfast::fuzz {

void feed(Bytes input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const auto certificates = certificates_from_pem(text);
  if (certificates) {
    must(!certificates->empty());
    for (const auto& der : *certificates) {
      const auto again = certificates_from_pem(certificate_to_pem(der));
      must(again && again->size() == 1 && again->front() == der);
    }
  }
  const auto trust = Trust::from_pem(text);
  must(!trust || (*trust)->size() > 0);
  static_cast<void>(SigningKey::from_pem(text).has_value());
}

}  // namespace handfast::fuzz
