#include "handfast/container.h"

#include "base/limits.h"
#include "crypto/pkcs12.h"
#include "der/reader.h"
#include "der/writer.h"
#include "handfast/certificate.h"
#include "x509/credential_key.h"
#include "x509/distinguished_name.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <utility>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;
using der::Writer;
using Der = std::vector<std::uint8_t>;

// Puts the certificate of `key` first and each issuer after what it signed, as far as they are
// there. PKCS#12 has no order of its own.
void sort_as_chain(std::vector<Der>& certificates, Bytes key) {
  Bytes issuer;
  for (std::size_t done = 0; done < certificates.size(); ++done) {
    const auto next = std::find_if(
        certificates.begin() + static_cast<std::ptrdiff_t>(done), certificates.end(),
        [&](const Der& der) {
          const Result<Certificate> certificate = Certificate::parse(der);
          return certificate && (done == 0 ? der::equal(certificate->public_key_info, key)
                                           : x509::same_name(certificate->subject, issuer));
        });
    if (next == certificates.end()) {
      return;
    }
    std::rotate(certificates.begin() + static_cast<std::ptrdiff_t>(done), next, std::next(next));
    issuer = Certificate::parse(certificates[done])->issuer;
  }
}

// RFC 2315 §9.1, RFC 5652 §5.1: SignedData up to its certificates; the rest has to be well-formed.
void read_signed_data(Reader& data, std::vector<Der>& certificates) {
  data.small_integer(0xff);
  data.read(Tag::set);
  data.read(Tag::sequence);
  data.inside_if(der::context_constructed(0), [&](Reader& set) {
    while (!set.at_end()) {
      const der::Element element = set.any();
      set.require(certificates.size() < limits::certificates_in_container);
      if (element.tag == Tag::sequence && !set.failed()) {
        certificates.emplace_back(element.whole.begin(), element.whole.end());
      }
    }
  });
  while (!data.at_end()) {
    data.any();
  }
}

}  // namespace

Result<KeyStore> read_pkcs12(Bytes file, std::string_view password) {
  // RFC 7292 §4 has version 3 alone, which libcrypto does not look at.
  if (!is_pkcs12(file)) {
    return fail(Reason::container_malformed);
  }
  Result<crypto::Pkcs12> found = crypto::read_pkcs12(file, password);
  if (!found) {
    return std::unexpected(found.error());
  }
  KeyStore store;
  store.certificates = std::move(found->certificates);
  if (found->key) {
    store.key.emplace(std::make_unique<SigningKey::State>(*std::move(found->key)));
    sort_as_chain(store.certificates, store.key->public_key_info());
  }
  return store;
}

Result<std::vector<std::uint8_t>> write_pkcs12(const SigningKey* key,
                                               std::span<const Bytes> certificates,
                                               std::string_view password, std::string_view name) {
  return crypto::write_pkcs12(key != nullptr ? &x509::private_key(*key) : nullptr, certificates,
                              password, name);
}

// PFX ::= SEQUENCE { version INTEGER {v3(3)}, ... }. Some programs write it in BER, with a length
// that is not told, so the header is only stepped over.
bool is_pkcs12(Bytes file) {
  if (file.size() < 16 || file[0] != std::to_underlying(Tag::sequence)) {
    return false;
  }
  const std::size_t octets = file[1] > 0x80 ? file[1] & 0x7fU : 0;
  constexpr std::array<std::uint8_t, 4> version_3_then_sequence = {0x02, 0x01, 0x03, 0x30};
  return octets <= 4 && der::equal(file.subspan(2 + octets, version_3_then_sequence.size()),
                                   version_3_then_sequence);
}

Result<std::vector<std::vector<std::uint8_t>>> read_pkcs7(Bytes der) {
  std::vector<Der> certificates;
  Reader reader(der, limits::container);
  reader.inside(Tag::sequence, [&](Reader& content) {
    content.require(x509::oid::signed_data == content.object_identifier());
    content.inside(der::context_constructed(0), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& data) { read_signed_data(data, certificates); });
    });
  });
  if (!reader.complete()) {
    return fail(Reason::container_malformed);
  }
  return certificates;
}

std::vector<std::uint8_t> write_pkcs7(std::span<const Bytes> certificates) {
  // X.690 §11.6: the elements of a SET OF stand in ascending order in DER.
  std::vector<Bytes> sorted(certificates.begin(), certificates.end());
  std::ranges::sort(sorted,
                    [](Bytes a, Bytes b) { return std::ranges::lexicographical_compare(a, b); });
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& content) {
    content.object_identifier(x509::oid::signed_data);
    content.inside(der::context_constructed(0), [&](Writer& field) {
      field.inside(Tag::sequence, [&](Writer& data) {
        data.small_integer(1);
        data.element(Tag::set, Bytes{});
        data.inside(Tag::sequence,
                    [](Writer& nothing) { nothing.object_identifier(x509::oid::data); });
        data.inside(der::context_constructed(0), [&](Writer& set) {
          for (const Bytes certificate : sorted) {
            set.raw(certificate);
          }
        });
        data.element(Tag::set, Bytes{});
      });
    });
  });
  return writer.take();
}

}  // namespace handfast
