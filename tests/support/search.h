// Search: every sequence of messages that a state machine knows, up to a length and pruned at the
// first refusal, is taken or refused as it says: with the alert that it names, never connected
// sooner than it allows, and with nothing sent but what it lets a side say.
#pragma once

#include "support/loopback.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {

/// Goes through all sequences, and counts them. `Script` says one message after another to a new
/// connection each time; beside it stand the functions of its state machine: `beginning`, `step`,
/// `sent`, `is_connected` and `name`.
template <class Script>
class Search {
 public:
  using Configuration = typename Script::Configuration;
  using Position = typename Script::Position;
  using Symbol = typename Script::Symbol;

  explicit Search(const Configuration& configuration) : configuration_(configuration) {}

  /// Sequences up to `length`; longer ones, up to `longest`, of a side that is not yet connected.
  void run(std::size_t length, std::size_t longest) {
    length_ = length;
    longest_ = longest;
    Sequence nothing{{}, {beginning(configuration_)}};
    extend(nothing);
  }

  [[nodiscard]] unsigned tried() const { return tried_; }

  [[nodiscard]] unsigned connected() const { return connected_; }

 private:
  /// A sequence of which all but the last have been accepted.
  struct Sequence {
    std::vector<Symbol> symbols;
    std::vector<Position> positions;  ///< before each symbol
  };

  static std::string say(const Sequence& sequence) {
    std::string text;
    for (const Symbol symbol : sequence.symbols) {
      text += (text.empty() ? "" : ", ") + std::string(name(symbol));
    }
    return text + "; in " + std::string(name(sequence.positions.back().state));
  }

  void extend(Sequence& sequence) {
    for (unsigned i = 0; i < std::to_underlying(Symbol::count); ++i) {
      sequence.symbols.push_back(static_cast<Symbol>(i));
      const auto expected =
          step(configuration_, sequence.positions.back(), sequence.symbols.back());
      const bool as_expected = try_out(sequence, expected);
      const auto* next = std::get_if<Position>(&expected);
      if (as_expected && next != nullptr &&
          sequence.symbols.size() < (is_connected(next->state) ? length_ : longest_)) {
        sequence.positions.push_back(*next);
        extend(sequence);
        sequence.positions.pop_back();
      }
      sequence.symbols.pop_back();
    }
  }

  /// Plays the sequence to a new connection, and compares how it ends.
  template <class Outcome>
  bool try_out(const Sequence& sequence, const Outcome& expected) {
    SCOPED_TRACE(say(sequence));
    ++tried_;
    Script script(configuration_);
    for (std::size_t i = 0; i < sequence.symbols.size(); ++i) {
      EXPECT_FALSE(script.subject().is_over());
      script.say(sequence.symbols[i], sequence.positions[i]);
    }
    if (const auto* alert = std::get_if<Alert>(&expected)) {
      expect_refused(script.subject(), sequence.positions.back(), *alert);
    } else if (const auto* position = std::get_if<Position>(&expected)) {
      expect_taken(script.subject(), *position);
    } else {
      expect_over(script.subject(), sequence.positions.back());
    }
    connected_ += script.subject().connected ? 1U : 0U;
    return !testing::Test::HasFailure();
  }

  void expect_refused(const End& subject, const Position& at, Alert alert) const {
    EXPECT_TRUE(subject.error.has_value()) << "it was taken";
    EXPECT_EQ(subject.sent_alerts, std::vector{alert});
    EXPECT_EQ(subject.connected, is_connected(at.state));
    EXPECT_EQ(subject.sent_messages, sent(configuration_, at));
  }

  /// It has ended without an answer.
  void expect_over(const End& subject, const Position& at) const {
    EXPECT_TRUE(subject.is_over()) << "it goes on";
    EXPECT_TRUE(subject.sent_alerts.empty());
    EXPECT_EQ(subject.connected, is_connected(at.state));
    EXPECT_EQ(subject.sent_messages, sent(configuration_, at));
  }

  void expect_taken(const End& subject, const Position& to) const {
    EXPECT_TRUE(subject.outcome().has_value()) << subject.error->text();
    EXPECT_TRUE(subject.sent_alerts.empty());
    EXPECT_EQ(subject.connected, is_connected(to.state));
    EXPECT_EQ(subject.sent_messages, sent(configuration_, to));
  }

  Configuration configuration_;
  std::size_t length_ = 0;
  std::size_t longest_ = 0;
  unsigned tried_ = 0;
  unsigned connected_ = 0;
};

}  // namespace handfast::test
