// GnuTLS's side of the comparison, with callbacks that read and write memory.

#include "bench/peers/libraries.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

namespace handfast::bench {
namespace {

void must(int code, const char* what) {
  if (code < 0) {
    give_up("GnuTLS: " + std::string(what) + ": " + gnutls_strerror(code));
  }
}

/// Memory that GnuTLS gave, to be freed by it.
class Blob {
 public:
  Blob() = default;
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  ~Blob() { gnutls_free(datum_.data); }

  /// Empty, for what GnuTLS writes.
  [[nodiscard]] gnutls_datum_t* anew() {
    gnutls_free(std::exchange(datum_, {}).data);
    return &datum_;
  }

  [[nodiscard]] const gnutls_datum_t& datum() const { return datum_; }

 private:
  gnutls_datum_t datum_{};
};

gnutls_datum_t datum_of(Bytes bytes) {
  // GnuTLS only reads it.
  return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}

/// What all connections of one side share. Freed with the library.
struct Shared {
  gnutls_certificate_credentials_t credentials = nullptr;
  gnutls_priority_t priorities = nullptr;
  Blob ticket_key;
  std::string name;  ///< empty for a server
  CipherSuite suite{};
  bool is_12 = false;
  bool resumes = false;

  Shared() = default;
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  ~Shared() {
    gnutls_certificate_free_credentials(credentials);
    gnutls_priority_deinit(priorities);
  }
};

class GnutlsPeer final : public Peer {
 public:
  explicit GnutlsPeer(const Shared& shared) : shared_(&shared) {}

  GnutlsPeer(const GnutlsPeer&) = delete;
  GnutlsPeer& operator=(const GnutlsPeer&) = delete;

  ~GnutlsPeer() override { close(); }

  void open() override {
    const bool is_client = !shared_->name.empty();
    unsigned flags = (is_client ? GNUTLS_CLIENT : GNUTLS_SERVER) | GNUTLS_NONBLOCK;
    // One ticket, as with the others: GnuTLS would send two by itself.
    flags |= shared_->resumes ? GNUTLS_NO_AUTO_SEND_TICKET : GNUTLS_NO_TICKETS;
    must(gnutls_init(&session_, flags), "session");
    must(gnutls_priority_set(session_, shared_->priorities), "priorities");
    must(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, shared_->credentials), "keys");
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, &push);
    gnutls_transport_set_pull_function(session_, &pull);
    gnutls_transport_set_pull_timeout_function(session_, &pull_timeout);
    if (is_client) {
      const std::string& name = shared_->name;
      must(gnutls_server_name_set(session_, GNUTLS_NAME_DNS, name.data(), name.size()), "name");
      gnutls_session_set_verify_cert(session_, name.c_str(), 0);
      if (kept_.datum().size > 0) {
        must(gnutls_session_set_data(session_, kept_.datum().data, kept_.datum().size), "session");
      }
    } else if (shared_->resumes) {
      must(gnutls_session_ticket_enable_server(session_, &shared_->ticket_key.datum()), "tickets");
    }
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    use(in, out);
    if (is_done_) {
      return true;
    }
    const int code = gnutls_handshake(session_);
    if (code == GNUTLS_E_AGAIN) {
      return false;
    }
    must(code, "handshake");
    is_done_ = true;
    if (shared_->resumes && shared_->name.empty() && !shared_->is_12) {
      must(gnutls_session_ticket_send(session_, 1, 0), "ticket");
    } else if (shared_->resumes && !shared_->name.empty() && shared_->is_12) {
      keep();
    }
    return true;
  }

  void read_tickets(Pipe& in) override {
    in_ = &in;
    if (gnutls_record_recv(session_, plaintext_.data(), plaintext_.size()) != GNUTLS_E_AGAIN) {
      give_up("GnuTLS: no ticket came");
    }
    keep();
  }

  [[nodiscard]] Outcome outcome() const override {
    const bool is_x25519 = gnutls_group_get(session_) == GNUTLS_GROUP_X25519;
    const bool resumed = gnutls_session_is_resumed(session_) != 0;
    const bool is_suite = name(shared_->suite) == gnutls_ciphersuite_get(session_);
    return {is_suite ? shared_->suite : CipherSuite{},
            is_x25519 ? NamedGroup::x25519 : NamedGroup{}, resumed};
  }

  void send(Bytes message, Pipe& out) override {
    out_ = &out;
    const auto sent = gnutls_record_send(session_, message.data(), message.size());
    if (sent != static_cast<ssize_t>(message.size())) {
      give_up("GnuTLS: write");
    }
  }

  std::size_t receive(Pipe& in) override {
    in_ = &in;
    const auto size = gnutls_record_recv(session_, plaintext_.data(), plaintext_.size());
    if (size < 0) {
      give_up("GnuTLS: read");
    }
    return static_cast<std::size_t>(size);
  }

  void close() override {
    if (session_ != nullptr) {
      gnutls_deinit(std::exchange(session_, nullptr));
    }
    is_done_ = false;
  }

 private:
  void use(Pipe& in, Pipe& out) {
    in_ = &in;
    out_ = &out;
  }

  void keep() { must(gnutls_session_get_data2(session_, kept_.anew()), "session data"); }

  static ssize_t push(gnutls_transport_ptr_t peer, const void* data, std::size_t size) {
    Pipe& out = *static_cast<GnutlsPeer*>(peer)->out_;
    if (!out.put({static_cast<const std::uint8_t*>(data), size})) {
      give_up("the pipe is full");
    }
    return static_cast<ssize_t>(size);
  }

  static ssize_t pull(gnutls_transport_ptr_t peer, void* data, std::size_t size) {
    auto* const self = static_cast<GnutlsPeer*>(peer);
    const Bytes waiting = self->in_->waiting();
    if (waiting.empty()) {
      gnutls_transport_set_errno(self->session_, EAGAIN);
      return -1;
    }
    const std::size_t taken = std::min(size, waiting.size());
    std::memcpy(data, waiting.data(), taken);
    self->in_->consume(taken);
    return static_cast<ssize_t>(taken);
  }

  static int pull_timeout(gnutls_transport_ptr_t peer, unsigned /*milliseconds*/) {
    return static_cast<GnutlsPeer*>(peer)->in_->waiting().empty() ? 0 : 1;
  }

  const Shared* shared_;
  gnutls_session_t session_ = nullptr;
  Pipe* in_ = nullptr;
  Pipe* out_ = nullptr;
  Blob kept_;
  bool is_done_ = false;
  std::array<std::uint8_t, 1 << 14> plaintext_{};
};

// ---- configurations -----------------------------------------------------------------------------

std::string priorities_of(const Order& order) {
  std::string text = "NORMAL:-VERS-ALL";
  text += order.version == ProtocolVersion::tls12 ? ":+VERS-TLS1.2" : ":+VERS-TLS1.3";
  text += ":-CIPHER-ALL";
  switch (order.suite) {
    case CipherSuite::tls_aes_256_gcm_sha384: text += ":+AES-256-GCM"; break;
    case CipherSuite::tls_chacha20_poly1305_sha256: text += ":+CHACHA20-POLY1305"; break;
    default: text += ":+AES-128-GCM"; break;
  }
  text += ":-GROUP-ALL";
  for (const NamedGroup group : order.groups) {
    switch (group) {
      case NamedGroup::x25519: text += ":+GROUP-X25519"; break;
      case NamedGroup::secp256r1: text += ":+GROUP-SECP256R1"; break;
      default: throw Lacks{"no such group in " + gnutls_version()};
    }
  }
  return text;
}

void set_up(Shared& side, const Order& order) {
  must(gnutls_priority_init(&side.priorities, priorities_of(order).c_str(), nullptr), "priorities");
  must(gnutls_certificate_allocate_credentials(&side.credentials), "credentials");
  side.suite = order.suite;
  side.is_12 = order.version == ProtocolVersion::tls12;
  side.resumes = order.resumes;
}

class GnutlsLibrary final : public Library {
 public:
  explicit GnutlsLibrary(const Order& order) {
    set_up(client_, order);
    set_up(server_, order);
    client_.name = order.name;
    const gnutls_datum_t root = datum_of(order.certificates->root);
    must(gnutls_certificate_set_x509_trust_mem(client_.credentials, &root, GNUTLS_X509_FMT_DER),
         "root");
    const std::string sent = order.certificates->chain_pem();
    const std::string& key = order.certificates->key_pem;
    const gnutls_datum_t chain = datum_of(as_bytes(sent));
    const gnutls_datum_t signing = datum_of(as_bytes(key));
    must(gnutls_certificate_set_x509_key_mem(server_.credentials, &chain, &signing,
                                             GNUTLS_X509_FMT_PEM),
         "key");
    must(gnutls_session_ticket_key_generate(server_.ticket_key.anew()), "ticket key");
  }

  [[nodiscard]] std::unique_ptr<Peer> client() const override {
    return std::make_unique<GnutlsPeer>(client_);
  }

  [[nodiscard]] std::unique_ptr<Peer> server() const override {
    return std::make_unique<GnutlsPeer>(server_);
  }

 private:
  static Bytes as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }

  Shared client_;
  Shared server_;
};

}  // namespace

std::unique_ptr<Library> make_gnutls(const Order& order) {
  return std::make_unique<GnutlsLibrary>(order);
}

std::string gnutls_version() { return std::string("GnuTLS ") + gnutls_check_version(nullptr); }

}  // namespace handfast::bench
