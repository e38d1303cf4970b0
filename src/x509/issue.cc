#include "handfast/issue.h"

#include "der/writer.h"
#include "x509/issue_extensions.h"
#include "x509/issue_names.h"
#include "x509/issue_sign.h"

#include <array>
#include <optional>

namespace handfast {

namespace {

using der::Tag;
using der::Writer;

// What the functions below share.
struct Draft {
  const CertificateOrder& order;
  Bytes subject;  // Name
  Bytes public_key_info;
  Bytes issuer;  // Name
  x509::Keys keys;
};

// TBSCertificate, RFC 5280 §4.1.
Result<std::vector<std::uint8_t>> write_signed_part(const Draft& draft, CertificateKey signer) {
  const Result<std::array<std::uint8_t, 16>> serial = x509::random_serial();
  if (!serial) {
    return std::unexpected(serial.error());
  }
  Result<> written;
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& tbs) {
    tbs.inside(der::context_constructed(0), [](Writer& version) { version.small_integer(2); });
    tbs.unsigned_integer(*serial);
    x509::write_signature_algorithm(tbs, signer);
    tbs.raw(draft.issuer);
    tbs.inside(Tag::sequence, [&](Writer& validity) {
      validity.time(draft.order.not_before);
      validity.time(draft.order.not_after);
    });
    tbs.raw(draft.subject);
    tbs.raw(draft.public_key_info);
    tbs.inside(der::context_constructed(3), [&](Writer& field) {
      field.inside(Tag::sequence, [&](Writer& extensions) {
        written = x509::write_extensions(extensions, draft.order, draft.keys);
      });
    });
  });
  if (!written) {
    return std::unexpected(written.error());
  }
  return writer.take();
}

Result<> judge(const CertificateOrder& order) {
  if (!x509::has_subject(order) && order.names.empty()) {
    return fail(Reason::configuration_empty);
  }
  if (order.not_before > order.not_after || !x509::is_expressible(order.not_before) ||
      !x509::is_expressible(order.not_after)) {
    return fail(Reason::configuration_unsupported);
  }
  return {};
}

Result<std::vector<std::uint8_t>> sign(const Draft& draft, const SigningKey& key) {
  const Result<std::vector<std::uint8_t>> signed_part = write_signed_part(draft, key.kind());
  if (!signed_part) {
    return std::unexpected(signed_part.error());
  }
  return x509::sign_document(*signed_part, key);
}

}  // namespace

Result<std::vector<std::uint8_t>> issue(const CertificateOrder& order, Bytes public_key_info,
                                        const Issuer& issuer) {
  if (const Result<> judged = judge(order); !judged) {
    return std::unexpected(judged.error());
  }
  const std::optional<x509::KeyId> key_id = x509::key_id_of(public_key_info);
  if (!key_id) {
    return fail(Reason::key_malformed);
  }
  if (!der::equal(issuer.certificate.public_key_info, issuer.key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  const Result<std::vector<std::uint8_t>> subject = x509::subject_of(order);
  if (!subject) {
    return std::unexpected(subject.error());
  }
  return sign({.order = order,
               .subject = *subject,
               .public_key_info = public_key_info,
               .issuer = issuer.certificate.subject,
               .keys = {.subject_id = *key_id, .issuer_id = issuer.certificate.subject_key_id}},
              issuer.key);
}

Result<std::vector<std::uint8_t>> issue_self_signed(const CertificateOrder& order,
                                                    const SigningKey& key) {
  if (const Result<> judged = judge(order); !judged) {
    return std::unexpected(judged.error());
  }
  if (!x509::has_subject(order)) {
    return fail(Reason::configuration_empty);
  }
  const std::optional<x509::KeyId> key_id = x509::key_id_of(key.public_key_info());
  if (!key_id) {
    return fail(Reason::key_malformed);
  }
  const Result<std::vector<std::uint8_t>> name = x509::subject_of(order);
  if (!name) {
    return std::unexpected(name.error());
  }
  // RFC 5280 §4.2.1.1: a self-signed certificate may leave out the authority's key identifier,
  // which is its own.
  return sign({.order = order,
               .subject = *name,
               .public_key_info = key.public_key_info(),
               .issuer = *name,
               .keys = {.subject_id = *key_id, .issuer_id = {}}},
              key);
}

}  // namespace handfast
