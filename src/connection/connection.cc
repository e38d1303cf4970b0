#include "handfast/connection.h"

#include "connection/state.h"

#include <utility>

namespace handfast {

Result<Connection> Connection::client(std::shared_ptr<const ClientConfig> config, ServerName name,
                                      UnixTime now) {
  if (config == nullptr) {
    return fail(Reason::configuration_empty);
  }
  return Connection(std::make_unique<State>(
      handshake::ClientRole{std::move(config), std::move(name)}, now, State::system_chance()));
}

Result<Connection> Connection::server(std::shared_ptr<const ServerConfig> config, UnixTime now) {
  if (config == nullptr) {
    return fail(Reason::configuration_empty);
  }
  return Connection(std::make_unique<State>(handshake::ServerRole{std::move(config)}, now,
                                            State::system_chance()));
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}

Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Event> Connection::next(Input& in, Output& out) { return state_->next(in, out); }

std::size_t Connection::open(Input& in, std::span<MutBytes> parts, Output& out) {
  return state_->open(in, parts, out);
}

Result<> Connection::complete(Answer answer) { return state_->complete(std::move(answer)); }

Result<std::size_t> Connection::seal(std::span<const Bytes> parts, Output& out) {
  return state_->seal(parts, out);
}

Result<std::size_t> Connection::seal_early(Replayable early, Output& out) {
  return state_->seal_early(early.bytes, out);
}

std::size_t Connection::early_data_left() const { return state_->early_data_left(); }

Result<> Connection::close(Output& out) { return state_->close(out); }

Result<> Connection::abort(Output& out) { return state_->abort(out); }

Result<> Connection::eof() { return state_->eof(); }

Result<> Connection::update_keys(Output& out, bool ask_peer) {
  return state_->update_keys(out, ask_peer);
}

Result<> Connection::request_certificate(Output& out) { return state_->request_certificate(out); }

Result<> Connection::send_heartbeat(Output& out) { return state_->send_heartbeat(out); }

Result<> Connection::export_keying_material(std::string_view label, std::optional<Bytes> context,
                                            MutBytes out) const {
  return state_->export_keying_material(label, context, out);
}

Result<> Connection::export_early_keying_material(std::string_view label, Bytes context,
                                                  MutBytes out) const {
  return state_->export_early_keying_material(label, context, out);
}

void Connection::set_time(UnixTime now) { state_->set_time(now); }

Result<> Connection::bind_cookies(Bytes client) { return state_->bind_cookies(client); }

Result<std::array<std::uint8_t, 32>> Connection::channel_binding() const {
  std::array<std::uint8_t, 32> binding{};
  // RFC 9266 §2 has a zero-length context; in TLS 1.2, where that is not the same as none,
  // everybody who does this has none.
  const auto exported = export_keying_material("EXPORTER-Channel-Binding", std::nullopt, binding);
  return exported ? Result<std::array<std::uint8_t, 32>>(binding)
                  : std::unexpected(exported.error());
}

std::string Connection::where() const { return state_->where(); }

bool Connection::is_connected() const { return state_->is_connected(); }

const Settled& Connection::settled() const { return state_->settled(); }

const PeerIdentity& Connection::peer() const { return state_->peer(); }

const Verdict* Connection::verdict() const { return state_->verdict(); }

void Connection::observe_with(Observer* observer) { state_->observe_with(observer); }

void Connection::log_keys_to(KeyLog* log) { state_->log_keys_to(log); }

}  // namespace handfast
