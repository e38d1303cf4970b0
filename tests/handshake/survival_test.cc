// What a handshake must survive: being killed at every step, memory that runs out at every frame,
// randomness that fails at every draw, and operations that are refused, late, or of the wrong kind.
#include "support/expect.h"
#include "support/loopback.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

struct Mode {
  const char* name;
  Sides sides;
  // The coroutines of each role: itself, and those of agreement, key exchange and authentication.
  std::size_t client_coroutines = 4;
  std::size_t server_coroutines = 4;
};

Sides pulled(Sides sides = {}) {
  sides.client.pulled = {.signing = true, .chain_verification = true};
  sides.server.pulled = {.signing = true, .chain_verification = true, .credential_choice = true};
  return sides;
}

/// The same, and the exchange of keys too.
Sides all_pulled(Sides sides = {}) {
  sides = pulled(std::move(sides));
  sides.client.pulled.key_exchange = sides.server.pulled.key_exchange = true;
  return sides;
}

Sides compressed(Sides sides) {
  sides.client.certificate_compression = {CertificateCompressionAlgorithm::zlib};
  sides.server.certificate_compression = {CertificateCompressionAlgorithm::zlib};
  return sides;
}

Sides of_key(CertificateKey key) {
  Sides sides;
  sides.key = key;
  return sides;
}

std::vector<Mode> modes() {
  std::vector<Mode> modes = {
      {"full", {}},
      {"retried", retried()},
      {"pulled", pulled()},
      {"retried and pulled", pulled(retried())},
      {"RSA", of_key(CertificateKey::rsa)},
      {"authenticated", authenticated(), 5, 7},
      {"authenticated and pulled", pulled(authenticated()), 5, 7},
      {"with all pulled", all_pulled()},
      {"authenticated and compressed", compressed(authenticated()), 5, 7},
      {"authenticated with RSA and retried",
       retried(authenticated(of_key(CertificateKey::rsa), CertificateKey::rsa)), 5, 7}};
  for (Mode& mode : modes) {
    mode.sides = on_curves(mode.sides);  // short shares, so that there are not too many steps
  }
  modes.push_back({"with a hybrid group", {}});
  return modes;
}

/// How far a pair has been brought.
struct Progress {
  bool over;
  unsigned pieces;
};

/// Carries what both have to say in pieces of `size` bytes, until `most` have been handed over.
Progress carry_pieces(Loopback& pair, std::size_t size, unsigned most) {
  unsigned pieces = 0;
  pair.client.run();
  pair.server.run();
  for (;;) {
    const unsigned before = pieces;
    for (auto [from, to] : {std::pair(&pair.client, &pair.server), {&pair.server, &pair.client}}) {
      const auto flight = from->take_output();
      for (Bytes rest = flight; !rest.empty(); ++pieces) {
        if (pieces == most) {
          return {false, pieces};
        }
        const Bytes piece = rest.first(std::min(size, rest.size()));
        to->receive(piece);
        rest = rest.subspan(piece.size());
      }
    }
    if (pieces == before) {
      return {true, pieces};
    }
  }
}

/// The End that has to do the n-th operation of a handshake, and what is to happen to it.
using Deed = std::function<std::optional<Answer>(const Operation&)>;

/// Does the n-th operation of the pair, counted from 0, with `deed`, the others as usual.
void do_nth_operation(Loopback& pair, unsigned n, const Deed& deed) {
  auto count = std::make_shared<unsigned>(0);
  const auto doing = [=](const Operation& operation) -> std::optional<Answer> {
    return (*count)++ == n ? deed(operation) : answer(operation);
  };
  pair.client.answering = doing;
  pair.server.answering = doing;
}

/// Handshakes of which operations are pulled, and how many that are: the choice of a credential,
/// the server's signature and the client's verdict; then the client's signature and the server's
/// verdict; and both sides' secrets.
struct PulledMode {
  Sides sides;
  unsigned operations;
};

std::vector<PulledMode> pulled_modes() {
  return {{pulled(), 3}, {pulled(retried()), 3}, {pulled(authenticated()), 5}, {all_pulled(), 5}};
}

// ---- death --------------------------------------------------------------------------------------

// AddressSanitizer and its leak check are the judges here: whatever a parked handshake holds goes
// with it.
TEST(Survival, a_pair_may_be_killed_at_every_step) {
  for (const Mode& mode : modes()) {
    SCOPED_TRACE(mode.name);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
      // One byte at a time only every 13th death: the steps between differ in nothing else.
      const unsigned stride = size == 1 ? 13 : 1;
      unsigned deaths = 0;
      for (;; deaths += stride) {
        Loopback pair(mode.sides);
        if (carry_pieces(pair, size, deaths).over) {
          EXPECT_TRUE(pair.agrees());
          break;
        }
        EXPECT_FALSE(pair.agrees());
      }
      EXPECT_GT(deaths * size, 800U) << "a handshake has more bytes than this";
    }
  }
}

TEST(Survival, a_pair_may_be_killed_while_each_operation_waits) {
  for (const PulledMode& mode : pulled_modes()) {
    for (unsigned n = 0; n < mode.operations; ++n) {
      Loopback pair(mode.sides);
      do_nth_operation(pair, n, [](const Operation&) { return std::nullopt; });
      pair.relay();
      EXPECT_TRUE(pair.client.is_waiting_for_answer() != pair.server.is_waiting_for_answer());
      EXPECT_FALSE(pair.server.connected);
    }
  }
}

TEST(Survival, a_trace_names_the_parked_coroutines_from_the_innermost) {
  Loopback pair(pulled());
  do_nth_operation(pair, 2, [](const Operation&) { return std::nullopt; });
  pair.relay();
  const std::string trace = pair.client.handshake()->trace();
  const std::size_t inner = trace.find("authenticate_server");
  const std::size_t outer = trace.find("client13");
  EXPECT_NE(outer, std::string::npos) << trace;
  EXPECT_LT(inner, outer) << trace;
}

TEST(Survival, the_other_side_tells_where_it_was_left) {
  for (const Mode& mode : modes()) {
    SCOPED_TRACE(mode.name);
    for (unsigned deaths = 1;; ++deaths) {
      Loopback pair(mode.sides);
      if (carry_pieces(pair, 64, deaths).over) {
        break;
      }
      for (End* end : {&pair.client, &pair.server}) {
        const bool was_connected = end->connected;
        const std::string where = end->connection.where();
        end->end_of_input();
        if (was_connected) {
          EXPECT_FAILS(end->outcome(), Reason::truncated);
        } else {
          EXPECT_FAILS(end->outcome(), Reason::closed_in_handshake);
          EXPECT_NE(where.find("awaiting "), std::string::npos) << where;
        }
        EXPECT_TRUE(end->sent_alerts.empty()) << "nobody is there to hear one";
      }
    }
  }
}

// ---- memory -------------------------------------------------------------------------------------

TEST(Survival, every_frame_may_be_refused_memory) {
  for (const Mode& mode : modes()) {
    SCOPED_TRACE(mode.name);
    for (const bool server : {false, true}) {
      std::size_t n = 1;
      for (;; ++n) {
        Loopback pair(mode.sides);
        End& poor = server ? pair.server : pair.client;
        poor.handshake()->frame_arena().fail_after(n);
        pair.relay();
        if (!poor.error) {
          EXPECT_TRUE(pair.agrees());
          break;
        }
        EXPECT_FAILS(poor.outcome(), Reason::out_of_memory);
        EXPECT_EQ(poor.sent_alerts, std::vector{Alert::internal_error});
        const End& other = server ? pair.client : pair.server;
        EXPECT_FAILS(other.outcome(), Reason::alert_received);
      }
      EXPECT_EQ(n, (server ? mode.server_coroutines : mode.client_coroutines) + 1);
    }
  }
}

TEST(Survival, frames_stay_within_their_budget) {
  for (const Mode& mode : modes()) {
    SCOPED_TRACE(mode.name);
    Loopback pair(mode.sides);
    pair.connect();
    for (const End* end : {&pair.client, &pair.server}) {
      EXPECT_GT(end->frame_peak, 0U);
      EXPECT_LE(end->frame_peak, limits::frame_arena);
      EXPECT_EQ(end->frame_spills, 0U);
    }
  }
}

// ---- randomness ---------------------------------------------------------------------------------

TEST(Survival, every_draw_of_randomness_may_fail) {
  for (const Mode& mode : modes()) {
    SCOPED_TRACE(mode.name);
    for (const bool server : {false, true}) {
      unsigned n = 1;
      for (;; ++n) {
        Loopback pair(mode.sides);
        (server ? pair.server_chance() : pair.client_chance()).fail_after(n);
        pair.relay();
        const End& unlucky = server ? pair.server : pair.client;
        if (!unlucky.error) {
          EXPECT_TRUE(pair.agrees());
          break;
        }
        EXPECT_FAILS(unlucky.outcome(), Reason::random_failed);
        EXPECT_EQ(unlucky.sent_alerts, std::vector{Alert::internal_error});
        EXPECT_FALSE(pair.client.connected || pair.server.connected);
      }
      const bool is_shared_elsewhere = server && mode.sides.server.pulled.key_exchange;
      EXPECT_GE(n, is_shared_elsewhere ? 2U : 3U)
          << "a random value at least, and a key share of our own";
    }
  }
}

// ---- operations ---------------------------------------------------------------------------------

TEST(Survival, every_operation_may_be_refused) {
  for (const PulledMode& mode : pulled_modes()) {
    for (unsigned n = 0; n < mode.operations; ++n) {
      Loopback pair(mode.sides);
      do_nth_operation(pair, n, [](const Operation&) { return Refused{}; });
      pair.relay();
      const bool by_client = !pair.client.sent_alerts.empty();
      const End& refuses = by_client ? pair.client : pair.server;
      EXPECT_FAILS(refuses.outcome(), Reason::operation_refused);
      EXPECT_EQ(refuses.sent_alerts, std::vector{fault_of(Reason::operation_refused).alert});
      const End& other = by_client ? pair.server : pair.client;
      EXPECT_FAILS(other.outcome(), Reason::alert_received);
      EXPECT_EQ(pair.server.identity(), nullptr);
    }
  }
}

TEST(Survival, a_refusal_may_name_its_reason) {
  Loopback pair(pulled());
  do_nth_operation(pair, 0, [](const Operation&) { return Refused{Reason::server_name_unknown}; });
  pair.relay();
  EXPECT_FAILS(pair.server.outcome(), Reason::server_name_unknown);
  EXPECT_EQ(pair.client.received_alerts, std::vector{Alert::unrecognized_name});
}

TEST(Survival, every_answer_may_come_late_and_no_sooner_and_only_once) {
  for (const PulledMode& mode : pulled_modes()) {
    for (unsigned n = 0; n < mode.operations; ++n) {
      Loopback pair(mode.sides);
      std::optional<Answer> late;
      EXPECT_FAILS(pair.server.connection.complete(Refused{}), Reason::called_out_of_order);
      do_nth_operation(pair, n, [&](const Operation& operation) {
        late = answer(operation);
        return std::nullopt;
      });
      pair.relay();
      End& waits = pair.client.is_waiting_for_answer() ? pair.client : pair.server;
      ASSERT_TRUE(late && waits.is_waiting_for_answer());
      EXPECT_NE(waits.connection.where().find("awaiting "), std::string::npos);
      // It may be asked again and again meanwhile; nothing is lost, nothing is done twice.
      waits.answering = [](const Operation&) { return std::nullopt; };
      waits.run();
      waits.run();
      EXPECT_TRUE(waits.is_waiting_for_answer());
      waits.answering = {};
      ASSERT_TRUE(waits.connection.complete(*std::move(late)).has_value());
      EXPECT_FAILS(waits.connection.complete(Refused{}), Reason::called_out_of_order);
      pair.relay();
      EXPECT_TRUE(pair.agrees());
      EXPECT_FAILS(waits.connection.complete(Refused{}), Reason::called_out_of_order);
    }
  }
}

TEST(Survival, an_answer_of_another_kind_is_no_answer) {
  for (unsigned n = 0; n < 5; ++n) {
    Loopback pair(pulled(authenticated()));
    std::optional<Answer> right;
    do_nth_operation(pair, n, [&](const Operation& operation) {
      right = answer(operation);
      return std::nullopt;
    });
    pair.relay();
    End& waits = pair.client.is_waiting_for_answer() ? pair.client : pair.server;
    ASSERT_TRUE(right && waits.is_waiting_for_answer());
    std::array<Answer, 5> wrongs = {Signed{}, Verdict{}, std::shared_ptr<const Credential>(),
                                    IssuedTicket{}, RedeemedTicket{}};
    for (Answer& wrong : wrongs) {
      if (wrong.index() != right->index()) {
        EXPECT_FAILS(waits.connection.complete(std::move(wrong)), Reason::called_out_of_order);
      }
    }
    waits.answering = {};
    ASSERT_TRUE(waits.connection.complete(*std::move(right)).has_value());
    pair.relay();
    EXPECT_TRUE(pair.agrees());
  }
}

TEST(Survival, a_wrong_answer_of_the_right_kind_is_noticed) {
  const auto run = [](unsigned n, const auto& given) {
    auto pair = std::make_unique<Loopback>(pulled());
    do_nth_operation(*pair, n, [=](const Operation&) { return std::optional<Answer>(given); });
    pair->relay();
    return pair;
  };
  // No credential, or one that fits none of the client's schemes.
  const auto none = run(0, std::shared_ptr<const Credential>());
  EXPECT_FAILS(none->server.outcome(), Reason::server_name_unknown);
  // A signature that is none: the client notices.
  const auto unsigned_ = run(1, Signed{std::vector<std::uint8_t>(64)});
  EXPECT_FAILS(unsigned_->client.outcome(), Reason::signature_invalid);
  EXPECT_FAILS(unsigned_->server.outcome(), Reason::alert_received);
  // A verdict that nobody reached is not trust.
  const auto empty = run(2, Verdict{});
  EXPECT_FALSE(empty->client.connected);
  EXPECT_TRUE(empty->client.error.has_value());
  // The same two of a client: the server notices.
  const auto run_authenticated = [](unsigned n, const auto& given) {
    auto pair = std::make_unique<Loopback>(pulled(authenticated()));
    do_nth_operation(*pair, n, [=](const Operation&) { return std::optional<Answer>(given); });
    pair->relay();
    return pair;
  };
  const auto forged = run_authenticated(3, Signed{std::vector<std::uint8_t>(64)});
  EXPECT_FAILS(forged->server.outcome(), Reason::signature_invalid);
  EXPECT_EQ(forged->server.identity(), nullptr);
  const auto unjudged = run_authenticated(4, Verdict{});
  EXPECT_FAILS(unjudged->server.outcome(), Reason::internal);
  EXPECT_EQ(unjudged->server.identity(), nullptr);
}

TEST(Survival, operations_are_done_inline_unless_pulled) {
  Loopback inline_;
  inline_.connect();
  EXPECT_EQ(inline_.client.operations + inline_.server.operations, 0U);
  Loopback asked(pulled());
  asked.connect();
  EXPECT_EQ(asked.client.operations, 1U);
  EXPECT_EQ(asked.server.operations, 2U);
}

}  // namespace
}  // namespace handfast::test
