// StreamWire: TLS over a byte stream. Records out of an Input, records into an Output. RFC 9846 §5.
#pragma once

#include "handfast/buffers.h"
#include "handfast/observer.h"
#include "record/open.h"
#include "record/seal.h"
#include "wire/assembler.h"
#include "wire/parts.h"
#include "wire/wire.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace handfast::wire {

using message::Role;

/// What one record brought.
struct Incoming {
  enum class Kind : std::uint8_t {
    need_input,
    nothing,
    handshake,
    early_data,
    application_data,
    heartbeat,
    close_notify
  };

  Kind kind = Kind::nothing;
  MutBytes content;  ///< of handshake, early_data, application_data, heartbeat; lies in the Input
};

/// The record layer of one connection, for its whole life.
///
/// Confined: one thread at a time.
class StreamWire final : public Wire {
 public:
  StreamWire(Role role, std::size_t padding)
      : sealer_(role == Role::client ? ProtocolVersion::tls10 : ProtocolVersion::tls12),
        padding_(padding), role_(role) {}

  /// Where records go until the next call; nullptr: nowhere. Set for the length of one call of the
  /// connection.
  void write_to(Output* out) { out_ = out; }

  void observe_with(Observer* observer) { observer_ = observer; }

  /// Server: the first ClientHello here may be the second of a handshake that began elsewhere.
  void expect_retried_client() { may_be_retried_ = true; }

  [[nodiscard]] Observer* observer() const { return observer_; }

  /// Tells the observer, if there is one.
  void report(const Observation& observation) const;

  /// Where handshake messages are kept; nullptr: handshake content is only handed out by `receive`,
  /// and what is sent has to go by `send_now`.
  void assemble_in(MessageStore* store);

  /// Gives handshake content that `receive` handed out to the assembler. Fails: as Assembler::feed.
  Result<> feed(Bytes content);

  // Wire.
  [[nodiscard]] const WireTraits& traits() const override;
  Result<Bytes> send(Bytes message) override;
  Result<> flush() override;
  Result<> change_cipher_spec() override;
  Result<> install_write(Epoch epoch, const crypto::Suite& suite,
                         const schedule::TrafficSecret& secret) override;
  Result<> install_read(Epoch epoch, const crypto::Suite& suite,
                        const schedule::TrafficSecret& secret, const Boundary& boundary) override;

  void may_speak12() override { may_warn_of_name_ = true; }

  void speak12() override {
    speaks_12_ = true;
    may_warn_of_name_ = false;
  }

  void choose_block(const record::BlockChoice& choice) override { exchange_->block = choice; }

  Result<> change_write_keys(const crypto::Suite& suite, const crypto::TrafficKeys& keys) override;
  Result<> await_read_keys(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                           const Boundary& boundary) override;
  void open_for_data() override;
  void limit_records(std::size_t sent, std::size_t received) override;
  void limit_fragments(std::size_t most) override;

  void take_heartbeats() override { takes_heartbeats_ = true; }

  void accept_early_data(std::size_t most) override;
  void withdraw_early_data() override;
  void skip_early_data() override;
  [[nodiscard]] std::optional<HandshakeType> peek() const override;
  Result<std::optional<WholeMessage>> next() override;

  /// Takes one record out of `in`, opens it there, and says what it brought. Handshake content has
  /// gone to the assembler by then. Fails: every reason of the group "Records", alert_received,
  /// not_tls, plain_http.
  Result<Incoming> receive(Input& in);

  /// Sends whole messages at once, in as few records as they fit. Fails: output_full, and then part
  /// of them may be sent.
  Result<> send_now(std::span<const Bytes> messages);

  /// Seals one record of application data from the front of `parts` and returns how many bytes it
  /// took. Fails: output_full if not one byte fits, sequence_exhausted; then nothing is taken.
  Result<std::size_t> seal(Parts& parts);

  /// Whether these messages, as `flush` would put them into records, fit into the output.
  [[nodiscard]] bool fits(std::span<const Bytes> messages) const;

  /// Sends `parts` as one record of heartbeat. An answer is not padded: whoever asks with little
  /// must not be sent much. Fails: output_full, also beyond `most_content`.
  Result<> heartbeat(HeartbeatMessageType type, std::span<const Bytes> parts);

  /// The most content that one record may have.
  [[nodiscard]] std::size_t most_content() const;

  /// Sends an alert, after what is queued. Fails: output_full.
  Result<> alert(Alert alert);

  /// Wipes the keys of both directions: for a connection that failed. RFC 9846 §6.
  void forget_keys();

  /// Which keys protect what is sent.
  [[nodiscard]] Epoch write_epoch() const { return write_epoch_; }

  [[nodiscard]] const record::Sealer& sealer() const { return sealer_; }

  [[nodiscard]] const record::Opener& opener() const { return opener_; }

  /// For tests of the limits: as if so many records had been sealed and opened.
  void skip_to(std::uint64_t sealed, std::uint64_t opened);

  [[nodiscard]] bool is_between_messages() const {
    return exchange_ == nullptr || exchange_->assembler.is_empty();
  }

 private:
  static constexpr std::size_t parts_in_record = 16;

  /// What is needed while handshake messages come and go, and then no more. Lies in their store.
  struct Exchange {
    Exchange(MessageStore& store, Role receiver) : assembler(store, receiver) {}

    Assembler assembler;
    std::array<Bytes, parts_in_record> flight{};  // messages that wait to share a record
    std::size_t flight_size = 0;
    record::BlockChoice block;
  };

  struct RecordView {
    ContentType type{};
    MutBytes bytes;  // with its header

    [[nodiscard]] MutBytes body() const { return bytes.subspan(record::header_size); }
  };

  [[nodiscard]] bool is_at(const Boundary& boundary) const;
  Result<std::optional<RecordView>> take_record(Input& in);
  static Result<> check_first_record(Bytes start);
  Result<Incoming> open(const RecordView& record);
  Result<Incoming> open_unprotected(const RecordView& record);
  Result<Incoming> sort(ContentType type, MutBytes content);
  Result<Incoming> handle_alert(Bytes content);
  Result<Incoming> handle_change_cipher_spec(Bytes content);
  Result<Incoming> change_read_keys();
  Result<Incoming> sort_application_data(MutBytes content);
  Result<Incoming> sort_heartbeat(MutBytes content);
  [[nodiscard]] bool is_known(ContentType type) const;
  Result<Incoming> skip(std::size_t size);
  Result<> seal_record(ContentType type, std::span<const Bytes> parts, std::size_t multiple);
  [[nodiscard]] std::size_t messages_in_record(std::span<const Bytes> messages) const;
  [[nodiscard]] std::size_t most_fragment_received() const;
  Result<std::size_t> seal_one(ContentType type, Parts& parts);

  record::Sealer sealer_;
  record::Opener opener_;
  Exchange* exchange_ = nullptr;
  std::unique_ptr<record::Opener> next_opener_;  // of TLS 1.2, until the change_cipher_spec
  Output* out_ = nullptr;
  Observer* observer_ = nullptr;
  std::size_t padding_;
  std::size_t most_sent_ = limits::record_inner;
  std::size_t most_received_ = limits::record_inner;
  std::size_t most_fragment_ = limits::record_plaintext;  // of either side
  std::optional<std::size_t> early_data_left_;            // none: nothing is to be skipped
  std::size_t early_data_allowed_ = 0;                    // that was accepted and may still come
  std::uint32_t write_generation_ = 0;
  std::uint32_t read_generation_ = 0;
  Epoch write_epoch_ = Epoch::plaintext;
  Epoch read_epoch_ = Epoch::plaintext;
  std::uint8_t empty_records_ = 0;
  std::uint8_t warnings_ = 0;
  std::uint8_t change_cipher_specs_ = 0;
  std::uint8_t heartbeats_dropped_ = 0;  // during the handshake
  unsigned most_change_cipher_specs_ = limits::change_cipher_specs;
  Role role_;
  bool first_record_seen_ = false;
  bool change_cipher_spec_sent_ = false;
  bool hello_seen_ = false;  // a ClientHello has been sent or received
  bool may_be_retried_ = false;
  bool speaks_12_ = false;
  bool may_warn_of_name_ = false;
  bool takes_heartbeats_ = false;
};

}  // namespace handfast::wire
