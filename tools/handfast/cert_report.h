// What the commands that make something say when it is done.
#pragma once

#include "handfast/terminal.h"

#include <string>
#include <string_view>

namespace handfast::cert {

/// Lines that say what was done and what to do next:
///   ✓ Made shop.test.key and shop.test.csr
///     Next   handfast cert sign shop.test.csr --ca ca.pem
class Report {
 public:
  explicit Report(const command::Terminal& terminal) : terminal_(terminal) {}

  /// A thing done.
  void done(const std::string& text);

  /// Something to mind.
  void beware(const std::string& text);

  /// One line with a title; an empty title goes on with the one before. Empty texts are left out.
  void row(std::string_view title, const std::string& text);

  /// The same for a command or path, which is not broken into lines.
  void command(std::string_view title, const std::string& text);

  void print() const { terminal_.print(lines_); }

 private:
  const command::Terminal& terminal_;
  std::string lines_;
};

}  // namespace handfast::cert
