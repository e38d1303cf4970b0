// wolfSSL's side of the comparison, with callbacks that read and write memory.

#include "bench/peers/libraries.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <wolfssl/options.h>
// What it configures must be known first.
#include <wolfssl/ssl.h>

namespace handfast::bench {
namespace {

template <auto release>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Context = std::unique_ptr<WOLFSSL_CTX, FreeWith<wolfSSL_CTX_free>>;
using Connected = std::unique_ptr<WOLFSSL, FreeWith<wolfSSL_free>>;
using Resumable = std::unique_ptr<WOLFSSL_SESSION, FreeWith<wolfSSL_SESSION_free>>;

void must(bool is_good, const char* what) {
  if (!is_good) {
    give_up("wolfSSL: " + std::string(what));
  }
}

class WolfsslPeer final : public Peer {
 public:
  /// `name` is empty for a server.
  WolfsslPeer(WOLFSSL_CTX* context, std::string name, const Order& order)
      : context_(context), name_(std::move(name)), resumes_(order.resumes),
        is_12_(order.version == ProtocolVersion::tls12) {}

  void open() override {
    ssl_.reset(wolfSSL_new(context_));
    must(ssl_ != nullptr, "connection");
    wolfSSL_SetIOReadCtx(ssl_.get(), this);
    wolfSSL_SetIOWriteCtx(ssl_.get(), this);
    if (name_.empty()) {
      return;
    }
    must(wolfSSL_UseSNI(ssl_.get(), WOLFSSL_SNI_HOST_NAME, name_.data(),
                        static_cast<unsigned short>(name_.size())) == WOLFSSL_SUCCESS,
         "server_name");
    must(wolfSSL_check_domain_name(ssl_.get(), name_.c_str()) == WOLFSSL_SUCCESS, "name");
    if (resumes_ && is_12_) {
      must(wolfSSL_UseSessionTicket(ssl_.get()) == WOLFSSL_SUCCESS, "tickets");
    }
    if (!is_12_) {
      must(wolfSSL_UseKeyShare(ssl_.get(), WOLFSSL_ECC_X25519) == WOLFSSL_SUCCESS, "key share");
    }
    if (resumable_ != nullptr) {
      must(wolfSSL_set_session(ssl_.get(), resumable_.get()) == WOLFSSL_SUCCESS, "session");
    }
  }

  bool shake_hands(Pipe& in, Pipe& out) override {
    in_ = &in;
    out_ = &out;
    if (is_done_) {
      return true;
    }
    const int code = wolfSSL_negotiate(ssl_.get());
    if (code != WOLFSSL_SUCCESS) {
      const int error = wolfSSL_get_error(ssl_.get(), code);
      if (error != WOLFSSL_ERROR_WANT_READ) {
        std::array<char, WOLFSSL_MAX_ERROR_SZ> text{};
        give_up(std::string("wolfSSL: handshake: ") +
                wolfSSL_ERR_error_string(static_cast<unsigned long>(error), text.data()));
      }
      return false;
    }
    is_done_ = true;
    if (resumes_ && !name_.empty() && is_12_) {
      keep();
    }
    return true;
  }

  void read_tickets(Pipe& in) override {
    in_ = &in;
    const int code =
        wolfSSL_read(ssl_.get(), plaintext_.data(), static_cast<int>(plaintext_.size()));
    must(code < 0 && wolfSSL_get_error(ssl_.get(), code) == WOLFSSL_ERROR_WANT_READ, "tickets");
    keep();
  }

  [[nodiscard]] Outcome outcome() const override {
    const WOLFSSL_CIPHER* const cipher = wolfSSL_get_current_cipher(ssl_.get());
    const char* const curve = wolfSSL_get_curve_name(ssl_.get());
    const bool is_x25519 = curve != nullptr && std::string_view(curve) == "X25519";
    return {static_cast<CipherSuite>(wolfSSL_CIPHER_get_id(cipher) & 0xffff),
            is_x25519 ? NamedGroup::x25519 : NamedGroup{}, wolfSSL_session_reused(ssl_.get()) == 1};
  }

  void send(Bytes message, Pipe& out) override {
    out_ = &out;
    const int size = static_cast<int>(message.size());
    must(wolfSSL_write(ssl_.get(), message.data(), size) == size, "write");
  }

  std::size_t receive(Pipe& in) override {
    in_ = &in;
    const int size =
        wolfSSL_read(ssl_.get(), plaintext_.data(), static_cast<int>(plaintext_.size()));
    must(size > 0, "read");
    return static_cast<std::size_t>(size);
  }

  void close() override {
    ssl_.reset();
    is_done_ = false;
  }

  static int pull(WOLFSSL* /*ssl*/, char* data, int size, void* peer) {
    Pipe& in = *static_cast<WolfsslPeer*>(peer)->in_;
    const Bytes waiting = in.waiting();
    if (waiting.empty()) {
      return WOLFSSL_CBIO_ERR_WANT_READ;
    }
    const std::size_t taken = std::min(static_cast<std::size_t>(size), waiting.size());
    std::memcpy(data, waiting.data(), taken);
    in.consume(taken);
    return static_cast<int>(taken);
  }

  // NOLINTNEXTLINE(readability-non-const-parameter): wolfSSL wants it so
  static int push(WOLFSSL* /*ssl*/, char* data, int size, void* peer) {
    Pipe& out = *static_cast<WolfsslPeer*>(peer)->out_;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(data);
    must(out.put({bytes, static_cast<std::size_t>(size)}), "the pipe is full");
    return size;
  }

 private:
  void keep() {
    resumable_.reset(wolfSSL_get1_session(ssl_.get()));
    must(resumable_ != nullptr, "session");
  }

  WOLFSSL_CTX* context_;
  std::string name_;
  bool resumes_;
  bool is_12_;
  Connected ssl_;
  Resumable resumable_;
  Pipe* in_ = nullptr;
  Pipe* out_ = nullptr;
  bool is_done_ = false;
  std::array<std::uint8_t, 1 << 14> plaintext_{};
};

// ---- configurations -----------------------------------------------------------------------------

const char* suite_of(CipherSuite suite) {
  switch (suite) {
    case CipherSuite::tls_aes_128_gcm_sha256: return "TLS13-AES128-GCM-SHA256";
    case CipherSuite::tls_aes_256_gcm_sha384: return "TLS13-AES256-GCM-SHA384";
    case CipherSuite::tls_chacha20_poly1305_sha256: return "TLS13-CHACHA20-POLY1305-SHA256";
    case CipherSuite::tls_ecdhe_ecdsa_with_aes_128_gcm_sha256:
      return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case CipherSuite::tls_ecdhe_rsa_with_aes_128_gcm_sha256: return "ECDHE-RSA-AES128-GCM-SHA256";
    default: give_up("wolfSSL: a suite that is not measured");
  }
}

Context make_context(WOLFSSL_METHOD* method, const Order& order, bool is_client) {
  Context context(wolfSSL_CTX_new(method));
  must(context != nullptr &&
           wolfSSL_CTX_set_cipher_list(context.get(), suite_of(order.suite)) == WOLFSSL_SUCCESS,
       "context");
  for (const NamedGroup group : order.groups) {
    if (group != NamedGroup::x25519 && group != NamedGroup::secp256r1) {
      throw Lacks{"no such group in " + wolfssl_version()};
    }
    must(wolfSSL_CTX_UseSupportedCurve(context.get(), static_cast<word16>(group)) ==
             WOLFSSL_SUCCESS,
         "group");
  }
  wolfSSL_CTX_set_verify(context.get(), is_client ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE,
                         nullptr);
  wolfSSL_CTX_SetIORecv(context.get(), &WolfsslPeer::pull);
  wolfSSL_CTX_SetIOSend(context.get(), &WolfsslPeer::push);
  if (!order.resumes || !is_client) {  // a server resumes by tickets alone
    wolfSSL_CTX_set_session_cache_mode(context.get(), WOLFSSL_SESS_CACHE_OFF);
  }
  return context;
}

class WolfsslLibrary final : public Library {
 public:
  explicit WolfsslLibrary(const Order& order)
      : order_(order),
        client_(make_context(order.version == ProtocolVersion::tls12 ? wolfTLSv1_2_client_method()
                                                                     : wolfTLSv1_3_client_method(),
                             order, true)),
        server_(make_context(order.version == ProtocolVersion::tls12 ? wolfTLSv1_2_server_method()
                                                                     : wolfTLSv1_3_server_method(),
                             order, false)) {
    const auto& root = order.certificates->root;
    const std::string sent = order.certificates->chain_pem();
    const std::string& key = order.certificates->key_pem;
    must(wolfSSL_CTX_load_verify_buffer(client_.get(), root.data(), static_cast<long>(root.size()),
                                        WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS,
         "root");
    must(wolfSSL_CTX_use_certificate_chain_buffer(
             server_.get(), bytes_of(sent), static_cast<long>(sent.size())) == WOLFSSL_SUCCESS,
         "chain");
    must(wolfSSL_CTX_use_PrivateKey_buffer(server_.get(), bytes_of(key),
                                           static_cast<long>(key.size()),
                                           WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS,
         "key");
    if (!order.resumes) {
      wolfSSL_CTX_no_ticket_TLSv13(server_.get());
      wolfSSL_CTX_NoTicketTLSv12(server_.get());
    }
  }

  [[nodiscard]] std::unique_ptr<Peer> client() const override {
    return std::make_unique<WolfsslPeer>(client_.get(), order_.name, order_);
  }

  [[nodiscard]] std::unique_ptr<Peer> server() const override {
    return std::make_unique<WolfsslPeer>(server_.get(), std::string(), order_);
  }

 private:
  static const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }

  Order order_;
  Context client_;
  Context server_;
};

}  // namespace

std::unique_ptr<Library> make_wolfssl(const Order& order) {
  static const bool started = wolfSSL_Init() == WOLFSSL_SUCCESS;
  must(started, "start");
  return std::make_unique<WolfsslLibrary>(order);
}

std::string wolfssl_version() { return std::string("wolfSSL ") + wolfSSL_lib_version(); }

}  // namespace handfast::bench
