#include "message/client_hello.h"

namespace handfast::message {
namespace {

/// A ClientHello of TLS 1.2 or older that ends before its extensions. RFC 5246 §7.4.1.2.
struct BareClientHello : ClientHello {
  static constexpr auto layout = ClientHello::head;
};

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
  hello->typed = *extensions;
  return hello;
}

}  // namespace handfast::message
