// What tests expect of a Result or a Verdict that must fail. The enumerator is always written out:
// a script reads from the tests which reasons are provoked.
#pragma once

#include "handfast/result.h"
#include "handfast/verdict.h"

#include <gtest/gtest.h>

namespace handfast::test {

/// The stable code of a reason, for messages.
inline std::string_view code_of(Reason reason) { return fault_of(reason).code; }

template <class T>
testing::AssertionResult fails_with(const Result<T>& result, Reason reason) {
  if (result) {
    return testing::AssertionFailure() << "it succeeded; expected " << code_of(reason);
  }
  if (result.error().reason != reason) {
    return testing::AssertionFailure()
           << "it failed with " << code_of(result.error().reason) << " at "
           << result.error().where.file_name() << ":" << result.error().where.line()
           << "; expected " << code_of(reason);
  }
  return testing::AssertionSuccess();
}

inline testing::AssertionResult is_refused_with(const Verdict& verdict, Reason reason) {
  if (verdict.is_trusted() || !verdict.error()) {
    return testing::AssertionFailure() << "it was not refused; expected " << code_of(reason);
  }
  if (verdict.error()->reason != reason) {
    return testing::AssertionFailure() << "it was refused with " << code_of(verdict.error()->reason)
                                       << "; expected " << code_of(reason);
  }
  return testing::AssertionSuccess();
}

inline testing::AssertionResult is_trusted(const Verdict& verdict) {
  if (!verdict.is_trusted()) {
    return testing::AssertionFailure()
           << "it was refused with "
           << (verdict.error() ? code_of(verdict.error()->reason) : "no reason");
  }
  return testing::AssertionSuccess();
}

}  // namespace handfast::test

/// The Result failed, and with this reason: EXPECT_FAILS(parse(bytes),
/// Reason::certificate_malformed).
#define EXPECT_FAILS(result, reason) EXPECT_TRUE(::handfast::test::fails_with((result), (reason)))

/// The same, and the test is over if it did not: its error is looked at next.
#define ASSERT_FAILS(result, reason) ASSERT_TRUE(::handfast::test::fails_with((result), (reason)))

/// The Verdict refused the chain, and with this reason.
#define EXPECT_REFUSED(verdict, reason)                                                            \
  EXPECT_TRUE(::handfast::test::is_refused_with((verdict), (reason)))

/// The Verdict trusts the chain.
#define EXPECT_TRUSTED(verdict) EXPECT_TRUE(::handfast::test::is_trusted((verdict)))
