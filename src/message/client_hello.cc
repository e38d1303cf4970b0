#include "message/client_hello.h"

namespace handfast::message {

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
  hello->typed = *extensions;
  return hello;
}

}  // namespace handfast::message
