#include "handshake/authenticate12.h"

#include "base/limits.h"
#include "base/secret.h"
#include "handshake/authenticate13.h"
#include "handshake/claim.h"
#include "handshake/common_choice.h"
#include "handshake/permitted.h"
#include "handshake/settle13.h"
#include "message/empty12.h"

#include <algorithm>
#include <array>
#include <vector>

namespace handfast::handshake {
namespace {

/// The peer's certificates, and what came with them.
Result<const PeerCertificates*>
keep_certificates12(Handshake& hs, const message::Certificate12& certificate,
                    const std::optional<Received<message::CertificateStatus12>>& status,
                    Bytes sct_list) {
  PeerCertificates shown;
  std::size_t count = 0;
  for (const message::Asn1Cert& entry : certificate.certificate_list) {
    if (count == limits::certificates_in_message) {
      return fail(Reason::certificate_list_too_long);
    }
    const bool is_leaf = count++ == 0;
    const bool is_ocsp = status && (*status)->status_type == message::CertificateStatusType::ocsp;
    shown.add(entry.cert_data, is_leaf && is_ocsp ? (*status)->response : Bytes{},
              is_leaf ? sct_list : Bytes{});
  }
  const auto* const kept = hs.heard().make<PeerCertificates>(shown);
  return kept != nullptr ? Result<const PeerCertificates*>(kept)
                         : hs.heard().refusal(sizeof(PeerCertificates));
}

/// RFC 5246 §7.4.2: the server MUST send its certificate.
Result<> check_server_shows12(const message::Certificate12& certificate) {
  return certificate.certificate_list.empty() ? fail(Reason::certificate_list_empty) : Result<>();
}

/// RFC 5246 §7.4.2: with RSA key exchange "the keyEncipherment bit MUST be set if the key usage
/// extension is present"; with the others, "the digitalSignature bit".
KeyUsage leaf_usage(const crypto::Suite& suite) {
  return suite.key_exchange == crypto::KeyExchangeMethod::rsa ? KeyUsage::key_encipherment
                                                              : KeyUsage::digital_signature;
}

}  // namespace

// ---- a client -----------------------------------------------------------------------------------

Task<const PeerCertificates*> authenticate_server12(Handshake& hs, const ServerChoice12* choice) {
  const auto certificate = co_await hs.read<message::Certificate12>();
  co_await check_server_shows12(*certificate);
  std::optional<Received<message::CertificateStatus12>> status;
  if (choice->may_staple) {
    status = co_await hs.read_if<message::CertificateStatus12>();
  }
  const PeerCertificates* shown =
      co_await keep_certificates12(hs, *certificate, status, choice->sct_list);
  if (hs.client().config->trust() != nullptr) {
    const KeyUsage usage = leaf_usage(*choice->suite);
    const Verdict* verdict = co_await hs.verify_chain(*shown, usage);
    hs.report(ChainJudged{verdict});
    co_await check_verdict(*verdict);
  } else {
    hs.leave_unjudged();
  }
  co_return shown;
}

Task<> prove_identity12(Handshake& hs, const Shown* shown) {
  if (shown->credential == nullptr) {
    co_return;
  }
  const Bytes content = co_await hs.messages();
  const Signed* answer = co_await hs.sign(*shown->credential, shown->scheme, content);
  hs.settled().client_scheme = shown->scheme;
  const message::CertificateVerify verify{.algorithm = shown->scheme,
                                          .signature = answer->signature};
  co_await hs.send(verify, 16 + answer->signature.size());
}

// ---- a server -----------------------------------------------------------------------------------

SchemeList schemes12(const message::ClientHello& hello, const Choice12& choice) {
  const auto& groups = hello.typed.supported_groups;
  SchemeList usable;
  if (!hello.typed.signature_algorithms) {
    return usable;
  }
  for (const SignatureScheme id :
       hello.typed.signature_algorithms->supported_signature_algorithms) {
    const crypto::Scheme* const scheme = crypto::find_scheme(id);
    // RFC 8422 §5.1: the client's groups are those of certificates, too.
    const auto curve = scheme != nullptr ? crypto::group_of_curve(scheme->kind) : std::nullopt;
    if (scheme != nullptr && crypto::is_in_12(scheme->kind) &&
        choice.suite_for(scheme->kind) != nullptr &&
        (!curve || (groups && groups->named_group_list.contains(*curve)))) {
      usable.add(id);
    }
  }
  return usable;
}

Result<Shown12> show12(const std::shared_ptr<const Credential>& credential,
                       const message::ClientHello& hello, const Choice12& choice) {
  if (credential == nullptr) {
    return fail(Reason::server_name_unknown);
  }
  if (credential->type() != CertificateType::x509) {
    return fail(Reason::signature_none_common);
  }
  const SchemeList schemes = schemes12(hello, choice);
  const auto scheme = scheme_for(*credential, {schemes.view()});
  const crypto::Scheme* const row = scheme ? crypto::find_scheme(*scheme) : nullptr;
  const crypto::Suite* suite = row != nullptr ? choice.suite_for(row->kind) : nullptr;
  const bool decrypts = choice.by_decryption != nullptr && credential->may_decrypt();
  if (decrypts && (suite == nullptr || choice.prefers_decryption)) {
    suite = choice.by_decryption;
  }
  if (suite == nullptr) {
    return fail(Reason::signature_none_common);
  }
  const auto& status = hello.typed.status_request;
  const bool staples = status && status->status_type == message::CertificateStatusType::ocsp &&
                       !credential->stapled().ocsp_response.empty();
  return Shown12{credential.get(), suite, scheme.value_or(SignatureScheme{}), staples};
}

Result<> send_certificate_status12(Handshake& hs, const Shown12& shown) {
  if (!shown.staples) {
    return {};
  }
  const std::vector<std::uint8_t>& response = shown.credential->stapled().ocsp_response;
  const message::CertificateStatus12 status{message::CertificateStatusType::ocsp, response};
  const auto sent = hs.send(status, 16 + response.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<> check_takes_x509(const ServerOptions& options) {
  const auto& types = options.peer_certificate_types;
  return std::ranges::find(types, CertificateType::x509) != types.end()
             ? Result<>()
             : fail(Reason::certificate_type_none_common);
}

Result<> send_certificate_request12(Handshake& hs) {
  static constexpr std::array types = {ClientCertificateKind::ecdsa_sign,
                                       ClientCertificateKind::rsa_sign};
  const ServerOptions& options = hs.server().config->options();
  SchemeList schemes;
  for (const SignatureScheme id : options.signature_schemes) {
    const crypto::Scheme* const scheme = crypto::find_scheme(id);
    if (scheme != nullptr && crypto::is_in_12(scheme->kind)) {
      schemes.add(id);
    }
  }
  std::array<std::uint8_t, limits::authorities_sent> memory;
  codec::Writer authorities(memory);
  write_authorities(authorities, options.client_authentication);
  message::CertificateRequest12 request;
  request.certificate_types = std::span<const ClientCertificateKind>(types);
  request.supported_signature_algorithms = schemes.view();
  request.certificate_authorities =
      codec::List<message::DistinguishedName>::from_wire(authorities.written());
  const auto sent =
      hs.send(request, room_for_request(options) - (memory.size() - authorities.size()));
  return sent ? Result<>() : std::unexpected(sent.error());
}

Task<const PeerCertificates*> read_client_certificate12(Handshake& hs) {
  const auto certificate = co_await hs.read<message::Certificate12>();
  const std::optional<Received<message::CertificateStatus12>> no_status;
  const Bytes no_scts;
  const PeerCertificates* shown =
      co_await keep_certificates12(hs, *certificate, no_status, no_scts);
  if (shown->empty()) {
    co_await check_may_stay_unknown(hs.server().config->options());
    co_return shown;
  }
  const Verdict* verdict = co_await hs.verify_chain(*shown);
  hs.report(ChainJudged{verdict});
  co_await check_verdict(*verdict);
  co_return shown;
}

Task<ClientProof12> authenticate_client12(Handshake& hs, const PeerCertificates* shown) {
  const Bytes content = co_await hs.messages();
  const auto verify = co_await hs.read<message::CertificateVerify>();
  const SignatureDemand12 demand{shown->chain().front(), content,
                                 hs.server().config->options().signature_schemes,
                                 crypto::SuiteSigner::any};
  co_await hs.spend(Work::check_signature);
  const Claim claim = co_await Claim::check12(*hs.verdict(), *verify, demand);
  hs.note_possession();
  hs.settled().client_scheme = verify->algorithm;
  const ClientProof12 proof{claim, verify.edge};
  co_return proof;
}

Result<> send_ticket12(Handshake& hs, const message::NewSessionTicket12& ticket) {
  const auto sent = hs.send(ticket, 16 + ticket.ticket.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<> send_server_hello_done(Handshake& hs) {
  const auto sent = hs.send(message::ServerHelloDone{}, message::header_size);
  return sent ? Result<>() : std::unexpected(sent.error());
}

void settle_server12(Handshake& hs, const message::ClientHello& hello, const Choice12& choice,
                     const crypto::Suite& suite, bool resumes) {
  Settled& settled = hs.settled();
  settled.version = ProtocolVersion::tls12;
  settled.suite = suite.id;
  settled.group = resumes ? NamedGroup{} : choice.group_of(suite);
  hs.report(Negotiated{ProtocolVersion::tls12, suite.id, settled.group, false});
  const ServerOptions& options = hs.server().config->options();
  // RFC 9325 §3.3: "implementations and deployments SHOULD NOT support TLS-level compression"; null
  // is in every list, and is what ServerHello says.
  const Bytes methods = hello.legacy_compression_methods;
  if (std::ranges::any_of(methods, [](std::uint8_t method) { return method != 0; })) {
    hs.report(CompressionOffered{methods});
  }
  settle_suite12(hs, suite, options.policy, hello.typed.encrypt_then_mac.has_value());
  if (answers_record_limit(options, hello.typed)) {
    // RFC 8449 §4: in TLS 1.2 the limit is of content, without its type.
    hs.wire().limit_records(hello.typed.record_size_limit->record_size_limit + std::size_t{1},
                            options.record_size_limit);
  }
  // Of a session that goes on it was settled when the session was taken up.
  settle_fragment_length(hs, std::max(choice.max_fragment_length, settled.max_fragment_length));
  settle_heartbeat(hs, options.heartbeat, choice.heartbeat);
}

// ---- both ---------------------------------------------------------------------------------------

Result<> send_certificate12(Handshake& hs, const Credential* credential) {
  std::size_t room = 16;
  std::span<message::Asn1Cert> chain;
  if (credential != nullptr) {
    const auto certificates = credential->certificates();
    chain = hs.store().make_all<message::Asn1Cert>(certificates.size());
    if (chain.size() != certificates.size()) {
      return fail(Reason::out_of_memory);
    }
    for (std::size_t i = 0; i < chain.size(); ++i) {
      chain[i].cert_data = certificates[i];
      room += 3 + certificates[i].size();
    }
  }
  const auto sent =
      hs.send(message::Certificate12{std::span<const message::Asn1Cert>(chain)}, room);
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<> send_finished12(Handshake& hs, const schedule::VerifyData& data) {
  const auto sent =
      hs.send(message::Finished{.verify_data = data}, message::header_size + data.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<Confirmation> check_finished12(const Received<message::Finished>& finished,
                                      const schedule::VerifyData& expected) {
  const Bytes data = finished->verify_data;
  if (data.size() != expected.size()) {
    return fail(data.size() < expected.size() ? Reason::message_truncated
                                              : Reason::message_leftover);
  }
  // RFC 5246 §7.4.9: "Recipients of Finished messages MUST verify that the contents are correct."
  return equal_constant_time(expected, data) ? Result<Confirmation>(Confirmation())
                                             : fail(Reason::finished_mismatch);
}

void establish12(Handshake& hs, const schedule::Randoms& randoms, const crypto::Suite& suite,
                 const schedule::MainSecret& secret) {
  // RFC 9850 §2.2: CLIENT_RANDOM, the main secret.
  message::Random client{};
  std::ranges::copy(randoms.client, client.begin());
  hs.log_secret("CLIENT_RANDOM", client, secret.expose());
  Established& established = hs.established();
  established.suite = &suite;
  established.exporter = HashSecret(secret.expose());
  established.randoms.reserve(randoms.client.size() + randoms.server.size());
  established.randoms.assign(randoms.client.begin(), randoms.client.end());
  established.randoms.insert(established.randoms.end(), randoms.server.begin(),
                             randoms.server.end());
  hs.wire().open_for_data();
}

}  // namespace handfast::handshake
