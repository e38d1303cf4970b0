// Extension blocks: a message's extensions, checked as a whole and parsed into typed members.
#pragma once

#include "handfast/result.h"
#include "message/extension_table.h"

#include <cstddef>
#include <optional>
#include <tuple>

namespace handfast::message {

/// Checks what holds for every block: no extension twice, none where it may not stand.
Result<> check_extensions(const ExtensionList& extensions, Place place);

/// Checks an answer: it may hold only what was asked for. `asked` are the extension types of the
/// request.
Result<> check_answered(const ExtensionList& extensions, const ExtensionList& asked);

/// Whether `extension` is of the type of this member of `block`; then it is stored there, or
/// `stored` says why not.
template <class Block, class X>
bool store_extension(Block& block, std::optional<X> Block::* member, const Extension& extension,
                     Result<>& stored) {
  if (extension.extension_type != X::type) {
    return false;
  }
  const Result<X> body = codec::read<X>(extension.extension_data);
  if (body) {
    (block.*member).emplace(*body);
  } else {
    stored = std::unexpected(body.error());
  }
  return true;
}

/// Parses `extensions` into a Block, which names its `place` and the tuple `members` of its
/// optional extensions. Those without a member are left alone. Fails: as `check_extensions`, or as
/// `codec::read`.
template <class Block>
Result<Block> read_extensions(const ExtensionList& extensions) {
  if (const auto checked = check_extensions(extensions, Block::place); !checked) {
    return std::unexpected(checked.error());
  }
  Block block;
  Result<> stored;
  for (const Extension& extension : extensions) {
    std::apply(
        [&](auto... member) {
          static_cast<void>((store_extension(block, member, extension, stored) || ...));
        },
        Block::members);
    if (!stored) {
      return std::unexpected(stored.error());
    }
  }
  return block;
}

/// Appends `body` as an extension.
template <class X>
void write_extension(codec::Writer& out, const X& body) {
  codec::write_element(out, X::type);
  const std::size_t place = out.begin_vector(2);
  codec::write(out, body);
  out.end_vector(place, 2);
}

}  // namespace handfast::message
