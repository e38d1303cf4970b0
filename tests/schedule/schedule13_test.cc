#include "schedule/schedule13.h"

#include "crypto/key_exchange.h"
#include "message/post_handshake.h"
#include "message/server_hello.h"
#include "schedule/transcript.h"
#include "support/hex.h"
#include "support/rfc8448.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::schedule {
namespace {

using test::Trace;

constexpr crypto::HashId sha256 = crypto::HashId::sha256;

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

const crypto::Suite& suite() { return *crypto::find_suite(CipherSuite::tls_aes_128_gcm_sha256); }

/// The transcript of a trace up to its ServerHello.
Transcript hellos_of(const Trace& trace) {
  Transcript transcript(sha256);
  transcript.add(trace.bytes("client_hello_1"));
  if (trace.has("hello_retry_request")) {
    transcript.fold_first_hello();
    transcript.add(trace.bytes("hello_retry_request"));
    transcript.add(trace.bytes("client_hello_2"));
  }
  transcript.add(trace.bytes("server_hello"));
  return transcript;
}

/// The (EC)DHE secret, as the client computes it.
crypto::SharedSecret shared_of(const Trace& trace) {
  const NamedGroup group =
      trace.has("hello_retry_request") ? NamedGroup::secp256r1 : NamedGroup::x25519;
  const auto hello_bytes = trace.bytes("server_hello");
  const auto hello = message::read_server_hello(Bytes(hello_bytes).subspan(4));
  const auto typed = message::read_extensions<message::ServerHelloExtensions>(hello->extensions);
  const auto mine =
      crypto::KeyExchange::from_private(group, trace.bytes("client_ephemeral_private"));
  return *mine->decapsulate(typed->key_share->server_share.key_exchange);
}

/// The traces, with a PSK and without.
class EachTrace : public testing::TestWithParam<const char*> {
 protected:
  const Trace trace = test::rfc8448_trace(GetParam());

  EarlyStage early_stage() const {
    return trace.has("psk") ? EarlyStage(sha256, trace.bytes("psk")) : EarlyStage(sha256);
  }

  HandshakeStage handshake_stage() const { return early_stage().mix(shared_of(trace)); }

  Transcript up_to_server_finished() const {
    Transcript transcript = hellos_of(trace);
    for (const auto& message : trace.flight("server_flight")) {
      transcript.add(message);
    }
    return transcript;
  }

  void expect_keys(const TrafficSecret& secret, const std::string& prefix) const {
    const crypto::TrafficKeys keys = secret.keys(suite());
    EXPECT_EQ(copy(keys.key.expose()), trace.bytes(prefix + "_key"));
    EXPECT_EQ(copy(keys.iv.expose()), trace.bytes(prefix + "_iv"));
  }

  void expect_finished(const TrafficSecret& secret, const Transcript& before,
                       const std::vector<std::uint8_t>& message) const {
    EXPECT_EQ(copy(secret.finished(before.digest()).bytes()), copy(Bytes(message).subspan(4)));
  }
};

TEST_P(EachTrace, has_our_secrets_of_early_data) {
  if (!trace.has("client_early_traffic_secret")) {
    EXPECT_FALSE(trace.has_record("Record_Client_EarlyAppData"));
    return;
  }
  Transcript hello(sha256);
  hello.add(trace.bytes("client_hello_1"));
  const TrafficSecret secret = early_stage().client_traffic(hello.digest());
  EXPECT_EQ(copy(secret.expose()), trace.bytes("client_early_traffic_secret"));
  expect_keys(secret, "client_early");
  EXPECT_EQ(copy(early_stage().exporter(hello.digest()).expose()),
            trace.bytes("early_exporter_master_secret"));
}

TEST_P(EachTrace, has_our_transcript_hashes) {
  EXPECT_EQ(copy(hellos_of(trace).digest().bytes()),
            trace.bytes("transcript_hash_to_server_hello"));
  EXPECT_EQ(copy(up_to_server_finished().digest().bytes()),
            trace.bytes("transcript_hash_to_server_finished"));
}

TEST_P(EachTrace, has_our_shared_secret) {
  EXPECT_EQ(copy(shared_of(trace).expose()), trace.bytes("ecdhe_shared_secret"));
}

TEST_P(EachTrace, has_our_handshake_secrets_keys_and_finished_keys) {
  const TrafficSecrets secrets = handshake_stage().traffic(hellos_of(trace).digest());
  EXPECT_EQ(copy(secrets.client.expose()), trace.bytes("client_handshake_traffic_secret"));
  EXPECT_EQ(copy(secrets.server.expose()), trace.bytes("server_handshake_traffic_secret"));
  expect_keys(secrets.client, "client_handshake");
  expect_keys(secrets.server, "server_handshake");
  std::array<std::uint8_t, 32> key{};
  expand_label(crypto::Hmac(sha256, secrets.client.expose()), "finished", {}, key);
  EXPECT_EQ(copy(key), trace.bytes("client_finished_key"));
  expand_label(crypto::Hmac(sha256, secrets.server.expose()), "finished", {}, key);
  EXPECT_EQ(copy(key), trace.bytes("server_finished_key"));
}

TEST_P(EachTrace, has_our_finished_of_both_sides) {
  const TrafficSecrets secrets = handshake_stage().traffic(hellos_of(trace).digest());
  Transcript transcript = hellos_of(trace);
  for (const char* side : {"server_flight", "client_flight"}) {
    const auto flight = trace.flight(side);
    for (std::size_t i = 0; i + 1 < flight.size(); ++i) {
      transcript.add(flight[i]);
    }
    const bool is_server = std::string(side) == "server_flight";
    expect_finished(is_server ? secrets.server : secrets.client, transcript, flight.back());
    transcript.add(flight.back());
  }
  EXPECT_EQ(copy(transcript.digest().bytes()), trace.bytes("transcript_hash_to_client_finished"));
}

TEST_P(EachTrace, has_our_application_secrets_and_keys) {
  const ApplicationStage stage = handshake_stage().finish();
  const crypto::Digest transcript = up_to_server_finished().digest();
  const TrafficSecrets secrets = stage.traffic(transcript);
  EXPECT_EQ(copy(secrets.client.expose()), trace.bytes("client_application_traffic_secret_0"));
  EXPECT_EQ(copy(secrets.server.expose()), trace.bytes("server_application_traffic_secret_0"));
  expect_keys(secrets.client, "client_application");
  expect_keys(secrets.server, "server_application");
  EXPECT_EQ(copy(stage.exporter(transcript).expose()), trace.bytes("exporter_master_secret"));
}

TEST_P(EachTrace, has_our_resumption_secret_and_psk_of_its_ticket) {
  Transcript transcript = up_to_server_finished();
  for (const auto& message : trace.flight("client_flight")) {
    transcript.add(message);
  }
  const HashSecret secret = handshake_stage().finish().resumption(transcript.digest());
  EXPECT_EQ(copy(secret.expose()), trace.bytes("resumption_master_secret"));
  if (trace.has("new_session_ticket")) {
    const auto bytes = trace.bytes("new_session_ticket");
    const auto ticket = codec::read<message::NewSessionTicket>(Bytes(bytes).subspan(4));
    ASSERT_TRUE(ticket);
    EXPECT_EQ(copy(resumption_psk(sha256, secret, ticket->ticket_nonce).expose()),
              trace.bytes("resumption_psk"));
  }
}

TEST_P(EachTrace, has_our_binder) {
  if (!trace.has("psk")) {
    return;
  }
  const auto hello = trace.bytes("client_hello_1");
  const auto binder = trace.bytes("binder");
  Transcript transcript(sha256);
  transcript.add(Bytes(hello).first(hello.size() - binder.size() - 3));
  EXPECT_EQ(copy(transcript.digest().bytes()), trace.bytes("binder_transcript_hash"));
  const bool is_external = trace.name().starts_with("Externally_Provided_PSK");
  const PskSource source = is_external ? PskSource::external : PskSource::resumption;
  EXPECT_EQ(copy(early_stage().binder(source, transcript.digest()).bytes()), binder);
}

TEST(EarlyStage, binds_keys_of_each_source_with_a_label_of_their_own) {
  const std::array<std::uint8_t, 32> psk{};
  const EarlyStage stage(sha256, psk);
  const crypto::Digest transcript = crypto::hash(sha256, {});
  const auto binder = [&](PskSource source) {
    return copy(stage.binder(source, transcript).bytes());
  };
  EXPECT_NE(binder(PskSource::external), binder(PskSource::resumption));
  EXPECT_NE(binder(PskSource::external), binder(PskSource::imported));
  EXPECT_NE(binder(PskSource::resumption), binder(PskSource::imported));
}

INSTANTIATE_TEST_SUITE_P(Rfc8448, EachTrace,
                         testing::Values("Simple_1RTT_Handshake", "HelloRetryRequest_Handshake",
                                         "Client_Authentication_Handshake",
                                         "Middlebox_Compatibility_Mode", "Resumed_0RTT_Handshake",
                                         "Externally_Provided_PSK_with_Ephemeral_Key"),
                         [](const auto& test) { return std::string(test.param); });

TEST(TrafficSecret, gives_way_to_another_of_the_same_size) {
  const auto bytes =
      test::from_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
  const TrafficSecret first(sha256, HashSecret(bytes));
  const TrafficSecret second = first.next();
  std::array<std::uint8_t, 32> expected{};
  expand_label(crypto::Hmac(sha256, bytes), "traffic upd", {}, expected);
  EXPECT_EQ(copy(second.expose()), copy(expected));
  EXPECT_NE(copy(second.next().expose()), copy(second.expose()));
}

}  // namespace
}  // namespace handfast::schedule
