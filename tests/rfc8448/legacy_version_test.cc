#include "handshake/negotiate13.h"
#include "support/expect.h"
#include "support/rfc8448.h"

#include <vector>

#include <gtest/gtest.h>

namespace handfast::handshake {
namespace {

// RFC 9846 §4.2.2: a ClientHello of TLS 1.3 says 0x0303 in its legacy_version, or is refused.
TEST(Negotiate13, refuses_any_legacy_version_but_that_of_tls_12) {
  auto bytes = test::rfc8448_trace("Simple_1RTT_Handshake").bytes("client_hello_1");
  for (const unsigned minor : {0U, 1U, 2U, 3U, 4U, 255U}) {
    bytes[5] = static_cast<std::uint8_t>(minor);
    const auto hello = message::read_client_hello(Bytes(bytes).subspan(4));
    ASSERT_TRUE(hello);
    const auto choice = negotiate13(ServerOptions{}, *hello);
    if (minor == 3) {
      EXPECT_TRUE(choice);
    } else {
      ASSERT_FAILS(choice, Reason::legacy_version_invalid);
      EXPECT_EQ(choice.error().alert(), Alert::protocol_version);
    }
  }
}

}  // namespace
}  // namespace handfast::handshake
