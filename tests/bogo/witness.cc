#include "witness.h"

#include <utility>

namespace handfast::bogo {
namespace {

/// Takes `size` bytes off the front; all there are if there are fewer.
Bytes take(Bytes& bytes, std::size_t size) {
  const Bytes front = bytes.first(std::min(size, bytes.size()));
  bytes = bytes.subspan(front.size());
  return front;
}

std::size_t take_number(Bytes& bytes, std::size_t size) {
  std::size_t value = 0;
  for (const std::uint8_t byte : take(bytes, size)) {
    value = value << 8 | byte;
  }
  return value;
}

Bytes take_vector(Bytes& bytes, std::size_t length_size) {
  const std::size_t size = take_number(bytes, length_size);
  return take(bytes, size);
}

/// The extensions of a ClientHello with its header. RFC 9846 §4.2.2.
Bytes extensions_of_hello(Bytes message) {
  take(message, 4 + 2 + 32);
  take_vector(message, 1);
  take_vector(message, 2);
  take_vector(message, 1);
  return take_vector(message, 2);
}

/// The content of an extension; empty if there is none.
Bytes find_extension(Bytes extensions, ExtensionType wanted) {
  while (!extensions.empty()) {
    const std::size_t type = take_number(extensions, 2);
    const Bytes content = take_vector(extensions, 2);
    if (type == std::to_underlying(wanted)) {
      return content;
    }
  }
  return {};
}

}  // namespace

void Witness::observe(const Observation& observation) {
  if (const auto* message = std::get_if<MessageSeen>(&observation)) {
    const bool is_retry = message->type == HandshakeType::hello_retry_request;
    const HandshakeType type = is_retry ? HandshakeType::server_hello : message->type;
    last_received_ = message->flow == Flow::received ? type : last_received_;
    write(message->flow, "hs " + std::to_string(std::to_underlying(type)));
    read(type, message->bytes);
  } else if (const auto* record = std::get_if<RecordSeen>(&observation)) {
    if (record->type == ContentType::change_cipher_spec) {
      write(record->flow, "ccs");
    }
  } else if (const auto* alert = std::get_if<AlertSeen>(&observation)) {
    const bool is_closure =
        alert->alert == Alert::close_notify || alert->alert == Alert::user_canceled;
    write(alert->flow, std::string("alert ") + (is_closure ? "1 " : "2 ") +
                           std::to_string(std::to_underlying(alert->alert)));
  }
}

void Witness::read(HandshakeType type, Bytes message) {
  if (type == HandshakeType::client_hello) {
    Bytes alpn = find_extension(extensions_of_hello(message),
                                ExtensionType::application_layer_protocol_negotiation);
    const Bytes names = take_vector(alpn, 2);
    advertised_alpn_.assign(names.begin(), names.end());
  } else if (type == HandshakeType::server_hello) {
    read_hello(message);
  } else if (type == HandshakeType::certificate_request) {
    read_request(message);
  } else if (type == HandshakeType::new_session_ticket) {
    // RFC 5077 §3.3: a lifetime, and the ticket. In TLS 1.3 none is empty.
    take(message, 4 + 4);
    is_ticket_sent_ = is_13_ || !take_vector(message, 2).empty();
  }
}

/// A ServerHello with its header. RFC 9846 §4.2.3.
void Witness::read_hello(Bytes message) {
  take(message, 4 + 2 + 32);
  const Bytes id = take_vector(message, 1);
  session_id_.assign(id.begin(), id.end());
  take(message, 2 + 1);
  is_13_ = !find_extension(take_vector(message, 2), ExtensionType::supported_versions).empty();
}

/// A CertificateRequest with its header. RFC 9846 §4.4.2; RFC 5246 §7.4.4.
void Witness::read_request(Bytes message) {
  take(message, 4);
  const Bytes first = take_vector(message, 1);
  Bytes list;
  if (is_13_) {
    list = find_extension(take_vector(message, 2), ExtensionType::certificate_authorities);
  } else {
    certificate_types_.assign(first.begin(), first.end());
    take_vector(message, 2);
    list = message;
  }
  for (list = take_vector(list, 2); !list.empty();) {
    const Bytes name = take_vector(list, 2);
    client_authorities_.emplace_back(name.begin(), name.end());
  }
}

void Witness::log(std::string_view line) {
  const std::size_t last = line.rfind(' ');
  if (line.starts_with("CLIENT_TRAFFIC_SECRET_")) {
    client_secret_ = hex(line.substr(last + 1));
  } else if (line.starts_with("SERVER_TRAFFIC_SECRET_")) {
    server_secret_ = hex(line.substr(last + 1));
  }
}

void Witness::write(Flow flow, const std::string& what) {
  trace_ += (flow == Flow::sent ? "write " : "read ") + what + "\n";
}

}  // namespace handfast::bogo
