#include "connection/authenticator_message.h"

#include "base/limits.h"
#include "handfast/exported_authenticator.h"

#include <utility>

namespace handfast {
namespace {

/// Takes one message, of at most `most` bytes without its header, off `in`, which reads `all`.
Result<Bytes> take_message(codec::Reader& in, Bytes all, std::size_t most) {
  const std::size_t start = in.offset();
  static_cast<void>(in.number<std::uint8_t>());
  const std::size_t size = in.big_endian<3>();
  if (in.good() && size > most) {
    return fail_limit(Reason::message_too_long, most, size);
  }
  static_cast<void>(in.take(size));
  const auto checked = in.check();
  return checked ? Result<Bytes>(all.subspan(start, message::header_size + size))
                 : std::unexpected(checked.error());
}

}  // namespace

std::unexpected<Error> unexpected_type(HandshakeType expected, HandshakeType got) {
  Facts facts{.kind = Facts::Kind::numbers};
  facts.limit = std::to_underlying(expected);
  facts.got = std::to_underlying(got);
  return fail(Reason::message_unexpected, facts);
}

Result<std::vector<Bytes>> split_authenticator(Bytes authenticator, message::Role receiver) {
  std::vector<Bytes> messages;
  codec::Reader in(authenticator);
  do {
    if (messages.size() == 3) {
      return fail(Reason::message_leftover);
    }
    codec::Reader ahead = in;
    const auto type = static_cast<HandshakeType>(ahead.number<std::uint8_t>());
    const auto message = take_message(in, authenticator, message::size_limit(type, receiver));
    if (!message) {
      return std::unexpected(message.error());
    }
    messages.push_back(*message);
  } while (in.left() > 0);
  return messages;
}

Result<message::CertificateRequest> read_authenticator_request(Bytes bytes, Party asker) {
  codec::Reader in(bytes);
  const auto message = take_message(in, bytes, limits::certificate_request);
  if (!message) {
    return std::unexpected(message.error());
  }
  if (const auto finished = in.finish(); !finished) {
    return std::unexpected(finished.error());
  }
  const HandshakeType expected = asker == Party::client ? HandshakeType::client_certificate_request
                                                        : HandshakeType::certificate_request;
  if (type_of_message(*message) != expected) {
    return unexpected_type(expected, type_of_message(*message));
  }
  // RFC 9261 §4: ClientCertificateRequest "uses the same structure as CertificateRequest".
  return codec::read<message::CertificateRequest>(message->subspan(message::header_size));
}

Result<std::optional<Bytes>> certificate_request_context(Bytes message) {
  codec::Reader in(message);
  const auto type = static_cast<HandshakeType>(in.number<std::uint8_t>());
  const std::size_t size = in.big_endian<3>();
  codec::Reader body(in.take(size));
  if (const auto checked = in.check(); !checked) {
    return std::unexpected(checked.error());
  }
  switch (type) {
    case HandshakeType::finished: return std::nullopt;
    case HandshakeType::certificate:
    case HandshakeType::certificate_request:
    case HandshakeType::client_certificate_request: break;
    default: return unexpected_type(HandshakeType::certificate, type);
  }
  const Bytes context = body.vector(0, 0xff);
  const auto checked = body.check();
  return checked ? Result<std::optional<Bytes>>(context) : std::unexpected(checked.error());
}

}  // namespace handfast
