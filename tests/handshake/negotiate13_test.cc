// What a server makes of a ClientHello, and of the second one. RFC 9846 §4.2, §4.3.
#include "handshake/negotiate13.h"

#include "handshake/credential13.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using enum ExtensionType;
using Content = std::vector<std::uint8_t>;

constexpr auto alpn = application_layer_protocol_negotiation;
constexpr auto unknown_extension = static_cast<ExtensionType>(0x5555);

std::map<unsigned, Edit> hello(void (*change)(OpenHello&)) { return {{0, edit_hello(change)}}; }

std::map<unsigned, Edit> second_hello(void (*change)(OpenHello&)) {
  return {{2, edit_hello(change)}};
}

Sides with_alpn() {
  Sides sides;
  sides.client.alpn = sides.server.alpn = {"h2"};
  return sides;
}

/// A client that sends no GREASE, so that what stands where is known.
Sides plain() {
  Sides sides;
  sides.client.grease = false;
  return sides;
}

void append(Content& to, const Content& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// One PSK: an identity of one byte, an age, and a binder of 32 bytes.
const Content psk = [] {
  Content offered = {0, 7, 0, 1, 'x', 0, 0, 0, 0, 0, 33, 32};
  offered.resize(offered.size() + 32);
  return offered;
}();

TEST(Negotiate13, refuses_clients_of_other_versions) {
  const Refusal rows[] = {
      {"TLS 1.2 alone", by_server, Reason::version_none_common,
       hello([](OpenHello& h) { h.erase(supported_versions); }), in_13()},
      {"TLS 1.2 in supported_versions", by_server, Reason::version_none_common,
       hello([](OpenHello& h) { h[supported_versions] = {2, 3, 3}; }), in_13()},
      {"no extensions", by_server, Reason::version_none_common,
       hello([](OpenHello& h) { h.extensions.clear(); }), in_13()},
      {"SSL 3.0 as legacy_version", by_server, Reason::legacy_version_invalid,
       hello([](OpenHello& h) { h.legacy_version = 0x0300; })},
      {"TLS 1.0 as legacy_version", by_server, Reason::legacy_version_invalid,
       hello([](OpenHello& h) { h.legacy_version = 0x0301; })},
      {"TLS 1.3 as legacy_version", by_server, Reason::legacy_version_invalid,
       hello([](OpenHello& h) { h.legacy_version = 0x0304; })},
      {"a fallback", by_server, Reason::fallback_inappropriate, hello([](OpenHello& h) {
         h.erase(supported_versions);
         append(h.suites, {0x56, 0x00});
       })},
      {"half a version", by_server, Reason::message_leftover,
       hello([](OpenHello& h) { h[supported_versions] = {3, 3, 4, 3}; })},
      {"no version", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[supported_versions] = {0}; })},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, refuses_hellos_out_of_form) {
  const Refusal rows[] = {
      {"an extension of TLS 1.2 that is malformed", by_server, Reason::message_leftover,
       hello([](OpenHello& h) { h[extended_main_secret] = {0}; })},
      {"no null compression", by_server, Reason::compression_not_null,
       hello([](OpenHello& h) { h.compression = {1}; })},
      {"another compression beside null", by_server, Reason::compression_not_null,
       hello([](OpenHello& h) { h.compression = {0, 1}; })},
      {"no compression methods", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h.compression = {}; })},
      {"no suites", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h.suites = {}; })},
      {"half a suite", by_server, Reason::message_leftover,
       hello([](OpenHello& h) { h.suites.push_back(0); })},
      {"unknown suites alone", by_server, Reason::suite_none_common,
       hello([](OpenHello& h) { h.suites = {0x13, 0x04, 0xc0, 0x2f}; })},
      {"a long session id", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h.session_id.resize(33); })},
      {"no signature_algorithms", by_server, Reason::extension_missing,
       hello([](OpenHello& h) { h.erase(signature_algorithms); })},
      {"no supported_groups", by_server, Reason::extension_missing,
       hello([](OpenHello& h) { h.erase(supported_groups); })},
      {"no key_share", by_server, Reason::extension_missing,
       hello([](OpenHello& h) { h.erase(key_share); })},
      {"schemes that cannot sign", by_server, Reason::signature_none_common,
       hello([](OpenHello& h) { h[signature_algorithms] = {0, 4, 4, 1, 2, 3}; })},
      {"unknown groups alone", by_server, Reason::group_none_common, hello([](OpenHello& h) {
         h[supported_groups] = {0, 2, 1, 0};
         h[key_share] = {0, 0};
       })},
      {"an extension twice", by_server, Reason::extension_duplicated,
       hello([](OpenHello& h) { h.extensions.push_back(h.extensions.front()); })},
      {"an unknown extension twice", by_server, Reason::extension_duplicated,
       hello([](OpenHello& h) {
         h.extensions.push_back({unknown_extension, {}});
         h.extensions.push_back({unknown_extension, {1}});
       })},
      {"an extension of a CertificateRequest", by_server, Reason::extension_misplaced,
       hello([](OpenHello& h) { h[oid_filters] = {0, 0}; })},
      {"a cookie that nobody gave", by_server, Reason::cookie_unknown,
       hello([](OpenHello& h) { h[cookie] = {0, 1, 1}; })},
      {"bytes after early_data", by_server, Reason::message_leftover,
       hello([](OpenHello& h) { h[early_data] = {1}; })},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, refuses_key_shares_that_are_wrong) {
  const Refusal rows[] = {
      {"of a group that is not listed", by_server, Reason::key_share_unlisted,
       hello([](OpenHello& h) { append(h[key_share], {0, 30, 0, 1, 1}), h[key_share][1] += 5; }),
       plain()},
      {"twice of one group", by_server, Reason::key_share_duplicated,
       hello([](OpenHello& h) { h[key_share] = {0, 10, 0, 29, 0, 1, 1, 0, 29, 0, 1, 2}; })},
      {"too short", by_server, Reason::key_share_invalid,
       hello([](OpenHello& h) { h[key_share] = {0, 5, 0, 29, 0, 1, 1}; }), on_curves()},
      {"giving zero", by_server, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share] = {0, 36, 0, 29, 0, 32};
         h[key_share].resize(38);
       }),
       on_curves()},
      {"a compressed point", by_server, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share] = {0, 37, 0, 23, 0, 33, 2};
         h[key_share].resize(39, 1);
       }),
       on_curves()},
      {"a point off the curve", by_server, Reason::key_share_invalid, hello([](OpenHello& h) {
         h[key_share] = {0, 69, 0, 23, 0, 65, 4};
         h[key_share].resize(71, 1);
       }),
       on_curves()},
      {"an empty one", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[key_share] = {0, 4, 0, 29, 0, 0}; })},
      {"one that ends in the middle", by_server, Reason::message_truncated,
       hello([](OpenHello& h) { h[key_share] = {0, 5, 0, 29, 0, 2, 1}; })},
  };
  expect_refusals(rows);
}

/// A change to the one share of a hello, which is of a hybrid: behind the length of the list, the
/// group and the length of the share stand 1,184 bytes of ML-KEM and 32 of X25519.
std::map<unsigned, Edit> share_of_hybrid(void (*change)(Content&)) {
  return {{0, edit_hello([=](OpenHello& h) {
             Content share(h[key_share].begin() + 6, h[key_share].end());
             change(share);
             const auto high = [](std::size_t n) { return static_cast<std::uint8_t>(n >> 8); };
             const auto low = [](std::size_t n) { return static_cast<std::uint8_t>(n); };
             const std::size_t size = share.size();
             h[key_share] = {high(size + 4), low(size + 4), 0x11, 0xec, high(size), low(size)};
             append(h[key_share], share);
           })}};
}

// RFC 10024 §4.1, §4.3: the length, the check of FIPS 203 §7.2, and what X25519 calls for.
TEST(Negotiate13, refuses_the_share_of_a_hybrid_with_a_bad_half) {
  Sides sides = plain();
  sides.client.key_shares = {NamedGroup::x25519mlkem768};
  const Refusal rows[] = {
      {"a byte too few", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) { share.pop_back(); }), sides},
      {"a byte too many", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) { share.push_back(0); }), sides},
      {"ML-KEM alone", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) { share.resize(1184); }), sides},
      {"X25519 alone", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) { share.erase(share.begin(), share.end() - 32); }),
       sides},
      {"a first coefficient that is q", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) {
         share[0] = 0x01;
         share[1] = static_cast<std::uint8_t>((share[1] & 0xf0) | 0x0d);
       }),
       sides},
      {"a last coefficient of twelve ones", by_server, Reason::key_share_invalid,
       share_of_hybrid([](Content& share) {
         share[1151] = 0xff;
         share[1150] |= 0xf0;
       }),
       sides},
      {"X25519 that gives zero", by_server, Reason::key_share_invalid,
       share_of_hybrid(
           [](Content& share) { std::fill(share.end() - 32, share.end(), std::uint8_t{0}); }),
       sides},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, refuses_psk_offers_out_of_form) {
  const Refusal rows[] = {
      {"not the last", by_server, Reason::psk_not_last, hello([](OpenHello& h) {
         h.extensions.insert(h.extensions.begin(), {pre_shared_key, psk});
         h[psk_key_exchange_modes] = {1, 1};
       })},
      {"without modes", by_server, Reason::psk_modes_missing,
       hello([](OpenHello& h) { h[pre_shared_key] = psk; })},
      {"without identities", by_server, Reason::value_out_of_bounds, hello([](OpenHello& h) {
         h[psk_key_exchange_modes] = {1, 1};
         h[pre_shared_key] = {0, 0, 0, 33};
       })},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, goes_on_without_the_psk_that_was_offered) {
  Loopback pair;
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& h) {
                 h[psk_key_exchange_modes] = {1, 1};
                 h[pre_shared_key] = psk;
               })}});
  EXPECT_FAILS(pair.client.outcome(), Reason::signature_invalid);  // it said something else
  EXPECT_EQ(pair.server.sent_messages.size(), 5U);
}

TEST(Negotiate13, refuses_names_and_protocols_out_of_form) {
  const Refusal rows[] = {
      {"two names", by_server, Reason::server_name_malformed,
       hello([](OpenHello& h) { h[server_name] = {0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'}; })},
      {"a name of another type", by_server, Reason::server_name_malformed,
       hello([](OpenHello& h) { h[server_name] = {0, 4, 1, 0, 1, 'a'}; })},
      {"a name with a zero in it", by_server, Reason::server_name_malformed,
       hello([](OpenHello& h) { h[server_name] = {0, 6, 0, 0, 3, 'a', 0, 'b'}; })},
      {"a name of 256 bytes", by_server, Reason::server_name_malformed, hello([](OpenHello& h) {
         h[server_name] = {1, 3, 0, 1, 0};
         h[server_name].resize(261, 'a');
       })},
      {"an empty name", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[server_name] = {0, 3, 0, 0, 0}; })},
      {"no names", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[server_name] = {0, 0}; })},
      {"a name that nobody has here", by_server, Reason::server_name_unknown,
       hello([](OpenHello& h) { h[server_name] = {0, 6, 0, 0, 3, 'a', '.', 'b'}; })},
      {"an empty protocol", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[alpn] = {0, 3, 0, 1, 'x'}; }), with_alpn()},
      {"no protocols", by_server, Reason::value_out_of_bounds,
       hello([](OpenHello& h) { h[alpn] = {0, 0}; }), with_alpn()},
      {"a protocol that is cut", by_server, Reason::message_truncated,
       hello([](OpenHello& h) { h[alpn] = {0, 3, 3, 'h', '2'}; }), with_alpn()},
      {"other protocols", by_server, Reason::alpn_none_common,
       hello([](OpenHello& h) { h[alpn] = {0, 3, 2, 'h', '9'}; }), with_alpn()},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, does_not_mind_the_case_of_a_name) {
  Loopback pair;
  Middle middle(pair);
  pair.client.run();
  Flight flight = middle.take(pair.client);
  edit_hello([](OpenHello& h) {
    for (std::uint8_t& byte : h[server_name]) {
      if (byte >= 'a' && byte <= 'z') {
        byte = static_cast<std::uint8_t>(byte - 'a' + 'A');
      }
    }
  })(flight);
  middle.deliver(pair.server, flight);
  EXPECT_EQ(pair.server.connection.settled().server_name, server_dns_name);
}

/// RFC 9846 §4.2.2 names what may differ: key_share, early_data (removed), cookie, pre_shared_key,
/// padding.
TEST(Negotiate13, refuses_a_second_hello_that_differs) {
  const Refusal rows[] = {
      {"in legacy_version", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h.legacy_version = 0x0302; }), retried()},
      {"in random", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h.random[0] ^= 1; }), retried()},
      {"in the session id", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h.session_id[0] ^= 1; }), retried()},
      {"in its suites", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { append(h.suites, {0x13, 0x04}); }), retried()},
      {"in the order of its suites", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { std::swap(h.suites[3], h.suites[5]); }), retried()},
      {"in compression", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h.compression = {0, 1}; }), retried()},
      {"by an extension more", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[unknown_extension] = {}; }), retried()},
      {"by an extension less", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h.erase(server_name); }), retried()},
      {"in the order of its extensions", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { std::ranges::reverse(h.extensions); }), retried()},
      {"in its name", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[server_name].back() ^= 1; }), retried()},
      {"in its groups", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[supported_groups].back() ^= 1; }), retried()},
      {"in its schemes", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[signature_algorithms].back() ^= 1; }), retried()},
      {"in its versions", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[supported_versions].back() ^= 1; }), retried()},
      {"in its protocols", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[alpn].back() ^= 1; }), retried(with_alpn())},
      {"by early_data", by_server, Reason::hello_changed,
       second_hello([](OpenHello& h) { h[early_data] = {}; }), retried()},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, wants_the_one_share_it_asked_for) {
  const Refusal rows[] = {
      {"no share", by_server, Reason::key_share_missing,
       second_hello([](OpenHello& h) { h[key_share] = {0, 0}; }), retried()},
      {"no key_share", by_server, Reason::extension_missing,
       second_hello([](OpenHello& h) { h.erase(key_share); }), retried()},
      {"a share of another group", by_server, Reason::key_share_missing,
       second_hello([](OpenHello& h) { h[key_share][2] = 0, h[key_share][3] = 23; }), retried()},
      {"a second share", by_server, Reason::key_share_missing, second_hello([](OpenHello& h) {
         append(h[key_share], {0, 23, 0, 1, 1});
         h[key_share][1] += 5;
       }),
       retried()},
      {"a cookie that nobody gave", by_server, Reason::cookie_invalid,
       second_hello([](OpenHello& h) { h[cookie] = {0, 1, 1}; }), retried()},
  };
  expect_refusals(rows);
}

TEST(Negotiate13, lets_a_second_hello_differ_where_it_may) {
  const std::array<void (*)(OpenHello&), 2> changes = {
      [](OpenHello& h) { h[padding] = Content(100, 0); },
      [](OpenHello& h) { h.extensions.insert(h.extensions.begin(), {padding, Content(3, 0)}); },
  };
  for (const auto change : changes) {
    Loopback pair(retried());
    Middle middle(pair);
    middle.run({{2, edit_hello(change)}});
    EXPECT_EQ(pair.server.sent_messages.size(), 6U);
    EXPECT_FAILS(pair.client.outcome(), Reason::signature_invalid);
  }
  Loopback early(retried());  // early_data goes, and may only go
  Middle middle(early);
  middle.run({{0, edit_hello([](OpenHello& h) { h[early_data] = {}; })}});
  EXPECT_EQ(early.server.sent_messages.size(), 6U);
}

TEST(Negotiate13, ignores_what_it_does_not_know) {
  Loopback pair;
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& h) {
                 for (std::uint16_t i = 0; i < 3000; ++i) {
                   h.extensions.push_back({static_cast<ExtensionType>(0x4000 + i), {}});
                 }
                 append(h.suites, {0x12, 0x34});
               })}});
  EXPECT_EQ(pair.server.sent_messages.size(), 5U);
}

TEST(Negotiate13, takes_hellos_up_to_the_bound) {
  const auto padded = [](std::size_t total) {
    Loopback pair;
    Middle middle(pair);
    pair.client.run();
    Flight flight = middle.take(pair.client);
    const std::size_t size = flight.front().content.size() - 4;
    edit_hello([=](OpenHello& h) { h[padding] = Content(total - size - 4, 0); })(flight);
    Content whole = flight.front().content;
    flight.front().content.resize(10'000);
    flight.push_back({.content = {whole.begin() + 10'000, whole.end()}});
    middle.deliver(pair.server, flight);
    return pair.server.outcome();
  };
  EXPECT_TRUE(padded(1U << 14).has_value());
  EXPECT_FAILS(padded((1U << 14) + 1), Reason::message_too_long);
}

// ---- without a connection -----------------------------------------------------------------------

/// A client's hello, and what a server makes of it: nothing else is needed.
class Pure : public testing::Test {
 protected:
  /// The ClientHello that a client with `options` sends.
  const message::ClientHello& hello(const ClientOptions& options) {
    Loopback pair({.client = options});
    pair.client.run();
    bytes_.push_back(pair.client.take_output());
    const Bytes body = Bytes(bytes_.back()).subspan(limits::record_header + message::header_size);
    hellos_.push_back(message::read_client_hello(body).value());
    return hellos_.back();
  }

 private:
  std::list<Content> bytes_;
  std::list<message::ClientHello> hellos_;
};

TEST_F(Pure, negotiate13_takes_the_first_of_the_servers_that_the_client_has) {
  const auto& everything =
      hello({.alpn = {"http/1.1", "h2"}, .groups = {NamedGroup::x25519, NamedGroup::secp256r1}});
  const auto choice =
      handshake::negotiate13({.alpn = {"h3", "h2", "http/1.1"},
                              .cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256,
                                                CipherSuite::tls_aes_128_gcm_sha256},
                              .own_suite_order = true,
                              .groups = {NamedGroup::secp256r1, NamedGroup::x25519}},
                             everything);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->suite->id, CipherSuite::tls_chacha20_poly1305_sha256);
  EXPECT_EQ(choice->group, NamedGroup::secp256r1);
  EXPECT_EQ(choice->client_share.size(), 65U);
  EXPECT_EQ(choice->alpn, 1U);
  EXPECT_FALSE(choice->needs_share() || choice->early_data);
}

TEST_F(Pure, negotiate13_leaves_the_order_of_suites_to_the_client) {
  const auto& careful = hello({.cipher_suites = {CipherSuite::tls_chacha20_poly1305_sha256,
                                                 CipherSuite::tls_aes_256_gcm_sha384,
                                                 CipherSuite::tls_aes_128_gcm_sha256}});
  const auto choice = handshake::negotiate13({}, careful);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->suite->id, CipherSuite::tls_chacha20_poly1305_sha256);
  const auto without = handshake::negotiate13(
      {.cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256, CipherSuite::tls_aes_256_gcm_sha384}},
      careful);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->suite->id, CipherSuite::tls_aes_256_gcm_sha384);
}

TEST_F(Pure, negotiate13_prefers_a_share_to_its_favourite_group) {
  const auto choice =
      handshake::negotiate13({.groups = {NamedGroup::secp384r1, NamedGroup::x25519}}, hello({}));
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->group, NamedGroup::x25519);
  EXPECT_FALSE(choice->alpn);
  const auto retry = handshake::negotiate13({.groups = {NamedGroup::secp384r1}}, hello({}));
  ASSERT_TRUE(retry && retry->needs_share());
  EXPECT_EQ(retry->group, NamedGroup::secp384r1);
}

TEST_F(Pure, negotiate13_asks_again_rather_than_do_without_ml_kem) {
  using enum NamedGroup;
  const auto& careless =
      hello({.groups = {x25519, secp384r1mlkem1024, x25519mlkem768}, .key_shares = {{x25519}}});
  const auto retry = handshake::negotiate13({}, careless);
  ASSERT_TRUE(retry && retry->needs_share());
  EXPECT_EQ(retry->group, x25519mlkem768);
  // Who likes a curve better gets it.
  const auto curve = handshake::negotiate13({.groups = {x25519, x25519mlkem768}}, careless);
  ASSERT_TRUE(curve);
  EXPECT_EQ(curve->group, x25519);
  EXPECT_FALSE(curve->needs_share());
  // Among groups with ML-KEM a share is what counts.
  const auto share = handshake::negotiate13(
      {.groups = {secp384r1mlkem1024, x25519mlkem768}},
      hello({.groups = {x25519mlkem768, secp384r1mlkem1024}, .key_shares = {{x25519mlkem768}}}));
  ASSERT_TRUE(share);
  EXPECT_EQ(share->group, x25519mlkem768);
  EXPECT_FALSE(share->needs_share());
}

TEST_F(Pure, negotiate13_finds_nothing_in_common) {
  const auto& offered = hello({.alpn = {"h2"}});
  EXPECT_FAILS(handshake::negotiate13({.groups = {NamedGroup::x448}}, offered),
               Reason::group_none_common);
  EXPECT_FAILS(handshake::negotiate13({.alpn = {"h3"}}, offered), Reason::alpn_none_common);
  const auto& aes = hello({.cipher_suites = {CipherSuite::tls_aes_128_gcm_sha256}});
  EXPECT_FAILS(
      handshake::negotiate13({.cipher_suites = {CipherSuite::tls_aes_256_gcm_sha384}}, aes),
      Reason::suite_none_common);
}

TEST_F(Pure, renegotiate13_wants_the_same_hello_with_the_share) {
  const std::vector groups = {NamedGroup::x25519};
  const std::vector<NamedGroup> none;
  const ServerOptions options = {.groups = groups};
  const auto& bare = hello({.groups = groups, .key_shares = none, .grease = false});
  const auto& whole = hello({.groups = groups, .key_shares = groups, .grease = false});
  const auto first = handshake::negotiate13(options, bare);
  ASSERT_TRUE(first && first->needs_share());
  const handshake::RetryTerms terms = handshake::retry_terms(*first);
  EXPECT_EQ(terms.group, NamedGroup::x25519);
  EXPECT_TRUE(handshake::check_second_hello(bare, whole, {}));
  const auto second = handshake::renegotiate13(options, terms, whole);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->client_share.size(), 32U);
  EXPECT_FAILS(handshake::renegotiate13(options, terms, bare), Reason::key_share_missing);
  const auto& other =
      hello({.alpn = {"h2"}, .groups = groups, .key_shares = groups, .grease = false});
  EXPECT_FAILS(handshake::check_second_hello(bare, other, {}), Reason::hello_changed);
  EXPECT_FAILS(handshake::check_second_hello(bare, whole, Content{1}), Reason::cookie_invalid);
}

TEST_F(Pure, renegotiate13_wants_a_share_also_where_none_was_asked_for) {
  const std::vector groups = {NamedGroup::x25519};
  const std::vector<NamedGroup> none;
  const ServerOptions options = {.groups = groups};
  const auto& bare = hello({.groups = groups, .key_shares = none, .grease = false});
  const auto& whole = hello({.groups = groups, .key_shares = groups, .grease = false});
  const auto first = handshake::negotiate13(options, whole);
  ASSERT_TRUE(first && !first->needs_share());
  const handshake::RetryTerms terms = handshake::retry_terms(*first);
  EXPECT_EQ(terms.group, std::nullopt);
  EXPECT_TRUE(handshake::renegotiate13(options, terms, whole));
  EXPECT_FAILS(handshake::renegotiate13(options, terms, bare), Reason::key_share_missing);
}

TEST_F(Pure, renegotiate13_keeps_the_suite) {
  using enum CipherSuite;
  const auto& both = hello({.cipher_suites = {tls_aes_128_gcm_sha256, tls_aes_256_gcm_sha384}});
  const auto& one = hello({.cipher_suites = {tls_aes_128_gcm_sha256}});
  const handshake::RetryTerms terms = {.suite = crypto::find_suite(tls_aes_256_gcm_sha384)};
  const auto second = handshake::renegotiate13({}, terms, both);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->suite, terms.suite);
  EXPECT_FAILS(handshake::renegotiate13({}, terms, one), Reason::hello_changed);
}

TEST_F(Pure, schemes_are_listed_once_and_in_the_clients_order) {
  using enum SignatureScheme;
  const auto& offered =
      hello({.signature_schemes = {rsa_pkcs1_sha256, ed25519, rsa_pss_rsae_sha256}});
  const auto in_handshake = handshake::usable_schemes(offered);
  EXPECT_TRUE(std::ranges::equal(in_handshake.view(), std::array{ed25519, rsa_pss_rsae_sha256}));
  const auto in_chain = handshake::certificate_schemes(offered);
  EXPECT_TRUE(std::ranges::equal(in_chain.view(),
                                 std::array{rsa_pkcs1_sha256, ed25519, rsa_pss_rsae_sha256}));
}

// ---- what is told of the hello ------------------------------------------------------------------

TEST(Negotiate13, reads_signature_algorithms_cert) {
  const auto in_chain = [](std::map<unsigned, Edit> edits) {
    Sides sides;
    sides.server.pulled.credential_choice = true;
    Loopback pair(sides);
    std::vector<SignatureScheme> asked;
    pair.server.answering = [&](const Operation& operation) {
      const auto schemes = std::get<ChooseCredential>(operation).certificate_schemes;
      asked.assign(schemes.begin(), schemes.end());
      return answer(operation);
    };
    Middle middle(pair);
    middle.run(edits);
    return asked;
  };
  EXPECT_EQ(in_chain({}), ClientOptions{}.signature_schemes) << "one list for both";
  EXPECT_EQ(in_chain(hello([](OpenHello& h) {
              h[signature_algorithms_cert] = {0, 6, 0x08, 0x07, 0x7f, 0x7f, 0x04, 0x01};
            })),
            (std::vector{SignatureScheme::ed25519, SignatureScheme::rsa_pkcs1_sha256}));
}

TEST(Negotiate13, acknowledges_a_name_that_it_used) {
  Sides known;
  known.client.record_size_limit = 0;  // there is nothing else to answer
  Sides sides = known;
  sides.name = "other.test";
  sides.server.unknown_name = UnknownName::use_first;
  const auto acknowledged = [](const Sides& with) {
    Loopback pair(with);
    Middle middle(pair);
    std::size_t size = 0;
    middle.run(
        {{1, [&](Flight& flight) { size = find(flight, encrypted_extensions).content.size(); }}});
    return size > 6;  // more than a header and an empty list
  };
  EXPECT_TRUE(acknowledged(known));
  EXPECT_FALSE(acknowledged(sides));
}

TEST(Negotiate13, answers_facts_of_both_sides) {
  Loopback pair(in_13());
  Middle middle(pair);
  middle.run(hello([](OpenHello& h) { h[supported_versions] = {4, 3, 3, 3, 2}; }));
  ASSERT_TRUE(pair.server.error.has_value());
  const Facts& facts = pair.server.error->facts;
  EXPECT_EQ(facts.kind, Facts::Kind::versions);
  EXPECT_EQ(facts.ours_count, 1);
  EXPECT_EQ(facts.ours[0], 0x0304);
  EXPECT_EQ(facts.theirs_count, 2);
  EXPECT_EQ(facts.theirs[0], 0x0303);
  EXPECT_EQ(facts.theirs[1], 0x0302);
}

}  // namespace
}  // namespace handfast::test
