#include "handshake/post_authentication13.h"

#include "base/limits.h"
#include "handshake/authenticate13.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace handfast::handshake {
namespace {

/// RFC 9113 §9.2.3: "HTTP/2 servers MUST NOT send post-handshake TLS 1.3 CertificateRequest
/// messages. HTTP/2 clients MUST treat a TLS post-handshake CertificateRequest message as a
/// connection error".
bool forbids_requests(std::string_view alpn) { return alpn == "h2"; }

/// Whether a server can ask and judge a client that shows certificates of `type`.
bool can_judge(const ServerOptions& options, CertificateType type) {
  return options.client_authentication.trust() != nullptr &&
         std::ranges::find(options.peer_certificate_types, type) !=
             options.peer_certificate_types.end();
}

/// RFC 9846 §4.4.2: "The certificate_request_context MUST be unique within the scope of this
/// connection (thus preventing replay of client CertificateVerify messages)." The empty one is that
/// of the main handshake.
Result<> take_context(PostAuthentication& post, Bytes context) {
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, context);
  const bool is_used = std::ranges::any_of(post.contexts, [&](const crypto::Digest& used) {
    return std::ranges::equal(used.bytes(), digest.bytes());
  });
  if (context.empty() || is_used) {
    return fail(Reason::certificate_context_invalid);
  }
  if (post.contexts.size() == limits::certificate_requests) {
    return fail_limit(Reason::post_handshake_flood, limits::certificate_requests,
                      limits::certificate_requests + 1);
  }
  post.contexts.push_back(digest);
  return {};
}

/// The request that waits for an answer, as the views that it was once sent as.
Result<message::CertificateRequest> waiting_request(const PostAuthentication& post) {
  return codec::read<message::CertificateRequest>(
      Bytes(post.request).subspan(message::header_size));
}

}  // namespace

std::unique_ptr<PostAuthentication> post_authentication(const Handshake& hs, bool offered) {
  const bool is_client = hs.own_party() == Party::client;
  // Only a handshake in which certificates were shown has settled on a type for the client's.
  const bool has_type = hs.session() == nullptr && hs.external_psk() == nullptr;
  const CertificateType type =
      has_type ? hs.settled().client_certificate_type : CertificateType::x509;
  // RFC 9846 §4.4.2: servers that authenticate with an external PSK MUST NOT ask, neither in the
  // main handshake nor later. A session that began with one goes on by it.
  const bool by_external_psk = hs.external_psk() != nullptr;
  if (!offered || by_external_psk || forbids_requests(hs.settled().alpn) ||
      (!is_client && !can_judge(hs.server().config->options(), type))) {
    return nullptr;
  }
  return std::make_unique<PostAuthentication>(
      PostAuthentication{.client = is_client ? std::optional(hs.client()) : std::nullopt,
                         .server = is_client ? std::nullopt : std::optional(hs.server()),
                         .chance = &hs.chance(),
                         .transcript = hs.running_transcript(),
                         .type = type,
                         .now = hs.now(),
                         .contexts = {},
                         .request = {}});
}

Task<> post_authenticate_client13(Handshake& hs) {
  PostAuthentication& post = hs.post();
  const auto request = co_await hs.read<message::CertificateRequest>();
  co_await take_context(post, request->certificate_request_context);
  Shown shown;
  shown = co_await show_to_server(post.client->config->options(), *request, hs.now(), post.type);
  co_await prove_identity(hs, &shown);
  co_await send_finished(hs, *post.secret);
}

Task<> post_authenticate_server13(Handshake& hs) {
  PostAuthentication& post = hs.post();
  const message::CertificateRequest request = co_await waiting_request(post);
  std::optional<Claim> claim;
  claim = co_await authenticate_client(hs, request);
  const auto finished = co_await hs.read<message::Finished>();
  const Confirmation confirmation = co_await check_finished(finished, *post.secret);
  if (claim) {
    hs.established().peer = claim->confirm(confirmation);
  }
}

Result<std::vector<std::uint8_t>> make_certificate_request(const PostAuthentication& post) {
  const ServerOptions& options = post.server->config->options();
  // RFC 9846 §4.4.2: "the server SHOULD make the context unpredictable to the client (e.g., by
  // randomly generating it)".
  std::array<std::uint8_t, 32> context{};
  if (const auto filled = post.chance->fill(context); !filled) {
    return std::unexpected(filled.error());
  }
  std::vector<std::uint8_t> memory(room_for_request(options));
  codec::Writer extensions(memory);
  write_request_extensions(extensions, options, options.certificate_compression);
  const message::CertificateRequest request{
      .certificate_request_context = context,
      .extensions = message::ExtensionList::from_wire(extensions.written())};
  std::vector<std::uint8_t> message(message::header_size + 3 + context.size() + extensions.size());
  codec::Writer out(message);
  message::write_message(out, request);
  return out.good() && out.size() == message.size()
             ? Result<std::vector<std::uint8_t>>(std::move(message))
             : fail(Reason::internal);
}

}  // namespace handfast::handshake
