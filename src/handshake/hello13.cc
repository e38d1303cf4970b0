#include "handshake/hello13.h"

#include "handshake/application_extension13.h"
#include "handshake/ech_client13.h"
#include "handshake/resume13.h"

namespace handfast::handshake {

std::string_view name_told(const Handshake& hs) {
  // RFC 9849 §6.1.6: a server that rejects what was hidden is told its public name, as before.
  const bool tells =
      hs.client().config->options().send_server_name || hs.settled().ech == EchOutcome::rejected;
  const ServerName& name = hs.client().name;
  return tells && name.is_dns() ? name.text() : std::string_view();
}

std::size_t room_for_extensions(const Offer& offer, const ClientOptions& options,
                                std::string_view name) {
  std::size_t room = 1024 + name.size() + offer.cookie.size() + room_for_extensions(options);
  for (const OfferedPsk& psk : offer.psks.view()) {
    room += psk.identity.size() + 64;  // binder and lengths
  }
  room += offer.encrypted_client_hello.size();
  room += offer.session12 != nullptr ? offer.session12->ticket.size() : 0;
  for (const std::string& protocol : options.alpn) {
    room += protocol.size() + 1;
  }
  for (const crypto::KeyExchange& share : offer.shares) {
    room += 4 + share.share().size();  // group and length
  }
  return room;
}

std::size_t room_for_suites(const ClientOptions& options) {
  return 2 + 2 * (options.cipher_suites.size() + options.cipher_suites12.size());
}

message::ClientHello hello_of(const Offer& offer, const ClientOptions& options,
                              MutBytes suite_memory, Bytes extensions) {
  static constexpr std::array<std::uint8_t, 1> null_compression = {0};
  message::ClientHello hello;
  hello.random = offer.random;
  hello.legacy_session_id = offer.sent_session_id();
  hello.cipher_suites =
      codec::List<CipherSuite>::from_wire(write_suites(suite_memory, offer, options));
  hello.legacy_compression_methods = null_compression;
  hello.extensions = message::ExtensionList::from_wire(extensions);
  return hello;
}

Result<HelloDraft> draft_hello(Handshake& hs, const Offer& offer, std::string_view name) {
  const ClientOptions& options = hs.client().config->options();
  const MutBytes suite_memory = hs.store().allocate(room_for_suites(options));
  const MutBytes memory = hs.store().allocate(room_for_extensions(offer, options, name));
  if (memory.empty() || suite_memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  return HelloDraft{codec::Writer(memory), suite_memory, memory.size()};
}

Result<ComposedHello> compose_hello(Handshake& hs, const Offer& offer,
                                    const message::Random& random, const HelloDraft& draft) {
  if (!draft.extensions.good()) {
    return fail(Reason::internal);
  }
  hs.store().shrink_last(draft.room - draft.extensions.size());
  message::ClientHello hello = hello_of(offer, hs.client().config->options(), draft.suite_memory,
                                        draft.extensions.written());
  hello.random = random;
  const auto message = hs.compose(hello, 256 + draft.suite_memory.size() + draft.extensions.size());
  if (!message) {
    return std::unexpected(message.error());
  }
  return ComposedHello{*message, hello.extensions};
}

Result<Asked> send_client_hello(Handshake& hs, Offer& offer) {
  if (offer.ech) {
    return send_hidden_hello(hs, offer);
  }
  const ClientOptions& options = hs.client().config->options();
  const std::string_view name = name_told(hs);
  auto draft = draft_hello(hs, offer, name);
  if (!draft) {
    return std::unexpected(draft.error());
  }
  write_extensions(draft->extensions, offer, options, name);
  const auto hello = compose_hello(hs, offer, offer.random, *draft);
  if (!hello) {
    return std::unexpected(hello.error());
  }
  write_binders(hs, offer, hello->message);
  const auto sent = hs.send_composed(HandshakeType::client_hello, hello->message);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  return Asked{&offer, &options, hello->extensions};
}

}  // namespace handfast::handshake
