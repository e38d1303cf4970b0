// What `serve` tells: one line a request, one line a failed handshake.
#pragma once

#include "handfast/connection.h"
#include "handfast/error.h"
#include "handfast/json.h"
#include "handfast/observer.h"
#include "handfast/terminal.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace handfast::serve {

using Clock = std::chrono::steady_clock;

/// A request that was answered, or partly.
struct Answered {
  std::string_view client;  ///< its address
  const Settled& settled;   ///< of the connection
  const PeerIdentity& peer;
  /// How long the handshake took; nothing if the connection has carried a request before.
  std::optional<Clock::duration> handshake;
  std::string_view method;
  std::string_view target;
  unsigned status;
  std::uint64_t size;  ///< bytes of content
  bool is_cut_off;     ///< not all of them were sent
};

/// Writes to standard output, for people or as one JSON object a line. Text of clients is escaped,
/// so that it cannot play tricks with a terminal.
///
/// Confined: one thread at a time.
class Log {
 public:
  enum class Form : std::uint8_t { text, json, none };

  /// `is_development`: the certificates are those of `cert dev`.
  Log(command::Terminal terminal, Form form, bool is_development)
      : terminal_(terminal), form_(form), is_development_(is_development) {}

  void answered(const Answered& answered);

  /// A connection that either side ended with an error.
  void failed(std::string_view client, const Error& error);

  /// What else ended a connection: "sent no whole ClientHello in 5 s". `reason` gives the code.
  void gave_up(std::string_view client, Reason reason, std::string_view why);

  /// What a client has done that is worth a line and ends nothing.
  void observed(std::string_view client, const PskIdentityUnknown& unknown);
  void observed(std::string_view client, const CompressionOffered& offered);

  /// Something about the server as a whole.
  void note(std::string_view text);

  /// Writes what has been gathered; once a turn of the loop is enough.
  void flush();

 private:
  void observed_line(std::string_view client, std::string_view what, std::string_view text);
  void fail_line(std::string_view client, std::string_view code, std::string_view why);
  void add_line(std::string_view line);
  void add_json(std::string_view event, std::string_view client, const command::Json& fields);

  command::Terminal terminal_;
  Form form_;
  bool is_development_;
  std::string lines_;
};

}  // namespace handfast::serve
