// Exported authenticators: either side of a connection proves more about itself, at any time, in
// bytes that the application carries. RFC 9261.
#pragma once

#include "handfast/bytes.h"
#include "handfast/connection.h"
#include "handfast/identity.h"
#include "handfast/operation.h"
#include "handfast/result.h"
#include "handfast/server_name.h"
#include "handfast/time.h"
#include "handfast/verdict.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace handfast {

/// An authenticator to be handed to the peer.
struct AuthenticatorMade {
  std::vector<std::uint8_t> bytes;
  bool is_empty;  ///< it says that nothing is shown: nothing fitted, or it was declined
};

/// What the peer's authenticator says, and proves.
struct AuthenticatorJudged {
  /// Who the peer has proved to be, besides who it was before; or Anonymous: it was asked and has
  /// shown nothing, which is proved too.
  PeerIdentity peer;
  const Verdict* verdict;  ///< on its chain; nullptr: it showed none. Valid as long as the exchange
};

/// An authenticator while it is made or judged.
///
/// Whatever goes wrong with it, the connection stays as it is and no alert is sent, as the peer
/// hears of it from the application alone: `Error::alert` is what a handshake would have ended
/// with.
///
/// Confined: one thread at a time, with the ExportedAuthenticators that it is of.
class AuthenticatorExchange {
 public:
  using Event = std::variant<NeedAnswer, AuthenticatorMade, AuthenticatorJudged>;

  AuthenticatorExchange(AuthenticatorExchange&&) noexcept;
  AuthenticatorExchange& operator=(AuthenticatorExchange&&) noexcept;
  ~AuthenticatorExchange();

  /// Goes on. Where the configuration has no operation `pulled`, the first call brings the end.
  /// Fails: called_out_of_order after the end; after a failure always with the same error. One that
  /// is made, with what `Sign` or `ChooseCredential` ended with, and what the request is refused
  /// for; authenticator_context_used if another exchange was faster. One that is judged, with what
  /// is wrong with it: message_*, extension_*, certificate_context_invalid, certificate_list_*,
  /// delegat*, signature_*, finished_mismatch, the verdict's reason, authenticator_context_used.
  Result<Event> next();

  /// Answers the operation of the last NeedAnswer; `next` goes on with it. Fails:
  /// called_out_of_order if none waits or the answer is of another kind.
  Result<> complete(Answer answer);

  /// The judgement of the peer's chain, also after a failure, to say why; nullptr: there is none.
  /// Trusted certificates prove nothing of the peer without `AuthenticatorJudged`. Valid as long as
  /// this object.
  [[nodiscard]] const Verdict* verdict() const;

  class State;  ///< the library's inside

  /// For the library itself.
  explicit AuthenticatorExchange(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

/// What clients and servers have in common. It holds what it needs of its connection, so it can be
/// used after that has moved; it is to go when that ends, well or not, as it holds secrets of it
/// that nobody may use any longer (RFC 9846 §6).
///
/// Authenticators are independent of each other: none says anything about who the peer was before.
/// They take 512 steps (a request made, answered or judged by) on one connection, 64 of them
/// judgements.
///
/// Confined: one thread at a time, with its exchanges.
class ExportedAuthenticators {
 public:
  /// Answers the peer's `request`, which is copied. A client shows the first of
  /// `ClientOptions::credentials` that fits, a server the credential that it would choose for a
  /// ClientHello that asked so (which knows no oid_filters: they are held against it afterwards);
  /// where none fits, or `ChooseCredential` is answered by a plain `Refused`, the authenticator is
  /// empty. A credential that the caller chose and that does not fit ends the exchange
  /// (certificate_type_none_common, signature_none_common). Each request can be answered once.
  /// `now` is what dates are compared with. Fails: message_*, extension_*, oid_filters_invalid,
  /// server_name_malformed for a request that is no good; authenticator_context_used,
  /// authenticator_flood. RFC 9261 §5.2.
  Result<AuthenticatorExchange> answer(Bytes request, UnixTime now);

  /// Answers the peer's `request` by saying that nothing will be shown. Fails: as `answer`. RFC
  /// 9261 §6.
  Result<AuthenticatorExchange> decline(Bytes request, UnixTime now);

  class State;  ///< the library's inside

 protected:
  explicit ExportedAuthenticators(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

/// The authenticators of a client's connection.
class ClientAuthenticators : public ExportedAuthenticators {
 public:
  /// Those of `connection`, once: contexts must not be used twice. Fails: called_out_of_order
  /// before Connected, exported_authenticators_unavailable where the options do not have
  /// `exported_authenticators`, the second time, and for a server's connection; with the error that
  /// the connection has ended with.
  static Result<ClientAuthenticators> of(Connection& connection);

  /// A request (ClientCertificateRequest) for a certificate for `name`, with what the options ask
  /// of certificates, and a context that nobody can foresee. Fails:
  /// exported_authenticators_unavailable without a Trust, random_failed, authenticator_flood. RFC
  /// 9261 §4.
  Result<std::vector<std::uint8_t>> request(const ServerName& name);

  /// Judges the `authenticator` that answers `request`, which was made here: whether its
  /// certificates are trusted by the configuration's `Trust` for `name`, and its sender owns them.
  /// Both are copied. Each request is good for one answer. Fails: exported_authenticators_*,
  /// authenticator_request_unknown, authenticator_context_used, authenticator_flood, message_*.
  Result<AuthenticatorExchange> judge(Bytes request, Bytes authenticator, const ServerName& name,
                                      UnixTime now);

  /// Judges an `authenticator` that the server made without being asked. Fails: as `judge`.
  Result<AuthenticatorExchange> judge_unasked(Bytes authenticator, const ServerName& name,
                                              UnixTime now);

 private:
  using ExportedAuthenticators::ExportedAuthenticators;
};

/// The authenticators of a server's connection. RFC 9261 §5: "Clients MUST NOT send an
/// authenticator without a preceding authenticator request", so there is nothing that could judge
/// one.
class ServerAuthenticators : public ExportedAuthenticators {
 public:
  /// As `ClientAuthenticators::of`.
  static Result<ServerAuthenticators> of(Connection& connection);

  /// A request (CertificateRequest), with what the options ask of clients' certificates, and a
  /// context that nobody can foresee. Fails: exported_authenticators_unavailable if
  /// `client_authentication` has no Trust, random_failed, authenticator_flood. RFC 9261 §4.
  Result<std::vector<std::uint8_t>> request();

  /// Judges the `authenticator` that answers `request`, which was made here, by the Trust of
  /// `client_authentication`. Otherwise as a client's.
  Result<AuthenticatorExchange> judge(Bytes request, Bytes authenticator, UnixTime now);

  /// Makes an authenticator that nobody asked for, of the credential for `name` (for an address: of
  /// the first), with what the client's ClientHello said of signatures, staples and timestamps.
  /// Fails: signature_none_common if that
  /// took no signatures, authenticator_flood, random_failed; its exchange with what the choice of a
  /// credential fails with. RFC 9261 §3, §5.2.
  Result<AuthenticatorExchange> make_unasked(const ServerName& name, UnixTime now);

 private:
  using ExportedAuthenticators::ExportedAuthenticators;
};

/// The context of a request or an authenticator, inside `message`; nothing: it is an empty
/// authenticator, which has none. Its form is not checked further. Fails: message_*. RFC 9261 §7.2.
Result<std::optional<Bytes>> certificate_request_context(Bytes message);

}  // namespace handfast
