// PKCS#12 and PKCS#7, and requests: files that people are sent.

#include "fuzz.h"
#include "handfast/container.h"
#include "handfast/request.h"

#include <vector>

namespace handfast::fuzz {

void feed(Bytes input) {
  const auto store = read_pkcs12(input, "password");
  must(!store || is_pkcs12(input));
  const auto bag = read_pkcs7(input);
  if (bag) {
    const std::vector<Bytes> certificates(bag->begin(), bag->end());
    const auto again = read_pkcs7(write_pkcs7(certificates));
    must(again && again->size() == bag->size());
  }
  const auto request = CertificateRequest::parse(input);
  must(!request || !request->wanted.public_key_info.empty());
}

}  // namespace handfast::fuzz
