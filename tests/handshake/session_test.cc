// Session and SessionCache: what is kept, for whom, and what is read back.
#include "handfast/resumption.h"
#include "handshake/session_state.h"
#include "support/expect.h"
#include "support/parties.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;

Content certificate_of_server() {
  const Bytes der = credential(CertificateKey::ecdsa_p256)->leaf().der;
  return {der.begin(), der.end()};
}

struct Made {
  std::string name{server_dns_name};
  std::uint8_t mark = 1;  // the first byte of its ticket
  std::uint32_t lifetime = 100;
  std::uint8_t binding = 7;
  std::uint32_t issued = 1'800'000'000;
  Content certificate = certificate_of_server();
};

SecretBytes bytes_of(const Made& made) {
  const Content name(made.name.begin(), made.name.end());
  const Content psk(32, 5);
  const Content binding(32, made.binding);
  const Content ticket = {made.mark, 2, 3};
  const std::array path = {SessionCertificate{made.certificate}};
  SessionFields fields;
  fields.suite = CipherSuite::tls_aes_128_gcm_sha256;
  fields.issued = made.issued;
  fields.authenticated = 1'800'000'000;
  fields.lifetime = made.lifetime;
  fields.max_early_data = 14'336;
  fields.psk = psk;
  fields.server_name = name;
  fields.binding = binding;
  fields.ticket = ticket;
  fields.path = std::span<const SessionCertificate>(path);
  return write_session(fields).value();
}

Session session_of(const Made& made) { return Session::from_bytes(bytes_of(made)).value(); }

int mark_of(const std::optional<Session>& session) {
  return session ? session->state().fields.ticket.front() : 0;
}

TEST(Session, is_read_as_it_was_written) {
  const Session session = session_of({});
  EXPECT_EQ(session.server_name(), server_dns_name);
  EXPECT_EQ(session.suite(), CipherSuite::tls_aes_128_gcm_sha256);
  EXPECT_EQ(session.received(), handshake_time);
  EXPECT_EQ(session.expires().seconds, handshake_time.seconds + 100);
  EXPECT_EQ(session.max_early_data(), 14'336U);
  EXPECT_EQ(session.alpn(), "");
  const Session again = Session::from_bytes(session.to_bytes()).value();
  EXPECT_TRUE(std::ranges::equal(again.to_bytes().expose(), bytes_of({}).expose()));
}

TEST(Session, is_not_read_from_anything_else) {
  const SecretBytes good = bytes_of({});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FAILS(Session::from_bytes(SecretBytes(good.expose().first(size))),
                 Reason::session_malformed);
  }
  Content more(good.expose().begin(), good.expose().end());
  more.push_back(0);
  EXPECT_FAILS(Session::from_bytes(SecretBytes(more)), Reason::session_malformed);
  Content other_format(good.expose().begin(), good.expose().end());
  ++other_format.front();
  EXPECT_FAILS(Session::from_bytes(SecretBytes(other_format)), Reason::session_malformed);
  Content other_suite(good.expose().begin(), good.expose().end());
  other_suite[2] = 2;  // TLS_AES_256_GCM_SHA384, with a key of 32 bytes
  EXPECT_FAILS(Session::from_bytes(SecretBytes(other_suite)), Reason::session_malformed);
  other_suite[2] = 9;
  EXPECT_FAILS(Session::from_bytes(SecretBytes(other_suite)), Reason::session_malformed);
}

TEST(Session, has_certificates_that_are_such) {
  EXPECT_TRUE(Session::from_bytes(bytes_of({})));
  EXPECT_FAILS(Session::from_bytes(bytes_of({.certificate = {0x30, 0}})),
               Reason::session_malformed);
}

TEST(Session, has_a_length_of_records_that_its_version_can_have) {
  const Content secret(48, 5);
  SessionFields fields;
  fields.psk = secret;
  for (const auto& [suite, length, is_good] :
       {std::tuple{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, 512, true},
        std::tuple{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, 513, false},
        std::tuple{CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, 8192, false},
        std::tuple{CipherSuite::tls_aes_256_gcm_sha384, 0, true},
        std::tuple{CipherSuite::tls_aes_256_gcm_sha384, 512, false}}) {
    fields.suite = suite;
    fields.max_fragment_length = static_cast<std::uint16_t>(length);
    EXPECT_EQ(Session::from_bytes(write_session(fields).value()).has_value(), is_good) << length;
  }
}

TEST(SessionCache, gives_the_newest_first_and_each_once) {
  SessionCache cache;
  cache.put(session_of({.mark = 1}));
  cache.put(session_of({.mark = 2}));
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 2);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 1);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 0);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(SessionCache, gives_the_one_that_was_received_last_whenever_it_was_put) {
  SessionCache cache;
  cache.put(session_of({.mark = 1, .issued = 1'800'000'010}));
  cache.put(session_of({.mark = 2, .issued = 1'800'000'005}));  // one that comes back
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 1);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 2);
}

TEST(SessionCache, keeps_four_for_a_name) {
  SessionCache cache;
  for (std::uint8_t mark = 1; mark <= 6; ++mark) {
    cache.put(session_of({.mark = mark}));
  }
  EXPECT_EQ(cache.size(), 4U);
  for (const int mark : {6, 5, 4, 3, 0}) {
    EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), mark);
  }
}

TEST(SessionCache, makes_room_where_nothing_came_for_the_longest) {
  SessionCache cache(2);
  cache.put(session_of({.name = "a.test"}));
  cache.put(session_of({.name = "b.test"}));
  cache.put(session_of({.name = "a.test"}));
  cache.put(session_of({.name = "c.test"}));
  EXPECT_FALSE(cache.take("b.test", handshake_time));
  EXPECT_TRUE(cache.take("a.test", handshake_time));
  EXPECT_TRUE(cache.take("c.test", handshake_time));
  cache.put(session_of({.name = "d.test"}));
  EXPECT_EQ(cache.size(), 2U) << "c.test is empty and takes no place";
}

TEST(SessionCache, drops_what_is_too_old) {
  SessionCache cache;
  cache.put(session_of({.mark = 1, .lifetime = 1000}));
  cache.put(session_of({.mark = 2, .lifetime = 10}));
  EXPECT_EQ(mark_of(cache.take(server_dns_name, {handshake_time.seconds + 10})), 1);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(SessionCache, gives_only_what_is_bound_alike) {
  SessionCache cache;
  cache.put(session_of({.mark = 1, .binding = 7}));
  cache.put(session_of({.mark = 2, .binding = 8}));
  const Content seven(32, 7);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, seven, handshake_time)), 1);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, seven, handshake_time)), 0);
  EXPECT_EQ(mark_of(cache.take(server_dns_name, handshake_time)), 2);
}

TEST(SessionCache, forgets_when_it_is_told_to) {
  SessionCache cache;
  cache.put(session_of({}));
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_FALSE(cache.take(server_dns_name, handshake_time));
}

}  // namespace
}  // namespace handfast::test
