// A client and a server on Botan 2, which speaks TLS 1.2, for the tests with live peers. (Its
// command shows no certificates as a client, asks for none as a server, and gives no tickets.)
//
//   peer server PORT CERT KEY   answers "Hello, peer" to any request
//   peer client PORT CA         requests /index.html
//
// What else they shall do the environment says, as `wishes` in ../peers.py has it.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include <arpa/inet.h>
#include <botan/auto_rng.h>
#include <botan/certstor.h>
#include <botan/credentials_manager.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>
#include <botan/tls_alert.h>
#include <botan/tls_client.h>
#include <botan/tls_exceptn.h>
#include <botan/tls_extensions.h>
#include <botan/tls_server.h>
#include <botan/x509_ca.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view request =
    "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view response =
    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nHello, peer";

std::string wish(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

class Policy : public Botan::TLS::Policy {
 public:
  bool require_cert_revocation_info() const override { return false; }

  bool require_client_certificate_authentication() const override {
    return !wish("PEER_CLIENT_CA").empty();
  }

  std::vector<std::uint16_t> ciphersuite_list(Botan::TLS::Protocol_Version version,
                                              bool have_srp) const override {
    if (wish("PEER_SUITE").empty()) {
      return Botan::TLS::Policy::ciphersuite_list(version, have_srp);
    }
    return {Botan::TLS::Ciphersuite::from_name(wish("PEER_SUITE")).ciphersuite_code()};
  }
};

class Credentials : public Botan::Credentials_Manager {
 public:
  void trust(const std::string& path) { authorities_.add_certificate(read(path)); }

  void show(const std::string& certificate, const std::string& key) {
    chain_ = {read(certificate)};
    Botan::DataSource_Stream pem(key);
    key_ = Botan::PKCS8::load_key(pem);
  }

  void give_tickets(Botan::RandomNumberGenerator& chance) {
    ticket_key_ = Botan::SymmetricKey(chance, 32);
  }

  std::vector<Botan::Certificate_Store*>
  trusted_certificate_authorities(const std::string& /*type*/,
                                  const std::string& /*context*/) override {
    return {&authorities_};
  }

  std::vector<Botan::X509_Certificate> cert_chain(const std::vector<std::string>& types,
                                                  const std::string& /*type*/,
                                                  const std::string& /*context*/) override {
    const bool fits =
        key_ != nullptr && std::find(types.begin(), types.end(), key_->algo_name()) != types.end();
    return fits ? chain_ : std::vector<Botan::X509_Certificate>();
  }

  Botan::Private_Key* private_key_for(const Botan::X509_Certificate& /*certificate*/,
                                      const std::string& /*type*/,
                                      const std::string& /*context*/) override {
    return key_.get();
  }

  Botan::SymmetricKey psk(const std::string& type, const std::string& context,
                          const std::string& identity) override {
    return type == "tls-server" && context == "session-ticket"
               ? ticket_key_
               : Botan::Credentials_Manager::psk(type, context, identity);
  }

 private:
  static Botan::X509_Certificate read(const std::string& path) {
    return Botan::X509_Certificate(path);
  }

  Botan::Certificate_Store_In_Memory authorities_;
  std::vector<Botan::X509_Certificate> chain_;
  std::unique_ptr<Botan::Private_Key> key_;
  Botan::SymmetricKey ticket_key_;
};

/// One connection over a socket, which it closes.
class Line : public Botan::TLS::Callbacks {
 public:
  explicit Line(int socket) : socket_(socket) {}

  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  ~Line() override { close(socket_); }

  void tls_emit_data(const std::uint8_t* data, std::size_t size) override {
    while (size > 0) {
      const ssize_t sent = send(socket_, data, size, MSG_NOSIGNAL);
      if (sent <= 0) {
        throw std::runtime_error("the peer is gone");
      }
      data += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }

  void tls_record_received(std::uint64_t /*number*/, const std::uint8_t* data,
                           std::size_t size) override {
    received.append(reinterpret_cast<const char*>(data), size);
  }

  void tls_alert(Botan::TLS::Alert alert) override { alert_ = alert.type_string(); }

  bool tls_session_established(const Botan::TLS::Session& /*session*/) override { return true; }

  void tls_modify_extensions(Botan::TLS::Extensions& extensions,
                             Botan::TLS::Connection_Side side) override {
    if (side == Botan::TLS::CLIENT && wish("PEER_SESSIONS") == "ids") {
      extensions.remove_extension(Botan::TLS::TLSEXT_SESSION_TICKET);
    }
  }

  /// Feeds the channel until `done`. Returns false if the connection ended before.
  template <typename Done>
  bool pump(Botan::TLS::Channel& channel, Done done) {
    while (!done() && !channel.is_closed()) {
      std::uint8_t bytes[4096];
      const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        return false;
      }
      channel.received_data(bytes, static_cast<std::size_t>(count));
    }
    return done();
  }

  const std::string& alert() const { return alert_; }

  std::string received;

 private:
  int socket_;
  std::string alert_;
};

sockaddr_in address_of(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void must(bool is_good, const std::string& what) {
  if (!is_good) {
    throw std::runtime_error(what + " failed");
  }
}

void client(std::uint16_t port, const std::string& authority) {
  Botan::AutoSeeded_RNG chance;
  Credentials credentials;
  credentials.trust(authority);
  if (!wish("PEER_CERT").empty()) {
    credentials.show(wish("PEER_CERT"), wish("PEER_KEY"));
  }
  const Policy policy;
  Botan::TLS::Session_Manager_In_Memory sessions(chance);
  const int visits = wish("PEER_SESSIONS").empty() ? 1 : 3;
  for (int visit = 0; visit < visits; ++visit) {
    const int socket_of_client = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = address_of(port);
    must(connect(socket_of_client, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
             0,
         "connect");
    Line line(socket_of_client);
    Botan::TLS::Client channel(line, sessions, credentials, policy, chance,
                               Botan::TLS::Server_Information("localhost", port),
                               Botan::TLS::Protocol_Version::TLS_V12);
    must(line.pump(channel, [&] { return channel.is_active(); }), "handshake " + line.alert());
    channel.send(std::string(request));
    line.pump(channel, [] { return false; });
    std::cout << line.received;
  }
}

void answer(int socket_of_client, Botan::TLS::Session_Manager& sessions, Credentials& credentials,
            Botan::RandomNumberGenerator& chance) {
  const Policy policy;
  Line line(socket_of_client);
  try {
    Botan::TLS::Server channel(line, sessions, credentials, policy, chance);
    if (line.pump(channel, [&] { return !line.received.empty(); })) {
      channel.send(std::string(response));
      channel.close();
    }
  } catch (const std::exception& refused) {
    std::cerr << refused.what() << '\n';
  }
}

void server(std::uint16_t port, const std::string& certificate, const std::string& key) {
  Botan::AutoSeeded_RNG chance;
  Credentials credentials;
  credentials.show(certificate, key);
  if (!wish("PEER_CLIENT_CA").empty()) {
    credentials.trust(wish("PEER_CLIENT_CA"));
  }
  Botan::TLS::Session_Manager_Noop none;
  Botan::TLS::Session_Manager_In_Memory kept(chance);
  const bool keeps_ids = wish("PEER_SESSIONS") == "ids";
  if (wish("PEER_SESSIONS") == "tickets") {
    credentials.give_tickets(chance);
  }
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = address_of(port);
  must(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  must(listen(listener, 8) == 0, "listen");
  for (;;) {
    answer(accept(listener, nullptr, nullptr),
           keeps_ids ? static_cast<Botan::TLS::Session_Manager&>(kept) : none, credentials, chance);
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto port = static_cast<std::uint16_t>(count > 2 ? std::atoi(arguments[2]) : 0);
    if (count == 4 && std::string_view(arguments[1]) == "client") {
      client(port, arguments[3]);
    } else if (count == 5 && std::string_view(arguments[1]) == "server") {
      server(port, arguments[3], arguments[4]);
    } else {
      return 2;
    }
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
