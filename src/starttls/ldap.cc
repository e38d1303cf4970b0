// LDAP, RFC 4511 §4.14: one ExtendedRequest, one ExtendedResponse.

#include "codec/reader.h"
#include "der/writer.h"
#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

constexpr std::string_view start_tls_oid = "1.3.6.1.4.1.1466.20037";
constexpr std::uint32_t message_id = 1;

constexpr auto extended_request = static_cast<der::Tag>(0x77);   // [APPLICATION 23]
constexpr auto extended_response = static_cast<der::Tag>(0x78);  // [APPLICATION 24]

struct BerElement {
  der::Tag tag{};
  Bytes content;
};

/// Reads one element of BER as RFC 4511 §5.1 restricts it: "Only the definite form of length
/// encoding is used." That need not be the shortest, as in DER: Active Directory writes all lengths
/// in four bytes.
BerElement read_ber(codec::Reader& in) {
  const auto tag = static_cast<der::Tag>(in.number<std::uint8_t>());
  const auto first = in.number<std::uint8_t>();
  std::size_t size = first;
  if (first > 0x84 || first == 0x80) {
    in.spoil(Reason::starttls_malformed);
  } else if (first > 0x80) {
    size = 0;
    for (const std::uint8_t byte : in.take(first & 0x7fU)) {
      size = size << 8 | byte;
    }
  }
  return {.tag = tag, .content = in.take(size)};
}

Measured measure_ldap(Bytes waiting) {
  if (waiting.empty()) {
    return Measured(std::nullopt);
  }
  if (waiting.front() != static_cast<std::uint8_t>(der::Tag::sequence)) {
    return fail(Reason::starttls_malformed);
  }
  codec::Reader in(waiting);
  static_cast<void>(read_ber(in));
  const Result<> read = in.check();
  if (!read && read.error().reason == Reason::starttls_malformed) {
    return std::unexpected(read.error());
  }
  return read ? Measured(in.offset()) : Measured(std::nullopt);
}

/// Of LDAPResult, RFC 4511 §4.1.9.
enum class ResultCode : std::uint8_t { success = 0, protocol_error = 2 };

/// The inside of an ExtendedResponse. Fails: starttls_malformed.
Result<ResultCode> read_response(Bytes operation) {
  codec::Reader in(operation);
  const BerElement code = read_ber(in);
  const BerElement matched_dn = read_ber(in);
  const BerElement diagnostic = read_ber(in);
  bool is_good = code.tag == der::Tag::enumerated && code.content.size() == 1 &&
                 matched_dn.tag == der::Tag::octet_string &&
                 diagnostic.tag == der::Tag::octet_string;
  while (in.good() && in.left() > 0) {
    const BerElement more = read_ber(in);
    const bool is_name = more.tag == der::context(10);
    const bool is_known =
        is_name || more.tag == der::context(11) || more.tag == der::context_constructed(3);
    is_good = is_good && is_known && (!is_name || is_exactly(more.content, start_tls_oid));
  }
  if (!is_good || !in.good()) {
    return fail(Reason::starttls_malformed);
  }
  return static_cast<ResultCode>(code.content.front());
}

class LdapDialogue : public Dialogue {
 public:
  LdapDialogue() : Dialogue("the ExtendedResponse") {}

  Result<> open(PlainStream& stream) override {
    der::Writer out;
    out.inside(der::Tag::sequence, [](der::Writer& message) {
      message.small_integer(message_id);
      message.inside(extended_request,
                     [](der::Writer& request) { request.element(der::context(0), start_tls_oid); });
    });
    return stream.say(out.bytes(), "ExtendedRequest");
  }

  Result<Progress> hear(PlainStream& stream) override {
    const Result<std::optional<Bytes>> whole = stream.take(measure_ldap, "ExtendedResponse");
    if (!whole) {
      return std::unexpected(whole.error());
    }
    return *whole ? hear_message(**whole) : Result<Progress>(Progress::waits);
  }

 private:
  static Result<Progress> hear_message(Bytes whole) {
    codec::Reader outer(whole);
    codec::Reader in(read_ber(outer).content);
    const BerElement id = read_ber(in);
    const BerElement operation = read_ber(in);
    const bool has_controls = in.left() > 0;
    const BerElement controls = has_controls ? read_ber(in) : BerElement();
    const bool is_one = id.tag == der::Tag::integer && id.content.size() == 1;
    const bool has_only_controls = !has_controls || controls.tag == der::context_constructed(0);
    if (!in.finish() || !is_one || !has_only_controls || operation.tag != extended_response) {
      return fail(Reason::starttls_malformed);
    }
    if (id.content.front() == 0) {  // RFC 4511 §4.4.1: Notice of Disconnection
      return fail(Reason::starttls_refused);
    }
    if (id.content.front() != message_id) {
      return fail(Reason::starttls_malformed);
    }
    const Result<ResultCode> code = read_response(operation.content);
    if (!code) {
      return std::unexpected(code.error());
    }
    switch (*code) {
      case ResultCode::success: return Progress::is_over;
      // RFC 4511 §4.14.1: the server does not know StartTLS.
      case ResultCode::protocol_error: return fail(Reason::starttls_not_offered);
      default: return fail(Reason::starttls_refused);
    }
  }
};

}  // namespace

std::unique_ptr<Dialogue> ldap_dialogue() { return std::make_unique<LdapDialogue>(); }

}  // namespace handfast::starttls
