// Raw public keys in the place of certificates: their form, and whom they are trusted as. RFC 7250.
#include "base/limits.h"
#include "der/pem.h"
#include "der/reader.h"
#include "handfast/certificate.h"
#include "handfast/describe.h"
#include "handfast/trust.h"
#include "handfast/verify.h"
#include "x509/algorithm.h"
#include "x509/verify.h"

#include <limits>
#include <optional>
#include <utility>

namespace handfast {

// RFC 9846 §4.5.1: what stands there is "an ASN1_subjectPublicKeyInfo value as defined in
// [RFC7250], Section 3".
Result<Certificate> Certificate::of_raw_key(Bytes public_key_info) {
  if (public_key_info.size() > limits::raw_key) {
    return fail_limit(Reason::raw_key_malformed, limits::raw_key, public_key_info.size());
  }
  Certificate key;
  key.is_raw_key = true;
  key.der = public_key_info;
  key.not_before.seconds = std::numeric_limits<std::int64_t>::min();
  key.not_after.seconds = std::numeric_limits<std::int64_t>::max();
  der::Reader reader(public_key_info);
  x509::read_public_key_info(reader, key);
  return reader.complete() ? Result<Certificate>(key) : fail(Reason::raw_key_malformed);
}

Result<Certificate> Certificate::of_type(CertificateType type, Bytes der) {
  return type == CertificateType::raw_public_key ? of_raw_key(der) : parse(der);
}

Result<KeyPin> key_pin_from_pem(std::string_view pem) {
  der::PemScanner scanner(pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    const bool is_key = block->label == "PUBLIC KEY";
    if (!is_key && block->label != "CERTIFICATE") {
      continue;
    }
    const auto der = der::decode_pem(*block);
    if (!der) {
      return std::unexpected(der.error());
    }
    const auto type = is_key ? CertificateType::raw_public_key : CertificateType::x509;
    const Result<Certificate> key = Certificate::of_type(type, *der);
    return key ? Result<KeyPin>(fingerprint(key->public_key_info)) : std::unexpected(key.error());
  }
  return fail(Reason::pem_malformed);
}

namespace x509 {

Verdict verify_raw_key(Bytes public_key_info, std::shared_ptr<const Trust> trust) {
  Verdict verdict;
  const Trust* const pins = trust.get();
  verdict.keep(std::move(trust));  // and keeps it alive
  const auto refuse = [&verdict](Error error) {
    error.certificate = 0;
    verdict.refuse(error);
  };
  const Result<Certificate> key = Certificate::of_raw_key(public_key_info);
  if (!key) {
    refuse(key.error());
    return verdict;
  }
  verdict.add_to_path(*key);
  // RFC 7250 §6: a raw key says nothing of who has it; that has to be known from elsewhere.
  if (pins == nullptr || !pins->is_pinned(*key)) {
    verdict.add({TrustStep::pin, Outcome::failed, 0, Reason::raw_key_unknown});
    refuse(fail(Reason::raw_key_unknown).error());
    return verdict;
  }
  verdict.add({TrustStep::pin, Outcome::passed, 0, Reason{}});
  const Result<crypto::PublicKey> usable = public_key(*key);
  if (!usable) {
    verdict.add({TrustStep::algorithms, Outcome::failed, 0, usable.error().reason});
    refuse(usable.error());
    return verdict;
  }
  verdict.add({TrustStep::algorithms, Outcome::passed, 0, Reason{}});
  verdict.accept();
  return verdict;
}

}  // namespace x509

}  // namespace handfast
