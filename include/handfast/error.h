// Error: what went wrong, who stopped it, at which step, with the facts of both sides.
#pragma once

#include "handfast/alert.h"
#include "handfast/reason.h"

#include <array>
#include <cstdint>
#include <expected>
#include <source_location>
#include <span>
#include <string_view>

namespace handfast {

/// Who is at fault, or who stopped the connection.
enum class Who : std::uint8_t { us, peer, network, file };

/// Both sides of a disagreement, as code points or numbers; never a peer's text.
struct Facts {
  enum class Kind : std::uint8_t {
    none,
    versions,
    cipher_suites,
    groups,
    schemes,
    extension,
    numbers
  };

  static constexpr std::size_t capacity = 6;

  Kind kind = Kind::none;
  std::uint8_t ours_count = 0;    ///< how many we had; may exceed `capacity`
  std::uint8_t theirs_count = 0;  ///< how many the peer had; may exceed `capacity`
  std::array<std::uint16_t, capacity> ours{};
  std::array<std::uint16_t, capacity> theirs{};
  std::uint32_t limit = 0;  ///< numbers: what we allow or expect
  std::uint32_t got = 0;    ///< numbers: what came

  /// One more code point of our side; beyond `capacity` it is only counted.
  constexpr void add_ours(std::uint16_t code) { add(ours, ours_count, code); }

  /// One more code point of the peer's side; beyond `capacity` it is only counted.
  constexpr void add_theirs(std::uint16_t code) { add(theirs, theirs_count, code); }

 private:
  static constexpr void add(std::array<std::uint16_t, capacity>& list, std::uint8_t& count,
                            std::uint16_t code) {
    if (count < capacity) {
      list[count] = code;
    }
    if (count < 0xff) {
      ++count;
    }
  }
};

/// One row of the table of reasons: everything that is said of a `Reason`, in one place.
struct Fault {
  Reason reason;
  std::string_view code;    ///< stable name for people and scripts: "HF-CERT-EXPIRED"
  Alert alert;              ///< what the peer is told
  Who who;                  ///< who is at fault
  std::uint8_t exit;        ///< the command's exit code
  std::string_view clause;  ///< the rule, "RFC 9846 §4.5.3"; empty where none rules
  std::string_view text;    ///< one line: what happened
  std::string_view advice;  ///< one line: what to try
};

/// The row of `reason`. Never fails: the table is complete, checked while compiling.
[[nodiscard]] const Fault& fault_of(Reason reason);

/// The whole table, in the order of `Reason`.
[[nodiscard]] std::span<const Fault> all_faults();

/// The value in the place of a result. Small, trivially copyable, holds no peer text and no secret.
struct [[nodiscard]] Error {
  static constexpr std::uint8_t no_message = 0xff;

  Reason reason;
  /// reason == alert_received: the peer's alert.
  Alert received = Alert::close_notify;
  /// The HandshakeType (RFC 9846 §4) that was awaited or handled, or `no_message`.
  std::uint8_t during = no_message;
  /// A certificate's place in the peer's list, 0 the leaf; -1: not about one certificate.
  std::int8_t certificate = -1;
  Facts facts{};
  std::source_location where = std::source_location::current();

  /// The row of the table.
  const Fault& fault() const { return fault_of(reason); }

  /// The alert that tells the peer.
  Alert alert() const { return fault().alert; }

  /// What a peer of TLS 1.2 is told (RFC 5246 §7.2): handshake_failure for missing_extension and
  /// certificate_required, internal_error for general_error, which it does not know.
  Alert alert12() const;

  /// One line: what happened.
  std::string_view text() const { return fault().text; }

  /// Who ended the connection: the peer if its alert came or it hung up, the network where that
  /// failed, else whoever noticed.
  Who stopped_by() const;
};

/// `return fail(Reason::x);` in any function that returns a Result.
[[nodiscard]] constexpr std::unexpected<Error>
fail(Reason reason, std::source_location where = std::source_location::current()) {
  return std::unexpected(Error{.reason = reason, .where = where});
}

/// The same with the facts of both sides.
[[nodiscard]] constexpr std::unexpected<Error>
fail(Reason reason, const Facts& facts,
     std::source_location where = std::source_location::current()) {
  return std::unexpected(Error{.reason = reason, .facts = facts, .where = where});
}

/// A limit that was passed: what we allow and what came.
[[nodiscard]] constexpr std::unexpected<Error>
fail_limit(Reason reason, std::size_t limit, std::size_t got,
           std::source_location where = std::source_location::current()) {
  Facts facts{.kind = Facts::Kind::numbers};
  facts.limit = static_cast<std::uint32_t>(limit);
  facts.got = static_cast<std::uint32_t>(got);
  return fail(reason, facts, where);
}

}  // namespace handfast
