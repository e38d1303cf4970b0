#include "connection/state.h"

#include <algorithm>
#include <utility>

namespace handfast {
namespace {

using handshake::Handshake;
using handshake::Want;
using wire::Incoming;

/// Gives the wire its output for the length of one call.
class Writing {
 public:
  Writing(wire::StreamWire& wire, Output& out) : wire_(&wire) { wire.write_to(&out); }

  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  ~Writing() { wire_->write_to(nullptr); }

 private:
  wire::StreamWire* wire_;
};

/// Whether a request that failed for `reason` has sent nothing.
bool leaves_connection_whole(Reason reason) {
  return reason == Reason::output_full || reason == Reason::random_failed ||
         reason == Reason::called_out_of_order || reason == Reason::heartbeat_unavailable ||
         reason == Reason::client_authentication_unavailable;
}

}  // namespace

Connection::State::State(handshake::ClientRole role, UnixTime now, handshake::Chance& chance)
    : wire_(wire::Role::client, role.config->options().record_padding),
      records_before_key_update_(role.config->options().records_before_key_update),
      role_(wire::Role::client) {
  handshake_ = std::make_unique<Handshake>(wire_, std::move(role), now, chance);
  wire_.assemble_in(&handshake_->heard());
}

Connection::State::State(handshake::ServerRole role, UnixTime now, handshake::Chance& chance)
    : wire_(wire::Role::server, role.config->options().record_padding),
      records_before_key_update_(role.config->options().records_before_key_update),
      role_(wire::Role::server) {
  if (role.config->options().cookie_keys != nullptr) {
    wire_.expect_retried_client();
  }
  stage_.emplace<Waiting>(std::move(role), now, &chance);
}

/// A server's client has begun to speak.
void Connection::State::begin() {
  Waiting* const told = waiting();
  if (told == nullptr) {
    return;
  }
  handshake_ = std::make_unique<Handshake>(wire_, std::move(told->role), told->now, *told->chance);
  handshake_->observe_with(told->observer);
  handshake_->log_keys_to(told->key_log);
  wire_.assemble_in(&handshake_->heard());
  stage_.emplace<Opening>();
}

handshake::Chance& Connection::State::system_chance() {
  static handshake::Chance chance;  // has no state
  return chance;
}

Result<Event> Connection::State::next(Input& in, Output& out) {
  if (std::holds_alternative<Error>(stage_)) {
    return failure();
  }
  const Writing writing(wire_, out);
  // Written once, where the caller wants it: copies would take as long as all the rest of this.
  Result<Event> event = step(in);
  if (event) {
    if (const auto sent = send_what_is_due(); !sent) {
      event = std::unexpected(sent.error());
    }
  }
  if (!event) {
    fail_with(event.error());
    event = failure();
  }
  return event;
}

/// The error, when nothing has to be done before.
Result<Event> Connection::State::failure() {
  if (!forgetting_) {
    return std::unexpected(std::get<Error>(stage_));
  }
  forgetting_asked_ = true;
  return NeedAnswer{forgetting_.get()};
}

/// The same path as `next`, without an event for each record; what is no data is done here, and
/// told by `next`.
std::size_t Connection::State::open(Input& in, std::span<MutBytes> parts, Output& out) {
  const Writing writing(wire_, out);
  std::size_t count = 0;
  while (count < parts.size() && may_open()) {
    const auto incoming = take_record(in);
    const bool is_data = incoming && incoming->kind == Incoming::Kind::application_data;
    const auto done = !incoming ? std::unexpected(incoming.error())
                      : is_data ? send_what_is_due()
                                : Result<>();
    if (!done) {
      fail_with(done.error());
    } else if (is_data) {
      parts[count++] = incoming->content;
    } else if (incoming->kind == Incoming::Kind::need_input) {
      break;
    }
  }
  return count;
}

Result<> Connection::State::send_what_is_due() {
  Traffic* const established = traffic();
  if (established == nullptr) {
    return wire_.flush();
  }
  // RFC 9846 §6.1: after its close_notify a side sends nothing more, a KeyUpdate neither.
  if (close_sent_) {
    return {};
  }
  if (const auto answered = established->send_owed_answer(); !answered) {
    return answered;
  }
  // A KeyUpdate that finds no room is sent by a later call: what came meanwhile is not lost for it.
  const auto fresh = established->keep_keys_fresh();
  return !fresh && fresh.error().reason == Reason::output_full ? Result<>() : fresh;
}

Result<Event> Connection::State::step(Input& in) {
  if (Traffic* const established = traffic(); established != nullptr) {
    handshake_.reset();  // the caller has seen Connected: what the handshake held may go
    return step_traffic(*established, in);
  }
  for (;;) {
    auto event = step_handshake(in);
    if (!event) {
      return std::unexpected(event.error());
    }
    if (*event) {
      return **std::move(event);
    }
  }
}

/// One step of the handshake; nothing means: go on.
Result<std::optional<Event>> Connection::State::step_handshake(Input& in) {
  if (waiting() != nullptr && in.waiting().empty() && in.capacity() > 0) {
    return NeedInput{};
  }
  begin();
  handshake_->advance();
  if (learns_of_refusal()) {
    return EarlyDataRefused{early_data_sent_};
  }
  switch (handshake_->want()) {
    case Want::failed: return std::unexpected(handshake_->failure());
    case Want::answer: return NeedAnswer{&handshake_->operation()};
    case Want::start:
    case Want::read:
    case Want::done: break;
  }
  // Nothing is sent piecemeal: a flight leaves when its side has to wait, or is done.
  if (const auto flushed = wire_.flush(); !flushed) {
    return std::unexpected(flushed.error());
  }
  if (handshake_->want() == Want::done) {
    return become_traffic();
  }
  const auto incoming = wire_.receive(in);
  if (!incoming) {
    Error error = incoming.error();
    error.during = handshake_->failure().during;
    return std::unexpected(error);
  }
  switch (incoming->kind) {
    case Incoming::Kind::need_input: return NeedInput{};
    case Incoming::Kind::close_notify:
      close_received_ = true;
      return fail(Reason::closed_in_handshake);
    case Incoming::Kind::early_data: return EarlyData{{incoming->content}};
    case Incoming::Kind::nothing:
    case Incoming::Kind::handshake:
    case Incoming::Kind::heartbeat:
    case Incoming::Kind::application_data: break;
  }
  return std::nullopt;
}

/// Whether a client has just learnt that its early data was refused.
bool Connection::State::learns_of_refusal() {
  const EarlyDataOutcome outcome = handshake_->settled().early_data;
  const bool is_refused =
      outcome == EarlyDataOutcome::declined || outcome == EarlyDataOutcome::retried;
  return role_ == wire::Role::client && handshake_->want() != Want::failed && is_refused &&
         !std::exchange(refusal_told_, true);
}

/// The handshake is over: its keys go on alone.
Event Connection::State::become_traffic() {
  settled_ = std::move(handshake_->settled());
  peer_ = std::move(handshake_->established().peer);
  wire_.assemble_in(nullptr);
  stage_.emplace<Traffic>(wire_, role_, std::move(handshake_->established()),
                          records_before_key_update_);
  handshake_->drop_frames();
  return Connected{handshake_->verdict()};
}

/// Ends the connection: tells the peer, and keeps what a caller may want to know.
void Connection::State::fail_with(const Error& error) {
  const auto last = close_sent_ ? std::nullopt : last_alert(error);
  if (last) {
    static_cast<void>(wire_.alert(*last));  // a full output leaves the error as it is
  }
  if (error.reason == Reason::alert_received || (last && *last != Alert::close_notify)) {
    forget_session();
  }
  // RFC 9846 §6: "Servers and clients MUST forget the secret values and keys established in failed
  // connections".
  wire_.forget_keys();
  if (handshake_) {
    handshake_->forget_secrets();
  }
  wire_.assemble_in(nullptr);
  if (traffic() != nullptr) {
    failed_ = traffic()->release_authentication();
  }
  if (failed_ != nullptr) {
    failed_->exchange.drop_frames();
  }
  stage_ = error;
}

/// RFC 5246 §7.2.2: "Servers and clients MUST forget any session-identifiers, keys, and secrets
/// associated with a failed connection. Thus, any connection terminated with a fatal alert MUST NOT
/// be resumed." RFC 9846 §6: PSKs of tickets "SHOULD be discarded if possible".
void Connection::State::forget_session() {
  if (traffic() != nullptr) {
    forgetting_ = traffic()->forget_session();
  } else if (handshake_) {
    forgetting_ = handshake_->established().forget_session();
  }
}

/// What the peer is to hear last. RFC 9846 §6.2: whoever receives a fatal alert sends none. §6.1: a
/// close_notify is answered by one, also in the handshake. After a cut nobody listens.
std::optional<Alert> Connection::State::last_alert(const Error& error) const {
  switch (error.reason) {
    case Reason::alert_received:
    case Reason::truncated: return std::nullopt;
    case Reason::closed_in_handshake:
      return close_received_ ? std::optional(Alert::close_notify) : std::nullopt;
    default: return settled().version == ProtocolVersion::tls12 ? error.alert12() : error.alert();
  }
}

Result<> Connection::State::complete(Answer answer) {
  // Until it was asked, an answer is that to what the connection waited for when it ended.
  if (forgetting_ && forgetting_asked_ &&
      (std::holds_alternative<SessionForgotten>(answer) ||
       std::holds_alternative<Refused>(answer))) {
    forgetting_.reset();
    return {};
  }
  Handshake* const asking = traffic() != nullptr ? authentication() : handshake_.get();
  if (!check_alive() || asking == nullptr) {
    return fail(Reason::called_out_of_order);
  }
  return asking->complete(std::move(answer));
}

/// The authentication after the handshake that is under way, or ended the connection; nullptr:
/// none.
Handshake* Connection::State::authentication() const {
  Authentication* const running =
      traffic() != nullptr ? traffic()->authentication() : failed_.get();
  return running != nullptr ? &running->exchange : nullptr;
}

/// Fails with the error with which the connection has ended.
Result<> Connection::State::check_alive() const {
  const Error* const error = std::get_if<Error>(&stage_);
  return error == nullptr ? Result<>() : std::unexpected(*error);
}

Result<> Connection::State::check_usable() const {
  if (const auto alive = check_alive(); !alive) {
    return alive;
  }
  return traffic() != nullptr && !close_sent_ ? Result<>() : fail(Reason::called_out_of_order);
}

Result<std::size_t> Connection::State::seal(std::span<const Bytes> parts, Output& out) {
  const bool is_answer = may_answer_early_data();
  if (const auto usable = check_usable(); !usable && !is_answer) {
    return std::unexpected(usable.error());
  }
  const Writing writing(wire_, out);
  auto sealed = is_answer ? seal_records(parts) : traffic()->seal(parts);
  if (!sealed && sealed.error().reason != Reason::output_full) {
    fail_with(sealed.error());
  }
  return sealed;
}

/// RFC 9846 §4.5.3: a server may send data after its own Finished, to whoever it may be. Ours does
/// so only to answer early data.
bool Connection::State::may_answer_early_data() const {
  return std::holds_alternative<Opening>(stage_) && role_ == wire::Role::server &&
         wire_.write_epoch() == Epoch::application &&
         handshake_->settled().early_data == EarlyDataOutcome::accepted;
}

Result<std::size_t> Connection::State::seal_early(Bytes bytes, Output& out) {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  const std::size_t left = early_data_left();
  if (left == 0) {
    return fail(Reason::early_data_unavailable);
  }
  const Writing writing(wire_, out);
  const Bytes part = bytes.first(std::min(bytes.size(), left));
  auto sealed = seal_records(std::span(&part, 1));
  if (sealed) {
    early_data_sent_ += *sealed;
  } else if (sealed.error().reason != Reason::output_full) {
    fail_with(sealed.error());
  }
  return sealed;
}

std::size_t Connection::State::early_data_left() const {
  const SessionState* session = handshake_ ? handshake_->session() : nullptr;
  if (!std::holds_alternative<Opening>(stage_) || role_ != wire::Role::client ||
      session == nullptr || wire_.write_epoch() != Epoch::early) {
    return 0;
  }
  return session->fields.max_early_data - early_data_sent_;
}

/// Seals records with the keys that there are: before Connected they do not change by themselves.
Result<std::size_t> Connection::State::seal_records(std::span<const Bytes> parts) {
  return wire::seal_all(parts, [this](wire::Parts& rest) { return wire_.seal(rest); });
}

Result<> Connection::State::close(Output& out) {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  if (close_sent_) {
    return {};
  }
  const Writing writing(wire_, out);
  const auto sent = wire_.alert(Alert::close_notify);
  close_sent_ = sent.has_value();
  if (close_sent_ && traffic() != nullptr) {
    traffic()->fall_silent();
  } else if (close_sent_) {
    fail_with(Error{.reason = Reason::aborted});  // a handshake cannot go on without us
  }
  return sent;
}

Result<> Connection::State::abort(Output& out) {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  const Writing writing(wire_, out);
  fail_with(Error{.reason = Reason::aborted});
  return {};
}

Result<> Connection::State::eof() {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  if (close_received_) {
    return {};
  }
  const bool is_over = traffic() != nullptr;
  Error error{.reason = is_over ? Reason::truncated : Reason::closed_in_handshake};
  if (waiting() != nullptr) {
    error.during = static_cast<std::uint8_t>(HandshakeType::client_hello);
  } else if (handshake_ && !is_over) {
    error.during = handshake_->failure().during;
  }
  fail_with(error);
  return std::unexpected(error);
}

Result<> Connection::State::update_keys(Output& out, bool ask_peer) {
  if (const auto usable = check_usable(); !usable) {
    return usable;
  }
  const Writing writing(wire_, out);
  const auto updated = traffic()->update_keys(ask_peer);
  if (!updated && updated.error().reason != Reason::output_full) {
    fail_with(updated.error());
  }
  return updated;
}

Result<> Connection::State::request_certificate(Output& out) {
  if (const auto usable = check_usable(); !usable) {
    return usable;
  }
  const Writing writing(wire_, out);
  const auto requested = traffic()->request_certificate();
  if (!requested && !leaves_connection_whole(requested.error().reason)) {
    fail_with(requested.error());
  }
  return requested;
}

Result<> Connection::State::send_heartbeat(Output& out) {
  if (const auto usable = check_usable(); !usable) {
    return usable;
  }
  const Writing writing(wire_, out);
  const auto sent = traffic()->send_heartbeat();
  if (!sent && !leaves_connection_whole(sent.error().reason)) {
    fail_with(sent.error());
  }
  return sent;
}

Result<std::unique_ptr<handshake::AuthenticatorSource>>
Connection::State::release_authenticators(Party party) {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  // RFC 9261 §9: "servers MUST verify the client Finished before sending an EA or processing a
  // received EA."
  if (traffic() == nullptr) {
    return fail(Reason::called_out_of_order);
  }
  return traffic()->release_authenticators(party);
}

Result<> Connection::State::export_keying_material(std::string_view label,
                                                   std::optional<Bytes> context,
                                                   MutBytes out) const {
  if (traffic() == nullptr) {
    return fail(Reason::called_out_of_order);
  }
  return traffic()->export_keying_material(label, context, out);
}

Result<> Connection::State::export_early_keying_material(std::string_view label, Bytes context,
                                                         MutBytes out) const {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  if (!handshake_ || !handshake_->early_exporter()) {
    return fail(Reason::early_data_unavailable);
  }
  const auto& [hash, secret] = *handshake_->early_exporter();
  return schedule::export_keying_material(hash, secret, label, context, out);
}

void Connection::State::set_time(UnixTime now) {
  if (waiting() != nullptr) {
    waiting()->now = now;
  } else if (traffic() != nullptr) {
    traffic()->set_time(now);
  } else if (handshake_ && role_ == wire::Role::server) {
    handshake_->set_time(now);
  }
}

Result<> Connection::State::bind_cookies(Bytes client) {
  if (const auto alive = check_alive(); !alive) {
    return std::unexpected(alive.error());
  }
  Waiting* const told = waiting();
  if (told == nullptr) {
    return fail(Reason::called_out_of_order);
  }
  told->role.client = crypto::hash(crypto::HashId::sha256, client);
  return {};
}

std::string Connection::State::where() const {
  if (const auto* const error = std::get_if<Error>(&stage_)) {
    return "failed: " + std::string(error->text());
  }
  if (std::holds_alternative<Waiting>(stage_)) {
    return "server, awaiting ClientHello";
  }
  if (traffic() == nullptr) {
    return handshake_->where();
  }
  const Handshake* const running = authentication();
  if (running != nullptr && running->want() != Want::done) {
    return running->where();
  }
  std::string text = role_ == wire::Role::client ? "client" : "server";
  return text + (close_received_ ? ", closed by the peer" : ", connected");
}

const Settled& Connection::State::settled() const {
  return traffic() != nullptr || !handshake_ ? settled_ : handshake_->settled();
}

const Verdict* Connection::State::verdict() const {
  const Handshake* const last = handshake_ ? handshake_.get() : authentication();
  return last != nullptr ? last->verdict() : nullptr;
}

void Connection::State::observe_with(Observer* observer) {
  wire_.observe_with(observer);
  if (waiting() != nullptr) {
    waiting()->observer = observer;
  }
  if (handshake_) {
    handshake_->observe_with(observer);
  }
  if (Handshake* const running = authentication(); running != nullptr) {
    running->observe_with(observer);
  }
}

void Connection::State::log_keys_to(KeyLog* log) {
  if (waiting() != nullptr) {
    waiting()->key_log = log;
  }
  if (handshake_) {
    handshake_->log_keys_to(log);
  }
}

}  // namespace handfast
