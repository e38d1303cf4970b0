#include "handfast/nearest.h"

#include <algorithm>
#include <vector>

namespace handfast::command {

namespace {

char folded(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

/// Insertions, deletions and exchanges of one letter (Levenshtein), row by row.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] = i;
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t exchanged = diagonal + (folded(from[i]) == folded(to[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view written, const std::vector<std::string>& known) {
  std::string best;
  // A third of the letters wrong is still a slip; more is another word.
  std::size_t fewest = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const std::string& name : known) {
    const std::size_t needed = edits(written, name);
    if (needed < fewest) {
      fewest = needed;
      best = name;
    }
  }
  return best;
}

std::string suggestion(std::string_view written, const std::vector<std::string>& known) {
  const std::string name = nearest(written, known);
  return name.empty() ? "." : "; did you mean " + name + "?";
}

}  // namespace handfast::command
