// Family (d): the second ClientHello is read as if the first still held, or the HelloRetryRequest
// as if it were a ServerHello. CVE-2022-39173 and CVE-2026-3230 (wolfSSL), CVE-2025-6395 (GnuTLS),
// CVE-2026-25832 (Mbed TLS). RFC 9846 §4.2.2, §4.2.4. tests/handshake has the greater part.
#include "families/family.h"

#include <algorithm>
#include <memory>

namespace handfast::test::families {
namespace {

using enum HandshakeType;
using enum ExtensionType;

/// Something about the second ClientHello.
std::map<unsigned, Edit> second(void (*change)(OpenHello&)) { return {{2, edit_hello(change)}}; }

std::map<unsigned, Edit> without(ExtensionType type) {
  return {{2, edit_hello([type](OpenHello& hello) { hello.erase(type); })}};
}

std::map<unsigned, Edit> with(ExtensionType type, Content data) {
  return {{2, edit_hello([=](OpenHello& hello) { hello[type] = data; })}};
}

/// Something about the HelloRetryRequest.
std::map<unsigned, Edit> retry(void (*change)(OpenHello&)) { return {{1, edit_hello(change)}}; }

/// The first ClientHello comes again in the place of the second.
std::map<unsigned, Edit> the_first_again() {
  const auto first = std::make_shared<Content>();
  return {{0, [=](Flight& flight) { *first = find(flight, client_hello).content; }},
          {2, [=](Flight& flight) { find(flight, client_hello).content = *first; }}};
}

/// The second ClientHello has the binder of the first.
std::map<unsigned, Edit> the_first_binder() {
  const auto first = std::make_shared<Content>();
  return {{0, [=](Flight& flight) { *first = find(flight, client_hello).content; }},
          {2, [=](Flight& flight) {
             std::copy(first->end() - 32, first->end(),
                       find(flight, client_hello).content.end() - 32);
           }}};
}

std::vector<Case> cases() {
  return {
      {"the_first_hello_again", by_server, Reason::key_share_missing, the_first_again(),
       after_retry},
      {"no_groups_in_the_second_hello", by_server, Reason::hello_changed, without(supported_groups),
       after_retry},
      {"no_schemes_in_the_second_hello", by_server, Reason::hello_changed,
       without(signature_algorithms), after_retry},
      {"no_versions_in_the_second_hello", by_server, Reason::hello_changed,
       without(supported_versions), after_retry},
      {"no_status_request_in_the_second_hello", by_server, Reason::hello_changed,
       without(status_request), after_retry},
      {"no_timestamps_asked_for_in_the_second_hello", by_server, Reason::hello_changed,
       without(signed_certificate_timestamp), after_retry},
      {"no_psk_modes_in_the_second_hello", by_server, Reason::hello_changed,
       without(psk_key_exchange_modes), resumption_after_retry},
      {"other_psk_modes_in_the_second_hello", by_server, Reason::hello_changed,
       with(psk_key_exchange_modes, {2, 1, 0}), resumption_after_retry},
      {"post_handshake_auth_in_the_second_hello_alone", by_server, Reason::hello_changed,
       with(post_handshake_auth, {}), after_retry},
      {"a_protocol_in_the_second_hello_alone", by_server, Reason::hello_changed,
       with(application_layer_protocol_negotiation, {0, 3, 2, 'h', '2'}), after_retry},
      {"a_share_twice_in_the_second_hello", by_server, Reason::key_share_duplicated,
       second([](OpenHello& hello) {
         Content& data = hello[key_share];
         const Content share(data.begin() + 2, data.end());
         data.insert(data.end(), share.begin(), share.end());
         const std::size_t size = data.size() - 2;
         data[0] = static_cast<std::uint8_t>(size >> 8);
         data[1] = static_cast<std::uint8_t>(size);
       }),
       after_retry},
      {"the_binder_of_the_first_hello", by_server, Reason::psk_binder_invalid, the_first_binder(),
       resumption_after_retry},
      {"a_binder_with_a_bit_changed",
       by_server,
       Reason::psk_binder_invalid,
       {{2, [](Flight& flight) { find(flight, client_hello).content.back() ^= 1; }}},
       resumption_after_retry},
      {"a_psk_in_the_retry_request", by_client, Reason::extension_misplaced,
       retry([](OpenHello& hello) { hello[pre_shared_key] = {0, 0}; }), resumption_after_retry},
      {"a_protocol_in_the_retry_request", by_client, Reason::extension_unsolicited,
       retry([](OpenHello& hello) {
         hello[application_layer_protocol_negotiation] = {0, 3, 2, 'h', '2'};
       }),
       after_retry},
      {"compression_in_the_retry_request", by_client, Reason::compression_not_null,
       retry([](OpenHello& hello) { hello.compression = {1}; }), after_retry},
      {"another_legacy_version_in_the_retry_request", by_client, Reason::legacy_version_invalid,
       retry([](OpenHello& hello) { hello.legacy_version = 0x0302; }), after_retry},
      {"tls_1_2_in_the_retry_request", by_client, Reason::version_not_offered,
       retry([](OpenHello& hello) { hello[supported_versions] = {3, 3}; }), after_retry},
      {"a_choice_of_another_psk_after_the_retry",
       by_client,
       Reason::psk_not_offered,
       {{3, edit_hello([](OpenHello& hello) { hello[pre_shared_key] = {0, 1}; })}},
       resumption_after_retry},
      {"a_choice_of_a_psk_without_a_share_after_the_retry",
       by_client,
       Reason::psk_hash_mismatch,
       {{3, edit_hello([](OpenHello& hello) { hello.erase(key_share); })}},
       resumption_after_retry},
  };
}

class RetriedHello : public testing::TestWithParam<Case> {};

TEST_P(RetriedHello, is_held_to_the_first) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Family, RetriedHello, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace handfast::test::families
