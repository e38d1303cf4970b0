#include "handshake/certificate13.h"

#include "base/limits.h"
#include "compression/compressed_forms.h"

#include <algorithm>

namespace handfast::handshake {
namespace {

using Algorithms = std::span<const CertificateCompressionAlgorithm>;

/// The algorithm of a message, and whether what is in it may be as long as it says.
Result<const compression::Algorithm*> check_form(const message::CompressedCertificate& compressed,
                                                 Algorithms offered, message::Role receiver) {
  // RFC 8879 §4: "The algorithm MUST be one of the algorithms listed in the peer's
  // compress_certificate extension."
  if (std::ranges::find(offered, compressed.algorithm) == offered.end()) {
    return fail(Reason::compression_not_offered);
  }
  // RFC 8879 §4: the limit MUST be that of certificates which are not compressed.
  const std::size_t most = message::size_limit(HandshakeType::certificate, receiver);
  if (compressed.uncompressed_length > most) {
    return fail_limit(Reason::compressed_certificate_too_long, most,
                      compressed.uncompressed_length);
  }
  const auto* const algorithm = compression::find(compressed.algorithm);
  return algorithm != nullptr ? Result<const compression::Algorithm*>(algorithm)
                              : fail(Reason::internal);
}

void settle(Handshake& hs, Party sender, CertificateCompressionAlgorithm algorithm) {
  Settled& settled = hs.settled();
  (sender == Party::server ? settled.compression : settled.client_compression) = algorithm;
}

/// RFC 8879 §5: after decompression the message is processed as if it had come without being
/// compressed.
Result<const message::Certificate*>
decompress(Handshake& hs, const message::CompressedCertificate& compressed, Algorithms offered) {
  const bool is_client = hs.own_party() == Party::client;
  const auto algorithm =
      check_form(compressed, offered, is_client ? message::Role::client : message::Role::server);
  if (!algorithm) {
    return std::unexpected(algorithm.error());
  }
  const std::size_t size = message::header_size + compressed.uncompressed_length;
  const MutBytes whole = hs.heard().allocate(size);
  if (whole.empty()) {
    return hs.heard().refusal(size);
  }
  codec::Writer out(whole);
  out.number(std::to_underlying(HandshakeType::certificate));
  out.big_endian<3>(compressed.uncompressed_length);
  const MutBytes body = out.take(compressed.uncompressed_length);
  if (const auto paid = hs.spend(Work::decompress); !paid) {
    return std::unexpected(paid.error());
  }
  // RFC 8879 §4: "If, after decompression, the specified length does not match the actual length,
  // the party receiving the invalid message MUST abort the connection with the "bad_certificate"
  // alert."
  const auto done = (*algorithm)->decompress(compressed.compressed_certificate_message, body);
  if (!done) {
    return std::unexpected(done.error());
  }
  hs.report(CertificateInside{Flow::received, whole});
  settle(hs, is_client ? Party::server : Party::client, compressed.algorithm);
  const auto certificate = codec::read<message::Certificate>(body);
  if (!certificate) {
    return std::unexpected(certificate.error());
  }
  const auto* const kept = hs.heard().make<message::Certificate>(*certificate);
  return kept != nullptr ? Result<const message::Certificate*>(kept) : fail(Reason::out_of_memory);
}

/// One CertificateEntry: written by hand, as it is ours and not a peer's. A delegated credential
/// belongs to the leaf (RFC 9345 §4.1.1).
void write_entry(codec::Writer& out, const Shown& shown, std::size_t index) {
  const Credential& credential = **shown.credential;
  const Stapled& stapled = credential.all_stapled()[index];
  const std::size_t certificate = out.begin_vector(3);
  out.bytes(credential.certificates()[index]);
  out.end_vector(certificate, 3);
  const std::size_t extensions = out.begin_vector(2);
  if (shown.wants_staple && !stapled.ocsp_response.empty()) {
    message::write_extension(out, message::CertificateStatus{message::CertificateStatusType::ocsp,
                                                             stapled.ocsp_response});
  }
  if (shown.wants_sct_list && !stapled.sct_list.empty()) {
    codec::write(out,
                 message::Extension{ExtensionType::signed_certificate_timestamp, stapled.sct_list});
  }
  if (const Delegation* delegation = credential.delegation(); delegation != nullptr && index == 0) {
    codec::write(out,
                 message::Extension{ExtensionType::delegated_credential, delegation->credential});
  }
  out.end_vector(extensions, 2);
}

/// The bytes that hold all entries, and to spare.
std::size_t room_for(const Credential& credential) {
  std::size_t room = 0;
  for (const Stapled& stapled : credential.all_stapled()) {
    room += 16 + stapled.ocsp_response.size() + stapled.sct_list.size();
  }
  if (const Delegation* delegation = credential.delegation()) {
    room += 4 + delegation->credential.size();
  }
  for (const std::vector<std::uint8_t>& der : credential.certificates()) {
    room += der.size() + 5;
  }
  return room;
}

/// Sends `certificate`, which shows what `shown` says, in its compressed form.
Result<> send_compressed(Handshake& hs, const Shown& shown, const message::Certificate& certificate,
                         std::size_t room) {
  const auto plain = hs.compose(certificate, room);
  if (!plain) {
    return std::unexpected(plain.error());
  }
  const Bytes body = Bytes(*plain).subspan(message::header_size);
  const unsigned stapled = (shown.wants_staple ? 1U : 0U) + (shown.wants_sct_list ? 2U : 0U);
  // What begins with the context of one request is no other's.
  std::vector<std::uint8_t> own;
  Result<Bytes> form;
  if (shown.context.empty()) {
    form = (*shown.credential)->compressed().find_or_make(*shown.compression, stapled, body);
  } else if (auto compressed = shown.compression->compress(body)) {
    own = *std::move(compressed);
    form = own;
  } else {
    form = std::unexpected(compressed.error());
  }
  if (!form) {
    return std::unexpected(form.error());
  }
  const message::CompressedCertificate compressed{.algorithm = shown.compression->id,
                                                  .uncompressed_length =
                                                      static_cast<std::uint32_t>(body.size()),
                                                  .compressed_certificate_message = *form};
  const auto sent = hs.send(compressed, form->size() + 16);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  hs.report(CertificateInside{Flow::sent, *plain});
  settle(hs, hs.own_party(), compressed.algorithm);
  return {};
}

}  // namespace

Task<const message::Certificate*> read_certificate(Handshake& hs, Algorithms offered) {
  if (!offered.empty()) {
    const std::optional<Received<message::CompressedCertificate>> compressed =
        co_await hs.read_if<message::CompressedCertificate>();
    if (compressed) {
      const message::Certificate* inside = co_await decompress(hs, **compressed, offered);
      co_return inside;
    }
  }
  const Received<message::Certificate> certificate = co_await hs.read<message::Certificate>();
  co_return certificate.body;
}

Result<> send_certificate(Handshake& hs, const Shown& shown) {
  message::Certificate certificate{.certificate_request_context = shown.context,
                                   .certificate_list = {}};
  std::size_t room = 16 + shown.context.size();
  if (shown.credential != nullptr) {
    const Credential& credential = **shown.credential;
    room += room_for(credential);
    const MutBytes memory = hs.store().allocate(room);
    if (memory.empty()) {
      return fail(Reason::out_of_memory);
    }
    codec::Writer entries(memory);
    for (std::size_t i = 0; i < credential.certificates().size(); ++i) {
      write_entry(entries, shown, i);
    }
    hs.store().shrink_last(room - entries.size());
    certificate.certificate_list =
        codec::List<message::CertificateEntry>::from_wire(entries.written());
  }
  room += message::header_size;
  if (shown.credential != nullptr && shown.compression != nullptr) {
    return send_compressed(hs, shown, certificate, room);
  }
  const auto sent = hs.send(certificate, room);
  return sent ? Result<>() : std::unexpected(sent.error());
}

}  // namespace handfast::handshake
