#include "handfast/cert_password.h"

#include "handfast/net.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::KeyText;

namespace {

constexpr std::size_t longest = 1024;

/// The terminal at standard input while nothing that is typed shows. Keys come one by one, Ctrl-C
/// among them, so that it cannot end the program before the terminal is as it was.
class Unseen {
 public:
  Unseen() {
    is_set_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    is_set_ = is_set_ && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }

  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

  ~Unseen() {
    if (is_set_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
  }

 private:
  termios before_{};
  bool is_set_ = false;
};

/// One line, without its end; nothing if it was broken off.
std::optional<Password> type(const std::string& prompt) {
  constexpr char control_c = 0x03;
  constexpr char control_d = 0x04;
  const Unseen unseen;
  std::fputs(prompt.c_str(), stderr);
  std::fflush(stderr);
  std::string line;
  line.reserve(longest);  // so that nothing is left behind where it grew
  char key = 0;
  bool is_whole = false;
  while (!is_whole && ::read(STDIN_FILENO, &key, 1) == 1 && key != control_c && key != control_d) {
    is_whole = key == '\n' || key == '\r';
    const bool is_backspace = key == '\b' || key == 0x7f;
    if (is_backspace && !line.empty()) {
      line.pop_back();
    } else if (!is_whole && !is_backspace && line.size() < longest) {
      line.push_back(key);
    }
  }
  std::fputs("\n", stderr);
  auto typed = std::make_unique<const KeyText>(std::move(line));
  return is_whole ? std::optional<Password>(std::move(typed)) : std::nullopt;
}

std::expected<Password, Failure> from_file(const std::string& path) {
  auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  const KeyText whole(*std::move(text));
  const std::string_view line = whole.view().substr(0, whole.view().find_first_of("\r\n"));
  return std::make_unique<const KeyText>(std::string(line));
}

Failure failure_of(Reason reason, const std::string& headline) {
  Failure failure = command::file_failure(Error{.reason = reason}, {});
  failure.headline = headline;
  failure.facts = command::Json::object();
  return failure;
}

std::expected<Password, Failure> from_terminal(const std::string& what, Asking asking) {
  const auto aborted = [&] {
    Failure failure = failure_of(Reason::aborted, "No password was typed.");
    failure.tries.clear();
    return std::unexpected(std::move(failure));
  };
  const bool is_new = asking == Asking::for_a_new_one;
  auto first =
      type(fmt::format("{} of {}: ", is_new ? "New password" : "Password", command::escape(what)));
  if (!first) {
    return aborted();
  }
  if (is_new) {
    const auto second = type("The same again: ");
    if (!second) {
      return aborted();
    }
    if ((*first)->view() != (*second)->view()) {
      return std::unexpected(
          failure_of(Reason::password_wrong, "The two passwords are not the same."));
    }
  }
  return std::move(*first);
}

}  // namespace

std::expected<Password, Failure> find_password(const Common& common, const std::string& source,
                                               const std::string& what, Asking asking) {
  if (!source.empty()) {
    return from_file(source);
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  if (const char* given = std::getenv("HANDFAST_PASSWORD")) {
    return std::make_unique<const KeyText>(std::string(given));
  }
  if (!common.no_input && ::isatty(STDIN_FILENO) == 1) {
    return from_terminal(what, asking);
  }
  return std::unexpected(
      failure_of(Reason::password_missing,
                 fmt::format("{} {} a password, and none was given.", command::escape(what),
                             asking == Asking::for_a_new_one ? "gets" : "needs")));
}

bool password_is_at_hand(const std::string& source) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  return !source.empty() || std::getenv("HANDFAST_PASSWORD") != nullptr;
}

}  // namespace handfast::cert
