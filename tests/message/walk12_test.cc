#include "message/walk12.h"

#include "message/leaves.h"
#include "support/expect.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using Buffer = std::vector<std::uint8_t>;

struct Case12 {
  HandshakeType type;
  Buffer body;
  std::string_view field;  ///< one that is in this form alone
};

Buffer server_hello12() {
  Buffer body = {3, 3};
  body.resize(34, 7);
  // No id, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; status_request without content,
  // renegotiation_info of nothing.
  const Buffer rest = {0, 0xc0, 0x2f, 0, 0, 9, 0, 5, 0, 0, 0xff, 1, 0, 1, 0};
  body.insert(body.end(), rest.begin(), rest.end());
  return body;
}

const std::vector<Case12>& cases12() {
  using enum HandshakeType;
  static const std::vector<Case12> cases = {
      {hello_request, {}, "msg_type"},
      {server_hello, server_hello12(), "renegotiated_connection"},
      {certificate, {0, 0, 9, 0, 0, 1, 0xaa, 0, 0, 2, 0xbb, 0xcc}, "ASN.1Cert"},
      {certificate_status, {1, 0, 0, 2, 0xdd, 0xee}, "response"},
      {server_key_exchange, {3, 0, 29, 2, 5, 6, 8, 4, 0, 1, 9}, "namedcurve"},
      {certificate_request, {1, 64, 0, 2, 4, 3, 0, 4, 0, 2, 0x30, 0}, "certificate_types"},
      {server_hello_done, {}, "msg_type"},
      {client_key_exchange, {2, 5, 6}, "ecdh_Yc"},
      {certificate_verify, {8, 7, 0, 1, 9}, "signature"},
      {new_session_ticket, {0, 0, 0x1c, 0x20, 0, 1, 9}, "ticket_lifetime_hint"},
      {finished, Buffer(12, 5), "verify_data"},
  };
  return cases;
}

Buffer message12(const Case12& example) {
  Buffer bytes = {static_cast<std::uint8_t>(example.type), 0, 0,
                  static_cast<std::uint8_t>(example.body.size())};
  bytes.insert(bytes.end(), example.body.begin(), example.body.end());
  return bytes;
}

TEST(WalkMessage12, names_every_byte_of_every_message) {
  for (const Case12& example : cases12()) {
    const Buffer bytes = message12(example);
    std::vector<codec::FieldView> fields;
    const auto walked =
        walk_message12(bytes, crypto::KeyExchangeMethod::ecdhe,
                       [&](const codec::FieldView& field) { fields.push_back(field); });
    ASSERT_TRUE(walked) << name(example.type) << ": " << walked.error().text();
    EXPECT_TRUE(test::cover(fields, bytes.size())) << name(example.type);
    EXPECT_TRUE(std::ranges::find(fields, example.field, &codec::FieldView::name) != fields.end())
        << name(example.type);
  }
}

TEST(WalkMessage12, reads_each_method_of_key_exchange_in_its_own_way) {
  using enum HandshakeType;
  using enum crypto::KeyExchangeMethod;

  struct Row {
    crypto::KeyExchangeMethod method;
    Case12 example;
    Buffer other;  ///< what the message is with ECDHE
  };

  const Row rows[] = {
      {psk, {server_key_exchange, {0, 1, 9}, "psk_identity_hint"}, {3, 0, 29, 1, 5, 8, 4, 0, 0}},
      {psk, {client_key_exchange, {0, 2, 'i', 'd'}, "psk_identity"}, {2, 5, 6}},
      {ecdhe_psk,
       {server_key_exchange, {0, 0, 3, 0, 29, 2, 5, 6}, "psk_identity_hint"},
       {3, 0, 29, 1, 5, 8, 4, 0, 0}},
      {dhe,
       {server_key_exchange, {0, 1, 5, 0, 1, 2, 0, 1, 9, 8, 4, 0, 1, 7}, "dh_p"},
       {3, 0, 29, 1, 5, 8, 4, 0, 0}},
      {dhe, {client_key_exchange, {0, 1, 9}, "dh_Yc"}, {2, 5, 6}},
      {ecdhe_psk, {client_key_exchange, {0, 2, 'i', 'd', 1, 5}, "psk_identity"}, {2, 5, 6}},
      {rsa, {client_key_exchange, {0, 3, 1, 2, 3}, "pre_master_secret"}, {2, 5, 6}},
  };
  const auto ignore = [](const codec::FieldView&) {};
  for (const Row& row : rows) {
    const Buffer bytes = message12(row.example);
    std::vector<codec::FieldView> fields;
    ASSERT_TRUE(walk_message12(bytes, row.method,
                               [&](const codec::FieldView& field) { fields.push_back(field); }));
    EXPECT_TRUE(test::cover(fields, bytes.size()));
    EXPECT_TRUE(std::ranges::find(fields, row.example.field, &codec::FieldView::name) !=
                fields.end());
    EXPECT_FALSE(walk_message12(bytes, ecdhe, ignore));
    EXPECT_FALSE(walk_message12(message12({row.example.type, row.other, ""}), row.method, ignore));
  }
}

TEST(WalkMessage12, refuses_what_is_cut_or_has_more) {
  const auto ignore = [](const codec::FieldView&) {};
  for (const Case12& example : cases12()) {
    for (const int change : {-1, 1}) {
      Case12 hurt = example;
      const bool is_cut = change < 0;
      // What a Finished holds is as long as its message.
      if ((is_cut && hurt.body.empty()) || hurt.type == HandshakeType::finished) {
        continue;
      }
      hurt.body.resize(hurt.body.size() + static_cast<std::size_t>(change));
      EXPECT_FALSE(walk_message12(message12(hurt), crypto::KeyExchangeMethod::ecdhe, ignore))
          << name(example.type) << change;
    }
  }
}

TEST(WalkMessage12, knows_no_message_of_tls_13) {
  const auto ignore = [](const codec::FieldView&) {};
  using enum HandshakeType;
  for (const HandshakeType type :
       {encrypted_extensions, end_of_early_data, key_update, compressed_certificate}) {
    EXPECT_FAILS(
        walk_message12(message12({type, {0, 0}, ""}), crypto::KeyExchangeMethod::ecdhe, ignore),
        Reason::message_unexpected);
  }
}

}  // namespace
}  // namespace handfast::message
