// Documents: what a file of certificates, keys, requests and lists holds, found out from its
// content. RFC 7468.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handfast {

enum class DocumentKind : std::uint8_t {
  unknown,
  certificate,
  request,          ///< PKCS#10
  revocation_list,  ///< CRL
  ocsp_response,
  pkcs7,
  pkcs12,
  private_key,    ///< PKCS#8, SEC1 or PKCS#1
  encrypted_key,  ///< a private key behind a password
};

/// What `der` looks like, from its shape alone: parsing it may fail all the same.
[[nodiscard]] DocumentKind recognise(Bytes der);

/// One of the documents in a file.
struct Document {
  DocumentKind kind = DocumentKind::unknown;
  std::vector<std::uint8_t> der;  ///< empty for private keys: `SigningKey` reads them from the file
};

/// Everything in `file`: the blocks of PEM text in their order, or the one document in DER that it
/// is. Certificates in PKCS#7 are taken out of it; PKCS#12 stays whole, since it needs a password.
/// Fails: pem_malformed for text that holds nothing, or a block that does not decode;
/// container_malformed for PKCS#7 that cannot be read.
Result<std::vector<Document>> read_documents(std::string_view file);

/// `der` as a PEM block of the label of `kind`, with a line end after it.
[[nodiscard]] std::string to_pem(DocumentKind kind, Bytes der);

}  // namespace handfast
