// Failure: an Error told to people and to programs: what failed, who stopped it, why, where, what
// to try.
#pragma once

#include "handfast/commands.h"
#include "handfast/error.h"
#include "handfast/json.h"
#include "handfast/terminal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace handfast::command {

enum class Side : std::uint8_t { client, server };

/// How far things had come.
enum class Stage : std::uint8_t {
  setup,      ///< nothing was sent yet
  network,    ///< no connection yet
  plain,      ///< connected, and still in clear (STARTTLS)
  handshake,  ///< connected, not yet secure
  data,       ///< after the handshake
};

/// Everything that is said of one failure. Whoever knows more than the `Error` adds it.
struct Failure {
  Error error;
  Side side = Side::client;
  std::string headline;            ///< whole sentences: what failed, and who stopped it
  std::string why;                 ///< whole sentences
  std::string where = {};          ///< which step, which certificate; empty: nothing to say
  std::string told = {};           ///< the alert that was sent or received; empty: none
  std::vector<std::string> tries;  ///< from the likeliest remedy to the last
  Json facts = Json::object();     ///< for programs
};

/// Tells `error` from the view of `side`. Nothing is known of its surroundings yet.
[[nodiscard]] Failure explain(const Error& error, Side side, Stage stage);

/// Tells that the file or folder at `path` cannot be used.
[[nodiscard]] Failure file_failure(const Error& error, const std::string& path);

/// The process's exit code after `error`. An alert of the peer counts as what it says.
[[nodiscard]] int exit_code(const Error& error);

/// The failure in lines for people, the last with its newline.
[[nodiscard]] std::string to_lines(const Failure& failure, const Terminal& terminal,
                                   bool is_verbose);

/// The failure as the members of a JSON document: code, exit, stopped_by, why, ...
[[nodiscard]] Json to_json(const Failure& failure);

/// Prints the failure of `command` as `common` asks: lines to standard error, or a JSON document to
/// standard output. Returns the exit code.
int print_failure(const Common& common, const std::string& command, const Failure& failure);

/// "certificate_expired (45)"
[[nodiscard]] std::string alert_text(Alert alert);

/// "alert bad_record_mac (20) was sent to the server"
[[nodiscard]] std::string told_text(const Error& error, Side side);

/// "the certificate has expired" -> "The certificate has expired."
[[nodiscard]] std::string sentence(std::string_view text);

}  // namespace handfast::command
