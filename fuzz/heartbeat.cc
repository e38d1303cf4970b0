// Heartbeats of a peer that has the keys: the input says who hears them, how much time lies between
// them, and what they hold. RFC 6520; Heartbleed is CVE-2014-0160.

#include "base/limits.h"
#include "choices.h"
#include "fuzz.h"
#include "handshakes.h"
#include "support/middle.h"

#include <algorithm>
#include <vector>

namespace handfast::fuzz {
namespace {

using Buffer = std::vector<std::uint8_t>;

test::Sides beating_sides() {
  test::Sides sides = test::on_curves();
  sides.client.heartbeat = HeartbeatMode::peer_allowed_to_send;
  sides.server.heartbeat = HeartbeatMode::peer_allowed_to_send;
  return sides;
}

/// Whether RFC 6520 §4 has an answer to `bytes`, read here once more, byte by byte.
bool is_request(const Buffer& bytes) {
  constexpr std::size_t around = 3 + 16;
  if (bytes.size() < around || bytes[0] != 1) {
    return false;
  }
  const std::size_t said = static_cast<std::size_t>(bytes[1]) << 8U | bytes[2];
  return said + around <= bytes.size();
}

/// Whether `answer` has what was asked, and nothing else that was there.
bool is_answer_to(const Buffer& asked, const Buffer& answer) {
  const std::size_t said = static_cast<std::size_t>(asked[1]) << 8U | asked[2];
  return answer.size() == 3 + said + 16 && answer[0] == 2 &&
         std::equal(answer.begin() + 1, answer.begin() + 3 + static_cast<std::ptrdiff_t>(said),
                    asked.begin() + 1);
}

}  // namespace

void feed(Bytes bytes) {
  make_expectations_fatal();
  static const test::Sides sides = beating_sides();
  Choices input(bytes);
  test::Loopback pair(sides);
  test::Middle middle(pair);
  pair.connect();
  test::End& end = input.byte() % 2 == 0 ? pair.client : pair.server;
  static_cast<void>(end.take_output());
  static_cast<void>(end.take_records());
  std::int64_t now = test::handshake_time.seconds;
  end.connection.set_time(UnixTime{now});
  std::size_t may_answer = limits::heartbeats_answered;
  while (!input.empty() && end.outcome()) {
    const std::size_t passed = input.byte() % 4;
    now += static_cast<std::int64_t>(passed);
    end.connection.set_time(UnixTime{now});
    may_answer = std::min<std::size_t>(may_answer + passed, limits::heartbeats_answered);
    const std::size_t size = input.number() % (limits::record_plaintext + 1);
    const Bytes start = input.bytes(std::min<std::size_t>(size, input.byte()));
    Buffer content(start.begin(), start.end());
    content.resize(size, 0x5a);

    end.receive(middle.seal(end, middle.piece_for(end, ContentType::heartbeat, content)));
    const test::Flight said = middle.take(end);
    if (!end.outcome()) {
      must(end.outcome().error().reason == Reason::heartbeat_flood);
      break;
    }
    const bool is_due = is_request(content) && may_answer > 0;
    must(said.size() == (is_due ? 1U : 0U));
    if (is_due) {
      must(said[0].type == ContentType::heartbeat && is_answer_to(content, said[0].content));
      --may_answer;
    }
  }
  must(end.data.empty() && end.heartbeats == 0);
}

}  // namespace handfast::fuzz
