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
  hello->typed = *extensions;
  return hello;
}

}  // namespace handfast::message
