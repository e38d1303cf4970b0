#include "connection/traffic.h"

#include "base/gather.h"
#include "base/limits.h"
#include "handshake/post_authentication13.h"
#include "handshake/resume13.h"
#include "message/handshake_message.h"
#include "message/post_handshake.h"
#include "schedule/schedule12.h"

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
  if (speaks_12()) {
    records_before_update_ = crypto::no_record_limit;  // its keys do not change
  }
  if (keys_.heartbeat != nullptr) {
    heartbeat_ = std::make_unique<Heartbeat>(*keys_.heartbeat);
    keys_.heartbeat.reset();
  }
}

// ---- receiving ----------------------------------------------------------------------------------

Result<> Traffic::take(Bytes content) {
  if (received_ != nullptr) {  // the wire has assembled it already
    return {};
  }
  received_ = std::make_shared<MessageStore>(is_client() ? limits::heard_by_client
                                                         : limits::heard_by_asking_server);
  wire_->assemble_in(received_.get());
  return wire_->feed(content);
}

Result<std::optional<Event>> Traffic::go_on(Settled& settled) {
  if (received_ == nullptr) {
    return std::nullopt;
  }
  if (std::exchange(is_told_, false)) {
    authentication_.reset();
  }
  for (;;) {
    const auto type = wire_->peek();
    if (authentication_ == nullptr && type && starts_authentication(*type)) {
      if (const auto counted = count_message(); !counted) {
        return std::unexpected(counted.error());
      }
      authentication_ = std::make_unique<Authentication>(*wire_, *keys_.post, received_);
    }
    if (authentication_ != nullptr) {
      auto event = authenticate(settled);
      if (!event || *event || authentication_ != nullptr) {
        return event;
      }
      continue;
    }
    const auto handled = handle_next(type);
    if (!handled) {
      return std::unexpected(handled.error());
    }
    if (!*handled) {
      break;
    }
  }
  if (wire_->is_between_messages()) {
    wire_->assemble_in(nullptr);
    received_.reset();
  }
  return std::nullopt;
}

/// Handles the next message, which is of `type`, and returns its type; nothing: it is not whole
/// yet.
Result<std::optional<HandshakeType>> Traffic::handle_next(std::optional<HandshakeType> type) {
  // RFC 5246 §7.2.2: "no_renegotiation [...] Sent by the client in response to a hello request or
  // by the server in response to a client hello after initial handshaking."
  if (speaks_12() && type) {
    const bool renegotiates =
        *type == (is_client() ? HandshakeType::hello_request : HandshakeType::client_hello);
    return fail(renegotiates ? Reason::renegotiation_refused : Reason::post_handshake_unexpected);
  }
  // A server takes nothing but KeyUpdates besides, so there is no need to wait for the rest of
  // anything else.
  if (!is_client() && type && *type != HandshakeType::key_update) {
    return fail(Reason::post_handshake_unexpected);
  }
  const auto message = wire_->next();
  if (!message) {
    return std::unexpected(message.error());
  }
  if (!*message) {
    return std::nullopt;
  }
  const auto counted = count_message();
  const auto handled = counted ? handle(**message) : counted;
  return handled ? Result<std::optional<HandshakeType>>(type) : std::unexpected(handled.error());
}

Result<> Traffic::count_message() {
  return ++messages_in_a_row_ > limits::post_handshake_messages_in_a_row
             ? fail(Reason::post_handshake_flood)
             : Result<>();
}

// ---- authentication -----------------------------------------------------------------------------

/// RFC 9846 §4.7.2: "A client that receives a CertificateRequest message without having sent the
/// "post_handshake_auth" extension MUST send an "unexpected_message" fatal alert." The same goes
/// for a Certificate that nobody asked for.
bool Traffic::starts_authentication(HandshakeType type) const {
  if (keys_.post == nullptr) {
    return false;
  }
  return is_client()
             ? type == HandshakeType::certificate_request
             : !keys_.post->request.empty() && (type == HandshakeType::certificate ||
                                                type == HandshakeType::compressed_certificate);
}

/// Goes on with the authentication, which is gone when there is nothing more to it.
Result<std::optional<Event>> Traffic::authenticate(Settled& settled) {
  keys_.post->secret = &keys_.client;
  handshake::Handshake& exchange = authentication_->exchange;
  exchange.advance();
  switch (exchange.want()) {
    case handshake::Want::failed: return std::unexpected(exchange.failure());
    case handshake::Want::answer: return NeedAnswer{&exchange.operation()};
    case handshake::Want::start:
    case handshake::Want::read: return std::nullopt;
    case handshake::Want::done: break;
  }
  if (exchange.settled().client_scheme != SignatureScheme{}) {
    settled.client_scheme = exchange.settled().client_scheme;
    settled.client_certificate_type = exchange.settled().client_certificate_type;
    settled.client_compression = exchange.settled().client_compression;
  }
  if (is_client()) {
    const auto sent = is_silent_ ? Result<>() : send_whole(authentication_->wire.gathered());
    authentication_.reset();
    return sent ? Result<std::optional<Event>>(std::nullopt) : std::unexpected(sent.error());
  }
  keys_.post->request.clear();
  is_told_ = true;
  return ClientAnswered{std::move(exchange.established().peer), exchange.verdict()};
}

Result<> Traffic::request_certificate() {
  if (is_client() || keys_.post == nullptr) {
    return fail(Reason::client_authentication_unavailable);
  }
  if (!keys_.post->request.empty()) {
    return fail(Reason::called_out_of_order);
  }
  auto request = handshake::make_certificate_request(*keys_.post);
  if (!request) {
    return std::unexpected(request.error());
  }
  const Bytes message = *request;
  if (const auto sent = send_whole(std::span(&message, 1)); !sent) {
    return sent;
  }
  wire_->report(MessageSeen{Flow::sent, HandshakeType::certificate_request, message});
  keys_.post->request = *std::move(request);
  return {};
}

Result<std::unique_ptr<handshake::AuthenticatorSource>>
Traffic::release_authenticators(Party party) {
  if (keys_.authenticators == nullptr || (party == Party::client) != is_client()) {
    return fail(Reason::exported_authenticators_unavailable);
  }
  return std::move(keys_.authenticators);
}

Result<> Traffic::check_uninterrupted() const {
  return authentication_ == nullptr ? Result<>() : fail(Reason::authentication_interrupted);
}

// ---- heartbeats ---------------------------------------------------------------------------------

Result<std::optional<HeartbeatAnswered>> Traffic::take_heartbeat(Bytes message) {
  const bool owed_one = heartbeat_->owes_answer();
  const auto came = heartbeat_->take(message);
  if (!came) {
    return std::unexpected(came.error());
  }
  if (*came == Heartbeat::Came::response) {
    return HeartbeatAnswered{};
  }
  bool is_dropped = true;
  // RFC 9846 §6.1: after its close_notify a side sends nothing more.
  if (*came == Heartbeat::Came::request && !is_silent_) {
    const auto sent = answer_heartbeat();
    if (!sent) {
      return std::unexpected(sent.error());
    }
    is_dropped = owed_one;  // this one takes its place
  }
  return is_dropped && ++heartbeats_dropped_ > limits::heartbeats_dropped_in_a_row
             ? fail(Reason::heartbeat_flood)
             : Result<std::optional<HeartbeatAnswered>>(std::nullopt);
}

/// Sends the answer, or keeps it until there is room. RFC 6520 §4: "The total length of a
/// HeartbeatMessage MUST NOT exceed 2^14 or max_fragment_length when negotiated": what will never
/// have room is not sent.
Result<> Traffic::answer_heartbeat() {
  const std::span<const Bytes> answer = heartbeat_->answer();
  if (total_size(answer) > wire_->most_content()) {
    heartbeat_->forget_answer();
    return {};
  }
  const auto sent = wire_->heartbeat(HeartbeatMessageType::heartbeat_response, answer);
  if (sent) {
    heartbeat_->forget_answer();
  } else if (sent.error().reason == Reason::output_full) {
    heartbeat_->keep_answer();
    return {};
  }
  return sent;
}

void Traffic::hear_close() {
  if (speaks_12() && heartbeat_ != nullptr) {
    heartbeat_->forget_answer();
  }
}

Result<> Traffic::send_owed_answer() {
  const bool is_due = heartbeat_ != nullptr && heartbeat_->owes_answer() && !is_silent_;
  return is_due ? answer_heartbeat() : Result<>();
}

Result<> Traffic::send_heartbeat() {
  if (heartbeat_ == nullptr) {
    return fail(Reason::heartbeat_unavailable);
  }
  if (const auto allowed = heartbeat_->may_ask(); !allowed) {
    return allowed;
  }
  static constexpr std::array<std::uint8_t, Heartbeat::request_size> room{};
  const Bytes as_large = room;
  if (!wire_->fits(std::span(&as_large, 1))) {
    return fail(Reason::output_full);
  }
  const auto request = heartbeat_->ask();
  if (!request) {
    return std::unexpected(request.error());
  }
  const Bytes message = *request;
  return wire_->heartbeat(HeartbeatMessageType::heartbeat_request, std::span(&message, 1));
}

// ---- tickets and keys ---------------------------------------------------------------------------

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
  if (keys_.post != nullptr) {
    keys_.post->now = now;
  }
  if (authentication_ != nullptr) {
    authentication_->exchange.set_time(now);
  }
  if (heartbeat_ != nullptr && heartbeat_->set_time(now)) {
    heartbeats_dropped_ = 0;
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
                                   : handshake::keep_ticket(*keys_.sessions, *ticket, *extensions);
}

// ---- sending ------------------------------------------------------------------------------------

/// Sends all of `messages`, or fails with output_full: half a message could not be taken back.
Result<> Traffic::send_whole(std::span<const Bytes> messages) {
  return wire_->fits(messages) ? wire_->send_now(messages) : fail(Reason::output_full);
}

Result<> Traffic::keep_keys_fresh() {
  const bool peer_is_old = wire_->opener().sequence() >= records_before_update_;
  if (wire_->sealer().sequence() >= records_before_update_ || (peer_is_old && !asked_peer_)) {
    return update_keys(peer_is_old);
  }
  return {};
}

Result<> Traffic::update_keys(bool ask_peer) {
  if (speaks_12()) {
    return fail(Reason::key_update_unavailable);
  }
  // RFC 9846 §4.7.3: "Until receiving a subsequent KeyUpdate from the peer, the sender MUST NOT
  // send another KeyUpdate with request_update set to "update_requested"." And an update that is
  // owed MUST NOT ask either.
  ask_peer = ask_peer && !asked_peer_ && !owes_update_;
  std::array<std::uint8_t, message::header_size + 1> memory{};
  codec::Writer out(memory);
  const message::KeyUpdate update{ask_peer ? message::KeyUpdateRequest::update_requested
                                           : message::KeyUpdateRequest::update_not_requested};
  message::write_message(out, update);
  const Bytes message = out.written();
  if (const auto sent = send_whole(std::span(&message, 1)); !sent) {
    return sent;
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
  if (const auto answered = send_owed_answer(); !answered) {
    return std::unexpected(answered.error());
  }
  const auto sealed = wire_->seal(parts);
  if (sealed) {
    messages_in_a_row_ = 0;  // while we send, a peer may have its keys changed again and again
    heartbeats_dropped_ = 0;
  }
  return sealed;
}

Result<> Traffic::export_keying_material(std::string_view label, std::optional<Bytes> context,
                                         MutBytes out) const {
  if (speaks_12()) {
    const Bytes randoms = keys_.randoms;
    const std::size_t half = randoms.size() / 2;
    const schedule::MainSecret secret(keys_.suite->hash, keys_.exporter.clone());
    return secret.export_keying_material(label, {randoms.first(half), randoms.subspan(half)},
                                         context, out);
  }
  return schedule::export_keying_material(keys_.suite->hash, keys_.exporter, label,
                                          context.value_or(Bytes()), out);
}

}  // namespace handfast
