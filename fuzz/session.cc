// What is inside a ticket or a file of a session, for somebody who has its key.

#include "fuzz.h"
#include "handshake/session_state.h"

#include <algorithm>

namespace handfast::fuzz {

void feed(Bytes input) {
  const Result<Session> session = Session::from_bytes(SecretBytes(input));
  if (!session) {
    must(session.error().reason == Reason::session_malformed);
    return;
  }
  must(std::ranges::equal(session->to_bytes().expose(), input));
  const Result<SecretBytes> again = write_session(session->state().fields);
  must(again.has_value() && std::ranges::equal(again->expose(), input));
}

}  // namespace handfast::fuzz
