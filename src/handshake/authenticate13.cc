#include "handshake/authenticate13.h"

#include "base/secret.h"
#include "crypto/signature.h"
#include "x509/verify.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace handfast::handshake {
namespace {

/// RFC 9846 §4.5.2: 64 spaces, the context string, a zero, the transcript hash. It lives as long as
/// the handshake.
Result<Bytes> signed_content(MessageStore& store, const crypto::Digest& transcript) {
  static constexpr std::string_view context = "TLS 1.3, server CertificateVerify";
  const MutBytes memory = store.allocate(64 + context.size() + 1 + transcript.size());
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  std::ranges::fill(memory.first(64), std::uint8_t{' '});
  std::ranges::copy(context, memory.begin() + 64);
  memory[64 + context.size()] = 0;
  std::ranges::copy(transcript.bytes(), memory.last(transcript.size()).begin());
  return Bytes(memory);
}

/// The certificates of a message as a list of DER, in the store.
Result<std::span<const Bytes>> list_chain(MessageStore& store, const message::Certificate& message,
                                          std::size_t count) {
  using Chain = std::array<Bytes, limits::certificates_in_message>;
  auto* const chain = store.make<Chain>();
  if (chain == nullptr) {
    return fail(Reason::out_of_memory);
  }
  std::size_t next = 0;
  for (const message::CertificateEntry& entry : message.certificate_list) {
    (*chain)[next++] = entry.cert_data;
  }
  return std::span<const Bytes>(*chain).first(count);
}

Result<> check_verdict(const Verdict& verdict) {
  if (verdict.is_trusted()) {
    return {};
  }
  return std::unexpected(verdict.error() ? *verdict.error() : Error{.reason = Reason::internal});
}

/// The key in the first certificate; an error says that it is about that one.
Result<crypto::PublicKey> key_of_leaf(Bytes leaf) {
  const auto certificate = Certificate::parse(leaf);
  auto key = certificate ? x509::public_key(*certificate) : std::unexpected(certificate.error());
  if (!key) {
    Error error = key.error();
    error.certificate = 0;
    return std::unexpected(error);
  }
  return key;
}

/// Checks the server's signature over the handshake with the key of its leaf.
Result<> check_signature(Bytes leaf, const message::CertificateVerify& verify, Bytes content,
                         std::span<const SignatureScheme> offered) {
  const crypto::Scheme* scheme = crypto::find_scheme(verify.algorithm);
  // RFC 9846 §4.5.2: the scheme MUST be one that the client offered (we offer only what we can
  // check), and RSASSA-PKCS1-v1_5 is for certificates only.
  if (scheme == nullptr || !scheme->in_handshake ||
      std::ranges::find(offered, verify.algorithm) == offered.end()) {
    Facts facts{.kind = Facts::Kind::schemes};
    facts.add_theirs(static_cast<std::uint16_t>(verify.algorithm));
    return fail(Reason::signature_scheme_not_offered, facts);
  }
  const auto key = key_of_leaf(leaf);
  if (!key) {
    return std::unexpected(key.error());
  }
  // RFC 9846 §4.3.3: a scheme of ECDSA names its curve, so scheme and key fit or they do not.
  if (key->kind() != scheme->kind) {
    return fail(Reason::signature_scheme_wrong_key);
  }
  return key->verify({scheme->kind, scheme->padding, scheme->hash}, content, verify.signature);
}

/// The Certificate message of a credential: written by hand, as its entries are ours and not a
/// peer's.
Result<Bytes> send_certificate(Handshake& hs, const Credential& credential) {
  std::size_t room = 16;
  for (const std::vector<std::uint8_t>& der : credential.certificates()) {
    room += der.size() + 5;
  }
  const MutBytes memory = hs.store().allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer entries(memory);
  for (const std::vector<std::uint8_t>& der : credential.certificates()) {
    codec::write(entries, message::CertificateEntry{.cert_data = der, .extensions = {}});
  }
  hs.store().shrink_last(room - entries.size());
  const message::Certificate certificate{
      .certificate_request_context = {},
      .certificate_list = codec::List<message::CertificateEntry>::from_wire(entries.written())};
  return hs.send(certificate, room + message::header_size);
}

}  // namespace

Task<> authenticate_server(Handshake& hs, const Asked* asked) {
  const Received<message::Certificate> certificate = co_await hs.read<message::Certificate>();
  const std::size_t count = co_await check_certificate(*asked, *certificate);
  const std::span<const Bytes> chain = co_await list_chain(hs.store(), *certificate, count);
  if (hs.client().config->trust() != nullptr) {
    const Verdict* verdict = co_await hs.verify_chain(chain);
    hs.report(ChainJudged{verdict});
    co_await check_verdict(*verdict);
  } else {
    hs.leave_unjudged();
  }
  const Received<message::CertificateVerify> verify =
      co_await hs.read<message::CertificateVerify>();
  const Bytes content = co_await signed_content(hs.store(), *verify.before);
  co_await check_signature(chain.front(), *verify, content, asked->options->signature_schemes);
  hs.note_possession();
  hs.settled().scheme = verify->algorithm;
}

Task<> prove_identity(Handshake& hs, const std::shared_ptr<const Credential>* credential,
                      SignatureScheme scheme) {
  co_await send_certificate(hs, **credential);
  const Bytes content = co_await signed_content(hs.store(), hs.transcript());
  const Signed* answer = co_await hs.sign(*credential, scheme, content);
  const message::CertificateVerify verify{.algorithm = scheme, .signature = answer->signature};
  co_await hs.send(verify, 16 + answer->signature.size());
  hs.settled().scheme = scheme;
}

Result<> send_no_certificate(Handshake& hs) {
  const auto sent = hs.send(message::Certificate{}, 16);
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<> send_finished(Handshake& hs, const schedule::TrafficSecret& base) {
  const crypto::Digest verify_data = base.finished(hs.transcript());
  const auto sent = hs.send(message::Finished{.verify_data = verify_data.bytes()},
                            message::header_size + verify_data.size());
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<> check_finished(const Received<message::Finished>& finished,
                        const schedule::TrafficSecret& base) {
  const crypto::Digest expected = base.finished(*finished.before);
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
  return {};
}

}  // namespace handfast::handshake
