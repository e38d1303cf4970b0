// Records of heartbeat. RFC 6520 §3.
#include "base/gather.h"
#include "base/limits.h"
#include "wire/stream_wire.h"

namespace handfast::wire {

/// Whether a record may say in clear that it is of this type. TLS 1.3 has the type of a heartbeat
/// where it has all others, under encryption.
bool StreamWire::is_known(ContentType type) const {
  switch (type) {
    case ContentType::change_cipher_spec:
    case ContentType::alert:
    case ContentType::handshake:
    case ContentType::application_data: return true;
    case ContentType::heartbeat: return takes_heartbeats_ && speaks_12_;
    case ContentType::invalid: break;
  }
  return false;
}

Result<Incoming> StreamWire::sort_heartbeat(MutBytes content) {
  if (!takes_heartbeats_) {
    return fail(Reason::record_type_unknown);
  }
  // RFC 9846 §5.1: "Handshake messages MUST NOT be interleaved with other record types."
  if (!is_between_messages()) {
    return fail(Reason::handshake_interleaved);
  }
  if (read_epoch_ == Epoch::application) {
    return Incoming{.kind = Incoming::Kind::heartbeat, .content = content};
  }
  // RFC 6520 §3: "The receiving peer SHOULD discard the message silently, if it arrives during the
  // handshake." Nobody has proved anything by then.
  return ++heartbeats_dropped_ > limits::heartbeats_dropped_in_a_row ? fail(Reason::heartbeat_flood)
                                                                     : Result<Incoming>(Incoming{});
}

Result<> StreamWire::heartbeat(HeartbeatMessageType type, std::span<const Bytes> parts) {
  const std::size_t size = total_size(parts);
  if (size > most_content()) {
    return fail_limit(Reason::output_full, most_content(), size);
  }
  const bool is_answer = type == HeartbeatMessageType::heartbeat_response;
  return seal_record(ContentType::heartbeat, parts, is_answer ? 0 : padding_);
}

}  // namespace handfast::wire
