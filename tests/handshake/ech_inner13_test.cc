// EncodedClientHelloInner: there and back, and whatever else somebody may seal. RFC 9849 §5.1.
#include "handshake/ech_inner13.h"

#include "message/extension_block.h"
#include "message/handshake_message.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using handshake::decode_inner_hello;
using handshake::encode_inner_hello;
using handshake::encoded_inner_size;
using handshake::SharedExtensions;
using message::ClientHello;
using message::Extension;
using Buffer = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 1> no_compression = {0};
constexpr std::array<std::uint8_t, 4> suites = {0x13, 0x01, 0x13, 0x02};

Buffer extensions(const std::vector<std::pair<unsigned, Buffer>>& list) {
  Buffer bytes(4000);
  codec::Writer out(bytes);
  for (const auto& [type, data] : list) {
    codec::write(out, Extension{static_cast<ExtensionType>(type), data});
  }
  bytes.resize(out.size());
  return bytes;
}

ClientHello hello_with(Bytes extensions, Bytes session_id) {
  ClientHello hello;
  hello.random.fill(7);
  hello.legacy_session_id = session_id;
  hello.cipher_suites = codec::List<CipherSuite>::from_wire(suites);
  hello.legacy_compression_methods = no_compression;
  hello.extensions = message::ExtensionList::from_wire(extensions);
  return hello;
}

/// An inner and an outer hello that have three extensions in common.
struct Hellos {
  Buffer session_id = Buffer(32, 9);
  Buffer inner_bytes = extensions({{0, {1, 2, 3}},
                                   {0xfe0d, {1}},
                                   {10, {0, 2, 0, 29}},
                                   {51, Buffer(300, 5)},
                                   {0x1a1a, {}},
                                   {41, Buffer(90, 6)}});
  Buffer outer_bytes = extensions({{0x1234, {7}},
                                   {10, {0, 2, 0, 29}},
                                   {0, {4}},
                                   {51, Buffer(300, 5)},
                                   {0xfe0d, {0, 1}},
                                   {0x1a1a, {}}});
  ClientHello inner = hello_with(inner_bytes, session_id);
  ClientHello outer = hello_with(outer_bytes, session_id);
  SharedExtensions shared{7 + 5, inner_bytes.size() - 94};
};

TEST(EncodedInner, is_decoded_to_what_it_was) {
  const Hellos hellos;
  const Buffer encoded = encode_inner_hello(hellos.inner, hellos.shared, {.own = 3, .longest = 9});
  EXPECT_LT(encoded.size(), 300U) << "what both have is not there twice";
  MessageStore store(limits::said_arena);
  const auto decoded = decode_inner_hello(store, encoded, hellos.outer);
  ASSERT_TRUE(decoded);
  Buffer expected(2000);
  codec::Writer out(expected);
  message::write_message(out, hellos.inner);
  expected.resize(out.size());
  EXPECT_TRUE(std::ranges::equal(*decoded, expected));
}

// RFC 9849 §6.1.3.
TEST(EncodedInner, has_a_length_that_tells_little) {
  const Hellos hellos;
  const auto size = [&](std::size_t own, std::size_t longest) {
    return encode_inner_hello(hellos.inner, hellos.shared, {own, longest}).size();
  };
  for (std::size_t longest = 0; longest < 100; ++longest) {
    for (std::size_t own = 0; own < 100; ++own) {
      EXPECT_EQ(size(own, longest) % 32, 0U);
      EXPECT_EQ(encoded_inner_size(hellos.inner, hellos.shared, {own, longest}),
                size(own, longest));
    }
  }
  EXPECT_EQ(size(50, 40), size(50, 0)) << "it is a hint, not a limit";
  EXPECT_EQ(size(10, 40), size(26, 56)) << "30 bytes to the longest";
  EXPECT_EQ(size(0, 31), size(8, 48)) << "40 bytes for the extension that is missing";
}

TEST(EncodedInner, may_have_any_bit_flipped) {
  const Hellos hellos;
  const Buffer encoded = encode_inner_hello(hellos.inner, hellos.shared, {.own = 3});
  unsigned decoded = 0;
  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    Buffer changed = encoded;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    MessageStore store(limits::said_arena);
    if (const auto message = decode_inner_hello(store, changed, hellos.outer)) {
      ++decoded;
      static_cast<void>(message::read_client_hello(message->subspan(message::header_size)));
    }
  }
  EXPECT_GT(decoded, 100U) << "a random value, suites, content";
}

TEST(EncodedInner, may_end_anywhere) {
  const Hellos hellos;
  const Buffer encoded = encode_inner_hello(hellos.inner, hellos.shared, {.own = 3});
  codec::Reader in(encoded);
  static_cast<void>(codec::read_fields<ClientHello>(in));
  for (std::size_t size = 0; size <= encoded.size(); ++size) {
    MessageStore store(limits::said_arena);
    const Buffer cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode_inner_hello(store, cut, hellos.outer).has_value(), size >= in.offset());
  }
}

TEST(EncodedInner, grows_no_larger_than_its_sources) {
  // As many references as there may be, to as much as there may be.
  Hellos hellos;
  std::vector<std::pair<unsigned, Buffer>> many;
  Buffer types = {254};
  for (unsigned type = 0x2000; type < 0x2000 + 127; ++type) {
    many.emplace_back(type, Buffer(20, 1));
    types.push_back(static_cast<std::uint8_t>(type >> 8));
    types.push_back(static_cast<std::uint8_t>(type));
  }
  const Buffer outer_bytes = extensions(many);
  const Buffer inner_bytes = extensions({{0xfd00, types}});
  const ClientHello outer = hello_with(outer_bytes, hellos.session_id);
  ClientHello inner = hello_with(inner_bytes, {});
  Buffer encoded(1000);
  codec::Writer out(encoded);
  codec::write(out, inner);
  encoded.resize(out.size());
  MessageStore store(limits::said_arena);
  const auto message = decode_inner_hello(store, encoded, outer);
  ASSERT_TRUE(message);
  EXPECT_LT(message->size(), encoded.size() + outer_bytes.size());
  std::swap(types[1], types[3]);
  std::swap(types[2], types[4]);
  const Buffer disordered = extensions({{0xfd00, types}});
  inner = hello_with(disordered, {});
  codec::Writer again(encoded);
  codec::write(again, inner);
  EXPECT_FAILS(decode_inner_hello(store, encoded, outer), Reason::ech_outer_extensions_invalid);
}

TEST(EncodedInner, is_no_longer_than_a_hello_may_be) {
  const Hellos hellos;
  const Buffer large = extensions({{0x2000, Buffer(3000, 1)}});
  Buffer four;
  for (unsigned i = 0; i < 6; ++i) {
    four.insert(four.end(), large.begin(), large.end());
  }
  Buffer encoded(20'000);
  codec::Writer out(encoded);
  codec::write(out, hello_with(four, {}));
  encoded.resize(out.size());
  MessageStore store(limits::said_arena);
  EXPECT_FAILS(decode_inner_hello(store, encoded, hellos.outer), Reason::message_too_long);
}

}  // namespace
}  // namespace handfast::test
