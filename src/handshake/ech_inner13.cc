#include "handshake/ech_inner13.h"

#include "message/extension_block.h"

#include <algorithm>
#include <array>
#include <span>

namespace handfast::handshake {
namespace {

/// RFC 9849 §6.1.3: up to the longest name, or for the extension that is missing; then to a
/// multiple of 32.
std::size_t padding_of(std::size_t size, NamePadding name) {
  constexpr std::size_t name_extension = 9;  // without the name
  const std::size_t first =
      name.own == 0 ? name.longest + name_extension : std::max(name.longest, name.own) - name.own;
  return first + 31 - (size + first - 1) % 32;
}

/// The extensions of `inner`, those that are `shared` as their types alone.
void write_compressed(codec::Writer& out, const message::ClientHello& inner,
                      SharedExtensions shared) {
  const Bytes all = inner.extensions.wire();
  std::array<ExtensionType, 127> types{};  // as many as ech_outer_extensions holds
  std::size_t count = 0;
  const auto list =
      message::ExtensionList::from_wire(all.subspan(shared.begin, shared.end - shared.begin));
  for (const message::Extension& extension : list) {
    types[count++] = extension.extension_type;
  }
  out.bytes(all.first(shared.begin));
  message::write_extension(
      out, message::OuterExtensions{std::span<const ExtensionType>(types).first(count)});
  out.bytes(all.subspan(shared.end));
}

}  // namespace

std::vector<std::uint8_t> encode_inner_hello(const message::ClientHello& inner,
                                             SharedExtensions shared, NamePadding padding) {
  std::vector<std::uint8_t> extensions(inner.extensions.wire().size() + 260);
  codec::Writer compressed(extensions);
  write_compressed(compressed, inner, shared);
  message::ClientHello encoded = inner;
  encoded.legacy_session_id = {};
  encoded.extensions = message::ExtensionList::from_wire(compressed.written());
  std::vector<std::uint8_t> bytes(64 + inner.cipher_suites.wire().size() + compressed.size());
  codec::Writer out(bytes);
  codec::write(out, encoded);
  bytes.resize(out.size());
  bytes.resize(bytes.size() + padding_of(bytes.size(), padding));
  return bytes;
}

}  // namespace handfast::handshake
