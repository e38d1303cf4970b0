// Servers before TLS, of every protocol: the input says which, and in what pieces the rest comes.

#include "handfast/starttls.h"

#include "base/limits.h"
#include "choices.h"
#include "fuzz.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace handfast::fuzz {
namespace {

/// Counts what is reported: nothing may be heard that did not come, or beyond the bounds.
struct Counter final : Observer {
  void observe(const Observation& observation) override {
    const auto& plain = std::get<PlainSaid>(observation);
    if (plain.flow == Flow::received) {
      heard += plain.bytes.size();
      ++things;
    }
  }

  std::size_t heard = 0;
  std::size_t things = 0;
};

/// A plain stream is spent by its upgrade, whatever becomes of it.
void check_upgrade(StartTls stream, const Input& in, bool may_begin) {
  static const auto config =
      ClientConfig::make(danger::AcceptAnyCertificate(), ClientOptions()).value();
  const Result<Connection> connection = std::move(stream).upgrade(in, config, UnixTime{0});
  must(connection.has_value() == may_begin);
}

}  // namespace

void feed(Bytes bytes) {
  static const ServerName name = ServerName::parse("mail.test").value();
  Choices input(bytes);
  const auto protocols = all_starttls_protocols();
  const StartTlsProtocol protocol = protocols[input.byte() % protocols.size()];
  const std::size_t piece = 1 + input.byte() * std::size_t{16};

  std::vector<std::uint8_t> storage(Input::least);
  Input in(storage);
  Output out;
  Counter counter;
  StartTls stream(protocol, name);
  stream.observe_with(&counter);
  Result<PlainTurn> turn = stream.next(in, out);
  std::size_t came = 0;
  while (turn && !input.empty()) {
    const Bytes part = input.bytes(std::min(piece, in.writable().size()));
    must(!part.empty());  // a stream that wants more has taken what it may
    came += in.append(part);
    turn = stream.next(in, out);
    must(!stream.where().empty());
    if (turn && *turn == PlainTurn::go_ahead) {
      must(in.waiting().empty());
    }
  }
  must(counter.heard + in.waiting().size() == came);
  must(counter.heard <= limits::starttls_bytes && counter.things <= limits::starttls_lines);
  must(out.pending().size() <= 1024);

  const bool is_ahead = turn && *turn == PlainTurn::go_ahead;
  if (!turn) {
    const Result<PlainTurn> again = stream.next(in, out);
    must(!again && again.error().reason == turn.error().reason);
    must(turn.error().reason != Reason::internal);
  }
  check_upgrade(std::move(stream), in, is_ahead);
}

}  // namespace handfast::fuzz
