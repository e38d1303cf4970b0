// What records bring once the handshake is over.
#include "connection/state.h"

#include <utility>

namespace handfast {

using wire::Incoming;

Result<std::optional<Event>> Connection::State::step_traffic(Input& in) {
  if (close_received_) {
    return Closed{};
  }
  if (std::exchange(heartbeat_answered_, false)) {
    return HeartbeatAnswered{};
  }
  auto event = traffic()->go_on(settled_);
  if (!event || *event) {
    const auto* answer = event ? std::get_if<ClientAnswered>(&**event) : nullptr;
    if (answer != nullptr && std::holds_alternative<Identity>(answer->client)) {
      peer_ = answer->client;
    }
    return event;
  }
  const auto incoming = take_record(in);
  if (!incoming) {
    return std::unexpected(incoming.error());
  }
  if (incoming->kind == Incoming::Kind::need_input) {
    return NeedInput{};
  }
  // All but data is told by the next step.
  return incoming->kind == Incoming::Kind::application_data
             ? std::optional<Event>(Data{incoming->content})
             : std::nullopt;
}

/// Takes the next record after the handshake, and does all that it calls for.
Result<Incoming> Connection::State::take_record(Input& in) {
  Traffic& established = *traffic();
  auto incoming = wire_.receive(in);
  if (!incoming) {
    return incoming;
  }
  const bool is_other =
      incoming->kind != Incoming::Kind::need_input && incoming->kind != Incoming::Kind::handshake;
  if (const auto checked = established.check_uninterrupted(); is_other && !checked) {
    return std::unexpected(checked.error());
  }
  switch (incoming->kind) {
    case Incoming::Kind::application_data: established.saw_data(); break;
    case Incoming::Kind::close_notify:
      close_received_ = true;
      established.hear_close();
      break;
    case Incoming::Kind::heartbeat: {
      const auto answered = established.take_heartbeat(incoming->content);
      if (!answered) {
        return std::unexpected(answered.error());
      }
      heartbeat_answered_ = answered->has_value();
      break;
    }
    case Incoming::Kind::handshake:
      if (const auto taken = established.take(incoming->content); !taken) {
        return std::unexpected(taken.error());
      }
      break;
    case Incoming::Kind::need_input:
    case Incoming::Kind::early_data:
    case Incoming::Kind::nothing: break;
  }
  return incoming;
}

/// Whether the next record is all that is to be looked at.
bool Connection::State::may_open() const {
  // Until the next `next` there is a verdict in the handshake, which somebody may still read.
  return traffic() != nullptr && handshake_ == nullptr && !close_received_ &&
         !heartbeat_answered_ && !traffic()->has_messages();
}

}  // namespace handfast
