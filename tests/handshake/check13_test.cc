// What a client refuses of a server's messages. RFC 9846 §4.2.3 to §4.5.
#include "handshake/check13.h"

#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

constexpr auto unknown_extension = static_cast<ExtensionType>(0x5555);

/// Makes the first ServerHello of a handshake a HelloRetryRequest with these extensions beside the
/// version.
Edit make_retry(std::vector<OpenHello::Extension> extensions) {
  return [=](Flight& flight) {
    edit_hello([&](OpenHello& hello) {
      hello.random = message::hello_retry_request_random;
      hello.extensions = {{supported_versions, {3, 4}}};
      hello.extensions.insert(hello.extensions.end(), extensions.begin(), extensions.end());
    })(flight);
    flight.resize(1);
  };
}

/// The change to a ServerHello, in the flight where the client first meets one.
std::map<unsigned, Edit> hello(void (*change)(OpenHello&)) { return {{1, edit_hello(change)}}; }

Sides offering(std::vector<std::string> alpn) {
  Sides sides;
  sides.client.alpn = std::move(alpn);
  return sides;
}

TEST(Check13, refuses_a_server_hello_that_was_not_asked_for) {
  const Refusal rows[] = {
      {"no supported_versions: TLS 1.2", by_client, Reason::version_none_common,
       hello([](OpenHello& h) { h.erase(supported_versions); }), in_13()},
      {"no extensions at all", by_client, Reason::version_none_common,
       hello([](OpenHello& h) { h.extensions.clear(); }), in_13()},
      {"TLS 1.2 with an extension of its own", by_client, Reason::version_none_common,
       hello([](OpenHello& h) {
         h.extensions = {{extended_main_secret, {}}, {renegotiation_info, {0}}};
       }),
       in_13()},
      {"TLS 1.2 and the sentinel of one that has TLS 1.3", by_client, Reason::downgrade_detected,
       hello([](OpenHello& h) {
         h.extensions.clear();
         std::ranges::copy(std::string_view("DOWNGRD\x01"), h.random.begin() + 24);
       })},
      {"TLS 1.1 and its sentinel", by_client, Reason::downgrade_detected, hello([](OpenHello& h) {
         h.legacy_version = 0x0302;
         h.extensions.clear();
         std::ranges::copy(std::string_view("DOWNGRD\x00", 8), h.random.begin() + 24);
       })},
      {"TLS 1.2 as selected_version", by_client, Reason::version_not_offered,
       hello([](OpenHello& h) { h[supported_versions] = {3, 3}; })},
      {"a version that does not exist", by_client, Reason::version_not_offered,
       hello([](OpenHello& h) { h[supported_versions] = {3, 5}; })},
      {"legacy_version 0x0304", by_client, Reason::legacy_version_invalid,
       hello([](OpenHello& h) { h.legacy_version = 0x0304; })},
      {"legacy_version 0x0302", by_client, Reason::legacy_version_invalid,
       hello([](OpenHello& h) { h.legacy_version = 0x0302; })},
      {"another session id", by_client, Reason::session_id_not_echoed,
       hello([](OpenHello& h) { h.session_id[31] ^= 1; })},
      {"no session id", by_client, Reason::session_id_not_echoed,
       hello([](OpenHello& h) { h.session_id.clear(); })},
      {"a suite that was not offered", by_client, Reason::suite_not_offered,
       hello([](OpenHello& h) { h.suites = {0x13, 0x04}; })},
      {"a suite of TLS 1.2", by_client, Reason::suite_not_offered,
       hello([](OpenHello& h) { h.suites = {0xc0, 0x2f}; })},
      {"compression", by_client, Reason::compression_not_null,
       hello([](OpenHello& h) { h.compression = {1}; })},
      {"no key_share", by_client, Reason::extension_missing,
       hello([](OpenHello& h) { h.erase(key_share); })},
      {"a share of a group without a share", by_client, Reason::key_share_not_offered,
       hello([](OpenHello& h) { h[key_share][0] = 0, h[key_share][1] = 24; })},
      {"a share of a group that was not named", by_client, Reason::key_share_not_offered,
       hello([](OpenHello& h) { h[key_share][0] = 0, h[key_share][1] = 30; })},
      {"a share that is too short", by_client, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share].pop_back();
         h[key_share][3] = 31;
       }),
       on_curves()},
      {"a share that gives zero", by_client, Reason::key_share_invalid,
       hello([](OpenHello& h) { std::fill_n(h[key_share].begin() + 4, 32, std::uint8_t{0}); }),
       on_curves()},
      {"a share that is a point off the curve", by_client, Reason::key_share_invalid,
       hello([](OpenHello& h) {
         h[key_share] = {0, 23, 0, 65, 4};
         h[key_share].resize(69, 1);
       }),
       on_curves()},
      {"an extension twice", by_client, Reason::extension_duplicated,
       hello([](OpenHello& h) { h.extensions.push_back(h.extensions.front()); })},
      {"an extension that was not sent", by_client, Reason::extension_unsolicited,
       hello([](OpenHello& h) { h[pre_shared_key] = {0, 0}; })},
      {"an extension that nobody knows", by_client, Reason::extension_unsolicited,
       hello([](OpenHello& h) { h[unknown_extension] = {}; })},
      {"an extension of other messages", by_client, Reason::extension_misplaced,
       hello([](OpenHello& h) { h[supported_groups] = {0, 2, 0, 29}; })},
      {"a byte after key_share", by_client, Reason::message_leftover,
       hello([](OpenHello& h) { h[key_share].push_back(0); })},
      {"half a version", by_client, Reason::message_truncated,
       hello([](OpenHello& h) { h[supported_versions] = {3}; })},
      {"an empty share", by_client, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[key_share] = {0, 29, 0, 0}; })},
      {"a session id of 33 bytes", by_client, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h.session_id.resize(33); })},
  };
  expect_refusals(rows);
}

// RFC 10024 §4.2, §4.3: the length, and each half as if it stood alone.
TEST(Check13, refuses_the_share_of_a_hybrid_with_a_bad_half) {
  // Behind group and length: 1,088 bytes of ML-KEM, 32 of X25519.
  const Refusal rows[] = {
      {"a byte too few", by_client, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share].pop_back();
         --h[key_share][3];
       })},
      {"a byte too many", by_client, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share].push_back(0);
         ++h[key_share][3];
       })},
      {"X25519 alone", by_client, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share].erase(h[key_share].begin() + 4, h[key_share].end() - 32);
         h[key_share][2] = 0;
         h[key_share][3] = 32;
       })},
      {"X25519 that gives zero", by_client, Reason::key_share_invalid, hello([](OpenHello& h) {
         std::fill(h[key_share].end() - 32, h[key_share].end(), std::uint8_t{0});
       })},
  };
  expect_refusals(rows);
}

// FIPS 203 makes another secret of another ciphertext, and no error: what the server encrypts shows
// it.
TEST(Check13, cannot_read_on_when_the_ciphertext_of_a_hybrid_was_changed) {
  constexpr std::array<std::uint8_t, 4> group_and_length = {0x11, 0xec, 0x04, 0x60};
  Loopback pair;
  pair.client.run();
  pair.server.receive(pair.client.take_output());
  Content flight = pair.server.take_output();
  const auto share = std::ranges::search(flight, group_and_length).end();
  ASSERT_NE(share, flight.end());
  *share ^= 1;
  pair.client.receive(flight);
  EXPECT_FAILS(pair.client.outcome(), Reason::record_unreadable);
}

TEST(Check13, refuses_a_retry_that_asks_for_nothing_sensible) {
  const Refusal rows[] = {
      {"nothing new", by_client, Reason::retry_without_change, {{1, make_retry({})}}},
      {"a group that was not offered",
       by_client,
       Reason::group_not_offered,
       {{1, make_retry({{key_share, {0, 30}}})}}},
      {"a group that has a share",
       by_client,
       Reason::retry_for_share_sent,
       {{1, make_retry({{key_share, {0, 29}}})}}},
      {"a group that has a share, with a cookie",
       by_client,
       Reason::retry_for_share_sent,
       {{1, make_retry({{key_share, {0, 29}}, {cookie, {0, 1, 7}}})}}},
      {"an empty cookie",
       by_client,
       Reason::value_out_of_bounds,
       {{1, make_retry({{cookie, {0, 0}}})}}},
      {"a share, as in a ServerHello",
       by_client,
       Reason::message_leftover,
       {{1, make_retry({{key_share, {0, 24, 0, 1, 9}}})}}},
      {"an extension that was not sent",
       by_client,
       Reason::extension_unsolicited,
       {{1, make_retry({{key_share, {0, 24}}, {unknown_extension, {}}})}}},
      {"an extension of other messages",
       by_client,
       Reason::extension_misplaced,
       {
           {1, make_retry({{key_share, {0, 24}}, {server_name, {}}})},
       },
       {}},
      {"an extension twice",
       by_client,
       Reason::extension_duplicated,
       {{1, make_retry({{key_share, {0, 24}}, {key_share, {0, 24}}})}}},
      {"another session id",
       by_client,
       Reason::session_id_not_echoed,
       {{1, edit_hello([](OpenHello& h) { h.session_id.front() ^= 0x80; })}},
       retried()},
      {"a suite that was not offered",
       by_client,
       Reason::suite_not_offered,
       {{1, edit_hello([](OpenHello& h) { h.suites = {0x13, 0x05}; })}},
       retried()},
      {"no supported_versions",
       by_client,
       Reason::extension_missing,
       {{1, edit_hello([](OpenHello& h) { h.erase(supported_versions); })}},
       retried()},
  };
  expect_refusals(rows);
}

TEST(Check13, holds_the_server_to_its_retry) {
  const Refusal rows[] = {
      {"a second retry",
       by_client,
       Reason::retry_repeated,
       {{3, edit_hello([](OpenHello& h) { h.random = message::hello_retry_request_random; })}},
       retried()},
      {"another suite",
       by_client,
       Reason::suite_changed,
       {{3, edit_hello([](OpenHello& h) { h.suites = {0x13, 0x02}; })}},
       retried()},
      {"a share of another group",
       by_client,
       Reason::key_share_not_offered,
       {{3, edit_hello([](OpenHello& h) { h[key_share][0] = 0, h[key_share][1] = 23; })}},
       retried()},
      {"no share",
       by_client,
       Reason::extension_missing,
       {{3, edit_hello([](OpenHello& h) { h.erase(key_share); })}},
       retried()},
      {"TLS 1.2 after all",
       by_client,
       Reason::version_not_offered,
       {{3, edit_hello([](OpenHello& h) { h.erase(supported_versions); })}},
       retried()},
      {"a cookie in the ServerHello",
       by_client,
       Reason::extension_misplaced,
       {{3, edit_hello([](OpenHello& h) { h[cookie] = {0, 1, 1}; })}},
       retried()},
  };
  expect_refusals(rows);
}

TEST(Check13, gives_a_cookie_back) {
  const Content sent = {0, 3, 7, 8, 9};
  Loopback pair;
  Middle middle(pair);
  pair.client.run();
  Flight first = middle.take(pair.client);
  middle.deliver(pair.server, first);
  Flight answer = middle.take(pair.server);
  make_retry({{key_share, {0, 24}}, {cookie, sent}})(answer);
  middle.deliver(pair.client, answer);
  Flight second = middle.take(pair.client);
  OpenHello before = OpenHello::parse(find(first, client_hello).content);
  OpenHello after = OpenHello::parse(find(second, client_hello).content);
  EXPECT_EQ(after[cookie], sent);
  EXPECT_EQ((Content{after[key_share].begin() + 2, after[key_share].begin() + 4}),
            (Content{0, 24}));
  EXPECT_EQ(after[key_share].size(), 2U + 4U + 97U);  // one share, and no GREASE beside it
  // RFC 9846 §4.2.2: all else stays as it was.
  after.erase(cookie);
  after[key_share] = before[key_share];
  EXPECT_EQ(after.message(client_hello), before.message(client_hello));
}

TEST(Check13, keeps_its_shares_when_only_a_cookie_is_asked_for) {
  Loopback pair;
  Middle middle(pair);
  pair.client.run();
  Flight first = middle.take(pair.client);
  middle.deliver(pair.server, first);
  Flight answer = middle.take(pair.server);
  make_retry({{cookie, {0, 1, 7}}})(answer);
  middle.deliver(pair.client, answer);
  Flight second = middle.take(pair.client);
  OpenHello before = OpenHello::parse(find(first, client_hello).content);
  OpenHello after = OpenHello::parse(find(second, client_hello).content);
  EXPECT_EQ(after[key_share], before[key_share]);
}

TEST(Check13, refuses_encrypted_extensions_that_were_not_asked_for) {
  constexpr auto alpn = application_layer_protocol_negotiation;
  const auto row = [](std::vector<OpenHello::Extension> extensions) -> std::map<unsigned, Edit> {
    return {{1, replace_extensions(std::move(extensions))}};
  };
  const Refusal rows[] = {
      {"ALPN that was not offered", by_client, Reason::alpn_not_offered,
       row({{alpn, {0, 3, 2, 'h', '3'}}}), offering({"h2"})},
      {"two application protocols", by_client, Reason::alpn_malformed,
       row({{alpn, {0, 6, 2, 'h', '2', 2, 'h', '3'}}}), offering({"h2", "h3"})},
      {"no application protocol", by_client, Reason::value_out_of_bounds, row({{alpn, {0, 0}}}),
       offering({"h2"})},
      {"an empty application protocol", by_client, Reason::value_out_of_bounds,
       row({{alpn, {0, 3, 0, 1, 'h'}}}), offering({"h2"})},
      {"ALPN when none was offered", by_client, Reason::extension_unsolicited,
       row({{alpn, {0, 3, 2, 'h', '2'}}})},
      {"a name in the answer to a name", by_client, Reason::message_leftover,
       row({{server_name, {0}}})},
      {"an extension of the ServerHello", by_client, Reason::extension_misplaced,
       row({{key_share, {0, 29}}})},
      {"signature_algorithms", by_client, Reason::extension_misplaced,
       row({{signature_algorithms, {0, 2, 8, 7}}})},
      {"an extension that nobody knows", by_client, Reason::extension_unsolicited,
       row({{unknown_extension, {}}})},
      {"early_data that was not asked for", by_client, Reason::extension_unsolicited,
       row({{early_data, {}}})},
      {"an extension twice", by_client, Reason::extension_duplicated,
       row({{server_name, {}}, {server_name, {}}})},
      {"a byte after the extensions",
       by_client,
       Reason::message_leftover,
       {{1, replace_body(encrypted_extensions, {0, 0, 0})}}},
      {"nothing at all",
       by_client,
       Reason::message_truncated,
       {{1, replace_body(encrypted_extensions, {})}}},
      {"a list longer than the message",
       by_client,
       Reason::message_truncated,
       {{1, replace_body(encrypted_extensions, {0, 5, 0, 0, 0, 0})}}},
      {"an unasked extension, else well forged",
       by_client,
       Reason::extension_unsolicited,
       {{1, reforge(replace_extensions({{unknown_extension, {1}}}))}}},
  };
  expect_refusals(rows);
}

TEST(Check13, takes_what_a_server_may_say_unasked_for) {
  // supported_groups is an answer to a question that every client asks. RFC 9846 §4.3.7.
  Loopback pair;
  Middle middle(pair);
  middle.run({{1, reforge(replace_extensions(
                      {{supported_groups, {0, 4, 0, 29, 0, 30}}, {server_name, {}}}))}});
  EXPECT_TRUE(pair.client.connected);
  EXPECT_TRUE(pair.client.trusted);
}

void append(Content& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// `bytes` behind their length in three bytes.
void append_opaque(Content& to, Bytes bytes) {
  const std::size_t size = bytes.size();
  to.push_back(static_cast<std::uint8_t>(size >> 16));
  to.push_back(static_cast<std::uint8_t>(size >> 8));
  to.push_back(static_cast<std::uint8_t>(size));
  append(to, bytes);
}

/// A Certificate whose entries hold `leaf` with these extensions, `count` times.
Content certificates(unsigned count, Bytes leaf, const Content& extensions = {0, 0},
                     const Content& context = {}) {
  Content entries;
  for (unsigned i = 0; i < count; ++i) {
    append_opaque(entries, leaf);
    append(entries, extensions);
  }
  Content body = {static_cast<std::uint8_t>(context.size())};
  append(body, context);
  append_opaque(body, entries);
  return body;
}

TEST(Check13, refuses_certificates_out_of_form) {
  const Content leaf = credential(CertificateKey::ed25519)->certificates().front();
  Sides silent;
  silent.client.request_staples = silent.client.request_sct_lists = false;
  const auto row = [](Content body) -> std::map<unsigned, Edit> {
    return {{1, replace_body(certificate, std::move(body))}};
  };
  const Refusal rows[] = {
      {"none", by_client, Reason::certificate_list_empty, row(certificates(0, {}))},
      {"eleven", by_client, Reason::certificate_list_too_long, row(certificates(11, leaf))},
      {"a context", by_client, Reason::certificate_context_invalid,
       row(certificates(1, leaf, {0, 0}, {1}))},
      {"an empty one", by_client, Reason::value_out_of_bounds, row(certificates(1, {}))},
      {"an unasked status", by_client, Reason::extension_unsolicited,
       row(certificates(1, leaf, {0, 10, 0, 5, 0, 6, 1, 0, 0, 2, 0x30, 0})), silent},
      {"unasked timestamps", by_client, Reason::extension_unsolicited,
       row(certificates(1, leaf, {0, 8, 0, 18, 0, 4, 0, 2, 0, 0})), silent},
      {"a status of another type", by_client, Reason::staple_type_not_offered,
       row(certificates(1, leaf, {0, 10, 0, 5, 0, 6, 2, 0, 0, 2, 0x30, 0}))},
      {"a status without a response", by_client, Reason::value_out_of_bounds,
       row(certificates(1, leaf, {0, 8, 0, 5, 0, 4, 1, 0, 0, 0}))},
      {"a status that is cut", by_client, Reason::message_truncated,
       row(certificates(1, leaf, {0, 9, 0, 5, 0, 5, 1, 0, 0, 2, 0x30}))},
      {"two of them", by_client, Reason::extension_duplicated,
       row(certificates(1, leaf,
                        {0,    20, 0, 5, 0, 6, 1, 0, 0, 2, 0x30,
                         0,    0,  5, 0, 6, 1, 0, 0, 2, 0x30, 0}))},
      {"no timestamps in their list", by_client, Reason::value_out_of_bounds,
       row(certificates(1, leaf, {0, 6, 0, 18, 0, 2, 0, 0}))},
      {"a misplaced extension", by_client, Reason::extension_misplaced,
       row(certificates(1, leaf, {0, 4, 0, 10, 0, 0}))},
      {"not DER", by_client, Reason::certificate_malformed, row(certificates(1, Content{1, 2, 3}))},
      {"a longer one than may be",
       by_client,
       Reason::message_too_long,
       {{1,
         [](Flight& flight) {
           find(flight, certificate).content = {11, 1, 0, 1};  // only announced
         }}}},
  };
  expect_refusals(rows);
}

TEST(Check13, refuses_signatures_that_do_not_fit) {
  Sides p256;
  p256.key = CertificateKey::ecdsa_p256;
  Sides no_p384;
  no_p384.client.signature_schemes = {SignatureScheme::ed25519,
                                      SignatureScheme::ecdsa_secp256r1_sha256};
  const auto scheme = [](std::uint16_t code) -> std::map<unsigned, Edit> {
    return {{1, [code](Flight& flight) {
               Content& verify = find(flight, certificate_verify).content;
               verify[4] = static_cast<std::uint8_t>(code >> 8);
               verify[5] = static_cast<std::uint8_t>(code);
             }}};
  };
  const Refusal rows[] = {
      {"an unknown scheme", by_client, Reason::signature_scheme_not_offered, scheme(0x0999)},
      {"RSA of PKCS #1", by_client, Reason::signature_scheme_not_offered, scheme(0x0401)},
      {"ECDSA with SHA-1", by_client, Reason::signature_scheme_not_offered, scheme(0x0203)},
      {"a scheme that is known and was not offered", by_client,
       Reason::signature_scheme_not_offered, scheme(0x0503), no_p384},
      {"a scheme of another kind of key", by_client, Reason::signature_scheme_wrong_key,
       scheme(0x0804)},
      {"a scheme of another curve", by_client, Reason::signature_scheme_wrong_key, scheme(0x0503),
       p256},
      {"a changed signature",
       by_client,
       Reason::signature_invalid,
       {{1, [](Flight& flight) { find(flight, certificate_verify).content.back() ^= 1; }}}},
      {"an empty signature",
       by_client,
       Reason::signature_invalid,
       {{1, replace_body(certificate_verify, {8, 7, 0, 0})}}},
      {"another's certificate",
       by_client,
       Reason::signature_invalid,
       {{1, replace_body(certificate,
                         certificates(1, credential(CertificateKey::ecdsa_p256, "Server.test")
                                             ->certificates()
                                             .front()))}},
       p256},
      {"a changed Finished",
       by_client,
       Reason::finished_mismatch,
       {{1, [](Flight& flight) { find(flight, finished).content.back() ^= 1; }}}},
      {"a short Finished",
       by_client,
       Reason::message_truncated,
       {{1, replace_body(finished, Content(31, 0))}}},
      {"a long Finished",
       by_client,
       Reason::message_leftover,
       {{1, replace_body(finished, Content(33, 0))}}},
      {"an empty Finished",
       by_client,
       Reason::message_truncated,
       {{1, replace_body(finished, {})}}},
      {"a changed Finished of the client",
       by_server,
       Reason::finished_mismatch,
       {{2, [](Flight& flight) { find(flight, finished).content[4] ^= 0x80; }}}},
  };
  expect_refusals(rows);
}

TEST(Check13, names_the_certificate_without_a_key_even_where_nobody_looks) {
  Loopback pair({.insecure = true});
  Middle middle(pair);
  middle.run({{1, replace_body(certificate, certificates(1, Content{0x30, 0x00}))}});
  EXPECT_FAILS(pair.client.outcome(), Reason::certificate_malformed);
  EXPECT_EQ(pair.client.error->certificate, 0);
}

TEST(Check13, believes_a_forgery_that_is_right) {
  // What `reforge` makes passes, so that what fails with it fails for its own reason.
  Loopback pair;
  Middle middle(pair);
  middle.run({{1, reforge([](Flight&) {})}});
  EXPECT_TRUE(pair.agrees());
}

/// A CertificateRequest with these extensions.
Edit request(const std::vector<OpenHello::Extension>& extensions, const Content& context = {}) {
  Content body = {static_cast<std::uint8_t>(context.size())};
  body.insert(body.end(), context.begin(), context.end());
  const Content block = extension_block(extensions);
  body.insert(body.end(), block.begin(), block.end());
  return insert_before(certificate, ContentType::handshake,
                       handshake_message(certificate_request, body));
}

TEST(Check13, refuses_certificate_requests_out_of_form) {
  const OpenHello::Extension schemes{signature_algorithms, {0, 2, 8, 7}};
  const Refusal rows[] = {
      {"without signature_algorithms", by_client, Reason::extension_missing, {{1, request({})}}},
      {"with a context",
       by_client,
       Reason::certificate_context_invalid,
       {{1, request({schemes}, {1})}}},
      {"with an extension of the hellos",
       by_client,
       Reason::extension_misplaced,
       {{1, request({schemes, {key_share, {}}})}}},
      {"with an extension twice",
       by_client,
       Reason::extension_duplicated,
       {{1, request({schemes, schemes})}}},
      {"with half a scheme",
       by_client,
       Reason::message_leftover,
       {{1, request({{signature_algorithms, {0, 3, 8, 7, 8}}})}}},
      {"in the place of the Certificate",
       by_client,
       Reason::message_truncated,
       {{
           1,
           replace_body(certificate, {0}),
       }},
       {}},
  };
  expect_refusals(rows);
}

TEST(Check13, answers_a_certificate_request_with_no_certificate) {
  Loopback pair;
  Middle middle(pair);
  pair.client.run();
  middle.deliver(pair.server, middle.take(pair.client));
  Flight flight = middle.take(pair.server);
  reforge(request({{signature_algorithms, {0, 2, 8, 7}}, {unknown_extension, {1}}}))(flight);
  middle.deliver(pair.client, flight);
  EXPECT_TRUE(pair.client.connected);
  EXPECT_EQ(pair.client.sent_messages, (std::vector{client_hello, certificate, finished}));
  Flight last = middle.take(pair.client);
  EXPECT_EQ(find(last, certificate).content, (Content{11, 0, 0, 4, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace handfast::test
