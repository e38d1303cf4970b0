#include "message/extension_block.h"

#include "message/certificate.h"
#include "message/client_hello.h"
#include "message/encrypted_extensions.h"
#include "message/post_handshake.h"
#include "message/server_hello.h"
#include "support/expect.h"
#include "support/hex.h"

#include <array>
#include <initializer_list>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using test::operator""_hex;

/// The bytes of a list of empty extensions.
std::vector<std::uint8_t> empty_extensions(std::initializer_list<ExtensionType> types) {
  std::vector<std::uint8_t> bytes;
  for (const ExtensionType type : types) {
    const auto code = std::to_underlying(type);
    bytes.insert(bytes.end(),
                 {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code), 0, 0});
  }
  return bytes;
}

Result<> check(std::initializer_list<ExtensionType> types, Place place) {
  const auto bytes = empty_extensions(types);
  return check_extensions(ExtensionList::from_wire(bytes), place);
}

Result<> check_answer(std::initializer_list<ExtensionType> types,
                      std::initializer_list<ExtensionType> asked) {
  const auto answer_bytes = empty_extensions(types);
  const auto asked_bytes = empty_extensions(asked);
  return check_answered(ExtensionList::from_wire(answer_bytes),
                        ExtensionList::from_wire(asked_bytes));
}

constexpr std::array places = {Place::client_hello,        Place::server_hello,
                               Place::hello_retry_request, Place::encrypted_extensions,
                               Place::certificate,         Place::certificate_request,
                               Place::new_session_ticket,  Place::server_hello12};

struct Row {
  ExtensionType type;
  std::set<Place> places;
};

// The table of RFC 9846 §4.3, for the extensions that have a name here, and where the ServerHello
// of TLS 1.2 has them.
std::vector<Row> rows_of_the_rfc() {
  using enum Place;
  using enum ExtensionType;
  return {
      {ExtensionType::server_name,
       {client_hello, encrypted_extensions, certificate_request, server_hello12}},
      {status_request, {client_hello, certificate_request, certificate, server_hello12}},
      {supported_groups, {client_hello, encrypted_extensions, server_hello12}},  // as servers do
      {signature_algorithms, {client_hello, certificate_request}},
      {ec_point_formats, {client_hello, server_hello12}},
      {extended_main_secret, {client_hello, server_hello12}},
      {session_ticket, {client_hello, server_hello12}},
      {renegotiation_info, {client_hello, server_hello12}},
      {use_srtp, {client_hello, encrypted_extensions, server_hello12}},
      {heartbeat, {client_hello, encrypted_extensions, server_hello12}},
      {application_layer_protocol_negotiation,
       {client_hello, encrypted_extensions, server_hello12}},
      {client_certificate_type, {client_hello, encrypted_extensions, server_hello12}},
      {server_certificate_type, {client_hello, encrypted_extensions, server_hello12}},
      {padding, {client_hello}},
      {compress_certificate, {client_hello, certificate_request}},
      {record_size_limit, {client_hello, encrypted_extensions, server_hello12}},
      {delegated_credential, {client_hello, certificate_request, certificate}},
      {pre_shared_key, {client_hello, server_hello}},
      {early_data, {client_hello, encrypted_extensions, new_session_ticket}},
      {supported_versions, {client_hello, server_hello, hello_retry_request}},
      {cookie, {client_hello, hello_retry_request}},
      {psk_key_exchange_modes, {client_hello}},
      {certificate_authorities, {client_hello, certificate_request}},
      {oid_filters, {certificate_request}},
      {post_handshake_auth, {client_hello}},
      {signature_algorithms_cert, {client_hello, certificate_request}},
      {key_share, {client_hello, server_hello, hello_retry_request}},
      {quic_transport_parameters, {client_hello, encrypted_extensions}},
      {ticket_request, {client_hello, encrypted_extensions}},
      {ech_outer_extensions, {}},
      {encrypted_client_hello, {client_hello, hello_retry_request, encrypted_extensions}},
  };
}

TEST(ExtensionTable, lets_extensions_stand_where_the_rfc_does) {
  for (const Row& row : rows_of_the_rfc()) {
    for (const Place place : places) {
      const auto checked = check({row.type}, place);
      if (row.places.contains(place)) {
        EXPECT_TRUE(checked) << name(row.type);
      } else {
        EXPECT_FAILS(checked, Reason::extension_misplaced)
            << name(row.type) << " in " << static_cast<int>(place);
      }
    }
  }
}

TEST(ExtensionTable, knows_nothing_of_unknown_extensions) {
  for (const Place place : places) {
    EXPECT_TRUE(check({static_cast<ExtensionType>(0x1234)}, place));
  }
}

TEST(CheckExtensions, refuses_an_extension_that_stands_twice) {
  using enum ExtensionType;
  EXPECT_FAILS(check({cookie, key_share, cookie}, Place::client_hello),
               Reason::extension_duplicated);
  const auto unknown = static_cast<ExtensionType>(0xfedc);
  const auto result = check({unknown, unknown}, Place::client_hello);
  ASSERT_FAILS(result, Reason::extension_duplicated);
  EXPECT_EQ(result.error().facts.kind, Facts::Kind::extension);
  EXPECT_EQ(result.error().facts.theirs[0], 0xfedc);
}

TEST(CheckExtensions, names_the_extension_that_is_misplaced) {
  const auto result = check({ExtensionType::oid_filters}, Place::client_hello);
  ASSERT_FAILS(result, Reason::extension_misplaced);
  EXPECT_EQ(result.error().facts.theirs[0], 48);
}

TEST(CheckExtensions, takes_thousands_of_unknown_extensions) {
  std::vector<std::uint8_t> bytes;
  std::size_t count = 0;
  for (unsigned code = 0x1000; count < 4000; ++code, ++count) {
    bytes.insert(bytes.end(),
                 {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code), 0, 0});
  }
  EXPECT_TRUE(check_extensions(ExtensionList::from_wire(bytes), Place::client_hello));
  bytes.insert(bytes.end(), {0x1f, 0x00, 0, 0});  // one of them again
  EXPECT_FAILS(check_extensions(ExtensionList::from_wire(bytes), Place::client_hello),
               Reason::extension_duplicated);
}

TEST(CheckAnswered, takes_what_was_asked_for) {
  using enum ExtensionType;
  EXPECT_TRUE(
      check_answer({key_share, supported_versions}, {server_name, supported_versions, key_share}));
  EXPECT_TRUE(check_answer({}, {}));
}

TEST(CheckAnswered, refuses_what_was_not_asked_for) {
  using enum ExtensionType;
  const auto result = check_answer({supported_versions, early_data}, {supported_versions});
  ASSERT_FAILS(result, Reason::extension_unsolicited);
  EXPECT_EQ(result.error().facts.theirs[0], 42);
}

TEST(CheckAnswered, takes_a_cookie_that_nobody_asked_for) {
  using enum ExtensionType;
  EXPECT_TRUE(check_answer({cookie}, {supported_versions}));
}

// RFC 8701 §3.1: what is sent to keep servers tolerant is nothing that a server may take up.
TEST(CheckAnswered, refuses_an_extension_of_grease_even_if_it_was_sent) {
  const auto grease = static_cast<ExtensionType>(0x2a2a);
  EXPECT_FAILS(check_answer({grease}, {grease}), Reason::extension_unsolicited);
}

TEST(ReadExtensions, parses_those_it_has_members_for) {
  // supported_versions, key_share, an unknown one
  const auto bytes = "002b 0002 0304  0033 0006 001d 0002 0a0b  1234 0001 00"_hex;
  const auto typed = read_extensions<ServerHelloExtensions>(ExtensionList::from_wire(bytes));
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->supported_versions->selected_version, ProtocolVersion::tls13);
  EXPECT_EQ(typed->key_share->server_share.group, NamedGroup::x25519);
  EXPECT_EQ(typed->key_share->server_share.key_exchange.size(), 2U);
}

TEST(ReadExtensions, refuses_data_left_over_in_an_extension) {
  const auto bytes = "002b 0003 0304 00"_hex;
  EXPECT_FAILS(read_extensions<ServerHelloExtensions>(ExtensionList::from_wire(bytes)),
               Reason::message_leftover);
}

TEST(ReadExtensions, refuses_an_extension_that_is_cut) {
  const auto bytes = "002b 0001 03"_hex;
  EXPECT_FAILS(read_extensions<ServerHelloExtensions>(ExtensionList::from_wire(bytes)),
               Reason::message_truncated);
}

TEST(ReadExtensions, keeps_the_first_of_two_troubles) {
  const auto bytes = "002b 0001 03  0033 0000"_hex;
  EXPECT_FAILS(read_extensions<ServerHelloExtensions>(ExtensionList::from_wire(bytes)),
               Reason::message_truncated);
}

TEST(ReadExtensions, tells_an_empty_extension_from_none) {
  const auto bytes = "002a 0000"_hex;
  const auto typed = read_extensions<ClientHelloExtensions>(ExtensionList::from_wire(bytes));
  ASSERT_TRUE(typed);
  EXPECT_TRUE(typed->early_data);
  EXPECT_FALSE(typed->key_share);
}

TEST(ReadExtensions, reads_what_a_server_asks_of_clients) {
  const auto bytes = "0005 0000  000d 0004 0002 0403  0012 0000  002f 0006 0004 0002 3000"
                     "0030 000b 0009 03 551d0f 0003 030107  0032 0004 0002 0804"_hex;
  const auto typed = read_extensions<CertificateRequestExtensions>(ExtensionList::from_wire(bytes));
  ASSERT_TRUE(typed);
  EXPECT_TRUE(typed->status_request && typed->signed_certificate_timestamp);
  EXPECT_TRUE(typed->signature_algorithms && typed->signature_algorithms_cert);
  EXPECT_EQ(typed->certificate_authorities->authorities.begin()->name.size(), 2U);
  const OidFilter filter = *typed->oid_filters->filters.begin();
  EXPECT_EQ(filter.certificate_extension_oid.size(), 3U);
  EXPECT_EQ(filter.certificate_extension_values.size(), 3U);
  // There, status_request has no content: what a ClientHello says is too much.
  const auto hello_form = "0005 0005 01 0000 0000"_hex;
  EXPECT_FAILS(read_extensions<CertificateRequestExtensions>(ExtensionList::from_wire(hello_form)),
               Reason::message_leftover);
}

TEST(ReadExtensions, reads_what_stands_beside_a_certificate) {
  const auto bytes = "0005 0006 01 000002 3000  0012 0006 0004 0002 abcd"_hex;
  const auto typed = read_extensions<CertificateEntryExtensions>(ExtensionList::from_wire(bytes));
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->status_request->status_type, CertificateStatusType::ocsp);
  EXPECT_EQ(typed->status_request->response.size(), 2U);
  EXPECT_EQ(typed->signed_certificate_timestamp->sct_list.begin()->sct.size(), 2U);
  for (const auto& empty :
       {"0005 0004 01 000000"_hex, "0012 0002 0000"_hex, "0012 0004 0002 0000"_hex}) {
    EXPECT_FAILS(read_extensions<CertificateEntryExtensions>(ExtensionList::from_wire(empty)),
                 Reason::value_out_of_bounds);
  }
}

TEST(WriteExtension, writes_what_read_extensions_reads) {
  std::array<std::uint8_t, 64> memory{};
  codec::Writer out(memory);
  write_extension(out, SelectedVersion{ProtocolVersion::tls13});
  const auto share = "0102"_hex;
  write_extension(out, KeyShareServerHello{{NamedGroup::secp256r1, share}});
  const Bytes bytes = out.written();
  EXPECT_EQ(std::vector(bytes.begin(), bytes.end()),
            "002b 0002 0304  0033 0006 0017 0002 0102"_hex);
}

}  // namespace
}  // namespace handfast::message
