// The peak of the coroutine frames: the one figure that the public API does not show.

#include "bench/footprint.h"
#include "bench/peer.h"
#include "handshake/handshake.h"
#include "wire/stream_wire.h"

#include <algorithm>
#include <utility>

namespace handfast::bench {
namespace {

using handshake::Handshake;
using handshake::Want;

/// A handshake alone, on a stream.
struct End {
  template <class Role>
  End(wire::Role side, Role role, handshake::Chance& chance)
      : wire(side, 0), handshake(wire, std::move(role), {now()}, chance) {
    wire.assemble_in(&handshake.store());
    wire.write_to(&out);
  }

  /// Goes on as far as the bytes that came reach. True once the handshake is over.
  bool step() {
    for (;;) {
      handshake.advance();
      if (handshake.want() == Want::failed || !wire.flush()) {
        give_up("handshake: " + std::string(handshake.failure().text()));
      }
      if (handshake.want() == Want::done) {
        return true;
      }
      const auto incoming = wire.receive(in);
      if (!incoming) {
        give_up("handshake: " + std::string(incoming.error().text()));
      }
      if (incoming->kind == wire::Incoming::Kind::need_input) {
        return false;
      }
    }
  }

  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(2 * Input::least);
  Input in{memory};
  Output out;
  wire::StreamWire wire;
  Handshake handshake;
};

void pass_on(End& from, End& to) { from.out.consume(to.in.append(from.out.pending())); }

template <class T>
T take(Result<T> result) {
  if (!result) {
    give_up("frames: " + std::string(result.error().text()));
  }
  return *std::move(result);
}

}  // namespace

void measure_frames(Footprint& footprint) {
  auto trust = take(Trust::from_der({chain().root}));
  auto credential = take(Credential::make({chain().leaf, chain().intermediate},
                                          take(SigningKey::from_pem(chain().key_pem))));
  handshake::Chance chance;
  End client(wire::Role::client,
             handshake::ClientRole{take(ClientConfig::make(std::move(trust))),
                                   take(ServerName::parse(server_name))},
             chance);
  End server(wire::Role::server,
             handshake::ServerRole{take(ServerConfig::make({std::move(credential)}))}, chance);
  bool client_done = false;
  bool server_done = false;
  for (int turns = 0; turns < 4 && !(client_done && server_done); ++turns) {
    client_done = client.step();
    pass_on(client, server);
    server_done = server.step();
    pass_on(server, client);
  }
  if (!client_done || !server_done) {
    give_up("frames: the handshake does not end");
  }
  footprint.client_frames = client.handshake.frame_arena().peak();
  footprint.server_frames = server.handshake.frame_arena().peak();
  footprint.frame_spills =
      client.handshake.frame_arena().spills() + server.handshake.frame_arena().spills();
}

}  // namespace handfast::bench
