#include "handfast/request.h"

#include "base/limits.h"
#include "crypto/signature.h"
#include "der/pem.h"
#include "der/reader.h"
#include "der/writer.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"
#include "x509/issue_extensions.h"
#include "x509/issue_names.h"
#include "x509/issue_sign.h"
#include "x509/oids.h"
#include "x509/readable.h"
#include "x509/verify.h"

#include <optional>
#include <utility>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;
using der::Writer;

// RFC 2986 §4.1: [0] IMPLICIT SET OF Attribute. Those that are not known ask for nothing that would
// be given.
void read_attributes(Reader& attributes, Certificate& wanted) {
  bool has_extensions = false;
  for (std::size_t count = 0; !attributes.at_end(); ++count) {
    attributes.require(count < limits::attributes_in_request);
    attributes.inside(Tag::sequence, [&](Reader& attribute) {
      const Bytes type = attribute.object_identifier();
      attribute.inside(Tag::set, [&](Reader& values) {
        values.require(!values.at_end());
        if (x509::oid::extension_request == type) {
          values.require(!std::exchange(has_extensions, true));
          // RFC 2985 §5.4.2: one value, which is Extensions.
          x509::read_extensions(values, wanted);
          return;
        }
        while (!values.at_end()) {
          values.any();
        }
      });
    });
  }
}

// What is signed, and how.
struct Frame {
  Bytes signed_part;
  Bytes signature;
};

Result<> check_signature(const CertificateRequest& request, const Frame& frame) {
  const std::optional<crypto::SignatureAlgorithm> algorithm =
      x509::provider_algorithm(request.signature_algorithm);
  if (!algorithm) {
    return fail(Reason::request_signature_invalid);
  }
  const Result<crypto::PublicKey> key = x509::public_key(request.wanted);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (!key->verify(*algorithm, frame.signed_part, frame.signature)) {
    return fail(Reason::request_signature_invalid);
  }
  return {};
}

constexpr std::string_view pem_label = "CERTIFICATE REQUEST";
constexpr std::string_view old_pem_label =
    "NEW CERTIFICATE REQUEST";  // RFC 7468 §7 lets it be read

}  // namespace

Result<CertificateRequest> CertificateRequest::parse(Bytes der) {
  CertificateRequest request;
  request.der = der;
  Frame frame;
  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    frame.signed_part = outer.whole(Tag::sequence);
    Reader signed_part(frame.signed_part);
    signed_part.inside(Tag::sequence, [&](Reader& info) {
      info.require(info.small_integer(0xff) == 0);  // RFC 2986 §4.1: version v1
      request.wanted.subject = x509::read_name(info);
      x509::read_public_key_info(info, request.wanted);
      info.inside(der::context_constructed(0),
                  [&](Reader& attributes) { read_attributes(attributes, request.wanted); });
    });
    outer.require(signed_part.complete());
    request.signature_algorithm = x509::signature_algorithm(outer.read(Tag::sequence));
    frame.signature = outer.octets_in_bit_string();
  });
  if (!reader.complete()) {
    return fail(Reason::request_malformed);
  }
  if (const Result<> checked = check_signature(request, frame); !checked) {
    return std::unexpected(checked.error());
  }
  return request;
}

std::string CertificateRequest::common_name() const {
  std::string name;
  x509::Attributes attributes(wanted.subject);
  while (const std::optional<x509::Attribute> attribute = attributes.next()) {
    const bool is_text = attribute->tag == Tag::utf8_string ||
                         attribute->tag == Tag::printable_string ||
                         attribute->tag == Tag::ia5_string;
    if (x509::oid::common_name == attribute->type && is_text) {
      name.assign(attribute->value.begin(), attribute->value.end());
      // What does not read as it stands is not plain.
      if (x509::readable(attribute->tag, attribute->value, x509::Escape::plain) != name) {
        name.clear();
      }
    }
  }
  return name;
}

Result<std::vector<std::uint8_t>> issue_request(const CertificateOrder& order,
                                                const SigningKey& key) {
  if (!x509::has_subject(order) && order.names.empty()) {
    return fail(Reason::configuration_empty);
  }
  const Result<std::vector<std::uint8_t>> subject = x509::subject_of(order);
  if (!subject) {
    return std::unexpected(subject.error());
  }
  Result<> written;
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& info) {
    info.small_integer(0);
    info.raw(*subject);
    info.raw(key.public_key_info());
    info.inside(der::context_constructed(0), [&](Writer& attributes) {
      if (!x509::asks_for_extensions(order)) {
        return;
      }
      attributes.inside(Tag::sequence, [&](Writer& attribute) {
        attribute.object_identifier(x509::oid::extension_request);
        attribute.inside(Tag::set, [&](Writer& values) {
          values.inside(Tag::sequence, [&](Writer& extensions) {
            written = x509::write_asked_extensions(extensions, order);
          });
        });
      });
    });
  });
  if (!written) {
    return std::unexpected(written.error());
  }
  return x509::sign_document(writer.take(), key);
}

Result<std::vector<std::uint8_t>> request_from_pem(std::string_view pem) {
  der::PemScanner scanner(pem);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label == pem_label || block->label == old_pem_label) {
      return der::decode_pem(*block);
    }
  }
  return fail(Reason::pem_malformed);
}

std::string request_to_pem(Bytes der) { return der::encode_pem(pem_label, der); }

}  // namespace handfast
