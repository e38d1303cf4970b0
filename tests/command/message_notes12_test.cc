#include "handfast/message_notes12.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::command {
namespace {

using Octets = std::vector<std::uint8_t>;

/// A handshake message of this type.
Octets message(HandshakeType type, const Octets& body) {
  const std::size_t size = body.size();
  Octets bytes = {static_cast<std::uint8_t>(type), 0, static_cast<std::uint8_t>(size >> 8U),
                  static_cast<std::uint8_t>(size)};
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

void append(Octets& bytes, std::initializer_list<Octets> more) {
  for (const Octets& one : more) {
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
}

const Octets session_id = {1, 2, 3, 4};

/// With TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, this id, and a block of extensions.
Octets server_hello12(const Octets& id, const Octets& extensions) {
  Octets body = {3, 3};
  body.resize(34, 7);
  append(body, {{static_cast<std::uint8_t>(id.size())}, id, {0xc0, 0x2f, 0}});
  append(body, {{0, static_cast<std::uint8_t>(extensions.size())}, extensions});
  return message(HandshakeType::server_hello, body);
}

TEST(MessageNotes12, tell_the_version_of_a_server_hello) {
  EXPECT_TRUE(settles_12(server_hello12(session_id, {})));
  EXPECT_FALSE(settles_12(server_hello12(session_id, {0, 0x2b, 0, 2, 3, 4})));
}

TEST(MessageNotes12, tell_that_a_session_goes_on) {
  const Octets alpn = {0, 16, 0, 5, 0, 3, 2, 'h', '2'};
  const Octets hello = server_hello12(session_id, alpn);
  constexpr auto type = HandshakeType::server_hello;
  EXPECT_EQ(note_of12(type, hello, {}), "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ALPN h2");
  EXPECT_EQ(note_of12(type, hello, session_id),
            "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, session resumed, ALPN h2");
  const Octets without = server_hello12({}, {});
  EXPECT_EQ(note_of12(type, without, {}), "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  EXPECT_TRUE(std::ranges::equal(session_id_of(hello), session_id));
}

TEST(MessageNotes12, find_certificates_and_what_comes_with_them) {
  const Octets two =
      message(HandshakeType::certificate, {0, 0, 9, 0, 0, 1, 0xaa, 0, 0, 2, 0xbb, 0xcc});
  const std::vector<ShownCertificate> shown = certificates12_of(two);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_TRUE(std::ranges::equal(shown[0].der, Octets{0xaa}));
  EXPECT_TRUE(std::ranges::equal(shown[1].der, Octets{0xbb, 0xcc}));
  EXPECT_EQ(note_of12(HandshakeType::certificate, two, {}), "2 certificates");
  const Octets none = message(HandshakeType::certificate, {0, 0, 0});
  EXPECT_EQ(note_of12(HandshakeType::certificate, none, {}), "no certificate");

  const Octets status = message(HandshakeType::certificate_status, {1, 0, 0, 2, 0xdd, 0xee});
  EXPECT_TRUE(std::ranges::equal(staple12_of(status), Octets{0xdd, 0xee}));
  EXPECT_EQ(note_of12(HandshakeType::certificate_status, status, {}), "OCSP response");
  const Octets hello = server_hello12({}, {0, 18, 0, 3, 7, 8, 9});
  EXPECT_TRUE(std::ranges::equal(sct_list12_of(hello), Octets{7, 8, 9}));
}

TEST(MessageNotes12, tell_what_keys_are_made_of_and_signed_with) {
  const Octets exchange =
      message(HandshakeType::server_key_exchange, {3, 0, 29, 2, 5, 6, 8, 4, 0, 1, 9});
  EXPECT_EQ(note_of12(HandshakeType::server_key_exchange, exchange, {}),
            "x25519, signed with rsa_pss_rsae_sha256");
  const Octets with_key = message(HandshakeType::server_key_exchange, {0, 1, 9, 3, 0, 23, 2, 5, 6});
  EXPECT_EQ(note_of12(HandshakeType::server_key_exchange, with_key, {}), "secp256r1");
  Octets finite = {1, 0x80};  // a prime of 384 bytes, a generator, a public value of one byte
  finite.resize(2 + 384, 0xff);
  finite.insert(finite.end(), {0, 1, 2, 0, 1, 9, 8, 4, 0, 1, 9});
  EXPECT_EQ(note_of12(HandshakeType::server_key_exchange,
                      message(HandshakeType::server_key_exchange, finite), {}),
            "ffdhe3072, signed with rsa_pss_rsae_sha256");
  const Octets hint = message(HandshakeType::server_key_exchange, {0, 2, 8, 9});
  EXPECT_EQ(note_of12(HandshakeType::server_key_exchange, hint, {}), "no named group");
  const Octets explicit_curve = message(HandshakeType::server_key_exchange, {1, 0, 29});
  EXPECT_EQ(note_of12(HandshakeType::server_key_exchange, explicit_curve, {}), "no named group");
  const Octets verify = message(HandshakeType::certificate_verify, {8, 7, 0, 1, 9});
  EXPECT_EQ(note_of12(HandshakeType::certificate_verify, verify, {}), "ed25519");
}

TEST(MessageNotes12, tell_whom_a_server_asks_for) {
  const Octets anybody = message(HandshakeType::certificate_request, {1, 64, 0, 2, 4, 3, 0, 0});
  EXPECT_EQ(note_of12(HandshakeType::certificate_request, anybody, {}), "of any authority");
  // CN=A, and an empty name.
  Octets body = {1, 64, 0, 2, 4, 3, 0, 20};
  append(body,
         {{0, 14, 0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, 'A'}, {0, 2, 0x30, 0}});
  const Octets named = message(HandshakeType::certificate_request, body);
  EXPECT_EQ(authorities12_of(named).size(), 2U);
  EXPECT_EQ(note_of12(HandshakeType::certificate_request, named, {}), "of CN=A or 1 more");
}

TEST(MessageNotes12, tell_how_long_a_ticket_lives) {
  constexpr auto type = HandshakeType::new_session_ticket;
  EXPECT_EQ(note_of12(type, message(type, {0, 0, 0x1c, 0x20, 0, 1, 9}), {}), "lives 7200 s");
  EXPECT_EQ(note_of12(type, message(type, {0, 0, 0, 0, 0, 1, 9}), {}),
            "does not say how long it lives");
  EXPECT_EQ(note_of12(type, message(type, {0, 0, 0, 0, 0, 0}), {}), "without a ticket");
}

TEST(MessageNotes12, read_nothing_beyond_a_message_that_was_cut) {
  const Octets whole =
      message(HandshakeType::certificate, {0, 0, 9, 0, 0, 1, 0xaa, 0, 0, 2, 0xbb, 0xcc});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    for (const ShownCertificate& shown : certificates12_of(cut)) {
      EXPECT_LE(shown.der.size(), size);
    }
    EXPECT_FALSE(note_of12(HandshakeType::certificate, cut, {}).empty());
    EXPECT_TRUE(settles_12(cut));
    EXPECT_TRUE(staple12_of(cut).size() < size || staple12_of(cut).empty());
  }
}

TEST(MessageNotes12, tell_what_a_client_of_tls_12_offers) {
  Octets body = {3, 3};
  body.resize(34, 7);
  append(body, {{0, 0, 2, 0xc0, 0x2f, 1, 0}});
  Octets fresh = body;
  append(fresh, {{0, 4, 0, 35, 0, 0}});
  constexpr auto type = HandshakeType::client_hello;
  EXPECT_EQ(note_of(type, message(type, fresh)), "TLS 1.2");
  Octets again = body;
  append(again, {{0, 5, 0, 35, 0, 1, 9}});
  EXPECT_EQ(note_of(type, message(type, again)), "TLS 1.2, offers a session");
}

}  // namespace
}  // namespace handfast::command
