// FTP, RFC 4217 §4: greeting, AUTH TLS. FEAT is not asked: many servers know TLS and do not list
// it.

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class FtpDialogue : public LineDialogue {
 protected:
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    const ReplyLine reply = read_reply_line(line);
    // RFC 959 §4.2: a reply of several lines ends with its code and a blank; between may stand
    // anything, other codes too.
    if (open_code_ != 0) {
      if (reply.code != open_code_ || !reply.is_last) {
        return Progress::goes_on;
      }
      open_code_ = 0;
    } else if (reply.code == 0) {
      return fail(Reason::starttls_malformed);
    } else if (!reply.is_last) {
      open_code_ = reply.code;
      return Progress::goes_on;
    }
    return answer_reply(reply.code, stream);
  }

 private:
  Result<Progress> answer_reply(unsigned code, PlainStream& stream) {
    if (!is_asked_) {
      if (code == 120) {  // "Service ready in nnn minutes."
        return Progress::goes_on;
      }
      if (code != 220) {
        return fail(code >= 400 ? Reason::starttls_refused : Reason::starttls_malformed);
      }
      is_asked_ = true;
      return ask(stream, "AUTH TLS", "the answer to AUTH TLS");
    }
    switch (code) {
      case 234: return Progress::is_over;
      // RFC 4217 §12.1, RFC 2228 §3: the command, or this kind of security, is not known.
      case 500:
      case 502:
      case 504: return fail(Reason::starttls_not_offered);
      default: return fail(code >= 400 ? Reason::starttls_refused : Reason::starttls_malformed);
    }
  }

  unsigned open_code_ = 0;  // of a reply of several lines that is not over
  bool is_asked_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> ftp_dialogue() { return std::make_unique<FtpDialogue>(); }

}  // namespace handfast::starttls
