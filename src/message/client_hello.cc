#include "message/client_hello.h"

namespace handfast::message {
namespace {

Result<> check_ech(const EchClientHello& ech) {
  switch (ech.form) {
    case EchClientHelloType::outer: {
      const auto outer = codec::read<OuterEchClientHello>(ech.content);
      return outer ? Result<>() : std::unexpected(outer.error());
    }
    case EchClientHelloType::inner:
      return ech.content.empty() ? Result<>() : fail(Reason::message_leftover);
  }
  // RFC 9849 §7: a type that is neither MUST end with illegal_parameter.
  return fail(Reason::ech_type_invalid);
}

}  // namespace

Result<ClientHello> read_client_hello(Bytes body) {
  if (const auto bare = codec::read<BareClientHello>(body)) {
    return ClientHello(*bare);
  }
  auto hello = codec::read<ClientHello>(body);
  if (!hello) {
    return hello;
  }
  const auto extensions = read_extensions<ClientHelloExtensions>(hello->extensions);
  if (!extensions) {
    return std::unexpected(extensions.error());
  }
  // RFC 6066 §8: the type says which form the request has; ocsp is the only one known here.
  const auto& status = extensions->status_request;
  if (status && status->status_type == CertificateStatusType::ocsp) {
    if (const auto request = codec::read<OcspStatusRequest>(status->request); !request) {
      return std::unexpected(request.error());
    }
  }
  if (const auto& ech = extensions->encrypted_client_hello) {
    if (const auto checked = check_ech(*ech); !checked) {
      return std::unexpected(checked.error());
    }
  }
  hello->typed = *extensions;
  return hello;
}

}  // namespace handfast::message
