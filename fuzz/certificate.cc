// A certificate: parsed, and everything that is told of it.

#include "handfast/certificate.h"

#include "fuzz.h"
#include "handfast/describe.h"
#include "handfast/transparency.h"
#include "x509/distinguished_name.h"
#include "x509/verify.h"

namespace handfast::fuzz {

namespace {

bool lies_in(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

void feed(Bytes input) {
  const Result<Certificate> certificate = Certificate::parse(input);
  if (!certificate) {
    return;
  }
  for (const Bytes part : {certificate->signed_part, certificate->issuer, certificate->subject,
                           certificate->public_key, certificate->signature,
                           certificate->subject_alt_name, certificate->certificate_policies}) {
    must(lies_in(part, input));
  }
  must(!certificate->label().empty() || certificate->subject_alt_name.empty());
  must(x509::same_name(certificate->subject, certificate->subject));
  must(Certificate::name_text(certificate->issuer).find('\x1b') == std::string::npos);
  for (const std::string& name : alt_name_texts(*certificate)) {
    must(name.find('\n') == std::string::npos);
  }
  must(!key_text(*certificate).empty());
  static_cast<void>(name_constraint_texts(*certificate));
  static_cast<void>(key_usage_texts(*certificate));
  static_cast<void>(extended_key_usage_texts(*certificate));
  static_cast<void>(read_timestamps(certificate->signed_certificate_timestamps).has_value());
  static_cast<void>(x509::public_key(*certificate).has_value());
}

}  // namespace handfast::fuzz
