#include "support/model12.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast::test::model12 {
namespace {

using S = State;

/// Which sides a row is about.
enum class If : std::uint8_t {
  always,
  may_be_13,    ///< a client to which the peer may still speak TLS 1.3
  sends_no_id,  ///< a client without a session, and without a stand-in for one
  offered,      ///< the client offers a session
  resumes,      ///< a server that takes it up
  by_rsa,       ///< what the server says for the key exchange stands in its certificate,
  by_psk,       ///< or nothing need be said
  may_staple,   ///< the server has announced that it may
  server_asks,  ///< a server that wants a certificate
  server_demands,
  shown,  ///< the client has shown one
};

struct Row {
  State state;
  Symbol symbol;
  std::variant<State, Alert> next;
  If when = If::always;
};

// RFC 5246 §7.3, figures 1 and 2: the client. What has no row is `unexpected_message`, §7.3:
// "Sending handshake messages in an unexpected order results in a fatal error", §7.2.2: "This alert
// is always fatal". A HelloRequest before Finished, which §7.4.1.1 has ignored, is one of them in
// this house: no transcript holds it, so that nobody would vouch for it.
constexpr Row client_rows[] = {
    {S::server_hello, Symbol::server_hello, S::certificate},
    // RFC 9846 §5: before the version is known, one change_cipher_spec is dropped.
    {S::server_hello, Symbol::change_cipher_spec, S::server_hello, If::may_be_13},
    // §7.4.1.3: with the session_id of the client's the session goes on. RFC 9846 §4.2.3: where
    // that id was a stand-in, this is illegal_parameter.
    {S::server_hello, Symbol::server_hello_resuming, S::new_session_ticket, If::offered},
    {S::server_hello, Symbol::server_hello_resuming, S::certificate, If::sends_no_id},
    {S::server_hello, Symbol::server_hello_resuming, Alert::illegal_parameter},
    {S::certificate, Symbol::certificate, S::certificate_status, If::may_staple},
    {S::certificate, Symbol::certificate, S::server_key_exchange},
    // §7.4.2: the server's list has its own certificate first.
    {S::certificate, Symbol::certificate_empty, Alert::decode_error},
    // RFC 6066 §8: "Note that a server MAY also choose not to send a "CertificateStatus" message".
    {S::certificate_status, Symbol::certificate_status, S::server_key_exchange},
    // §7.4.3: "It is not legal to send the ServerKeyExchange message for the following key exchange
    // methods: RSA, DH_DSS, DH_RSA".
    {S::certificate_status, Symbol::server_key_exchange, Alert::unexpected_message, If::by_rsa},
    {S::certificate_status, Symbol::server_key_exchange, S::certificate_request},
    {S::certificate_status, Symbol::certificate_request, S::server_hello_done, If::by_rsa},
    {S::certificate_status, Symbol::server_hello_done, S::new_session_ticket, If::by_rsa},
    {S::server_key_exchange, Symbol::server_key_exchange, S::certificate_request},
    // RFC 4279 §2: "If no hint is provided, the ServerKeyExchange message is omitted."
    {S::server_key_exchange, Symbol::server_hello_done, S::new_session_ticket, If::by_psk},
    {S::certificate_request, Symbol::certificate_request, S::server_hello_done},
    {S::certificate_request, Symbol::server_hello_done, S::new_session_ticket},
    {S::server_hello_done, Symbol::server_hello_done, S::new_session_ticket},
    // RFC 5077 §3.3: "This message MUST be sent if the server included a SessionTicket extension in
    // the ServerHello. This message MUST NOT be sent if the server did not".
    {S::new_session_ticket, Symbol::new_session_ticket, S::change_cipher_spec},
    {S::change_cipher_spec, Symbol::change_cipher_spec, S::finished},
    {S::finished, Symbol::finished, S::connected},
    // §6.2.3.3: what does not decrypt is bad_record_mac.
    {S::finished, Symbol::finished_in_clear, Alert::bad_record_mac},
    {S::connected, Symbol::finished_in_clear, Alert::bad_record_mac},
    {S::connected, Symbol::application_data, S::connected},
    // §6.2.1: "Zero-length fragments of Application data MAY be sent".
    {S::connected, Symbol::application_data_empty, S::connected},
    // §7.2.2: no_renegotiation, "Sent by the client in response to a hello request or by the server
    // in response to a client hello after initial handshaking."
    {S::connected, Symbol::hello_request, Alert::no_renegotiation},
};

constexpr Row server_rows[] = {
    {S::start, Symbol::client_hello, S::change_cipher_spec, If::resumes},
    {S::start, Symbol::client_hello, S::certificate, If::server_asks},
    {S::start, Symbol::client_hello, S::client_key_exchange},
    {S::certificate, Symbol::certificate, S::client_key_exchange},
    // §7.4.6: "If the client does not send any certificates, the server MAY at its discretion
    // either continue the handshake without client authentication, or respond with a fatal
    // handshake_failure alert."
    {S::certificate, Symbol::certificate_empty, Alert::handshake_failure, If::server_demands},
    {S::certificate, Symbol::certificate_empty, S::client_key_exchange},
    // §7.4.8: a certificate that can sign is followed by CertificateVerify.
    {S::client_key_exchange, Symbol::client_key_exchange, S::certificate_verify, If::shown},
    {S::client_key_exchange, Symbol::client_key_exchange, S::change_cipher_spec},
    {S::certificate_verify, Symbol::certificate_verify, S::change_cipher_spec},
    {S::change_cipher_spec, Symbol::change_cipher_spec, S::finished},
    {S::finished, Symbol::finished, S::connected},
    {S::finished, Symbol::finished_in_clear, Alert::bad_record_mac},
    {S::connected, Symbol::finished_in_clear, Alert::bad_record_mac},
    {S::connected, Symbol::application_data, S::connected},
    {S::connected, Symbol::application_data_empty, S::connected},
    {S::connected, Symbol::client_hello, Alert::no_renegotiation},
};

/// Where a side goes on from `state` if nothing that it would wait for there is ever said.
State skip(const Configuration& side, State state) {
  if (state == S::new_session_ticket && !side.gives_ticket) {
    return S::change_cipher_spec;  // none was announced
  }
  if (side.is_server) {
    return state;
  }
  // RFC 4279 §2: "the Certificate and CertificateRequest payloads are omitted from the response."
  if (state == S::certificate && !side.shows_certificates()) {
    return S::server_key_exchange;
  }
  if (state == S::certificate_request && !side.shows_certificates()) {
    return S::server_hello_done;
  }
  return state == S::server_key_exchange && side.exchange == Exchange::rsa ? S::certificate_request
                                                                           : state;
}

bool holds(If when, const Configuration& side, const Position& at) {
  switch (when) {
    case If::always: return true;
    case If::may_be_13: return side.speaks_13 && !at.dropped;
    case If::sends_no_id: return !side.speaks_13 && !side.offered;
    case If::offered: return side.offered;
    case If::resumes: return side.resumes();
    case If::by_rsa: return side.exchange == Exchange::rsa;
    case If::by_psk: return side.exchange == Exchange::psk;
    case If::may_staple: return side.may_staple;
    case If::server_asks: return side.asks;
    case If::server_demands: return side.demands;
    case If::shown: return at.shown;
  }
  return false;
}

}  // namespace

std::string_view name(Symbol symbol) {
  static constexpr std::array names = {"HelloRequest",
                                       "ClientHello",
                                       "ServerHello",
                                       "ServerHello with the client's session_id",
                                       "HelloVerifyRequest",
                                       "NewSessionTicket",
                                       "EndOfEarlyData",
                                       "EncryptedExtensions",
                                       "Certificate",
                                       "empty Certificate",
                                       "CertificateStatus",
                                       "ServerKeyExchange",
                                       "CertificateRequest",
                                       "ServerHelloDone",
                                       "CertificateVerify",
                                       "ClientKeyExchange",
                                       "Finished",
                                       "KeyUpdate",
                                       "message_hash",
                                       "unassigned message",
                                       "ChangeCipherSpec",
                                       "application data",
                                       "empty application data",
                                       "empty handshake record",
                                       "Finished in clear",
                                       "fatal alert",
                                       "close_notify"};
  static_assert(names.size() == std::to_underlying(Symbol::count));
  return names.at(std::to_underlying(symbol));
}

std::string_view name(State state) {
  static constexpr std::array names = {"START",
                                       "wait for ServerHello",
                                       "wait for Certificate",
                                       "wait for CertificateStatus",
                                       "wait for ServerKeyExchange",
                                       "wait for CertificateRequest",
                                       "wait for ServerHelloDone",
                                       "wait for ClientKeyExchange",
                                       "wait for CertificateVerify",
                                       "wait for NewSessionTicket",
                                       "wait for ChangeCipherSpec",
                                       "wait for Finished",
                                       "CONNECTED"};
  static_assert(names.size() == std::to_underlying(S::connected) + 1);
  return names.at(std::to_underlying(state));
}

Position beginning(const Configuration& configuration) {
  return {.state = configuration.is_server ? S::start : S::server_hello};
}

Outcome step(const Configuration& configuration, const Position& from, Symbol symbol) {
  // RFC 5246 §7.2.2: upon a fatal alert "both parties immediately close the connection". §7.2.1: a
  // close_notify is answered by one; where all that was to be said may have been, the caller does.
  if (symbol == Symbol::alert_fatal) {
    return Silence{};
  }
  if (symbol == Symbol::close_notify) {
    return is_connected(from.state) ? Outcome(Silence{}) : Outcome(Alert::close_notify);
  }
  const std::span<const Row> rows = configuration.is_server ? std::span<const Row>(server_rows)
                                                            : std::span<const Row>(client_rows);
  const auto row = std::ranges::find_if(rows, [&](const Row& each) {
    return each.state == from.state && each.symbol == symbol &&
           holds(each.when, configuration, from);
  });
  if (row == rows.end()) {
    return Alert::unexpected_message;
  }
  if (const auto* alert = std::get_if<Alert>(&row->next)) {
    return *alert;
  }
  Position to = from;
  to.state = skip(configuration, std::get<State>(row->next));
  const bool server_answers = from.state == S::start;
  const bool goes_on = symbol == Symbol::server_hello_resuming && configuration.offered;
  to.resumed = from.resumed || goes_on || (server_answers && configuration.resumes());
  to.asked = from.asked || symbol == Symbol::certificate_request ||
             (server_answers && configuration.asks && !to.resumed);
  to.shown = from.shown || (configuration.is_server && symbol == Symbol::certificate);
  const bool is_early = from.state == S::server_hello;
  to.changed = from.changed || (symbol == Symbol::change_cipher_spec && !is_early);
  to.dropped = from.dropped || (symbol == Symbol::change_cipher_spec && is_early);
  return to;
}

std::vector<HandshakeType> sent(const Configuration& configuration, const Position& at) {
  std::vector<HandshakeType> messages;
  const auto say = [&](bool really, HandshakeType type) {
    if (really) {
      messages.push_back(type);
    }
  };
  if (configuration.is_server) {
    const bool has_answered = at.state != S::start;
    const bool has_finished = has_answered && (at.resumed || is_connected(at.state));
    say(has_answered, HandshakeType::server_hello);
    say(has_answered && !at.resumed && configuration.shows_certificates(),
        HandshakeType::certificate);
    say(has_answered && !at.resumed && configuration.may_staple, HandshakeType::certificate_status);
    const bool says_key =
        configuration.exchange != Exchange::rsa && configuration.exchange != Exchange::psk;
    say(has_answered && !at.resumed && says_key, HandshakeType::server_key_exchange);
    say(at.asked, HandshakeType::certificate_request);
    say(has_answered && !at.resumed, HandshakeType::server_hello_done);
    say(has_finished && configuration.gives_ticket, HandshakeType::new_session_ticket);
    say(has_finished, HandshakeType::finished);
    return messages;
  }
  const bool has_heard_all = at.state >= S::new_session_ticket && !at.resumed;
  say(true, HandshakeType::client_hello);
  say(has_heard_all && at.asked, HandshakeType::certificate);
  say(has_heard_all, HandshakeType::client_key_exchange);
  say(has_heard_all && at.asked && configuration.has_certificate,
      HandshakeType::certificate_verify);
  say(has_heard_all || is_connected(at.state), HandshakeType::finished);
  return messages;
}

}  // namespace handfast::test::model12
