// Encrypted Client Hello between both sides: found, not found, and what each may not do. RFC 9849.
#include "support/ech.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum ExtensionType;
using Buffer = std::vector<std::uint8_t>;

bool holds(Bytes bytes, std::string_view text) {
  return !std::ranges::search(bytes, text, {}, {}, [](char c) {
            return static_cast<std::uint8_t>(c);
          }).empty();
}

/// A handshake, with every byte that went over the wire in clear or not.
struct Talk {
  explicit Talk(const Sides& sides) : pair(sides) {
    const Edit write_down = [&](Flight& flight) {
      for (const Piece& piece : flight) {
        if (piece.epoch == Epoch::plaintext) {
          clear.insert(clear.end(), piece.content.begin(), piece.content.end());
        }
        if (piece.is(HandshakeType::client_hello)) {
          hellos.push_back(OpenHello::parse(piece.content));
        }
      }
    };
    Middle middle(pair);
    middle.run({{0, write_down}, {1, write_down}, {2, write_down}, {3, write_down}});
  }

  [[nodiscard]] const Settled& client() const { return pair.client.connection.settled(); }

  [[nodiscard]] const Settled& server() const { return pair.server.connection.settled(); }

  Loopback pair;
  Buffer clear;
  std::vector<OpenHello> hellos;
};

// ---- found --------------------------------------------------------------------------------------

TEST(Ech13, hides_the_name_and_finds_it) {
  for (const Sides& sides : {hidden(), hidden(retried()), hidden(on_curves())}) {
    Talk talk(sides);
    EXPECT_TRUE(talk.pair.agrees());
    EXPECT_EQ(talk.client().ech, EchOutcome::accepted);
    EXPECT_EQ(talk.server().ech, EchOutcome::accepted);
    EXPECT_EQ(talk.server().server_name, server_dns_name);
    EXPECT_FALSE(holds(talk.clear, server_dns_name));
    EXPECT_TRUE(holds(talk.clear, public_dns_name));
    EXPECT_EQ(talk.hellos.size(), sides.client.key_shares ? 2U : 1U);
  }
}

TEST(Ech13, works_with_every_suite_hash_and_with_client_certificates) {
  for (const CipherSuite suite :
       {CipherSuite::tls_aes_256_gcm_sha384, CipherSuite::tls_chacha20_poly1305_sha256}) {
    for (Sides sides : {hidden(authenticated(only(suite, NamedGroup::x25519))),
                        hidden(retried(only(suite, NamedGroup::secp256r1)))}) {
      Talk talk(sides);
      EXPECT_TRUE(talk.pair.agrees());
      EXPECT_EQ(talk.client().ech, EchOutcome::accepted);
    }
  }
}

TEST(Ech13, hides_names_of_one_length_among_each_other) {
  Sides sides = hidden();
  sides.server.unknown_name = UnknownName::use_first;
  for (const char* name : {"a.test", "a-much-longer-name.that-nobody-should-tell-apart.test"}) {
    sides.name = name;
    Talk talk(sides);
    OpenHello sent = talk.hellos.front();
    OpenHello usual = Talk(hidden()).hellos.front();
    EXPECT_EQ(sent[encrypted_client_hello].size(), usual[encrypted_client_hello].size()) << name;
  }
}

TEST(Ech13, resumes_without_a_ticket_in_clear) {
  const Sides sides = hidden(resuming());
  Loopback first(sides);
  first.connect();
  first.server.send(Buffer{1});
  first.relay();
  for (const Sides& again : {sides, retried(sides)}) {
    Talk talk(again);
    EXPECT_TRUE(talk.pair.agrees());
    EXPECT_EQ(talk.client().ech, EchOutcome::accepted);
    EXPECT_EQ(talk.client().session, SessionOutcome::resumed);
    EXPECT_FALSE(holds(talk.clear, server_dns_name));
    for (OpenHello& hello : talk.hellos) {
      // RFC 9849 §6.1.2: what the server seems to answer is there, of the right lengths, and
      // random.
      const auto psks = codec::read<message::OfferedPsks>(hello[pre_shared_key]);
      ASSERT_TRUE(psks);
      EXPECT_EQ((*psks->binders.begin()).binder.size(), 32U);
      EXPECT_EQ(hello.extensions.back().type, pre_shared_key);
    }
  }
}

TEST(Ech13, sends_early_data_that_is_taken) {
  const Sides sides = hidden(with_early_data());
  Loopback first(sides);
  first.connect();
  first.server.send(Buffer{1});
  first.relay();
  Loopback second(sides);
  second.client.run();
  second.client.send_early(Buffer{1, 2, 3});
  second.connect();
  EXPECT_EQ(second.server.early_data, (Buffer{1, 2, 3}));
  EXPECT_EQ(second.client.connection.settled().ech, EchOutcome::accepted);
  EXPECT_EQ(second.client.connection.settled().early_data, EarlyDataOutcome::accepted);
}

TEST(Ech13, opens_with_each_of_several_keys) {
  Sides sides = hidden();
  const auto other = EchKey::generate("other.test").value();
  // The same config_id twice: RFC 9849 §7.1 has the keys tried in turn.
  Buffer twin(other->config().begin(), other->config().end());
  twin[4] = ech_key(public_dns_name)->config_id();
  const auto same_id = EchKey::make(twin, other->expose_private_key()).value();
  sides.server.ech_keys = {{other}, {same_id}, {ech_key(public_dns_name), true}};
  Talk talk(sides);
  EXPECT_TRUE(talk.pair.agrees());
  EXPECT_EQ(talk.server().ech, EchOutcome::accepted) << "though it is retired";
}

TEST(Ech13, is_what_a_server_behind_another_one_is_told) {
  Sides sides;
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[encrypted_client_hello] = {1}; })}});
  EXPECT_EQ(pair.server.connection.settled().ech, EchOutcome::accepted);
  EXPECT_FALSE(pair.agrees()) << "the client said something else";
}

// ---- not found ----------------------------------------------------------------------------------

void expect_rejection(Talk& talk) {
  EXPECT_EQ(talk.client().ech, EchOutcome::rejected);
  EXPECT_FALSE(talk.pair.client.connected);
  EXPECT_FAILS(talk.pair.client.outcome(), Reason::ech_rejected);
  EXPECT_EQ(talk.pair.server.received_alerts, std::vector{Alert::ech_required});
  EXPECT_FALSE(holds(talk.clear, "secret.test"));
}

TEST(Ech13, ends_a_connection_that_cannot_be_hidden) {
  for (const Sides& sides : {rejected(), rejected(retried()), rejected(on_curves())}) {
    Talk talk(sides);
    expect_rejection(talk);
    EXPECT_EQ(talk.server().ech, EchOutcome::rejected);
    EXPECT_EQ(talk.server().server_name, server_dns_name);
    EXPECT_EQ(talk.client().ech_retry_configs, ech_key(server_dns_name)->config_list());
    EXPECT_EQ(talk.hellos.size(), sides.client.key_shares ? 2U : 1U);
  }
}

TEST(Ech13, goes_on_with_the_configurations_that_it_was_told) {
  Sides sides = rejected();
  Talk talk(sides);
  sides.client.ech = EchConfig::choose(talk.client().ech_retry_configs).value();
  sides.name = server_dns_name;
  EXPECT_TRUE(Talk(sides).pair.agrees());
}

TEST(Ech13, is_told_nothing_by_a_server_without_keys) {
  Sides sides = rejected();
  sides.server.ech_keys = {};
  Talk talk(sides);
  expect_rejection(talk);
  EXPECT_TRUE(talk.client().ech_retry_configs.empty());
}

TEST(Ech13, hands_out_no_key_that_is_retired) {
  Sides sides = rejected();
  const auto old = EchKey::generate(server_dns_name).value();
  sides.server.ech_keys.insert(sides.server.ech_keys.begin(), {old, true});
  Talk talk(sides);
  expect_rejection(talk);
  EXPECT_EQ(talk.client().ech_retry_configs, ech_key(server_dns_name)->config_list());
}

// RFC 9849 §6.1.6: if authentication fails, the client must not use the retry configurations.
TEST(Ech13, believes_nobody_but_the_public_name) {
  Sides sides = hidden();
  sides.server.ech_keys = {{ech_key("other.test")}};
  sides.server.unknown_name = UnknownName::use_first;
  for (const Sides& each : {sides, retried(sides)}) {
    Talk talk(each);
    EXPECT_FAILS(talk.pair.client.outcome(), Reason::certificate_name_mismatch);
    EXPECT_TRUE(talk.client().ech_retry_configs.empty());
    EXPECT_FALSE(holds(talk.clear, server_dns_name)) << "though it has that certificate";
  }
}

TEST(Ech13, takes_no_configuration_from_whom_nobody_has_judged) {
  Sides sides = rejected();
  sides.insecure = true;
  Talk talk(sides);
  expect_rejection(talk);
  EXPECT_TRUE(talk.client().ech_retry_configs.empty());
}

TEST(Ech13, takes_no_configuration_from_a_key_without_a_name) {
  Sides sides = rejected();
  sides.shown = raw_credential(CertificateKey::ed25519);
  sides.trust = pinned(*sides.shown);
  sides.client.peer_certificate_types = {CertificateType::raw_public_key};
  Talk talk(sides);
  expect_rejection(talk);
  EXPECT_EQ(talk.client().server_certificate_type, CertificateType::raw_public_key);
  EXPECT_TRUE(talk.client().ech_retry_configs.empty());
}

// RFC 9846 §4.2.4: "unexpected_message", hidden or not.
TEST(Ech13, is_not_asked_twice_for_another_hello) {
  Loopback pair(hidden(retried()));
  Buffer retry;
  const Edit keep = [&](Flight& flight) { retry = flight.front().content; };
  const Edit repeat = [&](Flight& flight) { flight.front().content = retry; };
  Middle(pair).run({{1, keep}, {3, repeat}});
  EXPECT_EQ(pair.client.connection.settled().ech, EchOutcome::accepted);
  EXPECT_FAILS(pair.client.outcome(), Reason::retry_repeated);
}

// RFC 9849 §6.1.7.
TEST(Ech13, stays_anonymous_to_the_public_name) {
  Sides sides = rejected(authenticated());
  sides.server.client_authentication = ClientAuthentication::request(client_authorities());
  Talk talk(sides);
  expect_rejection(talk);
  EXPECT_EQ(talk.pair.server.identity(), nullptr);
}

TEST(Ech13, offers_the_public_name_no_session) {
  Sides sides = with_early_data();
  sides.client.ech = config_of(*ech_key(server_dns_name));
  sides.server.ech_keys = {{ech_key(server_dns_name)}};
  Loopback first(sides);
  first.connect();
  first.server.send(Buffer{1});
  first.relay();
  ASSERT_GT(sides.client.sessions->size(), 0U);
  const std::size_t before = sides.client.sessions->size();
  sides.server.ech_keys = {{EchKey::generate(server_dns_name).value()}};
  for (const Sides& each : {sides, retried(sides)}) {
    Loopback second(each);
    second.client.run();
    second.client.send_early(Buffer{1, 2, 3});
    second.relay();
    EXPECT_FAILS(second.client.outcome(), Reason::ech_rejected);
    EXPECT_TRUE(second.server.early_data.empty());
    EXPECT_FALSE(second.client.connected);
  }
  EXPECT_EQ(sides.client.sessions->size(), before - 2) << "none came, two were spent";
}

// ---- what a server may not say ------------------------------------------------------------------

TEST(Ech13, holds_a_server_to_its_word) {
  const auto other_random = [](unsigned byte) {
    return edit_hello([=](OpenHello& hello) { hello.random[byte] ^= 1; });
  };
  const std::vector<Refusal> rows = {
      {"a confirmation that is missing after the first",
       by_client,
       Reason::ech_confirmation_missing,
       {{3, other_random(31)}},
       hidden(retried())},
      {"a transcript that differs after the first",
       by_client,
       Reason::ech_confirmation_missing,
       {{3, other_random(0)}},
       hidden(retried())},
      {"configurations for one that was found",
       by_client,
       Reason::extension_unsolicited,
       {{1, replace_extensions({{encrypted_client_hello, {0, 4, 0xba, 0xdd, 0, 0}}})}},
       hidden()},
      {"configurations that are none",
       by_client,
       Reason::message_truncated,
       {{1, replace_extensions({{encrypted_client_hello, {0, 5, 0xfe, 0x0d, 0, 9, 1}}})}},
       rejected()},
      {"a session for one that was not found",
       by_client,
       Reason::psk_not_offered,
       {{1, edit_hello([](OpenHello& hello) { hello[pre_shared_key] = {0, 0}; })}},
       [] {
         Sides sides = rejected(resuming());
         Sides honest = sides;
         honest.name = server_dns_name;
         honest.client.ech = nullptr;
         Loopback first(honest);
         first.connect();
         first.server.send(Buffer{1});
         first.relay();
         sides.name = server_dns_name;
         return sides;
       }()},
  };
  expect_refusals(rows);
}

// ---- what a client may not say ------------------------------------------------------------------

TEST(Ech13, holds_the_hidden_hello_to_its_form) {
  const auto inner = [](InnerChange change) {
    return std::map<unsigned, Edit>{{0, change_inner(std::move(change))}};
  };
  const auto encoded = [](EncodedChange change) {
    return std::map<unsigned, Edit>{{0, change_encoded(std::move(change))}};
  };
  const auto named = [&](const Buffer& types) {
    return inner([=](OpenHello& hello) { hello[ech_outer_extensions] = types; });
  };
  const std::vector<Refusal> rows = {
      {"padding that is not zero", by_server, Reason::ech_inner_invalid,
       encoded([](Buffer& bytes) { bytes.back() = 1; }), hidden()},
      {"a hello that ends early", by_server, Reason::message_truncated,
       encoded([](Buffer& bytes) { bytes.resize(80); }), hidden()},
      {"nothing but padding", by_server, Reason::value_out_of_bounds,
       encoded([](Buffer& bytes) { bytes.assign(bytes.size(), 0); }), hidden()},
      {"no extension of type inner", by_server, Reason::ech_inner_invalid,
       inner([](OpenHello& hello) { hello.erase(encrypted_client_hello); }), hidden()},
      {"one of type outer", by_server, Reason::ech_inner_invalid, inner([](OpenHello& hello) {
         hello[encrypted_client_hello] = {0, 0, 1, 0, 1, 7, 0, 0, 0, 1, 9};
       }),
       hidden()},
      {"one that is empty", by_server, Reason::ech_inner_invalid,
       inner([](OpenHello& hello) { hello[encrypted_client_hello] = {}; }), hidden()},
      {"one with content", by_server, Reason::ech_inner_invalid,
       inner([](OpenHello& hello) { hello[encrypted_client_hello] = {1, 1}; }), hidden()},
      {"an extension that is not there", by_server, Reason::ech_outer_extensions_invalid,
       named({2, 0x12, 0x34}), hidden()},
      {"an extension twice", by_server, Reason::ech_outer_extensions_invalid,
       named({4, 0, 51, 0, 51}), hidden()},
      {"itself", by_server, Reason::ech_outer_extensions_invalid, named({2, 0xfe, 0x0d}), hidden()},
      {"half a type", by_server, Reason::message_leftover, named({3, 0, 51, 0}), hidden()},
      {"no types", by_server, Reason::value_out_of_bounds, named({0}), hidden()},
      {"two lists", by_server, Reason::ech_inner_invalid, inner([](OpenHello& hello) {
         hello.extensions.push_back({ech_outer_extensions, {2, 0, 0}});
       }),
       hidden()},
      {"an extension that it has itself", by_server, Reason::extension_duplicated,
       inner([](OpenHello& hello) { hello[key_share] = {0, 0}; }), hidden()},
  };
  expect_refusals(rows);
}

TEST(Ech13, finds_no_extension_out_of_order) {
  Loopback pair(hidden());
  Middle middle(pair);
  middle.run({{0, change_inner([](OpenHello& hello) {
                 Buffer& types = hello[ech_outer_extensions];
                 std::swap(types[1], types[3]);
                 std::swap(types[2], types[4]);
               })}});
  expect_refusal(pair, by_server, Reason::ech_outer_extensions_invalid);
}

/// Gives the hidden hello versions of its own.
Edit hide_versions(Buffer versions) {
  return change_inner([versions = std::move(versions)](OpenHello& hello) {
    Buffer& types = hello[ech_outer_extensions];
    for (std::size_t at = 1; at + 1 < types.size(); at += 2) {
      if (types[at] == 0 && types[at + 1] == 43) {  // supported_versions
        types.erase(types.begin() + static_cast<std::ptrdiff_t>(at),
                    types.begin() + static_cast<std::ptrdiff_t>(at) + 2);
        types[0] = static_cast<std::uint8_t>(types[0] - 2);
        break;
      }
    }
    hello[supported_versions] = versions;
  });
}

TEST(Ech13, hides_no_offer_of_an_older_version) {
  Loopback pair(hidden());
  Middle middle(pair);
  middle.run({{0, hide_versions({4, 3, 4, 3, 3})}});
  expect_refusal(pair, by_server, Reason::ech_inner_invalid);
}

// BoringSSL's runner has an outer hello of nothing but what hides the inner one.
TEST(Ech13, is_found_before_a_version_is_chosen) {
  Sides sides = hidden();
  sides.server.versions = {ProtocolVersion::tls13, ProtocolVersion::tls12};
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{0, [](Flight& flight) {
                 hide_versions({2, 3, 4})(flight);
                 Buffer& content = find(flight, HandshakeType::client_hello).content;
                 const Buffer encoded = encoded_inner(content);
                 OpenHello outer = OpenHello::parse(content);
                 outer.erase(supported_versions);
                 content = hide(outer.message(HandshakeType::client_hello), encoded);
               }}});
  EXPECT_EQ(pair.server.connection.settled().ech, EchOutcome::accepted);
  EXPECT_EQ(pair.server.connection.settled().version, ProtocolVersion::tls13);
}

TEST(Ech13, is_not_said_to_be_accepted_in_tls12) {
  Sides sides;
  sides.client.versions = sides.server.versions = {ProtocolVersion::tls12};
  Loopback pair(sides);
  Middle middle(pair);
  middle.run({{0, edit_hello([](OpenHello& hello) { hello[encrypted_client_hello] = {1}; })}});
  EXPECT_EQ(pair.server.connection.settled().version, ProtocolVersion::tls12);
  EXPECT_EQ(pair.server.connection.settled().ech, EchOutcome::not_offered);
}

TEST(Ech13, takes_no_inner_hello_from_the_network) {
  Sides sides;
  sides.server.ech_keys = {{ech_key(public_dns_name)}};
  const Edit inner = edit_hello([](OpenHello& hello) { hello[encrypted_client_hello] = {1}; });
  const std::vector<Refusal> rows = {
      {"in the first", by_server, Reason::ech_type_invalid, {{0, inner}}, sides},
      {"in the second", by_server, Reason::ech_type_invalid, {{2, inner}}, retried(sides)},
      {"in the second of one that was found",
       by_server,
       Reason::ech_type_invalid,
       {{2, inner}},
       hidden(retried())},
  };
  expect_refusals(rows);
}

TEST(Ech13, holds_the_second_hello_to_the_first) {
  const auto edited = [](std::function<void(Buffer&)> change) {
    return std::map<unsigned, Edit>{
        {2, edit_hello([=](OpenHello& hello) { change(hello[encrypted_client_hello]); })}};
  };
  const Sides sides = hidden(retried());
  const std::vector<Refusal> rows = {
      {"another config_id", by_server, Reason::hello_changed,
       edited([](Buffer& ech) { ech[5] ^= 1; }), sides},
      {"another suite", by_server, Reason::hello_changed, edited([](Buffer& ech) { ech[4] ^= 2; }),
       sides},
      {"a key", by_server, Reason::hello_changed, edited([](Buffer& ech) {
         ech[7] = 1;
         ech.insert(ech.begin() + 8, 7);
       }),
       sides},
      {"a payload that does not open", by_server, Reason::hpke_message_unreadable,
       edited([](Buffer& ech) { ech.back() ^= 1; }), sides},
      {"no extension",
       by_server,
       Reason::extension_missing,
       {{2, edit_hello([](OpenHello& hello) { hello.erase(encrypted_client_hello); })}},
       sides},
  };
  expect_refusals(rows);
}

// ---- whatever is hidden -------------------------------------------------------------------------

TEST(Ech13, bears_every_bit_of_the_hidden_hello_flipped) {
  Sides sides = hidden(on_curves());
  sides.client.groups = sides.server.groups = {NamedGroup::x25519};
  Buffer encoded;
  {
    Loopback pair(sides);
    Middle middle(pair);
    middle.run({{0, change_encoded([&](Buffer& bytes) { encoded = bytes; })}});
  }
  ASSERT_GT(encoded.size(), 100U);
  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    Loopback pair(sides);
    Middle middle(pair);
    middle.run({{0, change_encoded([&](Buffer& bytes) {
                   bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                 })}});
    EXPECT_FALSE(pair.agrees()) << "bit " << bit;
    EXPECT_TRUE(pair.server.error || pair.client.error) << "bit " << bit;
  }
}

TEST(Ech13, bears_a_hidden_hello_of_any_length) {
  const Sides sides = hidden(on_curves());
  std::size_t size = 1;  // with the padding
  std::size_t hello = 0;
  for (std::size_t kept = 0; kept < size; ++kept) {
    Loopback pair(sides);
    Middle middle(pair);
    middle.run({{0, change_encoded([&](Buffer& bytes) {
                   codec::Reader in(bytes);
                   static_cast<void>(codec::read_fields<message::ClientHello>(in));
                   size = bytes.size();
                   hello = in.offset();
                   bytes.resize(kept);
                 })}});
    EXPECT_EQ(pair.server.connection.settled().ech, EchOutcome::accepted);
    EXPECT_EQ(pair.server.error.has_value(), kept < hello) << kept;
  }
  EXPECT_GT(hello, 80U);
}

}  // namespace
}  // namespace handfast::test
