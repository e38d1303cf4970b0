// Every sequence of messages, up to a length and pruned at the first refusal, is taken or refused
// as the state machines of RFC 9846 say: with the alert that they name, never connected sooner than
// they allow, and with nothing sent but what they let a side say.
#include "support/model13.h"

#include "support/script13.h"

#include <array>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test::model13 {
namespace {

/// A sequence of which all but the last have been accepted.
struct Sequence {
  std::vector<Symbol> symbols;
  std::vector<Position> positions;  ///< before each symbol
};

std::string say(const Sequence& sequence) {
  std::string text;
  for (std::size_t i = 0; i < sequence.symbols.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::string(name(sequence.symbols[i]));
  }
  return text + "; in " + std::string(name(sequence.positions.back().state));
}

void expect_refused(const End& subject, const Position& at, Alert alert) {
  EXPECT_TRUE(subject.error.has_value()) << "it was taken";
  EXPECT_EQ(subject.sent_alerts, std::vector{alert});
  EXPECT_EQ(subject.connected, is_connected(at.state));
}

void expect_taken(const Configuration& configuration, const End& subject, const Position& to) {
  EXPECT_TRUE(subject.outcome().has_value()) << subject.error->text();
  EXPECT_TRUE(subject.sent_alerts.empty());
  EXPECT_EQ(subject.connected, is_connected(to.state));
  EXPECT_EQ(subject.sent_messages, sent(configuration, to));
}

/// Goes through all sequences that begin as `before`, and counts them.
class Search {
 public:
  explicit Search(const Configuration& configuration) : configuration_(configuration) {}

  void run(std::size_t length) {
    length_ = length;
    const std::vector<Position> first = {beginning(configuration_)};
    Sequence nothing{{}, first};
    extend(nothing);
  }

  [[nodiscard]] unsigned tried() const { return tried_; }

  [[nodiscard]] unsigned connected() const { return connected_; }

 private:
  void extend(Sequence& sequence);
  bool try_out(const Sequence& sequence, const Outcome& expected);

  Configuration configuration_;
  std::size_t length_ = 0;
  unsigned tried_ = 0;
  unsigned connected_ = 0;
};

void Search::extend(Sequence& sequence) {
  for (unsigned i = 0; i < std::to_underlying(Symbol::count); ++i) {
    sequence.symbols.push_back(static_cast<Symbol>(i));
    const Outcome expected =
        step(configuration_, sequence.positions.back(), sequence.symbols.back());
    const bool as_expected = try_out(sequence, expected);
    const auto* next = std::get_if<Position>(&expected);
    if (as_expected && next != nullptr && sequence.symbols.size() < length_) {
      sequence.positions.push_back(*next);
      extend(sequence);
      sequence.positions.pop_back();
    }
    sequence.symbols.pop_back();
  }
}

/// Plays the sequence to a new connection, and compares how it ends.
bool Search::try_out(const Sequence& sequence, const Outcome& expected) {
  SCOPED_TRACE(say(sequence));
  ++tried_;
  Script script(configuration_);
  for (std::size_t i = 0; i < sequence.symbols.size(); ++i) {
    EXPECT_FALSE(script.subject().is_over());
    script.say(sequence.symbols[i], sequence.positions[i]);
  }
  if (const auto* alert = std::get_if<Alert>(&expected)) {
    expect_refused(script.subject(), sequence.positions.back(), *alert);
  } else {
    expect_taken(configuration_, script.subject(), std::get<Position>(expected));
  }
  connected_ += script.subject().connected ? 1U : 0U;
  return !testing::Test::HasFailure();
}

class EachSide : public testing::TestWithParam<Configuration> {};

TEST_P(EachSide, takes_and_refuses_what_the_rfc_says) {
  // A client that is asked for a certificate after a retry reads 7 messages until it is connected.
  const bool is_longest =
      !GetParam().is_server && GetParam().has_certificate && !GetParam().offered;
  Search search(GetParam());
  search.run(is_longest ? 7 : 6);
  std::cout << GetParam().name << ": " << search.tried() << " sequences, " << search.connected()
            << " of a connected side\n";
  EXPECT_GT(search.connected(), 0U);
}

constexpr Configuration sides[] = {
    {.name = "client"},
    {.name = "client_with_certificate", .has_certificate = true},
    {.name = "client_with_certificate_and_session", .has_certificate = true, .offered = true},
    {.name = "client_that_may_be_asked_later", .offers_later = true},
    {.name = "client_with_certificate_that_may_be_asked_later",
     .has_certificate = true,
     .offers_later = true},
    {.name = "server", .is_server = true},
    {.name = "server_that_asks_later", .is_server = true, .asks_later = true},
    {.name = "server_that_asks", .is_server = true, .asks = true},
    {.name = "server_that_demands", .is_server = true, .asks = true, .demands = true},
    {.name = "server_that_retries", .is_server = true, .retries = true},
    {.name = "server_that_retries_and_asks", .is_server = true, .retries = true, .asks = true},
    {.name = "server_that_retries_and_demands",
     .is_server = true,
     .retries = true,
     .asks = true,
     .demands = true},
    {.name = "server_that_resumes", .is_server = true, .offered = true},
    {.name = "server_that_demands_and_resumes",
     .is_server = true,
     .asks = true,
     .demands = true,
     .offered = true},
    {.name = "server_that_retries_and_resumes",
     .is_server = true,
     .retries = true,
     .asks = true,
     .offered = true},
};

INSTANTIATE_TEST_SUITE_P(Model13, EachSide, testing::ValuesIn(sides),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace handfast::test::model13
