#include "handshake/ech_inner13.h"

#include "base/limits.h"
#include "message/extension_block.h"
#include "message/handshake_message.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

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

/// Those extensions of `inner` that both hellos have.
message::ExtensionList extensions_in(const message::ClientHello& inner, SharedExtensions shared) {
  const Bytes all = inner.extensions.wire();
  return message::ExtensionList::from_wire(all.subspan(shared.begin, shared.end - shared.begin));
}

/// The extensions of `inner`, those that are `shared` as their types alone.
void write_compressed(codec::Writer& out, const message::ClientHello& inner,
                      SharedExtensions shared) {
  const Bytes all = inner.extensions.wire();
  std::array<ExtensionType, 127> types{};  // as many as ech_outer_extensions holds
  std::size_t count = 0;
  for (const message::Extension& extension : extensions_in(inner, shared)) {
    types[count++] = extension.extension_type;
  }
  out.bytes(all.first(shared.begin));
  message::write_extension(
      out, message::OuterExtensions{std::span<const ExtensionType>(types).first(count)});
  out.bytes(all.subspan(shared.end));
}

/// Writes the extensions of the outer hello that `types` names. One pass over both lists is enough:
/// what is missing, named twice or out of order is not found.
Result<> write_named(codec::Writer& out, const codec::List<ExtensionType>& types,
                     const message::ExtensionList& outer) {
  auto extension = outer.begin();
  for (const ExtensionType type : types) {
    while (extension != std::default_sentinel && extension->extension_type != type) {
      ++extension;
    }
    // RFC 9849 §5.1: the server MUST abort with illegal_parameter if an extension is missing in
    // ClientHelloOuter, named more than once, encrypted_client_hello itself, or not in that order.
    if (extension == std::default_sentinel || type == ExtensionType::encrypted_client_hello) {
      return fail(Reason::ech_outer_extensions_invalid);
    }
    codec::write(out, *extension);
    ++extension;
  }
  return {};
}

/// Writes `compressed` with what it refers to in its place.
Result<> write_expanded(codec::Writer& out, const message::ExtensionList& compressed,
                        const message::ExtensionList& outer) {
  bool is_expanded = false;
  for (const message::Extension& extension : compressed) {
    if (extension.extension_type != ExtensionType::ech_outer_extensions) {
      codec::write(out, extension);
      continue;
    }
    if (std::exchange(is_expanded, true)) {
      return fail(Reason::ech_inner_invalid);
    }
    const auto named = codec::read<message::OuterExtensions>(extension.extension_data);
    if (!named) {
      return std::unexpected(named.error());
    }
    if (const auto written = write_named(out, named->types, outer); !written) {
      return written;
    }
  }
  return {};
}

}  // namespace

Result<Bytes> decode_inner_hello(MessageStore& store, Bytes encoded,
                                 const message::ClientHello& outer) {
  codec::Reader in(encoded);
  auto hello = codec::read_fields<message::ClientHello>(in);
  const Bytes padding = in.rest();
  if (const auto read = in.check(); !read) {
    return std::unexpected(read.error());
  }
  // RFC 9849 §5.1: if any padding byte is not zero, the server MUST abort with illegal_parameter.
  if (std::ranges::any_of(padding, [](std::uint8_t byte) { return byte != 0; })) {
    return fail(Reason::ech_inner_invalid);
  }
  hello.legacy_session_id = outer.legacy_session_id;
  // What is named stands for itself once, so the whole is as bounded as its two sources.
  const std::size_t most = hello.extensions.wire().size() + outer.extensions.wire().size();
  std::vector<std::uint8_t> extensions(most);
  const std::size_t room =
      128 + hello.cipher_suites.wire().size() + hello.legacy_compression_methods.size() + most;
  std::vector<std::uint8_t> message(room);
  codec::Writer expanded(extensions);
  if (const auto written = write_expanded(expanded, hello.extensions, outer.extensions); !written) {
    return std::unexpected(written.error());
  }
  hello.extensions = message::ExtensionList::from_wire(expanded.written());
  codec::Writer out(message);
  message::write_message(out, hello);
  if (!expanded.good() || !out.good()) {
    return fail(Reason::internal);
  }
  if (out.size() > limits::client_hello) {
    return fail(Reason::message_too_long);
  }
  const MutBytes kept = store.allocate(out.size());
  if (kept.empty()) {
    return store.refusal(out.size());
  }
  std::ranges::copy(out.written(), kept.begin());
  return kept;
}

std::vector<std::uint8_t> encode_inner_hello(const message::ClientHello& inner,
                                             SharedExtensions shared, NamePadding padding) {
  // One memory for both: the hello in front, and the extensions that it is made of behind it.
  const std::size_t for_extensions = inner.extensions.wire().size() + 260;
  const std::size_t for_hello = 64 + inner.cipher_suites.wire().size() + for_extensions;
  std::vector<std::uint8_t> bytes(for_hello + for_extensions);
  codec::Writer compressed(MutBytes(bytes).subspan(for_hello));
  write_compressed(compressed, inner, shared);
  message::ClientHello encoded = inner;
  encoded.legacy_session_id = {};
  encoded.extensions = message::ExtensionList::from_wire(compressed.written());
  codec::Writer out(MutBytes(bytes).first(for_hello));
  codec::write(out, encoded);
  bytes.resize(out.size());
  bytes.resize(bytes.size() + padding_of(bytes.size(), padding));
  return bytes;
}

std::size_t encoded_inner_size(const message::ClientHello& inner, SharedExtensions shared,
                               NamePadding padding) {
  const auto count = static_cast<std::size_t>(std::ranges::distance(extensions_in(inner, shared)));
  const std::size_t types = 4 + 1 + 2 * count;  // ech_outer_extensions
  const std::size_t extensions = inner.extensions.wire().size() - (shared.end - shared.begin);
  // Version, random, no session id, the lengths of suites and of extensions.
  const std::size_t fixed = 2 + inner.random.size() + 1 + 2 + 2;
  const std::size_t size = fixed + inner.cipher_suites.wire().size() + 1 +
                           inner.legacy_compression_methods.size() + types + extensions;
  return size + padding_of(size, padding);
}

}  // namespace handfast::handshake
