#include "handfast/cert_trust.h"

#include "handfast/cert_file.h"
#include "handfast/net.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handfast::cert {

namespace fs = std::filesystem;

using command::Failure;
using command::Json;
using Outcome = TrustedStore::Outcome;
using Words = std::vector<std::string>;

namespace {

constexpr std::string_view file_name = "handfast-dev-ca.crt";
constexpr const char* nickname = "Handfast development root";

/// Runs a program of the PATH, without input and output; its exit code, or -1 if it cannot be run.
int run(const Words& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));  // posix_spawn does not change them
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return -1;
  }
  return WEXITSTATUS(status);
}

std::string line_of(const Words& words) {
  std::string line;
  for (const std::string& word : words) {
    line += line.empty() ? "" : " ";
    line += word.contains(' ') || word.empty() ? "'" + word + "'" : word;
  }
  return line;
}

/// Whether a program of this name is in the PATH.
bool has_program(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (::access((fs::path(folder) / name).c_str(), X_OK) == 0) {
      return true;
    }
  }
  return false;
}

/// Only a store that is made afresh forgets what was taken away.
Words update_words(const std::string& root, TrustChange change) {
  Words words = {"update-ca-certificates"};
  if (change == TrustChange::remove) {
    words.emplace_back("--fresh");
  }
  if (!root.empty()) {
    for (const auto& [option, folder] :
         {std::pair("--certsconf", "/etc/ca-certificates.conf"),
          std::pair("--certsdir", "/usr/share/ca-certificates"),
          std::pair("--localcertsdir", "/usr/local/share/ca-certificates"),
          std::pair("--etccertsdir", "/etc/ssl/certs"),
          std::pair("--hooksdir", "/etc/ca-certificates/update.d")}) {
      words.insert(words.end(), {option, root + folder});
    }
  }
  return words;
}

/// Runs the commands one after the other, or says why not.
TrustedStore carry_out(std::string name, const std::vector<Words>& commands) {
  TrustedStore store{.name = std::move(name), .note = {}, .commands = {}};
  for (const Words& words : commands) {
    store.commands.push_back(line_of(words));
    if (store.outcome == Outcome::done && run(words) != 0) {
      store.outcome = Outcome::failed;
      store.note = fmt::format("{} did not succeed", words.front());
    }
  }
  return store;
}

TrustedStore change_system(TrustChange change, const std::string& certificate,
                           const TrustOptions& options) {
  const fs::path folder = options.root + "/usr/local/share/ca-certificates";
  const fs::path target = folder / file_name;
  TrustedStore store{.name = "the system", .note = {}, .commands = {}};
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || !has_program("update-ca-certificates")) {
    store.outcome = Outcome::left_alone;
    store.note = "its store is not kept as Debian does it; see the manual of its authorities";
    return store;
  }
  if (change == TrustChange::remove && !fs::exists(target, ignored)) {
    store.outcome = Outcome::nothing_to_do;
    return store;
  }
  std::vector<Words> commands = {change == TrustChange::add
                                     ? Words{"install", "-m", "644", certificate, target.string()}
                                     : Words{"rm", target.string()},
                                 update_words(options.root, change)};
  const bool may_write = ::access(folder.c_str(), W_OK) == 0;
  if (may_write) {
    return carry_out(store.name, commands);
  }
  for (Words& words : commands) {
    words.insert(words.begin(), "sudo");
  }
  if (options.may_sudo && has_program("sudo")) {
    return carry_out(store.name, commands);
  }
  store.outcome = Outcome::left_alone;
  store.note = "that takes more rights: --sudo, or these commands";
  for (const Words& words : commands) {
    store.commands.push_back(line_of(words));
  }
  return store;
}

struct Database {
  std::string name;
  std::string folder;
};

/// The certificate stores of browsers that have run here.
std::vector<Database> databases() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* home = std::getenv("HOME");
  std::vector<Database> found;
  if (home == nullptr || *home == '\0') {
    return found;
  }
  std::error_code ignored;
  const fs::path base(home);
  for (const char* folder : {".pki/nssdb", "snap/chromium/current/.pki/nssdb"}) {
    if (fs::exists(base / folder / "cert9.db", ignored)) {
      found.push_back({"Chromium", (base / folder).string()});
    }
  }
  for (const char* folder : {".mozilla/firefox", "snap/firefox/common/.mozilla/firefox"}) {
    for (const fs::directory_entry& profile : fs::directory_iterator(base / folder, ignored)) {
      if (fs::exists(profile.path() / "cert9.db", ignored)) {
        found.push_back({fmt::format("Firefox ({})", profile.path().filename().string()),
                         profile.path().string()});
      }
    }
  }
  return found;
}

TrustedStore change_database(TrustChange change, const std::string& certificate,
                             const Database& database) {
  const std::string where = "sql:" + database.folder;
  const Words removal = {"certutil", "-D", "-d", where, "-n", nickname};
  const Words addition = {"certutil", "-A", "-d",  where, "-n",
                          nickname,   "-t", "C,,", "-i",  certificate};
  if (!has_program("certutil")) {
    return {.name = database.name,
            .outcome = Outcome::left_alone,
            .note = "certutil is missing: apt install libnss3-tools, then the same again",
            .commands = {}};
  }
  // One that was put there before goes first, as two of one name do not stand side by side.
  constexpr int most = 8;
  bool was_there = false;
  for (int count = 0; count < most && run(removal) == 0; ++count) {
    was_there = true;
  }
  if (change == TrustChange::add) {
    return carry_out(database.name, {addition});
  }
  return {.name = database.name,
          .outcome = was_there ? Outcome::done : Outcome::nothing_to_do,
          .note = {},
          .commands = {line_of(removal)}};
}

}  // namespace

std::expected<std::vector<TrustedStore>, Failure>
change_trust(TrustChange change, const std::string& certificate, const TrustOptions& options) {
  std::error_code ignored;
  if (change == TrustChange::add && !fs::exists(certificate, ignored)) {
    Failure failure = command::file_failure(Error{.reason = Reason::file_missing}, certificate);
    failure.headline = "There is no development authority on this computer yet.";
    failure.tries = {"make one, and a certificate from it: handfast cert dev localhost --trust"};
    return std::unexpected(std::move(failure));
  }
  std::vector<TrustedStore> stores = {change_system(change, certificate, options)};
  for (const Database& database : databases()) {
    stores.push_back(change_database(change, certificate, database));
  }
  return stores;
}

void report_trust(Report& report, TrustChange change, const std::vector<TrustedStore>& stores) {
  const bool is_added = change == TrustChange::add;
  for (const TrustedStore& store : stores) {
    switch (store.outcome) {
      case Outcome::done:
        report.done(is_added ? "Trusted by " + store.name
                             : fmt::format("Not trusted by {} any more", store.name));
        break;
      case Outcome::nothing_to_do:
        report.done(fmt::format("Not trusted by {}, as before", store.name));
        break;
      case Outcome::left_alone:
        report.beware(fmt::format("Not changed: {}; {}", store.name, store.note));
        break;
      case Outcome::failed:
        report.beware(fmt::format("It did not work for {}: {}", store.name, store.note));
        break;
    }
    const bool was_run = store.outcome == Outcome::done || store.outcome == Outcome::failed;
    bool is_first = true;
    for (const std::string& command : store.commands) {
      report.command(!std::exchange(is_first, false) ? "" : was_run ? "Ran" : "Run", command);
    }
  }
  if (is_added) {
    report.command("Undo", "handfast cert dev --remove");
  }
}

Json to_json(const std::vector<TrustedStore>& stores) {
  constexpr std::array outcomes = {"done", "nothing_to_do", "left_alone", "failed"};
  Json json = Json::array();
  for (const TrustedStore& store : stores) {
    json.push_back({{"store", store.name},
                    {"outcome", outcomes[static_cast<std::size_t>(store.outcome)]},
                    {"note", store.note},
                    {"commands", store.commands}});
  }
  return json;
}

bool is_complete(const std::vector<TrustedStore>& stores) {
  return std::ranges::all_of(stores, [](const TrustedStore& store) {
    return store.outcome == Outcome::done || store.outcome == Outcome::nothing_to_do;
  });
}

}  // namespace handfast::cert
