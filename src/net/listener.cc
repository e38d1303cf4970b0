// Listener: where simple servers take their clients from.
#include "handfast/net.h"
#include "net/wait.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace handfast::net {

namespace {

Reason listen_reason(int error) {
  switch (error) {
    case EADDRINUSE: return Reason::address_in_use;
    case EACCES: return Reason::port_forbidden;
    default: return Reason::unreachable;
  }
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(socket.number(), as_sockaddr(storage), &size);
  // The port stands at the same place in sockaddr_in and sockaddr_in6.
  sockaddr_in address{};
  std::memcpy(&address, &storage, sizeof address);
  return ntohs(address.sin_port);
}

/// The address, without the port.
std::vector<std::uint8_t> host_of(const sockaddr_storage& client) {
  std::array<std::uint8_t, 16> host{};
  std::size_t size = 0;
  if (client.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &client, sizeof address);
    size = sizeof address.sin_addr;
    std::memcpy(host.data(), &address.sin_addr, size);
  } else if (client.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &client, sizeof address);
    size = sizeof address.sin6_addr;
    std::memcpy(host.data(), &address.sin6_addr, size);
  }
  return {host.begin(), host.begin() + static_cast<std::ptrdiff_t>(size)};
}

Result<Descriptor> listen_at(const Address& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, address.bytes().data(), address.bytes().size());
  Descriptor socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket) {
    return fail(Reason::unreachable);
  }
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int off = 0;  // "::" is every address, IPv4's too, whatever the system's default is
  ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const auto size = static_cast<socklen_t>(address.bytes().size());
  if (::bind(socket.number(), as_sockaddr(storage), size) != 0 ||
      ::listen(socket.number(), SOMAXCONN) != 0) {
    return fail(listen_reason(errno));
  }
  return socket;
}

/// Listens at the first address of `host` that can be listened at.
Result<Descriptor> listen_at_any(const std::string& host, std::uint16_t port) {
  const auto addresses = look_up(host, port, default_limit);
  if (!addresses) {
    return std::unexpected(addresses.error());
  }
  Result<Descriptor> socket = listen_at(addresses->front());
  for (std::size_t i = 1; !socket && i < addresses->size(); ++i) {
    socket = listen_at((*addresses)[i]);
  }
  return socket;
}

}  // namespace

Result<Listener> Listener::open(const std::string& host, std::uint16_t port) {
  Result<Descriptor> socket = listen_at_any(host.empty() ? "::" : host, port);
  if (!socket && host.empty()) {  // a system without IPv6
    socket = listen_at_any("0.0.0.0", port);
  }
  if (!socket) {
    return std::unexpected(socket.error());
  }
  const std::uint16_t bound = port_of(*socket);
  return Listener(*std::move(socket), bound);
}

Result<Stream> Listener::accept(std::shared_ptr<const ServerConfig> config) {
  Descriptor socket;
  sockaddr_storage client{};
  do {
    auto size = static_cast<socklen_t>(sizeof client);
    void* const place = &client;
    socket = Descriptor(::accept4(socket_.number(), static_cast<sockaddr*>(place), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    // A client that left before it was taken is no reason to stop.
  } while (!socket && (errno == EINTR || errno == ECONNABORTED));
  if (!socket) {
    return fail(Reason::connection_lost);
  }
  const int on = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Result<Connection> connection = Connection::server(std::move(config), now());
  if (!connection) {
    return std::unexpected(connection.error());
  }
  if (const auto bound = connection->bind_cookies(host_of(client)); !bound) {
    return std::unexpected(bound.error());
  }
  return Stream(std::move(socket), *std::move(connection));
}

}  // namespace handfast::net
