// NNTP, RFC 4642 and RFC 3977 §5.2: greeting, CAPABILITIES, STARTTLS.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class NntpDialogue : public LineDialogue {
 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    if (step_ == Step::list) {
      return hear_listed(line, stream);
    }
    const ReplyLine reply = read_reply_line(line);
    if (reply.code == 0 || !reply.is_last) {
      return fail(Reason::starttls_malformed);
    }
    const Reason trouble =
        reply.code >= 400 ? Reason::starttls_refused : Reason::starttls_malformed;
    switch (step_) {
      case Step::greeting:
        if (reply.code != 200 && reply.code != 201) {
          return fail(trouble);
        }
        step_ = Step::capabilities;
        return ask(stream, "CAPABILITIES", "the answer to CAPABILITIES");
      case Step::capabilities:
        if (reply.code == 500) {  // who does not know CAPABILITIES has no extensions
          return fail(Reason::starttls_not_offered);
        }
        if (reply.code != 101) {
          return fail(trouble);
        }
        step_ = Step::list;
        await("the end of the capabilities");
        return Progress::goes_on;
      default: return reply.code == 382 ? Result<Progress>(Progress::is_over) : fail(trouble);
    }
  }

 private:
  enum class Step : std::uint8_t { greeting, capabilities, list, starttls };

  Result<Progress> hear_listed(Bytes line, PlainStream& stream) {
    if (!is(line, ".")) {
      is_offered_ = is(Text(line).word(), "STARTTLS") || is_offered_;
      return Progress::goes_on;
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    step_ = Step::starttls;
    return ask(stream, "STARTTLS", "the answer to STARTTLS");
  }

  Step step_ = Step::greeting;
  bool is_offered_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> nntp_dialogue() { return std::make_unique<NntpDialogue>(); }

}  // namespace handfast::starttls
