// Wire: what a handshake needs of a transport. It sends and receives whole messages and installs
// keys; records, packets and flights are the wire's own business.
#pragma once

#include "crypto/suites.h"
#include "handfast/observer.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "record/block.h"
#include "schedule/schedule13.h"
#include "wire/assembler.h"

#include <optional>

namespace handfast::wire {

/// How transports differ, as data: no handshake asks which one it runs on.
struct WireTraits {
  /// Compatibility mode (RFC 9846 §E.4): a session id that the server echoes, and
  /// change_cipher_spec records.
  bool middlebox_compatibility;
};

class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  [[nodiscard]] virtual const WireTraits& traits() const = 0;

  /// Queues a whole message, which must live until the next `flush`, and returns the bytes that
  /// enter the transcript for it: a wire may frame messages in another way than the handshake does.
  /// Fails: output_full, internal.
  virtual Result<Bytes> send(Bytes message) = 0;

  /// Sends what is queued. Fails: output_full, internal.
  virtual Result<> flush() = 0;

  /// Sends a change_cipher_spec, once, where the wire has such a thing. Fails: output_full.
  virtual Result<> change_cipher_spec() = 0;

  /// From the next message on, this side protects with `secret`. Fails: output_full, out_of_memory.
  virtual Result<> install_write(Epoch epoch, const crypto::Suite& suite,
                                 const schedule::TrafficSecret& secret) = 0;

  /// From the next byte on, the peer protects with `secret`. RFC 9846 §5.1: no message may span a
  /// change of keys, so it takes the `boundary` of the message before. Fails:
  /// key_change_inside_record, out_of_memory.
  virtual Result<> install_read(Epoch epoch, const crypto::Suite& suite,
                                const schedule::TrafficSecret& secret,
                                const Boundary& boundary) = 0;

  /// Client: TLS 1.2 may be settled on. RFC 6066 §3: servers that do not know the name may say so
  /// by a warning before their ServerHello, and go on.
  virtual void may_speak12() = 0;

  /// TLS 1.2 was settled on: records keep their type in clear, a change_cipher_spec counts and may
  /// come only when it is awaited, and warnings are warnings. RFC 5246 §6, §7.1, §7.2.
  virtual void speak12() = 0;

  /// How the records of block suites are protected once one is settled on. Without it, no keys of
  /// such a suite are taken.
  virtual void choose_block(const record::BlockChoice& choice) = 0;

  /// Sends a change_cipher_spec; from then on this side protects with `keys`. RFC 5246 §7.1. Fails:
  /// output_full, out_of_memory.
  virtual Result<> change_write_keys(const crypto::Suite& suite,
                                     const crypto::TrafficKeys& keys) = 0;

  /// The peer's next record has to be its change_cipher_spec, after which it protects with `keys`;
  /// `boundary` is that of the message before. Fails: key_change_inside_record, out_of_memory.
  virtual Result<> await_read_keys(const crypto::Suite& suite, const crypto::TrafficKeys& keys,
                                   const Boundary& boundary) = 0;

  /// The peer's Finished was right: application data may come and go. RFC 5246 §7.4.9.
  virtual void open_for_data() = 0;

  /// From now on no protected record has more than so many bytes of content, type and padding:
  /// `sent` by us, `received` by the peer. RFC 8449 §4.
  virtual void limit_records(std::size_t sent, std::size_t received) = 0;

  /// From now on no record of either side has more than `most` bytes of content, whether it is
  /// protected or not. RFC 6066 §4.
  virtual void limit_fragments(std::size_t most) = 0;

  /// Heartbeats may come from now on; RFC 6520 §3 has those that come during the handshake dropped.
  virtual void take_heartbeats() = 0;

  /// Server: early data is taken, up to `most` bytes, once its keys are installed. RFC 9846 §4.7.1.
  virtual void accept_early_data(std::size_t most) = 0;

  /// Client: what is sent from now on is in clear again, as a HelloRetryRequest has refused the
  /// early data. RFC 9846 §4.3.10.
  virtual void withdraw_early_data() = 0;

  /// Early data that the client sent and we did not accept is skipped, within bounds. RFC 9846
  /// §4.3.10.
  virtual void skip_early_data() = 0;

  /// The type of the next message, as soon as it is known.
  [[nodiscard]] virtual std::optional<HandshakeType> peek() const = 0;

  /// The next message once it is whole. Fails: message_too_long.
  virtual Result<std::optional<WholeMessage>> next() = 0;
};

}  // namespace handfast::wire
