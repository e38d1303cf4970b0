// PostgreSQL, "Message Flow", §SSL Session Encryption: SSLRequest, and one byte.

#include "codec/writer.h"
#include "starttls/dialogue.h"

#include <array>

namespace handfast::starttls {

namespace {

Measured measure_one_byte(Bytes waiting) {
  return waiting.empty() ? Measured(std::nullopt) : Measured(std::size_t{1});
}

class PostgresDialogue : public Dialogue {
 public:
  PostgresDialogue() : Dialogue("the answer to SSLRequest") {}

  Result<> open(PlainStream& stream) override {
    constexpr std::uint32_t ssl_request = 80'877'103;  // 1234 and 5679, which is no version
    std::array<std::uint8_t, 8> bytes{};
    codec::Writer out(bytes);
    out.number(static_cast<std::uint32_t>(bytes.size()));
    out.number(ssl_request);
    return stream.say(out.written(), "SSLRequest");
  }

  Result<Progress> hear(PlainStream& stream) override {
    const Result<std::optional<Bytes>> answer = stream.take(measure_one_byte, "answer");
    if (!answer) {
      return std::unexpected(answer.error());
    }
    if (!*answer) {
      return Progress::waits;
    }
    switch ((*answer)->front()) {
      case 'S': return Progress::is_over;
      case 'N': return fail(Reason::starttls_not_offered);
      // An ErrorResponse. Its text is not shown: nobody vouches for it yet (CVE-2024-10977).
      case 'E': return fail(Reason::starttls_refused);
      default: return fail(Reason::starttls_malformed);
    }
  }
};

}  // namespace

std::unique_ptr<Dialogue> postgres_dialogue() { return std::make_unique<PostgresDialogue>(); }

}  // namespace handfast::starttls
