// limbo: runs a corpus in the format of x509-limbo and prints what Handfast says of each case.

#include "limbo/judge.h"
#include "support/vectors.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace handfast::limbo {
namespace {

// A case with what was expected of us and what we said.
struct Judged {
  std::string id;
  std::vector<std::string> features;
  Outcome expected;
  Answer answer;

  [[nodiscard]] bool differs() const {
    return answer.outcome != Outcome::skipped && answer.outcome != expected;
  }
};

// One line of the file of exceptions: cases that we decide otherwise, and why. `id` is a case or,
// with "::" at its end, all that begin so.
struct Exception {
  std::string id;
  std::string feature;
  std::string actual;
  std::string reason;
  unsigned used = 0;

  [[nodiscard]] bool fits(const Judged& judged) const {
    const bool fits_id =
        id.empty() || judged.id == id || (id.ends_with("::") && judged.id.starts_with(id));
    const bool fits_feature =
        feature.empty() || std::ranges::find(judged.features, feature) != judged.features.end();
    return fits_id && fits_feature && actual == name(judged.answer.outcome);
  }
};

struct Settings {
  std::string file;
  std::string exceptions_file;
  std::string profile;
  bool as_json = false;
};

nlohmann::json read_json(const std::string& file) {
  if (file == "-") {
    return nlohmann::json::parse(std::cin);
  }
  const std::optional<std::string> text = test::read_file(file);
  if (!text) {
    throw std::runtime_error(file + ": cannot be read");
  }
  return nlohmann::json::parse(*text);
}

x509::Profile profile_for(const Settings& settings, const nlohmann::json& test) {
  const std::map<std::string, x509::Profile> profiles = {
      {"internet", x509::Profile::internet},
      {"tls", x509::Profile::tls},
      {"conforming", x509::Profile::conforming},
      {"pedantic", x509::Profile::pedantic},
      {"web", x509::Profile::web},
  };
  return settings.profile.empty() ? profile_of(test) : profiles.at(settings.profile);
}

std::vector<Judged> judge_all(const nlohmann::json& corpus, const Settings& settings) {
  const UnixTime now = {std::time(nullptr)};
  std::vector<Judged> all;
  for (const auto& test : corpus.at("testcases")) {
    all.push_back(
        {.id = test.at("id"),
         .features = test.value("features", std::vector<std::string>{}),
         .expected = test.at("expected_result") == "SUCCESS" ? Outcome::success : Outcome::failure,
         .answer = judge(test, profile_for(settings, test), now)});
  }
  return all;
}

std::vector<Exception> read_exceptions(const std::string& file) {
  std::vector<Exception> exceptions;
  if (!file.empty()) {
    const nlohmann::json table = read_json(file);
    for (const auto& row : table.at("exceptions")) {
      exceptions.push_back({.id = row.value("id", ""),
                            .feature = row.value("feature", ""),
                            .actual = row.at("actual"),
                            .reason = row.at("reason")});
    }
  }
  return exceptions;
}

void print_json(const std::vector<Judged>& all) {
  nlohmann::json results = nlohmann::json::array();
  for (const Judged& judged : all) {
    results.push_back({{"id", judged.id},
                       {"actual_result", name(judged.answer.outcome)},
                       {"context", judged.answer.context}});
  }
  std::cout << nlohmann::json{{"version", 1}, {"harness", "handfast"}, {"results", results}}.dump(1)
            << "\n";
}

struct Count {
  unsigned right = 0;
  unsigned accepted = 0;  // what must be refused
  unsigned refused = 0;   // what must be accepted
  unsigned skipped = 0;
};

void print_count(const std::string& group, const Count& count) {
  std::cout << group << std::string(group.size() < 28 ? 28 - group.size() : 1, ' ') << count.right
            << " right, " << count.accepted << " wrongly accepted, " << count.refused
            << " wrongly refused, " << count.skipped << " skipped\n";
}

void print_summary(const std::vector<Judged>& all) {
  std::map<std::string, Count> groups;
  Count whole;
  for (const Judged& judged : all) {
    for (Count* count : {&groups[judged.id.substr(0, judged.id.find("::"))], &whole}) {
      const bool accepts = judged.answer.outcome == Outcome::success;
      count->skipped += judged.answer.outcome == Outcome::skipped ? 1U : 0U;
      count->accepted += judged.differs() && accepts ? 1U : 0U;
      count->refused += judged.differs() && !accepts ? 1U : 0U;
      count->right += judged.answer.outcome == judged.expected ? 1U : 0U;
    }
  }
  for (const auto& [group, count] : groups) {
    print_count(group, count);
  }
  print_count("all", whole);
}

// Each difference with its reason. Says whether every one has a reason, and every reason a use.
bool print_differences(const std::vector<Judged>& all, std::vector<Exception> exceptions) {
  bool is_clean = true;
  for (const Judged& judged : all) {
    if (judged.answer.outcome == judged.expected) {
      continue;
    }
    const auto reason = std::ranges::find_if(
        exceptions, [&](const Exception& exception) { return exception.fits(judged); });
    const bool has_reason = reason != exceptions.end();
    std::cout << (has_reason ? "decided   " : "DIFFERENT ") << judged.id << ": expected "
              << name(judged.expected) << ", " << judged.answer.context << "\n";
    if (has_reason) {
      std::cout << "          " << reason->reason << "\n";
      ++reason->used;
    }
    is_clean &= has_reason;
  }
  for (const Exception& exception : exceptions) {
    if (exception.used == 0) {
      std::cout << "UNUSED    " << exception.id << exception.feature
                << ": no longer a difference\n";
      is_clean = false;
    }
  }
  return is_clean;
}

int run(const Settings& settings) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Judged> all = judge_all(read_json(settings.file), settings);
  if (settings.as_json) {
    print_json(all);
    return 0;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const bool is_clean = print_differences(all, read_exceptions(settings.exceptions_file));
  print_summary(all);
  std::cout << "in " << took.count() << " s\n";
  return is_clean || settings.exceptions_file.empty() ? 0 : 1;
}

}  // namespace
}  // namespace handfast::limbo

int main(int argc, char** argv) {
  handfast::limbo::Settings settings;
  CLI::App app("Runs a corpus in the format of x509-limbo through Handfast's x509::verify.");
  app.add_option("FILE", settings.file, "the corpus: .json, .json.xz, or - for standard input")
      ->required();
  app.add_flag("--json", settings.as_json, "print limbo's result format");
  app.add_option("--exceptions", settings.exceptions_file,
                 "differences with their reasons; fail for any other, and for one that is none");
  app.add_option("--profile", settings.profile, "judge every case by one profile")
      ->check(CLI::IsMember({"internet", "tls", "conforming", "pedantic", "web"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return handfast::limbo::run(settings);
  } catch (const std::exception& error) {
    std::cerr << "limbo: " << error.what() << "\n";
    return 2;
  }
}
