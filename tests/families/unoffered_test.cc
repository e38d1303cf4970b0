// Family (e): the peer chooses what was never offered, and gets it. CVE-2024-5814 (wolfSSL),
// CVE-2026-25832 and CVE-2026-25834 (Mbed TLS); FREAK and Logjam were of this family.
// RFC 9846 §4.3: "Implementations MUST NOT send extension responses if the remote endpoint did not
// send the corresponding extension requests". tests/handshake/check13_test.cc has suites, groups,
// versions and schemes.
#include "families/family.h"

#include <utility>

namespace handfast::test::families {
namespace {

using enum HandshakeType;
using enum ExtensionType;

std::map<unsigned, Edit> in_extensions(ExtensionType type, Content data) {
  return {{1, replace_extensions({{type, std::move(data)}})}};
}

std::map<unsigned, Edit> in_hello(ExtensionType type, Content data) {
  return {{1, edit_hello([=](OpenHello& hello) { hello[type] = data; })}};
}

/// An extension of the first entry of a Certificate, which has no others.
Edit in_certificate(ExtensionType type, Content data) {
  return [=](Flight& flight) {
    Content& message = find(flight, certificate).content;
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(message[i]); };
    const std::size_t size = (at(8) << 16) + (at(9) << 8) + at(10);  // of the leaf
    const auto place = message.begin() + static_cast<std::ptrdiff_t>(11 + size);
    const Content block = extension_block({{type, data}});
    const auto rest = message.erase(place, place + 2);
    message.insert(rest, block.begin(), block.end());
    for (const std::size_t length : {std::size_t{1}, std::size_t{5}}) {
      const std::size_t longer =
          (at(length) << 16) + (at(length + 1) << 8) + at(length + 2) + block.size() - 2;
      message[length + 1] = static_cast<std::uint8_t>(longer >> 8);
      message[length + 2] = static_cast<std::uint8_t>(longer);
    }
  };
}

Sides offering_h2() {
  Sides sides;
  sides.client.alpn = {"h2", "http/1.1"};
  return sides;
}

Sides without_staples() {
  Sides sides;
  sides.client.request_staples = false;
  sides.client.request_sct_lists = false;
  return sides;
}

Sides without_limit() {
  Sides sides;
  sides.client.record_size_limit = 0;
  return sides;
}

Sides without_ech() {
  Sides sides;
  sides.client.ech_grease = false;
  return sides;
}

/// Where TLS 1.2 is offered too, they are not unasked but in the wrong place.
Sides tls_13_alone() { return in_13(); }

const Content staple = {1, 0, 0, 3, 48, 1, 0};
constexpr auto alpn = application_layer_protocol_negotiation;

std::vector<Case> cases() {
  return {
      {"max_fragment_length", by_client, Reason::extension_unsolicited,
       in_extensions(max_fragment_length, {1})},
      {"use_srtp", by_client, Reason::extension_unsolicited,
       in_extensions(use_srtp, {0, 2, 0, 1, 0})},
      {"heartbeat", by_client, Reason::extension_unsolicited, in_extensions(heartbeat, {1})},
      {"client_certificate_type", by_client, Reason::extension_unsolicited,
       in_extensions(client_certificate_type, {2})},
      {"server_certificate_type", by_client, Reason::extension_unsolicited,
       in_extensions(server_certificate_type, {2})},
      {"record_size_limit", by_client, Reason::extension_unsolicited,
       in_extensions(record_size_limit, {2, 0}), without_limit},
      {"quic_transport_parameters", by_client, Reason::extension_unsolicited,
       in_extensions(quic_transport_parameters, {})},
      {"ticket_request", by_client, Reason::extension_unsolicited,
       in_extensions(ticket_request, {1})},
      {"encrypted_client_hello", by_client, Reason::extension_unsolicited,
       in_extensions(encrypted_client_hello, {0, 0}), without_ech},
      {"session_ticket_of_tls_1_2", by_client, Reason::extension_unsolicited,
       in_extensions(session_ticket, {})},
      {"extended_main_secret_of_tls_1_2", by_client, Reason::extension_unsolicited,
       in_extensions(extended_main_secret, {}), tls_13_alone},
      {"renegotiation_info_of_tls_1_2", by_client, Reason::extension_unsolicited,
       in_extensions(renegotiation_info, {0}), tls_13_alone},
      {"encrypt_then_mac_of_tls_1_2", by_client, Reason::extension_unsolicited,
       in_extensions(encrypt_then_mac, {})},
      {"early_data_with_a_session_that_allows_none",
       by_client,
       Reason::extension_unsolicited,
       {{1, reforge(replace_extensions({{early_data, {}}}))}},
       resumption},
      {"a_cookie_in_the_server_hello", by_client, Reason::extension_misplaced,
       in_hello(cookie, {0, 1, 7})},
      {"early_data_in_the_server_hello", by_client, Reason::extension_unsolicited,
       in_hello(early_data, {})},
      {"a_suite_of_grease",
       by_client,
       Reason::suite_not_offered,
       {{1, edit_hello([](OpenHello& hello) { hello.suites = {0x1a, 0x1a}; })}}},
      {"a_version_of_grease", by_client, Reason::version_not_offered,
       in_hello(supported_versions, {0x7a, 0x7a})},
      {"a_group_of_grease", by_client, Reason::key_share_not_offered,
       in_hello(key_share, {0x5a, 0x5a, 0, 1, 0})},
      {"a_finite_field_group", by_client, Reason::key_share_not_offered,
       in_hello(key_share, {1, 0, 0, 1, 2})},
      {"a_protocol_in_other_letters", by_client, Reason::alpn_not_offered,
       in_extensions(alpn, {0, 3, 2, 'H', '2'}), offering_h2},
      {"the_beginning_of_a_protocol", by_client, Reason::alpn_not_offered,
       in_extensions(alpn, {0, 5, 4, 'h', 't', 't', 'p'}), offering_h2},
      {"a_protocol_and_more", by_client, Reason::alpn_not_offered,
       in_extensions(alpn, {0, 4, 3, 'h', '2', 'c'}), offering_h2},
      {"a_staple",
       by_client,
       Reason::extension_unsolicited,
       {{1, in_certificate(status_request, staple)}},
       without_staples},
      {"timestamps",
       by_client,
       Reason::extension_unsolicited,
       {{1, in_certificate(signed_certificate_timestamp, {0, 3, 0, 1, 9})}},
       without_staples},
      {"a_delegated_credential",
       by_client,
       Reason::delegated_credential_unasked,
       {{1, in_certificate(delegated_credential, {0})}}},
      {"a_staple_of_a_client",
       by_server,
       Reason::extension_unsolicited,
       {{2, in_certificate(status_request, staple)}},
       with_client},
      {"a_delegated_credential_of_a_client",
       by_server,
       Reason::delegated_credential_unasked,
       {{2, in_certificate(delegated_credential, {0})}},
       with_client},
  };
}

class Unoffered : public testing::TestWithParam<Case> {};

TEST_P(Unoffered, is_not_accepted) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Family, Unoffered, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace handfast::test::families
