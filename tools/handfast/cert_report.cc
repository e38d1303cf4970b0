#include "handfast/cert_report.h"

namespace handfast::cert {

using command::Paint;

namespace {

constexpr std::size_t column = 11;

}  // namespace

void Report::done(const std::string& text) {
  const auto width = static_cast<std::size_t>(terminal_.width());
  lines_ += terminal_.paint(Paint::good, "✓") + " " + command::wrap(text, width - 2, 2) + "\n";
}

void Report::beware(const std::string& text) {
  const auto width = static_cast<std::size_t>(terminal_.width());
  lines_ += terminal_.paint(Paint::warning, "!") + " " + command::wrap(text, width - 2, 2) + "\n";
}

void Report::row(std::string_view title, const std::string& text) {
  if (!text.empty()) {
    const auto width = static_cast<std::size_t>(terminal_.width());
    command(title, command::wrap(text, width, column));
  }
}

void Report::command(std::string_view title, const std::string& text) {
  lines_ += "  " + command::pad(terminal_.paint(Paint::faint, title), column - 2) + text + "\n";
}

}  // namespace handfast::cert
