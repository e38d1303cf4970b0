// BoringSSL's libpki: lists and responses with a verdict that is known.
//
// Its keys have 1024 bits and its responses are signed with SHA-1, neither of which is believed
// here; so that the suite can ask about everything else, this file checks such signatures itself.

#include "der/pem.h"
#include "support/vectors.h"
#include "x509/algorithm.h"
#include "x509/crl_check.h"
#include "x509/ocsp.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace handfast {
namespace {

using Octets = std::vector<std::uint8_t>;
using Status = RevocationFinding::Status;

bool verifies(const x509::Signed& by_signer, const Certificate& signer, const EVP_MD* hash) {
  const unsigned char* at = signer.public_key_info.data();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(signer.public_key_info.size())), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), by_signer.signature.data(), by_signer.signature.size(),
                          by_signer.part.data(), by_signer.part.size()) == 1;
}

Result<> check_old_signature(const x509::Signed& by_signer, const Certificate& signer, Budget&) {
  if (verifies(by_signer, signer, EVP_sha1()) || verifies(by_signer, signer, EVP_sha256())) {
    return {};
  }
  return fail(Reason::certificate_signature_invalid);
}

Octets block(const nlohmann::json& test, const char* label) {
  const std::string text = test["blocks"].value(label, "");
  return der::decode_pem({.label = label, .base64 = text}).value();
}

// What we decide otherwise, and why.
struct Decision {
  std::string_view name;
  std::string_view why;
};

bool is_decided(std::span<const Decision> decisions, std::span<bool> needed,
                std::string_view name) {
  const auto found = std::ranges::find(decisions, name, &Decision::name);
  if (found == decisions.end()) {
    return false;
  }
  needed[static_cast<std::size_t>(found - decisions.begin())] = true;
  return true;
}

constexpr std::string_view text_of(Status status) {
  return status == Status::good ? "GOOD" : status == Status::revoked ? "REVOKED" : "UNKNOWN";
}

constexpr RevocationPolicy a_week = {.age = 604'800};

// ---- lists

constexpr std::array crl_decisions = {
    Decision{"bad_crldp_has_crlissuer",
             "RFC 5280 §6.3.3 has a list of the certificate's issuer looked at in the end, "
             "wherever its distribution points lead"},
    Decision{"bad_idp_indirectcrl",
             "an indirect list of the certificate's own issuer speaks of it like any other: "
             "RFC 5280 §6.3.3 (b) (1); indirect lists are supported here"},
};

Status status_in_list(const nlohmann::json& test,
                      Result<> (*check_signed)(const x509::Signed&, const Certificate&, Budget&)) {
  const Octets leaf_der = block(test, "CERTIFICATE");
  const Octets issuer_der = block(test, "CA CERTIFICATE");
  const auto leaf = Certificate::parse(leaf_der);
  const auto issuer = Certificate::parse(issuer_der);
  const auto lists = RevocationLists::parse({block(test, "CRL")});
  if (!leaf || !issuer || !lists) {
    return Status::not_known;
  }
  // After a rollover another certificate has the key that signed the list.
  std::vector<Certificate> path = {*leaf, *issuer};
  Octets second_der;
  if (test["blocks"].contains("CA CERTIFICATE 2")) {
    second_der = block(test, "CA CERTIFICATE 2");
    path.push_back(Certificate::parse(second_der).value());
  }
  const x509::CrlTerms terms = {.store = (*lists)->store(),
                                .now = {1'489'017'600},  // 2017-03-09 00:00:00 UTC
                                .policy = a_week,
                                .number_is_required = false,
                                .check_signed = check_signed};
  Budget budget;
  return x509::CrlCheck(terms, path, nullptr, budget).judge(path[0], path[1]).status;
}

TEST(BoringSsl, agrees_about_lists) {
  const nlohmann::json suite = test::load_json("boringssl-pki/crl_unittest.json.xz");
  std::array<bool, crl_decisions.size()> needed{};
  for (const auto& test : suite["cases"]) {
    const std::string name = test["name"];
    const Status status = status_in_list(test, check_old_signature);
    if (test["expect"] != text_of(status)) {
      EXPECT_TRUE(is_decided(crl_decisions, needed, name)) << name << ": " << text_of(status);
    }
    EXPECT_EQ(status_in_list(test, x509::check_signed), Status::not_known)
        << name << ": a key of 1024 bits";
  }
  EXPECT_EQ(suite["cases"].size(), 66U);
  EXPECT_TRUE(std::ranges::all_of(needed, std::identity{}));
}

// ---- responses

constexpr std::array ocsp_decisions = {
    Decision{"good_response_invalid_serial",
             "the certificate is refused before: its serial number is not DER"},
    Decision{"has_critical_ct_extension",
             "its timestamps are not the OCTET STRING that RFC 6962 §3.3 has there"},
};

Status status_in_response(const nlohmann::json& test,
                          Result<> (*check_signed)(const x509::Signed&, const Certificate&,
                                                   Budget&)) {
  const Octets leaf_der = block(test, "CERTIFICATE");
  const Octets issuer_der = block(test, "CA CERTIFICATE");
  const Octets response = block(test, "OCSP RESPONSE");
  const auto leaf = Certificate::parse(leaf_der);
  const auto issuer = Certificate::parse(issuer_der);
  const x509::OcspTerms terms = {.now = {1'488'672'000},  // 2017-03-05 00:00:00 UTC
                                 .policy = a_week,
                                 .check_signed = check_signed};
  if (!leaf || !issuer) {
    return Status::not_known;
  }
  Budget budget;
  const auto statement = x509::OcspStatement::check(response, *leaf, *issuer, terms, budget);
  if (!statement) {
    return Status::not_known;
  }
  return statement->status() == x509::OcspStatement::Status::good ? Status::good : Status::revoked;
}

TEST(BoringSsl, agrees_about_responses) {
  const nlohmann::json suite = test::load_json("boringssl-pki/ocsp_unittest.json.xz");
  std::array<bool, ocsp_decisions.size()> needed{};
  for (const auto& test : suite["cases"]) {
    const std::string name = test["name"];
    const Status status = status_in_response(test, check_old_signature);
    if (test["revocation_status"] != text_of(status)) {
      EXPECT_TRUE(is_decided(ocsp_decisions, needed, name)) << name << ": " << text_of(status);
    }
    const bool has_sha1 = name != "good_response_sha256";
    EXPECT_EQ(status_in_response(test, x509::check_signed),
              has_sha1 ? Status::not_known : Status::good)
        << name;
  }
  EXPECT_EQ(suite["cases"].size(), 36U);
  EXPECT_TRUE(std::ranges::all_of(needed, std::identity{}));
}

}  // namespace
}  // namespace handfast
