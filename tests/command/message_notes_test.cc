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
