#include "heartbeat/heartbeat.h"

#include "codec/writer.h"

#include <algorithm>

namespace handfast {

using message::HeartbeatMessage;

namespace {

/// A message that keeps the rules of its form, or nothing. RFC 6520 §4: "If the payload_length of a
/// received HeartbeatMessage is too large, the received HeartbeatMessage MUST be discarded
/// silently."
std::optional<HeartbeatMessage> read_heartbeat(Bytes bytes) {
  const auto message = codec::read<HeartbeatMessage>(bytes);
  // RFC 6520 §4: "The padding_length MUST be at least 16."
  if (!message || message->padding.size() < HeartbeatMessage::padding_least) {
    return std::nullopt;
  }
  return *message;
}

}  // namespace

Result<Heartbeat::Came> Heartbeat::take(Bytes bytes) {
  const auto message = read_heartbeat(bytes);
  if (!message) {
    return Came::nothing;
  }
  switch (message->type) {
    case HeartbeatMessageType::heartbeat_request:
      // RFC 6520 §2: "If an endpoint that has indicated peer_not_allowed_to_send receives a
      // HeartbeatRequest message, the endpoint SHOULD drop the message silently".
      if (terms_.own != HeartbeatMode::peer_allowed_to_send || answers_left_ == 0) {
        return Came::nothing;
      }
      --answers_left_;
      return prepare_answer(message->payload);
    case HeartbeatMessageType::heartbeat_response:
      // RFC 6520 §4: "If a received HeartbeatResponse message does not contain the expected
      // payload, the message MUST be discarded silently."
      if (!in_flight_ || !std::ranges::equal(*in_flight_, message->payload)) {
        return Came::nothing;
      }
      in_flight_.reset();
      return Came::response;
  }
  return Came::nothing;
}

/// RFC 6520 §4: the response is to carry "an exact copy of the payload of the received
/// HeartbeatRequest": `payload` is a view into what came, and no longer than that.
Result<Heartbeat::Came> Heartbeat::prepare_answer(Bytes payload) {
  // RFC 6520 §4: "The sender of a HeartbeatMessage MUST use a random padding of at least 16 bytes."
  if (const auto filled = terms_.chance->fill(padding_); !filled) {
    return std::unexpected(filled.error());
  }
  codec::Writer head(head_);
  codec::write_element(head, HeartbeatMessageType::heartbeat_response);
  head.number(static_cast<std::uint16_t>(payload.size()));
  kept_ = {};
  answer_ = {Bytes(head_), payload, Bytes(padding_)};
  return Came::request;
}

void Heartbeat::keep_answer() {
  if (owes_answer()) {
    return;
  }
  for (const Bytes part : answer_) {
    kept_.insert(kept_.end(), part.begin(), part.end());
  }
  answer_ = {Bytes(kept_)};
}

void Heartbeat::forget_answer() {
  kept_ = {};
  answer_ = {};
}

Result<> Heartbeat::may_ask() const {
  // RFC 6520 §2: "HeartbeatRequest messages MUST NOT be sent to a peer indicating
  // peer_not_allowed_to_send".
  if (terms_.peers != HeartbeatMode::peer_allowed_to_send) {
    return fail(Reason::heartbeat_unavailable);
  }
  return in_flight_ ? fail(Reason::called_out_of_order) : Result<>();
}

Result<Bytes> Heartbeat::ask() {
  if (const auto allowed = may_ask(); !allowed) {
    return std::unexpected(allowed.error());
  }
  std::array<std::uint8_t, payload_size + HeartbeatMessage::padding_least> chance{};
  if (const auto filled = terms_.chance->fill(chance); !filled) {
    return std::unexpected(filled.error());
  }
  const Bytes payload = Bytes(chance).first(payload_size);
  codec::Writer out(request_);
  codec::write(out, HeartbeatMessage{HeartbeatMessageType::heartbeat_request, payload,
                                     Bytes(chance).subspan(payload_size)});
  std::ranges::copy(payload, in_flight_.emplace().begin());
  return out.written();
}

bool Heartbeat::set_time(UnixTime now) {
  constexpr std::int64_t most = limits::heartbeats_answered;
  const std::int64_t passed = std::clamp<std::int64_t>(now.seconds - now_.seconds, 0, most);
  answers_left_ =
      std::min(answers_left_ + static_cast<unsigned>(passed), limits::heartbeats_answered);
  now_ = now;
  return passed > 0;
}

}  // namespace handfast
