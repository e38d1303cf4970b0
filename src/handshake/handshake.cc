#include "handshake/handshake.h"

#include "base/gather.h"
#include "base/hex.h"
#include "handshake/authenticator13.h"
#include "handshake/client13.h"
#include "handshake/post_authentication13.h"
#include "handshake/server13.h"

#include <utility>

namespace handfast::handshake {
namespace {

/// Whether `answer` is of the kind that `operation` asks for. A refusal always is.
bool answers(const Operation& operation, const Answer& answer) {
  if (std::holds_alternative<Refused>(answer)) {
    return true;
  }
  if (std::holds_alternative<Sign>(operation)) {
    return std::holds_alternative<Signed>(answer);
  }
  if (std::holds_alternative<VerifyChain>(operation)) {
    return std::holds_alternative<Verdict>(answer);
  }
  if (std::holds_alternative<IssueTicket>(operation)) {
    return std::holds_alternative<IssuedTicket>(answer);
  }
  if (std::holds_alternative<RedeemTicket>(operation)) {
    return std::holds_alternative<RedeemedTicket>(answer);
  }
  if (std::holds_alternative<CheckReplay>(operation)) {
    return std::holds_alternative<ReplayVerdict>(answer);
  }
  if (std::holds_alternative<ChoosePsk>(operation)) {
    return std::holds_alternative<ChosenPsk>(answer);
  }
  if (std::holds_alternative<ForgetSession>(operation)) {
    return std::holds_alternative<SessionForgotten>(answer);
  }
  if (std::holds_alternative<AgreeOnKey>(operation)) {
    return std::holds_alternative<AgreedKey>(answer);
  }
  return std::holds_alternative<std::shared_ptr<const Credential>>(answer);
}

/// Whether share and secret are as long as those of the group; what they are the peer will see.
bool has_size(const AgreedKey& agreed, const AgreeOnKey& exchange) {
  const crypto::AgreedSizes sizes = crypto::agreed_sizes(exchange.group);
  return agreed.share.size() == (exchange.own == nullptr ? sizes.share : 0) &&
         agreed.secret.size() == sizes.secret;
}

/// How much of a server's memory a client may fill.
std::size_t share_of_clients(const ServerRole& role) {
  const auto mode = role.config->options().client_authentication.mode();
  const bool asks =
      mode == ClientAuthentication::Mode::request || mode == ClientAuthentication::Mode::require;
  return asks ? limits::heard_by_asking_server : limits::heard_by_server;
}

}  // namespace

Handshake::Handshake(wire::Wire& wire, ClientRole role, UnixTime now, Chance& chance)
    : wire_(&wire), chance_(&chance), client_(std::move(role)), now_(now),
      heard_(limits::heard_by_client) {}

Handshake::Handshake(wire::Wire& wire, ServerRole role, UnixTime now, Chance& chance)
    : wire_(&wire), chance_(&chance), server_(std::move(role)), now_(now),
      heard_(share_of_clients(*server_)) {}

Handshake::Handshake(wire::Wire& wire, PostAuthentication& post)
    : wire_(&wire), chance_(post.chance), client_(post.client), server_(post.server), post_(&post),
      now_(post.now), transcript_(post.transcript),
      heard_(client_ ? limits::heard_by_client : limits::heard_by_asking_server) {
  settled_.client_certificate_type = post.type;
  if (server_) {
    transcript_->add(post.request);
  }
}

Handshake::Handshake(wire::Wire& wire, Authenticator& authenticator)
    : wire_(&wire), chance_(authenticator.chance), client_(authenticator.client),
      server_(authenticator.server), authenticator_(&authenticator), now_(authenticator.now),
      transcript_(authenticator.transcript),
      heard_(client_ ? limits::heard_by_client : limits::heard_by_asking_server) {}

Handshake::~Handshake() {
  if (authenticator_ != nullptr) {
    transcript_->wipe();  // the Handshake Context is in it
  }
}

void Handshake::advance() {
  switch (want()) {
    case Want::start: start(); return;
    case Want::read: go_on((this->*retry_)()); return;
    case Want::answer:
      if (answer_) {
        go_on(take_answer());
      }
      return;
    case Want::done:
    case Want::failed: return;
  }
}

void Handshake::start() {
  if (authenticator_ != nullptr) {
    main_ = authenticator_->is_judged ? judge_authenticator13(*this) : make_authenticator13(*this);
  } else if (post_ != nullptr) {
    main_ = client_ ? post_authenticate_client13(*this) : post_authenticate_server13(*this);
  } else {
    main_ = client_ ? client13(*this) : server13(*this);
  }
  PromiseBase* const root = main_.promise();
  if (root == nullptr) {
    fail_at_start(Error{.reason = Reason::out_of_memory});
    return;
  }
  root->driver = this;
  run(*root);
}

/// Resumes the parked frame, ends it, or leaves it parked.
void Handshake::go_on(Take took) {
  switch (took) {
    case Take::ready: run(*leaf()); return;
    case Take::failed: finish(*leaf(), false); return;
    case Take::wait: return;
  }
}

void Handshake::park_read(PromiseBase& promise, Take took, HandshakeType awaited,
                          Take (Handshake::*retry)()) {
  awaited_ = awaited;
  if (took == Take::failed) {
    finish(promise, false);
    return;
  }
  retry_ = retry;
  park(promise, Want::read);
}

// RFC 9846 §4: "Protocol messages MUST be sent in the order defined"; the coroutine that reads is
// that order, and this is the one place that compares.
Result<std::optional<wire::WholeMessage>> Handshake::next_message(HandshakeType expected) {
  awaited_ = expected;
  const auto type = wire_->peek();
  if (type && *type != expected) {
    Facts facts{.kind = Facts::Kind::numbers};
    facts.limit = static_cast<std::uint32_t>(expected);
    facts.got = static_cast<std::uint32_t>(*type);
    return fail(Reason::message_unexpected, facts);
  }
  return wire_->next();
}

void Handshake::record(Bytes raw) {
  if (transcript_) {
    transcript_->add(raw);
  }
  if (said_size_ < said_.size()) {
    said_[said_size_++] = raw;
  }
}

Result<Bytes> Handshake::messages() {
  const auto said = std::span<const Bytes>(said_).first(said_size_);
  if (said_size_ == said_.size()) {
    return fail(Reason::internal);
  }
  const MutBytes memory = heard_.allocate(total_size(said));
  if (memory.empty()) {
    return heard_.refusal(total_size(said));
  }
  join(said, memory);
  return Bytes(memory);
}

void Handshake::forget_secrets() {
  drop_frames();
  early_exporter_.reset();
  if (session_) {
    verdict_.reset();  // its path lies in the session
    session_.reset();
  }
  established_ = {};
}

void Handshake::begin_transcript(crypto::HashId id, bool retried) {
  transcript_.emplace(id);
  for (std::size_t i = 0; i < said_size_; ++i) {
    transcript_->add(said_[i]);
    if (i == 0 && retried) {
      transcript_->fold_first_hello();
    }
  }
}

void Handshake::begin_transcript(crypto::HashId id, const crypto::Digest& first_hello,
                                 Bytes retry) {
  transcript_.emplace(id);
  transcript_->add_first_hello(first_hello);
  transcript_->add(retry);
  before_hello_ = transcript_;
  transcript_->add(said_.front());
}

// ---- operations ---------------------------------------------------------------------------------

void Handshake::ask(Operation operation, bool pulled) {
  answer_.reset();
  operation_ = std::move(operation);
  if (!work_.take(static_cast<Work>(operation_->index()))) {
    answer_ = Refused{Reason::handshake_too_costly};
  } else if (!pulled) {
    answer_ = answer(*operation_);
  }
}

/// Whether nothing is shown where no credential was chosen for `reason`: an authenticator may say
/// no, if nothing fits or somebody declines. What went wrong is no answer.
bool Handshake::may_show_nothing(Reason reason) const {
  switch (reason) {
    case Reason::operation_refused:
    case Reason::server_name_unknown:
    case Reason::certificate_type_none_common:
    case Reason::signature_none_common: return authenticator_ != nullptr && authenticator_->answers;
    default: return false;
  }
}

/// Looks at the answer: there, refused, or still to come.
Handshake::Take Handshake::take_answer() {
  if (!answer_) {
    return Take::wait;
  }
  // Tickets and early data are a help and not a need: who is refused one goes on without. Whoever
  // knows no key is not the one to say that there is no certificate.
  if (std::holds_alternative<Refused>(*answer_)) {
    if (std::holds_alternative<IssueTicket>(*operation_)) {
      answer_ = IssuedTicket{};
    } else if (std::holds_alternative<RedeemTicket>(*operation_)) {
      answer_ = RedeemedTicket{};
    } else if (std::holds_alternative<CheckReplay>(*operation_)) {
      answer_ = ReplayVerdict::unknown;
    } else if (std::holds_alternative<ChoosePsk>(*operation_)) {
      answer_ = ChosenPsk{};
    } else if (std::holds_alternative<ChooseCredential>(*operation_) &&
               may_show_nothing(std::get<Refused>(*answer_).reason)) {
      answer_ = std::shared_ptr<const Credential>();
    }
  }
  if (const auto* refused = std::get_if<Refused>(&*answer_)) {
    set_error(Error{.reason = refused->reason});
    return Take::failed;
  }
  const auto* agreed = std::get_if<AgreedKey>(&*answer_);
  if (agreed != nullptr && !has_size(*agreed, std::get<AgreeOnKey>(*operation_))) {
    answer_.reset();
    set_error(Error{.reason = Reason::answer_unusable});
    return Take::failed;
  }
  if (auto* verdict = std::get_if<Verdict>(&*answer_)) {
    verdict_ = std::move(*verdict);
  }
  if (auto* redeemed = std::get_if<RedeemedTicket>(&*answer_)) {
    session_.reset();
    if (auto session = read_session(std::move(redeemed->session))) {
      session_.emplace(*std::move(session));
    }
  }
  return Take::ready;
}

void Handshake::park_answer(PromiseBase& promise, Take took) {
  if (took == Take::failed) {
    finish(promise, false);
  } else {
    park(promise, Want::answer);
  }
}

Result<> Handshake::complete(Answer answer) {
  if (want() != Want::answer || answer_ || !answers(*operation_, answer)) {
    return fail(Reason::called_out_of_order);
  }
  answer_ = std::move(answer);
  return {};
}

void Handshake::note_possession() {
  if (verdict_) {
    verdict_->add({TrustStep::possession, Outcome::passed, 0, Reason::count});
  }
}

void Handshake::note_delegation(Party owner, UnixTime expires, SignatureScheme scheme) {
  (owner == Party::server ? settled_.delegated_until : settled_.client_delegated_until) = expires;
  if (verdict_) {
    verdict_->add({TrustStep::delegation, Outcome::passed, 0, Reason::count});
    verdict_->note_delegated_until(expires);
  }
  report(DelegationTaken{expires, scheme});
}

void Handshake::use_external_psk(std::shared_ptr<const ExternalPsk> psk) {
  const Bytes identity = psk->identity();
  settled_.psk_identity.assign(identity.begin(), identity.end());
  external_psk_ = std::move(psk);
}

void Handshake::trust_external_psk() {
  verdict_.emplace();
  verdict_->add({TrustStep::external_psk, Outcome::passed, -1, Reason::count});
  if (session_) {
    verdict_->add({TrustStep::session, Outcome::passed, -1, Reason::count});
  }
  verdict_->accept();
}

void Handshake::trust_session() {
  settled_.session = SessionOutcome::resumed;
  if (external_psk_ != nullptr) {
    trust_external_psk();
    return;
  }
  verdict_.emplace();
  if (client_->config->trust() == nullptr) {
    return;  // danger::AcceptAnyCertificate: nobody looked then, nobody looks now
  }
  const SessionState& session = session_->state();
  settled_.server_certificate_type = session.fields.peer_type;
  for (const Certificate& certificate : session.path->certificates) {
    verdict_->add_to_path(certificate);
  }
  verdict_->add({TrustStep::session, Outcome::passed, -1, Reason::count});
  verdict_->accept();
}

void Handshake::give_session_back() { client_->config->options().sessions->put(session_->again()); }

crypto::Digest Handshake::early_transcript(crypto::HashId id) const {
  schedule::Transcript transcript(id);
  for (const Bytes message : std::span(said_).first(said_size_)) {
    transcript.add(message);
  }
  return transcript.digest();
}

crypto::Digest Handshake::hello_transcript(crypto::HashId id, Bytes start) const {
  const bool is_sent = client_ && transcript_;  // a client writes its second hello
  schedule::Transcript transcript = is_sent         ? *transcript_
                                    : before_hello_ ? *before_hello_
                                                    : schedule::Transcript(id);
  transcript.add(start);
  return transcript.digest();
}

crypto::Digest Handshake::answer_transcript(crypto::HashId id, bool retries, Bytes answer) const {
  schedule::Transcript transcript(id);
  if (!client_) {
    transcript = *transcript_;
  } else if (before_hello_) {
    transcript = *before_hello_;
  } else {
    transcript.add(said_.front());
    if (retries) {
      transcript.fold_first_hello();
    }
  }
  transcript.add(answer);
  return transcript.digest();
}

void Handshake::replace_hello(Bytes message) {
  if (transcript_ && before_hello_) {
    transcript_ = before_hello_;
    transcript_->add(message);
  } else {
    said_.front() = message;
  }
}

Result<Bytes> Handshake::send_composed(HandshakeType type, Bytes message, Bytes hidden) {
  const auto sent = wire_->send(message);
  if (sent) {
    record(hidden.empty() ? *sent : hidden);
    report(MessageSeen{Flow::sent, type, *sent});
  }
  return sent;
}

// ---- for people ---------------------------------------------------------------------------------

Error Handshake::failure() const {
  Error failure = error();
  if (failure.during == Error::no_message) {
    failure.during = static_cast<std::uint8_t>(awaited_);
  }
  return failure;
}

std::string Handshake::where() const {
  std::string text = client_ ? "client" : "server";
  switch (want()) {
    case Want::start: return text + (client_ ? ", before the handshake" : ", awaiting ClientHello");
    case Want::read: return text + ", awaiting " + std::string(name(awaited_));
    case Want::answer: break;
    case Want::done: return text + ", handshake over";
    case Want::failed: return text + ", failed at " + std::string(name(awaited_));
  }
  if (std::holds_alternative<Sign>(*operation_)) {
    return text + ", awaiting a signature";
  }
  if (std::holds_alternative<VerifyChain>(*operation_)) {
    return text + ", awaiting a verdict on the certificates";
  }
  if (std::holds_alternative<CheckReplay>(*operation_)) {
    return text + ", awaiting the register of early data";
  }
  if (std::holds_alternative<ChoosePsk>(*operation_)) {
    return text + ", awaiting the choice of a pre-shared key";
  }
  if (std::holds_alternative<AgreeOnKey>(*operation_)) {
    return text + ", awaiting the secret of the key exchange";
  }
  return text + (std::holds_alternative<ChooseCredential>(*operation_)
                     ? ", awaiting the choice of a credential"
                     : ", awaiting the keeper of its tickets");
}

std::string Handshake::trace() const {
  std::string text;
  for (const PromiseBase* frame = leaf(); frame != nullptr; frame = frame->parent) {
    text += std::string(frame->at.function_name()) + ":" + std::to_string(frame->at.line()) + "\n";
  }
  return text;
}

void Handshake::log_secret(std::string_view label, const message::Random& client_random,
                           Bytes secret) {
  if (key_log_ != nullptr) {
    // RFC 9850 §2: label, ClientHello.random and secret, in hexadecimal, with one space between.
    std::string digits = hex(secret);
    std::string line;
    line.reserve(label.size() + 2 * client_random.size() + digits.size() + 2);  // never moved
    line.append(label).append(" ").append(hex(client_random)).append(" ").append(digits);
    key_log_->log(line);
    wipe(line);
    wipe(digits);
  }
}

}  // namespace handfast::handshake
