// Stream: a connection over a socket whose calls block; and how clients make one.
#include "handfast/net.h"
#include "net/wait.h"

#include <algorithm>

#include <poll.h>
#include <sys/socket.h>

namespace handfast::net {

namespace {

/// How much is sealed before it is sent: a few records, so that long writes need little memory.
constexpr std::size_t write_portion = std::size_t{64} << 10;

/// How long a peer may take to answer close_notify.
constexpr Milliseconds close_limit = std::chrono::seconds(1);

Result<> send_all(const Descriptor& socket, Output& output, Deadline deadline) {
  for (;;) {
    if (const Result<std::size_t> sent = send_some(socket, output); !sent) {
      return std::unexpected(sent.error());
    }
    if (output.pending().empty()) {
      return {};
    }
    if (!wait_for(socket, POLLOUT, deadline)) {
      return fail(Reason::timed_out);
    }
  }
}

/// Receives at least one byte; 0: the peer has closed its side.
Result<std::size_t> receive(const Descriptor& socket, Input& input, Deadline deadline) {
  for (;;) {
    const Result<std::optional<std::size_t>> received = receive_some(socket, input);
    if (!received) {
      return std::unexpected(received.error());
    }
    if (received->has_value()) {
      return **received;
    }
    if (!wait_for(socket, POLLIN, deadline)) {
      return fail(Reason::timed_out);
    }
  }
}

Result<Descriptor> reach_host(const ServerName& name, std::uint16_t port, Deadline deadline) {
  const auto addresses = look_up(std::string(name.text()), port, time_left(deadline));
  if (!addresses) {
    return std::unexpected(addresses.error());
  }
  Result<Reached> reached = reach(*addresses, time_left(deadline));
  return reached ? Result<Descriptor>(std::move(reached->socket))
                 : std::unexpected(reached.error());
}

/// A stream whose handshake is made until `deadline`; its later calls may take `limit`.
Result<Stream> secure(Descriptor socket, Result<Connection> connection, Deadline deadline,
                      Milliseconds limit) {
  if (!connection) {
    return std::unexpected(connection.error());
  }
  Stream stream(std::move(socket), *std::move(connection));
  stream.set_limit(time_left(deadline));
  if (const Result<> done = stream.handshake(); !done) {
    return std::unexpected(done.error());
  }
  stream.set_limit(limit);
  return stream;
}

}  // namespace

Stream::Stream(Descriptor socket, Connection connection)
    : socket_(std::move(socket)), connection_(std::move(connection)), storage_(2 * Input::least),
      input_(storage_) {}

Result<> Stream::handshake() {
  const Deadline deadline = deadline_in(limit_);
  while (!connection_.is_connected()) {
    if (const Result<Event> event = next(deadline); !event) {
      return std::unexpected(event.error());
    }
  }
  return flush(deadline);
}

Result<std::size_t> Stream::send_early(Replayable early) {
  if (connection_.is_connected()) {
    return fail(Reason::called_out_of_order);
  }
  // The first step is the ClientHello, and needs nothing of the peer.
  if (const Result<Event> event = connection_.next(input_, output_); !event) {
    return std::unexpected(event.error());
  }
  std::size_t taken = 0;
  if (connection_.early_data_left() > 0) {
    const Result<std::size_t> sealed = connection_.seal_early(early, output_);
    if (!sealed) {
      return sealed;
    }
    taken = *sealed;
  }
  const Result<> sent = flush(deadline_in(limit_));
  return sent ? Result<std::size_t>(taken) : std::unexpected(sent.error());
}

Result<Bytes> Stream::read() {
  if (!unread_data_.empty()) {
    return std::exchange(unread_data_, {});
  }
  const Deadline deadline = deadline_in(limit_);
  while (!is_closed_by_peer_) {
    const Result<Event> event = next(deadline);
    if (!event) {
      return std::unexpected(event.error());
    }
    if (const auto* data = std::get_if<Data>(&*event); data != nullptr && !data->bytes.empty()) {
      return Bytes(data->bytes);
    }
    note(*event);
  }
  return Bytes();
}

/// What an event means for the calls to come.
void Stream::note(const Event& event) {
  is_closed_by_peer_ = is_closed_by_peer_ || std::holds_alternative<Closed>(event);
  if (const auto* answered = std::get_if<ClientAnswered>(&event)) {
    answer_ = answered->client;
  }
}

Result<> Stream::request_certificate() {
  if (const Result<> requested = connection_.request_certificate(output_); !requested) {
    return requested;
  }
  was_asked_ = true;
  answer_.reset();  // of a question before, which nobody waited for
  return flush(deadline_in(limit_));
}

Result<std::optional<PeerIdentity>> Stream::await_identity() {
  if (!was_asked_) {
    return fail(Reason::called_out_of_order);
  }
  const Deadline deadline = deadline_in(limit_);
  while (!answer_) {
    if (!unread_data_.empty()) {
      return std::nullopt;
    }
    if (is_closed_by_peer_) {
      return fail(Reason::connection_lost);
    }
    const Result<Event> event = next(deadline);
    if (!event) {
      return std::unexpected(event.error());
    }
    if (const auto* data = std::get_if<Data>(&*event)) {
      unread_data_ = data->bytes;
    }
    note(*event);
  }
  was_asked_ = false;
  return std::exchange(answer_, std::nullopt);
}

Result<> Stream::write(Bytes bytes) {
  const Deadline deadline = deadline_in(limit_);
  while (!bytes.empty()) {
    const Bytes portion = bytes.first(std::min(bytes.size(), write_portion));
    const Result<std::size_t> taken = connection_.seal(portion, output_);
    if (!taken) {
      return std::unexpected(taken.error());
    }
    bytes = bytes.subspan(*taken);
    if (const Result<> sent = flush(deadline); !sent) {
      return sent;
    }
  }
  return {};
}

Result<> Stream::write(std::string_view text) { return write(as_bytes(text)); }

Result<> Stream::close() {
  if (const Result<> closed = connection_.close(output_); !closed) {
    return closed;
  }
  unread_data_ = {};  // it lies where what comes now is received
  const Deadline deadline = deadline_in(std::min(limit_, close_limit));
  if (const Result<> sent = flush(deadline); !sent) {
    return sent;
  }
  ::shutdown(socket_.number(), SHUT_WR);
  while (!is_closed_by_peer_) {
    const Result<Event> event = next(deadline);
    is_closed_by_peer_ = !event || std::holds_alternative<Closed>(*event);
  }
  return {};
}

/// One event other than NeedInput, NeedAnswer and EarlyData, which are served here.
Result<Event> Stream::next(Deadline deadline) {
  for (;;) {
    Result<Event> event = connection_.next(input_, output_);
    const Result<> sent = flush(deadline);
    if (!event) {
      return event;
    }
    if (const auto* need = std::get_if<NeedAnswer>(&*event)) {
      if (const Result<> done = connection_.complete(answer(*need->operation)); !done) {
        return std::unexpected(done.error());
      }
      continue;
    }
    if (const auto* early = std::get_if<EarlyData>(&*event)) {
      const Bytes bytes = early->data.bytes;
      early_data_.insert(early_data_.end(), bytes.begin(), bytes.end());
      continue;
    }
    if (!std::holds_alternative<NeedInput>(*event)) {
      return event;
    }
    // A peer that refused something may have closed before it took all; its alert tells more than
    // our failure to send does, so what it sent is read first.
    if (const Result<> filled = fill(deadline); !filled) {
      return std::unexpected(sent ? filled.error() : sent.error());
    }
  }
}

Result<> Stream::flush(Deadline deadline) { return send_all(socket_, output_, deadline); }

Result<> Stream::fill(Deadline deadline) {
  const Result<std::size_t> received = receive(socket_, input_, deadline);
  if (!received) {
    return std::unexpected(received.error());
  }
  connection_.set_time(now());  // a ClientHello or a ticket may be in it
  return *received != 0 ? Result<>() : connection_.eof();
}

Result<Stream> connect(std::shared_ptr<const ClientConfig> config, const std::string& host,
                       std::uint16_t port, Milliseconds limit) {
  const Deadline deadline = deadline_in(limit);
  const Result<ServerName> name = ServerName::parse(host);
  if (!name) {
    return std::unexpected(name.error());
  }
  Result<Descriptor> socket = reach_host(*name, port, deadline);
  if (!socket) {
    return std::unexpected(socket.error());
  }
  Result<Connection> connection = Connection::client(std::move(config), *name, now());
  return secure(*std::move(socket), std::move(connection), deadline, limit);
}

Result<Stream> connect(std::shared_ptr<const ClientConfig> config, StartTlsProtocol protocol,
                       const std::string& host, std::uint16_t port, Milliseconds limit) {
  const Deadline deadline = deadline_in(limit);
  const Result<ServerName> name = ServerName::parse(host);
  if (!name) {
    return std::unexpected(name.error());
  }
  Result<Descriptor> socket = reach_host(*name, port, deadline);
  if (!socket) {
    return std::unexpected(socket.error());
  }
  Result<Connection> connection =
      start_tls(*socket, StartTls(protocol, *name), std::move(config), time_left(deadline));
  return secure(*std::move(socket), std::move(connection), deadline, limit);
}

Result<Connection> start_tls(const Descriptor& socket, StartTls plain,
                             std::shared_ptr<const ClientConfig> config, Milliseconds limit) {
  const Deadline deadline = deadline_in(limit);
  std::vector<std::uint8_t> storage(Input::least);
  Input input(storage);
  Output output;
  for (;;) {
    const Result<PlainTurn> turn = plain.next(input, output);
    if (!turn) {
      return std::unexpected(turn.error());
    }
    if (const Result<> sent = send_all(socket, output, deadline); !sent) {
      return std::unexpected(sent.error());
    }
    if (*turn == PlainTurn::go_ahead) {
      return std::move(plain).upgrade(input, std::move(config), now());
    }
    const Result<std::size_t> received = receive(socket, input, deadline);
    if (!received) {
      return std::unexpected(received.error());
    }
    if (*received == 0) {
      return std::unexpected(plain.eof().error());
    }
  }
}

Result<Stream> connect(const std::string& host, std::uint16_t port) {
  const auto trust = system_trust();
  if (!trust) {
    return std::unexpected(trust.error());
  }
  const auto config = ClientConfig::make(*trust);
  if (!config) {
    return std::unexpected(config.error());
  }
  return connect(*config, host, port);
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace handfast::net
