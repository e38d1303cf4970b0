#include "handshake/authenticator13.h"

#include "base/limits.h"
#include "handshake/authenticate13.h"
#include "handshake/credential13.h"
#include "message/finished.h"

#include <array>
#include <span>

namespace handfast::handshake {
namespace {

/// What both sides may ask for beside a certificate, and with what it may be signed.
struct CertificateWishes {
  std::span<const SignatureScheme> schemes;
  std::span<const SignatureScheme> in_chain = {};  ///< empty: those
  std::span<const SignatureScheme> delegated = {};
  bool staples = false;
  bool sct_lists = false;
};

void write_wishes(codec::Writer& out, const CertificateWishes& wishes) {
  message::write_extension(out, message::SignatureAlgorithms{wishes.schemes});
  if (!wishes.in_chain.empty()) {
    message::write_extension(out, message::SignatureAlgorithmsCert{wishes.in_chain});
  }
  if (wishes.staples) {
    message::write_extension(out, message::CertificateStatusWish{});
  }
  if (wishes.sct_lists) {
    message::write_extension(out, message::SignedCertificateTimestampWish{});
  }
  if (!wishes.delegated.empty()) {
    message::write_extension(out, message::DelegatedCredentialWish{wishes.delegated});
  }
}

std::size_t room_for_wishes(const CertificateWishes& wishes) {
  return 32 + 2 * (wishes.schemes.size() + wishes.in_chain.size() + wishes.delegated.size());
}

/// RFC 9261 §5.2: without a request, "the extensions are chosen from those presented in the (D)TLS
/// handshake's ClientHello". Empty: it says nothing of signatures.
std::vector<std::uint8_t> offered_by(const message::ClientHello& hello) {
  if (!hello.typed.signature_algorithms) {
    return {};
  }
  const SchemeList own = usable_schemes(hello);
  const SchemeList in_chain = certificate_schemes(hello);
  const SchemeList delegated = delegated_schemes(hello);
  if (own.view().empty()) {
    return {};
  }
  const auto& status = hello.typed.status_request;
  const CertificateWishes wishes{.schemes = own.view(),
                                 .in_chain = in_chain.view(),
                                 .delegated = delegated.view(),
                                 .staples = status && status->status_type ==
                                                          message::CertificateStatusType::ocsp,
                                 .sct_lists = hello.typed.signed_certificate_timestamp.has_value()};
  std::vector<std::uint8_t> memory(room_for_wishes(wishes));
  codec::Writer out(memory);
  write_wishes(out, wishes);
  memory.resize(out.written().size());
  return memory;
}

/// Whether it may stand where it does: only an answer may decline, and says so in one way alone.
Result<> check_shows(const Authenticator& authenticator, bool shows) {
  return shows != authenticator.declines ? Result<>() : fail(Reason::certificate_list_empty);
}

/// What a server shows: a credential that is chosen as for a ClientHello.
Task<Shown> choose_to_show(Handshake& hs, std::shared_ptr<const Credential>& credential) {
  const Authenticator& authenticator = *hs.authenticator();
  const message::CertificateRequestExtensions asked =
      co_await check_certificate_request(authenticator.request);
  const RequestedSchemes schemes(asked);
  const std::span<const Bytes> authorities =
      co_await authorities_of(hs.heard(), asked.certificate_authorities);
  const ChooseCredential wanted{.config = hs.server().config,
                                .server_name = authenticator.server_name,
                                .schemes = schemes.own.view(),
                                .certificate_schemes = schemes.in_chain.view(),
                                .authorities = authorities,
                                .delegated_schemes = schemes.delegated.view(),
                                .now = hs.now()};
  const auto* chosen = co_await hs.choose_credential(wanted);
  credential = *chosen;
  Shown shown{.context = authenticator.request.certificate_request_context};
  if (credential != nullptr) {
    shown = co_await show_as_asked(credential, authenticator.request, hs.now());
  } else if (!authenticator.answers) {
    co_await fail(Reason::server_name_unknown);
  }
  co_return shown;
}

}  // namespace

std::unique_ptr<AuthenticatorSource> authenticator_source(Handshake& hs,
                                                          const message::ClientHello* hello) {
  const bool is_client = hs.own_party() == Party::client;
  const bool is_wanted = is_client ? hs.client().config->options().exported_authenticators
                                   : hs.server().config->options().exported_authenticators;
  if (!is_wanted) {
    return nullptr;
  }
  return std::make_unique<AuthenticatorSource>(AuthenticatorSource{
      .client = is_client ? hs.client().config : nullptr,
      .server = is_client ? nullptr : hs.server().config,
      .chance = &hs.chance(),
      .hash = hs.established().suite->hash,
      .offered = hello != nullptr ? offered_by(*hello) : std::vector<std::uint8_t>()});
}

std::vector<std::uint8_t> requested_of_server(const ClientOptions& options,
                                              const ServerName* name) {
  const CertificateWishes wishes{.schemes = options.signature_schemes,
                                 .delegated = options.delegated_credential_schemes,
                                 .staples = options.request_staples,
                                 .sct_lists = options.request_sct_lists};
  std::vector<std::uint8_t> memory(room_for_wishes(wishes) + 16 +
                                   (name != nullptr ? name->text().size() : 0));
  codec::Writer out(memory);
  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
  if (name != nullptr && name->is_dns()) {
    const std::vector<std::uint8_t> text(name->text().begin(), name->text().end());
    const message::HostName host{.name_type = 0, .host_name = text};
    message::write_extension(out, message::ServerNameList{std::span(&host, 1)});
  }
  write_wishes(out, wishes);
  memory.resize(out.written().size());
  return memory;
}

std::vector<std::uint8_t> requested_of_client(const ServerOptions& options) {
  std::vector<std::uint8_t> memory(room_for_request(options));
  codec::Writer out(memory);
  // An authenticator is a Certificate, CertificateVerify and Finished: RFC 9261 §5.2 knows of no
  // CompressedCertificate.
  write_request_extensions(out, options, {});
  memory.resize(out.written().size());
  return memory;
}

Task<> make_authenticator13(Handshake& hs) {
  const Authenticator& authenticator = *hs.authenticator();
  const message::CertificateRequest& request = authenticator.request;
  std::shared_ptr<const Credential> credential;
  Shown shown{.context = request.certificate_request_context};
  if (!authenticator.declines && hs.own_party() == Party::server) {
    shown = co_await choose_to_show(hs, credential);
  } else if (!authenticator.declines) {
    shown = co_await show_to_server(hs.client().config->options(), request, hs.now());
    shown.compression = nullptr;
  }
  co_await prove_identity(hs, &shown);
  co_await send_finished(hs, *authenticator.key);
}

Task<> judge_authenticator13(Handshake& hs) {
  const Authenticator& authenticator = *hs.authenticator();
  const auto certificate = co_await hs.read<message::Certificate>();
  std::span<const SignatureScheme> own;
  std::span<const SignatureScheme> delegated;
  if (hs.own_party() == Party::client) {
    own = hs.client().config->options().signature_schemes;
    delegated = hs.client().config->options().delegated_credential_schemes;
  } else {
    own = hs.server().config->options().signature_schemes;
    delegated = hs.server().config->options().delegated_credential_schemes;
  }
  const OfferedSchemes offered{own, delegated};
  std::optional<Claim> claim;
  const CertificateType type = CertificateType::x509;
  claim = co_await judge_answer(hs, authenticator.request, certificate.body, offered, type);
  co_await check_shows(authenticator, claim.has_value());
  const auto finished = co_await hs.read<message::Finished>();
  const Confirmation confirmation = co_await check_finished(finished, *authenticator.key);
  if (claim) {
    hs.established().peer = claim->confirm(confirmation);
  }
}

}  // namespace handfast::handshake
