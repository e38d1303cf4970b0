// A family: a kind of bug that several TLS stacks have had, each on its own. Each case does to a
// handshake what was done to theirs, and it must be noticed.
#pragma once

#include "support/refusals.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test::families {

using Content = std::vector<std::uint8_t>;

// ---- who meets ----------------------------------------------------------------------------------

Sides plain();
Sides after_retry();
Sides with_client();              ///< a certificate of the client is demanded
Sides with_client_after_retry();  ///< and there is a HelloRetryRequest
Sides asking_client();            ///< one is asked for
Sides resumption();               ///< the client has a session, which goes on
Sides resumption_after_retry();
Sides early_data();            ///< a session that goes on, with early data
Sides resumption_of_client();  ///< a session of a client that has proved who it is

// ---- what is done -------------------------------------------------------------------------------

/// What is done to a handshake. The side that must notice ends with the reason, is not connected,
/// and believes nobody.
struct Case {
  const char* name;
  By by;
  Reason reason;
  std::map<unsigned, Edit> edits;  ///< by the number of the flight, 0 the first ClientHello
  std::function<Sides()> sides = plain;
};

void expect_refused(const Case& one);

inline std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

/// One after the other.
Edit both(Edit first, Edit second);

/// Puts the piece of `later`, as it is made in the end, before that of `earlier`.
Edit advance(HandshakeType later, HandshakeType earlier);

/// Lets `message` come twice.
Edit duplicate(HandshakeType message);

}  // namespace handfast::test::families
