#include "handshake/authenticate13.h"

#include "base/limits.h"
#include "base/secret.h"
#include "handshake/certificate13.h"
#include "handshake/delegated13.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace handfast::handshake {
namespace {

/// What a signature is for, so that it can be taken for nothing else.
std::string_view signature_context(const Handshake& hs, Party signer) {
  if (hs.authenticator() != nullptr) {
    return "Exported Authenticator";  // RFC 9261 §5.2.2
  }
  return signer == Party::server ? "TLS 1.3, server CertificateVerify"
                                 : "TLS 1.3, client CertificateVerify";
}

/// RFC 9846 §4.5.2: 64 spaces, the context string, a zero, the transcript hash. It lives as long as
/// the handshake.
Result<Bytes> signed_content(Handshake& hs, Party signer, const crypto::Digest& transcript) {
  const std::string_view context = signature_context(hs, signer);
  const MutBytes memory = hs.store().allocate(64 + context.size() + 1 + transcript.size());
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  std::ranges::fill(memory.first(64), std::uint8_t{' '});
  std::ranges::copy(context, memory.begin() + 64);
  memory[64 + context.size()] = 0;
  std::ranges::copy(transcript.bytes(), memory.last(transcript.size()).begin());
  return Bytes(memory);
}

/// Checks the form of a Certificate and keeps what is in it as long as the handshake.
Result<const PeerCertificates*> keep_certificates(MessageStore& store,
                                                  const message::CertificateRequest& asked,
                                                  const message::Certificate& message,
                                                  CertificateType type) {
  const auto certificates =
      check_certificate(asked.extensions, message, type, asked.certificate_request_context);
  if (!certificates) {
    return std::unexpected(certificates.error());
  }
  const auto* const kept = store.make<PeerCertificates>(*certificates);
  return kept != nullptr ? Result<const PeerCertificates*>(kept) : fail(Reason::out_of_memory);
}

// RFC 9846 §4.5.1.3: "If the server supplies an empty Certificate message, the client MUST abort
// the handshake with a "decode_error" alert."
Result<> check_server_shows(const PeerCertificates& certificates) {
  return certificates.empty() ? fail(Reason::certificate_list_empty) : Result<>();
}

Result<> send_certificate_verify(Handshake& hs, const Signed& answer, SignatureScheme scheme) {
  (hs.own_party() == Party::server ? hs.settled().scheme : hs.settled().client_scheme) = scheme;
  const message::CertificateVerify verify{.algorithm = scheme, .signature = answer.signature};
  const auto sent = hs.send(verify, 16 + answer.signature.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

/// Whether the names of all anchors of `trust` are to be told.
bool are_told(const Trust& trust) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < trust.size(); ++i) {
    size += 2 + trust.anchor(i).subject.size();
  }
  return !trust.has_pins() && size <= limits::authorities_sent;
}

void write_authorities_extension(codec::Writer& out, const ClientAuthentication& clients) {
  const auto& told = clients.authorities();
  const Trust& trust = *clients.trust();
  const bool is_empty = told ? told->empty() : trust.size() == 0 || !are_told(trust);
  if (!is_empty) {  // RFC 9846 §4.3.4: authorities<3..2^16-1>
    codec::write_element(out, ExtensionType::certificate_authorities);
    const std::size_t extension = out.begin_vector(2);
    const std::size_t list = out.begin_vector(2);
    write_authorities(out, clients);
    out.end_vector(list, 2);
    out.end_vector(extension, 2);
  }
}

}  // namespace

void write_authorities(codec::Writer& out, const ClientAuthentication& clients) {
  if (const auto& told = clients.authorities()) {
    for (const auto& name : *told) {
      codec::write(out, message::DistinguishedName{name});
    }
    return;
  }
  const Trust& trust = *clients.trust();
  for (std::size_t i = 0; are_told(trust) && i < trust.size(); ++i) {
    codec::write(out, message::DistinguishedName{trust.anchor(i).subject});
  }
}

// RFC 9846 §4.5.1.3: a server whose client sends no certificate MAY continue without client
// authentication, or abort the handshake with certificate_required.
Result<> check_may_stay_unknown(const ServerOptions& options) {
  return options.client_authentication.mode() != ClientAuthentication::Mode::require
             ? Result<>()
             : fail(Reason::certificate_required);
}

Task<> authenticate_server(Handshake& hs, const Asked* asked) {
  const message::Certificate* certificate =
      co_await read_certificate(hs, asked->options->certificate_compression);
  const CertificateType type = hs.settled().server_certificate_type;
  const message::CertificateRequest request{.certificate_request_context = {},  // so to speak
                                            .extensions = asked->extensions};
  const PeerCertificates* shown =
      co_await keep_certificates(hs.heard(), request, *certificate, type);
  co_await check_server_shows(*shown);
  if (hs.client().config->trust() != nullptr) {
    const Verdict* verdict = co_await hs.verify_chain(*shown);
    hs.report(ChainJudged{verdict});
    co_await check_verdict(*verdict);
  } else {
    hs.leave_unjudged();
  }
  const OfferedSchemes offered{asked->options->signature_schemes,
                               asked->options->delegated_credential_schemes};
  const std::optional<Delegated> delegated = co_await take_delegation(hs, *shown, offered);
  const Received<message::CertificateVerify> verify =
      co_await hs.read<message::CertificateVerify>();
  const Bytes content = co_await signed_content(hs, Party::server, *verify.before);
  const SignatureDemand demand{shown->chain().front(), content, asked->options->signature_schemes,
                               type, delegated};
  co_await hs.spend(Work::check_signature);
  co_await check_signature(*verify, demand);
  hs.note_possession();
  hs.settled().scheme = verify->algorithm;
}

Task<std::optional<Claim>> authenticate_client(Handshake& hs, message::CertificateRequest asked) {
  const ServerOptions& options = hs.server().config->options();
  const message::Certificate* certificate =
      co_await read_certificate(hs, options.certificate_compression);
  const OfferedSchemes offered{options.signature_schemes, options.delegated_credential_schemes};
  const CertificateType type = hs.settled().client_certificate_type;
  std::optional<Claim> claim;
  claim = co_await judge_answer(hs, asked, certificate, offered, type);
  if (!claim) {
    co_await check_may_stay_unknown(options);
  }
  co_return claim;
}

Task<std::optional<Claim>> judge_answer(Handshake& hs, message::CertificateRequest asked,
                                        const message::Certificate* certificate,
                                        OfferedSchemes offered, CertificateType type) {
  const PeerCertificates* shown = co_await keep_certificates(hs.heard(), asked, *certificate, type);
  if (shown->empty()) {
    co_return std::nullopt;
  }
  const Verdict* verdict = co_await hs.verify_chain(*shown);
  hs.report(ChainJudged{verdict});
  co_await check_verdict(*verdict);
  const std::optional<Delegated> delegated = co_await take_delegation(hs, *shown, offered);
  const Received<message::CertificateVerify> verify =
      co_await hs.read<message::CertificateVerify>();
  const Party signer = hs.own_party() == Party::server ? Party::client : Party::server;
  const Bytes content = co_await signed_content(hs, signer, *verify.before);
  const SignatureDemand demand{shown->chain().front(), content, offered.handshake, type, delegated};
  co_await hs.spend(Work::check_signature);
  const Claim claim = co_await Claim::check(*verdict, *verify, demand);
  hs.note_possession();
  (signer == Party::server ? hs.settled().scheme : hs.settled().client_scheme) = verify->algorithm;
  co_return claim;
}

Task<> prove_identity(Handshake& hs, const Shown* shown) {
  co_await send_certificate(hs, *shown);
  if (shown->credential == nullptr) {
    co_return;
  }
  if (const Delegation* own = (*shown->credential)->delegation()) {
    const bool is_server = hs.own_party() == Party::server;
    (is_server ? hs.settled().delegated_until : hs.settled().client_delegated_until) = own->expires;
  }
  const Bytes content = co_await signed_content(hs, hs.own_party(), hs.transcript());
  const Signed* answer = co_await hs.sign(*shown->credential, shown->scheme, content);
  co_await send_certificate_verify(hs, *answer, shown->scheme);
}

std::size_t room_for_request(const ServerOptions& options) {
  return 64 + 2 * options.signature_schemes.size() +
         2 * options.delegated_credential_schemes.size() +
         2 * options.certificate_compression.size() + limits::authorities_sent;
}

void write_request_extensions(codec::Writer& out, const ServerOptions& options,
                              std::span<const CertificateCompressionAlgorithm> compression) {
  message::write_extension(out, message::SignatureAlgorithms{std::span(options.signature_schemes)});
  if (!compression.empty()) {
    message::write_extension(out, message::CertificateCompressionAlgorithms{compression});
  }
  if (options.request_staples) {
    message::write_extension(out, message::CertificateStatusWish{});
  }
  if (!options.delegated_credential_schemes.empty()) {
    message::write_extension(
        out, message::DelegatedCredentialWish{std::span(options.delegated_credential_schemes)});
  }
  write_authorities_extension(out, options.client_authentication);
}

Result<message::CertificateRequest> send_certificate_request(Handshake& hs) {
  const ServerOptions& options = hs.server().config->options();
  const std::size_t room = room_for_request(options);
  const MutBytes memory = hs.store().allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer extensions(memory);
  write_request_extensions(extensions, options, options.certificate_compression);
  hs.store().shrink_last(room - extensions.size());
  const message::CertificateRequest request{
      .certificate_request_context = {},
      .extensions = message::ExtensionList::from_wire(extensions.written())};
  const auto sent = hs.send(request, 16 + extensions.size());
  return sent ? Result<message::CertificateRequest>(request) : std::unexpected(sent.error());
}

Result<> send_finished(Handshake& hs, const schedule::FinishedKey& key) {
  const crypto::Digest verify_data = key.over(hs.transcript());
  const auto sent = hs.send(message::Finished{.verify_data = verify_data.bytes()},
                            message::header_size + verify_data.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<Confirmation> check_finished(const Received<message::Finished>& finished,
                                    const schedule::FinishedKey& key) {
  const crypto::Digest expected = key.over(*finished.before);
  // RFC 9846 §6: a message with an out-of-range length MUST end with decode_error.
  if (finished->verify_data.size() != expected.size()) {
    return fail(finished->verify_data.size() < expected.size() ? Reason::message_truncated
                                                               : Reason::message_leftover);
  }
  // RFC 9846 §4.5.3: "Recipients of Finished messages MUST verify that the contents are correct and
  // if incorrect MUST terminate the connection with a "decrypt_error" alert."
  if (!equal_constant_time(expected.bytes(), finished->verify_data)) {
    return fail(Reason::finished_mismatch);
  }
  return Confirmation();
}

}  // namespace handfast::handshake
