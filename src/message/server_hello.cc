#include "message/server_hello.h"

namespace handfast::message {
namespace {

/// A ServerHello of TLS 1.2 or older that ends before its extensions. RFC 5246 §7.4.1.3.
struct BareServerHello : ServerHello {
  static constexpr auto layout = ServerHello::head;
};

}  // namespace

Result<ServerHello> read_server_hello(Bytes body) {
  if (const auto bare = codec::read<BareServerHello>(body)) {
    return ServerHello(*bare);
  }
  return codec::read<ServerHello>(body);
}

}  // namespace handfast::message
