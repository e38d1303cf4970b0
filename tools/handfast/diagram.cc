#include "handfast/diagram.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::size_t margin = 4;      // before the left line
constexpr std::size_t time_width = 8;  // "  1234.5"
constexpr std::size_t note_gap = 2;

std::string repeat(std::string_view sign, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += sign;
  }
  return text;
}

}  // namespace

Diagram::Diagram(const Terminal& terminal, std::string peer)
    : terminal_(terminal), peer_(std::move(peer)), inner_(terminal.width() >= 96   ? 48
                                                          : terminal.width() >= 80 ? 42
                                                                                   : 36) {}

std::string Diagram::head() const {
  const std::size_t width = columns(peer_);
  const std::size_t center = margin + 1 + inner_;
  // The peer's name stands over its line, but never over ours.
  const std::size_t left = std::max<std::size_t>(center - std::min(center, width / 2), margin + 5);
  const std::string names = std::string(margin - 1, ' ') + terminal_.paint(Paint::strong, "you") +
                            std::string(left - margin - 2, ' ') +
                            terminal_.paint(Paint::strong, peer_) + '\n';
  const std::string lives = std::string(margin, ' ') + "│" + std::string(inner_, ' ') + "│" +
                            terminal_.paint(Paint::faint, fmt::format("{:>{}}", "ms", time_width)) +
                            '\n';
  return names + lives;
}

std::string Diagram::lines(const Step& step) const {
  const std::string drawn = step.kind == StepKind::keys ? change(step) : arrow(step);
  std::string line = std::string(margin, ' ') + drawn;
  if (step.kind == StepKind::keys) {
    return line + '\n';
  }
  line += terminal_.paint(Paint::faint, fmt::format("{:>{}.1f}", step.milliseconds, time_width));
  const std::size_t indent = margin + 2 + inner_ + time_width + note_gap;
  const auto width = static_cast<std::size_t>(terminal_.width());
  if (step.note.empty()) {
    return line + '\n';
  }
  // A long note goes on beside the two lines of life.
  const std::string plain = wrap(step.note, std::max(width, indent + 16), indent);
  const std::string beside = std::string(margin, ' ') + "│" + std::string(inner_, ' ') + "│" +
                             std::string(time_width + note_gap, ' ');
  std::string note;
  std::string_view rest = plain;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    note += terminal_.paint(Paint::faint, rest.substr(0, end)) + '\n' + beside;
    rest.remove_prefix(end + 1 + indent);
  }
  return line + std::string(note_gap, ' ') + note + terminal_.paint(Paint::faint, rest) + '\n';
}

std::string Diagram::foot() const {
  return std::string(margin, ' ') + "│" + std::string(inner_, ' ') + "│\n";
}

std::string Diagram::arrow(const Step& step) const {
  const bool is_sent = step.flow == Flow::sent;
  const std::string name =
      step.count > 1 ? fmt::format("{} ×{}", step.text, step.count) : step.text;
  const std::string size = size_text(step.size);
  const std::string left = is_sent ? " ── " : " ◀── ";
  const std::string right = is_sent ? " ──▶ " : " ─── ";
  const std::size_t used = columns(left) + columns(name) + columns(size) + columns(right) + 2;
  const std::string shaft = repeat("─", inner_ > used ? inner_ - used : 1);
  const bool is_trouble = step.kind == StepKind::alert && step.text != "alert close_notify";
  Paint paint = is_sent ? Paint::ours : Paint::theirs;
  if (step.kind == StepKind::compatibility) {
    paint = Paint::faint;
  }
  if (is_trouble) {
    paint = Paint::bad;
  }
  const std::string line = terminal_.paint(Paint::faint, left) + terminal_.paint(paint, name) +
                           terminal_.paint(Paint::faint, ' ' + shaft + ' ') + size +
                           terminal_.paint(Paint::faint, right);
  return "│" + line + "│";
}

std::string Diagram::change(const Step& step) const {
  const std::string text = ' ' + step.text + ' ';
  const std::size_t free = inner_ - std::min(inner_, columns(text));
  return terminal_.paint(Paint::warning,
                         "╞" + repeat("═", free / 2) + text + repeat("═", free - free / 2) + "╡");
}

std::string size_text(std::size_t bytes) {
  std::string digits = std::to_string(bytes);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ' ');
  }
  return digits + " B";
}

}  // namespace handfast::command
