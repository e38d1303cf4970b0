#include "support/model13.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace handfast::test::model13 {
namespace {

using enum Symbol;
using enum State;

/// Which sides a row is about.
enum class If : std::uint8_t {
  always,
  offered,         ///< the client offers a session
  resumed,         ///< and it goes on
  server_retries,  ///< a server that wants another share first
  server_asks,     ///< a server that wants a certificate
  server_demands,  ///< one that does not go on without
  server_only_asks,
  server_neither,  ///< one that wants neither
  server_asks_later,
  client_offers_later,
};

struct Row {
  State state;
  Symbol symbol;
  std::variant<State, Alert> next;
  If when = If::always;
};

// RFC 9846 figure A.1. What has no row is `unexpected_message`, §4: "A peer which receives a
// handshake message in an unexpected order MUST abort the handshake with an "unexpected_message"
// alert." That includes a second HelloRetryRequest (§4.2.4), a KeyUpdate before Finished (§4.7.3),
// and a CertificateRequest to a connected client that never offered post_handshake_auth (§4.7.2).
constexpr Row client_rows[] = {
    {wait_sh, hello_retry_request, wait_sh_again},
    {wait_sh, server_hello, wait_ee},
    {wait_sh_again, server_hello, wait_ee},
    {wait_sh, server_hello_resuming, wait_ee, If::offered},
    {wait_sh_again, server_hello_resuming, wait_ee, If::offered},
    // §4.3: an answer to an extension that was not sent is unsupported_extension.
    {wait_sh, server_hello_resuming, Alert::unsupported_extension},
    {wait_sh_again, server_hello_resuming, Alert::unsupported_extension},
    {wait_ee, encrypted_extensions, wait_finished, If::resumed},
    {wait_ee, encrypted_extensions, wait_cert_cr},
    {wait_cert_cr, certificate_request, wait_cert},
    {wait_cert_cr, certificate, wait_cv},
    {wait_cert, certificate, wait_cv},
    // §4.5.1.3: a server's Certificate that is empty is answered by decode_error.
    {wait_cert_cr, certificate_empty, Alert::decode_error},
    {wait_cert, certificate_empty, Alert::decode_error},
    {wait_cv, certificate_verify, wait_finished},
    {wait_finished, finished, connected},
    {connected, new_session_ticket, connected},
    // §4.7.2: "the client MUST respond with the appropriate Authentication messages".
    {connected, certificate_request, connected, If::client_offers_later},
    {connected, key_update, connected},
    {connected, application_data, connected},
    // §5.1: application data of no bytes may be sent, against traffic analysis.
    {connected, application_data_empty, connected},
};

// RFC 9846 figure A.2, without 0-RTT. The rest is `unexpected_message` again: a ClientHello too,
// whenever it was not asked for (§4.2.2).
constexpr Row server_rows[] = {
    {start, client_hello, start_again, If::server_retries},
    {start, client_hello, wait_finished, If::offered},
    {start, client_hello, wait_cert, If::server_asks},
    {start, client_hello, wait_finished, If::server_neither},
    {start_again, client_hello, wait_finished, If::offered},
    {start_again, client_hello, wait_cert, If::server_asks},
    {start_again, client_hello, wait_finished},
    {wait_cert, certificate, wait_cv},
    // §4.5.1.3: without a certificate the server may go on, or abort with certificate_required.
    {wait_cert, certificate_empty, Alert::certificate_required, If::server_demands},
    {wait_cert, certificate_empty, wait_finished, If::server_only_asks},
    {wait_cv, certificate_verify, wait_finished},
    {wait_finished, finished, later_cert, If::server_asks_later},
    {wait_finished, finished, connected},
    {connected, key_update, connected},
    {connected, application_data, connected},
    {connected, application_data_empty, connected},
    // §4.7.2: "servers MUST be prepared for some delay, including receiving an arbitrary number of
    // other messages between sending the CertificateRequest and receiving a response".
    {later_cert, key_update, later_cert},
    {later_cert, application_data, later_cert},
    {later_cert, application_data_empty, later_cert},
    {later_cert, certificate, later_cv},
    {later_cert, certificate_empty, later_finished},
    // "All of the client's messages for a given response MUST appear consecutively on the wire with
    // no intervening messages of other types."
    {later_cv, certificate_verify, later_finished},
    {later_finished, finished, connected},
};

bool holds(If when, const Configuration& side, const Position& at) {
  switch (when) {
    case If::always: return true;
    case If::offered: return side.offered;
    case If::resumed: return at.resumed;
    case If::server_retries: return side.retries;
    case If::server_asks: return side.asks;
    case If::server_demands: return side.demands;
    case If::server_only_asks: return side.asks && !side.demands;
    case If::server_neither: return !side.asks && !side.retries;
    case If::server_asks_later: return side.asks_later;
    case If::client_offers_later: return side.offers_later;
  }
  return false;
}

/// RFC 9846 §5: a change_cipher_spec in clear may come after the first ClientHello and before the
/// peer's Finished, and is dropped. The RFC sets no number; one is what this house takes.
bool may_drop_change_cipher_spec(const Position& at) {
  return at.state != start && !is_connected(at.state) && !at.change_cipher_spec_seen;
}

}  // namespace

std::string_view name(Symbol symbol) {
  static constexpr std::array names = {"HelloRequest",
                                       "ClientHello",
                                       "ServerHello",
                                       "ServerHello with a PSK",
                                       "HelloRetryRequest",
                                       "NewSessionTicket",
                                       "EndOfEarlyData",
                                       "EncryptedExtensions",
                                       "CertificateRequest",
                                       "Certificate",
                                       "empty Certificate",
                                       "CertificateVerify",
                                       "Finished",
                                       "KeyUpdate",
                                       "message_hash",
                                       "ClientCertificateRequest",
                                       "unassigned message",
                                       "change_cipher_spec",
                                       "application data",
                                       "empty application data",
                                       "empty handshake record",
                                       "Finished in clear"};
  static_assert(names.size() == std::to_underlying(Symbol::count));
  return names.at(std::to_underlying(symbol));
}

std::string_view name(State state) {
  static constexpr std::array names = {
      "START",         "START after a retry", "WAIT_SH",    "WAIT_SH after a retry",
      "WAIT_EE",       "WAIT_CERT_CR",        "WAIT_CERT",  "WAIT_CV",
      "WAIT_FINISHED", "CONNECTED",           "LATER_CERT", "LATER_CV",
      "LATER_FINISHED"};
  static_assert(names.size() == std::to_underlying(later_finished) + 1);
  return names.at(std::to_underlying(state));
}

Epoch receiving(State state) {
  switch (state) {
    case start:
    case start_again:
    case wait_sh:
    case wait_sh_again: return Epoch::plaintext;
    case wait_ee:
    case wait_cert_cr:
    case wait_cert:
    case wait_cv:
    case wait_finished: return Epoch::handshake;
    case connected:
    case later_cert:
    case later_cv:
    case later_finished: break;
  }
  return Epoch::application;
}

Position beginning(const Configuration& configuration) {
  return {.state = configuration.is_server ? start : wait_sh};
}

Outcome step(const Configuration& configuration, const Position& from, Symbol symbol) {
  Position to = from;
  if (symbol == change_cipher_spec) {
    to.change_cipher_spec_seen = true;
    return may_drop_change_cipher_spec(from) ? Outcome(to) : Alert::unexpected_message;
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
  to.state = std::get<State>(row->next);
  to.retried = from.retried || to.state == start_again || to.state == wait_sh_again;
  const bool is_answer = from.state == start || from.state == start_again;  // a server's
  const bool has_answered = is_answer && to.state != start_again;
  to.resumed =
      from.resumed || symbol == server_hello_resuming || (has_answered && configuration.offered);
  const bool is_late = is_connected(from.state);
  to.requests += is_late && symbol == certificate_request ? 1U : 0U;
  to.asked = from.asked || (!is_late && symbol == certificate_request) ||
             (has_answered && configuration.asks && !to.resumed);
  to.key_updates += symbol == key_update ? 1U : 0U;
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
    const bool has_answered = at.state != start && at.state != start_again;
    say(at.retried, HandshakeType::hello_retry_request);
    say(has_answered, HandshakeType::server_hello);
    say(has_answered, HandshakeType::encrypted_extensions);
    say(has_answered && at.asked, HandshakeType::certificate_request);
    say(has_answered && !at.resumed, HandshakeType::certificate);
    say(has_answered && !at.resumed, HandshakeType::certificate_verify);
    say(has_answered, HandshakeType::finished);
    // §4.7.1: a ticket may follow the client's Finished. Here, one for each that was used.
    say(at.resumed && is_connected(at.state), HandshakeType::new_session_ticket);
    say(configuration.asks_later && is_connected(at.state), HandshakeType::certificate_request);
    return messages;
  }
  const bool is_done = is_connected(at.state);
  say(true, HandshakeType::client_hello);
  say(at.retried, HandshakeType::client_hello);
  say(is_done && at.asked, HandshakeType::certificate);
  say(is_done && at.asked && configuration.has_certificate, HandshakeType::certificate_verify);
  say(is_done, HandshakeType::finished);
  for (unsigned i = 0; i < at.requests; ++i) {
    say(true, HandshakeType::certificate);
    say(configuration.has_certificate, HandshakeType::certificate_verify);
    say(true, HandshakeType::finished);
  }
  return messages;
}

}  // namespace handfast::test::model13
