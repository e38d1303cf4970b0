#include "starttls/dialogue.h"

namespace handfast::starttls {

Result<> Dialogue::open(PlainStream&) { return {}; }

Result<Progress> LineDialogue::hear(PlainStream& stream) {
  const Result<std::optional<Bytes>> line = stream.line();
  if (!line) {
    return std::unexpected(line.error());
  }
  return *line ? hear_line(**line, stream) : Result<Progress>(Progress::waits);
}

Result<Progress> LineDialogue::ask(PlainStream& stream, std::string_view line,
                                   std::string_view what) {
  await(what);
  const Result<> said = stream.say_line(line);
  return said ? Result<Progress>(Progress::goes_on) : std::unexpected(said.error());
}

}  // namespace handfast::starttls
