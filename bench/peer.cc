#include "bench/peer.h"

#include <stdexcept>

namespace handfast::bench {

void give_up(const std::string& what) { throw std::runtime_error(what); }

void connect(Peer& client, Peer& server, Pipe& to_server, Pipe& to_client) {
  client.open();
  server.open();
  bool client_done = false;
  bool server_done = false;
  for (int turns = 0; !client_done || !server_done; ++turns) {
    if (turns == 4) {
      give_up("the handshake does not end");
    }
    client_done = client.shake_hands(to_client, to_server);
    server_done = server.shake_hands(to_server, to_client);
  }
  if (!to_client.waiting().empty()) {
    client.read_tickets(to_client);
  }
}

}  // namespace handfast::bench
