// A server with a key of Encrypted Client Hello, and a client that uses it well but for what is
// hidden: the input is changes to the ClientHello around, to the one inside, and to the bytes that
// are sealed.

#include "choices.h"
#include "fuzz.h"
#include "handshakes.h"
#include "support/ech.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace handfast::fuzz {
namespace {

using test::Flight;
using test::Loopback;
using test::OpenHello;
using Buffer = std::vector<std::uint8_t>;

/// What is sealed and all around it fit one record.
constexpr std::size_t longest = 12'000;

Buffer taken(Choices& input) {
  const Bytes bytes = input.bytes(std::min<std::size_t>(input.number(), longest / 8));
  return {bytes.begin(), bytes.end()};
}

void change_hello(Choices& input, OpenHello& hello) {
  enum class Kind : std::uint8_t { erase, repeat, swap, replace, add, session_id, suites, kinds };
  const auto kind = static_cast<Kind>(input.byte() % std::to_underlying(Kind::kinds));
  const std::size_t at = input.byte();
  std::vector<OpenHello::Extension>& all = hello.extensions;
  if (all.empty() && kind < Kind::add) {
    return;
  }
  const auto place = [&all](std::size_t number) {
    return all.begin() + static_cast<std::ptrdiff_t>(all.empty() ? 0 : number % all.size());
  };
  switch (kind) {
    case Kind::erase: all.erase(place(at)); break;
    case Kind::repeat: all.push_back(OpenHello::Extension(*place(at))); break;
    case Kind::swap: std::iter_swap(place(at), place(input.byte())); break;
    case Kind::replace: place(at)->data = taken(input); break;
    case Kind::add: {
      const auto type = static_cast<ExtensionType>(input.number());
      all.insert(place(at), {type, taken(input)});
      break;
    }
    case Kind::session_id: {
      const Bytes id = input.bytes(at % 33);
      hello.session_id.assign(id.begin(), id.end());
      break;
    }
    case Kind::suites: hello.suites = taken(input); break;
    case Kind::kinds: break;
  }
}

/// Whether there is one extension that hides a ClientHello, and nobody has touched it.
bool still_hides(const OpenHello& changed, const OpenHello& before) {
  const auto hides = [](const OpenHello::Extension& extension) {
    return extension.type == ExtensionType::encrypted_client_hello;
  };
  const auto found = std::ranges::find_if(changed.extensions, hides);
  return std::ranges::count_if(changed.extensions, hides) == 1 &&
         found->data == std::ranges::find_if(before.extensions, hides)->data;
}

/// One change to what is sealed.
void change_bytes(Choices& input, Buffer& encoded) {
  enum class Kind : std::uint8_t { flip, cut, insert, repeat, kinds };
  const auto kind = static_cast<Kind>(input.byte() % std::to_underlying(Kind::kinds));
  const std::size_t at = input.number() % (encoded.size() + 1);
  const auto here = encoded.begin() + static_cast<std::ptrdiff_t>(at);
  switch (kind) {
    case Kind::flip: {
      const std::uint8_t value = input.byte();
      if (here != encoded.end()) {
        *here = static_cast<std::uint8_t>(*here ^ value);
      }
      break;
    }
    case Kind::cut: encoded.erase(here, encoded.end()); break;
    case Kind::insert: {
      const Buffer more = taken(input);
      encoded.insert(here, more.begin(), more.end());
      break;
    }
    case Kind::repeat: {
      const Buffer more(here, encoded.end());
      encoded.insert(encoded.end(), more.begin(), more.end());
      break;
    }
    case Kind::kinds: break;
  }
  encoded.resize(std::min(encoded.size(), longest));
}

/// The ClientHello inside, without its padding, as a message.
Buffer message_of(const Buffer& encoded) {
  codec::Reader in(encoded);
  static_cast<void>(codec::read_fields<message::ClientHello>(in));
  return test::handshake_message(HandshakeType::client_hello, Bytes(encoded).first(in.offset()));
}

/// Changes `hello`, which hides another one, as the input has it. Returns whether it did.
bool change(Choices& input, Buffer& hello) {
  const Buffer encoded = test::encoded_inner(hello);
  const OpenHello before = OpenHello::parse(hello);
  OpenHello outer = before;
  for (unsigned count = input.byte() % 8U; count > 0; --count) {
    change_hello(input, outer);
  }
  outer.suites = before.suites;  // of any length they would leave nothing to be read around
  if (!still_hides(outer, before)) {
    outer = before;
  }
  const Buffer message = message_of(encoded);
  OpenHello inner = OpenHello::parse(message);
  for (unsigned count = input.byte() % 8U; count > 0; --count) {
    change_hello(input, inner);
  }
  const Buffer inside = inner.message(HandshakeType::client_hello);
  Buffer sealed = encoded;
  if (inside != message) {
    sealed.assign(inside.begin() + 4, inside.end());
  }
  for (unsigned count = 0; count < 16 && !input.empty(); ++count) {
    change_bytes(input, sealed);
  }
  sealed.resize(std::min(sealed.size(), longest));
  const Buffer around = outer.message(HandshakeType::client_hello);
  if (around == hello && sealed == encoded) {
    return false;
  }
  constexpr std::size_t record = 16'384;
  Buffer changed = test::hide(around, sealed);
  if (changed.size() > record) {
    return false;
  }
  hello = std::move(changed);
  return true;
}

}  // namespace

void feed(Bytes bytes) {
  make_expectations_fatal();
  Choices input(bytes);
  Loopback pair(test::hidden(sides_of(input.byte())));
  bool is_changed = false;
  const test::Edit edit = [&](Flight& flight) {
    is_changed = change(input, test::find(flight, HandshakeType::client_hello).content);
  };
  test::Middle(pair).run({{0U, edit}});
  check(pair.client);
  check(pair.server);
  const bool are_connected = pair.client.connected && pair.server.connected;
  must(!are_connected || pair.agrees());
  must(is_changed || are_connected);
}

}  // namespace handfast::fuzz
