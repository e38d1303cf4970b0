// Family (l): a ciphertext without a text, or too short for its tag, is opened without a look at
// the tag, or by arithmetic below zero. CVE-2026-75803 (OpenSSL), CVE-2026-5778 and CVE-2026-1005
// (wolfSSL). RFC 9846 §5.2, §5.4. tests/crypto/aead_test.cc has the ciphers themselves.
#include "families/family.h"

namespace handfast::test::families {
namespace {

using enum HandshakeType;

/// An encrypted record of `size` bytes that are nobody's.
Content garbage(std::uint8_t size) {
  Content record = {23, 3, 3, 0, size};
  record.resize(5U + size, 0);
  return record;
}

Edit to_client(std::uint8_t size) { return insert_raw_before(encrypted_extensions, garbage(size)); }

Edit to_server(std::uint8_t size) { return insert_raw_before(finished, garbage(size)); }

Edit before(HandshakeType message, ContentType type) { return insert_before(message, type, {}); }

/// A record of nothing but padding.
Edit all_padding(HandshakeType message) {
  return both(insert_before(message, ContentType::invalid, {}), [](Flight& flight) {
    for (Piece& piece : flight) {
      piece.zeros = piece.type == ContentType::invalid ? 20 : 0;
    }
  });
}

std::vector<Case> cases() {
  return {
      {"no_bytes_to_a_client", by_client, Reason::record_unreadable, {{1, to_client(0)}}},
      {"one_byte_to_a_client", by_client, Reason::record_unreadable, {{1, to_client(1)}}},
      {"less_than_a_tag_to_a_client", by_client, Reason::record_unreadable, {{1, to_client(15)}}},
      {"a_tag_alone_to_a_client", by_client, Reason::record_unreadable, {{1, to_client(16)}}},
      {"a_tag_and_a_byte_to_a_client", by_client, Reason::record_unreadable, {{1, to_client(17)}}},
      {"a_tag_alone_to_a_client_that_resumes",
       by_client,
       Reason::record_unreadable,
       {{1, to_client(16)}},
       resumption},
      {"no_bytes_to_a_server", by_server, Reason::record_unreadable, {{2, to_server(0)}}},
      {"one_byte_to_a_server", by_server, Reason::record_unreadable, {{2, to_server(1)}}},
      {"less_than_a_tag_to_a_server", by_server, Reason::record_unreadable, {{2, to_server(15)}}},
      {"a_tag_alone_to_a_server", by_server, Reason::record_unreadable, {{2, to_server(16)}}},
      {"a_tag_and_a_byte_to_a_server", by_server, Reason::record_unreadable, {{2, to_server(17)}}},
      {"a_handshake_record_of_nothing_to_a_client",
       by_client,
       Reason::record_empty_fragment,
       {{1, before(encrypted_extensions, ContentType::handshake)}}},
      {"a_handshake_record_of_nothing_to_a_server",
       by_server,
       Reason::record_empty_fragment,
       {{2, before(finished, ContentType::handshake)}}},
      {"an_alert_of_nothing_to_a_client",
       by_client,
       Reason::record_empty_fragment,
       {{1, before(certificate, ContentType::alert)}}},
      {"an_alert_of_nothing_to_a_server",
       by_server,
       Reason::record_empty_fragment,
       {{2, before(finished, ContentType::alert)}}},
      {"data_of_nothing_in_the_handshake_to_a_client",
       by_client,
       Reason::application_data_early,
       {{1, before(certificate, ContentType::application_data)}}},
      {"data_of_nothing_in_the_handshake_to_a_server",
       by_server,
       Reason::application_data_early,
       {{2, before(finished, ContentType::application_data)}}},
      {"padding_alone_to_a_client",
       by_client,
       Reason::record_without_type,
       {{1, all_padding(certificate)}}},
      {"padding_alone_to_a_server",
       by_server,
       Reason::record_without_type,
       {{2, all_padding(finished)}}},
  };
}

class EmptyCiphertext : public testing::TestWithParam<Case> {};

TEST_P(EmptyCiphertext, is_refused) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Family, EmptyCiphertext, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace handfast::test::families
