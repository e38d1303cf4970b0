// libssl's side of the comparison, over memory BIOs, which is how libssl is used without sockets.
// They outlive the connections, as Handfast's buffers do.
//
// Tickets are off, as Handfast's are, but where sessions are resumed: there both give one.

#include "bench/peer.h"

#include <array>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace handfast::bench {
namespace {

template <auto release>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Context = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using Resumable = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;
using X509Owner = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyOwner = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using BioOwner = std::unique_ptr<BIO, FreeWith<BIO_free>>;

// ---- peers --------------------------------------------------------------------------------------

[[noreturn]] void give_up_with_queue(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_error(), text.data(), text.size());
  give_up("libssl: " + what + ": " + text.data());
}

class LibsslPeer final : public Peer {
 public:
  /// `name` is empty for a server.
  LibsslPeer(SSL_CTX* context, std::string name) : context_(context), name_(std::move(name)) {}

  /// For SSL_CTX_sess_set_new_cb: keeps the session for the next connection.
  static int keep(SSL* connection, SSL_SESSION* session) {
    auto* const peer = static_cast<LibsslPeer*>(SSL_get_ex_data(connection, 0));
    peer->resumable_.reset(session);
    return 1;  // it is ours now
  }

  void open() override {
    session_.reset(SSL_new(context_));
    BIO_up_ref(input_.get());
    BIO_up_ref(output_.get());
    SSL_set_bio(session_.get(), input_.get(), output_.get());
    if (name_.empty()) {
      SSL_set_accept_state(session_.get());
    } else {
      SSL_set_connect_state(session_.get());
      // SSL_set_tlsext_host_name, which is a macro with a cast of C.
      SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               name_.data());
      SSL_set1_host(session_.get(), name_.c_str());
      SSL_set_ex_data(session_.get(), 0, this);
      if (resumable_ != nullptr) {
        SSL_set_session(session_.get(), resumable_.get());
      }
    }
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    take_from(in);
    const int done = SSL_do_handshake(session_.get());
    pass_on(out);
    if (done != 1 && SSL_get_error(session_.get(), done) != SSL_ERROR_WANT_READ) {
      give_up_with_queue("handshake");
    }
    return done == 1;
  }

  void read_tickets(Pipe& in) override {
    take_from(in);
    std::size_t size = 0;
    if (SSL_read_ex(session_.get(), plaintext_.data(), plaintext_.size(), &size) == 1 ||
        SSL_get_error(session_.get(), 0) != SSL_ERROR_WANT_READ) {
      give_up_with_queue("tickets");
    }
  }

  [[nodiscard]] Outcome outcome() const override {
    const SSL_CIPHER* cipher = SSL_get_current_cipher(session_.get());
    const bool is_x25519 = SSL_get_negotiated_group(session_.get()) == NID_X25519;
    return {static_cast<CipherSuite>(SSL_CIPHER_get_protocol_id(cipher)),
            is_x25519 ? NamedGroup::x25519 : NamedGroup{}, SSL_session_reused(session_.get()) == 1};
  }

  void send(Bytes message, Pipe& out) override {
    std::size_t written = 0;
    if (SSL_write_ex(session_.get(), message.data(), message.size(), &written) != 1) {
      give_up_with_queue("write");
    }
    pass_on(out);
  }

  std::size_t receive(Pipe& in) override {
    take_from(in);
    std::size_t size = 0;
    if (SSL_read_ex(session_.get(), plaintext_.data(), plaintext_.size(), &size) != 1) {
      give_up_with_queue("read");
    }
    return size;
  }

  void close() override {
    // Told that all was closed in order, libssl does not spend time on dropping a session.
    SSL_set_shutdown(session_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    session_.reset();
  }

 private:
  void take_from(Pipe& in) {
    std::size_t taken = 0;
    const Bytes waiting = in.waiting();
    if (!waiting.empty() &&
        BIO_write_ex(input_.get(), waiting.data(), waiting.size(), &taken) != 1) {
      give_up_with_queue("BIO_write");
    }
    in.consume(taken);
  }

  void pass_on(Pipe& out) {
    const MutBytes room = out.room();
    std::size_t taken = 0;
    if (BIO_ctrl_pending(output_.get()) > room.size()) {
      give_up("the pipe is full");
    }
    BIO_read_ex(output_.get(), room.data(), room.size(), &taken);  // fails if there is nothing
    out.commit(taken);
  }

  SSL_CTX* context_;
  std::string name_;
  BioOwner input_{BIO_new(BIO_s_mem())};
  BioOwner output_{BIO_new(BIO_s_mem())};
  Session session_;
  Resumable resumable_;
  std::array<std::uint8_t, 1 << 14> plaintext_{};
};

// ---- configurations -----------------------------------------------------------------------------

X509Owner parse(const std::vector<std::uint8_t>& der) {
  const unsigned char* at = der.data();
  return X509Owner(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

const char* suite_name(CipherSuite suite) {
  switch (suite) {
    case CipherSuite::tls_aes_128_gcm_sha256: return "TLS_AES_128_GCM_SHA256";
    case CipherSuite::tls_aes_256_gcm_sha384: return "TLS_AES_256_GCM_SHA384";
    case CipherSuite::tls_chacha20_poly1305_sha256: return "TLS_CHACHA20_POLY1305_SHA256";
    case CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256:
      return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256: return "ECDHE-RSA-AES128-GCM-SHA256";
    default: give_up("libssl: a suite that is not measured");
  }
}

Context make_context(const SSL_METHOD* method, const Order& order) {
  Context context(SSL_CTX_new(method));
  const bool is_12 = order.version == ProtocolVersion::tls12;
  const int version = is_12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  const auto set_suites = is_12 ? SSL_CTX_set_cipher_list : SSL_CTX_set_ciphersuites;
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), version) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), version) != 1 ||
      set_suites(context.get(), suite_name(order.suite)) != 1) {
    give_up_with_queue("context");
  }
  std::vector<int> groups;
  for (const NamedGroup group : order.groups) {
    switch (group) {
      case NamedGroup::x25519: groups.push_back(NID_X25519); break;
      case NamedGroup::secp256r1: groups.push_back(NID_X9_62_prime256v1); break;
      default: throw Lacks{"libssl 3.0 has no such group"};
    }
  }
  // SSL_CTX_set1_groups, which is a macro with a cast of C.
  if (!order.default_groups && SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_GROUPS,
                                            static_cast<long>(groups.size()), groups.data()) != 1) {
    give_up_with_queue("groups");
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

class LibsslLibrary final : public Library {
 public:
  explicit LibsslLibrary(const Order& order)
      : client_(make_context(TLS_client_method(), order)),
        server_(make_context(TLS_server_method(), order)), name_(order.name) {
    const X509Owner root = parse(order.certificates->root);
    const X509Owner intermediate = parse(order.certificates->intermediate);
    const X509Owner leaf = parse(order.certificates->leaf);
    const BioOwner pem(BIO_new_mem_buf(order.certificates->key_pem.data(), -1));
    const KeyOwner key(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr));
    SSL_CTX_set_verify(client_.get(), SSL_VERIFY_PEER, nullptr);
    if (order.resumes) {
      SSL_CTX_set_session_cache_mode(client_.get(),
                                     SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
      SSL_CTX_sess_set_new_cb(client_.get(), &LibsslPeer::keep);
    } else {
      SSL_CTX_set_options(server_.get(), SSL_OP_NO_TICKET);
    }
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(client_.get()), root.get()) != 1 ||
        SSL_CTX_use_certificate(server_.get(), leaf.get()) != 1 ||
        SSL_CTX_use_PrivateKey(server_.get(), key.get()) != 1 ||
        SSL_CTX_add1_chain_cert(server_.get(), intermediate.get()) != 1 ||
        SSL_CTX_set_num_tickets(server_.get(), order.resumes ? 1 : 0) != 1) {
      give_up_with_queue("configuration");
    }
  }

  [[nodiscard]] std::unique_ptr<Peer> client() const override {
    return std::make_unique<LibsslPeer>(client_.get(), name_);
  }

  [[nodiscard]] std::unique_ptr<Peer> server() const override {
    return std::make_unique<LibsslPeer>(server_.get(), std::string());
  }

 private:
  Context client_;
  Context server_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Library> make_libssl(const Order& order) {
  return std::make_unique<LibsslLibrary>(order);
}

}  // namespace handfast::bench
