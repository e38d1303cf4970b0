// Exchanges: what servers of each protocol say in clear, and what a client has to say to them.
#pragma once

#include "handfast/starttls.h"

#include <string>
#include <string_view>
#include <vector>

namespace handfast::test {

/// Something the server says, and what is said to it then.
struct Turn {
  std::string heard;  ///< empty: the client speaks first
  std::string said;   ///< empty: nothing; behind the last one TLS begins
};

struct Exchange {
  StartTlsProtocol protocol;
  std::vector<Turn> turns;
};

/// At least one for each protocol, each of which ends with the go-ahead. The name is "mail.test".
[[nodiscard]] const std::vector<Exchange>& good_exchanges();

[[nodiscard]] ServerName exchange_name();

/// A plain stream with the memory around it.
struct Plain {
  explicit Plain(StartTlsProtocol protocol, std::size_t capacity = Input::least);

  /// Hands `bytes` in, `chunk` at a time, until they are over or it fails.
  Result<PlainTurn> hear(std::string_view bytes, std::size_t chunk = 1 << 16);

  /// What was said since the last call.
  std::string take_said();

  std::vector<std::uint8_t> storage;
  Input in;
  Output out;
  StartTls stream;
};

/// What comes of a server that says these things, each when the client has said all that it wants.
[[nodiscard]] Result<PlainTurn> play(StartTlsProtocol protocol,
                                     const std::vector<std::string>& heard);

/// Text from a literal that may hold zero bytes.
template <std::size_t Size>
[[nodiscard]] std::string raw(const char (&literal)[Size]) {
  return {literal, Size - 1};
}

/// A packet of MySQL with this number.
[[nodiscard]] std::string mysql_packet(std::string_view payload, char sequence = 0);

/// The inside of a Handshake of version 10, as MariaDB writes it.
[[nodiscard]] std::string mysql_handshake(std::string_view capabilities);

}  // namespace handfast::test
