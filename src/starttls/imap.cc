// IMAP, RFC 9051 §6.2.1: greeting, CAPABILITY, STARTTLS.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class ImapDialogue : public LineDialogue {
 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    // A literal goes on behind its line. None is needed here, and none is read.
    if (!line.empty() && line.back() == '}') {
      return fail(Reason::starttls_malformed);
    }
    Text text(line);
    if (text.skip("* ")) {
      return hear_untagged(text, stream);
    }
    if (step_ == Step::capability && text.skip("a1 ")) {
      return hear_capability_done(text.word(), stream);
    }
    if (step_ == Step::starttls && text.skip("a2 ")) {
      const Bytes status = text.word();
      return is(status, "OK") ? Result<Progress>(Progress::is_over) : fail(trouble_of(status));
    }
    return fail(Reason::starttls_malformed);
  }

 private:
  enum class Step : std::uint8_t { greeting, capability, starttls };

  Result<Progress> hear_untagged(Text& text, PlainStream& stream) {
    const Bytes word = text.word();
    if (is(word, "BYE")) {
      return fail(Reason::starttls_refused);
    }
    if (step_ == Step::greeting) {
      // RFC 9051 §7.1.4: behind PREAUTH there is no STARTTLS any more, and who needs TLS has to
      // hang up. Somebody between needs but this one line to keep a client in clear.
      if (is(word, "PREAUTH")) {
        return fail(Reason::starttls_authenticated);
      }
      if (!is(word, "OK")) {
        return fail(Reason::starttls_malformed);
      }
      step_ = Step::capability;
      return ask(stream, "a1 CAPABILITY", "the answer to CAPABILITY");
    }
    if (step_ == Step::capability && is(word, "CAPABILITY")) {
      while (!text.at_end()) {
        is_offered_ = is(text.word(), "STARTTLS") || is_offered_;
      }
    }
    return Progress::goes_on;
  }

  Result<Progress> hear_capability_done(Bytes status, PlainStream& stream) {
    if (!is(status, "OK")) {
      return fail(trouble_of(status));
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    step_ = Step::starttls;
    return ask(stream, "a2 STARTTLS", "the answer to STARTTLS");
  }

  static Reason trouble_of(Bytes status) {
    return is(status, "NO") || is(status, "BAD") ? Reason::starttls_refused
                                                 : Reason::starttls_malformed;
  }

  Step step_ = Step::greeting;
  bool is_offered_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> imap_dialogue() { return std::make_unique<ImapDialogue>(); }

}  // namespace handfast::starttls
