// Exported authenticators against figures that another program computed. RFC 9261 §5.2, §6.
#include "handshake/authenticator13.h"

#include "base/gather.h"
#include "base/limits.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/loopback.h"
#include "wire/gathering_wire.h"

#include <numeric>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Content = std::vector<std::uint8_t>;

// Made for this test: an Ed25519 key whose private half is 00 01 02 ... 1f, and a certificate of
// its own for server.test, good until 2036.
constexpr std::string_view own_certificate = R"(-----BEGIN CERTIFICATE-----
MIHgMIGToAMCAQICAQEwBQYDK2VwMAwxCjAIBgNVBAMMAXYwHhcNMjYwMTAxMDAw
MDAwWhcNMzYwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAF2MCowBQYDK2VwAyEAA6EH
v/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbijGjAYMBYGA1UdEQQPMA2CC3Nl
cnZlci50ZXN0MAUGAytlcANBAK91kS4B0QOFtJ8m+TvuifNuFEaJ/LvB4JAwxVP/
ST+dcjx3lG2emyJ637Rnfqe9Y4fXlQczjgoAlcIo0nOTLwU=
-----END CERTIFICATE-----
)";
constexpr std::string_view own_key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----
)";

// Computed with hashlib, hmac and cryptography 48 of Python 3.11, from RFC 9261 §5.2 and §6: the
// Handshake Context is 40 41 42 ..., the Finished MAC Key 80 81 82 ..., each as long as the hash.
const Content request = "0d00000f 0463747831 0008 000d 0004 0002 0807"_hex;

/// A client's answer to `request`, SHA-256.
const Content answer_sha256 =
    from_hex("0b0000f004637478310000e80000e33081e0308193a003020102020101300506032b6570300c"
             "310a300806035504030c0176301e170d3236303130313030303030305a170d33363031303130"
             "30303030305a300c310a300806035504030c0176302a300506032b657003210003a107bff3ce"
             "10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8a31a301830160603551d1104"
             "0f300d820b7365727665722e74657374300506032b6570034100af75912e01d10385b49f26f9"
             "3bee89f36e144689fcbbc1e09030c553ff493f9d723c77946d9e9b227adfb4677ea7bd6387d7"
             "9507338e0a0095c228d273932f0500000f000044080700401b5d6b9ce5f1bd5d2ae3c93d1fbd"
             "8e4a875d76e107efcbb33d6c330b29d5de0c8eaad128f1a8407a41c924448835bc5ee0918fae"
             "c11349b5ee79cd6139d47d0a1400002082a736247ac5accaf266a384493c03df243ef5b1a409"
             "24d6f5ceadde189bd1d3");

/// A client's empty answer to `request`, SHA-256.
const Content empty_sha256 =
    from_hex("14000020d30ee7de15342a49f37db791993694a5f06e07d781861995f11d7ad45a97448f");

/// What a server says unasked, with the context "spontaneous", SHA-384.
const Content unasked_sha384 =
    from_hex("0b0000f70b73706f6e74616e656f75730000e80000e33081e0308193a0030201020201013005"
             "06032b6570300c310a300806035504030c0176301e170d3236303130313030303030305a170d"
             "3336303130313030303030305a300c310a300806035504030c0176302a300506032b65700321"
             "0003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8a31a301830"
             "160603551d11040f300d820b7365727665722e74657374300506032b6570034100af75912e01"
             "d10385b49f26f93bee89f36e144689fcbbc1e09030c553ff493f9d723c77946d9e9b227adfb4"
             "677ea7bd6387d79507338e0a0095c228d273932f0500000f000044080700406642578b0982ce"
             "0049a3ddb08b25a6d7c8698f9234e993224c0197cf20ab255853e96e30c21c5208c8900b4c5d"
             "e157d06acbde4ab6e25975ee3a0897d7fc5b0c1400003086c6cd4ad753534e73556211ff90cf"
             "60e4db344ea60749d976903c523ab643f2946673eabd2f89ac28937ffefd34b781");

/// `size` bytes that count up from `first`.
Content counting(std::uint8_t first, std::size_t size) {
  Content bytes(size);
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

std::shared_ptr<const Credential> own_credential() {
  return Credential::from_pem(own_certificate, own_key).value();
}

std::shared_ptr<const Trust> trust_in_own() { return Trust::from_pem(own_certificate).value(); }

/// The messages of an authenticator.
std::vector<Bytes> messages_of(Bytes authenticator) {
  std::vector<Bytes> messages;
  while (!authenticator.empty()) {
    const std::size_t size = 4 + 256 * std::size_t{authenticator[2]} + authenticator[3];
    messages.push_back(authenticator.first(size));
    authenticator = authenticator.subspan(size);
  }
  return messages;
}

/// One authenticator with the keys above.
class Fixed {
 public:
  Fixed(crypto::HashId hash, Party own, bool judges, Bytes asked)
      : key_(hash, HashSecret(counting(0x80, crypto::digest_size(hash)))) {
    if (own == Party::client) {
      ClientOptions options;
      options.credentials = {own_credential()};
      terms.client = handshake::ClientRole{ClientConfig::make(trust_in_own(), options).value(),
                                           ServerName::parse("server.test").value()};
    } else {
      ServerOptions options;
      options.client_authentication = ClientAuthentication::later(trust_in_own());
      terms.server = handshake::ServerRole{ServerConfig::make({own_credential()}, options).value()};
    }
    terms.chance = &chance_;
    terms.now = handshake_time;
    terms.key = &key_;
    terms.is_judged = judges;
    terms.transcript = schedule::Transcript(hash);
    terms.transcript.add(counting(0x40, crypto::digest_size(hash)));
    terms.transcript.add(asked);
    const Bytes body = Bytes(request).subspan(4);
    terms.request = codec::read<message::CertificateRequest>(body).value();
  }

  /// Runs it over `messages` and returns what it says to them.
  Content run(std::span<const Bytes> messages = {}) {
    wire::AuthenticatorWire wire(messages);
    handshake::Handshake exchange(wire, terms);
    exchange.advance();
    EXPECT_EQ(exchange.want(), handshake::Want::done) << exchange.failure().text();
    peer = std::move(exchange.established().peer);
    Content said(total_size(wire.gathered()));
    join(wire.gathered(), said);
    return said;
  }

  /// Runs it with so little memory that the n-th frame has none; whether that was enough.
  bool survives(std::span<const Bytes> messages, std::size_t n) {
    wire::AuthenticatorWire wire(messages);
    handshake::Handshake exchange(wire, terms);
    exchange.frame_arena().fail_after(n);
    exchange.advance();
    if (exchange.want() == handshake::Want::done) {
      EXPECT_LE(exchange.frame_arena().peak(), limits::frame_arena);
      EXPECT_EQ(exchange.frame_arena().spills(), 0U);
      return true;
    }
    EXPECT_EQ(exchange.failure().reason, Reason::out_of_memory);
    EXPECT_TRUE(std::holds_alternative<Anonymous>(exchange.established().peer));
    return false;
  }

  handshake::Authenticator terms;
  PeerIdentity peer;

 private:
  SeededChance chance_{1};
  schedule::FinishedKey key_;
};

TEST(Authenticator, is_what_rfc_9261_says) {
  Fixed client(crypto::HashId::sha256, Party::client, false, request);
  EXPECT_EQ(client.run(), answer_sha256);
}

TEST(Authenticator, is_what_rfc_9261_says_where_nobody_asked) {
  Fixed server(crypto::HashId::sha384, Party::server, false, {});
  const Content context = {'s', 'p', 'o', 'n', 't', 'a', 'n', 'e', 'o', 'u', 's'};
  server.terms.request.certificate_request_context = context;
  server.terms.answers = false;
  EXPECT_EQ(server.run(), unasked_sha384);
}

TEST(Authenticator, is_what_rfc_9261_says_where_nothing_is_shown) {
  Fixed client(crypto::HashId::sha256, Party::client, false, request);
  client.terms.declines = true;
  const Content said = client.run();
  const Content unsent = "0b000008 0463747831 000000"_hex;
  ASSERT_EQ(said.size(), unsent.size() + empty_sha256.size());
  EXPECT_TRUE(std::equal(unsent.begin(), unsent.end(), said.begin()));
  EXPECT_TRUE(std::equal(empty_sha256.begin(), empty_sha256.end(),
                         said.begin() + static_cast<std::ptrdiff_t>(unsent.size())));
}

TEST(Authenticator, is_believed_as_rfc_9261_says) {
  Fixed server(crypto::HashId::sha256, Party::server, true, request);
  server.run(messages_of(answer_sha256));
  const auto* identity = std::get_if<Identity>(&server.peer);
  ASSERT_NE(identity, nullptr);
  EXPECT_EQ(identity->names(), (std::vector{AltName{AltName::Kind::dns_name, "server.test"}}));

  Fixed client(crypto::HashId::sha384, Party::client, true, {});
  const Content context = {'s', 'p', 'o', 'n', 't', 'a', 'n', 'e', 'o', 'u', 's'};
  client.terms.request.certificate_request_context = context;
  client.terms.answers = false;
  client.run(messages_of(unasked_sha384));
  EXPECT_TRUE(std::holds_alternative<Identity>(client.peer));
}

TEST(Authenticator, may_be_refused_memory_for_every_frame) {
  const auto frames = [](Fixed& fixed, std::span<const Bytes> messages) {
    std::size_t n = 1;
    while (!fixed.survives(messages, n)) {
      ++n;
    }
    return n - 1;
  };
  Fixed client(crypto::HashId::sha256, Party::client, false, request);
  EXPECT_EQ(frames(client, {}), 2U);
  Fixed server(crypto::HashId::sha256, Party::server, false, {});
  EXPECT_EQ(frames(server, {}), 3U);
  Fixed judge(crypto::HashId::sha256, Party::server, true, request);
  EXPECT_EQ(frames(judge, messages_of(answer_sha256)), 2U);
}

}  // namespace
}  // namespace handfast::test
