// Every cut and every single flipped bit of every flight of TLS 1.2, and of those in which it may
// still become TLS 1.3. All messages are in Finished, so that nothing that was hurt may come to a
// connection, of this version or the other.
#include "handfast/legacy.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "support/expect.h"
#include "support/loopback.h"

#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using Buffer = std::vector<std::uint8_t>;

enum class Sort : std::uint8_t { full, asked, resumed, with_13, keyed, old };

/// A handshake of which one flight is hurt.
struct Hurt {
  const char* name;
  Sort sort;
  unsigned flight;
};

void PrintTo(const Hurt& hurt, std::ostream* out) { *out << hurt.name; }

constexpr std::array flights = {
    Hurt{"ClientHello", Sort::full, 0},
    Hurt{"server", Sort::full, 1},
    Hurt{"client", Sort::full, 2},
    Hurt{"server_Finished", Sort::full, 3},
    Hurt{"server_that_asks", Sort::asked, 1},
    Hurt{"client_that_shows", Sort::asked, 2},
    Hurt{"ClientHello_with_ticket", Sort::resumed, 0},
    Hurt{"server_that_resumes", Sort::resumed, 1},
    Hurt{"client_Finished", Sort::resumed, 2},
    Hurt{"ClientHello_of_both_versions", Sort::with_13, 0},
    Hurt{"ServerHello_of_both_versions", Sort::with_13, 1},
    Hurt{"server_that_knows_a_key", Sort::keyed, 1},
    Hurt{"client_that_names_a_key", Sort::keyed, 2},
    Hurt{"server_that_has_a_secret_encrypted", Sort::old, 1},
    Hurt{"client_that_encrypts_a_secret", Sort::old, 2},
    Hurt{"server_Finished_in_CBC", Sort::old, 3},
};

/// Both know a key, and nobody has a certificate.
Sides with_key(Sides sides) {
  const auto key = [](PskRole role) {
    const ProvisionedPsk given{{'b', 'u', 'l', 'b'}, SecretBytes(sample_data(32))};
    return ExternalPsk::for_tls12(given, role).value();
  };
  sides.client.cipher_suites12 = sides.server.cipher_suites12 = {psk_suites12.front()};
  sides.client.external_psks = {key(PskRole::client)};
  sides.server.external_psks = {key(PskRole::server)};
  sides.only_psk = true;
  sides.has_credential = false;
  return sides;
}

/// RSA key exchange and CBC.
Sides of_old(Sides sides) {
  sides.shown = credential_for_encryption();
  sides.client.cipher_suites12 =
      sides.server.cipher_suites12 = {CipherSuite::tls_rsa_with_aes_128_cbc_sha256};
  sides.client.policy = sides.server.policy =
      Policy::legacy(legacy::cbc_suites, legacy::rsa_key_exchange);
  return sides;
}

/// No GREASE, so that every byte has a meaning.
Sides sides_of(Sort sort) {
  Sides sides = on_curves({.key = CertificateKey::ecdsa_p256});
  if (sort != Sort::with_13) {
    sides.client.versions = sides.server.versions = {ProtocolVersion::tls12};
  }
  sides.client.grease = false;
  sides.client.alpn = sides.server.alpn = {"h2"};
  switch (sort) {
    case Sort::asked: return authenticated(sides);
    case Sort::resumed: return resuming(sides);
    case Sort::keyed: return with_key(sides);
    case Sort::old: return of_old(sides);
    case Sort::full:
    case Sort::with_13: break;
  }
  return sides;
}

class EachFlight12 : public testing::TestWithParam<Hurt> {
 protected:
  const Sides sides_ = sides_of(GetParam().sort);

  void SetUp() override {
    if (sides_.client.sessions != nullptr) {
      Loopback(sides_).connect();
      session_.emplace(sides_.client.sessions->take(sides_.name, sides_.now)->to_bytes());
    }
  }

  /// What each pair begins with: the session, if there is one, as if nobody had used it.
  const Sides& sides() const {
    if (session_) {
      while (sides_.client.sessions->take(sides_.name, sides_.now)) {
      }
      sides_.client.sessions->put(Session::from_bytes(SecretBytes(session_->expose())).value());
    }
    return sides_;
  }

  /// A pair that has come as far as the flight, and the flight, which nobody has received.
  struct Before {
    explicit Before(const Sides& with) : pair(with) {}

    Loopback pair;
    Buffer flight;
    End* receiver = nullptr;
  };

  static void bring(Before& before) {
    End* speaker = &before.pair.client;
    for (unsigned n = 0;; ++n) {
      before.receiver = speaker == &before.pair.client ? &before.pair.server : &before.pair.client;
      speaker->run();
      before.flight = speaker->take_output();
      if (n == GetParam().flight) {
        return;
      }
      before.receiver->receive(before.flight);
      speaker = before.receiver;
    }
  }

 private:
  std::optional<SecretBytes> session_;
};

/// Whoever broke off has told what either version has for it, and nothing after.
void expect_one_right_alert(const End& end) {
  ASSERT_TRUE(end.error.has_value());
  switch (end.error->reason) {
    case Reason::alert_received:
    case Reason::closed_in_handshake:
    case Reason::truncated: EXPECT_TRUE(end.sent_alerts.empty()); return;
    default: break;
  }
  ASSERT_EQ(end.sent_alerts.size(), 1U);
  EXPECT_TRUE(end.sent_alerts.front() == end.error->alert() ||
              end.sent_alerts.front() == end.error->alert12())
      << end.error->fault().code;
}

TEST_P(EachFlight12, may_be_cut_after_every_byte) {
  Before whole(sides());
  bring(whole);
  const std::size_t size = whole.flight.size();
  ASSERT_GT(size, 40U);
  for (std::size_t kept = 0; kept < size; ++kept) {
    SCOPED_TRACE(kept);
    Before before(sides());
    bring(before);
    if (before.flight.size() <= kept) {
      break;  // signatures differ in length
    }
    before.receiver->receive(Bytes(before.flight).first(kept));
    EXPECT_TRUE(before.receiver->outcome());
    EXPECT_FALSE(before.receiver->connected);
    before.receiver->end_of_input();
    EXPECT_FAILS(before.receiver->outcome(), Reason::closed_in_handshake);
  }
}

/// Where a bit may be hurt unseen: in the versions of records in clear, which say nothing.
bool is_version(Bytes flight, std::size_t place) {
  std::size_t start = 0;
  while (start + 5 <= flight.size()) {
    if (place == start + 1 || place == start + 2) {
      return true;
    }
    if (flight[start] == 20) {
      return false;  // what follows is encrypted
    }
    start += 5 + flight[start + 3] * 256U + flight[start + 4];
  }
  return false;
}

TEST_P(EachFlight12, may_have_any_bit_flipped) {
  Before whole(sides());
  bring(whole);
  for (std::size_t bit = 0; bit < 8 * whole.flight.size(); ++bit) {
    SCOPED_TRACE("bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
    Before before(sides());
    bring(before);
    if (before.flight.size() <= bit / 8) {
      break;
    }
    const bool is_ignored = is_version(before.flight, bit / 8);
    before.flight[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    before.receiver->receive(before.flight);
    before.pair.relay();
    EXPECT_EQ(before.pair.agrees(), is_ignored);
    if (is_ignored) {
      continue;
    }
    EXPECT_FALSE(before.pair.client.connected && before.pair.server.connected);
    for (End* end : {&before.pair.client, &before.pair.server}) {
      if (!end->is_over()) {
        end->end_of_input();
      }
      expect_one_right_alert(*end);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EachFlight12, testing::ValuesIn(flights),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace handfast::test
