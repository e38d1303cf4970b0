// Dialogue: what a client says in clear until the server lets TLS begin; one file a protocol.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"
#include "handfast/server_name.h"
#include "handfast/starttls.h"
#include "starttls/plain_stream.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace handfast::starttls {

enum class Progress : std::uint8_t {
  waits,    ///< what comes next is not whole yet
  goes_on,  ///< something was heard
  is_over,  ///< the next byte of either side is TLS
};

/// A state machine, fed whole things. It never sees a half one, a limit or what comes behind the
/// end: `PlainStream` and `StartTls` look after those.
class Dialogue {
 public:
  Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  virtual ~Dialogue() = default;

  /// Says what the client says first; nothing where the server greets.
  virtual Result<> open(PlainStream& stream);

  /// Takes the next whole thing, and answers it.
  virtual Result<Progress> hear(PlainStream& stream) = 0;

  /// What the server has to say next, for people.
  [[nodiscard]] std::string_view awaited() const { return awaited_; }

 protected:
  explicit Dialogue(std::string_view first) : awaited_(first) {}

  void await(std::string_view what) { awaited_ = what; }

 private:
  std::string_view awaited_ = "the greeting";
};

/// A dialogue of lines.
class LineDialogue : public Dialogue {
 public:
  using Dialogue::Dialogue;

  Result<Progress> hear(PlainStream& stream) final;

 protected:
  virtual Result<Progress> hear_line(Bytes line, PlainStream& stream) = 0;

  /// Says `line` and goes on to await its answer, which is named `what`.
  Result<Progress> ask(PlainStream& stream, std::string_view line, std::string_view what);
};

/// SMTP and LMTP, which differ in the word that begins them.
std::unique_ptr<Dialogue> smtp_dialogue();
std::unique_ptr<Dialogue> lmtp_dialogue();
std::unique_ptr<Dialogue> imap_dialogue();
std::unique_ptr<Dialogue> pop3_dialogue();
std::unique_ptr<Dialogue> sieve_dialogue();
std::unique_ptr<Dialogue> nntp_dialogue();
std::unique_ptr<Dialogue> ftp_dialogue();
/// `content` is the namespace of what the streams carry: "jabber:client" or "jabber:server".
std::unique_ptr<Dialogue> xmpp_dialogue(const ServerName& domain, std::string_view content);
std::unique_ptr<Dialogue> irc_dialogue();
std::unique_ptr<Dialogue> ldap_dialogue();
std::unique_ptr<Dialogue> postgres_dialogue();
std::unique_ptr<Dialogue> mysql_dialogue();

}  // namespace handfast::starttls
