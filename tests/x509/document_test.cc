#include "handfast/document.h"

#include "der/pem.h"
#include "handfast/container.h"
#include "handfast/describe.h"
#include "handfast/request.h"
#include "support/expect.h"
#include "support/vectors.h"
#include "x509/chains.h"

#include <array>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

std::string_view text_of(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<DocumentKind> kinds(std::string_view file) {
  std::vector<DocumentKind> found;
  // Named, since a temporary inside the range lives no longer by what g++ 12 knows.
  const auto documents = read_documents(file).value();
  for (const Document& document : documents) {
    found.push_back(document.kind);
  }
  return found;
}

TEST(Document, is_recognised_by_its_content) {
  const Party root = make(authority_order("Root"));
  const std::array<Bytes, 1> one = {root.der};
  CertificateOrder order;
  order.names = {"shop.test"};
  EXPECT_EQ(recognise(root.der), DocumentKind::certificate);
  EXPECT_EQ(recognise(issue_request(order, *root.key).value()), DocumentKind::request);
  EXPECT_EQ(recognise(write_pkcs7(one)), DocumentKind::pkcs7);
  EXPECT_EQ(recognise(write_pkcs12(nullptr, one, "", "").value()), DocumentKind::pkcs12);
  EXPECT_EQ(recognise({}), DocumentKind::unknown);
  EXPECT_EQ(recognise(Bytes(root.der).first(100)), DocumentKind::unknown);
}

TEST(Document, may_be_one_of_many_in_pem) {
  const Party root = make(authority_order("Root"));
  const std::vector<std::uint8_t> bytes = root.key->to_pem().value();
  const std::string key(bytes.begin(), bytes.end());
  const std::array<Bytes, 2> two = {root.der, root.der};
  const std::string file = "# mine\n" + certificate_to_pem(root.der) + key +
                           to_pem(DocumentKind::pkcs7, write_pkcs7(two));
  EXPECT_EQ(kinds(file), (std::vector{DocumentKind::certificate, DocumentKind::private_key,
                                      DocumentKind::certificate, DocumentKind::certificate}));
}

TEST(Document, may_be_a_key_of_any_form) {
  for (const char* name :
       {"p256_pkcs8", "p256_sec1", "p256_sec1_with_parameters", "rsa2048_pkcs1", "ed25519_pkcs8"}) {
    EXPECT_EQ(kinds(load_text("private_keys/" + std::string(name) + ".pem")),
              std::vector{DocumentKind::private_key})
        << name;
  }
  for (const char* name :
       {"p256_encrypted_pkcs8", "p256_encrypted_sec1", "rsa2048_encrypted_pkcs1"}) {
    EXPECT_EQ(kinds(load_text("private_keys/" + std::string(name) + ".pem")),
              std::vector{DocumentKind::encrypted_key})
        << name;
  }
}

TEST(Document, that_is_a_key_in_der_goes_back_to_pem) {
  for (const char* name : {"p256_pkcs8", "p256_sec1", "rsa2048_pkcs1", "ed25519_pkcs8"}) {
    const std::string pem = load_text("private_keys/" + std::string(name) + ".pem");
    der::PemScanner scanner(pem);
    const std::vector<std::uint8_t> der = der::decode_pem(*scanner.next()).value();
    EXPECT_EQ(recognise(der), DocumentKind::private_key);
    EXPECT_EQ(kinds(text_of(der)), std::vector{DocumentKind::private_key});
    EXPECT_TRUE(SigningKey::from_pem(to_pem(DocumentKind::private_key, der))) << name;
  }
}

TEST(Document, in_der_stands_alone) {
  const Party root = make(authority_order("Root"));
  const auto documents = read_documents(text_of(root.der)).value();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].der, root.der);
}

TEST(Document, is_refused_where_there_is_none) {
  EXPECT_FAILS(read_documents("-----BEGIN X"), Reason::pem_malformed);
  EXPECT_FAILS(read_documents("-----BEGIN X-----\n!\n-----END X-----\n"), Reason::pem_malformed);
  EXPECT_EQ(kinds("junk"), std::vector{DocumentKind::unknown});
}

}  // namespace
}  // namespace handfast
