#include "handshake/server_hello13.h"

#include "handshake/ech_server13.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {
namespace {

using ClientHello = message::ClientHello;

/// A ServerHello, or with `hello_retry_request_random` a HelloRetryRequest, in answer to `hello`.
Result<MutBytes> compose_answer(Handshake& hs, const ClientHello& hello, const crypto::Suite& suite,
                                const message::Random& random, Bytes extensions) {
  message::ServerHello answer;
  answer.random = random;
  answer.legacy_session_id_echo = hello.legacy_session_id;  // RFC 9846 §E.4
  answer.cipher_suite = suite.id;
  answer.extensions = message::ExtensionList::from_wire(extensions);
  return hs.compose(answer, 128 + extensions.size());
}

/// The same bytes whenever they are made.
Result<MutBytes> compose_hello_retry(Handshake& hs, const ClientHello& hello,
                                     const RetryTerms& terms, Bytes cookie) {
  const std::size_t room = 64 + cookie.size();
  const MutBytes memory = hs.store().allocate(room);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer extensions(memory);
  message::write_extension(extensions, message::SelectedVersion{ProtocolVersion::tls13});
  if (terms.group) {
    message::write_extension(extensions, message::KeyShareHelloRetryRequest{*terms.group});
  }
  if (!cookie.empty()) {
    message::write_extension(extensions, message::Cookie{cookie});
  }
  if (hs.settled().ech == EchOutcome::accepted) {
    message::write_extension(extensions, message::EchHelloRetryRequest{});
  }
  return compose_answer(hs, hello, *terms.suite, message::hello_retry_request_random,
                        extensions.written());
}

}  // namespace

Result<> send_server_hello(Handshake& hs, const ClientHello& hello, const Choice& choice,
                           const crypto::PublicShare& share, std::optional<std::uint16_t> psk) {
  message::Random random{};
  if (const auto filled = hs.chance().fill(random); !filled) {
    return filled;
  }
  std::array<std::uint8_t, 2048> memory;  // the largest share has 1,665 bytes
  codec::Writer extensions(memory);
  message::write_extension(extensions, message::KeyShareServerHello{{choice.group, share.bytes()}});
  message::write_extension(extensions, message::SelectedVersion{ProtocolVersion::tls13});
  if (psk) {
    message::write_extension(extensions, message::SelectedPsk{*psk});
  }
  const auto message = compose_answer(hs, hello, *choice.suite, random, extensions.written());
  if (!message) {
    return std::unexpected(message.error());
  }
  confirm_ech(hs, hello, choice.suite->hash, *message);
  const auto sent = hs.send_composed(HandshakeType::server_hello, *message);
  return sent ? Result<>() : std::unexpected(sent.error());
}

Result<Bytes> send_hello_retry(Handshake& hs, const Received<ClientHello>& hello,
                               const RetryTerms& terms) {
  const auto cookie = make_cookie(hs, hello.raw, terms);
  if (!cookie) {
    return std::unexpected(cookie.error());
  }
  const MutBytes kept = hs.store().allocate(cookie->size());
  if (kept.size() != cookie->size()) {
    return fail(Reason::out_of_memory);
  }
  std::ranges::copy(*cookie, kept.begin());
  const auto message = compose_hello_retry(hs, *hello, terms, kept);
  if (!message) {
    return std::unexpected(message.error());
  }
  confirm_ech(hs, *hello, terms.suite->hash, *message);
  const auto sent = hs.send_composed(HandshakeType::hello_retry_request, *message);
  return sent ? Result<Bytes>(kept) : std::unexpected(sent.error());
}

Result<> retrace_hello_retry(Handshake& hs, const ClientHello& hello, const RecalledRetry& retry) {
  const auto message = compose_hello_retry(hs, hello, retry.terms, hello.typed.cookie->cookie);
  if (!message) {
    return std::unexpected(message.error());
  }
  hs.begin_transcript(retry.terms.suite->hash, retry.first_hello, *message);
  return {};
}

}  // namespace handfast::handshake
