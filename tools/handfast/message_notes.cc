#include "handfast/message_notes.h"

#include "handfast/certificate.h"
#include "handfast/delegated_credential.h"
#include "handfast/imported_identity.h"
#include "handfast/message_fields.h"
#include "handfast/net.h"
#include "handfast/psk_options.h"
#include "handfast/terminal.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace handfast::command {

namespace {

/// Names of code points, without the values of RFC 8701.
template <class Code>
std::string names_of(Bytes codes, std::string_view separator) {
  std::vector<std::string_view> names;
  Fields fields(codes);
  while (!fields.is_empty()) {
    const auto code = static_cast<std::uint16_t>(fields.number(2));
    if (!is_grease(code)) {
      names.push_back(name(static_cast<Code>(code)));
    }
  }
  return fmt::format("{}", fmt::join(names, separator));
}

std::string shares_of(Bytes extension) {
  std::vector<std::string_view> names;
  Fields list(Fields(extension).vector(2));
  while (!list.is_empty()) {
    const auto group = static_cast<std::uint16_t>(list.number(2));
    list.vector(2);
    if (!is_grease(group)) {
      names.push_back(name(static_cast<NamedGroup>(group)));
    }
  }
  return names.empty() ? "no key share" : fmt::format("{}", fmt::join(names, " + "));
}

/// The keys of pre_shared_key: an imported one in its parts (RFC 9258), a raw one by its name. What
/// has an age is the ticket of a session.
std::vector<OfferedKey> keys_of(Bytes extension) {
  std::vector<OfferedKey> keys;
  Fields list(Fields(extension).vector(2));
  while (!list.is_empty()) {
    const Bytes identity = list.vector(2);
    const bool has_age = list.number(4) != 0;
    if (const auto parts = read_imported_identity(identity)) {
      std::string key = "key " + psk_identity_text(parts->external_identity);
      key += parts->context.empty() ? "" : " in context " + psk_identity_text(parts->context);
      keys.push_back({std::move(key), std::string(name(parts->target_kdf))});
    } else {
      keys.push_back(has_age ? OfferedKey{} : OfferedKey{"raw key " + psk_identity_text(identity)});
    }
  }
  return keys;
}

std::string note_of_keys(Bytes extension) {
  std::string note;
  std::string last;
  for (const OfferedKey& key : keys_of(extension)) {
    const bool is_again = !note.empty() && key.name == last;
    if (!is_again) {
      note += note.empty() ? "offers " : " and ";
      note += key.name.empty() ? "a session" : key.name;
    }
    if (!key.kdf.empty()) {
      note += (is_again ? ", " : " for ") + key.kdf;
    }
    last = key.name;
  }
  return note;
}

std::string note_of_client_hello(Fields fields) {
  const auto version = static_cast<ProtocolVersion>(fields.number(2));
  fields.take(32);  // random
  const Bytes session_id = fields.vector(1);
  fields.vector(2);  // cipher_suites
  fields.vector(1);  // legacy_compression_methods
  const Bytes extensions = fields.vector(2);
  std::vector<std::string> parts;
  const auto versions = find_extension(extensions, ExtensionType::supported_versions);
  if (versions) {
    parts.push_back(names_of<ProtocolVersion>(Fields(*versions).vector(1), ", "));
  } else if (!fields.is_cut()) {
    parts.emplace_back(name(version));
  }
  if (const auto shares = find_extension(extensions, ExtensionType::key_share)) {
    parts.push_back(shares_of(*shares));
  }
  if (const auto alpn =
          find_extension(extensions, ExtensionType::application_layer_protocol_negotiation)) {
    parts.push_back(protocols_of(*alpn));
  }
  const auto ticket = find_extension(extensions, ExtensionType::session_ticket);
  if (const auto offered = find_extension(extensions, ExtensionType::pre_shared_key)) {
    parts.push_back(note_of_keys(*offered));
  } else if ((ticket && !ticket->empty()) || (!versions && !session_id.empty())) {
    // Of TLS 1.2. Clients of TLS 1.3 have an id for middleboxes, which is no session's.
    parts.emplace_back("offers a session");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string note_of_server_hello(Fields fields, std::span<const OfferedKey> offered) {
  fields.take(2 + 32);  // legacy_version, random
  fields.vector(1);     // legacy_session_id_echo
  const auto suite = static_cast<CipherSuite>(fields.number(2));
  fields.take(1);  // legacy_compression_method
  const Bytes extensions = fields.vector(2);
  std::string note;
  if (const auto share = find_extension(extensions, ExtensionType::key_share)) {
    note = fmt::format("{}, ", name(static_cast<NamedGroup>(Fields(*share).number(2))));
  }
  note += name(suite);
  if (const auto selected = find_extension(extensions, ExtensionType::pre_shared_key)) {
    const std::uint32_t index = Fields(*selected).number(2);
    const bool is_key = index < offered.size() && !offered[index].name.empty();
    note += is_key ? ", takes " + offered[index].name : ", session resumed";
  }
  return note;
}

std::string note_of_retry(Fields fields) {
  fields.take(2 + 32);
  fields.vector(1);
  fields.take(2 + 1);
  const Bytes extensions = fields.vector(2);
  if (const auto group = find_extension(extensions, ExtensionType::key_share)) {
    return fmt::format("asks for a key share of {}",
                       name(static_cast<NamedGroup>(Fields(*group).number(2))));
  }
  return "asks for its cookie";
}

std::string note_of_encrypted_extensions(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  std::vector<std::string> parts;
  if (const auto alpn =
          find_extension(fields.vector(2), ExtensionType::application_layer_protocol_negotiation)) {
    parts.push_back(protocols_of(*alpn));
  }
  const ShownTypes types = types_of(message);
  if (types.server == CertificateType::raw_public_key) {
    parts.emplace_back("shows a raw public key");
  }
  if (types.client == CertificateType::raw_public_key) {
    parts.emplace_back("wants a raw public key");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Bytes response_of(Bytes status_request) {
  Fields status(status_request);
  status.take(1);  // status_type
  return status.vector(3);
}

std::string note_of_delegation(const ShownCertificate& leaf) {
  if (leaf.delegated.empty()) {
    return {};
  }
  const auto delegated = DelegatedCredential::parse(leaf.delegated);
  const auto certificate = Certificate::parse(leaf.der);
  return delegated && certificate
             ? fmt::format(", delegated to {} until {}", name(delegated->dc_cert_verify_algorithm),
                           date_text(delegated->expires(*certificate)))
             : std::string(", a delegated credential");
}

std::string note_of_certificate(Bytes message, CertificateType type) {
  const std::vector<ShownCertificate> shown = certificates_of(message);
  if (shown.empty()) {
    return "no certificate";
  }
  if (type == CertificateType::raw_public_key) {
    const Result<Certificate> key = Certificate::of_raw_key(shown.front().der);
    return key ? "raw public key, " + key_text(*key) : "no raw public key that could be read";
  }
  std::string note = fmt::format("{} certificate{}", shown.size(), shown.size() == 1 ? "" : "s");
  const auto has_staple = [](const ShownCertificate& one) { return !one.staple.empty(); };
  const auto staples = std::ranges::count_if(shown, has_staple);
  note += staples == 0   ? std::string()
          : staples == 1 ? std::string(", OCSP response")
                         : fmt::format(", {} OCSP responses", staples);
  note += shown.front().sct_list.empty() ? "" : ", SCTs";
  note += note_of_delegation(shown.front());
  return note;
}

std::string note_of_compressed(Fields fields) {
  const auto algorithm = static_cast<CertificateCompressionAlgorithm>(fields.number(2));
  const std::uint32_t length = fields.number(3);
  // As for a plain Certificate, the header of the message counts.
  return fmt::format("{}, {} bytes without", name(algorithm), message_header + length);
}

std::string note_of_certificate_request(Bytes message) {
  const std::vector<std::string> authorities = authorities_of(message);
  if (authorities.empty()) {
    return "of any authority";
  }
  const std::size_t more = authorities.size() - 1;
  return fmt::format("of {}{}", authorities.front(),
                     more == 0 ? "" : fmt::format(" or {} more", more));
}

std::string note_of_ticket(Fields fields) {
  const std::uint32_t lifetime = fields.number(4);
  return fmt::format("lives {} s", lifetime);
}

}  // namespace

std::string note_of(HandshakeType type, Bytes message, CertificateType shown,
                    std::span<const OfferedKey> offered) {
  Fields fields(message);
  fields.take(message_header);
  switch (type) {
    case HandshakeType::client_hello: return note_of_client_hello(fields);
    case HandshakeType::server_hello: return note_of_server_hello(fields, offered);
    case HandshakeType::hello_retry_request: return note_of_retry(fields);
    case HandshakeType::encrypted_extensions: return note_of_encrypted_extensions(message);
    case HandshakeType::certificate_request: return note_of_certificate_request(message);
    case HandshakeType::certificate: return note_of_certificate(message, shown);
    case HandshakeType::compressed_certificate: return note_of_compressed(fields);
    case HandshakeType::certificate_verify:
      return std::string(name(static_cast<SignatureScheme>(fields.number(2))));
    case HandshakeType::new_session_ticket: return note_of_ticket(fields);
    case HandshakeType::key_update:
      return fields.number(1) == 1 ? "asks the peer to change keys too" : "";
    default: return {};
  }
}

ShownTypes types_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  const Bytes extensions = fields.vector(2);
  const auto type_in = [extensions](ExtensionType extension) {
    const auto said = find_extension(extensions, extension);
    return said ? static_cast<CertificateType>(Fields(*said).number(1)) : CertificateType::x509;
  };
  return {.server = type_in(ExtensionType::server_certificate_type),
          .client = type_in(ExtensionType::client_certificate_type)};
}

std::vector<OfferedKey> offered_keys_of(Bytes client_hello) {
  Fields fields(client_hello);
  fields.take(message_header + 2 + 32);
  fields.vector(1);
  fields.vector(2);
  fields.vector(1);
  return keys_of(find_extension(fields.vector(2), ExtensionType::pre_shared_key).value_or(Bytes()));
}

std::vector<std::string> authorities_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  fields.vector(1);  // certificate_request_context
  const auto extension = find_extension(fields.vector(2), ExtensionType::certificate_authorities);
  std::vector<std::string> names;
  Fields list(Fields(extension.value_or(Bytes())).vector(2));
  while (!list.is_empty()) {
    names.push_back(Certificate::name_text(list.vector(2)));
  }
  return names;
}

std::vector<ShownCertificate> certificates_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  fields.vector(1);  // certificate_request_context
  Fields list(fields.vector(3));
  std::vector<ShownCertificate> certificates;
  while (!list.is_empty()) {
    ShownCertificate shown{.der = list.vector(3)};
    const Bytes extensions = list.vector(2);
    if (const auto status = find_extension(extensions, ExtensionType::status_request)) {
      shown.staple = response_of(*status);
    }
    shown.sct_list =
        find_extension(extensions, ExtensionType::signed_certificate_timestamp).value_or(Bytes());
    shown.delegated =
        find_extension(extensions, ExtensionType::delegated_credential).value_or(Bytes());
    certificates.push_back(shown);
  }
  return certificates;
}

}  // namespace handfast::command
