// MySQL and MariaDB, "Connection Phase": the server's Handshake, version 10, and our SSLRequest, on
// which TLS begins without an answer.

#include "codec/reader.h"
#include "codec/writer.h"
#include "starttls/dialogue.h"

#include <array>

namespace handfast::starttls {

namespace {

// Capabilities; numbers are little endian here.
constexpr std::uint32_t client_long_password = 0x0001;
constexpr std::uint32_t client_protocol_41 = 0x0200;
constexpr std::uint32_t client_ssl = 0x0800;
constexpr std::uint32_t client_secure_connection = 0x8000;
constexpr std::uint32_t client_plugin_auth = 0x80000;

constexpr std::size_t packet_header = 4;  // three bytes of length, one of sequence

std::uint32_t little_endian(Bytes field) {
  std::uint32_t value = 0;
  for (std::size_t at = field.size(); at > 0; --at) {
    value = value << 8 | field[at - 1];
  }
  return value;
}

Measured measure_packet(Bytes waiting) {
  codec::Reader in(waiting);
  const std::size_t size = little_endian(in.take(3));
  if (!in.good()) {
    return Measured(std::nullopt);
  }
  const std::size_t whole = packet_header + size;
  if (whole > limits::starttls_line) {
    return fail_limit(Reason::starttls_too_long, limits::starttls_line, whole);
  }
  return Measured(whole);
}

/// The capabilities of a Handshake of version 10. Fails: starttls_refused for an ERR_Packet,
/// starttls_malformed.
Result<std::uint32_t> read_handshake(Bytes packet) {
  codec::Reader in(packet);
  static_cast<void>(in.take(3));
  const auto sequence = in.number<std::uint8_t>();
  const auto version = in.number<std::uint8_t>();
  if (in.good() && version == 0xff) {  // no more clients, or not from there
    return fail(Reason::starttls_refused);
  }
  for (std::uint8_t byte = 1; byte != 0;) {  // the server's version, to its zero byte
    byte = in.number<std::uint8_t>();        // 0 at the end, too
  }
  static_cast<void>(in.take(4 + 8));  // connection, first part of the scramble
  const auto filler = in.number<std::uint8_t>();
  const std::uint32_t capabilities = little_endian(in.take(2));
  if (!in.good() || sequence != 0 || version != 10 || filler != 0) {
    return fail(Reason::starttls_malformed);
  }
  return capabilities;
}

class MysqlDialogue : public Dialogue {
 public:
  Result<Progress> hear(PlainStream& stream) override {
    const Result<std::optional<Bytes>> packet = stream.take(measure_packet, "Handshake");
    if (!packet) {
      return std::unexpected(packet.error());
    }
    if (!*packet) {
      return Progress::waits;
    }
    const Result<std::uint32_t> capabilities = read_handshake(**packet);
    if (!capabilities) {
      return std::unexpected(capabilities.error());
    }
    if ((*capabilities & client_ssl) == 0) {
      return fail(Reason::starttls_not_offered);
    }
    const Result<> said = say_request(stream);
    return said ? Result<Progress>(Progress::is_over) : std::unexpected(said.error());
  }

 private:
  static Result<> say_request(PlainStream& stream) {
    constexpr std::uint32_t flags = client_long_password | client_protocol_41 | client_ssl |
                                    client_secure_connection | client_plugin_auth;
    constexpr std::uint8_t utf8mb4 = 45;
    constexpr std::size_t payload = 32;
    std::array<std::uint8_t, packet_header + payload> bytes{payload,
                                                            0,
                                                            0,
                                                            1,  // length and sequence
                                                            flags & 0xffU,
                                                            flags >> 8 & 0xffU,
                                                            flags >> 16 & 0xffU,
                                                            flags >> 24,
                                                            0,
                                                            0,
                                                            0,
                                                            1,         // the largest packet: 16 MiB
                                                            utf8mb4};  // and 23 zero bytes
    return stream.say(bytes, "SSLRequest");
  }
};

}  // namespace

std::unique_ptr<Dialogue> mysql_dialogue() { return std::make_unique<MysqlDialogue>(); }

}  // namespace handfast::starttls
