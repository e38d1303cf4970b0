#include "handfast/issue_ocsp.h"

#include "crypto/hash.h"
#include "crypto/sha1.h"
#include "der/reader.h"
#include "der/writer.h"
#include "x509/extension_list.h"
#include "x509/extensions.h"
#include "x509/issue_sign.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;
using der::Writer;
using Der = std::vector<std::uint8_t>;

constexpr std::size_t longest_nonce = 128;  // RFC 9654 §2.1

// The hash of `bytes` by the algorithm with this identifier; empty if it is not known.
Der hash_by(Bytes algorithm, Bytes bytes) {
  if (x509::oid::sha1 == algorithm) {
    const crypto::Sha1Digest digest = crypto::sha1(bytes);
    return {digest.begin(), digest.end()};
  }
  for (const auto& [oid, id] : {std::pair(x509::oid::sha256, crypto::HashId::sha256),
                                std::pair(x509::oid::sha384, crypto::HashId::sha384),
                                std::pair(x509::oid::sha512, crypto::HashId::sha512)}) {
    if (oid == algorithm) {
      const crypto::Digest digest = crypto::hash(id, bytes);
      return {digest.bytes().begin(), digest.bytes().end()};
    }
  }
  return {};
}

OcspCertificateId read_certificate_id(Reader& fields) {
  OcspCertificateId id;
  id.der = fields.whole(Tag::sequence);
  Reader whole(id.der);
  whole.inside(Tag::sequence, [&](Reader& parts) {
    parts.inside(Tag::sequence, [&](Reader& algorithm) {
      id.hash_algorithm = algorithm.object_identifier();
      if (const std::optional<Bytes> null = algorithm.read_if(Tag::null)) {
        algorithm.require(null->empty());
      }
    });
    id.issuer_name_hash = parts.read(Tag::octet_string);
    id.issuer_key_hash = parts.read(Tag::octet_string);
    id.serial = parts.integer();
  });
  fields.require(whole.complete());
  return id;
}

// Extensions of the request or of one certificate asked for. RFC 6960 §4.4: the nonce alone matters
// here.
void read_extensions(Reader& field, Bytes& nonce) {
  field.inside(Tag::sequence, [&](Reader& list) {
    const bool is_unknown = x509::read_extension_list(list, [&](Bytes id, Reader& value) {
      if (x509::oid::ocsp_nonce == id) {
        nonce = value.read(Tag::octet_string);
        value.require(!nonce.empty() && nonce.size() <= longest_nonce);
        return true;
      }
      return x509::pass_over(value);
    });
    list.require(!is_unknown);
  });
}

// TBSRequest.
void read_request(Reader& request, OcspRequest& result) {
  request.inside_if(der::context_constructed(0),
                    [](Reader& version) { version.require(version.small_integer(0xff) == 0); });
  request.inside_if(der::context_constructed(1),
                    [](Reader& requestor) { x509::read_general_name(requestor); });
  request.inside(Tag::sequence, [&](Reader& list) {
    list.require(!list.at_end());
    while (!list.at_end()) {
      list.require(result.asked.size() < most_asked);
      list.inside(Tag::sequence, [&](Reader& one) {
        result.asked.push_back(read_certificate_id(one));
        Bytes ignored;
        one.inside_if(der::context_constructed(0),
                      [&](Reader& field) { read_extensions(field, ignored); });
      });
    }
  });
  request.inside_if(der::context_constructed(2),
                    [&](Reader& field) { read_extensions(field, result.nonce); });
}

void write_nonce(Writer& writer, Bytes nonce) {
  writer.inside(Tag::sequence, [&](Writer& extensions) {
    x509::write_extension(extensions, x509::oid::ocsp_nonce, false,
                          [&](Writer& value) { value.element(Tag::octet_string, nonce); });
  });
}

// CertStatus: a CHOICE.
void write_status(Writer& single, const OcspAnswer& answer) {
  switch (answer.status) {
    case OcspAnswer::Status::good: single.element(der::context(0), Bytes{}); return;
    case OcspAnswer::Status::unknown: single.element(der::context(2), Bytes{}); return;
    case OcspAnswer::Status::revoked: break;
  }
  single.inside(der::context_constructed(1), [&](Writer& revoked) {
    revoked.generalized_time(answer.revoked_at);
    if (answer.reason != RevocationReason::unspecified) {
      revoked.inside(der::context_constructed(0), [&](Writer& field) {
        const std::array<std::uint8_t, 1> number = {std::to_underlying(answer.reason)};
        field.element(Tag::enumerated, number);
      });
    }
  });
}

void write_answer(Writer& list, const OcspAnswer& answer) {
  list.inside(Tag::sequence, [&](Writer& single) {
    single.raw(answer.id);
    write_status(single, answer);
    single.generalized_time(answer.this_update);
    if (answer.next_update) {
      single.inside(der::context_constructed(0),
                    [&](Writer& field) { field.generalized_time(*answer.next_update); });
    }
  });
}

// ResponseData, RFC 6960 §4.2.1. The responder is named by the SHA-1 of its key, which is shorter
// than its name and never ambiguous.
Der write_response_data(std::span<const OcspAnswer> answers, Bytes nonce, UnixTime produced_at,
                        const OcspResponder& responder) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& data) {
    data.inside(der::context_constructed(2), [&](Writer& id) {
      id.element(Tag::octet_string, Bytes(crypto::sha1(responder.certificate.public_key)));
    });
    data.generalized_time(produced_at);
    data.inside(Tag::sequence, [&](Writer& list) {
      for (const OcspAnswer& answer : answers) {
        write_answer(list, answer);
      }
    });
    if (!nonce.empty()) {
      data.inside(der::context_constructed(1), [&](Writer& field) { write_nonce(field, nonce); });
    }
  });
  return writer.take();
}

// OCSPResponse with its status, and what `body(Writer&)` writes.
template <class Body>
Der write_response(std::uint8_t status, Body&& body) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& response) {
    const std::array<std::uint8_t, 1> number = {status};
    response.element(Tag::enumerated, number);
    body(response);
  });
  return writer.take();
}

Result<> judge(std::span<const OcspAnswer> answers, Bytes nonce, UnixTime produced_at,
               const OcspResponder& responder) {
  if (answers.empty()) {
    return fail(Reason::configuration_empty);
  }
  const bool has_good_dates = std::ranges::all_of(answers, [](const OcspAnswer& answer) {
    return x509::is_expressible(answer.this_update) && x509::is_expressible(answer.revoked_at) &&
           (!answer.next_update || (x509::is_expressible(*answer.next_update) &&
                                    answer.this_update <= *answer.next_update));
  });
  if (!has_good_dates || !x509::is_expressible(produced_at) || nonce.size() > longest_nonce) {
    return fail(Reason::configuration_unsupported);
  }
  if (!der::equal(responder.certificate.public_key_info, responder.key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  return {};
}

}  // namespace

bool OcspCertificateId::is_issued_by(const Certificate& issuer) const {
  return !issuer_name_hash.empty() &&
         der::equal(issuer_name_hash, hash_by(hash_algorithm, issuer.subject)) &&
         der::equal(issuer_key_hash, hash_by(hash_algorithm, issuer.public_key));
}

Result<OcspRequest> OcspRequest::parse(Bytes der) {
  OcspRequest result;
  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    outer.inside(Tag::sequence, [&](Reader& request) { read_request(request, result); });
    if (!outer.at_end()) {
      outer.require(outer.any().tag == der::context_constructed(0));  // its signature
    }
  });
  if (!reader.complete()) {
    return fail(Reason::ocsp_malformed);
  }
  return result;
}

Result<Der> ocsp_certificate_id(const Certificate& certificate, const Certificate& issuer) {
  if (issuer.public_key.empty() || certificate.serial.empty()) {
    return fail(Reason::key_malformed);
  }
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& id) {
    id.inside(Tag::sequence, [](Writer& algorithm) {
      algorithm.object_identifier(x509::oid::sha1);
      algorithm.element(Tag::null, Bytes{});
    });
    id.element(Tag::octet_string, Bytes(crypto::sha1(issuer.subject)));
    id.element(Tag::octet_string, Bytes(crypto::sha1(issuer.public_key)));
    id.element(Tag::integer, certificate.serial);
  });
  return writer.take();
}

Result<Der> write_ocsp_request(const Certificate& certificate, const Certificate& issuer,
                               Bytes nonce) {
  if (nonce.size() > longest_nonce) {
    return fail(Reason::configuration_unsupported);
  }
  const Result<Der> id = ocsp_certificate_id(certificate, issuer);
  if (!id) {
    return std::unexpected(id.error());
  }
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& outer) {
    outer.inside(Tag::sequence, [&](Writer& request) {
      request.inside(Tag::sequence, [&](Writer& list) {
        list.inside(Tag::sequence, [&](Writer& one) { one.raw(*id); });
      });
      if (!nonce.empty()) {
        request.inside(der::context_constructed(2),
                       [&](Writer& field) { write_nonce(field, nonce); });
      }
    });
  });
  return writer.take();
}

Result<Der> issue_ocsp_response(std::span<const OcspAnswer> answers, Bytes nonce,
                                UnixTime produced_at, const OcspResponder& responder) {
  if (const Result<> judged = judge(answers, nonce, produced_at, responder); !judged) {
    return std::unexpected(judged.error());
  }
  const Der data = write_response_data(answers, nonce, produced_at, responder);
  const Result<Der> signature = x509::sign_part(data, responder.key);
  if (!signature) {
    return std::unexpected(signature.error());
  }
  Writer basic;
  basic.inside(Tag::sequence, [&](Writer& response) {
    response.raw(data);
    x509::write_signature_algorithm(response, responder.key.kind());
    response.bit_string(*signature);
    if (responder.is_delegated) {
      response.inside(der::context_constructed(0), [&](Writer& field) {
        field.inside(Tag::sequence, [&](Writer& list) { list.raw(responder.certificate.der); });
      });
    }
  });
  constexpr std::uint8_t successful = 0;
  return write_response(successful, [&](Writer& response) {
    response.inside(der::context_constructed(0), [&](Writer& field) {
      field.inside(Tag::sequence, [&](Writer& bytes) {
        bytes.object_identifier(x509::oid::ocsp_basic);
        bytes.element(Tag::octet_string, basic.bytes());
      });
    });
  });
}

Der ocsp_refusal(OcspRefusal status) {
  return write_response(std::to_underlying(status), [](Writer&) {});
}

}  // namespace handfast
