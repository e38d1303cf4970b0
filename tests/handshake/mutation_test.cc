// Every cut and every single flipped bit of every flight, on the wire and inside the encryption.
// RFC 9846 §6.2 says which alert each calls for; the sanitizers say whether all that was harmless.
#include "message/walk.h"
#include "support/expect.h"
#include "support/refusals.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using enum HandshakeType;
using Buffer = std::vector<std::uint8_t>;

/// A handshake of which one flight is hurt.
struct Hurt {
  const char* name;
  bool retried;
  unsigned flight;
  /// What its hello calls for once its extensions are gone: then it is one of TLS 1.2, or not what
  /// the retry was about.
  Alert bare = Alert::protocol_version;
  bool authenticated = false;
};

void PrintTo(const Hurt& hurt, std::ostream* out) { *out << hurt.name; }

constexpr std::array flights = {Hurt{"ClientHello", false, 0},
                                Hurt{"server", false, 1},
                                Hurt{"client_Finished", false, 2},
                                Hurt{"first_ClientHello", true, 0},
                                Hurt{"HelloRetryRequest", true, 1, Alert::missing_extension},
                                Hurt{"second_ClientHello", true, 2, Alert::illegal_parameter},
                                Hurt{"server_after_retry", true, 3, Alert::illegal_parameter},
                                Hurt{"client_Finished_after_retry", true, 4},
                                Hurt{"server_that_asks", false, 1, Alert::protocol_version, true},
                                Hurt{"client_that_shows", false, 2, Alert::protocol_version, true}};

/// No GREASE, so that every byte has a meaning, and short shares.
Sides sides_of(const Hurt& hurt) {
  Sides sides = in_13(on_curves());
  sides.client.grease = false;
  sides.client.alpn = sides.server.alpn = {"h2"};
  if (hurt.authenticated) {
    sides = authenticated(sides);
  }
  return hurt.retried ? retried(sides) : sides;
}

/// Whoever broke off, told exactly what the table of reasons has for it, and nothing after.
void expect_one_right_alert(const End& end) {
  ASSERT_TRUE(end.error.has_value());
  const bool told = is_told(end.error->reason);
  EXPECT_EQ(end.sent_alerts, told ? std::vector{end.error->alert()} : std::vector<Alert>())
      << end.error->fault().code;
}

/// After all that could be said: the transport ends, and nobody waits for ever.
void hang_up(Loopback& pair) {
  for (End* end : {&pair.client, &pair.server}) {
    if (!end->is_over()) {
      end->end_of_input();
    }
    expect_one_right_alert(*end);
  }
}

/// The alert of the first who found something wrong; nothing: both only waited for more.
std::optional<Alert> first_alert(const Loopback& pair) {
  for (const End* end : {&pair.client, &pair.server}) {
    if (!end->sent_alerts.empty()) {
      return end->sent_alerts.front();
    }
  }
  return std::nullopt;
}

class EachFlight : public testing::TestWithParam<Hurt> {
 protected:
  const Sides sides = sides_of(GetParam());

  /// A pair that has come as far as the flight, and the flight, which nobody has received.
  struct Before {
    explicit Before(const Sides& with) : pair(with) {}

    Loopback pair;
    Buffer flight;
    End* receiver = nullptr;
  };

  void bring(Before& before) const {
    End* speaker = &before.pair.client;
    for (unsigned n = 0;; ++n) {
      before.receiver = speaker == &before.pair.client ? &before.pair.server : &before.pair.client;
      speaker->run();
      before.flight = speaker->take_output();
      if (n == GetParam().flight) {
        return;
      }
      before.receiver->receive(before.flight);
      speaker = before.receiver;
    }
  }

  Buffer flight() const {
    Before before(sides);
    bring(before);
    return before.flight;
  }
};

// ---- on the wire --------------------------------------------------------------------------------

TEST_P(EachFlight, may_be_cut_after_every_byte) {
  const std::size_t size = flight().size();
  ASSERT_GT(size, 50U);
  for (std::size_t kept = 0; kept < size; ++kept) {
    SCOPED_TRACE(kept);
    Before before(sides);
    bring(before);
    before.receiver->receive(Bytes(before.flight).first(kept));
    EXPECT_TRUE(before.receiver->outcome());
    EXPECT_FALSE(before.receiver->connected);
    before.receiver->end_of_input();
    EXPECT_FAILS(before.receiver->outcome(), Reason::closed_in_handshake);
    EXPECT_TRUE(before.receiver->sent_alerts.empty()) << "nobody listens any more";
  }
}

/// What a byte of a record is for, and so what must happen when one of its bits is hurt. Fields of
/// hellos are judged below, inside.
enum class Part : std::uint8_t {
  type,           ///< of the record: unexpected_message
  version,        ///< ignored in clear; authenticated else
  length,         ///< too long, or too short to make sense
  hello,          ///< whatever its fields call for, see below: or the two agree on no keys
  hello_length,   ///< the same, or what is missing never comes
  change_cipher,  ///< unexpected_message
  ciphertext,     ///< bad_record_mac
};

struct Place {
  Part part;
  bool clear;
};

Part part_of(ContentType type) {
  switch (type) {
    case ContentType::handshake: return Part::hello;
    case ContentType::change_cipher_spec: return Part::change_cipher;
    default: return Part::ciphertext;
  }
}

std::vector<Place> places(Bytes flight) {
  std::vector<Place> all;
  while (!flight.empty()) {
    const auto type = static_cast<ContentType>(flight[0]);
    const bool clear = type != ContentType::application_data;
    const std::size_t size = flight[3] * 256U + flight[4];
    all.insert(all.end(), {{Part::type, clear},
                           {Part::version, clear},
                           {Part::version, clear},
                           {Part::length, clear},
                           {Part::length, clear}});
    const std::size_t start = all.size();
    all.resize(start + size, {part_of(type), clear});
    if (type == ContentType::handshake) {
      std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(start) + 1, 3,
                  Place{Part::hello_length, clear});
    }
    flight = flight.subspan(5 + size);
  }
  return all;
}

bool is_right(Place place, std::optional<Alert> alert, bool receiver_is_server) {
  using enum Alert;
  switch (place.part) {
    case Part::type:
      // 22 or 20 may turn into 21, an alert; a server listens to one in clear (RFC 9846 §A.1). 20
      // may turn into 22: the start of a message of which the rest makes no sense.
      return alert == unexpected_message ||
             (alert == decode_error && (place.clear || receiver_is_server)) ||
             (alert == illegal_parameter && place.clear);
    case Part::version: return alert == bad_record_mac;
    case Part::length:
      return !alert || alert == record_overflow || alert == unexpected_message ||
             alert == (place.clear ? decode_error : bad_record_mac) || alert == illegal_parameter;
    case Part::hello: return alert.has_value();
    case Part::hello_length:
      return !alert || alert == decode_error || alert == illegal_parameter ||
             alert == unexpected_message;
    case Part::change_cipher: return alert == unexpected_message;
    case Part::ciphertext: return alert == bad_record_mac;
  }
  return false;
}

TEST_P(EachFlight, may_have_any_bit_flipped_on_the_wire) {
  const Buffer sent = flight();
  const std::vector<Place> parts = places(sent);
  ASSERT_EQ(parts.size(), sent.size());
  for (std::size_t bit = 0; bit < 8 * sent.size(); ++bit) {
    SCOPED_TRACE("bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
    Before before(sides);
    bring(before);
    before.flight[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    before.receiver->receive(before.flight);
    before.pair.relay();
    const Place place = parts[bit / 8];
    if (place.part == Part::version && place.clear) {
      EXPECT_TRUE(before.pair.agrees());  // RFC 9846 §5.1: "MUST be ignored for all purposes"
      continue;
    }
    EXPECT_FALSE(before.pair.agrees());
    const auto alert = first_alert(before.pair);
    EXPECT_TRUE(is_right(place, alert, before.receiver->is_server))
        << (alert ? name(*alert) : "no alert");
    hang_up(before.pair);
  }
}

// ---- inside the encryption ----------------------------------------------------------------------

/// Which alerts a bit may call for that is flipped in a field of a message. What a hello says
/// without being wrong in itself makes the transcripts differ, which CertificateVerify shows:
/// decrypt_error.
struct Demand {
  HandshakeType message;
  std::string_view field;
  std::vector<Alert> alerts;
};

const std::vector<Demand>& demands() {
  using enum Alert;
  static const std::vector<Demand> demands = {
      {client_hello, "legacy_version", {protocol_version}},
      {client_hello, "random", {decrypt_error}},
      {client_hello, "legacy_session_id", {illegal_parameter}},
      {client_hello, "cipher_suites", {decrypt_error}},
      {client_hello, "legacy_compression_methods", {illegal_parameter}},
      // One that is not known is ignored, and then may be missed; one that is known by accident has
      // the wrong content, stands twice, or where it may not.
      {client_hello,
       "extension_type",
       {decrypt_error, missing_extension, protocol_version, decode_error, illegal_parameter}},
      {client_hello, "name_type", {decode_error}},
      // Of a type that is not known, nothing is stapled.
      {client_hello, "status_type", {decrypt_error}},
      {client_hello, "host_name", {unrecognized_name, decode_error, decrypt_error}},
      {client_hello, "named_group_list", {decrypt_error, illegal_parameter}},
      {client_hello, "supported_signature_algorithms", {decrypt_error, handshake_failure}},
      {client_hello, "name", {no_application_protocol}},
      {client_hello, "record_size_limit", {decrypt_error, illegal_parameter}},
      {client_hello, "versions", {protocol_version}},
      {client_hello, "group", {illegal_parameter}},
      {client_hello, "key_exchange", {decrypt_error}},
      // What is hidden by no key of the server's, or looks so, is for it to ignore.
      {client_hello, "type", {illegal_parameter, decode_error}},
      {client_hello, "kdf_id", {decrypt_error}},
      {client_hello, "aead_id", {decrypt_error}},
      {client_hello, "config_id", {decrypt_error}},
      {client_hello, "enc", {decrypt_error}},
      {client_hello, "payload", {decrypt_error}},

      {server_hello, "legacy_version", {protocol_version}},
      {server_hello, "random", {decrypt_error}},
      {server_hello, "legacy_session_id_echo", {illegal_parameter}},
      {server_hello, "cipher_suite", {illegal_parameter, decrypt_error}},
      {server_hello, "legacy_compression_method", {illegal_parameter}},
      {server_hello, "extension_type", {unsupported_extension, protocol_version}},
      {server_hello, "selected_version", {illegal_parameter}},
      {server_hello, "group", {illegal_parameter}},
      {server_hello, "key_exchange", {decrypt_error}},

      {encrypted_extensions, "extension_type", {unsupported_extension, illegal_parameter}},
      {encrypted_extensions, "name", {illegal_parameter}},
      {encrypted_extensions, "record_size_limit", {decrypt_error, illegal_parameter}},

      // What a client is asked for makes it choose otherwise; that the server did not say so shows
      // in the server's own signature, before it answers.
      {certificate_request,
       "extension_type",
       {decrypt_error, missing_extension, decode_error, illegal_parameter}},
      {certificate_request, "supported_signature_algorithms", {decrypt_error}},
      {certificate_request, "distinguished_name", {decrypt_error}},

      {certificate,
       "cert_data",
       {bad_certificate, unsupported_certificate, unknown_ca, certificate_expired}},

      {certificate_verify, "algorithm", {illegal_parameter}},
      {certificate_verify, "signature", {decrypt_error}},

      {finished, "verify_data", {decrypt_error}},
  };
  return demands;
}

/// The same for what differs once there was a HelloRetryRequest: the two hellos must be alike.
const std::vector<Demand>& demands_of_retry() {
  using enum Alert;
  static const std::vector<Demand> demands = {
      {client_hello, "legacy_version", {protocol_version, illegal_parameter}},
      {client_hello, "random", {illegal_parameter}},
      {client_hello, "cipher_suites", {illegal_parameter}},
      {client_hello,
       "extension_type",
       {missing_extension, protocol_version, decode_error, illegal_parameter}},
      {client_hello, "name_type", {illegal_parameter}},
      {client_hello, "status_type", {illegal_parameter}},
      {client_hello, "host_name", {illegal_parameter}},
      {client_hello, "named_group_list", {illegal_parameter}},
      {client_hello, "supported_signature_algorithms", {illegal_parameter}},
      {client_hello, "name", {no_application_protocol, illegal_parameter}},
      {client_hello, "record_size_limit", {illegal_parameter}},
      {client_hello, "versions", {protocol_version, illegal_parameter}},

      // Without its random value, a HelloRetryRequest is a ServerHello, of which key_share has
      // another form.
      {server_hello, "random", {decrypt_error, decode_error}},
      {server_hello, "selected_group", {illegal_parameter}},
      {server_hello, "extension_type", {unsupported_extension, illegal_parameter}},
  };
  return demands;
}

const std::vector<Alert>& alerts_for(const Hurt& hurt, HandshakeType message,
                                     std::string_view field) {
  const auto fits = [&](const Demand& demand) {
    return demand.message == message && demand.field == field;
  };
  if (hurt.retried) {
    const auto special = std::ranges::find_if(demands_of_retry(), fits);
    if (special != demands_of_retry().end()) {
      return special->alerts;
    }
  }
  const auto common = std::ranges::find_if(demands(), fits);
  static const std::vector<Alert> none;
  EXPECT_NE(common, demands().end()) << name(message) << " has a field " << field;
  return common == demands().end() ? none : common->alerts;
}

/// The innermost field that holds the byte at `offset`.
codec::FieldView field_at(Bytes message, std::size_t offset) {
  std::optional<codec::FieldView> innermost;
  const auto look = [&](const codec::FieldView& field) {
    using enum codec::FieldView::Kind;
    const bool is_leaf = field.kind == number || field.kind == bytes || field.kind == length;
    if (is_leaf && field.offset <= offset && offset < field.offset + field.size) {
      innermost = field;
    }
  };
  EXPECT_TRUE(message::walk_message(message, look));
  EXPECT_TRUE(innermost.has_value()) << "byte " << offset << " has no name";
  return *innermost;
}

bool is_right(const Hurt& hurt, Bytes message, const codec::FieldView& field,
              std::optional<Alert> alert) {
  using enum Alert;
  if (field.name == "msg_type") {
    return alert == unexpected_message;
  }
  if (field.kind == codec::FieldView::Kind::length) {
    // A message that seems longer swallows what follows it, or waits for what never comes; or it
    // is longer than any may be. In clear, what follows is of another kind.
    const bool of_message = field.depth == 0 && field.name == "length";
    // An extension that seems longer swallows the header of the next one, of which the content then
    // reads as extensions that stand twice, or where they may not.
    const bool swallows = field.name == "extension_data" && alert == illegal_parameter;
    return alert == decode_error || swallows ||
           (of_message && (!alert || alert == illegal_parameter || alert == unexpected_message));
  }
  const auto type = static_cast<HandshakeType>(message.front());
  const std::vector<Alert>& right = alerts_for(hurt, type, field.name);
  return alert && std::ranges::find(right, *alert) != right.end();
}

Flight sample(const Sides& sides, unsigned flight) {
  Loopback pair(sides);
  Middle middle(pair);
  Flight kept;
  middle.run({{flight, [&](Flight& flight_on_its_way) { kept = flight_on_its_way; }}});
  EXPECT_TRUE(pair.agrees());
  return kept;
}

TEST_P(EachFlight, may_have_any_bit_flipped_inside) {
  const unsigned n = GetParam().flight;
  const Flight honest = sample(sides, n);
  for (std::size_t i = 0; i < honest.size(); ++i) {
    if (honest[i].type != ContentType::handshake) {
      continue;
    }
    const Buffer& message = honest[i].content;
    for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
      Loopback pair(sides);
      Middle middle(pair);
      middle.run({{n, [&](Flight& flight) {
                     flight[i].content[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                   }}});
      const codec::FieldView field = field_at(message, bit / 8);
      SCOPED_TRACE(std::string(field.name) + ", bit " + std::to_string(bit % 8) + " of byte " +
                   std::to_string(bit / 8) + " of " +
                   std::string(name(static_cast<HandshakeType>(message.front()))));
      EXPECT_FALSE(pair.agrees());
      const auto alert = first_alert(pair);
      EXPECT_TRUE(is_right(GetParam(), message, field, alert))
          << (alert ? name(*alert) : "no alert");
      hang_up(pair);
    }
  }
}

/// A message cut after `kept` bytes of its body, with a length that says so.
Buffer cut(const Buffer& message, std::size_t kept) {
  return handshake_message(static_cast<HandshakeType>(message.front()),
                           Bytes(message).subspan(4, kept));
}

// RFC 9846 §6.2, decode_error: "some field was out of the specified range or the length of the
// message was incorrect".
TEST_P(EachFlight, may_have_any_message_shortened) {
  const unsigned n = GetParam().flight;
  const Flight honest = sample(sides, n);
  for (std::size_t i = 0; i < honest.size(); ++i) {
    if (honest[i].type != ContentType::handshake) {
      continue;
    }
    const Buffer& message = honest[i].content;
    const bool is_hello = honest[i].is(client_hello) || honest[i].is(server_hello);
    const std::size_t bare = is_hello ? 4 + 2 + 32 + 33 + (honest[i].is(server_hello) ? 3 : 10) : 0;
    for (std::size_t size = 4; size < message.size(); ++size) {
      SCOPED_TRACE("byte " + std::to_string(size) + " of " +
                   std::string(name(static_cast<HandshakeType>(message.front()))));
      Loopback pair(sides);
      Middle middle(pair);
      middle.run({{n, [&](Flight& flight) { flight[i].content = cut(message, size - 4); }}});
      EXPECT_FALSE(pair.agrees());
      EXPECT_EQ(first_alert(pair), size == bare ? GetParam().bare : Alert::decode_error);
      hang_up(pair);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Flights, EachFlight, testing::ValuesIn(flights),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace handfast::test
