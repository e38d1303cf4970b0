#include "handfast/message_notes.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

using Octets = std::vector<std::uint8_t>;

// A Certificate of two: "aa" with a staple "bb" and an SCT list "cc dd", and "ee" with nothing.
const Octets certificate_message = {
    0x0b, 0x00, 0x00, 0x1f,              // certificate, length
    0x00,                                // certificate_request_context
    0x00, 0x00, 0x1b,                    // certificate_list
    0x00, 0x00, 0x01, 0xaa,              // cert_data
    0x00, 0x0f,                          // extensions
    0x00, 0x05, 0x00, 0x05, 0x01, 0x00,  // status_request: ocsp
    0x00, 0x01, 0xbb,                    // response
    0x00, 0x12, 0x00, 0x02, 0xcc, 0xdd,  // signed_certificate_timestamp
    0x00, 0x00, 0x01, 0xee, 0x00, 0x00,
};

bool is(Bytes bytes, const Octets& wanted) { return std::ranges::equal(bytes, wanted); }

TEST(MessageNotes, finds_what_came_with_each_certificate) {
  const std::vector<ShownCertificate> shown = certificates_of(certificate_message);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_TRUE(is(shown[0].der, {0xaa}));
  EXPECT_TRUE(is(shown[0].staple, {0xbb}));
  EXPECT_TRUE(is(shown[0].sct_list, {0xcc, 0xdd}));
  EXPECT_TRUE(is(shown[1].der, {0xee}));
  EXPECT_TRUE(shown[1].staple.empty() && shown[1].sct_list.empty());
  EXPECT_EQ(note_of(HandshakeType::certificate, certificate_message),
            "2 certificates, OCSP response, SCTs");
}

TEST(MessageNotes, says_so_where_there_is_no_certificate) {
  const Octets none = {0x0b, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00};
  EXPECT_TRUE(certificates_of(none).empty());
  EXPECT_EQ(note_of(HandshakeType::certificate, none), "no certificate");
}

TEST(MessageNotes, tells_what_compression_saved) {
  const Octets compressed = {0x19, 0x00, 0x00, 0x0b, 0x00, 0x02, 0x00, 0x10,
                             0x00, 0x00, 0x00, 0x03, 0x01, 0x02, 0x03};
  EXPECT_EQ(note_of(HandshakeType::compressed_certificate, compressed),
            "brotli, 4100 bytes without");
}

TEST(MessageNotes, tells_a_raw_public_key_from_a_certificate) {
  Octets shown = {0x0b, 0x00, 0x00, 0x35, 0x00, 0x00, 0x00, 0x31, 0x00, 0x00, 0x2c, 0x30,
                  0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  shown.resize(shown.size() + 32, 7);  // Ed25519
  shown.resize(shown.size() + 2);
  EXPECT_EQ(note_of(HandshakeType::certificate, shown), "1 certificate");
  EXPECT_EQ(note_of(HandshakeType::certificate, shown, CertificateType::raw_public_key),
            "raw public key, Ed25519");
  shown[11] = 0x31;
  EXPECT_EQ(note_of(HandshakeType::certificate, shown, CertificateType::raw_public_key),
            "no raw public key that could be read");
}

TEST(MessageNotes, reads_the_types_that_were_settled_on) {
  const Octets both = {0x08, 0x00, 0x00, 0x0c, 0x00, 0x0a, 0x00, 0x13,
                       0x00, 0x01, 0x02, 0x00, 0x14, 0x00, 0x01, 0x02};
  EXPECT_EQ(types_of(both).server, CertificateType::raw_public_key);
  EXPECT_EQ(types_of(both).client, CertificateType::raw_public_key);
  EXPECT_EQ(note_of(HandshakeType::encrypted_extensions, both),
            "shows a raw public key, wants a raw public key");
  const Octets none = {0x08, 0x00, 0x00, 0x02, 0x00, 0x00};
  EXPECT_EQ(types_of(none).server, CertificateType::x509);
  EXPECT_EQ(note_of(HandshakeType::encrypted_extensions, none), "");
}

TEST(MessageNotes, reads_nothing_beyond_a_message_that_was_cut) {
  for (std::size_t size = 0; size < certificate_message.size(); ++size) {
    const Octets cut(certificate_message.begin(),
                     certificate_message.begin() + static_cast<std::ptrdiff_t>(size));
    for (const ShownCertificate& shown : certificates_of(cut)) {
      EXPECT_LE(shown.der.size() + shown.staple.size() + shown.sct_list.size(), size);
    }
    EXPECT_FALSE(note_of(HandshakeType::certificate, cut).empty());
  }
}

}  // namespace
}  // namespace handfast::command
