// POP3, RFC 2595 §4 and RFC 2449 §5: greeting, CAPA, STLS.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class Pop3Dialogue : public LineDialogue {
 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    if (step_ == Step::list) {
      return hear_listed(line, stream);
    }
    Text text(line);
    const Bytes status = text.word();
    const bool is_good = is(status, "+OK");
    if (!is_good && !is(status, "-ERR")) {
      return fail(Reason::starttls_malformed);
    }
    switch (step_) {
      case Step::greeting:
        if (!is_good) {
          return fail(Reason::starttls_refused);
        }
        step_ = Step::capa;
        return ask(stream, "CAPA", "the answer to CAPA");
      case Step::capa:
        if (!is_good) {  // who does not know CAPA has no extensions
          return fail(Reason::starttls_not_offered);
        }
        step_ = Step::list;
        await("the end of the capabilities");
        return Progress::goes_on;
      default:
        return is_good ? Result<Progress>(Progress::is_over) : fail(Reason::starttls_refused);
    }
  }

 private:
  enum class Step : std::uint8_t { greeting, capa, list, stls };

  Result<Progress> hear_listed(Bytes line, PlainStream& stream) {
    if (!is(line, ".")) {
      is_offered_ = is(Text(line).word(), "STLS") || is_offered_;
      return Progress::goes_on;
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    step_ = Step::stls;
    return ask(stream, "STLS", "the answer to STLS");
  }

  Step step_ = Step::greeting;
  bool is_offered_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> pop3_dialogue() { return std::make_unique<Pop3Dialogue>(); }

}  // namespace handfast::starttls
