#include "handfast/document.h"

#include "base/limits.h"
#include "base/secret.h"
#include "der/pem.h"
#include "der/reader.h"
#include "handfast/container.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

namespace handfast {

namespace {

using der::Element;
using der::Reader;
using der::Tag;

constexpr Tag enumerated = Tag{0x0a};

// The first elements of `content`, at most so many as tell one document from another; what follows
// them is not looked at.
class Opening {
 public:
  explicit Opening(Bytes content) {
    Reader reader(content, limits::crl);  // the largest of documents
    while (size_ < elements_.size() && !reader.at_end()) {
      const Element element = reader.any();
      if (reader.failed()) {
        break;
      }
      elements_[size_++] = element;
    }
  }

  // Whether the elements begin with these tags.
  [[nodiscard]] bool has(std::initializer_list<Tag> tags) const {
    return tags.size() <= size_ &&
           std::ranges::equal(tags, std::span(elements_).first(tags.size()), {}, {}, &Element::tag);
  }

  [[nodiscard]] const Element& operator[](std::size_t index) const { return elements_[index]; }

 private:
  std::array<Element, 6> elements_{};
  std::size_t size_ = 0;
};

bool is_time(Tag tag) { return tag == Tag::utc_time || tag == Tag::generalized_time; }

// What is signed tells a certificate, a request and a list apart.
DocumentKind kind_of_signed(Bytes signed_part) {
  const Opening inside(signed_part);
  if (inside.has({Tag::integer, Tag::sequence, Tag::sequence, der::context_constructed(0)})) {
    return DocumentKind::request;
  }
  const bool has_version = inside.has({Tag::integer});
  if (inside.has({Tag::sequence, Tag::sequence}) ||
      inside.has({Tag::integer, Tag::sequence, Tag::sequence})) {
    if (is_time(inside[has_version ? 3 : 2].tag)) {
      return DocumentKind::revocation_list;
    }
  }
  return DocumentKind::certificate;
}

bool begins_with_oid(Bytes sequence) { return Opening(sequence).has({Tag::object_identifier}); }

std::string_view label_of(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::certificate: return "CERTIFICATE";
    case DocumentKind::request: return "CERTIFICATE REQUEST";
    case DocumentKind::revocation_list: return "X509 CRL";
    case DocumentKind::ocsp_response: return "OCSP RESPONSE";
    case DocumentKind::pkcs7: return "PKCS7";
    case DocumentKind::pkcs12: return "PKCS12";
    case DocumentKind::private_key: return "PRIVATE KEY";
    case DocumentKind::encrypted_key: return "ENCRYPTED PRIVATE KEY";
    case DocumentKind::unknown: break;
  }
  return "DATA";
}

bool begins_as_pkcs8(Bytes der) {
  Reader reader(der);
  return Opening(reader.read(Tag::sequence)).has({Tag::integer, Tag::sequence, Tag::octet_string});
}

// RFC 5915 §3 and RFC 8017 §A.1.2: keys of one kind each.
std::string_view older_label(Bytes der) {
  Reader reader(der);
  const bool is_sec1 = Opening(reader.read(Tag::sequence)).has({Tag::integer, Tag::octet_string});
  return is_sec1 ? "EC PRIVATE KEY" : "RSA PRIVATE KEY";
}

Result<> take(std::vector<std::uint8_t> der, std::vector<Document>& documents) {
  const DocumentKind kind = recognise(der);
  if (kind != DocumentKind::pkcs7) {
    documents.push_back({kind, std::move(der)});
    return {};
  }
  Result<std::vector<std::vector<std::uint8_t>>> certificates = read_pkcs7(der);
  if (!certificates) {
    return std::unexpected(certificates.error());
  }
  for (std::vector<std::uint8_t>& certificate : *certificates) {
    documents.push_back({DocumentKind::certificate, std::move(certificate)});
  }
  return {};
}

bool is_key(DocumentKind kind) {
  return kind == DocumentKind::private_key || kind == DocumentKind::encrypted_key;
}

// The whole file as one document in DER.
Result<std::vector<Document>> take_whole(std::string_view file) {
  std::vector<Document> documents;
  std::vector<std::uint8_t> der(file.begin(), file.end());
  if (const DocumentKind kind = recognise(der); is_key(kind)) {
    wipe(der);
    documents.push_back({kind, {}});
    return documents;
  }
  const Result<> taken = take(std::move(der), documents);
  return taken ? Result<std::vector<Document>>(std::move(documents))
               : std::unexpected(taken.error());
}

}  // namespace

DocumentKind recognise(Bytes der) {
  if (is_pkcs12(der)) {
    return DocumentKind::pkcs12;
  }
  Reader reader(der, limits::crl);
  const Opening opening(reader.read(Tag::sequence));
  if (!reader.complete()) {
    return DocumentKind::unknown;
  }
  if (opening.has({Tag::sequence, Tag::sequence, Tag::bit_string})) {
    return kind_of_signed(opening[0].content);
  }
  if (opening.has({enumerated})) {
    return DocumentKind::ocsp_response;
  }
  if (opening.has({Tag::object_identifier, der::context_constructed(0)})) {
    return x509::oid::signed_data == opening[0].content ? DocumentKind::pkcs7
                                                        : DocumentKind::unknown;
  }
  if (opening.has({Tag::sequence, Tag::octet_string}) && begins_with_oid(opening[0].content)) {
    return DocumentKind::encrypted_key;
  }
  const bool is_key = opening.has({Tag::integer, Tag::sequence, Tag::octet_string}) ||
                      opening.has({Tag::integer, Tag::octet_string}) ||
                      opening.has({Tag::integer, Tag::integer, Tag::integer, Tag::integer});
  return is_key ? DocumentKind::private_key : DocumentKind::unknown;
}

Result<std::vector<Document>> read_documents(std::string_view file) {
  if (!file.contains("-----BEGIN ")) {
    return take_whole(file);
  }
  std::vector<Document> documents;
  der::PemScanner scanner(file);
  while (const std::optional<der::PemBlock> block = scanner.next()) {
    if (block->label.ends_with("PRIVATE KEY")) {
      // Their older forms have lines before the base64; and secrets are copied as little as can be.
      const bool is_sealed =
          block->label.starts_with("ENCRYPTED") || block->base64.contains("Proc-Type: 4,ENCRYPTED");
      documents.push_back(
          {is_sealed ? DocumentKind::encrypted_key : DocumentKind::private_key, {}});
      continue;
    }
    if (block->label.ends_with("PARAMETERS")) {
      continue;  // of the key that follows
    }
    // Lists may be long.
    Result<std::vector<std::uint8_t>> der = der::decode_pem(*block, limits::crl_pem_block);
    if (!der) {
      return std::unexpected(der.error());
    }
    if (const Result<> taken = take(*std::move(der), documents); !taken) {
      return std::unexpected(taken.error());
    }
  }
  if (documents.empty()) {
    return fail(Reason::pem_malformed);
  }
  return documents;
}

std::string to_pem(DocumentKind kind, Bytes der) {
  const bool is_older_key = kind == DocumentKind::private_key && !begins_as_pkcs8(der);
  return der::encode_pem(is_older_key ? older_label(der) : label_of(kind), der);
}

}  // namespace handfast
