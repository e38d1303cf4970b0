#include "wire/assembler.h"

#include "base/limits.h"
#include "support/expect.h"

#include <vector>

#include <gtest/gtest.h>

namespace handfast::wire {
namespace {

using message::Role;

// What becomes of a message of `size` bytes that says so in its header, fed whole or in two pieces.
Result<std::size_t> assemble(HandshakeType type, Role receiver, std::size_t size,
                             std::size_t first_piece) {
  MessageStore store(limits::said_arena);
  Assembler assembler(store, receiver);
  std::vector<std::uint8_t> bytes(message::header_size + size, 0x5a);
  bytes[0] = static_cast<std::uint8_t>(type);
  bytes[1] = static_cast<std::uint8_t>(size >> 16);
  bytes[2] = static_cast<std::uint8_t>(size >> 8);
  bytes[3] = static_cast<std::uint8_t>(size);
  std::size_t taken = 0;
  for (const Bytes piece : {Bytes(bytes).first(first_piece), Bytes(bytes).subspan(first_piece)}) {
    if (const auto fed = assembler.feed(piece); !fed) {
      return std::unexpected(fed.error());
    }
    const auto message = assembler.next();
    if (!message) {
      return std::unexpected(message.error());
    }
    taken = *message ? (*message)->body().size() : taken;
  }
  return taken;
}

void expect_limit(HandshakeType type, Role receiver, std::size_t limit) {
  for (const std::size_t first_piece : {std::size_t{3}, std::size_t{4}, std::size_t{300}}) {
    EXPECT_EQ(assemble(type, receiver, limit, first_piece), limit) << first_piece;
    EXPECT_FAILS(assemble(type, receiver, limit + 1, first_piece), Reason::message_too_long);
  }
}

TEST(Assembler, takes_larger_certificate_messages_as_a_client_than_as_a_server) {
  expect_limit(HandshakeType::certificate, Role::client, std::size_t{64} << 10);
  expect_limit(HandshakeType::certificate, Role::server, std::size_t{32} << 10);
  expect_limit(HandshakeType::compressed_certificate, Role::client, std::size_t{64} << 10);
  expect_limit(HandshakeType::compressed_certificate, Role::server, std::size_t{32} << 10);
}

TEST(Assembler, takes_other_messages_up_to_one_size_as_either) {
  for (const Role receiver : {Role::client, Role::server}) {
    expect_limit(HandshakeType::client_hello, receiver, limits::client_hello);
    expect_limit(HandshakeType::certificate_request, receiver, limits::certificate_request);
    expect_limit(HandshakeType::finished, receiver, limits::other_message);
  }
}

}  // namespace
}  // namespace handfast::wire
