// ManageSieve, RFC 5804 §2.2: the greeting is the list of capabilities; STARTTLS.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class SieveDialogue : public LineDialogue {
 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    // A literal goes on behind its line. None is needed here, and none is read.
    if (!line.empty() && line.back() == '}') {
      return fail(Reason::starttls_malformed);
    }
    Text text(line);
    const bool is_capability = text.peek() == '"';
    const Bytes word = text.word();
    if (is_capability && !is_asked_) {
      is_offered_ = is(word, "\"STARTTLS\"") || is_offered_;
      return Progress::goes_on;
    }
    if (is(word, "NO") || is(word, "BYE")) {
      return fail(Reason::starttls_refused);
    }
    if (!is(word, "OK")) {
      return fail(Reason::starttls_malformed);
    }
    if (is_asked_) {
      return Progress::is_over;
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    is_asked_ = true;
    return ask(stream, "STARTTLS", "the answer to STARTTLS");
  }

 private:
  bool is_offered_ = false;
  bool is_asked_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> sieve_dialogue() { return std::make_unique<SieveDialogue>(); }

}  // namespace handfast::starttls
