// What a server of TLS 1.3 says in its random where it is talked down. RFC 9846 §4.2.3.
#pragma once

#include "handfast/result.h"
#include "message/client_hello.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace handfast::handshake {

/// The last eight bytes of a random when TLS 1.2, or an older version, is negotiated.
inline constexpr std::array<std::uint8_t, 8> downgrade_to_12 = {'D', 'O', 'W', 'N',
                                                                'G', 'R', 'D', 1};
inline constexpr std::array<std::uint8_t, 8> downgrade_to_11 = {'D', 'O', 'W', 'N',
                                                                'G', 'R', 'D', 0};

/// RFC 9846 §4.2.3: "TLS 1.3 clients receiving a ServerHello indicating TLS 1.2 or below MUST check
/// that the last 8 bytes are not equal to either of these values." Fails: downgrade_detected.
[[nodiscard]] inline Result<> check_no_downgrade(const message::Random& random) {
  const auto tail = std::span(random).last<8>();
  const bool is_talked_down =
      std::ranges::equal(tail, downgrade_to_12) || std::ranges::equal(tail, downgrade_to_11);
  return is_talked_down ? fail(Reason::downgrade_detected) : Result<>();
}

/// Server: "TLS 1.3 servers ... MUST set the last 8 bytes of their Random value specially".
inline void mark_downgrade(message::Random& random) {
  std::ranges::copy(downgrade_to_12, std::span(random).last<8>().begin());
}

}  // namespace handfast::handshake
