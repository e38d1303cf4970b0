#include "crypto/hash.h"
#include "message/client_hello.h"
#include "message/server_hello.h"
#include "support/expect.h"
#include "support/hex.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using test::operator""_hex;

/// A ClientHello up to its compression methods.
std::vector<std::uint8_t> bare_client_hello() {
  auto bytes = "0303"_hex;
  bytes.resize(2 + 32, 0x11);
  const auto rest = "00 0004 1301 1302 01 00"_hex;
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

std::vector<std::uint8_t> with(std::vector<std::uint8_t> bytes,
                               const std::vector<std::uint8_t>& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

TEST(ClientHello, may_end_before_its_extensions) {
  const auto bytes = bare_client_hello();
  const auto hello = read_client_hello(bytes);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->extensions.empty());
  EXPECT_TRUE(hello->cipher_suites.contains(CipherSuite::tls_aes_256_gcm_sha384));
  EXPECT_EQ(hello->random.back(), 0x11);
}

TEST(ClientHello, may_have_no_extensions_in_its_list) {
  const auto bytes = with(bare_client_hello(), "0000"_hex);
  const auto hello = read_client_hello(bytes);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->extensions.empty());
}

TEST(ClientHello, has_nothing_behind_its_extensions) {
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0000 00"_hex)),
               Reason::message_leftover);
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "00"_hex)), Reason::message_truncated);
}

TEST(ClientHello, parses_its_extensions) {
  const auto bytes = with(bare_client_hello(), "002e"
                                               "0000 000e 000c 00 0009 6c6f63616c686f7374"
                                               "002b 0003 02 0304"
                                               "000d 0004 0002 0403"
                                               "0010 0005 0003 02 6832"
                                               "1a1a 0000"_hex);
  const auto hello = read_client_hello(bytes);
  ASSERT_TRUE(hello);
  const ClientHelloExtensions& typed = hello->typed;
  const HostName name = *typed.server_name->server_name_list.begin();
  EXPECT_EQ(std::string(name.host_name.begin(), name.host_name.end()), "localhost");
  EXPECT_TRUE(typed.supported_versions->versions.contains(ProtocolVersion::tls13));
  EXPECT_TRUE(typed.signature_algorithms->supported_signature_algorithms.contains(
      SignatureScheme::ecdsa_secp256r1_sha256));
  EXPECT_EQ(typed.alpn->protocol_name_list.begin()->name.size(), 2U);
  EXPECT_FALSE(typed.key_share);
}

TEST(ClientHello, is_refused_for_an_extension_that_does_not_parse) {
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0006 002b 0002 03 03"_hex)),
               Reason::message_truncated);
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0005 002b 0001 00"_hex)),
               Reason::value_out_of_bounds);
}

TEST(ClientHello, asks_for_a_staple_in_the_form_of_its_type) {
  const auto ocsp = with(bare_client_hello(), "0009 0005 0005 01 0000 0000"_hex);
  ASSERT_TRUE(read_client_hello(ocsp));
  EXPECT_EQ(read_client_hello(ocsp)->typed.status_request->status_type,
            CertificateStatusType::ocsp);
  // A type that is not known has a form that is not known.
  EXPECT_TRUE(read_client_hello(with(bare_client_hello(), "0006 0005 0002 02 ff"_hex)));
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0008 0005 0004 01 0000 00"_hex)),
               Reason::message_truncated);
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "000a 0005 0006 01 0000 0000 00"_hex)),
               Reason::message_leftover);
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0004 0005 0000"_hex)),
               Reason::message_truncated);
}

TEST(ClientHello, names_authorities_and_asks_for_timestamps) {
  const auto bytes = with(bare_client_hello(), "0010 0012 0000 002f 0008 0006 0002 3000 0000"_hex);
  EXPECT_FAILS(read_client_hello(bytes), Reason::value_out_of_bounds)
      << "a name has a byte at least";
  const auto named = with(bare_client_hello(), "000e 0012 0000 002f 0006 0004 0002 3000"_hex);
  const auto hello = read_client_hello(named);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->typed.signed_certificate_timestamp);
  EXPECT_EQ(hello->typed.certificate_authorities->authorities.begin()->name.size(), 2U);
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0005 0012 0001 00"_hex)),
               Reason::message_leftover);
}

TEST(ClientHello, is_refused_for_an_extension_that_stands_twice) {
  EXPECT_FAILS(read_client_hello(with(bare_client_hello(), "0008 1a1a 0000 1a1a 0000"_hex)),
               Reason::extension_duplicated);
}

TEST(ServerHello, may_end_before_its_extensions) {
  auto bytes = "0303"_hex;
  bytes.resize(2 + 32, 0x22);
  bytes = with(bytes, "00 c02f 00"_hex);
  const auto hello = read_server_hello(bytes);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->extensions.empty());
  EXPECT_EQ(static_cast<std::uint16_t>(hello->cipher_suite), 0xc02f);
  EXPECT_FALSE(hello->is_retry());
}

// RFC 9846 §4.2.3: "with Random set to the special value of the SHA-256 of "HelloRetryRequest"".
TEST(ServerHello, with_the_special_random_is_a_retry) {
  constexpr std::string_view text = "HelloRetryRequest";
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, bytes);
  EXPECT_TRUE(std::ranges::equal(digest.bytes(), hello_retry_request_random));
  ServerHello hello;
  EXPECT_FALSE(hello.is_retry());
  hello.random = hello_retry_request_random;
  EXPECT_TRUE(hello.is_retry());
}

}  // namespace
}  // namespace handfast::message
