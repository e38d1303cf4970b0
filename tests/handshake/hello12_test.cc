// What is refused of the hellos of TLS 1.2, and of the order of what follows them. RFC 5246 §7.3,
// §7.4.1, RFC 5746, RFC 7627.
#include "handshake/hello12.h"

#include "handfast/legacy.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

constexpr auto tls12 = ProtocolVersion::tls12;
constexpr auto tls13 = ProtocolVersion::tls13;

Sides in_12(Sides sides = {}) {
  sides.client.versions = sides.server.versions = {tls12};
  return sides;
}

/// A client that speaks both, which a server answers that speaks TLS 1.2 alone.
Sides of_both(Sides sides = {}) {
  sides.client.versions = {tls13, tls12};
  sides.server.versions = {tls12};
  return sides;
}

/// A client that offers an old suite, to a server that does not take it.
Sides with_cbc_offered() {
  Sides sides = in_12();
  sides.client.policy = Policy::legacy(legacy::cbc_suites);
  sides.client.cipher_suites12.push_back(CipherSuite::tls_ecdhe_ecdsa_with_aes_128_cbc_sha);
  return sides;
}

std::map<unsigned, Edit> client_hello_with(void (*change)(OpenHello&)) {
  return {{0, edit_hello(change)}};
}

std::map<unsigned, Edit> server_hello_with(void (*change)(OpenHello&)) {
  return {{1, edit_hello(change)}};
}

// RFC 5246 §7.4.1.2; RFC 9325 §3.3.
TEST(Hello12, takes_null_of_the_compressions_and_tells_that_there_were_others) {
  const auto compressions = [](const Content& offered) {
    Loopback pair(in_12());
    std::optional<Content> taken;
    Middle(pair).run({{0, edit_hello([&](OpenHello& hello) { hello.compression = offered; })},
                      {1, edit_hello([&](OpenHello& hello) { taken = hello.compression; })}});
    EXPECT_EQ(taken, Content{0});
    return pair.server.compressions;
  };
  using Told = std::vector<Content>;
  EXPECT_EQ(compressions({1, 0}), (Told{{1, 0}}));
  EXPECT_EQ(compressions({0, 64, 1}), (Told{{0, 64, 1}}));
  EXPECT_EQ(compressions({0}), Told());
  EXPECT_EQ(compressions({0, 0}), Told());
}

TEST(Hello12, refuses_a_server_hello_that_breaks_a_rule) {
  const Refusal rows[] = {
      {"no extended main secret", by_client, Reason::extended_main_secret_missing,
       server_hello_with([](OpenHello& h) { h.erase(extended_main_secret); }), in_12()},
      {"the MAC after the encryption, with an AEAD", by_client, Reason::encrypt_then_mac_misplaced,
       server_hello_with([](OpenHello& h) { h[encrypt_then_mac] = {}; }), with_cbc_offered()},
      {"no renegotiation_info", by_client, Reason::renegotiation_info_missing,
       server_hello_with([](OpenHello& h) { h.erase(renegotiation_info); }), in_12()},
      {"renegotiation_info of an earlier handshake", by_client, Reason::renegotiation_info_invalid,
       server_hello_with([](OpenHello& h) { h[renegotiation_info] = {1, 0}; }), in_12()},
      {"no uncompressed points", by_client, Reason::point_format_none_common,
       server_hello_with([](OpenHello& h) { h[ec_point_formats] = {1, 1}; }), in_12()},
      {"compression", by_client, Reason::compression_not_null,
       server_hello_with([](OpenHello& h) { h.compression = {1}; }), in_12()},
      {"a suite that was not offered", by_client, Reason::suite_not_offered,
       server_hello_with([](OpenHello& h) { h.suites = {0xc0, 0x13}; }), in_12()},
      {"a suite of TLS 1.3", by_client, Reason::suite_not_offered,
       server_hello_with([](OpenHello& h) { h.suites = {0x13, 0x01}; }), of_both()},
      {"an extension that was not sent", by_client, Reason::extension_unsolicited,
       server_hello_with([](OpenHello& h) { h[session_ticket] = {}; }), in_12()},
      {"an extension of other messages", by_client, Reason::extension_misplaced,
       server_hello_with([](OpenHello& h) { h[signature_algorithms] = {0, 2, 4, 3}; }), in_12()},
      {"an extension twice", by_client, Reason::extension_duplicated,
       server_hello_with([](OpenHello& h) { h.extensions.push_back(h.extensions.front()); }),
       in_12()},
      {"TLS 1.1", by_client, Reason::version_none_common,
       server_hello_with([](OpenHello& h) { h.legacy_version = 0x0302; }), in_12()},
      {"the sentinel of a server that has TLS 1.3", by_client, Reason::downgrade_detected,
       server_hello_with([](OpenHello& h) {
         std::ranges::copy(std::string_view("DOWNGRD\x01"), h.random.begin() + 24);
       }),
       of_both()},
      {"the sentinel of TLS 1.1", by_client, Reason::downgrade_detected,
       server_hello_with([](OpenHello& h) {
         std::ranges::copy(std::string_view("DOWNGRD\x00", 8), h.random.begin() + 24);
       }),
       of_both()},
      {"a key on a curve that was not offered", by_client, Reason::certificate_curve_not_offered,
       client_hello_with([](OpenHello& h) { h[supported_groups] = {0, 4, 0, 29, 0, 23}; }),
       [] {
         Sides sides = in_12({.key = CertificateKey::ecdsa_p256});
         sides.client.groups = {NamedGroup::x25519};
         return sides;
       }()},
      {"a raw key", by_client, Reason::certificate_type_none_common,
       server_hello_with([](OpenHello& h) { h[server_certificate_type] = {2}; }),
       [] {
         Sides sides = in_12();
         sides.client.peer_certificate_types = {CertificateType::x509,
                                                CertificateType::raw_public_key};
         return sides;
       }()},
      {"a limit on records of 63 bytes", by_client, Reason::record_size_limit_invalid,
       server_hello_with([](OpenHello& h) { h[record_size_limit] = {0, 63}; }), in_12()},
  };
  expect_refusals(rows);
}

TEST(Hello12, refuses_a_client_hello_that_breaks_a_rule) {
  const Refusal rows[] = {
      {"no extended main secret", by_server, Reason::extended_main_secret_missing,
       client_hello_with([](OpenHello& h) { h.erase(extended_main_secret); }), in_12()},
      {"renegotiation_info of an earlier handshake", by_server, Reason::renegotiation_info_invalid,
       client_hello_with([](OpenHello& h) { h[renegotiation_info] = {1, 0}; }), in_12()},
      {"TLS 1.1", by_server, Reason::version_none_common,
       client_hello_with([](OpenHello& h) { h.legacy_version = 0x0302; }), in_12()},
      {"TLS 1.1 in supported_versions", by_server, Reason::version_none_common,
       client_hello_with([](OpenHello& h) { h[supported_versions] = {2, 3, 2}; }), in_12()},
      {"TLS 1.3 alone, to a server that speaks TLS 1.2 alone",
       by_server,
       Reason::version_none_common,
       {},
       [] {
         Sides sides = in_12();
         sides.client.versions = {tls13};
         return sides;
       }()},
      {"a fallback that is not called for", by_server, Reason::fallback_inappropriate,
       client_hello_with([](OpenHello& h) { h.suites.insert(h.suites.end(), {0x56, 0x00}); }),
       [] {
         Sides sides = in_12();
         sides.server.versions = {tls13, tls12};
         return sides;
       }()},
  };
  expect_refusals(rows);
}

/// The client's own session id, as the answer's.
std::map<unsigned, Edit> echoing() {
  const auto id = std::make_shared<Content>();
  return {{0, edit_hello([id](OpenHello& h) { *id = h.session_id; })},
          {1, edit_hello([id](OpenHello& h) { h.session_id = *id; })}};
}

TEST(Hello12, refuses_a_session_that_cannot_be) {
  const Refusal rows[] = {
      {"none was offered", by_client, Reason::session_not_offered, echoing(), of_both()},
  };
  expect_refusals(rows);
  const Sides sides = in_12(resuming({.key = CertificateKey::ecdsa_p256}));
  Loopback(sides).connect();
  ASSERT_EQ(sides.client.sessions->size(), 1U);
  const Refusal resumed[] = {
      {"its suite is another one", by_client, Reason::session_other_suite,
       server_hello_with([](OpenHello& h) {
         h.suites = {0xc0, static_cast<std::uint8_t>(h.suites[1] == 0x2b ? 0x2c : 0x2b)};
       }),
       sides},
  };
  expect_refusals(resumed);
}

TEST(Hello12, is_not_spoken_over_in_another_version) {
  Sides sides;
  sides.client.versions = {tls13};
  sides.server.versions = {tls12};
  Loopback pair(sides);
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::version_none_common);
}

TEST(Hello12, tells_no_limit_above_that_of_tls_12) {
  Loopback pair(in_12());
  const auto limit = [](const Flight& flight) {
    OpenHello hello = OpenHello::parse(flight.front().content);
    return hello[record_size_limit];
  };
  Content asked;
  Content answered;
  Middle(pair).run({{0, [&](Flight& flight) { asked = limit(flight); }},
                    {1, [&](Flight& flight) { answered = limit(flight); }}});
  EXPECT_EQ(asked, (Content{0x40, 0}));
  EXPECT_EQ(answered, (Content{0x40, 0}));
  EXPECT_TRUE(pair.agrees());
}

TEST(Hello12, trusts_no_session_before_the_server_has_shown_that_it_has_it) {
  const Sides sides = in_12(resuming({.key = CertificateKey::ecdsa_p256}));
  Loopback(sides).connect();
  Loopback pair(sides);
  // The Finished of somebody who knows no more than what goes over the wire in clear.
  Middle(pair).run({{1, [](Flight& flight) { flight.back().raw.back() ^= 1; }}});
  EXPECT_FAILS(pair.client.outcome(), Reason::record_unreadable);
  const Verdict* const verdict = pair.client.connection.verdict();
  EXPECT_TRUE(verdict == nullptr || !verdict->is_trusted());
  EXPECT_NE(pair.client.connection.settled().session, SessionOutcome::resumed);
}

// ---- the order of messages ----------------------------------------------------------------------

const Content change = {1};

Edit change_before(HandshakeType message) {
  return insert_before(message, ContentType::change_cipher_spec, change);
}

/// Leaves out the first change_cipher_spec.
Edit no_change() {
  return [](Flight& flight) {
    std::erase_if(flight, [](const Piece& piece) {
      return piece.raw.empty() && piece.type == ContentType::change_cipher_spec;
    });
  };
}

TEST(Hello12, holds_every_message_to_its_place) {
  const Content stray = handshake_message(hello_request, {});
  const Sides asking = in_12(authenticated());
  const Refusal rows[] = {
      {"no Certificate", by_client, Reason::message_unexpected, {{1, drop(certificate)}}, in_12()},
      {"no ServerKeyExchange",
       by_client,
       Reason::message_unexpected,
       {{1, drop(server_key_exchange)}},
       in_12()},
      {"no ClientKeyExchange",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{2, drop(client_key_exchange)}},
       in_12()},
      {"no Certificate of a client that was asked",
       by_server,
       Reason::message_unexpected,
       {{2, drop(certificate)}},
       asking},
      {"no CertificateVerify",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{2, drop(certificate_verify)}},
       asking},
      {"a HelloRequest in between",
       by_client,
       Reason::message_unexpected,
       {{1, insert_before(server_key_exchange, ContentType::handshake, stray)}},
       in_12()},
      {"change_cipher_spec before ServerHello",
       by_client,
       Reason::change_cipher_spec_unexpected,
       {{1,
         [](Flight& flight) {
           change_before(server_hello)(flight);
           change_before(server_hello)(flight);
         }}},
       in_12()},
      {"change_cipher_spec before Certificate",
       by_client,
       Reason::change_cipher_spec_unexpected,
       {{1, change_before(certificate)}},
       in_12()},
      {"change_cipher_spec before ServerHelloDone",
       by_client,
       Reason::change_cipher_spec_unexpected,
       {{1, change_before(server_hello_done)}},
       in_12()},
      {"change_cipher_spec before ClientKeyExchange",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{2, change_before(client_key_exchange)}},
       in_12()},
      {"change_cipher_spec before CertificateVerify",
       by_server,
       Reason::change_cipher_spec_unexpected,
       {{2, change_before(certificate_verify)}},
       asking},
      {"a message of the old keys beside the last",
       by_server,
       Reason::key_change_inside_record,
       {{2, append_to(client_key_exchange, stray)}},
       in_12()},
      {"no change_cipher_spec", by_server, Reason::record_unprotected, {{2, no_change()}}, in_12()},
      {"no change_cipher_spec of the server",
       by_client,
       Reason::record_unprotected,
       {{3, no_change()}},
       in_12()},
  };
  expect_refusals(rows);
}

}  // namespace
}  // namespace handfast::test
