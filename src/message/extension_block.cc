#include "message/extension_block.h"

#include "base/code_set.h"

namespace handfast::message {

Result<> check_extensions(const ExtensionList& extensions, Place place) {
  if (extensions.empty()) {
    return {};
  }
  CodeSet seen;
  for (const Extension& extension : extensions) {
    const auto type = std::to_underlying(extension.extension_type);
    // RFC 9846 §4.3: "There MUST NOT be more than one extension of the same type in a given
    // extension block."
    if (!seen.insert(type)) {
      return fail(Reason::extension_duplicated,
                  Facts{.kind = Facts::Kind::extension, .theirs_count = 1, .theirs = {type}});
    }
    // RFC 9846 §4.3: an extension that is recognized and not specified for the message in which it
    // appears MUST end the handshake with illegal_parameter.
    const ExtensionRow* row = find_extension(extension.extension_type);
    if (row != nullptr && !row->places.has(place)) {
      return fail(Reason::extension_misplaced,
                  Facts{.kind = Facts::Kind::extension, .theirs_count = 1, .theirs = {type}});
    }
  }
  return {};
}

Result<> check_answered(const ExtensionList& extensions, const ExtensionList& asked) {
  if (extensions.empty()) {
    return {};
  }
  CodeSet sent;
  for (const Extension& extension : asked) {
    sent.insert(std::to_underlying(extension.extension_type));
  }
  for (const Extension& extension : extensions) {
    // RFC 9846 §4.3: "Implementations MUST NOT send extension responses (i.e., in the ServerHello,
    // EncryptedExtensions, HelloRetryRequest, and Certificate messages) if the remote endpoint did
    // not send the corresponding extension requests, with the exception of the "cookie" extension
    // in the HelloRetryRequest."
    // RFC 8701 §3.1: "Clients MUST reject GREASE values when negotiated by the server."
    const auto type = std::to_underlying(extension.extension_type);
    const bool was_asked = sent.contains(type) && !is_grease(type);
    if (!was_asked && extension.extension_type != ExtensionType::cookie) {
      return fail(Reason::extension_unsolicited,
                  Facts{.kind = Facts::Kind::extension, .theirs_count = 1, .theirs = {type}});
    }
  }
  return {};
}

}  // namespace handfast::message
