// BoringSSL's libpki: the parts that chains are made of, certificates, names, constraints, policies
// and signatures, whose file names say what is expected.

#include "der/pem.h"
#include "der/reader.h"
#include "der/writer.h"
#include "handfast/certificate_set.h"
#include "support/vectors.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extensions.h"
#include "x509/name_constraints.h"
#include "x509/oids.h"
#include "x509/signature.h"
#include "x509/verify.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using der::Reader;
using der::Tag;
using Octets = std::vector<std::uint8_t>;
using Names = std::set<std::string>;

const nlohmann::json& parts() {
  static const nlohmann::json loaded = test::load_json("boringssl-pki/parts.json.xz");
  return loaded;
}

Octets block(const nlohmann::json& part, const std::string& label) {
  const std::string text = part.at(label);
  return der::decode_pem({.label = label, .base64 = text}).value();
}

Octets block(const std::string& file, const std::string& label) {
  return block(parts().at(file), label);
}

// Calls visit(name, part) for the files of one unit test that hold such a block.
template <class Visit>
void each(const std::string& folder, const std::string& label, Visit&& visit) {
  std::size_t count = 0;
  const nlohmann::json& all = parts();
  for (const auto& [file, part] : all.items()) {
    if (file.starts_with(folder + "/") && part.contains(label)) {
      visit(file.substr(folder.size() + 1), part);
      ++count;
    }
  }
  EXPECT_GT(count, 0U) << folder;
}

// ---- names

std::optional<Octets> name_of(const std::string& file) {
  Octets name = block("name_match/" + file, "NAME");
  Reader reader(name);
  x509::read_name(reader);
  return reader.complete() ? std::optional(name) : std::nullopt;
}

bool matches(const std::string& a, const std::string& b) {
  const std::optional<Octets> one = name_of(a);
  const std::optional<Octets> other = name_of(b);
  const bool is_same = one && other && x509::same_name(*one, *other);
  EXPECT_TRUE(!is_same || x509::hash_name(*one) == x509::hash_name(*other)) << a << " " << b;
  return is_same;
}

TEST(BoringsslNames, are_the_same_in_any_type_case_and_spacing) {
  std::vector<std::string> same;
  for (const char* type : {"PRINTABLESTRING", "UTF8", "BMPSTRING", "UNIVERSALSTRING"}) {
    for (const char* spelling : {"unmangled", "case_swap", "extra_whitespace"}) {
      same.push_back(std::string("ascii-") + type + "-" + spelling);
    }
  }
  for (const std::string& a : same) {
    for (const std::string& b : same) {
      EXPECT_TRUE(matches(a, b)) << a << " " << b;
    }
    EXPECT_FALSE(matches(a, "ascii-T61STRING-unmangled"));
    for (const char* more : {"-extra_attr", "-extra_rdn", "-dupe_attr"}) {
      EXPECT_FALSE(matches(a, a + more)) << a << more;
    }
  }
  EXPECT_TRUE(matches("unicode_bmp-BMPSTRING-unmangled", "unicode_bmp-UTF8-unmangled"));
  EXPECT_TRUE(matches("unicode_bmp-UNIVERSALSTRING-unmangled", "unicode_bmp-UTF8-unmangled"));
  EXPECT_TRUE(matches("unicode_supplementary-UNIVERSALSTRING-unmangled",
                      "unicode_supplementary-UTF8-unmangled"));
}

TEST(BoringsslNames, of_a_type_that_nobody_agrees_on_are_the_same_only_byte_for_byte) {
  EXPECT_TRUE(matches("ascii-T61STRING-unmangled", "ascii-T61STRING-unmangled"));
  EXPECT_FALSE(matches("ascii-T61STRING-unmangled", "ascii-T61STRING-case_swap"));
}

// libpki compares the attributes of one RDN as a set; here they are compared in the order of their
// encoding, which differs only where spacing differs too.
TEST(BoringsslNames, have_the_attributes_of_an_rdn_in_the_order_of_their_encoding) {
  EXPECT_FALSE(
      matches("ascii-PRINTABLESTRING-rdn_sorting_1", "ascii-PRINTABLESTRING-rdn_sorting_2"));
  EXPECT_FALSE(matches("ascii-mixed-rdn_dupetype_sorting_1", "ascii-mixed-rdn_dupetype_sorting_2"));
}

TEST(BoringsslNames, that_are_no_names_are_not_read) {
  // One attribute stands twice in an RDN (X.690 §11.6), which libpki lets pass.
  const Names doubled = {"unicode-mixed-normalized"};
  each("name_match", "NAME", [&](const std::string& file, const nlohmann::json&) {
    const bool is_read = name_of(file).has_value();
    const bool is_good =
        !file.starts_with("invalid-") && !doubled.contains(file) && !file.ends_with("-dupe_attr");
    EXPECT_EQ(is_read, is_good) << file;
  });
}

// ---- signatures

Certificate key_of(const Octets& info) {
  Certificate certificate;
  Reader reader(info);
  reader.inside(Tag::sequence, [&](Reader& fields) {
    certificate.key_kind = x509::key_kind(fields.read(Tag::sequence));
    certificate.public_key = fields.octets_in_bit_string();
  });
  if (!reader.complete()) {
    certificate.key_kind = CertificateKey::unsupported;
  }
  return certificate;
}

TEST(BoringsslSignatures, verify_where_the_algorithms_are_ours) {
  Names good = {"ecdsa-prime256v1-sha512", "ecdsa-secp384r1-sha256", "rsa-pss-sha256",
                "rsa2048-pkcs1-sha512"};
  // libpki verifies these too. SHA-1 is broken, RSA of 1024 bits too short.
  Names declined = {"rsa-pkcs1-sha1", "rsa-pkcs1-sha256"};
  // And these, for which it depends on libcrypto.
  Names& ml_dsa = crypto::is_available(crypto::KeyKind::ml_dsa_44) ? good : declined;
  ml_dsa.insert({"mldsa-44", "mldsa-65", "mldsa-87"});
  each("verify_signed_data", "DATA", [&](const std::string& file, const nlohmann::json& part) {
    const Octets data = block(part, "DATA");
    const Octets algorithm = block(part, "ALGORITHM");
    const Octets bits = block(part, "SIGNATURE");
    const Octets info = block(part, "PUBLIC KEY");
    Reader signature(bits);
    Certificate child;
    child.signed_part = data;
    child.signature_algorithm = x509::signature_algorithm(Reader(algorithm).read(Tag::sequence));
    child.signature = signature.octets_in_bit_string();
    Budget budget;
    const bool verifies =
        signature.complete() && x509::check_signature(child, key_of(info), budget);
    EXPECT_EQ(verifies, good.contains(file)) << file;
    EXPECT_FALSE(verifies && declined.contains(file)) << file << ": no longer declined";
  });
}

// ---- extensions

// A certificate with this one extension, or nothing if it cannot be read.
std::optional<Certificate> with_extension(const der::Oid& oid, Bytes value, Octets& storage) {
  der::Writer writer;
  writer.inside(Tag::sequence, [&](der::Writer& extensions) {
    extensions.inside(Tag::sequence, [&](der::Writer& extension) {
      extension.object_identifier(oid);
      extension.element(Tag::octet_string, value);
    });
  });
  storage = writer.take();
  Reader reader(storage);
  Certificate certificate;
  x509::read_extensions(reader, certificate);
  return reader.complete() ? std::optional(certificate) : std::nullopt;
}

TEST(BoringsslPolicies, are_read_where_their_form_is_right) {
  // Qualifiers are for people, and passed over: so are those that anyPolicy should not have.
  const Names passed_over = {"invalid-anypolicy_with_custom_qualifier"};
  each("certificate_policies", "CERTIFICATE POLICIES",
       [&](const std::string& file, const nlohmann::json& part) {
         Octets storage;
         const Octets value = block(part, "CERTIFICATE POLICIES");
         EXPECT_EQ(with_extension(x509::oid::certificate_policies, value, storage).has_value(),
                   !file.starts_with("invalid-") || passed_over.contains(file))
             << file;
       });
}

// Bases that are no constraint.
bool is_bad_base(const std::string& file) {
  // RFC 5280 §4.2.1.10 has neither a minimum nor a maximum, and no dot around a DNS name.
  // Of these three one base ends with a dot.
  const Names dots = {"dnsname",
                      "directoryname_and_dnsname",
                      "directoryname_and_dnsname_and_ipaddress",
                      "dnsname-exclude_dot",
                      "dnsname-excluded_with_leading_dot",
                      "dnsname-permitted_two_dot",
                      "dnsname-permitted_with_leading_dot"};
  return file.find("invalid") != std::string::npos || file.starts_with("dnsname-with_m") ||
         dots.contains(file);
}

TEST(BoringsslConstraints, are_read_where_their_form_is_right) {
  each("name_constraints", "NAME CONSTRAINTS",
       [&](const std::string& file, const nlohmann::json& part) {
         Octets storage;
         const Octets value = block(part, "NAME CONSTRAINTS");
         EXPECT_EQ(with_extension(x509::oid::name_constraints, value, storage).has_value(),
                   !is_bad_base(file))
             << file;
       });
}

// Whether `subject` (a file with a Name) and `names` (one with a SubjectAlternativeName) pass.
bool passes(const std::string& constraints, const std::string& subject, const std::string& names) {
  Octets limits_storage;
  Octets names_storage;
  const Octets limits = block("name_constraints/" + constraints, "NAME CONSTRAINTS");
  const auto authority = with_extension(x509::oid::name_constraints, limits, limits_storage);
  std::optional<Certificate> leaf = Certificate();
  if (!names.empty()) {
    const Octets value = block("name_constraints/" + names, "SUBJECT ALTERNATIVE NAME");
    leaf = with_extension(x509::oid::subject_alt_name, value, names_storage);
  }
  const Octets name =
      subject.empty() ? Octets{0x30, 0x00} : block("name_constraints/" + subject, "NAME");
  if (!authority || !leaf) {
    return false;
  }
  leaf->subject = name;
  Budget budget;
  return x509::check_name_constraints(*authority, *leaf, budget).has_value();
}

struct Pair {
  const char* constraints;
  const char* subject;
  const char* names;
  bool passes;
};

// clang-format off
TEST(BoringsslConstraints, hold_names_as_their_files_say) {
  const Pair pairs[] = {
      {"directoryname", "name-us", "", true},
      {"directoryname", "name-us-arizona", "", true},
      {"directoryname", "name-us-california", "", false},
      {"directoryname", "name-us-california-mountain_view", "", false},
      {"directoryname", "name-jp", "", false},
      {"directoryname", "name-jp-tokyo", "", true},
      {"directoryname-excluded", "name-us-california", "", false},
      {"directoryname-excluded", "name-us-california-mountain_view", "", false},
      {"directoryname-excluded", "name-us-arizona", "", true},
      {"directoryname-excluded", "", "san-excluded-directoryname", false},
      {"directoryname-excludeall", "name-us-arizona", "", false},
      {"directoryname-excludeall", "name-de", "", false},
      {"dnsname2", "", "san-dnsname", true},
      {"dnsname2", "", "san-permitted", true},
      {"dnsname-excluded", "", "san-excluded-dnsname", false},
      {"dnsname-excludeall", "", "san-dnsname", false},
      {"ipaddress", "", "san-ipaddress4", true},
      {"ipaddress", "", "san-ipaddress6", false},
      {"ipaddress-excluded", "", "san-excluded-ipaddress", false},
      {"ipaddress-excludeall", "", "san-ipaddress4", false},
      {"ipaddress-permit_all", "", "san-ipaddress4", true},
      {"ipaddress-permit_singlehost", "", "san-ipaddress4", false},
      {"othername-permitted", "", "san-othername", false},
      {"othername-excluded", "", "san-othername", false},
      {"othername-excluded", "", "san-dnsname", true},
      {"x400address-permitted", "", "san-x400address", false},
      {"x400address-excluded", "", "san-x400address", false},
      {"edipartyname-permitted", "", "san-edipartyname", false},
      {"edipartyname-excluded", "", "san-edipartyname", false},
      {"registeredid-permitted", "", "san-registeredid", false},
      {"registeredid-excluded", "", "san-registeredid", false},
      {"rfc822name-permitted", "", "san-rfc822name", true},
      {"rfc822name-permitted", "", "san-rfc822name-subdomain", false},
      {"rfc822name-permitted", "", "san-rfc822name-domaincase", true},
      {"rfc822name-permitted", "", "san-rfc822name-no-at", false},
      {"rfc822name-permitted", "", "san-rfc822name-two-ats", false},
      {"rfc822name-permitted", "", "san-rfc822name-empty-localpart", false},
      {"rfc822name-permitted-hostname", "", "san-rfc822name", true},
      {"rfc822name-permitted-hostname", "", "san-rfc822name-subdomain", false},
      {"rfc822name-permitted-subdomains", "", "san-rfc822name", false},
      {"rfc822name-permitted-subdomains", "", "san-rfc822name-subdomain", true},
      {"rfc822name-permitted-subdomains", "", "san-rfc822name-subdomaincase", true},
      {"rfc822name-permitted", "name-us-arizona-email", "", false},
      {"rfc822name-excluded", "", "san-rfc822name", false},
      {"rfc822name-excluded", "", "san-rfc822name-localpartcase", false},
      {"rfc822name-excluded", "", "san-rfc822name-no-at", false},
      {"rfc822name-excluded-hostname", "", "san-rfc822name", false},
      {"rfc822name-excluded-subdomains", "", "san-rfc822name", true},
      {"rfc822name-excluded-subdomains", "", "san-rfc822name-subdomain", false},
      {"rfc822name-excluded", "name-us-arizona-email", "", true},
      {"rfc822name-excluded-hostname", "name-us-arizona-email", "", false},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(passes(pair.constraints, pair.subject, pair.names), pair.passes)
        << pair.constraints << " " << pair.subject << pair.names;
  }
}

// clang-format on

// ---- certificates

TEST(BoringsslCertificates, are_refused_where_libpki_refuses_them) {
  // What libpki refuses and we let pass: texts of names are not looked into; path lengths above 255
  // read as 255; serial numbers and a name in the place of an empty subject are for the profiles.
  const Names passed_over = {"basic_constraints_path_too_large",
                             "basic_constraints_pathlen_256",
                             "issuer_bad_printable_string",
                             "serial_negative",
                             "serial_zero",
                             "serial_zero_padded_21_bytes",
                             "subject_blank_subjectaltname_not_critical",
                             "subject_not_ascii",
                             "subject_not_printable_string"};
  // What libpki reads in parts: here certificates are whole, of version 3, say one algorithm twice,
  // and leave FALSE out (X.690 §11.5) as they do a path length without cA.
  const Names refused_too = {"basic_constraints_ca_false", "basic_constraints_pathlen_not_ca",
                             "cert_skeleton", "cert_version3", "failed_signature_algorithm"};
  each("parse_certificate", "CERTIFICATE",
       [&](const std::string& file, const nlohmann::json& part) {
         const Octets der = block(part, "CERTIFICATE");
         const bool is_read = Certificate::parse(der).has_value();
         const bool is_good = !part.contains("ERRORS");
         if (passed_over.contains(file) || refused_too.contains(file)) {
           EXPECT_NE(is_read, is_good) << file << ": no longer a difference";
         } else {
           EXPECT_EQ(is_read, is_good) << file;
         }
       });
}

// ---- paths

Octets certificate(const std::string& file) { return block("path_builder/" + file, "CERTIFICATE"); }

TEST(BoringsslPaths, lead_from_several_roots_to_the_one_that_is_trusted) {
  const std::vector<Octets> crossed = {
      certificate("multi-root-B-by-C"), certificate("multi-root-B-by-F"),
      certificate("multi-root-C-by-D"), certificate("multi-root-C-by-E"),
      certificate("multi-root-F-by-E")};
  const Octets leaf = certificate("multi-root-A-by-B");
  const std::array<Bytes, 1> chain = {leaf};
  const auto length_under = [&](const std::vector<std::string>& roots) {
    std::vector<Octets> anchors;
    for (const std::string& root : roots) {
      anchors.push_back(certificate(root));
    }
    const Verdict verdict = x509::verify({.chain = chain,
                                          .trust = Trust::from_der(anchors).value(),
                                          .now = {1'488'456'000},  // 2017-03-02
                                          .intermediates = CertificateSet::from_der(crossed),
                                          .profile = x509::Profile::internet});
    return verdict.is_trusted() ? verdict.path().size() : 0;
  };
  EXPECT_EQ(length_under({"multi-root-D-by-D"}), 4U);
  EXPECT_EQ(length_under({"multi-root-E-by-E"}), 4U);
  EXPECT_EQ(length_under({"multi-root-D-by-D", "multi-root-E-by-E"}), 4U);
  EXPECT_EQ(length_under({"multi-root-C-by-D"}), 3U) << "an anchor need not be self-signed";
  EXPECT_EQ(length_under({"multi-root-B-by-F"}), 2U);
  EXPECT_EQ(length_under({"multi-root-A-by-B"}), 1U) << "the leaf itself";
}

TEST(BoringsslPaths, find_issuers_by_name) {
  const auto file = [](const std::string& name) {
    return block("cert_issuer_source_static/" + name, "CERTIFICATE");
  };
  const auto set = CertificateSet::from_der(
      {file("i1_1"), file("i1_2"), file("i2"), file("i3_1"), file("i3_2"), file("root")});
  const auto issuers = [&](const std::string& name) {
    const Octets der = file(name);
    return set->find(Certificate::parse(der).value().issuer).size();
  };
  EXPECT_EQ(issuers("c1"), 2U);
  EXPECT_EQ(issuers("c2"), 2U);
  EXPECT_EQ(issuers("d"), 1U);
  EXPECT_EQ(issuers("e1"), 2U);
  EXPECT_EQ(issuers("i2"), 1U);
}

}  // namespace
}  // namespace handfast
