// SMTP, RFC 3207, and LMTP, RFC 2033: greeting, EHLO or LHLO, STARTTLS.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class SmtpDialogue : public LineDialogue {
 public:
  SmtpDialogue(std::string_view hello, std::string_view answer) : hello_(hello), answer_(answer) {}

 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    const ReplyLine reply = read_reply_line(line);
    // RFC 5321 §4.2.1: "In a multiline reply, the reply code on each of the lines MUST be the
    // same."
    if (reply.code == 0 || (lines_ > 0 && reply.code != code_)) {
      return fail(Reason::starttls_malformed);
    }
    code_ = reply.code;
    // RFC 5321 §4.1.1.1: the first line names the server, each other one an extension.
    if (step_ == Step::hello && lines_ > 0 && code_ == 250) {
      is_offered_ = is_offered_ || is(Text(reply.text).word(), "STARTTLS");
    }
    ++lines_;
    if (!reply.is_last) {
      return Progress::goes_on;
    }
    lines_ = 0;
    return answer_reply(stream);
  }

 private:
  enum class Step : std::uint8_t { greeting, hello, starttls };

  Result<Progress> answer_reply(PlainStream& stream) {
    switch (step_) {
      case Step::greeting:
        if (code_ != 220) {
          return fail(code_ >= 400 ? Reason::starttls_refused : Reason::starttls_malformed);
        }
        step_ = Step::hello;
        return ask(stream, hello_, answer_);
      case Step::hello:
        if (code_ != 250) {
          return fail(hello_trouble());
        }
        if (!is_offered_) {
          return fail(Reason::starttls_not_offered);
        }
        step_ = Step::starttls;
        return ask(stream, "STARTTLS", "the answer to STARTTLS");
      case Step::starttls: break;
    }
    if (code_ != 220) {
      return fail(code_ >= 400 ? Reason::starttls_refused : Reason::starttls_malformed);
    }
    return Progress::is_over;
  }

  /// Who does not know EHLO has no extensions.
  [[nodiscard]] Reason hello_trouble() const {
    if (code_ == 500 || code_ == 502) {
      return Reason::starttls_not_offered;
    }
    return code_ >= 400 ? Reason::starttls_refused : Reason::starttls_malformed;
  }

  std::string_view hello_;
  std::string_view answer_;
  Step step_ = Step::greeting;
  unsigned code_ = 0;
  unsigned lines_ = 0;  // of the reply so far
  bool is_offered_ = false;
};

}  // namespace

// The client's name is an address literal that tells nothing: what is said here is forgotten, and
// who goes on says EHLO again with a name of its own (RFC 3207 §4.2).

std::unique_ptr<Dialogue> smtp_dialogue() {
  return std::make_unique<SmtpDialogue>("EHLO [127.0.0.1]", "the answer to EHLO");
}

std::unique_ptr<Dialogue> lmtp_dialogue() {
  return std::make_unique<SmtpDialogue>("LHLO [127.0.0.1]", "the answer to LHLO");
}

}  // namespace handfast::starttls
