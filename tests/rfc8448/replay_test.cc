// Our handshakes walk through the traces of RFC 8448, with the traces' randomness.
//
// How far each goes, and why no further, is part of what is tested:
// - A server goes to the end of the simple trace and of the one in compatibility mode. It does not
//   ask for client certificates and sends no cookies, so it leaves the other two where they do.
// - A client computes the handshake secrets of all four. Their servers then answer with
//   record_size_limit, which this client does not offer and so has to refuse.
#include "crypto/signature.h"
#include "handfast/resumption.h"
#include "handshake/check13.h"
#include "handshake/handshake.h"
#include "message/certificate.h"
#include "rfc8448/trace_wire.h"
#include "support/expect.h"
#include "support/parties.h"
#include "support/rfc8448.h"
#include "x509/signature.h"
#include "x509/verify.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::handshake {
namespace {

using test::Buffer;
using test::Trace;
using test::TraceChance;
using test::TraceWire;

constexpr std::size_t random_at = message::header_size + 2;

Buffer random_of(const Buffer& hello) {
  return {hello.begin() + random_at, hello.begin() + random_at + 32};
}

/// The legacy_session_id of a hello.
Buffer session_id_of(const Buffer& hello) {
  const auto start = hello.begin() + random_at + 32;
  return {start + 1, start + 1 + *start};
}

NamedGroup group_of(const Trace& trace) {
  return trace.has("hello_retry_request") ? NamedGroup::secp256r1 : NamedGroup::x25519;
}

class EachTrace : public testing::TestWithParam<const char*> {
 protected:
  const Trace trace = test::rfc8448_trace(GetParam());
  const Buffer first_hello = trace.bytes("client_hello_1");
  const bool compatible = !session_id_of(first_hello).empty();
  TraceWire wire{compatible};

  void expect_secrets(Epoch epoch, Flow client, const std::string& suffix) {
    const Flow server = client == Flow::sent ? Flow::received : Flow::sent;
    EXPECT_EQ((wire.secrets[{client, epoch}]), trace.bytes("client_" + suffix));
    EXPECT_EQ((wire.secrets[{server, epoch}]), trace.bytes("server_" + suffix));
  }
};

// ---- the server ---------------------------------------------------------------------------------

class EachTraceAsServer : public EachTrace {
 protected:
  Handshake make() {
    ServerOptions options;
    options.groups = {group_of(trace)};
    options.unknown_name = UnknownName::use_first;
    auto config = ServerConfig::make({test::credential(CertificateKey::ecdsa_p256)}, options);
    chance.add_key(group_of(trace), trace.bytes("server_ephemeral_private"));
    return Handshake(wire, ServerRole{*config}, test::handshake_time, chance);
  }

  TraceChance chance{random_of(trace.bytes("server_hello"))};
};

TEST_P(EachTraceAsServer, sends_the_server_hello_and_has_the_secrets_of_the_trace) {
  if (trace.has("hello_retry_request")) {
    wire.replace_next(trace.bytes("hello_retry_request"));
  }
  wire.replace_next({});  // the ServerHello is to be our own
  // Our flight has four messages. What the trace has beyond that, its CertificateRequest, stands
  // beside the first.
  auto flight = trace.flight("server_flight");
  if (flight.size() == 5) {
    flight[0] = test::joined({flight[0], flight[1]});
    flight.erase(flight.begin() + 1);
  }
  for (const Buffer& message : flight) {
    wire.replace_next(message);
  }
  Handshake handshake = make();
  handshake.advance();
  ASSERT_TRUE(wire.receive(first_hello));
  handshake.advance();
  if (trace.has("hello_retry_request")) {
    ASSERT_EQ(handshake.want(), Want::read);
    ASSERT_TRUE(wire.receive(trace.bytes("client_hello_2")));
    handshake.advance();
    EXPECT_EQ(handshake.failure().reason, Reason::cookie_invalid);
    return;
  }
  ASSERT_EQ(handshake.want(), Want::read) << handshake.failure().text();
  EXPECT_EQ(wire.sent.front(), trace.bytes("server_hello"));
  expect_secrets(Epoch::handshake, Flow::received, "handshake_traffic_secret");
  EXPECT_EQ((wire.secrets[{Flow::sent, Epoch::application}]),
            trace.bytes("server_application_traffic_secret_0"));

  const auto client_flight = trace.flight("client_flight");
  ASSERT_TRUE(wire.receive(client_flight.front()));
  handshake.advance();
  if (client_flight.size() > 1) {
    EXPECT_EQ(handshake.failure().reason, Reason::message_unexpected);
    return;
  }
  ASSERT_EQ(handshake.want(), Want::done) << handshake.failure().text();
  expect_secrets(Epoch::application, Flow::received, "application_traffic_secret_0");
  const Bytes exporter = handshake.established().exporter.expose();
  EXPECT_EQ(Buffer(exporter.begin(), exporter.end()), trace.bytes("exporter_master_secret"));
}

// ---- the client ---------------------------------------------------------------------------------

class EachTraceAsClient : public EachTrace {
 protected:
  Handshake make() {
    ClientOptions options;
    options.groups = {NamedGroup::x25519, NamedGroup::secp256r1};
    options.key_shares = {NamedGroup::x25519};
    options.grease = false;
    options.ech_grease = false;
    auto config = ClientConfig::make(test::authorities(), options);
    chance.add_key(group_of(trace), trace.bytes("client_ephemeral_private"));
    return Handshake(wire, ClientRole{*config, *ServerName::parse("server")}, test::handshake_time,
                     chance);
  }

  TraceChance chance{test::joined({random_of(first_hello), session_id_of(first_hello)})};
};

TEST_P(EachTraceAsClient, has_the_handshake_secrets_of_the_trace) {
  wire.replace_next(first_hello);
  Handshake handshake = make();
  handshake.advance();
  if (trace.has("hello_retry_request")) {
    wire.replace_next(trace.bytes("client_hello_2"));
    ASSERT_TRUE(wire.receive(trace.bytes("hello_retry_request")));
    handshake.advance();
  }
  ASSERT_EQ(handshake.want(), Want::read) << handshake.failure().text();
  ASSERT_TRUE(wire.receive(trace.bytes("server_hello")));
  handshake.advance();
  ASSERT_EQ(handshake.want(), Want::read) << handshake.failure().text();
  expect_secrets(Epoch::handshake, Flow::sent, "handshake_traffic_secret");

  for (const Buffer& message : trace.flight("server_flight")) {
    if (handshake.want() == Want::read) {
      ASSERT_TRUE(wire.receive(message));
      handshake.advance();
    }
  }
  // All is well but the certificate, which was good until 2026.
  EXPECT_EQ(handshake.failure().during, static_cast<std::uint8_t>(HandshakeType::certificate));
  EXPECT_EQ(handshake.failure().reason, Reason::certificate_expired);
}

// ---- what the client does not come to, one function at a time -----------------------------------

using EachServerFlight = EachTrace;

TEST_P(EachServerFlight, passes_the_checks_of_a_client_that_asked_as_the_trace_did) {
  const Buffer hello_bytes =
      trace.bytes(trace.has("client_hello_2") ? "client_hello_2" : "client_hello_1");
  const auto hello = message::read_client_hello(Bytes(hello_bytes).subspan(4));
  ASSERT_TRUE(hello);
  const ClientOptions options;
  const Offer offer;
  const Asked asked{&offer, &options, hello->extensions};
  for (const Buffer& message : trace.flight("server_flight")) {
    const Bytes body = Bytes(message).subspan(message::header_size);
    switch (static_cast<HandshakeType>(message.front())) {
      case HandshakeType::encrypted_extensions:
        EXPECT_TRUE(
            check_encrypted_extensions(asked, *codec::read<message::EncryptedExtensions>(body)));
        break;
      case HandshakeType::certificate_request:
        EXPECT_TRUE(check_certificate_request(*codec::read<message::CertificateRequest>(body)));
        break;
      case HandshakeType::certificate: {
        const auto certificates = check_certificate(
            hello->extensions, *codec::read<message::Certificate>(body), CertificateType::x509);
        ASSERT_TRUE(certificates);
        EXPECT_EQ(certificates->chain().size(), 1U);
        break;
      }
      default: break;
    }
  }
}

TEST_P(EachServerFlight, is_signed_by_the_key_of_its_certificate) {
  schedule::Transcript transcript(crypto::HashId::sha256);
  transcript.add(first_hello);
  if (trace.has("hello_retry_request")) {
    transcript.fold_first_hello();
    transcript.add(trace.bytes("hello_retry_request"));
    transcript.add(trace.bytes("client_hello_2"));
  }
  transcript.add(trace.bytes("server_hello"));
  std::optional<Certificate> leaf;
  const auto flight = trace.flight("server_flight");
  for (const Buffer& message : flight) {
    const Bytes body = Bytes(message).subspan(message::header_size);
    const auto type = static_cast<HandshakeType>(message.front());
    if (type == HandshakeType::certificate) {
      const auto read = codec::read<message::Certificate>(body);
      const message::CertificateEntry entry = *read->certificate_list.begin();
      const auto parsed = Certificate::parse(entry.cert_data);
      ASSERT_TRUE(parsed);
      leaf = *parsed;
    }
    if (type == HandshakeType::certificate_verify) {
      const auto verify = codec::read<message::CertificateVerify>(body);
      const auto key = x509::public_key(*leaf);
      if (!key) {  // RSA of 1024 bits is refused, as it should be
        EXPECT_FAILS(key, Reason::certificate_key_weak);
        return;
      }
      Buffer content(64, ' ');
      constexpr std::string_view context = "TLS 1.3, server CertificateVerify";
      content.insert(content.end(), context.begin(), context.end());
      content.push_back(0);
      const crypto::Digest digest = transcript.digest();
      content.insert(content.end(), digest.bytes().begin(), digest.bytes().end());
      const crypto::Scheme& scheme = *crypto::find_scheme(verify->algorithm);
      EXPECT_TRUE(
          key->verify({scheme.kind, scheme.padding, scheme.hash}, content, verify->signature));
      return;
    }
    transcript.add(message);
  }
  FAIL() << "the flight has no CertificateVerify";
}

// ---- early data ---------------------------------------------------------------------------------

/// The session of the trace, as a client that trusts whomever it meets would have kept it.
Session session_of(const Trace& trace, const ClientConfig& config) {
  const Buffer psk = trace.bytes("psk");
  const std::array<std::uint8_t, 1> ticket = {1};  // the ClientHello is to be the trace's
  const std::array<std::uint8_t, 6> name = {'s', 'e', 'r', 'v', 'e', 'r'};
  SessionFields fields;
  fields.suite = CipherSuite::tls_aes_128_gcm_sha256;
  fields.issued = fields.authenticated = static_cast<std::uint32_t>(test::handshake_time.seconds);
  fields.lifetime = 30;
  fields.max_early_data = 1024;
  fields.psk = psk;
  fields.server_name = name;
  fields.binding = config.session_binding();
  fields.ticket = ticket;
  return read_client_session(write_session(fields).value()).value();
}

TEST(Resumed0RttHandshake, has_the_secrets_and_the_client_flight_of_the_trace) {
  const Trace trace = test::rfc8448_trace("Resumed_0RTT_Handshake");
  ClientOptions options;
  options.groups = {NamedGroup::x25519};
  options.grease = false;
  options.ech_grease = false;
  options.sessions = std::make_shared<SessionCache>();
  options.early_data = true;
  const auto config = ClientConfig::make(danger::AcceptAnyCertificate{}, options);
  options.sessions->put(session_of(trace, **config));
  const Buffer hello = trace.bytes("client_hello_1");
  TraceChance chance{random_of(hello)};
  chance.add_key(NamedGroup::x25519, trace.bytes("client_ephemeral_private"));
  TraceWire wire{!session_id_of(hello).empty()};
  wire.replace_next(hello);
  Handshake handshake(wire, ClientRole{*config, *ServerName::parse("server")}, test::handshake_time,
                      chance);
  handshake.advance();
  ASSERT_EQ(handshake.want(), Want::read) << handshake.failure().text();
  EXPECT_EQ((wire.secrets[{Flow::sent, Epoch::early}]), trace.bytes("client_early_traffic_secret"));

  ASSERT_TRUE(wire.receive(trace.bytes("server_hello")));
  handshake.advance();
  EXPECT_EQ(wire.secrets.count({Flow::sent, Epoch::handshake}), 0U);
  for (const Buffer& message : trace.flight("server_flight")) {
    ASSERT_TRUE(wire.receive(message));
    handshake.advance();
  }
  ASSERT_EQ(handshake.want(), Want::done) << handshake.failure().text();
  EXPECT_EQ(handshake.settled().early_data, EarlyDataOutcome::accepted);
  const std::vector<Buffer> flight(wire.sent.begin() + 1, wire.sent.end());
  EXPECT_EQ(flight, trace.flight("client_flight"));
  for (const auto& [epoch, prefix] :
       {std::pair(Epoch::handshake, "handshake_traffic_secret"),
        std::pair(Epoch::application, "application_traffic_secret_0")}) {
    EXPECT_EQ((wire.secrets[{Flow::sent, epoch}]), trace.bytes(std::string("client_") + prefix));
    EXPECT_EQ((wire.secrets[{Flow::received, epoch}]),
              trace.bytes(std::string("server_") + prefix));
  }
}

std::string name_of(const testing::TestParamInfo<const char*>& test) { return test.param; }

// The other three resume a session with early data (above), use an external PSK or raw public keys,
// which are not spoken here. Their schedules and records are checked in tests/schedule and
// tests/record.
const auto traces =
    testing::Values("Simple_1RTT_Handshake", "HelloRetryRequest_Handshake",
                    "Client_Authentication_Handshake", "Middlebox_Compatibility_Mode");

INSTANTIATE_TEST_SUITE_P(Rfc8448, EachTraceAsServer, traces, name_of);
INSTANTIATE_TEST_SUITE_P(Rfc8448, EachTraceAsClient, traces, name_of);
INSTANTIATE_TEST_SUITE_P(Rfc8448, EachServerFlight, traces, name_of);

}  // namespace
}  // namespace handfast::handshake
