// Dates: the two ASN.1 times in the one form that certificates may use, and the calendar behind
// them.
#pragma once

#include "handfast/bytes.h"
#include "handfast/time.h"

#include <cstdint>
#include <optional>
#include <string>

namespace handfast::der {

/// A moment on the calendar, UTC.
struct Date {
  std::int64_t year = 1970;
  unsigned month = 1;  ///< 1 to 12
  unsigned day = 1;    ///< 1 to 31
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;  ///< 0 to 59: no leap seconds
};

/// YYMMDDHHMMSSZ; YY from 50 means 19YY, else 20YY. RFC 5280 §4.1.2.5.1.
[[nodiscard]] std::optional<UnixTime> parse_utc_time(Bytes text);

/// YYYYMMDDHHMMSSZ. RFC 5280 §4.1.2.5.2. Issuers have to use UTCTime through 2049, but readers have
/// to take both: roots that everybody trusts have GeneralizedTime for 2011.
[[nodiscard]] std::optional<UnixTime> parse_generalized_time(Bytes text);

/// The moment of `date`, which must exist on the calendar.
[[nodiscard]] UnixTime to_time(const Date& date);

[[nodiscard]] Date to_date(UnixTime time);

/// The text of the Time that RFC 5280 §4.1.2.5 prescribes for `time`: 13 characters of UTCTime from
/// 1950 to 2049, 15 of GeneralizedTime before 1950 and from 2050 on. Years outside 0 to 9999 are
/// pulled in.
[[nodiscard]] std::string time_text(UnixTime time);

}  // namespace handfast::der
