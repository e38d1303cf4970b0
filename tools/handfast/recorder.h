// Recorder: what a connection reports, as steps that can be drawn, counted and told.
#pragma once

#include "handfast/message_notes.h"
#include "handfast/observer.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::command {

/// compatibility: a change_cipher_spec that TLS 1.3 sends for middleboxes; in TLS 1.2 it counts,
/// and is a message.
enum class StepKind : std::uint8_t { plain, message, compatibility, data, alert, keys };

/// One arrow, or one change of keys.
struct Step {
  StepKind kind;
  Flow flow;
  bool is_both_ways = false;  ///< keys: both directions have changed
  double milliseconds = 0;    ///< since the handshake began
  std::string text;           ///< "ClientHello", "alert close_notify", "encrypted with ..."
  std::size_t size = 0;       ///< of all that are counted, in bytes, without the record layer
  std::size_t count = 1;      ///< how many of the same came one after the other
  std::string note = {};
};

/// Observes one connection. Steps that follow each other and are of one kind (session tickets,
/// records of data) are told as one, at the latest when `flush` is called.
class Recorder : public Observer {
 public:
  /// `tell`, if there is one, is called with every step, in order.
  explicit Recorder(std::function<void(const Step&)> tell) : tell_(std::move(tell)) {}

  /// Counts time from the first call on.
  void start();

  void observe(const Observation& observation) override;

  /// Whether a step waits for more of its kind.
  [[nodiscard]] bool is_holding() const { return held_.has_value(); }

  /// Tells the step that still waits for more of its kind.
  void flush();

  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

  /// The peer's certificates in DER, as sent.
  [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& chain() const { return chain_; }

  /// The n-th is the OCSP response that came with the n-th of them; empty where none came.
  [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& staples() const { return staples_; }

  /// The same of SignedCertificateTimestampLists, RFC 6962 §3.3.
  [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& sct_lists() const {
    return sct_lists_;
  }

  /// Whom the server named as authorities for client certificates; nothing: it asked for none.
  [[nodiscard]] const std::optional<std::vector<std::string>>& asked_of() const {
    return asked_of_;
  }

  /// What whoever speaks with this flow shows: certificates, or a raw public key.
  [[nodiscard]] CertificateType shown_type(Flow flow) const {
    return flow == server_flow_ ? types_.server : types_.client;
  }

  /// Whether this side has shown a certificate.
  [[nodiscard]] bool has_shown() const { return has_shown_; }

  /// The last handshake message that came.
  [[nodiscard]] std::optional<HandshakeType> last_received() const { return last_received_; }

  /// The last line that the server said in clear before TLS (STARTTLS), escaped and of bounded
  /// length; empty: none. Nobody vouches for it.
  [[nodiscard]] const std::string& last_plain_line() const { return last_plain_line_; }

  /// What was used only because a policy lets it in.
  [[nodiscard]] const std::vector<Weakness>& weaknesses() const { return weaknesses_; }

  [[nodiscard]] std::size_t tickets() const { return tickets_; }

  /// Whether the ServerHello settled on TLS 1.2.
  [[nodiscard]] bool is_12() const { return is_12_; }

 private:
  void see(const MessageSeen& message);
  void note_hello(const MessageSeen& message);
  void note_content(const MessageSeen& message);
  void see(const CertificateInside& inside);
  void see(const RecordSeen& record);
  void see(const KeysChanged& keys);
  void see(const AlertSeen& alert);

  void see(const Negotiated&) {}

  void see(const ChainJudged&) {}

  void see(const DelegationTaken&) {}

  void see(const WeaknessUsed& used) { weaknesses_.push_back(used.weakness); }

  void see(const PskIdentityUnknown&) {}

  void see(const CompressionOffered&) {}

  void see(const PlainSaid& said);

  void see_certificate(Flow flow, const std::vector<ShownCertificate>& certificates);
  void add(Step step);
  void announce_keys(Flow flow);
  [[nodiscard]] double since_start() const;

  std::function<void(const Step&)> tell_;
  std::optional<std::chrono::steady_clock::time_point> start_;
  std::vector<Step> steps_;
  std::optional<Step> held_;         // may grow yet
  std::optional<KeysChanged> half_;  // one direction has changed, the other follows soon
  std::vector<std::vector<std::uint8_t>> chain_;
  std::vector<std::vector<std::uint8_t>> staples_;
  std::vector<std::vector<std::uint8_t>> sct_lists_;
  std::optional<std::vector<std::string>> asked_of_;
  ShownTypes types_;
  Flow server_flow_ = Flow::received;
  bool has_shown_ = false;
  bool is_12_ = false;
  std::vector<std::uint8_t> session_id_;  // of the last ClientHello
  std::vector<std::uint8_t> sct_list12_;  // of a ServerHello of TLS 1.2
  std::vector<OfferedKey> offered_keys_;  // of the last ClientHello
  std::optional<HandshakeType> last_received_;
  std::size_t tickets_ = 0;
  std::vector<Weakness> weaknesses_;
  std::string last_plain_line_;
  bool is_in_clear_ = false;  // nothing but plain text was seen yet
};

}  // namespace handfast::command
