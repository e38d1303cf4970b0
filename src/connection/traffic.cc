#include "connection/traffic.h"

#include "base/limits.h"
#include "handshake/resume13.h"
#include "message/handshake_message.h"
#include "message/post_handshake.h"

#include <algorithm>
#include <array>

namespace handfast {

Traffic::Traffic(wire::StreamWire& wire, wire::Role role, handshake::Established established,
                 std::uint64_t records_before_update)
    : wire_(&wire), keys_(std::move(established)), role_(role) {
  // ChaCha20-Poly1305 has no limit to keep (RFC 9846 §5.5), unless the configuration sets one.
  const std::uint64_t safe = keys_.suite->records_for_one_key == crypto::no_record_limit
                                 ? crypto::no_record_limit
                                 : limits::records_before_key_update;
  records_before_update_ =
      records_before_update == 0 ? safe : std::min(safe, records_before_update);
}

// ---- receiving ----------------------------------------------------------------------------------

Result<> Traffic::handle(Bytes content) {
  if (partial_ == nullptr) {  // else the wire has assembled it already
    partial_ = std::make_unique<MessageStore>(limits::heard_by_client);
    wire_->assemble_in(partial_.get());
    if (const auto fed = wire_->feed(content); !fed) {
      return fed;
    }
  }
  for (;;) {
    // A server takes nothing but KeyUpdates, so there is no need to wait for the rest of anything
    // else.
    const auto type = wire_->peek();
    if (!is_client() && type && *type != HandshakeType::key_update) {
      return fail(Reason::post_handshake_unexpected);
    }
    const auto message = wire_->next();
    if (!message) {
      return std::unexpected(message.error());
    }
    if (!*message) {
      break;
    }
    if (++messages_in_a_row_ > limits::post_handshake_messages_in_a_row) {
      return fail(Reason::post_handshake_flood);
    }
    if (const auto handled = handle(**message); !handled) {
      return handled;
    }
  }
  if (wire_->is_between_messages()) {
    wire_->assemble_in(nullptr);
    partial_.reset();
  }
  return {};
}

Result<> Traffic::handle(const wire::WholeMessage& message) {
  wire_->report(MessageSeen{Flow::received, message.type, message.bytes});
  if (message.type == HandshakeType::key_update) {
    return handle_key_update(message);
  }
  if (message.type == HandshakeType::new_session_ticket && is_client()) {
    return handle_ticket(message.body());
  }
  return fail(Reason::post_handshake_unexpected);
}

Result<> Traffic::handle_key_update(const wire::WholeMessage& message) {
  const auto update = codec::read<message::KeyUpdate>(message.body());
  if (!update) {
    return std::unexpected(update.error());
  }
  // RFC 9846 §4.7.3: "If an implementation receives any other value, it MUST terminate the
  // connection with an "illegal_parameter" alert."
  if (update->request_update > message::KeyUpdateRequest::update_requested) {
    return fail(Reason::key_update_invalid);
  }
  if (!message.boundary) {
    return fail(Reason::key_change_inside_record);
  }
  peers() = peers().next();
  asked_peer_ = false;
  if (update->request_update == message::KeyUpdateRequest::update_requested) {
    owes_update_ = true;  // several requests are answered by one update
  }
  return wire_->install_read(Epoch::application, *keys_.suite, peers(), *message.boundary);
}

// NOLINTNEXTLINE(readability-make-member-function-const): the source of sessions is its own
void Traffic::set_time(UnixTime now) {
  if (keys_.sessions != nullptr) {
    keys_.sessions->now = now;
  }
}

/// RFC 9846 §4.7.1: "Clients which receive a NewSessionTicket message but do not support resumption
/// MUST silently ignore this message." Its form is checked all the same.
Result<> Traffic::handle_ticket(Bytes body) const {
  const auto ticket = codec::read<message::NewSessionTicket>(body);
  if (!ticket) {
    return std::unexpected(ticket.error());
  }
  const auto extensions =
      message::read_extensions<message::NewSessionTicketExtensions>(ticket->extensions);
  if (!extensions) {
    return std::unexpected(extensions.error());
  }
  return keys_.sessions == nullptr ? Result<>()
                                   : handshake::keep_session(*keys_.sessions, *ticket, *extensions);
}

// ---- sending ------------------------------------------------------------------------------------

Result<> Traffic::keep_keys_fresh() {
  const bool peer_is_old = wire_->opener().sequence() >= records_before_update_;
  if (wire_->sealer().sequence() >= records_before_update_ || (peer_is_old && !asked_peer_)) {
    return update_keys(peer_is_old);
  }
  return {};
}

Result<> Traffic::update_keys(bool ask_peer) {
  // RFC 9846 §4.7.3: "Until receiving a subsequent KeyUpdate from the peer, the sender MUST NOT
  // send another KeyUpdate with request_update set to "update_requested"." And an update that is
  // owed MUST NOT ask either.
  ask_peer = ask_peer && !asked_peer_ && !owes_update_;
  std::array<std::uint8_t, message::header_size + 1> memory{};
  codec::Writer out(memory);
  const message::KeyUpdate update{ask_peer ? message::KeyUpdateRequest::update_requested
                                           : message::KeyUpdateRequest::update_not_requested};
  message::write_message(out, update);
  if (!wire_->fits(out.size())) {  // half a KeyUpdate could not be taken back
    return fail(Reason::output_full);
  }
  if (const auto sent = wire_->send(out.written()); !sent) {
    return std::unexpected(sent.error());
  }
  if (const auto flushed = wire_->flush(); !flushed) {
    return flushed;
  }
  wire_->report(MessageSeen{Flow::sent, HandshakeType::key_update, out.written()});
  owes_update_ = false;
  asked_peer_ = asked_peer_ || ask_peer;
  own() = own().next();
  return wire_->install_write(Epoch::application, *keys_.suite, own());
}

Result<std::size_t> Traffic::seal(std::span<const Bytes> parts) {
  return wire::seal_all(parts, [this](wire::Parts& rest) { return seal_one(rest); });
}

Result<std::size_t> Traffic::seal_one(wire::Parts& parts) {
  // RFC 9846 §4.7.3: an update that the peer asked for MUST go out before the next application
  // data. It waits until then, so that many requests cost one answer, however they come.
  const auto fresh = owes_update_ ? update_keys(false) : keep_keys_fresh();
  if (!fresh) {
    return std::unexpected(fresh.error());
  }
  const auto sealed = wire_->seal(parts);
  if (sealed) {
    messages_in_a_row_ = 0;  // while we send, a peer may have its keys changed again and again
  }
  return sealed;
}

Result<> Traffic::export_keying_material(std::string_view label, Bytes context,
                                         MutBytes out) const {
  return schedule::export_keying_material(keys_.suite->hash, keys_.exporter, label, context, out);
}

}  // namespace handfast
