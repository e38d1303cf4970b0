// Certificates or raw public keys: what each side can show, what it takes, and which of them they
// settle on. Pure functions. RFC 7250 §4.
#pragma once

#include "codec/writer.h"
#include "handfast/config.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/client_hello.h"
#include "message/encrypted_extensions.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace handfast::handshake {

/// The types that are known here, in somebody's order of preference, each once.
class CertificateTypes {
 public:
  void add(CertificateType type) {
    const bool is_known = type == CertificateType::x509 || type == CertificateType::raw_public_key;
    if (is_known && !has(type)) {
      list_[size_++] = type;
    }
  }

  [[nodiscard]] bool has(CertificateType type) const {
    return std::ranges::find(view(), type) != view().end();
  }

  [[nodiscard]] std::span<const CertificateType> view() const {
    return std::span(list_).first(size_);
  }

 private:
  std::array<CertificateType, 2> list_{};
  std::size_t size_ = 0;
};

// ---- a client -----------------------------------------------------------------------------------

/// What a client can show: as configured, else the types of its credentials in their order.
[[nodiscard]] CertificateTypes own_types(const ClientOptions& options);

/// Writes client_certificate_type and server_certificate_type, each unless it would name X.509
/// alone.
void write_client_types(codec::Writer& out, const ClientOptions& options);
void write_server_types(codec::Writer& out, const ClientOptions& options);

/// What a server settled on; nothing where it does not say.
struct SettledTypes {
  std::optional<CertificateType> server;
  std::optional<CertificateType> client;
};

/// Checks the answer to both. Fails: certificate_type_not_offered.
Result<SettledTypes> check_types(const ClientOptions& options,
                                 const message::EncryptedExtensionsTyped& typed);

/// What the server shows, if it shows something. Fails: certificate_type_none_common where it does
/// not say, which means X.509, and that is not taken.
Result<CertificateType> server_type(const ClientOptions& options, const SettledTypes& settled);

// ---- a server -----------------------------------------------------------------------------------

/// Checks the form of what a client says of types. Fails: certificate_types_invalid.
Result<> check_types(const message::ClientHelloExtensions& typed);

/// What the client takes.
[[nodiscard]] CertificateTypes server_types(const message::ClientHello& hello);

/// What the client is to show: our favourite of those that it can. Fails:
/// certificate_type_none_common.
Result<CertificateType> choose_client_type(const ServerOptions& options,
                                           const message::ClientHello& hello);

}  // namespace handfast::handshake
