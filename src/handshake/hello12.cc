#include "handshake/hello12.h"

#include "base/gather.h"
#include "base/limits.h"
#include "handshake/common_choice.h"
#include "handshake/downgrade.h"
#include "handshake/permitted.h"
#include "handshake/settle13.h"
#include "message/extension/ec_point_formats.h"
#include "message/extension/encrypt_then_mac.h"
#include "message/extension/extended_main_secret.h"
#include "message/extension/renegotiation_info.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {
namespace {

using message::ServerHello;
using message::ServerHello12Extensions;

bool has(std::span<const ProtocolVersion> versions, ProtocolVersion version) {
  return std::ranges::find(versions, version) != versions.end();
}

/// What a client demands that no server may leave out.
Result<> check_protections(const ServerHello12Extensions& typed) {
  // RFC 7627 §5.2: a client that gets no such extension SHOULD abort the handshake if it does not
  // wish to speak with old servers; where a session goes on, §5.3 has it that it MUST.
  if (!typed.extended_main_secret) {
    return fail(Reason::extended_main_secret_missing);
  }
  // RFC 5746 §3.4 lets a client go on without the extension; then the server would not notice that
  // somebody in between has spoken first.
  if (!typed.renegotiation_info) {
    return fail(Reason::renegotiation_info_missing);
  }
  // RFC 5746 §3.4: the client "MUST then verify that the length of the "renegotiated_connection"
  // field is zero, and if it is not, MUST abort the handshake".
  return typed.renegotiation_info->renegotiated_connection.empty()
             ? Result<>()
             : fail(Reason::renegotiation_info_invalid);
}

/// What a server may not choose.
Result<> check_answers(const ServerHello12Extensions& typed, const crypto::Suite& suite) {
  // RFC 7366 §3: a server that has chosen an AEAD "MUST NOT send an encrypt-then-MAC response
  // extension back to the client."
  if (typed.encrypt_then_mac && !suite.mac) {
    return fail(Reason::encrypt_then_mac_misplaced);
  }
  if (typed.ec_point_formats && !typed.ec_point_formats->ec_point_format_list.contains(
                                    message::EcPointFormat::uncompressed)) {
    return fail(Reason::point_format_none_common);
  }
  // RFC 7250 §4.2 would have raw keys in TLS 1.2 too; here they are for TLS 1.3.
  const auto& client_type = typed.client_certificate_type;
  const auto& server_type = typed.server_certificate_type;
  if ((client_type && client_type->client_certificate_type != CertificateType::x509) ||
      (server_type && server_type->server_certificate_type != CertificateType::x509)) {
    return fail(Reason::certificate_type_none_common);
  }
  const auto& limit = typed.record_size_limit;
  return !limit || limit->record_size_limit >= limits::record_inner_least
             ? Result<>()
             : fail(Reason::record_size_limit_invalid);
}

Result<std::string> protocol_of(const ServerHello12Extensions& typed,
                                const ClientOptions& options) {
  return typed.alpn ? chosen_protocol(*typed.alpn, options) : std::string();
}

/// What the extension holds: it is not taken apart here.
Bytes sct_list_of(const ServerHello& hello) {
  const auto found =
      std::ranges::find_if(hello.extensions, [](const message::Extension& extension) {
        return extension.extension_type == ExtensionType::signed_certificate_timestamp;
      });
  return found != hello.extensions.end() ? (*found).extension_data : Bytes();
}

}  // namespace

bool chooses_12(const Asked& asked, const ServerHello& hello) {
  const bool is_13 = std::ranges::any_of(hello.extensions, [](const message::Extension& extension) {
    return extension.extension_type == ExtensionType::supported_versions;
  });
  const Offer& offer = *asked.offer;
  return !is_13 && !hello.is_retry() && hello.legacy_version == ProtocolVersion::tls12 &&
         offers_12(offer, *asked.options) && !offer.early_data;
}

bool wants_12(const ServerOptions& options, const message::ClientHello& hello) {
  if (!has(options.versions, ProtocolVersion::tls12)) {
    return false;
  }
  const auto& listed = hello.typed.supported_versions;
  if (!listed) {
    return hello.legacy_version >= ProtocolVersion::tls12;
  }
  const bool may_13 = has(options.versions, ProtocolVersion::tls13) &&
                      listed->versions.contains(ProtocolVersion::tls13);
  return !may_13 && listed->versions.contains(ProtocolVersion::tls12);
}

Result<ServerChoice12> check_server_hello12(const Asked& asked, const ServerHello& hello) {
  const ClientOptions& options = *asked.options;
  if (has(options.versions, ProtocolVersion::tls13)) {
    if (const auto checked = check_no_downgrade(hello.random); !checked) {
      return std::unexpected(checked.error());
    }
  }
  // RFC 5246 §7.4.1.3: an id that is the client's is a session that goes on; without one, what was
  // sent stands for none (RFC 9846 §E.4).
  const Bytes sent = asked.offer->sent_session_id();
  const SessionFields* const session = asked.offer->session12;
  const bool resumes = !sent.empty() && std::ranges::equal(hello.legacy_session_id_echo, sent);
  if (resumes && session == nullptr) {
    return fail(Reason::session_not_offered);
  }
  const crypto::Suite* const suite = crypto::find_suite12(hello.cipher_suite);
  if (suite == nullptr || !offers_suite12(*asked.offer, options, suite->id)) {
    return fail(Reason::suite_not_offered);
  }
  // RFC 5246 §7.4.1.3: "For resumed sessions, this field is the value from the state of the session
  // being resumed."
  if (resumes && suite->id != session->suite) {
    return fail(Reason::session_other_suite);
  }
  if (hello.legacy_compression_method != 0) {
    return fail(Reason::compression_not_null);
  }
  if (const auto checked = message::check_answered(hello.extensions, asked.extensions); !checked) {
    return std::unexpected(checked.error());
  }
  const auto typed = message::read_extensions<ServerHello12Extensions>(hello.extensions);
  if (!typed) {
    return std::unexpected(typed.error());
  }
  for (const auto& checked : {check_protections(*typed), check_answers(*typed, *suite)}) {
    if (!checked) {
      return std::unexpected(checked.error());
    }
  }
  auto alpn = protocol_of(*typed, options);
  if (!alpn) {
    return std::unexpected(alpn.error());
  }
  ServerChoice12 choice;
  choice.suite = suite;
  choice.alpn = *std::move(alpn);
  if (typed->record_size_limit) {
    choice.record_size_limit = typed->record_size_limit->record_size_limit;
  }
  choice.encrypt_then_mac = typed->encrypt_then_mac.has_value();
  const auto length = fragment_length_of(*typed, options);
  if (!length) {
    return std::unexpected(length.error());
  }
  choice.max_fragment_length = *length;
  const auto heartbeat = heartbeat_of(*typed, options);
  if (!heartbeat) {
    return std::unexpected(heartbeat.error());
  }
  choice.heartbeat = *heartbeat;
  choice.session_id = hello.legacy_session_id_echo;
  choice.session = resumes ? session : nullptr;
  // RFC 6066 §4: "The negotiated length applies for the duration of the session including session
  // resumptions"; a server that resumes need not say it again.
  if (resumes && !choice.record_size_limit && *length == 0) {
    choice.max_fragment_length = session->max_fragment_length;
  }
  choice.gives_ticket = typed->session_ticket.has_value();
  choice.may_staple = typed->status_request.has_value();
  choice.sct_list = sct_list_of(hello);
  return choice;
}

void settle12(Handshake& hs, const ServerChoice12& choice) {
  Settled& settled = hs.settled();
  settled.version = ProtocolVersion::tls12;
  settled.suite = choice.suite->id;
  settled.alpn = choice.alpn;
  settle_suite12(hs, *choice.suite, hs.client().config->options().policy, choice.encrypt_then_mac);
  if (choice.record_size_limit) {
    // RFC 8449 §4: in TLS 1.2 the limit is of content, without its type.
    hs.wire().limit_records(*choice.record_size_limit + std::size_t{1},
                            record_limit(hs.client().config->options()));
  }
  settle_fragment_length(hs, choice.max_fragment_length);
  settle_heartbeat(hs, hs.client().config->options().heartbeat, choice.heartbeat);
}

namespace {

/// What is said of the server's certificate, which a session that goes on does not show: RFC 6066
/// §3 has no server_name then either.
void write_of_certificate(codec::Writer& out, const Handshake& hs,
                          const message::ClientHello& hello, const Shown12& shown) {
  if (shown.credential == nullptr) {
    return;  // an external key stands in its place
  }
  const std::string& name = hs.settled().server_name;
  if (!name.empty() && shown.credential->matches(name)) {
    message::write_extension(out, message::ServerNameAck{});
  }
  const Stapled& stapled = shown.credential->stapled();
  if (shown.staples) {
    message::write_extension(out, message::CertificateStatusWish{});
  }
  if (hello.typed.signed_certificate_timestamp && !stapled.sct_list.empty()) {
    codec::write(out,
                 message::Extension{ExtensionType::signed_certificate_timestamp, stapled.sct_list});
  }
}

}  // namespace

Result<const message::Random*> send_server_hello12(Handshake& hs, const message::ClientHello& hello,
                                                   const Choice12& choice,
                                                   const SessionAnswer12& session,
                                                   const crypto::Suite& suite,
                                                   const Shown12& shown) {
  const ServerOptions& options = hs.server().config->options();
  auto* const random = hs.store().make<message::Random>(message::Random{});
  if (random == nullptr) {
    return fail(Reason::out_of_memory);
  }
  if (const auto filled = hs.chance().fill(*random); !filled) {
    return std::unexpected(filled.error());
  }
  if (has(options.versions, ProtocolVersion::tls13)) {
    mark_downgrade(*random);
  }
  const std::size_t sct_size =
      shown.credential != nullptr ? shown.credential->stapled().sct_list.size() : 0;
  const MutBytes memory = hs.store().allocate(512 + sct_size);
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer out(memory);
  message::write_extension(out, message::ExtendedMainSecret{});
  if (suite.mac && hello.typed.encrypt_then_mac) {
    message::write_extension(out, message::EncryptThenMac{});
  }
  if (hello.typed.renegotiation_info ||
      hello.cipher_suites.contains(CipherSuite::tls_empty_renegotiation_info_scsv)) {
    message::write_extension(out, message::RenegotiationInfo{});
  }
  // RFC 8422 §5.2: it is for suites with elliptic curves.
  if (hello.typed.ec_point_formats && crypto::needs_curve(suite.key_exchange)) {
    static constexpr std::array formats = {message::EcPointFormat::uncompressed};
    message::write_extension(
        out, message::EcPointFormats{std::span<const message::EcPointFormat>(formats)});
  }
  if (choice.alpn) {
    hs.settled().alpn = options.alpn[*choice.alpn];
    const message::ProtocolName protocol{bytes_of(hs.settled().alpn)};
    message::write_extension(out, message::ProtocolNameList{std::span(&protocol, 1)});
  }
  if (answers_record_limit(options, hello.typed)) {
    message::write_extension(out,
                             message::RecordSizeLimit{record_limit12(options.record_size_limit)});
  }
  if (choice.max_fragment_length != 0) {
    message::write_extension(out, message::MaxFragmentLength::of(choice.max_fragment_length));
  }
  if (choice.heartbeat) {
    message::write_extension(out, message::HeartbeatExtension{*options.heartbeat});
  }
  if (session.gives_ticket) {
    message::write_extension(out, message::SessionTicket{});
  }
  if (!session.resumes) {
    write_of_certificate(out, hs, hello, shown);
  }
  hs.store().shrink_last(memory.size() - out.size());
  message::ServerHello answer;
  answer.random = *random;
  answer.legacy_session_id_echo = session.id;
  answer.cipher_suite = suite.id;
  answer.extensions = message::ExtensionList::from_wire(out.written());
  const auto sent = hs.send(answer, 128 + out.size());
  return sent ? Result<const message::Random*>(random) : std::unexpected(sent.error());
}

}  // namespace handfast::handshake
