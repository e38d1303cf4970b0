#include "socket.h"

#include <array>
#include <bit>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace handfast::bogo {
namespace {

[[noreturn]] void fail_with_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void connect_to(const net::Descriptor& socket, const Settings& settings) {
  const auto port = htons(static_cast<std::uint16_t>(settings.port));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = port;
  six.sin6_addr = in6addr_loopback;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = port;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The sockets API takes every kind of address by a pointer to another kind.
  const auto* const address =
      settings.ipv6 ? std::bit_cast<const sockaddr*>(&six) : std::bit_cast<const sockaddr*>(&four);
  const socklen_t size = settings.ipv6 ? sizeof six : sizeof four;
  if (::connect(socket.number(), address, size) != 0) {
    fail_with_errno("connect");
  }
}

}  // namespace

Socket::Socket(const Settings& settings)
    : socket_(::socket(settings.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
  const int yes = 1;
  if (!socket_ || ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0) {
    fail_with_errno("socket");
  }
  connect_to(socket_, settings);
  std::array<std::uint8_t, 8> id{};
  for (std::size_t i = 0; i < id.size(); ++i) {
    id[i] = static_cast<std::uint8_t>(settings.shim_id >> (8 * i));
  }
  write(id);
}

Socket::~Socket() {
  ::shutdown(socket_.number(), SHUT_WR);
  std::array<std::uint8_t, 1024> rest;
  while (::recv(socket_.number(), rest.data(), rest.size(), 0) > 0) {
  }
}

std::size_t Socket::read(MutBytes into) const {
  const ssize_t count = ::recv(socket_.number(), into.data(), into.size(), 0);
  // A runner that has left with bytes of ours unread resets the connection: that is its end.
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void Socket::write(Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace handfast::bogo
