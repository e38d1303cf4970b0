#include "x509/ocsp.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/sha1.h"
#include "der/reader.h"
#include "x509/algorithm.h"
#include "x509/crl_check.h"
#include "x509/distinguished_name.h"
#include "x509/extension_list.h"
#include "x509/oids.h"
#include "x509/path.h"
#include "x509/signature.h"

#include <algorithm>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

// BasicOCSPResponse, RFC 6960 §4.2.1.
struct BasicResponse {
  Signed by_responder;
  Bytes certificates;        // content of the SEQUENCE OF Certificate
  Bytes responder_name;      // one of both
  Bytes responder_key_hash;  // SHA-1 of the key's BIT STRING
  UnixTime produced_at;
  Bytes responses;  // content of the SEQUENCE OF SingleResponse
  bool unknown_critical_extension = false;
  Bytes nonce;
};

enum class CertStatus : std::uint8_t { good, unknown, revoked };  // the worse the higher

struct SingleResponse {
  Bytes hash_algorithm;  // an OBJECT IDENTIFIER
  Bytes issuer_name_hash;
  Bytes issuer_key_hash;
  Bytes serial;
  CertStatus status = CertStatus::unknown;
  std::optional<UnixTime> revoked_at;
  std::optional<RevocationReason> reason;
  UnixTime this_update;
  std::optional<UnixTime> next_update;
  bool unknown_critical_extension = false;
  Bytes signed_certificate_timestamps;
};

UnixTime read_time(Reader& reader) {
  reader.require(reader.peek() == Tag::generalized_time);
  return reader.time();
}

std::uint32_t read_enumerated(Reader& reader) {
  return reader.small_integer(0xff, Tag::enumerated);
}

// CertID.
void read_certificate_id(Reader& fields, SingleResponse& single) {
  fields.inside(Tag::sequence, [&](Reader& id) {
    id.inside(Tag::sequence, [&](Reader& algorithm) {
      single.hash_algorithm = algorithm.object_identifier();
      if (const std::optional<Bytes> null = algorithm.read_if(Tag::null)) {
        algorithm.require(null->empty());
      }
    });
    single.issuer_name_hash = id.read(Tag::octet_string);
    single.issuer_key_hash = id.read(Tag::octet_string);
    single.serial = id.integer();
  });
}

// CertStatus.
void read_status(Reader& fields, SingleResponse& single) {
  if (const std::optional<Bytes> good = fields.read_if(der::context(0))) {
    fields.require(good->empty());
    single.status = CertStatus::good;
    return;
  }
  if (const std::optional<Bytes> unknown = fields.read_if(der::context(2))) {
    fields.require(unknown->empty());
    single.status = CertStatus::unknown;
    return;
  }
  single.status = CertStatus::revoked;
  fields.inside(der::context_constructed(1), [&](Reader& revoked) {
    single.revoked_at = read_time(revoked);
    revoked.inside_if(der::context_constructed(0), [&](Reader& field) {
      const std::uint32_t number = read_enumerated(field);
      field.require(number <= 10 && number != 7);
      single.reason = static_cast<RevocationReason>(number);
    });
  });
}

SingleResponse read_single_response(Reader& responses) {
  SingleResponse single;
  responses.inside(Tag::sequence, [&](Reader& fields) {
    read_certificate_id(fields, single);
    read_status(fields, single);
    single.this_update = read_time(fields);
    fields.inside_if(der::context_constructed(0), [&](Reader& field) {
      single.next_update = read_time(field);
      field.require(*single.next_update >= single.this_update);
    });
    fields.inside_if(der::context_constructed(1), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& list) {
        single.unknown_critical_extension = read_extension_list(list, [&](Bytes id, Reader& value) {
          if (oid::ocsp_certificate_timestamps == id) {
            single.signed_certificate_timestamps = value.read(Tag::octet_string);
            return true;
          }
          return pass_over(value);
        });
      });
    });
  });
  return single;
}

void read_responder_id(Reader& data, BasicResponse& response) {
  if (data.inside_if(der::context_constructed(1),
                     [&](Reader& name) { response.responder_name = read_name(name); })) {
    return;
  }
  data.inside(der::context_constructed(2), [&](Reader& key_hash) {
    response.responder_key_hash = key_hash.read(Tag::octet_string);
    key_hash.require(response.responder_key_hash.size() == crypto::Sha1Digest{}.size());
  });
}

// ResponseData.
void read_response_data(Reader& data, BasicResponse& response) {
  data.inside_if(der::context_constructed(0), [](Reader& version) {
    // Version 1, the default: X.690 §11.5 wants it left out, and responders write it.
    version.require(version.small_integer(0xff) == 0);
  });
  read_responder_id(data, response);
  response.produced_at = read_time(data);
  data.inside(Tag::sequence, [&](Reader& responses) {
    response.responses = responses.rest();
    for (std::size_t count = 0; !responses.at_end(); ++count) {
      responses.require(count < limits::ocsp_responses);
      read_single_response(responses);
    }
  });
  data.inside_if(der::context_constructed(1), [&](Reader& field) {
    field.inside(Tag::sequence, [&](Reader& list) {
      response.unknown_critical_extension = read_extension_list(list, [&](Bytes id, Reader& value) {
        if (oid::ocsp_nonce == id) {
          response.nonce = value.read(Tag::octet_string);
          return true;
        }
        return pass_over(value);
      });
    });
  });
}

Result<BasicResponse> read_basic_response(Bytes der) {
  BasicResponse response;
  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    response.by_responder.part = outer.whole(Tag::sequence);
    Reader part(response.by_responder.part);
    part.inside(Tag::sequence, [&](Reader& data) { read_response_data(data, response); });
    outer.require(part.complete());
    const der::Element algorithm = outer.any();
    outer.require(algorithm.tag == Tag::sequence);
    response.by_responder.algorithm = signature_algorithm(algorithm.content);
    response.by_responder.signature = outer.octets_in_bit_string();
    outer.inside_if(der::context_constructed(0), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& certificates) {
        response.certificates = certificates.rest();
        for (std::size_t count = 0; !certificates.at_end(); ++count) {
          certificates.require(count < limits::ocsp_certificates);
          certificates.any();
        }
      });
    });
  });
  if (!reader.complete()) {
    return fail(Reason::ocsp_malformed);
  }
  return response;
}

// OCSPResponse.
Result<BasicResponse> read_response(Bytes der) {
  std::uint32_t status = 0;
  bool is_basic = false;
  Bytes basic;
  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    status = read_enumerated(outer);
    outer.require(status <= 6 && status != 4);
    const bool has_bytes = outer.inside_if(der::context_constructed(0), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& bytes) {
        is_basic = oid::ocsp_basic == bytes.object_identifier();
        basic = bytes.read(Tag::octet_string);
      });
    });
    // RFC 6960 §4.2.1: "If the value of responseStatus is one of the error conditions, the
    // responseBytes field is not set."
    outer.require(has_bytes == (status == 0));
  });
  if (!reader.complete()) {
    return fail(Reason::ocsp_malformed);
  }
  if (status != 0) {
    return fail(Reason::ocsp_not_successful);
  }
  if (!is_basic) {
    return fail(Reason::ocsp_malformed);
  }
  return read_basic_response(basic);
}

// RFC 6960 §4.1.1: hashes of the issuer's name as it stands in the certificate, and of its key. The
// hash only names things here; whoever can make others of the same name still cannot sign.
bool names(const SingleResponse& single, const Certificate& certificate,
           const Certificate& issuer) {
  if (!der::equal(single.serial, certificate.serial)) {
    return false;
  }
  if (oid::sha1 == single.hash_algorithm) {
    return der::equal(single.issuer_name_hash, crypto::sha1(certificate.issuer)) &&
           der::equal(single.issuer_key_hash, crypto::sha1(issuer.public_key));
  }
  const auto sha256 = [](Bytes bytes) { return crypto::hash(crypto::HashId::sha256, bytes); };
  return oid::sha256 == single.hash_algorithm &&
         der::equal(single.issuer_name_hash, sha256(certificate.issuer).bytes()) &&
         der::equal(single.issuer_key_hash, sha256(issuer.public_key).bytes());
}

// Of all that is said of the certificate and still holds, the worst.
Result<SingleResponse> find_single(const BasicResponse& response, const Certificate& certificate,
                                   const Certificate& issuer, const OcspTerms& terms) {
  std::optional<SingleResponse> worst;
  Reason flaw = Reason::ocsp_other_certificate;
  Reader responses(response.responses);
  while (!responses.at_end()) {
    const SingleResponse single = read_single_response(responses);
    if (!names(single, certificate, issuer)) {
      continue;
    }
    if (single.unknown_critical_extension) {
      return fail(Reason::ocsp_extension_unknown);
    }
    switch (freshness({single.this_update, single.next_update}, terms.now, terms.policy)) {
      case Freshness::fresh:
        if (!worst || worst->status < single.status) {
          worst = single;
        }
        break;
      case Freshness::not_yet: flaw = Reason::ocsp_not_yet_valid; break;
      case Freshness::expired: flaw = Reason::ocsp_expired; break;
    }
  }
  if (!worst) {
    return fail(flaw);
  }
  return *worst;
}

// Nobody speaks of a certificate before it is there, nor after its time, nor in the future. RFC
// 6960 asks only for the last; the first two are stricter, and as BoringSSL's suite has it.
Result<> check_production(UnixTime produced_at, const Certificate& certificate, UnixTime now) {
  if (produced_at < certificate.not_before || produced_at > certificate.not_after) {
    return fail(Reason::ocsp_expired);
  }
  if (produced_at.seconds > now.seconds + limits::clock_difference) {
    return fail(Reason::ocsp_not_yet_valid);
  }
  return {};
}

bool is_responder(const BasicResponse& response, const Certificate& candidate) {
  return response.responder_name.empty()
             ? der::equal(response.responder_key_hash, crypto::sha1(candidate.public_key))
             : same_name(response.responder_name, candidate.subject);
}

bool may_sign_responses(const Certificate& certificate) {
  der::Reader purposes(certificate.extended_key_usage);
  bool is_named = false;
  while (!purposes.at_end()) {
    is_named |= oid::ocsp_signing == purposes.object_identifier();
  }
  // RFC 5280 §4.2.1.12: "digitalSignature and/or nonRepudiation" fit.
  return is_named && (allows(certificate, KeyUsage::digital_signature) ||
                      allows(certificate, KeyUsage::non_repudiation));
}

// RFC 6960 §4.2.2.2: the authority has to issue the responder's certificate itself, and to say in
// it that it is for this.
Result<> check_delegate(const Certificate& delegate, const Certificate& issuer,
                        const OcspTerms& terms, Budget& budget) {
  if (!may_sign_responses(delegate) || !same_name(delegate.issuer, issuer.subject) ||
      !is_current(delegate, terms.now) || delegate.unknown_critical_extension) {
    return fail(Reason::ocsp_responder_unknown);
  }
  return terms.check_signed(
      {delegate.signed_part, delegate.signature_algorithm, delegate.signature}, issuer, budget);
}

// What says nothing against the signature is told as it is.
Error flaw_of_signature(const Error& error, Reason otherwise) {
  return fail(is_unchecked(error.reason) ? error.reason : otherwise).error();
}

// Gives the delegate's certificate, or none where the issuer itself has signed.
Result<std::optional<Certificate>> find_signer(const BasicResponse& response,
                                               const Certificate& issuer, const OcspTerms& terms,
                                               Budget& budget) {
  Error flaw = fail(Reason::ocsp_responder_unknown).error();
  if (is_responder(response, issuer)) {
    const Result<> checked = terms.check_signed(response.by_responder, issuer, budget);
    if (checked) {
      return std::optional<Certificate>();
    }
    flaw = flaw_of_signature(checked.error(), Reason::ocsp_signature_invalid);
  }
  Reader certificates(response.certificates);
  while (!certificates.at_end()) {
    const Result<Certificate> delegate = Certificate::parse(certificates.any().whole);
    if (!delegate || !is_responder(response, *delegate)) {
      continue;
    }
    if (const Result<> checked = check_delegate(*delegate, issuer, terms, budget); !checked) {
      flaw = flaw_of_signature(checked.error(), Reason::ocsp_responder_unknown);
      continue;
    }
    const Result<> checked = terms.check_signed(response.by_responder, *delegate, budget);
    if (checked) {
      return std::optional(*delegate);
    }
    flaw = flaw_of_signature(checked.error(), Reason::ocsp_signature_invalid);
  }
  return std::unexpected(flaw);
}

}  // namespace

Result<OcspStatement> OcspStatement::check(Bytes response, const Certificate& certificate,
                                           const Certificate& issuer, const OcspTerms& terms,
                                           Budget& budget) {
  const Result<BasicResponse> basic = read_response(response);
  if (!basic) {
    return std::unexpected(basic.error());
  }
  // What is cheap comes before the signatures; nothing is believed before all was asked.
  if (basic->unknown_critical_extension) {
    return fail(Reason::ocsp_extension_unknown);
  }
  const Result<SingleResponse> single = find_single(*basic, certificate, issuer, terms);
  if (!single) {
    return std::unexpected(single.error());
  }
  if (const Result<> produced = check_production(basic->produced_at, certificate, terms.now);
      !produced) {
    return std::unexpected(produced.error());
  }
  if (!terms.nonce.empty() && !der::equal(terms.nonce, basic->nonce)) {
    return fail(Reason::ocsp_nonce_mismatch);
  }
  const Result<std::optional<Certificate>> signer = find_signer(*basic, issuer, terms, budget);
  if (!signer) {
    return std::unexpected(signer.error());
  }
  if (single->status == CertStatus::unknown) {
    return fail(Reason::ocsp_status_unknown);
  }
  OcspStatement statement;
  const bool is_good = single->status == CertStatus::good;
  statement.status_ = is_good ? Status::good : Status::revoked;
  statement.delegate_ = *signer;
  statement.finding_ = {
      .source = RevocationFinding::Source::staple,
      .status = is_good ? RevocationFinding::Status::good : RevocationFinding::Status::revoked,
      .flaw = std::nullopt,
      .issuer = *signer ? (*signer)->subject : issuer.subject,
      .number = {},
      .this_update = single->this_update,
      .next_update = single->next_update,
      .revoked_at = single->revoked_at,
      .reason = single->reason,
      .signed_certificate_timestamps = single->signed_certificate_timestamps,
  };
  return statement;
}

}  // namespace handfast::x509
