// Handfast's side of the comparison: the public API as a server with a loop of its own would use
// it, with buffers that outlive the connections.

#include "bench/peer.h"
#include "handfast/connection.h"
#include "handfast/resumption.h"
#include "handfast/tickets.h"

#include <optional>
#include <utility>
#include <vector>

namespace handfast::bench {
namespace {

class HandfastPeer : public Peer {
 public:
  bool shake_hands(Pipe& in, Pipe& out) override {
    bool connected = connection_->is_connected();
    for (bool waits = false; !waits && !connected;) {
      in.consume(input_.append(in.waiting()));
      const auto event = connection_->next(input_, output_);
      if (!event) {
        give_up("Handfast: " + std::string(event.error().text()));
      }
      connected = std::holds_alternative<Connected>(*event);
      waits = std::holds_alternative<NeedInput>(*event) && in.waiting().empty();
    }
    pass_on(out);
    return connected;
  }

  void read_tickets(Pipe& in) override {
    in.consume(input_.append(in.waiting()));
    const auto event = connection_->next(input_, output_);
    if (!event || !std::holds_alternative<NeedInput>(*event)) {
      give_up("Handfast: no ticket came");
    }
  }

  [[nodiscard]] Outcome outcome() const override {
    const Settled& settled = connection_->settled();
    return {settled.suite, settled.group, settled.session == SessionOutcome::resumed};
  }

  void send(Bytes message, Pipe& out) override {
    if (!connection_->seal(message, output_)) {
      give_up("Handfast does not seal");
    }
    pass_on(out);
  }

  std::size_t receive(Pipe& in) override {
    in.consume(input_.append(in.waiting()));
    const auto event = connection_->next(input_, output_);
    const auto* data = event ? std::get_if<Data>(&*event) : nullptr;
    if (data == nullptr) {
      give_up("Handfast: no data came");
    }
    return data->bytes.size();
  }

  void close() override { connection_.reset(); }

 protected:
  void use(Result<Connection> made) {
    if (!made) {
      give_up("Handfast makes no connection");
    }
    connection_.emplace(std::move(*made));
    input_ = Input(memory_);
    output_.consume(output_.pending().size());
  }

 private:
  void pass_on(Pipe& out) {
    if (!out.put(output_.pending())) {
      give_up("the pipe is full");
    }
    output_.consume(output_.pending().size());
  }

  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(Input::least);
  Input input_{memory_};
  // Fixed, so that it never grows: signatures differ in length, and the heap is counted.
  std::vector<std::uint8_t> sending_ = std::vector<std::uint8_t>(2 * Input::least);
  Output output_{sending_};
  std::optional<Connection> connection_;
};

class HandfastClient final : public HandfastPeer {
 public:
  HandfastClient(std::shared_ptr<const ClientConfig> config, const ServerName& name)
      : config_(std::move(config)), name_(name), now_{bench::now()} {}

  void open() override { use(Connection::client(config_, name_, now_)); }

 private:
  std::shared_ptr<const ClientConfig> config_;
  ServerName name_;
  UnixTime now_;
};

class HandfastServer final : public HandfastPeer {
 public:
  explicit HandfastServer(std::shared_ptr<const ServerConfig> config)
      : config_(std::move(config)), now_{bench::now()} {}

  void open() override { use(Connection::server(config_, now_)); }

 private:
  std::shared_ptr<const ServerConfig> config_;
  UnixTime now_;
};

template <class T>
T take(Result<T> result) {
  if (!result) {
    give_up("Handfast: " + std::string(result.error().text()));
  }
  return *std::move(result);
}

class HandfastLibrary final : public Library {
 public:
  explicit HandfastLibrary(const Order& order)
      : name_(take(ServerName::parse(order.name))), client_(client_config(order)),
        server_(server_config(order)) {}

  [[nodiscard]] std::unique_ptr<Peer> client() const override {
    return std::make_unique<HandfastClient>(client_, name_);
  }

  [[nodiscard]] std::unique_ptr<Peer> server() const override {
    return std::make_unique<HandfastServer>(server_);
  }

 private:
  template <class Options>
  static void speak(Options& options, const Order& order) {
    options.versions = {order.version};
    auto& suites =
        order.version == ProtocolVersion::tls12 ? options.cipher_suites12 : options.cipher_suites;
    suites = {order.suite};
    if (!order.default_groups) {
      options.groups = {order.groups.begin(), order.groups.end()};
    }
  }

  static std::shared_ptr<const ClientConfig> client_config(const Order& order) {
    ClientOptions options;
    speak(options, order);
    if (order.resumes) {
      options.sessions = std::make_shared<SessionCache>();
    }
    auto trust = take(Trust::make({.anchors = {{.certificate = order.certificates->root}},
                                   .remember_signatures = order.knows_chain}));
    return take(ClientConfig::make(std::move(trust), std::move(options)));
  }

  static std::shared_ptr<const ServerConfig> server_config(const Order& order) {
    ServerOptions options;
    speak(options, order);
    if (order.resumes) {
      options.tickets = take(TicketKeys::make());
      options.ticket_counts = {.full = 1, .resumed = 1};
    }
    const Chain& shown = *order.certificates;
    auto credential = take(Credential::make({shown.leaf, shown.intermediate},
                                            take(SigningKey::from_pem(shown.key_pem))));
    return take(ServerConfig::make({std::move(credential)}, std::move(options)));
  }

  ServerName name_;
  std::shared_ptr<const ClientConfig> client_;
  std::shared_ptr<const ServerConfig> server_;
};

}  // namespace

std::unique_ptr<Library> make_handfast(const Order& order) {
  return std::make_unique<HandfastLibrary>(order);
}

}  // namespace handfast::bench
