// Loopback: a client and a server in memory, with everything they do written down.
#pragma once

#include "connection/state.h"
#include "handfast/connection.h"
#include "handshake/chance.h"
#include "support/parties.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::test {

/// Randomness that is the same each time: what fails once fails again.
class SeededChance final : public handshake::Chance {
 public:
  explicit SeededChance(std::uint64_t seed) : engine_(seed) {}

  Result<> fill(MutBytes out) override;
  Result<crypto::KeyExchange> key_exchange(NamedGroup group) override;
  Result<crypto::Encapsulation> encapsulate(NamedGroup group, Bytes client_share,
                                            MutBytes room) override;

  /// The n-th draw from now fails, as a broken random source would make it.
  void fail_after(unsigned n) { left_ = n; }

 private:
  std::mt19937_64 engine_;
  std::optional<unsigned> left_;
};

/// A record as its sender saw it.
struct SentRecord {
  Epoch epoch;
  std::uint32_t generation;
  std::size_t wire_size;
};

/// One end of a connection, with its memory and its diary. Stays where it is made.
class End final : public Observer, public KeyLog {
 public:
  /// What to do with an operation that `next` hands out: nothing leaves it waiting.
  using Answering = std::function<std::optional<Answer>(const Operation&)>;

  End(const std::shared_ptr<const ClientConfig>& config, std::string_view name,
      handshake::Chance& chance, UnixTime now = handshake_time);
  End(const std::shared_ptr<const ServerConfig>& config, handshake::Chance& chance,
      UnixTime now = handshake_time);

  /// Calls `next` until it wants input, an answer that is not given, or is over.
  void run();

  /// Hands `bytes` in, as its Input has room, and runs.
  void receive(Bytes bytes);

  /// Tells that the transport has ended.
  void end_of_input();

  /// Seals all of `bytes`.
  void send(Bytes bytes);

  /// Seals all of `bytes` as early data.
  void send_early(Bytes bytes);

  /// Everything it wants sent, which then counts as sent.
  std::vector<std::uint8_t> take_output();

  /// The records of the output, since the last call.
  std::vector<SentRecord> take_records() { return std::exchange(records_, {}); }

  /// Success, or the error with which it ended.
  [[nodiscard]] Result<> outcome() const;

  [[nodiscard]] bool is_over() const { return error.has_value() || closed; }

  [[nodiscard]] bool is_waiting_for_answer() const { return waiting_for_answer_; }

  /// The peer's Identity, if it has proved one.
  [[nodiscard]] const Identity* identity() const {
    return std::get_if<Identity>(&connection.peer());
  }

  /// The secret that was logged under `label`; empty: none was.
  [[nodiscard]] std::vector<std::uint8_t> secret(std::string_view label) const;

  /// 32 bytes of keying material; empty if there is none to be had.
  [[nodiscard]] std::vector<std::uint8_t> exported() const;

  wire::StreamWire& wire() { return connection.state().wire(); }

  handshake::Handshake* handshake() { return connection.state().handshake(); }

  const bool is_server;

  // The diary.
  bool connected = false;
  bool trusted = false;
  bool judged = false;  ///< Connected came with a verdict
  bool closed = false;
  std::optional<Error> error;
  std::vector<std::uint8_t> data;
  std::vector<std::uint8_t> early_data;
  std::optional<std::size_t> refused;  ///< bytes of early data
  unsigned answers = 0;                ///< to requests for a certificate
  PeerIdentity answered_as;            ///< the last of them
  unsigned heartbeats = 0;             ///< of ours that were answered
  std::vector<std::string> key_log;
  std::vector<HandshakeType> sent_messages;
  std::vector<HandshakeType> received_messages;
  std::optional<DelegationTaken> delegation;  ///< of the peer
  std::vector<Weakness> weaknesses;
  std::vector<std::vector<std::uint8_t>> compressions;  ///< methods that TLS 1.2 clients offered
  std::vector<std::vector<std::uint8_t>> unknown_psks;  ///< identities that TLS 1.2 clients named
  std::vector<Alert> sent_alerts;
  std::vector<Alert> received_alerts;
  unsigned sending_key_updates = 0;
  unsigned receiving_key_updates = 0;
  unsigned operations = 0;
  std::size_t frame_peak = 0;  ///< bytes of coroutine frames
  std::size_t frame_spills = 0;
  unsigned steps = 0;

  // What may be set before the first run.
  Answering answering;
  std::function<void(const Connected&)> on_connected;
  Output out;

  Connection connection;

 private:
  End(bool server, std::unique_ptr<Connection::State> state);

  bool step();
  bool answer_operation(const Operation& operation);

  void observe(const Observation& observation) override;
  void log(std::string_view line) override;

  std::vector<std::uint8_t> storage_;
  Input in_;
  std::vector<SentRecord> records_;
  Epoch sending_ = Epoch::plaintext;
  std::uint32_t sending_generation_ = 0;
  bool waiting_for_answer_ = false;
};

/// What both ends of a Loopback are like.
struct Sides {
  ClientOptions client = {};
  ServerOptions server = {};
  CertificateKey key = CertificateKey::ed25519;
  std::string name{server_dns_name};
  std::uint64_t seed = 1;
  bool insecure = false;       ///< danger::AcceptAnyCertificate
  bool only_psk = false;       ///< the client takes no certificate
  bool has_credential = true;  ///< the server
  UnixTime now = handshake_time;
  std::shared_ptr<const Credential> shown = nullptr;  ///< by the server; nullptr: one for `key`
  std::shared_ptr<const Trust> trust = nullptr;       ///< the client's; nullptr: in `authorities()`
};

/// `sides` with a server that demands a certificate, and a client that has one for a key of `kind`.
Sides authenticated(Sides sides = {}, CertificateKey kind = CertificateKey::ed25519);

/// `sides` that speak TLS 1.3 alone.
Sides in_13(Sides sides = {});

/// A `Sides` whose client and server share one suite and one group.
Sides only(CipherSuite suite, NamedGroup group);

/// `sides` with elliptic curves alone, where a test goes through every byte of a share.
Sides on_curves(Sides sides = {});

/// The same as `sides`, with a client that sends no share, so that the server must ask for one.
Sides retried(Sides sides = {});

/// The same as `sides`, which may resume sessions: what they share lives on in copies.
Sides resuming(Sides sides = {});

/// The same as `resuming`, with early data on both sides.
Sides with_early_data(Sides sides = {});

/// How many bytes are handed over at a time.
struct Chunk {
  std::size_t size = 0;  ///< 0: everything at once
  bool random = false;   ///< 1 to `size` bytes
};

/// A client and a server that can reach each other.
class Loopback {
 public:
  explicit Loopback(const Sides& sides = {});

  /// Carries what the ends have to say to and fro until neither has more, at most `most` times.
  void relay(Chunk chunk = {}, unsigned most = 1'000'000);

  /// Carries what `from` has to say to `to`.
  void carry(End& from, End& to, Chunk chunk = {});

  /// Runs the handshake, which must succeed.
  void connect(Chunk chunk = {});

  /// Whether both are connected and hold the same keys.
  [[nodiscard]] bool agrees() const;

 private:
  SeededChance client_chance_;
  SeededChance server_chance_;
  std::mt19937 pieces_;

 public:
  End client;
  End server;

  SeededChance& client_chance() { return client_chance_; }

  SeededChance& server_chance() { return server_chance_; }
};

/// `size` bytes that are not all alike.
std::vector<std::uint8_t> sample_data(std::size_t size);

}  // namespace handfast::test
