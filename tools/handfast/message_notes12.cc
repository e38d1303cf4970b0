#include "handfast/message_notes12.h"

#include "handfast/certificate.h"
#include "handfast/message_fields.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace handfast::command {

namespace {

struct ServerHelloParts {
  Bytes session_id;
  CipherSuite suite{};
  Bytes extensions;
};

ServerHelloParts parts_of_server_hello(Bytes message) {
  Fields fields(message);
  fields.take(message_header + 2 + 32);  // server_version, random
  ServerHelloParts parts;
  parts.session_id = fields.vector(1);
  parts.suite = static_cast<CipherSuite>(fields.number(2));
  fields.take(1);  // compression_method
  parts.extensions = fields.vector(2);
  return parts;
}

std::string note_of_server_hello12(Bytes message, Bytes offered_id) {
  const ServerHelloParts hello = parts_of_server_hello(message);
  std::string note = fmt::format("TLS 1.2, {}", name(hello.suite));
  const bool resumes = !offered_id.empty() && std::ranges::equal(hello.session_id, offered_id);
  note += resumes ? ", session resumed" : "";
  if (const auto alpn =
          find_extension(hello.extensions, ExtensionType::application_layer_protocol_negotiation)) {
    note += ", " + protocols_of(*alpn);
  }
  return note;
}

std::string note_of_certificate12(Bytes message) {
  const std::size_t count = certificates12_of(message).size();
  return count == 0 ? std::string("no certificate")
                    : fmt::format("{} certificate{}", count, count == 1 ? "" : "s");
}

/// RFC 5246 §7.4.3: a prime, a generator, a public value, and the signature over them. The groups
/// of RFC 7919 that are taken differ in their lengths.
std::string note_of_dhe(std::uint32_t size, Fields fields) {
  constexpr std::array groups = {std::pair{256U, NamedGroup::ffdhe2048},
                                 std::pair{384U, NamedGroup::ffdhe3072},
                                 std::pair{512U, NamedGroup::ffdhe4096}};
  fields.take(size);
  fields.vector(2);
  fields.vector(2);
  const auto scheme = static_cast<SignatureScheme>(fields.number(2));
  if (fields.is_cut()) {
    return "no named group";
  }
  for (const auto& [of_group, group] : groups) {
    if (size == of_group) {
      return fmt::format("{}, signed with {}", name(group), name(scheme));
    }
  }
  return fmt::format("a prime of {} bits, signed with {}", 8 * size, name(scheme));
}

/// RFC 8422 §5.4: ECParameters of a named curve, a point, and the signature over them. With an
/// external key (RFC 5489 §2) a hint, which begins with a zero as it is short, stands before them,
/// and nothing behind.
std::string note_of_server_key_exchange(Fields fields) {
  constexpr std::uint32_t named_curve = 3;
  std::uint32_t curve_type = fields.number(1);
  if (curve_type == 0) {
    fields.vector(1);
    curve_type = fields.is_empty() ? 0 : fields.number(1);
  }
  if (curve_type == 1 || curve_type == 2) {  // the length of a prime begins so
    return note_of_dhe(curve_type << 8 | fields.number(1), fields);
  }
  if (curve_type != named_curve) {
    return "no named group";
  }
  const auto group = static_cast<NamedGroup>(fields.number(2));
  fields.vector(1);
  if (fields.is_empty()) {
    return std::string(name(group));
  }
  const auto scheme = static_cast<SignatureScheme>(fields.number(2));
  return fmt::format("{}, signed with {}", name(group), name(scheme));
}

std::string note_of_certificate_request12(Bytes message) {
  const std::vector<std::string> authorities = authorities12_of(message);
  if (authorities.empty()) {
    return "of any authority";
  }
  const std::size_t more = authorities.size() - 1;
  return fmt::format("of {}{}", authorities.front(),
                     more == 0 ? "" : fmt::format(" or {} more", more));
}

/// RFC 5077 §3.3.
std::string note_of_ticket12(Fields fields) {
  const std::uint32_t hint = fields.number(4);
  if (fields.vector(2).empty()) {
    return "without a ticket";
  }
  return hint == 0 ? "does not say how long it lives" : fmt::format("lives {} s", hint);
}

}  // namespace

bool settles_12(Bytes server_hello) {
  const ServerHelloParts hello = parts_of_server_hello(server_hello);
  return !find_extension(hello.extensions, ExtensionType::supported_versions);
}

Bytes session_id_of(Bytes hello) {
  Fields fields(hello);
  fields.take(message_header + 2 + 32);  // version, random
  return fields.vector(1);
}

std::string note_of12(HandshakeType type, Bytes message, Bytes offered_id) {
  Fields fields(message);
  fields.take(message_header);
  switch (type) {
    case HandshakeType::server_hello: return note_of_server_hello12(message, offered_id);
    case HandshakeType::certificate: return note_of_certificate12(message);
    case HandshakeType::certificate_status: return "OCSP response";
    case HandshakeType::server_key_exchange: return note_of_server_key_exchange(fields);
    case HandshakeType::certificate_request: return note_of_certificate_request12(message);
    case HandshakeType::certificate_verify:
      return std::string(name(static_cast<SignatureScheme>(fields.number(2))));
    case HandshakeType::new_session_ticket: return note_of_ticket12(fields);
    default: return {};
  }
}

std::vector<ShownCertificate> certificates12_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  Fields list(fields.vector(3));
  std::vector<ShownCertificate> certificates;
  while (!list.is_empty()) {
    certificates.push_back({.der = list.vector(3)});
  }
  return certificates;
}

Bytes staple12_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header + 1);  // status_type
  return fields.vector(3);
}

Bytes sct_list12_of(Bytes server_hello) {
  return find_extension(parts_of_server_hello(server_hello).extensions,
                        ExtensionType::signed_certificate_timestamp)
      .value_or(Bytes());
}

std::vector<std::string> authorities12_of(Bytes message) {
  Fields fields(message);
  fields.take(message_header);
  fields.vector(1);  // certificate_types
  fields.vector(2);  // supported_signature_algorithms
  std::vector<std::string> names;
  Fields list(fields.vector(2));
  while (!list.is_empty()) {
    names.push_back(Certificate::name_text(list.vector(2)));
  }
  return names;
}

}  // namespace handfast::command
