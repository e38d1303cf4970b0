// What records bring once the handshake is over.
#include "connection/state.h"

#include <utility>

namespace handfast {

using wire::Incoming;

Result<Event> Connection::State::step_traffic(const Traffic& established, Input& in) {
  for (;;) {
    if (close_received_) {
      return Closed{};
    }
    if (std::exchange(heartbeat_answered_, false)) {
      return HeartbeatAnswered{};
    }
    if (established.has_messages()) {
      auto event = look_into_messages();
      if (!event) {
        return std::unexpected(event.error());
      }
      if (*event) {
        return **std::move(event);
      }
    }
    const auto incoming = take_record(in);
    if (!incoming) {
      return std::unexpected(incoming.error());
    }
    if (incoming->kind == Incoming::Kind::application_data) {
      return Data{incoming->content};
    }
    if (incoming->kind == Incoming::Kind::need_input) {
      return NeedInput{};
    }
  }
}

Result<std::optional<Event>> Connection::State::look_into_messages() {
  auto event = traffic()->go_on(settled_);
  const auto* answer = event && *event ? std::get_if<ClientAnswered>(&**event) : nullptr;
  if (answer != nullptr && std::holds_alternative<Identity>(answer->client)) {
    peer_ = answer->client;
  }
  return event;
}

/// Takes the next record after the handshake, and does all that it calls for.
Result<Incoming> Connection::State::take_record(Input& in) {
  Result<Incoming> incoming = wire_.receive(in);
  if (incoming && incoming->kind != Incoming::Kind::need_input) {
    if (const auto done = act_on(*incoming); !done) {
      incoming = std::unexpected(done.error());
    }
  }
  return incoming;
}

Result<> Connection::State::act_on(const Incoming& incoming) {
  Traffic& established = *traffic();
  if (incoming.kind == Incoming::Kind::handshake) {
    return established.take(incoming.content);
  }
  if (const auto checked = established.check_uninterrupted(); !checked) {
    return checked;
  }
  switch (incoming.kind) {
    case Incoming::Kind::application_data: established.saw_data(); break;
    case Incoming::Kind::close_notify:
      close_received_ = true;
      established.hear_close();
      break;
    case Incoming::Kind::heartbeat: {
      const auto answered = established.take_heartbeat(incoming.content);
      if (!answered) {
        return std::unexpected(answered.error());
      }
      heartbeat_answered_ = answered->has_value();
      break;
    }
    case Incoming::Kind::handshake:
    case Incoming::Kind::need_input:
    case Incoming::Kind::early_data:
    case Incoming::Kind::nothing: break;
  }
  return {};
}

/// Whether the next record is all that is to be looked at.
bool Connection::State::may_open() const {
  // Until the next `next` there is a verdict in the handshake, which somebody may still read.
  return traffic() != nullptr && handshake_ == nullptr && !close_received_ &&
         !heartbeat_answered_ && !traffic()->has_messages();
}

}  // namespace handfast
