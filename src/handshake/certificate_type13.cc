#include "handshake/certificate_type13.h"

#include "message/extension_block.h"

namespace handfast::handshake {
namespace {

using message::ClientHello;
using Types = std::span<const CertificateType>;

/// RFC 7250 §4.1: X.509 alone goes without saying, and a client that has no other type to name MUST
/// omit the extension.
bool goes_without_saying(Types types) {
  return std::ranges::all_of(types,
                             [](CertificateType type) { return type == CertificateType::x509; });
}

CertificateTypes known_types(const codec::List<CertificateType>& listed) {
  CertificateTypes types;
  for (const CertificateType type : listed) {
    types.add(type);
  }
  return types;
}

CertificateTypes only_x509() {
  CertificateTypes types;
  types.add(CertificateType::x509);
  return types;
}

Result<> check_type_list(const codec::List<CertificateType>& listed) {
  const bool is_needless = std::ranges::all_of(
      listed, [](CertificateType type) { return type == CertificateType::x509; });
  return is_needless ? fail(Reason::certificate_types_invalid) : Result<>();
}

}  // namespace

CertificateTypes own_types(const ClientOptions& options) {
  CertificateTypes types;
  for (const CertificateType type : options.own_certificate_types) {
    types.add(type);
  }
  if (types.view().empty()) {
    for (const auto& credential : options.credentials) {
      types.add(credential->type());
    }
  }
  return types;
}

void write_client_types(codec::Writer& out, const ClientOptions& options) {
  const CertificateTypes types = own_types(options);
  if (!goes_without_saying(types.view())) {
    message::write_extension(out, message::ClientCertificateTypes{types.view()});
  }
}

void write_server_types(codec::Writer& out, const ClientOptions& options) {
  const Types types = options.peer_certificate_types;
  if (!goes_without_saying(types)) {
    message::write_extension(out, message::ServerCertificateTypes{types});
  }
}

// RFC 7250 §4.2: what the server names MUST be one of what the client's extension listed.
Result<SettledTypes> check_types(const ClientOptions& options,
                                 const message::EncryptedExtensionsTyped& typed) {
  SettledTypes settled;
  if (typed.server_certificate_type) {
    settled.server = typed.server_certificate_type->server_certificate_type;
    const Types offered = options.peer_certificate_types;
    if (std::ranges::find(offered, *settled.server) == offered.end()) {
      return fail(Reason::certificate_type_not_offered);
    }
  }
  if (typed.client_certificate_type) {
    settled.client = typed.client_certificate_type->client_certificate_type;
    if (!own_types(options).has(*settled.client)) {
      return fail(Reason::certificate_type_not_offered);
    }
  }
  return settled;
}

Result<CertificateType> server_type(const ClientOptions& options, const SettledTypes& settled) {
  const CertificateType type = settled.server.value_or(CertificateType::x509);
  const Types taken = options.peer_certificate_types;
  return std::ranges::find(taken, type) != taken.end() ? Result<CertificateType>(type)
                                                       : fail(Reason::certificate_type_none_common);
}

Result<> check_types(const message::ClientHelloExtensions& typed) {
  if (typed.client_certificate_type) {
    const auto& listed = typed.client_certificate_type->client_certificate_types;
    if (const auto checked = check_type_list(listed); !checked) {
      return checked;
    }
  }
  return typed.server_certificate_type
             ? check_type_list(typed.server_certificate_type->server_certificate_types)
             : Result<>();
}

CertificateTypes server_types(const ClientHello& hello) {
  const auto& said = hello.typed.server_certificate_type;
  return said ? known_types(said->server_certificate_types) : only_x509();
}

// RFC 7250 §4.2: a server that has no certificate type in common with the client ends the session
// with unsupported_certificate.
Result<CertificateType> choose_client_type(const ServerOptions& options, const ClientHello& hello) {
  const auto& said = hello.typed.client_certificate_type;
  const CertificateTypes theirs = said ? known_types(said->client_certificate_types) : only_x509();
  for (const CertificateType type : options.peer_certificate_types) {
    if (theirs.has(type)) {
      return type;
    }
  }
  return fail(Reason::certificate_type_none_common);
}

}  // namespace handfast::handshake
