#include "der/time.h"

#include <algorithm>
#include <array>

namespace handfast::der {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_in(std::int64_t year, unsigned month) {
  constexpr std::array<unsigned, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool exists(const Date& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= days_in(date.year, date.month) && date.hour < 24 && date.minute < 60 &&
         date.second < 60;
}

// Both formats end alike, MMDDHHMMSSZ, after a year of two or four digits.
std::optional<Date> parse(Bytes text, std::size_t year_digits) {
  if (text.size() != year_digits + 11 || text.back() != 'Z') {
    return std::nullopt;
  }
  const Bytes digits = text.first(text.size() - 1);
  if (!std::ranges::all_of(digits, [](std::uint8_t c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const auto two = [&](std::size_t at) -> unsigned {
    return 10U * (digits[at] - '0') + (digits[at + 1] - '0');
  };
  const std::size_t at = year_digits;
  return Date{.year = year_digits == 4 ? 100 * two(0) + two(2) : two(0),
              .month = two(at),
              .day = two(at + 2),
              .hour = two(at + 4),
              .minute = two(at + 6),
              .second = two(at + 8)};
}

// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap
// day is a year's last, and in eras of 400 years, which all have 146,097 days; 719,468 days lie
// between 0000-03-01 and 1970-01-01.
std::int64_t days_from_date(const Date& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

}  // namespace

std::optional<UnixTime> parse_utc_time(Bytes text) {
  std::optional<Date> date = parse(text, 2);
  if (!date) {
    return std::nullopt;
  }
  date->year += date->year >= 50 ? 1900 : 2000;
  return exists(*date) ? std::optional(to_time(*date)) : std::nullopt;
}

std::optional<UnixTime> parse_generalized_time(Bytes text) {
  const std::optional<Date> date = parse(text, 4);
  if (!date || !exists(*date)) {
    return std::nullopt;
  }
  return to_time(*date);
}

UnixTime to_time(const Date& date) {
  return {days_from_date(date) * seconds_a_day + std::int64_t{date.hour} * 3600 +
          std::int64_t{date.minute} * 60 + date.second};
}

Date to_date(UnixTime time) {
  std::int64_t days = time.seconds / seconds_a_day;
  std::int64_t second_of_day = time.seconds % seconds_a_day;
  if (second_of_day < 0) {
    second_of_day += seconds_a_day;
    --days;
  }
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
          .month = static_cast<unsigned>(month),
          .day = static_cast<unsigned>(day_of_year - (153 * march_month + 2) / 5 + 1),
          .hour = static_cast<unsigned>(second_of_day / 3600),
          .minute = static_cast<unsigned>(second_of_day / 60 % 60),
          .second = static_cast<unsigned>(second_of_day % 60)};
}

std::string time_text(UnixTime time) {
  Date date = to_date(time);
  date.year = std::clamp<std::int64_t>(date.year, 0, 9999);
  std::string text;
  const auto two = [&](std::int64_t number) {
    text.push_back(static_cast<char>('0' + number / 10 % 10));
    text.push_back(static_cast<char>('0' + number % 10));
  };
  if (date.year < 1950 || date.year >= 2050) {
    two(date.year / 100);
  }
  two(date.year % 100);
  for (const unsigned part : {date.month, date.day, date.hour, date.minute, date.second}) {
    two(part);
  }
  text.push_back('Z');
  return text;
}

}  // namespace handfast::der
