// IRC: CAP LS, STARTTLS (the extension "tls" of IRCv3).

#include "starttls/dialogue.h"
#include "starttls/text.h"

namespace handfast::starttls {

namespace {

class IrcDialogue : public LineDialogue {
 public:
  IrcDialogue() : LineDialogue("the answer to CAP LS") {}

  Result<> open(PlainStream& stream) override { return stream.say_line("CAP LS 302"); }

 protected:
  // Whatever else a server says to a newcomer (NOTICE, PING) may come between.
  Result<Progress> hear_line(Bytes line, PlainStream& stream) override {
    Text text(line);
    if (text.skip(":")) {
      static_cast<void>(text.word());  // who speaks
    }
    const Bytes command = text.word();
    if (command.empty()) {
      return fail(Reason::starttls_malformed);
    }
    if (is(command, "ERROR") || is(command, "691") || is(command, "451")) {
      return fail(Reason::starttls_refused);
    }
    if (is(command, "421")) {  // ERR_UNKNOWNCOMMAND
      return fail(Reason::starttls_not_offered);
    }
    if (is_asked_) {
      return is(command, "670") ? Progress::is_over : Progress::goes_on;
    }
    return is(command, "CAP") ? hear_capabilities(text, stream) : Progress::goes_on;
  }

 private:
  Result<Progress> hear_capabilities(Text& text, PlainStream& stream) {
    static_cast<void>(text.word());  // our name, of which there is none yet
    if (!is(text.word(), "LS")) {
      return fail(Reason::starttls_malformed);
    }
    Bytes word = text.word();
    const bool is_last = !is(word, "*");  // before the list where more lines of it come
    if (!is_last) {
      word = text.word();
    }
    Text first(word);
    first.skip(":");
    note(first.rest());
    while (!text.at_end()) {
      note(text.word());
    }
    if (!is_last) {
      return Progress::goes_on;
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    is_asked_ = true;
    return ask(stream, "STARTTLS", "the answer to STARTTLS");
  }

  /// A capability may have a value.
  void note(Bytes capability) {
    is_offered_ = is(Text(capability).until("="), "tls") || is_offered_;
  }

  bool is_offered_ = false;
  bool is_asked_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> irc_dialogue() { return std::make_unique<IrcDialogue>(); }

}  // namespace handfast::starttls
