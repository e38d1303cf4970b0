#include "handfast/serve_listen.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace handfast::serve {

namespace {

/// Enough for a thousand clients that knock at the same moment.
constexpr int backlog = 4096;

/// Any socket address; the members share their first bytes, as POSIX means it.
union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_storage storage;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> look_up(const Endpoint& endpoint, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const char* host = endpoint.host.empty() ? nullptr : endpoint.host.c_str();
  if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found) != 0) {
    return fail(Reason::name_not_found);
  }
  return Addresses(found, &freeaddrinfo);
}

Error bind_error() {
  switch (errno) {
    case EADDRINUSE: return Error{.reason = Reason::address_in_use};
    case EACCES:
    case EPERM: return Error{.reason = Reason::port_forbidden};
    default: return Error{.reason = Reason::unreachable};
  }
}

Result<net::Descriptor> listen_at(const addrinfo& address) {
  net::Descriptor socket(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Connections that linger from an earlier run must not keep the port.
  setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (!socket || bind(socket.number(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(socket.number(), backlog) != 0) {
    return std::unexpected(bind_error());
  }
  return socket;
}

std::uint16_t port_of(const net::Descriptor& socket) {
  Address address{};
  socklen_t size = sizeof address;
  getsockname(socket.number(), &address.any, &size);
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

std::string text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> room{};
  const bool is_v6 = address.any.sa_family == AF_INET6;
  const void* bytes = is_v6 ? static_cast<const void*>(&address.v6.sin6_addr)
                            : static_cast<const void*>(&address.v4.sin_addr);
  const char* shown = inet_ntop(address.any.sa_family, bytes, room.data(), room.size());
  return shown != nullptr ? shown : "?";
}

/// Every address of the endpoint, on one port.
Result<Listening> listen_once(const Endpoint& endpoint) {
  Listening listening{.sockets = {}, .port = endpoint.port};
  auto addresses = look_up(endpoint, endpoint.port);
  if (!addresses) {
    return std::unexpected(addresses.error());
  }
  Error trouble{.reason = Reason::unreachable};
  for (const addrinfo* one = addresses->get(); one != nullptr; one = one->ai_next) {
    addrinfo address = *one;
    Address place{};
    // The first address may have been given a free port; the others follow it.
    if (one->ai_family == AF_INET) {
      place.v4 = *static_cast<const sockaddr_in*>(static_cast<const void*>(one->ai_addr));
      place.v4.sin_port = htons(listening.port);
    } else if (one->ai_family == AF_INET6) {
      place.v6 = *static_cast<const sockaddr_in6*>(static_cast<const void*>(one->ai_addr));
      place.v6.sin6_port = htons(listening.port);
    } else {
      continue;
    }
    address.ai_addr = &place.any;
    auto socket = listen_at(address);
    if (socket) {
      listening.port = port_of(*socket);
      listening.sockets.push_back(std::move(*socket));
    } else if (socket.error().reason == Reason::address_in_use) {
      return std::unexpected(socket.error());
    } else {
      trouble = socket.error();
    }
  }
  if (listening.sockets.empty()) {
    return std::unexpected(trouble);
  }
  return listening;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(Reason::address_invalid);
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  Endpoint endpoint;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, endpoint.port);
  if (error != std::errc{} || stopped != end || digits.empty()) {
    return fail(Reason::address_invalid);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return fail(Reason::address_invalid);
  }
  endpoint.host = host;
  return endpoint;
}

Result<Listening> listen_on(const Endpoint& endpoint) {
  // A port that is free at the first address may be taken at the second: then another is drawn.
  for (int tries = 0;; ++tries) {
    auto listening = listen_once(endpoint);
    if (listening || endpoint.port != 0 || tries == 20 ||
        listening.error().reason != Reason::address_in_use) {
      return listening;
    }
  }
}

std::expected<Accepted, AcceptTrouble> accept_from(const net::Descriptor& socket) {
  Address address{};
  socklen_t size = sizeof address;
  net::Descriptor client(
      accept4(socket.number(), &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client) {
    // What is sent is whole when it is sent: nothing is won by waiting for more.
    const int on = 1;
    setsockopt(client.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Accepted{.socket = std::move(client), .address = text(address)};
  }
  switch (errno) {
    case EAGAIN: return std::unexpected(AcceptTrouble::none_waits);
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return std::unexpected(AcceptTrouble::no_descriptors);
    default: return std::unexpected(AcceptTrouble::left_already);
  }
}

}  // namespace handfast::serve
