// A client and a server with somebody between them who has the keys of both and changes what they
// say: the input is who they are, and a list of changes.

#include "choices.h"
#include "fuzz.h"
#include "handshakes.h"
#include "support/middle.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace handfast::fuzz {
namespace {

using test::Flight;
using test::Loopback;
using test::Middle;
using test::Piece;

struct Change {
  enum class Kind : std::uint8_t {
    flip,
    cut,
    insert,
    drop,
    repeat,
    swap,
    add,
    raw,
    pad,
    join,
    kinds
  };

  Kind kind{};
  std::uint8_t piece = 0;
  std::size_t at = 0;
  std::uint8_t value = 0;
  std::vector<std::uint8_t> bytes = {};
};

Change change_of(Choices& input) {
  Change change;
  change.kind = static_cast<Change::Kind>(input.byte() % std::to_underlying(Change::Kind::kinds));
  change.piece = input.byte();
  change.at = input.number();
  change.value = input.byte();
  const bool takes_bytes = change.kind == Change::Kind::insert ||
                           change.kind == Change::Kind::add || change.kind == Change::Kind::raw;
  if (takes_bytes) {
    const Bytes taken = input.bytes(input.number());
    change.bytes.assign(taken.begin(), taken.end());
  }
  return change;
}

void apply(const Change& change, Flight& flight) {
  if (flight.empty()) {
    return;
  }
  const auto index = static_cast<std::ptrdiff_t>(change.piece % flight.size());
  const auto place = flight.begin() + index;
  std::vector<std::uint8_t>& content = place->content;
  const std::size_t at = change.at % (content.size() + 1);
  const auto here = content.begin() + static_cast<std::ptrdiff_t>(at);
  switch (change.kind) {
    case Change::Kind::flip:
      if (here != content.end()) {
        *here = static_cast<std::uint8_t>(*here ^ change.value);
      }
      break;
    case Change::Kind::cut: content.erase(here, content.end()); break;
    case Change::Kind::insert:
      content.insert(here, change.bytes.begin(), change.bytes.end());
      break;
    case Change::Kind::drop: flight.erase(place); break;
    case Change::Kind::repeat: flight.insert(place, Piece(*place)); break;
    case Change::Kind::swap: std::iter_swap(place, flight.begin()); break;
    case Change::Kind::add: {
      Piece piece = *place;
      piece.type = static_cast<ContentType>(change.value);
      piece.content = change.bytes;
      flight.insert(place, std::move(piece));
      break;
    }
    case Change::Kind::raw: place->raw = change.bytes; break;
    case Change::Kind::pad: place->zeros = change.at; break;
    case Change::Kind::join:
      if (place != flight.begin()) {
        std::vector<std::uint8_t>& before = (place - 1)->content;
        before.insert(before.end(), content.begin(), content.end());
        flight.erase(place);
      }
      break;
    case Change::Kind::kinds: break;
  }
}

/// No record is longer than one can be: the fault would be the test's.
void shorten(Flight& flight) {
  constexpr std::size_t longest = 16'384;
  for (Piece& piece : flight) {
    piece.content.resize(std::min(piece.content.size(), longest));
    piece.zeros = std::min(piece.zeros, longest - piece.content.size());
  }
}

/// What is forged fits the transcript of its receiver, as long as that has one.
void forge_where_possible(Flight& flight) {
  for (Piece& piece : flight) {
    if (piece.forge) {
      piece.forge = [forge = piece.forge, content = piece.content](test::End& to) {
        const bool is_possible =
            to.handshake() != nullptr && !to.secret("SERVER_HANDSHAKE_TRAFFIC_SECRET").empty();
        return is_possible ? forge(to) : content;
      };
    }
  }
}

}  // namespace

void feed(Bytes bytes) {
  make_expectations_fatal();
  Choices input(bytes);
  const std::uint8_t kind = input.byte();
  const bool forges = (kind & 0x80U) != 0;
  Loopback pair(sides_of(kind));
  pair.server.on_connected = [&pair](const Connected& /*connected*/) {
    // Fails where the client did not offer it, and then nothing happens.
    static_cast<void>(pair.server.connection.request_certificate(pair.server.out));
  };
  std::map<unsigned, std::vector<Change>> changes;
  for (unsigned count = 0; count < 16 && !input.empty(); ++count) {
    const unsigned flight = input.byte() % 6U;
    changes[flight].push_back(change_of(input));
  }
  std::map<unsigned, test::Edit> edits;
  for (const auto& [flight, list] : changes) {
    const test::Edit edit = [&list](Flight& said) {
      for (const Change& change : list) {
        apply(change, said);
      }
      shorten(said);
    };
    const test::Edit forging = [change = test::reforge(edit)](Flight& said) {
      change(said);
      forge_where_possible(said);
    };
    edits.emplace(flight, forges ? forging : edit);
  }
  Middle(pair).run(edits);
  check(pair.client);
  check(pair.server);
  // Without a forgery nobody comes to the end of a handshake that was not the other's too.
  must(forges || !pair.client.connected || !pair.server.connected || pair.agrees());
}

}  // namespace handfast::fuzz
