// What both sides do with what they settled on: tell observers and key log, keep what outlives the
// handshake.
#pragma once

#include "handshake/handshake.h"

namespace handfast::handshake {

/// The hellos are over: tells what they settled on, and the handshake traffic secrets.
void settle_hellos(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
                   NamedGroup group, bool retried, const schedule::TrafficSecrets& secrets);

/// The handshake is over: tells the application traffic secrets and hands them to the connection.
void establish(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
               schedule::TrafficSecrets traffic, HashSecret exporter);

}  // namespace handfast::handshake
