// What a server makes of a ClientHello of TLS 1.2. RFC 5246 §7.4.1, RFC 7627, RFC 5746.
#include "handshake/negotiate12.h"

#include "support/expect.h"
#include "support/middle.h"

#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum CipherSuite;
using enum ExtensionType;
using handshake::Choice12;
using handshake::negotiate12;
using Content = std::vector<std::uint8_t>;
using Change = std::function<void(OpenHello&)>;

Content codes(std::initializer_list<CipherSuite> suites) {
  Content bytes;
  for (const CipherSuite suite : suites) {
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(suite) >> 8));
    bytes.push_back(static_cast<std::uint8_t>(suite));
  }
  return bytes;
}

/// A client that would rather have RSA and ChaCha20, on X25519 or P-256.
OpenHello client12() {
  OpenHello hello;
  hello.legacy_version = 0x0303;
  hello.suites =
      codes({tls_ecdhe_rsa_with_chacha20_poly1305_sha256, tls_ecdhe_ecdsa_with_aes_256_gcm_sha384,
             tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, tls_ecdhe_rsa_with_aes_128_gcm_sha256});
  hello.compression = {0};
  hello.extensions = {{supported_groups, {0, 4, 0, 29, 0, 23}},
                      {ec_point_formats, {1, 0}},
                      {signature_algorithms, {0, 4, 4, 3, 8, 4}},
                      {extended_main_secret, {}},
                      {renegotiation_info, {0}},
                      {application_layer_protocol_negotiation, {0, 3, 2, 'h', '2'}}};
  return hello;
}

ServerOptions server12() {
  ServerOptions options;
  options.cipher_suites12 = {
      tls_ecdhe_ecdsa_with_aes_128_gcm_sha256, tls_ecdhe_ecdsa_with_aes_256_gcm_sha384,
      tls_ecdhe_rsa_with_aes_128_gcm_sha256, tls_ecdhe_rsa_with_chacha20_poly1305_sha256};
  options.alpn = {"http/1.1", "h2"};
  return options;
}

Result<Choice12> choose(const ServerOptions& options, const Change& change,
                        bool may_decrypt = true) {
  OpenHello hello = client12();
  change(hello);
  const Content message = hello.message(HandshakeType::client_hello);
  const auto read = message::read_client_hello(Bytes(message).subspan(4));
  return read ? negotiate12(options, *read, may_decrypt) : std::unexpected(read.error());
}

void leave(OpenHello& /*hello*/) {}

TEST(Negotiate12, chooses_by_the_clients_order_for_each_kind_of_key) {
  const auto choice = choose(server12(), leave);
  ASSERT_TRUE(choice);
  using enum crypto::KeyKind;
  EXPECT_EQ(choice->suite_for(rsa)->id, tls_ecdhe_rsa_with_chacha20_poly1305_sha256);
  for (const crypto::KeyKind kind : {ecdsa_p256, ecdsa_p384, ed25519}) {
    EXPECT_EQ(choice->suite_for(kind)->id, tls_ecdhe_ecdsa_with_aes_256_gcm_sha384);
  }
  for (const crypto::KeyKind kind : {ml_dsa_44, ml_dsa_65, ml_dsa_87}) {
    EXPECT_EQ(choice->suite_for(kind), nullptr) << "for TLS 1.3 alone";
  }
  EXPECT_EQ(choice->group, NamedGroup::x25519) << "ours that has ML-KEM is for TLS 1.3";
  EXPECT_EQ(choice->alpn, 1U);
}

TEST(Negotiate12, chooses_by_its_own_order_where_it_is_told_to) {
  ServerOptions options = server12();
  options.own_suite_order = true;
  options.groups = {NamedGroup::secp256r1, NamedGroup::x25519};
  const auto choice = choose(options, leave);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->by_rsa->id, tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  EXPECT_EQ(choice->by_ecdsa->id, tls_ecdhe_ecdsa_with_aes_128_gcm_sha256);
  EXPECT_EQ(choice->group, NamedGroup::secp256r1);
}

TEST(Negotiate12, may_have_no_suite_for_one_kind_of_key) {
  const auto choice = choose(server12(), [](OpenHello& hello) {
    hello.suites = codes({tls_ecdhe_rsa_with_aes_128_gcm_sha256});
  });
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->suite_for(crypto::KeyKind::ed25519), nullptr);
  EXPECT_NE(choice->suite_for(crypto::KeyKind::rsa), nullptr);
}

TEST(Negotiate12, asks_for_no_schemes_where_nothing_is_signed) {
  ServerOptions options = server12();
  options.cipher_suites12 = {tls_rsa_with_aes_128_gcm_sha256,
                             tls_ecdhe_rsa_with_aes_128_gcm_sha256};
  const Change change = [](OpenHello& hello) {
    hello.suites = codes({tls_rsa_with_aes_128_gcm_sha256, tls_ecdhe_rsa_with_aes_128_gcm_sha256});
    hello.erase(signature_algorithms);
  };
  const auto choice = choose(options, change);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->by_decryption->id, tls_rsa_with_aes_128_gcm_sha256);
  EXPECT_EQ(choice->by_rsa->id, tls_ecdhe_rsa_with_aes_128_gcm_sha256);
  EXPECT_FALSE(choice->prefers_decryption) << "what is weak comes last in a client's order";
  options.own_suite_order = true;
  EXPECT_TRUE(choose(options, change)->prefers_decryption);
  EXPECT_FAILS(choose(server12(), change), Reason::signature_none_common);
  EXPECT_FAILS(choose(options, change, false), Reason::signature_none_common);
}

// RFC 7919 §4: a client that lists FFDHE groups, none of them ours, is told so where nothing else
// is left.
TEST(Negotiate12, has_nothing_left_in_suites_that_no_key_is_for) {
  ServerOptions options = server12();
  options.cipher_suites12 = {tls_dhe_rsa_with_aes_128_gcm_sha256, tls_rsa_with_aes_128_gcm_sha256};
  const Change change = [](OpenHello& hello) {
    hello.suites = codes({tls_rsa_with_aes_128_gcm_sha256, tls_dhe_rsa_with_aes_128_gcm_sha256});
    hello[supported_groups] = {0, 2, 1, 4};  // ffdhe8192
  };
  const auto choice = choose(options, change);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->by_decryption->id, tls_rsa_with_aes_128_gcm_sha256);
  EXPECT_FAILS(choose(options, change, false), Reason::ffdhe_group_none_common);
  // A curve that is not ours does not make the suites that need one acceptable.
  options.cipher_suites12 = {tls_dhe_rsa_with_aes_128_gcm_sha256,
                             tls_ecdhe_rsa_with_aes_128_gcm_sha256};
  const Change curve_too = [](OpenHello& hello) {
    hello.suites =
        codes({tls_ecdhe_rsa_with_aes_128_gcm_sha256, tls_dhe_rsa_with_aes_128_gcm_sha256});
    hello[supported_groups] = {0, 4, 1, 4, 0, 0x1e};  // ffdhe8192, x448
  };
  EXPECT_FAILS(choose(options, curve_too, false), Reason::ffdhe_group_none_common);
  options.cipher_suites12 = {tls_rsa_with_aes_128_gcm_sha256};
  EXPECT_FAILS(choose(options, change, false), Reason::suite_none_common);
}

TEST(Negotiate12, takes_what_old_clients_leave_out_or_add) {
  const std::array<Change, 4> changes = {
      [](OpenHello& hello) { hello.erase(ec_point_formats); },
      [](OpenHello& hello) {  // RFC 5746 §3.3: the SCSV says the same
        hello.erase(renegotiation_info);
        hello.suites.insert(hello.suites.end(), {0x00, 0xff});
      },
      [](OpenHello& hello) { hello.compression = {1, 0}; },
      [](OpenHello& hello) { hello[ec_point_formats] = {3, 1, 2, 0}; },
  };
  for (const Change& change : changes) {
    EXPECT_TRUE(choose(server12(), change));
  }
}

TEST(Negotiate12, refuses_what_is_not_safe) {
  const Change without = [](OpenHello& hello) { hello.erase(extended_main_secret); };
  EXPECT_FAILS(choose(server12(), without), Reason::extended_main_secret_missing);
  const Change earlier = [](OpenHello& hello) { hello[renegotiation_info] = {2, 1, 2}; };
  EXPECT_FAILS(choose(server12(), earlier), Reason::renegotiation_info_invalid);
  const Change compressed = [](OpenHello& hello) { hello[ec_point_formats] = {1, 1}; };
  EXPECT_FAILS(choose(server12(), compressed), Reason::point_format_none_common);
}

TEST(Negotiate12, refuses_what_is_malformed_or_not_in_common) {
  struct Row {
    std::string_view name;
    Reason reason;
    Change change;
  };

  const Row rows[] = {
      {"no null compression", Reason::compression_not_null,
       [](OpenHello& hello) { hello.compression = {1}; }},
      {"a fallback", Reason::fallback_inappropriate,
       [](OpenHello& hello) { hello.suites.insert(hello.suites.end(), {0x56, 0x00}); }},
      {"an extended main secret with content", Reason::message_leftover,
       [](OpenHello& hello) { hello[extended_main_secret] = {0}; }},
      {"no renegotiated_connection", Reason::message_truncated,
       [](OpenHello& hello) { hello[renegotiation_info] = {}; }},
      {"no point format", Reason::value_out_of_bounds,
       [](OpenHello& hello) { hello[ec_point_formats] = {0}; }},
      {"small records", Reason::record_size_limit_invalid,
       [](OpenHello& hello) { hello[record_size_limit] = {0, 63}; }},
      {"no schemes", Reason::signature_none_common,
       [](OpenHello& hello) { hello.erase(signature_algorithms); }},
      {"no groups", Reason::group_none_common,
       [](OpenHello& hello) { hello.erase(supported_groups); }},
      {"other suites", Reason::suite_none_common,
       [](OpenHello& hello) { hello.suites = {0xc0, 0x13, 0x13, 0x01}; }},
      {"other groups", Reason::group_none_common,
       [](OpenHello& hello) { hello[supported_groups] = {0, 4, 0x11, 0xec, 0, 30}; }},
      {"other protocols", Reason::alpn_none_common,
       [](OpenHello& hello) {
         hello[application_layer_protocol_negotiation] = {0, 3, 2, 'h', '3'};
       }},
  };
  for (const Row& row : rows) {
    EXPECT_FAILS(choose(server12(), row.change), row.reason) << row.name;
  }
}

}  // namespace
}  // namespace handfast::test
