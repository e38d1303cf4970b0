#include "handfast/certificate.h"

#include "der/pem.h"
#include "der/writer.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"
#include "x509/chains.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using der::Tag;
using der::Writer;
using Octets = std::vector<std::uint8_t>;

std::vector<Octets> load_certificates(std::string_view file) {
  const std::string text = load_text(file);
  std::vector<Octets> certificates;
  der::PemScanner scanner(text);
  while (const auto block = scanner.next()) {
    certificates.push_back(der::decode_pem(*block).value());
  }
  return certificates;
}

// A certificate in parts, each as raw DER, so that one can be wrong.
struct Draft {
  Octets version = "a0 03 02 01 02"_hex;
  Octets serial = "02 01 05"_hex;
  Octets algorithm = "30 05 06 03 2b 65 70"_hex;
  Octets issuer = "30 0c 31 0a 30 08 06 03 55 04 03 0c 01 69"_hex;
  Octets validity = "30 1e 17 0d 32 36 30 31 30 31 30 30 30 30 30 30 5a"
                    "17 0d 32 37 30 31 30 31 30 30 30 30 30 30 5a"_hex;
  Octets subject = "30 0c 31 0a 30 08 06 03 55 04 03 0c 01 73"_hex;
  Octets key = "30 2a 30 05 06 03 2b 65 70 03 21 00"
               "0101010101010101010101010101010101010101010101010101010101010101"_hex;
  Octets before_extensions;
  std::optional<Octets> extensions;  // content of the SEQUENCE
  Octets after_extensions;
  Octets outer_algorithm = "30 05 06 03 2b 65 70"_hex;
  Octets signature = "03 02 00 01"_hex;

  [[nodiscard]] Octets der() const {
    Writer writer;
    writer.inside(Tag::sequence, [&](Writer& certificate) {
      certificate.inside(Tag::sequence, [&](Writer& tbs) {
        for (const Octets* part : {&version, &serial, &algorithm, &issuer, &validity, &subject,
                                   &key, &before_extensions}) {
          tbs.raw(*part);
        }
        if (extensions) {
          tbs.inside(der::context_constructed(3),
                     [&](Writer& field) { field.element(Tag::sequence, *extensions); });
        }
        tbs.raw(after_extensions);
      });
      certificate.raw(outer_algorithm);
      certificate.raw(signature);
    });
    return writer.take();
  }
};

Octets extension(std::string_view id, bool is_critical, const Octets& value) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& fields) {
    fields.element(Tag::object_identifier, from_hex(id));
    fields.boolean_default_false(is_critical);
    fields.element(Tag::octet_string, value);
  });
  return writer.take();
}

constexpr const char* subject_key_id = "55 1d 0e";
constexpr const char* key_usage = "55 1d 0f";
constexpr const char* subject_alt_name = "55 1d 11";
constexpr const char* basic_constraints = "55 1d 13";
constexpr const char* name_constraints = "55 1d 1e";
constexpr const char* certificate_policies = "55 1d 20";
constexpr const char* authority_key_id = "55 1d 23";
constexpr const char* extended_key_usage = "55 1d 25";
constexpr const char* authority_info_access = "2b 06 01 05 05 07 01 01";

bool parses_with(const char* id, const Octets& value) {
  Draft draft;
  draft.extensions = extension(id, false, value);
  const Octets der = draft.der();
  return Certificate::parse(der).has_value();
}

// An authority, as name constraints need.
bool parses_authority_with(const char* id, const Octets& value) {
  Draft draft;
  draft.extensions = extension(basic_constraints, true, "30 03 01 01 ff"_hex);
  const Octets second = extension(id, true, value);
  draft.extensions->insert(draft.extensions->end(), second.begin(), second.end());
  const Octets der = draft.der();
  return Certificate::parse(der).has_value();
}

TEST(Certificate, reads_certificates_from_the_wild) {
  struct {
    const char* file;
    const char* label;
    const char* issuer;
    CertificateKey kind;
    CertificateSignature signature;
    const char* until;
  } const cases[] = {
      {"certificates/cryptography.io.pem", "cryptography.io", "CN=R3, O=Let's Encrypt, C=US",
       CertificateKey::rsa, CertificateSignature::rsa_pkcs1_sha256, "2023-08-27 18:43 UTC"},
      {"certificates/google.com.pem", "*.google.com", "CN=WR2, O=Google Trust Services, C=US",
       CertificateKey::ecdsa_p256, CertificateSignature::rsa_pkcs1_sha256, "2026-04-27 08:36 UTC"},
      {"certificates/cloudflare.com.pem", "cloudflare.com", "CN=WE1, O=Google Trust Services, C=US",
       CertificateKey::ecdsa_p256, CertificateSignature::ecdsa_sha256, "2026-06-10 21:59 UTC"},
  };

  for (const auto& c : cases) {
    const std::vector<Octets> ders = load_certificates(c.file);
    for (const Octets& der : ders) {
      EXPECT_TRUE(Certificate::parse(der)) << c.file;
    }
    const Certificate leaf = Certificate::parse(ders[0]).value();
    EXPECT_EQ(leaf.label(), c.label);
    EXPECT_EQ(Certificate::name_text(leaf.issuer), c.issuer);
    EXPECT_EQ(leaf.key_kind, c.kind);
    EXPECT_EQ(leaf.signature_algorithm, c.signature);
    EXPECT_EQ(date_text(leaf.not_after), c.until);
    EXPECT_FALSE(leaf.is_self_issued());
    EXPECT_TRUE(leaf.has_subject_alt_name);
    EXPECT_FALSE(leaf.extended_key_usage.empty());
    EXPECT_EQ(leaf.subject_key_id.size(), 20U);
    EXPECT_EQ(leaf.authority_key_id.size(), 20U);
    EXPECT_EQ(leaf.der.data(), ders[0].data()) << "views, not copies";
    const Certificate root = Certificate::parse(ders.back()).value();
    EXPECT_TRUE(root.basic_constraints->is_authority);
    EXPECT_TRUE(root.is_self_issued());
  }
}

TEST(Certificate, reads_roots_with_odd_encodings) {
  const std::vector<Octets> ders = load_certificates("certificates/roots.pem");
  ASSERT_EQ(ders.size(), 7U);
  for (const Octets& der : ders) {
    const Result<Certificate> root = Certificate::parse(der);
    ASSERT_TRUE(root);
    EXPECT_TRUE(root->key_usage.value_or(0) & static_cast<unsigned>(KeyUsage::key_cert_sign));
    EXPECT_FALSE(root->unknown_critical_extension);
  }
}

TEST(Certificate, gives_the_alternative_names_in_their_order) {
  const std::vector<Octets> ders = load_certificates("certificates/cloudflare.com.pem");
  const Certificate leaf = Certificate::parse(ders[0]).value();
  std::vector<std::string> names;
  leaf.each_alt_name([&](std::uint8_t kind, Bytes value) {
    EXPECT_EQ(kind, 2);
    names.emplace_back(value.begin(), value.end());
  });
  EXPECT_GE(names.size(), 2U);
  EXPECT_EQ(names[0], "cloudflare.com");
}

TEST(Certificate, describes_keys_and_signatures) {
  const Certificate rsa =
      Certificate::parse(load_certificates("certificates/cryptography.io.pem")[0]).value();
  EXPECT_EQ(name(CertificateSignature::rsa_pkcs1_sha256), "RSA PKCS#1, SHA-256");
  const Octets draft = Draft().der();
  EXPECT_EQ(key_text(Certificate::parse(draft).value()), "Ed25519");
  EXPECT_EQ(rsa.key_kind, CertificateKey::rsa);
}

TEST(Certificate, is_labelled_by_common_name_then_subject_then_first_name) {
  Draft draft;
  const Octets named = draft.der();
  EXPECT_EQ(Certificate::parse(named)->label(), "s");
  draft.subject = "30 0c 31 0a 30 08 06 03 55 04 0a 0c 01 6f"_hex;
  const Octets organised = draft.der();
  EXPECT_EQ(Certificate::parse(organised)->label(), "O=o");
  draft.subject = "30 00"_hex;
  draft.extensions = extension(subject_alt_name, true, "30 0a 87 04 c0 00 02 01 82 02 61 62"_hex);
  const Octets unnamed = draft.der();
  EXPECT_EQ(Certificate::parse(unnamed)->label(), "192.0.2.1");
}

TEST(Certificate, is_of_version_3) {
  Draft draft;
  draft.version = {};
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_version_invalid);
  for (const char* version :
       {"a0 03 02 01 00", "a0 03 02 01 01", "a0 03 02 01 03", "a0 04 02 02 01 02"}) {
    draft.version = from_hex(version);
    EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_version_invalid) << version;
  }
}

TEST(Certificate, names_one_algorithm_inside_and_outside) {
  Draft draft;
  draft.outer_algorithm = "30 05 06 03 2b 65 71"_hex;
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_algorithm_mismatch);
  draft.outer_algorithm = "30 07 06 03 2b 65 70 05 00"_hex;
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_algorithm_mismatch);
}

TEST(Certificate, takes_each_field_in_one_form) {
  struct {
    const char* claim;
    Octets Draft::* field;
    Octets value;
    bool is_good;
  } const cases[] = {
      {"as it is", &Draft::serial, "02 01 05"_hex, true},
      {"serial of 20 bytes", &Draft::serial,
       "02 14 7f 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01"_hex, true},
      {"serial of 20 bytes and a sign", &Draft::serial,
       "02 15 00 ff 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01"_hex, true},
      {"serial of 21 bytes", &Draft::serial,
       "02 15 01 ff 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01"_hex, false},
      {"padded serial", &Draft::serial, "02 02 00 05"_hex, false},
      {"empty serial", &Draft::serial, "02 00"_hex, false},
      {"no issuer", &Draft::issuer, "30 00"_hex, false},
      {"no subject", &Draft::subject, "30 00"_hex, true},
      {"one date", &Draft::validity, "30 0f 17 0d 32 36 30 31 30 31 30 30 30 30 30 30 5a"_hex,
       false},
      {"a date without seconds", &Draft::validity,
       "30 1c 17 0b 32 36 30 31 30 31 30 30 30 30 5a"
       "17 0d 32 37 30 31 30 31 30 30 30 30 30 30 5a"_hex,
       false},
      {"an integer for a date", &Draft::validity, "30 06 02 01 01 02 01 02"_hex, false},
      {"a key with unused bits", &Draft::key, "30 0a 30 05 06 03 2b 65 70 03 01 01"_hex, false},
      {"a key without BIT STRING", &Draft::key, "30 07 30 05 06 03 2b 65 70"_hex, false},
      {"unique identifiers", &Draft::before_extensions, "81 02 00 aa 82 02 00 bb"_hex, true},
      {"unique identifiers in the wrong order", &Draft::before_extensions,
       "82 02 00 aa 81 02 00 bb"_hex, false},
      {"something after the extensions", &Draft::after_extensions, "05 00"_hex, false},
      {"no signature", &Draft::signature, {}, false},
      {"an OCTET STRING as signature", &Draft::signature, "04 02 00 01"_hex, false},
      {"something after the signature", &Draft::signature, "03 02 00 01 05 00"_hex, false},
  };

  for (const auto& c : cases) {
    Draft draft;
    draft.*c.field = c.value;
    const Result<Certificate> certificate = Certificate::parse(draft.der());
    if (c.is_good) {
      EXPECT_TRUE(certificate) << c.claim;
    } else {
      EXPECT_FAILS(certificate, Reason::certificate_malformed) << c.claim;
    }
  }
}

TEST(Certificate, refuses_bytes_that_are_left_over) {
  Octets der = Draft().der();
  EXPECT_TRUE(Certificate::parse(der));
  der.push_back(0);
  EXPECT_FAILS(Certificate::parse(der), Reason::certificate_malformed);
  EXPECT_FAILS(Certificate::parse({}), Reason::certificate_malformed);
}

TEST(Certificate, takes_no_extension_twice) {
  Draft draft;
  draft.extensions = extension(key_usage, true, "03 02 07 80"_hex);
  EXPECT_TRUE(Certificate::parse(draft.der()));
  const Octets once = *draft.extensions;
  draft.extensions->insert(draft.extensions->end(), once.begin(), once.end());
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed);

  draft.extensions = extension("2a 03", false, {});
  const Octets unknown = *draft.extensions;
  draft.extensions->insert(draft.extensions->end(), unknown.begin(), unknown.end());
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed)
      << "not even one that nobody knows";
}

TEST(Certificate, takes_64_extensions) {
  for (const unsigned count : {64U, 65U}) {
    Draft draft;
    draft.extensions.emplace();
    for (unsigned i = 0; i < count; ++i) {
      Writer oid;
      const Octets one = {0x2a, static_cast<std::uint8_t>(i)};
      oid.inside(Tag::sequence, [&](Writer& fields) {
        fields.element(Tag::object_identifier, one);
        fields.element(Tag::octet_string, Bytes{});
      });
      draft.extensions->insert(draft.extensions->end(), oid.bytes().begin(), oid.bytes().end());
    }
    EXPECT_EQ(Certificate::parse(draft.der()).has_value(), count == 64) << count;
  }
}

TEST(Certificate, takes_extensions_in_one_form) {
  Draft draft;
  draft.extensions = Octets{};
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed) << "an empty list";
  draft.extensions = "30 0c 06 03 55 1d 7f 01 01 00 04 02 05 00"_hex;
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed)
      << "critical FALSE written out";
  draft.extensions = "30 0c 06 03 55 1d 7f 01 01 01 04 02 05 00"_hex;
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed)
      << "critical is neither 00 nor ff";
  draft.extensions = "30 09 06 03 55 1d 7f 04 02 05 00"_hex;
  EXPECT_TRUE(Certificate::parse(draft.der()));
}

TEST(Certificate, notes_critical_extensions_that_it_does_not_know) {
  const auto notes = [](const char* id, bool is_critical, const Octets& value) {
    Draft draft;
    draft.extensions = extension(id, is_critical, value);
    const Octets der = draft.der();
    return Certificate::parse(der).value().unknown_critical_extension;
  };
  EXPECT_TRUE(notes("55 1d 09", true, {})) << "subjectDirectoryAttributes";
  EXPECT_FALSE(notes("55 1d 09", false, {}));
  EXPECT_FALSE(notes(key_usage, true, "03 02 07 80"_hex));
  EXPECT_TRUE(notes(subject_key_id, true, "04 01 aa"_hex)) << "has to be non-critical";
  EXPECT_TRUE(notes(authority_key_id, true, "30 03 80 01 aa"_hex)) << "has to be non-critical";
}

TEST(Certificate, reads_policies) {
  EXPECT_TRUE(parses_with(certificate_policies, "30 05 30 03 06 01 2a"_hex));
  EXPECT_TRUE(parses_with(certificate_policies, "30 0a 30 03 06 01 2a 30 03 06 01 2b"_hex));
  EXPECT_FALSE(parses_with(certificate_policies, "30 0c 30 0a 06 01 2a 30 05 30 03 06 01 2b"_hex))
      << "a qualifier without its value";
  EXPECT_FALSE(parses_with(certificate_policies, "30 0a 30 03 06 01 2a 30 03 06 01 2a"_hex))
      << "one twice";
  EXPECT_FALSE(parses_with(certificate_policies, "30 00"_hex));

  constexpr const char* mappings = "55 1d 21";
  EXPECT_TRUE(parses_with(mappings, "30 08 30 06 06 01 2a 06 01 2b"_hex));
  EXPECT_FALSE(parses_with(mappings, "30 0b 30 09 06 04 55 1d 20 00 06 01 2b"_hex)) << "anyPolicy";
  EXPECT_FALSE(parses_with(mappings, "30 05 30 03 06 01 2a"_hex));
  EXPECT_FALSE(parses_with(mappings, "30 00"_hex));

  constexpr const char* constraints = "55 1d 24";
  EXPECT_TRUE(parses_with(constraints, "30 06 80 01 00 81 01 05"_hex));
  EXPECT_FALSE(parses_with(constraints, "30 00"_hex));
  EXPECT_FALSE(parses_with(constraints, "30 03 80 01 ff"_hex)) << "negative";
  EXPECT_FALSE(parses_with(constraints, "30 06 81 01 00 80 01 00"_hex)) << "out of order";
  EXPECT_TRUE(parses_with("55 1d 36", "02 01 03"_hex));
  EXPECT_FALSE(parses_with("55 1d 36", "02 01 83"_hex));
}

TEST(Certificate, reads_distribution_points) {
  constexpr const char* points = "55 1d 1f";
  EXPECT_TRUE(parses_with(points, "30 09 30 07 a0 05 a0 03 86 01 61"_hex)) << "a URI";
  EXPECT_TRUE(parses_with(points, "30 0d 30 0b a0 05 a0 03 86 01 61 81 02 06 40"_hex))
      << "with a reason";
  EXPECT_TRUE(parses_with(points, "30 07 30 05 a2 03 86 01 61"_hex)) << "cRLIssuer alone";
  EXPECT_FALSE(parses_with(points, "30 06 30 04 81 02 06 40"_hex)) << "reasons alone";
  EXPECT_FALSE(parses_with(points, "30 06 30 04 a0 02 a0 00"_hex)) << "no name";
  EXPECT_FALSE(parses_with(points, "30 00"_hex));
}

TEST(Certificate, reads_what_bears_on_revocation) {
  const auto with = [](const char* id, const Octets& value) {
    Draft draft;
    draft.extensions = extension(id, false, value);
    Octets der = draft.der();
    const Result<Certificate> certificate = Certificate::parse(der);
    return certificate ? std::array{certificate->must_staple, certificate->no_revocation,
                                    certificate->ocsp_no_check}
                       : std::array{true, true, true};
  };
  constexpr const char* tls_feature = "2b 06 01 05 05 07 01 18";
  EXPECT_EQ(with(tls_feature, "30 03 02 01 05"_hex), (std::array{true, false, false}));
  EXPECT_EQ(with(tls_feature, "30 03 02 01 11"_hex), (std::array{false, false, false}));
  EXPECT_EQ(with("55 1d 38", "05 00"_hex), (std::array{false, true, false}));
  EXPECT_EQ(with("2b 06 01 05 05 07 30 01 05", "05 00"_hex), (std::array{false, false, true}));
  EXPECT_FALSE(parses_with(tls_feature, "30 03 04 01 05"_hex));
  EXPECT_FALSE(parses_with("55 1d 38", "05 01 00"_hex));
}

TEST(Certificate, reads_basic_constraints) {
  EXPECT_TRUE(parses_with(basic_constraints, "30 00"_hex));
  EXPECT_TRUE(parses_with(basic_constraints, "30 03 01 01 ff"_hex));
  EXPECT_TRUE(parses_with(basic_constraints, "30 06 01 01 ff 02 01 00"_hex));
  EXPECT_TRUE(parses_with(basic_constraints, "30 07 01 01 ff 02 02 01 00"_hex))
      << "256 reads as 255";
  EXPECT_FALSE(parses_with(basic_constraints, "30 03 01 01 00"_hex)) << "a default written out";
  EXPECT_FALSE(parses_with(basic_constraints, "30 03 02 01 00"_hex))
      << "a path length without an authority";
  EXPECT_FALSE(parses_with(basic_constraints, "30 06 01 01 ff 02 01 ff"_hex))
      << "a negative path length";
  EXPECT_FALSE(parses_with(basic_constraints, "30 08 01 01 ff 02 01 00 05 00"_hex));
  EXPECT_FALSE(parses_with(basic_constraints, "30 00 00"_hex));
  EXPECT_FALSE(parses_with(basic_constraints, {}));
}

TEST(Certificate, reads_key_usage) {
  EXPECT_TRUE(parses_with(key_usage, "03 02 07 80"_hex));
  EXPECT_FALSE(parses_with(key_usage, "03 01 00"_hex)) << "no bit at all";
  EXPECT_FALSE(parses_with(key_usage, "03 02 07 00"_hex)) << "no bit set";
  EXPECT_FALSE(parses_with(key_usage, "03 02 07 c0"_hex));
  EXPECT_FALSE(parses_with(key_usage, "02 01 01"_hex));
}

TEST(Certificate, reads_extended_key_usage) {
  EXPECT_TRUE(parses_with(extended_key_usage, "30 04 06 02 2a 03"_hex));
  EXPECT_FALSE(parses_with(extended_key_usage, "30 00"_hex));
  EXPECT_FALSE(parses_with(extended_key_usage, "30 03 02 01 01"_hex));
  EXPECT_FALSE(parses_with(extended_key_usage, "30 04 06 02 2a 83"_hex));
}

TEST(Certificate, reads_subject_alternative_names) {
  EXPECT_TRUE(parses_with(subject_alt_name, "30 04 82 02 61 62"_hex));
  EXPECT_TRUE(parses_with(subject_alt_name, "30 06 87 04 01 02 03 04"_hex));
  EXPECT_TRUE(parses_with(subject_alt_name,
                          "30 12 87 10 01 02 03 04 01 02 03 04 01 02 03 04 01 02 03 04"_hex));
  EXPECT_TRUE(
      parses_with(subject_alt_name, "30 10 a4 0e 30 0c 31 0a 30 08 06 03 55 04 03 0c 01 73"_hex));
  EXPECT_TRUE(parses_with(subject_alt_name, "30 04 88 02 2a 03"_hex)) << "registeredID";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 00"_hex)) << "no name";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 82 02 61 ff"_hex)) << "not IA5";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 07 87 05 01 02 03 04 05"_hex))
      << "an address of 5 bytes";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 0a 87 08 c0 00 02 00 ff ff ff 00"_hex))
      << "a network";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 a2 02 61 62"_hex)) << "constructed dNSName";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 84 02 30 00"_hex)) << "primitive directoryName";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 a4 02 31 00"_hex))
      << "a directoryName that is no Name";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 89 02 61 62"_hex))
      << "a kind that there is not";
  EXPECT_FALSE(parses_with(subject_alt_name, "30 04 16 02 61 62"_hex)) << "a universal tag";
  EXPECT_FALSE(parses_with(subject_alt_name, "61 62"_hex));
}

TEST(Certificate, takes_a_thousand_names) {
  for (const std::size_t count : {std::size_t{1000}, std::size_t{1001}}) {
    Writer writer;
    writer.inside(Tag::sequence, [&](Writer& names) {
      for (std::size_t i = 0; i < count; ++i) {
        names.element(der::context(2), std::string_view("a.test"));
      }
    });
    EXPECT_EQ(parses_with(subject_alt_name, writer.take()), count == 1000) << count;
  }
}

TEST(Certificate, reads_key_identifiers) {
  EXPECT_TRUE(parses_with(subject_key_id, "04 01 aa"_hex));
  EXPECT_FALSE(parses_with(subject_key_id, "04 00"_hex));
  EXPECT_TRUE(parses_with(authority_key_id, "30 03 80 01 aa"_hex));
  EXPECT_TRUE(parses_with(authority_key_id, "30 00"_hex));
  EXPECT_TRUE(parses_with(authority_key_id, "30 09 a1 04 82 02 61 62 82 01 05"_hex))
      << "issuer and serial number";
  EXPECT_FALSE(parses_with(authority_key_id, "30 06 a1 04 82 02 61 62"_hex))
      << "issuer without serial number";
  EXPECT_FALSE(parses_with(authority_key_id, "30 03 82 01 05"_hex))
      << "serial number without issuer";
  EXPECT_FALSE(parses_with(authority_key_id, "30 03 83 01 aa"_hex));
}

TEST(Certificate, reads_policies_and_information_access) {
  EXPECT_TRUE(parses_with(certificate_policies, "30 06 30 04 06 02 2a 03"_hex));
  EXPECT_FALSE(parses_with(certificate_policies, "30 00"_hex));
  EXPECT_FALSE(parses_with(certificate_policies, "30 02 05 00"_hex));
  EXPECT_TRUE(parses_with(authority_info_access, "30 0a 30 08 06 02 2a 03 86 02 61 62"_hex));
  EXPECT_FALSE(parses_with(authority_info_access, "30 00"_hex));
  EXPECT_FALSE(parses_with(authority_info_access, "30 06 30 04 06 02 2a 03"_hex));
}

TEST(Certificate, reads_name_constraints_of_authorities) {
  struct {
    const char* claim;
    Octets value;
    bool is_good;
  } const cases[] = {
      {"a permitted DNS name", "30 08 a0 06 30 04 82 02 61 62"_hex, true},
      {"an excluded DNS name", "30 08 a1 06 30 04 82 02 61 62"_hex, true},
      {"every DNS name", "30 06 a1 04 30 02 82 00"_hex, true},
      {"a network", "30 0e a0 0c 30 0a 87 08 c0 00 02 00 ff ff ff 00"_hex, true},
      {"a single address", "30 0e a0 0c 30 0a 87 08 c0 00 02 01 ff ff ff ff"_hex, true},
      {"every address", "30 0e a0 0c 30 0a 87 08 00 00 00 00 00 00 00 00"_hex, true},
      {"an address without mask", "30 0a a0 08 30 06 87 04 c0 00 02 00"_hex, false},
      {"a broken mask", "30 0e a0 0c 30 0a 87 08 c0 00 02 00 ff 00 ff 00"_hex, false},
      {"a mask broken within a byte", "30 0e a0 0c 30 0a 87 08 c0 00 02 00 ff ff ff a0"_hex, false},
      {"ones after zeros", "30 0e a0 0c 30 0a 87 08 c0 00 02 00 ff ff 80 80"_hex, false},
      {"nothing", "30 00"_hex, false},
      {"no subtree", "30 02 a0 00"_hex, false},
      {"excluded before permitted", "30 10 a1 06 30 04 82 02 61 62 a0 06 30 04 82 02 61 62"_hex,
       false},
      {"a minimum", "30 0b a0 09 30 07 82 02 61 62 80 01 00"_hex, false},
      {"a maximum", "30 0b a0 09 30 07 82 02 61 62 81 01 05"_hex, false},
      {"a wildcard", "30 0a a0 08 30 06 82 04 2a 2e 61 62"_hex, false},
      {"a leading dot", "30 09 a0 07 30 05 82 03 2e 61 62"_hex, false},
      {"NULL", "05 00"_hex, false},
      {"NULL subtrees", "30 04 05 00 05 00"_hex, false},
  };

  for (const auto& c : cases) {
    EXPECT_EQ(parses_authority_with(name_constraints, c.value), c.is_good) << c.claim;
    EXPECT_FALSE(parses_with(name_constraints, c.value)) << c.claim << ", but in a leaf";
  }
}

TEST(Certificate, has_a_subject_if_it_is_an_authority) {
  Draft draft;
  draft.subject = "30 00"_hex;
  draft.extensions = extension(basic_constraints, true, "30 03 01 01 ff"_hex);
  EXPECT_FAILS(Certificate::parse(draft.der()), Reason::certificate_malformed);
}

TEST(Certificate, takes_keys_and_signatures_it_does_not_know_as_unsupported) {
  Draft draft;
  draft.algorithm = draft.outer_algorithm =
      "30 0d 06 09 2a 86 48 86 f7 0d 01 01 05 05 00"_hex;  // SHA-1 with RSA
  draft.key = "30 0a 30 05 06 03 2b 65 71 03 01 00"_hex;   // Ed448
  const Octets der = draft.der();
  const Certificate certificate = Certificate::parse(der).value();
  EXPECT_EQ(certificate.signature_algorithm, CertificateSignature::unsupported);
  EXPECT_EQ(certificate.key_kind, CertificateKey::unsupported);
  EXPECT_EQ(key_text(certificate), "unknown");
}

// ---- nothing that a peer sends does harm

TEST(Certificate, survives_every_truncation) {
  for (const char* file : {"certificates/google.com.pem", "certificates/cloudflare.com.pem"}) {
    for (const Octets& der : load_certificates(file)) {
      for (std::size_t size = 0; size < der.size(); ++size) {
        const Octets cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(Certificate::parse(cut)) << size;
      }
    }
  }
}

TEST(Certificate, survives_every_flipped_bit) {
  const Octets der = load_certificates("certificates/cloudflare.com.pem")[0];
  std::size_t readable = 0;
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    Octets flipped = der;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << bit % 8);
    const Result<Certificate> certificate = Certificate::parse(flipped);
    if (!certificate) {
      const Reason reason = certificate.error().reason;
      EXPECT_TRUE(reason == Reason::certificate_malformed ||
                  reason == Reason::certificate_version_invalid ||
                  reason == Reason::certificate_algorithm_mismatch)
          << code_of(reason);
      continue;
    }
    // Whatever still parses can be shown and asked about.
    ++readable;
    EXPECT_LE(Certificate::name_text(certificate->subject).size(), 256U);
    EXPECT_FALSE(key_text(*certificate).empty());
    certificate->each_alt_name([](std::uint8_t kind, Bytes) { EXPECT_LE(kind, 8); });
  }
  EXPECT_GT(readable, der.size()) << "bits of keys, signatures and texts leave the form alone";
}

TEST(Certificate, is_refused_with_a_bit_flipped_in_any_byte) {
  const Three three;
  std::size_t by_signature = 0;
  for (std::size_t byte = 0; byte < three.leaf.der.size(); ++byte) {
    Party leaf = three.leaf;
    leaf.der[byte] = static_cast<std::uint8_t>(leaf.der[byte] ^ 1U << byte % 8);
    const Answer verdict = Ask({leaf, three.intermediate}, {three.root}).verdict();
    ASSERT_FALSE(verdict.is_trusted()) << byte;
    by_signature += verdict.error()->reason == Reason::certificate_signature_invalid ? 1U : 0U;
  }
  EXPECT_GT(by_signature, three.leaf.der.size() / 4);
}

}  // namespace
}  // namespace handfast
