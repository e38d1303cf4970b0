#include "net/peers.h"

#include "handfast/issue.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"
#include "net/wait.h"

#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace handfast::net {

using namespace std::chrono_literals;

Bound::Bound() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  EXPECT_EQ(::bind(socket.number(), as_sockaddr(storage), sizeof address), 0);
  socklen_t size = sizeof storage;
  EXPECT_EQ(::getsockname(socket.number(), as_sockaddr(storage), &size), 0);
  std::memcpy(&address, &storage, sizeof address);
  port = ntohs(address.sin_port);
}

void Bound::listen() const { EXPECT_EQ(::listen(socket.number(), 5), 0); }

Descriptor Bound::accept() const {
  return Descriptor(::accept4(socket.number(), nullptr, nullptr, SOCK_CLOEXEC));
}

Address loopback(std::uint16_t port) { return look_up("127.0.0.1", port, 1s).value().front(); }

Sides::Sides(Pulled pulled) {
  SigningKey key = SigningKey::generate(CertificateKey::ecdsa_p256).value();
  CertificateOrder order;
  order.common_name = "localhost";
  order.names = {"localhost", "127.0.0.1"};
  order.not_before = {now().seconds - 60};
  order.not_after = {now().seconds + 3600};
  order.server_auth = true;
  const std::vector<std::uint8_t> der = issue_self_signed(order, key).value();
  client = ClientConfig::make(Trust::from_der({der}).value(), {.pulled = pulled}).value();
  server = ServerConfig::make({Credential::make({der}, std::move(key)).value()}, {.pulled = pulled})
               .value();
}

Sides Sides::with_early_data() {
  Sides sides;
  ClientOptions client_options;
  client_options.sessions = std::make_shared<SessionCache>();
  client_options.early_data = true;
  sides.client = ClientConfig::make(sides.client->trust(), client_options).value();
  ServerOptions server_options;
  server_options.tickets = TicketKeys::make().value();
  server_options.early_data = EarlyDataPolicy::accept(std::make_shared<ReplayMemory>(UnixTime{0}));
  sides.server = ServerConfig::make(sides.server->credentials(), server_options).value();
  return sides;
}

Sides Sides::with_later_authentication() {
  Sides sides;
  SigningKey key = SigningKey::generate(CertificateKey::ed25519).value();
  CertificateOrder order;
  order.common_name = "client";
  order.names = {"client.test"};
  order.not_before = {now().seconds - 60};
  order.not_after = {now().seconds + 3600};
  order.client_auth = true;
  const std::vector<std::uint8_t> der = issue_self_signed(order, key).value();
  ClientOptions client_options;
  client_options.credentials = {Credential::make({der}, std::move(key)).value()};
  client_options.post_handshake_auth = true;
  sides.client = ClientConfig::make(sides.client->trust(), client_options).value();
  ServerOptions server_options;
  server_options.client_authentication =
      ClientAuthentication::later(Trust::from_der({der}).value());
  sides.server = ServerConfig::make(sides.server->credentials(), server_options).value();
  return sides;
}

Stream stream_to(std::uint16_t port, const Sides& sides, std::string_view name) {
  Reached reached = reach({loopback(port)}, 5s).value();
  Connection connection =
      Connection::client(sides.client, ServerName::parse(name).value(), now()).value();
  return {std::move(reached.socket), std::move(connection)};
}

}  // namespace handfast::net
