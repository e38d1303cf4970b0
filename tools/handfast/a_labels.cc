#include "handfast/a_labels.h"

#include <algorithm>
#include <memory>

#ifdef HANDFAST_HAS_IDN2
#include <idn2.h>
#endif

namespace handfast::command {

namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

Result<std::string> host_to_a_labels(std::string_view host) {
#ifdef HANDFAST_HAS_IDN2
  char* found = nullptr;
  const std::string asked(host);
  const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  if (::idn2_to_ascii_8z(asked.c_str(), &found, flags) == IDN2_OK) {
    const std::unique_ptr<char, void (*)(void*)> owned(found, ::idn2_free);
    return std::string(owned.get());
  }
#endif
  return fail(Reason::address_invalid);
}

/// Where the host of a name begins.
std::size_t host_of(std::string_view name) {
  for (const std::string_view mark : {"://", "@"}) {
    if (const std::size_t at = name.find(mark); at != std::string_view::npos) {
      return at + mark.size();
    }
  }
  return name.starts_with("*.") ? 2 : 0;
}

}  // namespace

Result<std::string> to_a_labels(std::string_view name) {
  if (is_ascii(name)) {
    return std::string(name);
  }
  const std::size_t start = host_of(name);
  const std::size_t end = std::min(name.find_first_of("/:?#", start), name.size());
  const std::string_view before = name.substr(0, start);
  const std::string_view after = name.substr(end);
  if (!is_ascii(before) || !is_ascii(after)) {
    return fail(Reason::address_invalid);
  }
  const Result<std::string> host = host_to_a_labels(name.substr(start, end - start));
  if (!host) {
    return std::unexpected(host.error());
  }
  return std::string(before) + *host + std::string(after);
}

}  // namespace handfast::command
