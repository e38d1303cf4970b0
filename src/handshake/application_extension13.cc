#include "handshake/application_extension13.h"

#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace handfast::handshake {
namespace {

constexpr std::size_t extension_header = 4;

void write_one(codec::Writer& out, std::uint16_t type, Bytes data) {
  out.number(type);
  out.number(static_cast<std::uint16_t>(data.size()));
  out.bytes(data);
}

bool has(const message::ExtensionList& sent, std::uint16_t type) {
  return std::ranges::any_of(sent, [&](const message::Extension& extension) {
    return std::to_underlying(extension.extension_type) == type;
  });
}

bool knows(const auto& own, std::uint16_t type) {
  return std::ranges::any_of(own, [&](const auto& one) { return one.type == type; });
}

}  // namespace

std::size_t room_for_extensions(const ClientOptions& options) {
  std::size_t room = 0;
  for (const ApplicationExtension& own : options.extensions) {
    room += extension_header + own.data.size();
  }
  return room;
}

std::size_t room_for_extensions(const ServerOptions& options) {
  std::size_t room = 0;
  for (const ExtensionAnswer& own : options.extensions) {
    room += extension_header + (own.data ? own.data->size() : 0);
  }
  return room;
}

void write_application_extensions(codec::Writer& out, const ClientOptions& options) {
  for (const ApplicationExtension& own : options.extensions) {
    write_one(out, own.type, own.data);
  }
}

void answer_application_extensions(codec::Writer& out, const ServerOptions& options,
                                   const message::ExtensionList& sent) {
  for (const ExtensionAnswer& own : options.extensions) {
    if (own.data && has(sent, own.type)) {
      write_one(out, own.type, *own.data);
    }
  }
}

Result<> keep_application_extensions(Handshake& hs, const message::ExtensionList& sent) {
  const bool is_client = hs.own_party() == Party::client;
  std::size_t size = 0;
  for (const message::Extension& extension : sent) {
    const auto type = std::to_underlying(extension.extension_type);
    if (is_client ? knows(hs.client().config->options().extensions, type)
                  : knows(hs.server().config->options().extensions, type)) {
      const Bytes data = extension.extension_data;
      size += data.size();
      if (size > limits::application_extension_bytes) {
        return fail_limit(Reason::handshake_too_large, limits::application_extension_bytes, size);
      }
      hs.settled().peer_extensions.push_back({type, {data.begin(), data.end()}});
    }
  }
  return {};
}

}  // namespace handfast::handshake
