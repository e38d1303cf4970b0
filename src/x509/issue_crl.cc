#include "handfast/issue_crl.h"

#include "crypto/signature.h"
#include "der/writer.h"
#include "x509/algorithm.h"
#include "x509/crl.h"
#include "x509/distinguished_name.h"
#include "x509/issue_sign.h"
#include "x509/oids.h"
#include "x509/verify.h"

#include <algorithm>
#include <utility>

namespace handfast {

namespace {

using der::Tag;
using der::Writer;

constexpr std::size_t longest_number = 20;  // RFC 5280 §4.1.2.2, §5.2.3

std::vector<std::uint8_t> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Result<> judge(const CrlOrder& order) {
  const auto is_number = [](Bytes number) {
    return !number.empty() && number.size() <= longest_number + 1;
  };
  const bool has_good_entries =
      std::ranges::all_of(order.revoked, [&](const RevokedCertificate& entry) {
        return is_number(entry.serial) && x509::is_expressible(entry.revoked_at) &&
               (!entry.invalid_since || x509::is_expressible(*entry.invalid_since));
      });
  if (!is_number(order.number) || (order.base_number && !is_number(*order.base_number)) ||
      order.this_update > order.next_update || !x509::is_expressible(order.this_update) ||
      !x509::is_expressible(order.next_update) || !has_good_entries) {
    return fail(Reason::configuration_unsupported);
  }
  return {};
}

// RFC 5280 §5.3.1: "The reason code CRL entry extension SHOULD be absent instead of using the
// unspecified (0) reasonCode value."
void write_entry(Writer& list, const RevokedCertificate& revoked) {
  list.inside(Tag::sequence, [&](Writer& entry) {
    entry.element(Tag::integer, revoked.serial);
    entry.time(revoked.revoked_at);
    const bool has_reason = revoked.reason != RevocationReason::unspecified;
    if (!has_reason && !revoked.invalid_since) {
      return;
    }
    entry.inside(Tag::sequence, [&](Writer& extensions) {
      if (has_reason) {
        x509::write_extension(extensions, x509::oid::crl_reason, false, [&](Writer& value) {
          const std::array<std::uint8_t, 1> number = {std::to_underlying(revoked.reason)};
          value.element(Tag::enumerated, number);
        });
      }
      if (revoked.invalid_since) {
        x509::write_extension(extensions, x509::oid::invalidity_date, false, [&](Writer& value) {
          value.generalized_time(*revoked.invalid_since);
        });
      }
    });
  });
}

void write_number(Writer& extensions, const der::Oid& oid, bool is_critical, Bytes number) {
  x509::write_extension(extensions, oid, is_critical,
                        [&](Writer& value) { value.unsigned_integer(number); });
}

// TBSCertList, RFC 5280 §5.1.
std::vector<std::uint8_t> write_signed_part(const CrlOrder& order, const Issuer& issuer) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& tbs) {
    tbs.small_integer(1);  // v2
    x509::write_signature_algorithm(tbs, issuer.key.kind());
    tbs.raw(issuer.certificate.subject);
    tbs.time(order.this_update);
    tbs.time(order.next_update);
    // "When there are no revoked certificates, the revoked certificates list MUST be absent."
    if (!order.revoked.empty()) {
      tbs.inside(Tag::sequence, [&](Writer& list) {
        for (const RevokedCertificate& revoked : order.revoked) {
          write_entry(list, revoked);
        }
      });
    }
    tbs.inside(der::context_constructed(0), [&](Writer& field) {
      field.inside(Tag::sequence, [&](Writer& extensions) {
        x509::write_authority_key_id(extensions, issuer.certificate.subject_key_id);
        write_number(extensions, x509::oid::crl_number, false, order.number);
        if (order.base_number) {
          write_number(extensions, x509::oid::delta_crl_indicator, true, *order.base_number);
        }
      });
    });
  });
  return writer.take();
}

RevocationList contents_of(const x509::Crl& crl) {
  RevocationList list;
  list.issuer = copy_of(crl.issuer);
  list.signature_algorithm = crl.signature_algorithm;
  list.order.number = copy_of(crl.number);
  if (crl.base_number) {
    list.order.base_number = copy_of(*crl.base_number);
  }
  list.order.this_update = crl.this_update;
  list.order.next_update = crl.next_update.value_or(UnixTime{});
  x509::CrlEntries entries(crl);
  while (const std::optional<x509::CrlEntry> entry = entries.next()) {
    list.order.revoked.push_back({.serial = copy_of(entry->serial),
                                  .revoked_at = entry->revoked_at,
                                  .reason = entry->reason,
                                  .invalid_since = entry->invalidity_date});
  }
  return list;
}

}  // namespace

Result<std::vector<std::uint8_t>> issue_crl(const CrlOrder& order, const Issuer& issuer) {
  if (const Result<> judged = judge(order); !judged) {
    return std::unexpected(judged.error());
  }
  if (!der::equal(issuer.certificate.public_key_info, issuer.key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  return x509::sign_document(write_signed_part(order, issuer), issuer.key);
}

Result<RevocationList> read_crl(Bytes der) {
  const Result<x509::Crl> crl = x509::Crl::parse(der);
  if (!crl) {
    return std::unexpected(crl.error());
  }
  return contents_of(*crl);
}

Result<RevocationList> read_crl(Bytes der, const Certificate& issuer) {
  const Result<x509::Crl> crl = x509::Crl::parse(der);
  if (!crl) {
    return std::unexpected(crl.error());
  }
  const bool is_whole =
      !crl->base_number && !crl->distribution_point && !crl->unknown_critical_extension;
  if (!is_whole || !x509::same_name(crl->issuer, issuer.subject)) {
    return fail(Reason::crl_out_of_scope);
  }
  const std::optional<crypto::SignatureAlgorithm> algorithm =
      x509::provider_algorithm(crl->signature_algorithm);
  const Result<crypto::PublicKey> key = x509::public_key(issuer);
  if (!algorithm || !key || !key->verify(*algorithm, crl->signed_part, crl->signature)) {
    return fail(Reason::crl_signature_invalid);
  }
  return contents_of(*crl);
}

std::vector<std::uint8_t> next_crl_number(Bytes number) {
  std::vector<std::uint8_t> next = copy_of(number);
  for (std::size_t i = next.size(); i-- > 0;) {
    if (++next[i] != 0) {
      return next;
    }
  }
  next.insert(next.begin(), 1);
  return next;
}

}  // namespace handfast
