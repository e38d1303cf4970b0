// Handshake: what the coroutines of a role speak with. It gives them whole messages, sends theirs,
// keeps the transcript, and parks them when something is to be waited for.
#pragma once

#include "base/arena.h"
#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/identity.h"
#include "handfast/observer.h"
#include "handfast/operation.h"
#include "handfast/settled.h"
#include "handshake/chance.h"
#include "handshake/check13.h"
#include "handshake/established.h"
#include "handshake/received.h"
#include "handshake/session_state.h"
#include "handshake/task.h"
#include "handshake/work.h"
#include "message/certificate.h"
#include "message/client_hello.h"
#include "message/handshake_message.h"
#include "message/server_hello.h"
#include "schedule/schedule13.h"
#include "schedule/transcript.h"
#include "wire/wire.h"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace handfast::handshake {

struct Authenticator;  // handshake/authenticator13.h

/// One handshake: the coroutine of its role, the memory it needs, and its state, all in one piece
/// of memory as long as nobody says very much. Freed whole when it is over.
///
/// Confined: one thread at a time.
class Handshake final : public Driver {
 public:
  Handshake(wire::Wire& wire, ClientRole role, UnixTime now, Chance& chance);
  Handshake(wire::Wire& wire, ServerRole role, UnixTime now, Chance& chance);

  /// An authentication after the handshake; `post` must outlive it. RFC 9846 §4.7.2.
  Handshake(wire::Wire& wire, PostAuthentication& post);

  /// An exported authenticator that is made or judged; `authenticator` must outlive it. RFC 9261.
  Handshake(wire::Wire& wire, Authenticator& authenticator);
  ~Handshake();

  void observe_with(Observer* observer) { observer_ = observer; }

  void log_keys_to(KeyLog* log) { key_log_ = log; }

  // ---- for the connection that drives it

  /// Goes on as far as the messages that are here, and the answer if one was given, reach; `want()`
  /// says why it stopped.
  void advance();

  /// The operation that waits while `want()` is answer.
  [[nodiscard]] const Operation& operation() const { return *operation_; }

  /// Stores the answer; `advance` goes on with it. Fails: called_out_of_order.
  Result<> complete(Answer answer);

  /// The error, with the message it was about.
  [[nodiscard]] Error failure() const;

  [[nodiscard]] std::string where() const;

  /// One line a frame, innermost first: function and line. For debugging.
  [[nodiscard]] std::string trace() const;

  /// Ends the coroutines; what was received stays.
  void drop_frames() {
    main_ = {};
    answer_.reset();  // in which the secret of a key exchange may be
  }

  /// The same for a handshake that failed, and forgets every secret. RFC 9846 §6.
  void forget_secrets();

  [[nodiscard]] const Verdict* verdict() const { return verdict_ ? &*verdict_ : nullptr; }

  [[nodiscard]] Settled& settled() { return settled_; }

  [[nodiscard]] const Settled& settled() const { return settled_; }

  /// Meaningful once `want()` is done.
  [[nodiscard]] Established& established() { return established_; }

  /// Early data is sent or taken from now on; nothing: it is not, after all.
  void keep_early_exporter(std::optional<schedule::EarlyExporter> exporter) {
    early_exporter_ = std::move(exporter);
  }

  [[nodiscard]] const std::optional<schedule::EarlyExporter>& early_exporter() const {
    return early_exporter_;
  }

  FrameArena& frame_arena() { return frames_; }

  /// For what we say.
  MessageStore& store() { return store_; }

  /// For what the peer says, and what is made of that: its share of our memory.
  MessageStore& heard() { return heard_; }

  /// Bytes that this handshake and its arenas hold; verdict, session and `Settled` come on top.
  [[nodiscard]] std::size_t held() const { return sizeof(*this) + store_.held() + heard_.held(); }

  [[nodiscard]] const WorkCount& work() const { return work_; }

  // ---- for the coroutines; answers of operations are valid until the next one

  /// Before `work` that is no operation. Fails: handshake_too_costly.
  Result<> spend(Work work) {
    return work_.take(work) ? Result<>() : fail(Reason::handshake_too_costly);
  }

  /// `co_await hs.read<M>()`: the next message, which must be an M.
  template <class M>
  auto read();

  /// `co_await hs.read_if<M>()`: the next message if it is an M, else nothing; it stays for the
  /// next read.
  template <class M>
  auto read_if();

  /// `co_await hs.sign(...)`: a signature over `message`, as `const Signed*`.
  auto sign(const std::shared_ptr<const Credential>& credential, SignatureScheme scheme,
            Bytes message);

  /// `co_await hs.verify_chain(...)`: a `const Verdict*` on the peer's chain, its leaf for `usage`.
  auto verify_chain(const PeerCertificates& shown, KeyUsage usage = KeyUsage::digital_signature);

  /// `co_await hs.choose_credential(...)`: the credential that is wanted, as
  /// `const std::shared_ptr<const Credential>*`; empty: the name is refused.
  auto choose_credential(const ChooseCredential& wanted);

  /// `co_await hs.issue_ticket(...)`: a ticket for `session`, as `const IssuedTicket*`; with an
  /// `id` it is kept under that.
  auto issue_ticket(Bytes session, UnixTime expires, Bytes id = {});

  /// `co_await hs.redeem_ticket(...)`: the session of a client's ticket, as `const SessionState*`,
  /// valid until the next ticket is redeemed; nullptr: there is none.
  auto redeem_ticket(Bytes ticket);

  /// `co_await hs.check_replay(...)`: what the register says of a ClientHello, as
  /// `const ReplayVerdict*`.
  auto check_replay(const ReplayRegister::Entry& entry);

  /// `co_await hs.choose_psk(...)`: a key of ours that one of `identities` names for one of `kdfs`,
  /// as `const ChosenPsk*`.
  auto choose_psk(std::span<const Bytes> identities, std::span<const KdfIdentifier> kdfs);

  /// `co_await hs.agree_on_key(...)`: as `const AgreedKey*`, of the sizes of its group. Only where
  /// `pulled()` has it: see handshake/agree_on_key.h.
  auto agree_on_key(const AgreeOnKey& exchange);

  /// Writes a message, adds it to the transcript and queues it. At most `room` bytes. Fails:
  /// out_of_memory, internal.
  template <class M>
  Result<Bytes> send(const M& message, std::size_t room);

  /// The first half of `send`: the message with its header, to be finished where it lies.
  template <class M>
  Result<MutBytes> compose(const M& message, std::size_t room);

  /// The second half. With `hidden`, that goes into the transcript instead: the ClientHello inside
  /// this one. RFC 9849 §6.1.5.
  Result<Bytes> send_composed(HandshakeType type, Bytes message, Bytes hidden = {});

  /// The last ClientHello of the transcript was another one: that which was hidden in it, or that
  /// in which it was hidden. RFC 9849 §6.1.5, §6.1.6, §7.1.
  void replace_hello(Bytes message);

  /// The hash over everything before a ServerHello or HelloRetryRequest, and `answer` in its place.
  /// Server: before it is sent. RFC 9849 §7.2.
  [[nodiscard]] crypto::Digest answer_transcript(crypto::HashId id, bool retries,
                                                 Bytes answer) const;

  /// Client: the server is expected to be somebody else.
  void expect_server(ServerName name) { client_->name = std::move(name); }

  /// danger::AcceptAnyCertificate: a verdict without a check, which trusts nothing.
  void leave_unjudged() { verdict_.emplace(); }

  /// The chain that was looked at is not what this connection stands on.
  void forget_verdict() { verdict_.reset(); }

  /// Client: the session to resume; the server may still decline.
  [[nodiscard]] const SessionState& hold_session(Session session) {
    return session_.emplace(std::move(session)).state();
  }

  /// The session is not resumed.
  void drop_session() { session_.reset(); }

  /// A client puts it back where it was taken from, for its next connection.
  void give_session_back();

  /// The session that is held; nullptr: none.
  [[nodiscard]] const SessionState* session() const {
    return session_ ? &session_->state() : nullptr;
  }

  /// Both sides know each other by this key, or did when the session that is held began.
  void use_external_psk(std::shared_ptr<const ExternalPsk> psk);

  /// nullptr: they know each other by certificates.
  [[nodiscard]] const ExternalPsk* external_psk() const { return external_psk_.get(); }

  /// Client: the server holds the same external key: a verdict that says so.
  void trust_external_psk();

  /// The server is who it was when the session that is held began: a verdict that says so.
  void trust_session();

  /// The peer has signed this handshake with its leaf's key: the last step of the verdict.
  void note_possession();

  /// The delegated credential of `owner`, who is the peer, was checked. RFC 9345.
  void note_delegation(Party owner, UnixTime expires, SignatureScheme scheme);

  /// Starts the transcript over what has been said, now that the hash is known; with `retried`, the
  /// first of it is a ClientHello that a HelloRetryRequest answered.
  void begin_transcript(crypto::HashId id, bool retried);

  /// Server: the same over a first ClientHello of which only the hash is known, the
  /// HelloRetryRequest `retry`, and the ClientHello that was received.
  void begin_transcript(crypto::HashId id, const crypto::Digest& first_hello, Bytes retry);

  [[nodiscard]] crypto::Digest transcript() const { return transcript_->digest(); }

  /// TLS 1.2: all messages so far, for a client's signature; in `heard`. RFC 5246 §7.4.8. Fails: as
  /// `MessageStore::refusal`.
  Result<Bytes> messages();

  [[nodiscard]] const schedule::Transcript& running_transcript() const { return *transcript_; }

  /// What an authentication after the handshake goes on from.
  [[nodiscard]] PostAuthentication& post() { return *post_; }

  /// The exported authenticator that is made or judged; nullptr: this is none.
  [[nodiscard]] const Authenticator* authenticator() const { return authenticator_; }

  /// Client: the hash over the ClientHello that was sent, before the server has settled which hash
  /// that is. RFC 9846 §7.1.
  [[nodiscard]] crypto::Digest early_transcript(crypto::HashId id) const;

  /// The hash over everything before the last ClientHello, and `start` of that: what binders are
  /// computed over. Client: before it is sent. RFC 9846 §4.3.11.2.
  [[nodiscard]] crypto::Digest hello_transcript(crypto::HashId id, Bytes start) const;

  /// Logs a secret, if anybody asked for it. RFC 9850.
  void log_secret(std::string_view label, const message::Random& client_random, Bytes secret);

  void report(const Observation& observation) {
    if (observer_ != nullptr) {
      observer_->observe(observation);
    }
  }

  [[nodiscard]] UnixTime now() const { return now_; }

  /// Server: what time it is by now; a client may leave a connection waiting before it speaks.
  void set_time(UnixTime now) { now_ = now; }

  [[nodiscard]] wire::Wire& wire() { return *wire_; }

  [[nodiscard]] Chance& chance() const { return *chance_; }

  [[nodiscard]] Party own_party() const { return client_ ? Party::client : Party::server; }

  [[nodiscard]] const ClientRole& client() const { return *client_; }

  [[nodiscard]] const ServerRole& server() const { return *server_; }

  /// Which operations are not done by this side itself.
  [[nodiscard]] const Pulled& pulled() const {
    return client_ ? client_->config->options().pulled : server_->config->options().pulled;
  }

 private:
  enum class Take : std::uint8_t { ready, wait, failed };

  /// A message between the wire and the coroutine that takes it.
  struct Slot {
    const void* body = nullptr;
    Bytes raw;
    const crypto::Digest* before = nullptr;
    std::optional<wire::Boundary> edge;
  };

  template <class M>
  friend struct ReadLeaf;
  template <class M>
  friend struct ReadIfLeaf;
  template <class A>
  friend struct AnswerLeaf;

  template <class M>
  Take take();
  template <class M>
  Take take_if();
  Result<std::optional<wire::WholeMessage>> next_message(HandshakeType expected);
  void record(Bytes raw);
  template <class M>
  Received<M> taken() const;

  void start();
  void park_read(PromiseBase& promise, Take took, HandshakeType awaited,
                 Take (Handshake::*retry)());
  void ask(Operation operation, bool pulled);
  [[nodiscard]] bool may_show_nothing(Reason reason) const;
  Take take_answer();
  void park_answer(PromiseBase& promise, Take took);
  void go_on(Take took);

  wire::Wire* wire_;
  Chance* chance_;
  Observer* observer_ = nullptr;
  KeyLog* key_log_ = nullptr;
  std::optional<ClientRole> client_;
  std::optional<ServerRole> server_;
  PostAuthentication* post_ = nullptr;            // what this is, if it is no handshake: a later
  const Authenticator* authenticator_ = nullptr;  // authentication, or an exported authenticator
  UnixTime now_;

  Slot slot_;
  Take (Handshake::*retry_)() = nullptr;
  HandshakeType awaited_ = HandshakeType::client_hello;
  WorkCount work_;
  std::optional<Operation> operation_;
  std::optional<Answer> answer_;
  std::optional<Verdict> verdict_;
  std::optional<Session> session_;
  std::shared_ptr<const ExternalPsk> external_psk_;

  std::array<Bytes, 10> said_{};  // the first: TLS 1.3 needs two, a client's signature in 1.2 nine
  std::size_t said_size_ = 0;
  std::optional<schedule::Transcript> transcript_;
  std::optional<schedule::EarlyExporter> early_exporter_;
  std::optional<schedule::Transcript> before_hello_;  // that was received, the second one
  Settled settled_;
  Established established_;

  MessageStore store_{limits::said_arena};
  MessageStore heard_;
  FrameArena frames_;
  Task<> main_;  // last: its frames die first
};

// ---- reading ------------------------------------------------------------------------------------

/// How a message's body is parsed.
template <class M>
Result<M> parse(Bytes body) {
  return codec::read<M>(body);
}

template <>
inline Result<message::ClientHello> parse(Bytes body) {
  return message::read_client_hello(body);
}

template <>
inline Result<message::ServerHello> parse(Bytes body) {
  return message::read_server_hello(body);
}

/// The message's type, as observers are told it: HelloRetryRequest apart from ServerHello.
template <class M>
HandshakeType type_of(const M& message) {
  if constexpr (std::is_same_v<M, message::ServerHello>) {
    return message.is_retry() ? HandshakeType::hello_retry_request : M::type;
  } else {
    return M::type;
  }
}

template <class M>
Handshake::Take Handshake::take() {
  const auto message = next_message(M::type);
  if (!message) {
    set_error(message.error());
    return Take::failed;
  }
  if (!*message) {
    return Take::wait;
  }
  const auto body = parse<M>((*message)->body());
  const M* const kept = body ? heard_.make<M>(*body) : nullptr;
  if (kept == nullptr) {
    set_error(body ? heard_.refusal(sizeof(M)).error() : body.error());
    return Take::failed;
  }
  slot_ = Slot{kept, (*message)->bytes, nullptr, (*message)->boundary};
  if constexpr (M::type == HandshakeType::certificate_verify ||
                M::type == HandshakeType::finished) {
    slot_.before = heard_.make<crypto::Digest>(transcript());
    if (slot_.before == nullptr) {
      set_error(heard_.refusal(sizeof(crypto::Digest)).error());
      return Take::failed;
    }
  }
  if constexpr (M::type == HandshakeType::client_hello || M::type == HandshakeType::server_hello) {
    before_hello_ = transcript_;
  }
  record(slot_.raw);
  report(MessageSeen{Flow::received, type_of(*kept), slot_.raw});
  return Take::ready;
}

template <class M>
Received<M> Handshake::taken() const {
  return {static_cast<const M*>(slot_.body), slot_.raw, slot_.before, slot_.edge};
}

template <class M>
struct ReadLeaf {
  Handshake* hs;
  Handshake::Take took = Handshake::Take::wait;

  bool await_ready() {
    took = hs->take<M>();
    return took == Handshake::Take::ready;
  }

  void park(PromiseBase& promise) const {
    hs->park_read(promise, took, M::type, &Handshake::take<M>);
  }

  Received<M> await_resume() const { return hs->taken<M>(); }
};

template <class M>
auto Handshake::read() {
  return ReadLeaf<M>{this};
}

template <class M>
Handshake::Take Handshake::take_if() {
  const auto type = wire_->peek();
  if (!type) {
    return Take::wait;
  }
  if (*type == M::type) {
    return take<M>();
  }
  slot_ = {};
  return Take::ready;
}

template <class M>
struct ReadIfLeaf {
  Handshake* hs;
  Handshake::Take took = Handshake::Take::wait;

  bool await_ready() {
    took = hs->take_if<M>();
    return took == Handshake::Take::ready;
  }

  void park(PromiseBase& promise) const {
    hs->park_read(promise, took, M::type, &Handshake::take_if<M>);
  }

  std::optional<Received<M>> await_resume() const {
    if (hs->slot_.body == nullptr) {
      return std::nullopt;
    }
    return hs->taken<M>();
  }
};

template <class M>
auto Handshake::read_if() {
  return ReadIfLeaf<M>{this};
}

// ---- operations ---------------------------------------------------------------------------------

template <class A>
struct AnswerLeaf {
  Handshake* hs;
  Handshake::Take took = Handshake::Take::wait;

  bool await_ready() {
    took = hs->take_answer();
    return took == Handshake::Take::ready;
  }

  void park(PromiseBase& promise) const { hs->park_answer(promise, took); }

  const A* await_resume() const {
    if constexpr (std::is_same_v<A, Verdict>) {
      return hs->verdict();
    } else if constexpr (std::is_same_v<A, SessionState>) {
      return hs->session();
    } else {
      return &std::get<A>(*hs->answer_);  // `complete` took no other kind
    }
  }
};

inline auto Handshake::sign(const std::shared_ptr<const Credential>& credential,
                            SignatureScheme scheme, Bytes message) {
  ask(Sign{credential, scheme, message}, pulled().signing);
  return AnswerLeaf<Signed>{this};
}

inline auto Handshake::verify_chain(const PeerCertificates& shown, KeyUsage usage) {
  const bool of_server = client_.has_value();
  Evidence evidence =
      of_server ? client_->config->options().evidence : server_->config->options().evidence;
  evidence.revocation.must_staple &= of_server && client_->config->options().request_staples;
  ask(VerifyChain{shown.chain(), of_server ? &client_->name : nullptr,
                  of_server ? client_->config->trust()
                            : server_->config->options().client_authentication.trust(),
                  now_, of_server ? Party::server : Party::client, shown.staples(),
                  shown.sct_lists(), std::move(evidence), shown.type(), usage},
      pulled().chain_verification);
  return AnswerLeaf<Verdict>{this};
}

inline auto Handshake::issue_ticket(Bytes session, UnixTime expires, Bytes id) {
  ask(IssueTicket{server_->config->options().tickets, session, now_, expires, id},
      pulled().tickets);
  return AnswerLeaf<IssuedTicket>{this};
}

inline auto Handshake::redeem_ticket(Bytes ticket) {
  ask(RedeemTicket{server_->config->options().tickets, ticket, now_}, pulled().tickets);
  return AnswerLeaf<SessionState>{this};
}

inline auto Handshake::check_replay(const ReplayRegister::Entry& entry) {
  ask(CheckReplay{server_->config->options().early_data.replays(), entry, now_},
      pulled().replay_register);
  return AnswerLeaf<ReplayVerdict>{this};
}

inline auto Handshake::choose_psk(std::span<const Bytes> identities,
                                  std::span<const KdfIdentifier> kdfs) {
  ask(ChoosePsk{server_->config, identities, kdfs}, pulled().psk_choice);
  return AnswerLeaf<ChosenPsk>{this};
}

inline auto Handshake::agree_on_key(const AgreeOnKey& exchange) {
  ask(exchange, true);
  return AnswerLeaf<AgreedKey>{this};
}

// ---- sending ------------------------------------------------------------------------------------

template <class M>
Result<MutBytes> Handshake::compose(const M& message, std::size_t room) {
  const MutBytes memory = store_.allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer out(memory);
  message::write_message(out, message);
  if (!out.good()) {
    return fail(Reason::internal);
  }
  store_.shrink_last(room - out.size());
  return memory.first(out.size());
}

template <class M>
Result<Bytes> Handshake::send(const M& message, std::size_t room) {
  const auto composed = compose(message, room);
  return composed ? send_composed(type_of(message), *composed) : std::unexpected(composed.error());
}

inline auto Handshake::choose_credential(const ChooseCredential& wanted) {
  ask(wanted, pulled().credential_choice);
  return AnswerLeaf<std::shared_ptr<const Credential>>{this};
}

}  // namespace handfast::handshake
