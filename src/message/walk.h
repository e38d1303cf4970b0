// walk_message: every byte of a handshake message as a named field. What explains a message stands
// on this.
#pragma once

#include "codec/layout.h"
#include "message/certificate.h"
#include "message/client_hello.h"
#include "message/encrypted_extensions.h"
#include "message/end_of_early_data.h"
#include "message/finished.h"
#include "message/handshake_message.h"
#include "message/post_handshake.h"
#include "message/server_hello.h"

#include <optional>

namespace handfast::message {

/// Walks the status_request of a ClientHello, and what is asked if its type is known here.
template <class Visit>
void walk_status_request(Bytes data, std::size_t base, unsigned depth, Visit& visit) {
  const auto outer = codec::read<CertificateStatusRequest>(data);
  static_cast<void>(codec::walk<CertificateStatusRequest>(data, visit, base, depth));
  if (outer && outer->status_type == CertificateStatusType::ocsp) {
    const std::size_t start = base + data.size() - outer->request.size();
    static_cast<void>(codec::walk<OcspStatusRequest>(outer->request, visit, start, depth + 1));
  }
}

/// Walks the encrypted_client_hello of a ClientHello.
template <class Visit>
void walk_ech(Bytes data, std::size_t base, unsigned depth, Visit& visit) {
  const auto ech = codec::read<EchClientHello>(data);
  static_cast<void>(codec::walk<EchClientHello>(data, visit, base, depth));
  if (ech && ech->form == EchClientHelloType::outer) {
    static_cast<void>(codec::walk<OuterEchClientHello>(ech->content, visit, base + 1, depth + 1));
  }
}

/// Walks the content of one extension that stands in `place`. An extension that is not known here,
/// or does not parse, is left as bytes.
template <class Visit>
void walk_extension(ExtensionType type, Place place, Bytes data, std::size_t base, unsigned depth,
                    Visit& visit) {
  const auto as = [&]<class X>(X) { static_cast<void>(codec::walk<X>(data, visit, base, depth)); };
  const bool asks = place == Place::client_hello || place == Place::certificate_request;
  switch (type) {
    case ExtensionType::server_name: return asks ? as(ServerNameList{}) : as(ServerNameAck{});
    case ExtensionType::status_request:
      if (place == Place::certificate_request || place == Place::server_hello12) {
        return as(CertificateStatusWish{});
      }
      return asks ? walk_status_request(data, base, depth, visit) : as(CertificateStatus{});
    case ExtensionType::signed_certificate_timestamp:
      return asks ? as(SignedCertificateTimestampWish{}) : as(SignedCertificateTimestampList{});
    case ExtensionType::certificate_authorities: return as(CertificateAuthorities{});
    case ExtensionType::oid_filters: return as(OidFilters{});
    case ExtensionType::supported_groups: return as(SupportedGroups{});
    case ExtensionType::ec_point_formats: return as(EcPointFormats{});
    case ExtensionType::encrypt_then_mac: return as(EncryptThenMac{});
    case ExtensionType::extended_main_secret: return as(ExtendedMainSecret{});
    case ExtensionType::session_ticket: return as(SessionTicket{});
    case ExtensionType::renegotiation_info: return as(RenegotiationInfo{});
    case ExtensionType::signature_algorithms: return as(SignatureAlgorithms{});
    case ExtensionType::signature_algorithms_cert: return as(SignatureAlgorithmsCert{});
    case ExtensionType::application_layer_protocol_negotiation: return as(ProtocolNameList{});
    case ExtensionType::supported_versions:
      return asks ? as(SupportedVersions{}) : as(SelectedVersion{});
    case ExtensionType::cookie: return as(Cookie{});
    case ExtensionType::client_certificate_type:
      return asks ? as(ClientCertificateTypes{}) : as(ClientCertificateType{});
    case ExtensionType::server_certificate_type:
      return asks ? as(ServerCertificateTypes{}) : as(ServerCertificateType{});
    case ExtensionType::compress_certificate: return as(CertificateCompressionAlgorithms{});
    case ExtensionType::heartbeat: return as(HeartbeatExtension{});
    case ExtensionType::max_fragment_length: return as(MaxFragmentLength{});
    case ExtensionType::record_size_limit: return as(RecordSizeLimit{});
    case ExtensionType::delegated_credential:
      return asks ? as(DelegatedCredentialWish{}) : as(DelegatedCredential{});
    case ExtensionType::ticket_request:
      return asks ? as(ClientTicketRequest{}) : as(ServerTicketRequestHint{});
    case ExtensionType::psk_key_exchange_modes: return as(PskKeyExchangeModes{});
    case ExtensionType::post_handshake_auth: return as(PostHandshakeAuth{});
    case ExtensionType::pre_shared_key: return asks ? as(OfferedPsks{}) : as(SelectedPsk{});
    case ExtensionType::early_data:
      return place == Place::new_session_ticket ? as(MaxEarlyDataSize{})
                                                : as(EarlyDataIndication{});
    case ExtensionType::encrypted_client_hello:
      if (asks) {
        return walk_ech(data, base, depth, visit);
      }
      return place == Place::hello_retry_request ? as(EchHelloRetryRequest{})
                                                 : as(EchEncryptedExtensions{});
    case ExtensionType::key_share:
      if (asks) {
        return as(KeyShareClientHello{});
      }
      return place == Place::hello_retry_request ? as(KeyShareHelloRetryRequest{})
                                                 : as(KeyShareServerHello{});
    default: return;
  }
}

/// Walks a body whose extensions stand in `place`: its own fields, and those inside each extension.
template <class M, class Visit>
Result<> walk_body(Bytes body, Place place, Visit& visit, std::size_t base) {
  auto type = ExtensionType{};
  const auto inside = [&](const codec::FieldView& field) {
    visit(field);
    if (field.name == "extension_type") {
      type = static_cast<ExtensionType>(field.number);
    } else if (field.name == "extension_data" && field.kind == codec::FieldView::Kind::bytes) {
      walk_extension(type, place, body.subspan(field.offset - base, field.size), field.offset,
                     field.depth + 1, visit);
    }
  };
  return codec::walk<M>(body, inside, base);
}

/// Walks a hello, which may end before its extensions.
template <class Bare, class Hello, class Visit>
Result<> walk_hello(Bytes body, Place place, Visit& visit) {
  if (codec::read<Bare>(body)) {
    return codec::walk<Bare>(body, visit, header_size);
  }
  return walk_body<Hello>(body, place, visit, header_size);
}

/// A message without its header.
struct WalkedHeader {
  HandshakeType type{};
  Bytes body;
};

template <class Visit>
Result<WalkedHeader> walk_header(Bytes message, Visit& visit) {
  codec::Reader in(message);
  const auto type = static_cast<HandshakeType>(in.number<std::uint8_t>());
  const auto length = in.big_endian<3>();
  const Bytes body = in.take(length);
  if (const auto whole = in.finish(); !whole) {
    return std::unexpected(whole.error());
  }
  using Kind = codec::FieldView::Kind;
  visit(codec::FieldView{"msg_type", Kind::number, 0, 1, static_cast<std::uint32_t>(type), 0});
  visit(codec::FieldView{"length", Kind::length, 1, 3, length, 0});
  return WalkedHeader{type, body};
}

/// Calls `visit(const codec::FieldView&)` for each field of `message` (header and body). A
/// Certificate does not say what it shows: `shown` is what its sender had settled on. Fails: as
/// `codec::read`; message_unexpected for a type that is not known here.
template <class Visit>
Result<> walk_message(Bytes message, Visit&& visit, CertificateType shown = CertificateType::x509) {
  const auto header = walk_header(message, visit);
  if (!header) {
    return std::unexpected(header.error());
  }
  const Bytes body = header->body;
  switch (header->type) {
    case HandshakeType::client_hello:
      return walk_hello<BareClientHello, ClientHello>(body, Place::client_hello, visit);
    case HandshakeType::server_hello: {
      const auto hello = read_server_hello(body);
      const bool retry = hello && hello->is_retry();
      const Place place = retry ? Place::hello_retry_request : Place::server_hello;
      return walk_hello<BareServerHello, ServerHello>(body, place, visit);
    }
    case HandshakeType::encrypted_extensions:
      return walk_body<EncryptedExtensions>(body, Place::encrypted_extensions, visit, header_size);
    case HandshakeType::certificate_request:
      return walk_body<CertificateRequest>(body, Place::certificate_request, visit, header_size);
    case HandshakeType::client_certificate_request:
      return walk_body<ClientCertificateRequest>(body, Place::certificate_request, visit,
                                                 header_size);
    case HandshakeType::certificate:
      if (shown == CertificateType::raw_public_key) {
        return walk_body<RawPublicKeyCertificate>(body, Place::certificate, visit, header_size);
      }
      return walk_body<Certificate>(body, Place::certificate, visit, header_size);
    case HandshakeType::compressed_certificate:
      return codec::walk<CompressedCertificate>(body, visit, header_size);
    case HandshakeType::certificate_verify:
      return codec::walk<CertificateVerify>(body, visit, header_size);
    case HandshakeType::end_of_early_data:
      return codec::walk<EndOfEarlyData>(body, visit, header_size);
    case HandshakeType::finished: return codec::walk<Finished>(body, visit, header_size);
    case HandshakeType::new_session_ticket:
      return walk_body<NewSessionTicket>(body, Place::new_session_ticket, visit, header_size);
    case HandshakeType::key_update: return codec::walk<KeyUpdate>(body, visit, header_size);
    default: return fail(Reason::message_unexpected);
  }
}

}  // namespace handfast::message
