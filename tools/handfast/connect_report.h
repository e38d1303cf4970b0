// What `connect` found out, and how it is told: a summary for people, a document for programs.
#pragma once

#include "handfast/certificate.h"
#include "handfast/connection.h"
#include "handfast/json.h"
#include "handfast/recorder.h"
#include "handfast/starttls.h"
#include "handfast/target.h"
#include "handfast/terminal.h"
#include "handfast/trust_text.h"
#include "handfast/verdict.h"

#include <optional>
#include <string>
#include <vector>

namespace handfast::command {

/// A verdict that outlives the handshake: names in the place of views.
struct Judgement {
  bool is_trusted = false;
  std::vector<std::string> path = {};  ///< labels, from the leaf to the anchor
  Reasoning reasoning = {};
};

[[nodiscard]] Judgement judgement_of(const Verdict& verdict, const TrustScene& scene);

struct Times {
  double lookup = 0;  ///< milliseconds
  double reach = 0;
  double plain = 0;  ///< in clear before TLS
  double handshake = 0;
};

struct Report {
  Target target;
  std::string server_name;   ///< what was sent as SNI and checked
  std::string address = {};  ///< of the peer that was reached
  std::string trust;         ///< where the authorities come from: "the system's store", "ca.pem"
  bool is_checked = true;    ///< false: --insecure
  UnixTime now = {};
  std::optional<StartTlsProtocol> starttls = {};  ///< what was spoken in clear before TLS
  Times times = {};
  Settled settled = {};
  std::optional<Judgement> judgement = {};
  bool beats = false;                               ///< --heartbeat
  bool keeps_session = false;                       ///< --resume
  std::optional<UnixTime> session_kept_until = {};  ///< known once the connection is over
  std::size_t staple_size = 0;                      ///< of the OCSP response that came; 0: none
  bool is_asked = false;                            ///< the server asked who we are
  bool has_shown = false;                           ///< and was shown a certificate
  std::vector<Weakness> weaknesses = {};            ///< used because --policy lets them in
  bool is_early_withheld = false;                   ///< not taken, and not sent again
  std::string ech = {};                             ///< what became of ECH; empty: nothing to say
  std::optional<Certificate> leaf = {};             ///< views into the recorder's chain
};

/// The summary, of several lines. Says "trusted" only of what was checked.
[[nodiscard]] std::string summary_lines(const Report& report, const Terminal& terminal);

/// What became of --resume at the end: a line of its own where the summary came before it.
[[nodiscard]] std::string kept_line(const Report& report, const Terminal& terminal);

/// The members of the document of a connection that was made.
[[nodiscard]] Json report_json(const Report& report);

/// Every step as an object.
[[nodiscard]] Json steps_json(const std::vector<Step>& steps);

/// The certificate at `index` of what the peer sent, if it parses.
[[nodiscard]] std::optional<Certificate> certificate_at(const Recorder& recorder,
                                                        std::size_t index);

}  // namespace handfast::command
