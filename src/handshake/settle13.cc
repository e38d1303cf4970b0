#include "handshake/settle13.h"

#include <memory>
#include <utility>

namespace handfast::handshake {

void settle_hellos(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
                   NamedGroup group, bool retried, const schedule::TrafficSecrets& secrets) {
  hs.settled().suite = suite.id;
  hs.settled().group = group;
  hs.settled().retried = retried;
  hs.report(Negotiated{ProtocolVersion::tls13, suite.id, group, retried});
  // RFC 9850 §2.1 names the labels.
  hs.log_secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_random, secrets.client.expose());
  hs.log_secret("SERVER_HANDSHAKE_TRAFFIC_SECRET", client_random, secrets.server.expose());
}

void settle_fragment_length(Handshake& hs, std::uint16_t length) {
  hs.settled().max_fragment_length = length;
  if (length != 0) {
    hs.wire().limit_fragments(length);
  }
}

void settle_heartbeat(Handshake& hs, std::optional<HeartbeatMode> own,
                      std::optional<HeartbeatMode> peers) {
  hs.settled().heartbeat = peers;
  if (own && peers) {
    hs.wire().take_heartbeats();
    hs.established().heartbeat =
        std::make_unique<HeartbeatTerms>(*own, *peers, &hs.chance(), hs.now());
  }
}

Result<> settle_types(Handshake& hs, const SettledTypes& types) {
  const auto type = server_type(hs.client().config->options(), types);
  if (!type) {
    return std::unexpected(type.error());
  }
  hs.settled().server_certificate_type = *type;
  hs.settled().client_certificate_type = types.client.value_or(CertificateType::x509);
  return {};
}

bool asks_client(const Handshake& hs) {
  const ClientAuthentication& clients = hs.server().config->options().client_authentication;
  const bool shows_certificates = hs.session() == nullptr && hs.external_psk() == nullptr;
  const bool is_wanted = clients.mode() == ClientAuthentication::Mode::request ||
                         clients.mode() == ClientAuthentication::Mode::require;
  return shows_certificates && is_wanted;
}

Result<> settle_client_type(Handshake& hs, const message::ClientHello& hello) {
  if (!asks_client(hs)) {
    return {};
  }
  const auto type = choose_client_type(hs.server().config->options(), hello);
  if (!type) {
    return std::unexpected(type.error());
  }
  hs.settled().client_certificate_type = *type;
  return {};
}

void establish(Handshake& hs, const message::Random& client_random, const crypto::Suite& suite,
               schedule::TrafficSecrets traffic, HashSecret exporter) {
  hs.log_secret("CLIENT_TRAFFIC_SECRET_0", client_random, traffic.client.expose());
  hs.log_secret("SERVER_TRAFFIC_SECRET_0", client_random, traffic.server.expose());
  hs.log_secret("EXPORTER_SECRET", client_random, exporter.expose());
  Established& established = hs.established();
  established.suite = &suite;
  established.client = std::move(traffic.client);
  established.server = std::move(traffic.server);
  established.exporter = std::move(exporter);
}

}  // namespace handfast::handshake
