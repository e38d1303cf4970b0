#include "message/server_hello.h"

namespace handfast::message {

Result<ServerHello> read_server_hello(Bytes body) {
  if (const auto bare = codec::read<BareServerHello>(body)) {
    return ServerHello(*bare);
  }
  return codec::read<ServerHello>(body);
}

}  // namespace handfast::message
