#include "handfast/moment.h"

#include <charconv>
#include <ctime>
#include <string_view>

namespace handfast::command {

std::optional<UnixTime> parse_moment(const std::string& text) {
  if (text.starts_with('@')) {
    const std::string_view digits = std::string_view(text).substr(1);
    UnixTime moment;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), moment.seconds);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size();
    return is_number ? std::optional(moment) : std::nullopt;
  }
  for (const char* form : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
                           "%Y-%m-%d %H:%M UTC", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') {
      continue;
    }
    const std::tm asked = parts;
    const std::time_t seconds = ::timegm(&parts);
    // A day that is not in the calendar was moved into the next month.
    if (parts.tm_mday == asked.tm_mday && parts.tm_mon == asked.tm_mon) {
      return UnixTime{seconds};
    }
  }
  return std::nullopt;
}

}  // namespace handfast::command
