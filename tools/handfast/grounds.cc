#include "handfast/grounds.h"

#include "handfast/cert_source.h"
#include "handfast/list_files.h"
#include "handfast/log_list.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/options.h"
#include "handfast/raw_keys.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

/// What `load` makes of all files and folders together; each has to be good for itself too.
template <class Load>
auto load_all(const std::vector<std::string>& paths, const Load& load)
    -> std::expected<typename decltype(load(paths))::value_type, Failure> {
  // One by one, to name the one that is at fault.
  for (const std::string& path : paths) {
    auto one = load({path});
    if (!one) {
      return std::unexpected(file_failure(one.error(), path));
    }
    if (paths.size() == 1) {
      return *std::move(one);
    }
  }
  auto all = load(paths);
  if (!all) {
    return std::unexpected(explain(all.error(), Side::client, Stage::setup));
  }
  return *std::move(all);
}

std::expected<void, Failure> read_trust(const GroundOptions& options, Grounds& grounds) {
  if (options.authorities.empty()) {
    grounds.anchors = "the system's store";
    auto trust = net::system_trust();
    if (!trust) {
      return std::unexpected(explain(trust.error(), Side::client, Stage::setup));
    }
    grounds.trust = *std::move(trust);
    return {};
  }
  grounds.anchors = escape(fmt::format("{}", fmt::join(options.authorities, ", ")));
  auto trust = load_all(options.authorities, [](const std::vector<std::string>& paths) {
    return net::load_trust(paths);
  });
  if (!trust) {
    return std::unexpected(std::move(trust.error()));
  }
  grounds.trust = *std::move(trust);
  return {};
}

/// Whoever pins keys trusts nobody else, but for the authorities that are named too.
std::expected<void, Failure> read_pinned(const GroundOptions& options, Grounds& grounds) {
  auto pins = read_pins(options.pins);
  if (!pins) {
    return std::unexpected(std::move(pins.error()));
  }
  grounds.anchors = pins->size() == 1 ? "the pinned key" : "the pinned keys";
  std::shared_ptr<const Trust> others;
  if (!options.authorities.empty()) {
    const std::string pinned = grounds.anchors;
    if (auto done = read_trust(options, grounds); !done) {
      return done;
    }
    others = std::move(grounds.trust);
    grounds.anchors += " and " + pinned;
  }
  auto trust = trust_in(others.get(), *std::move(pins));
  if (!trust) {
    return std::unexpected(explain(trust.error(), Side::client, Stage::setup));
  }
  grounds.trust = *std::move(trust);
  return {};
}

std::expected<void, Failure> read_lists(const GroundOptions& options, Grounds& grounds) {
  if (options.lists.empty()) {
    return {};
  }
  auto lists = load_lists(options.lists);
  if (!lists) {
    return std::unexpected(std::move(lists.error()));
  }
  grounds.lists = *std::move(lists);
  return {};
}

std::expected<void, Failure> read_intermediates(const GroundOptions& options, Grounds& grounds) {
  for (const std::string& path : options.intermediates) {
    auto chain = cert::read_chain(path);
    if (!chain) {
      return std::unexpected(std::move(chain.error()));
    }
    std::ranges::move(*chain, std::back_inserter(grounds.intermediates));
  }
  return {};
}

std::expected<void, Failure> read_logs(const GroundOptions& options, Grounds& grounds) {
  if (options.logs.empty()) {
    return {};
  }
  auto logs = load_log_list(options.logs);
  if (!logs) {
    return std::unexpected(std::move(logs.error()));
  }
  grounds.logs = *std::move(logs);
  return {};
}

}  // namespace

void add_ground_options(CLI::App& command, GroundOptions& options) {
  add_repeated(command, "--ca", options.authorities, "FILE|DIR",
               "trust the authorities in this file or folder, and no others");
  add_repeated(command, "--crl", options.lists, "FILE|DIR",
               "revocation lists: a file or folder, in PEM or DER");
  const std::map<std::string, RevocationDemand> demands = {{"off", RevocationDemand::off},
                                                           {"soft", RevocationDemand::soft},
                                                           {"leaf", RevocationDemand::hard_leaf},
                                                           {"all", RevocationDemand::hard},
                                                           {"hard", RevocationDemand::hard}};
  command
      .add_option("--revocation", options.demand,
                  "how much proof that nothing was revoked is asked: off, soft (what is given is "
                  "looked at), leaf, all (or hard)")
      ->type_name("DEMAND")
      ->transform(CLI::Transformer(demands))
      ->transform(one_of({"off", "soft", "leaf", "all", "hard"}));
  add_repeated(command, "--intermediates", options.intermediates, "FILE",
               "certificates that may stand between, if the chain lacks them");
  command
      .add_option("--ct-logs", options.logs,
                  "check certificate timestamps against these logs: log_list.json, or keys in PEM")
      ->type_name("FILE");
}

std::expected<Grounds, Failure> read_grounds(const GroundOptions& options) {
  Grounds grounds;
  const auto read_trusted = options.pins.empty() ? read_trust : read_pinned;
  for (const auto read : {read_trusted, read_lists, read_intermediates, read_logs}) {
    if (auto done = read(options, grounds); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return grounds;
}

}  // namespace handfast::command
