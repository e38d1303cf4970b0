#include "message/walk.h"

#include "message/leaves.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/rfc8448.h"
#include "support/vectors.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using test::operator""_hex;

using Buffer = std::vector<std::uint8_t>;

std::vector<codec::FieldView> walk(const Buffer& message) {
  std::vector<codec::FieldView> fields;
  EXPECT_TRUE(
      walk_message(message, [&](const codec::FieldView& field) { fields.push_back(field); }));
  return fields;
}

bool has(const std::vector<codec::FieldView>& fields, std::string_view name) {
  return std::ranges::find(fields, name, &codec::FieldView::name) != fields.end();
}

/// A message with its header.
Buffer message(HandshakeType type, const Buffer& body) {
  Buffer bytes = {static_cast<std::uint8_t>(type), 0, static_cast<std::uint8_t>(body.size() >> 8),
                  static_cast<std::uint8_t>(body.size())};
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

// ---- what real programs send --------------------------------------------------------------------

class EachClient : public testing::TestWithParam<const char*> {
 protected:
  const Buffer hello =
      test::from_hex(test::load_text("client_hellos/" + std::string(GetParam()) + ".hex"));
  const bool speaks_13 = std::string_view(GetParam()) != "openssl_s_client_tls12";
};

TEST_P(EachClient, says_a_hello_that_parses) {
  const auto parsed = read_client_hello(Bytes(hello).subspan(header_size));
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_TRUE(parsed->typed.server_name);
  const HostName name = *parsed->typed.server_name->server_name_list.begin();
  EXPECT_EQ(std::string(name.host_name.begin(), name.host_name.end()), "example.com");
  EXPECT_EQ(parsed->typed.supported_versions.has_value(), speaks_13);
  EXPECT_EQ(parsed->typed.key_share.has_value(), speaks_13);
}

TEST_P(EachClient, says_a_hello_that_is_walked_over_to_the_last_byte) {
  const auto fields = walk(hello);
  EXPECT_TRUE(test::cover(fields, hello.size()));
  EXPECT_TRUE(has(fields, "host_name"));
  EXPECT_EQ(has(fields, "key_exchange"), speaks_13);
}

INSTANTIATE_TEST_SUITE_P(Clients, EachClient,
                         testing::Values("openssl_s_client", "openssl_s_client_tls12", "curl",
                                         "node", "gnutls_cli", "go"),
                         [](const auto& test) { return std::string(test.param); });

// ---- every type of message ----------------------------------------------------------------------

TEST(WalkMessage, covers_the_messages_of_rfc8448) {
  for (const test::Trace& trace : test::rfc8448_traces()) {
    std::vector<Buffer> messages = {trace.bytes("client_hello_1")};
    for (const char* key :
         {"hello_retry_request", "client_hello_2", "server_hello", "new_session_ticket"}) {
      if (trace.has(key)) {
        messages.push_back(trace.bytes(key));
      }
    }
    for (const char* key : {"server_flight", "client_flight"}) {
      for (const Buffer& one : trace.flight(key)) {
        messages.push_back(one);
      }
    }
    for (const Buffer& one : messages) {
      EXPECT_TRUE(test::cover(walk(one), one.size())) << trace.name() << ' ' << int{one.front()};
    }
  }
}

TEST(WalkMessage, tells_a_retry_from_a_server_hello) {
  const test::Trace trace = test::rfc8448_trace("HelloRetryRequest_Handshake");
  const auto retry = walk(trace.bytes("hello_retry_request"));
  EXPECT_TRUE(has(retry, "selected_group"));
  EXPECT_TRUE(has(retry, "cookie"));
  EXPECT_FALSE(has(retry, "server_share"));
  const auto hello = walk(trace.bytes("server_hello"));
  EXPECT_TRUE(has(hello, "server_share"));
  EXPECT_FALSE(has(hello, "selected_group"));
}

TEST(WalkMessage, covers_a_key_update) {
  const Buffer update = message(HandshakeType::key_update, "01"_hex);
  const auto fields = walk(update);
  EXPECT_TRUE(test::cover(fields, update.size()));
  EXPECT_EQ(fields.back().name, "request_update");
  EXPECT_EQ(fields.back().number, 1U);
}

TEST(WalkMessage, names_what_a_server_asks_of_clients) {
  const Buffer request =
      message(HandshakeType::certificate_request,
              "00 0030 0005 0000  000d 0004 0002 0403  0012 0000  001b 0003 02 0001"
              "002f 0006 0004 0002 3000  0030 000b 0009 03 551d0f 0003 030107"_hex);
  const auto fields = walk(request);
  EXPECT_TRUE(test::cover(fields, request.size()));
  for (const char* name : {"supported_signature_algorithms", "distinguished_name", "algorithms",
                           "certificate_extension_oid", "certificate_extension_values"}) {
    EXPECT_TRUE(has(fields, name)) << name;
  }
}

// RFC 9261 §4: server_name may stand there too.
TEST(WalkMessage, names_what_a_client_asks_of_servers) {
  const Buffer request =
      message(HandshakeType::client_certificate_request,
              "01 07 0014 0000 0008 0006 00 0003 612e62 000d 0004 0002 0403"_hex);
  const auto fields = walk(request);
  EXPECT_TRUE(test::cover(fields, request.size()));
  for (const char* name :
       {"certificate_request_context", "host_name", "supported_signature_algorithms"}) {
    EXPECT_TRUE(has(fields, name)) << name;
  }
}

TEST(WalkMessage, names_what_stands_beside_a_certificate) {
  const Buffer certificate =
      message(HandshakeType::certificate,
              "00 00001b 000002 3000 0014 0005 0006 01 000002 3000  0012 0006 0004 0002 abcd"_hex);
  const auto fields = walk(certificate);
  EXPECT_TRUE(test::cover(fields, certificate.size()));
  for (const char* name : {"status_type", "response", "sct"}) {
    EXPECT_TRUE(has(fields, name)) << name;
  }
}

TEST(WalkMessage, names_what_a_compressed_certificate_stands_for) {
  const Buffer compressed =
      message(HandshakeType::compressed_certificate, "0002 000123 000003 abcdef"_hex);
  const auto fields = walk(compressed);
  EXPECT_TRUE(test::cover(fields, compressed.size()));
  for (const auto& [name, number] :
       {std::pair("algorithm", 2U), std::pair("uncompressed_length", 0x123U)}) {
    const auto field = std::ranges::find(fields, std::string_view(name), &codec::FieldView::name);
    ASSERT_NE(field, fields.end()) << name;
    EXPECT_EQ(field->number, number);
  }
  EXPECT_TRUE(has(fields, "compressed_certificate_message"));
}

TEST(WalkMessage, names_a_raw_public_key_where_one_was_settled_on) {
  const Buffer shown = message(HandshakeType::certificate, "00 000008 000003 abcdef 0000"_hex);
  for (const CertificateType type : {CertificateType::x509, CertificateType::raw_public_key}) {
    std::vector<codec::FieldView> fields;
    EXPECT_TRUE(
        walk_message(shown, [&](const codec::FieldView& field) { fields.push_back(field); }, type));
    EXPECT_TRUE(test::cover(fields, shown.size()));
    const bool is_raw = type == CertificateType::raw_public_key;
    EXPECT_EQ(has(fields, "ASN1_subjectPublicKeyInfo"), is_raw);
    EXPECT_EQ(has(fields, "cert_data"), !is_raw);
  }
}

TEST(WalkMessage, names_the_types_of_certificates) {
  const Buffer answer =
      message(HandshakeType::encrypted_extensions, "000a 0013 0001 02 0014 0001 00"_hex);
  const auto fields = walk(answer);
  EXPECT_TRUE(test::cover(fields, answer.size()));
  EXPECT_TRUE(has(fields, "client_certificate_type"));
  EXPECT_TRUE(has(fields, "server_certificate_type"));
}

TEST(WalkMessage, leaves_an_unknown_extension_as_bytes) {
  const Buffer extensions =
      message(HandshakeType::encrypted_extensions, "0007 1234 0003 0a0b0c"_hex);
  const auto fields = walk(extensions);
  EXPECT_TRUE(test::cover(fields, extensions.size()));
  EXPECT_EQ(fields.back().name, "extension_data");
  EXPECT_EQ(fields.back().size, 3U);
}

TEST(WalkMessage, leaves_an_extension_that_does_not_parse_as_bytes) {
  const Buffer extensions = message(HandshakeType::encrypted_extensions, "0006 000a 0002 0004"_hex);
  const auto fields = walk(extensions);
  EXPECT_TRUE(test::cover(fields, extensions.size()));
  EXPECT_EQ(fields.back().name, "extension_data");
}

TEST(WalkMessage, refuses_what_is_no_whole_message) {
  bool visited = false;
  const auto visit = [&](const codec::FieldView&) { visited = true; };
  EXPECT_FAILS(walk_message("18 000001"_hex, visit), Reason::message_truncated);
  EXPECT_FAILS(walk_message("18 000001 00 00"_hex, visit), Reason::message_leftover);
  EXPECT_FAILS(walk_message({}, visit), Reason::message_truncated);
  EXPECT_FALSE(visited);
}

TEST(WalkMessage, refuses_a_type_that_it_does_not_know) {
  EXPECT_FAILS(walk_message("63 000000"_hex, [](const codec::FieldView&) {}),
               Reason::message_unexpected);
}

// A ClientHello of old may end before its extensions, and parses so; it is to be explained too.
TEST(WalkMessage, covers_hellos_without_extensions) {
  Buffer start = "0303"_hex;
  start.resize(2 + 32, 0x11);
  const Buffer client =
      message(HandshakeType::client_hello, test::joined({start, "00 0002 c02f 01 00"_hex}));
  EXPECT_TRUE(test::cover(walk(client), client.size()));
  const Buffer server =
      message(HandshakeType::server_hello, test::joined({start, "00 c02f 00"_hex}));
  EXPECT_TRUE(test::cover(walk(server), server.size()));
}

}  // namespace
}  // namespace handfast::message
