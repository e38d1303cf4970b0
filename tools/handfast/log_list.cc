#include "handfast/log_list.h"

#include "handfast/json.h"
#include "handfast/net.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::string_view key_begin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view key_end = "-----END PUBLIC KEY-----";

std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? escape(found->get<std::string>())
                                                     : std::string();
}

std::optional<TransparencyLog> read_log(const Json& log, const std::string& operated_by) {
  const auto key = log.find("key");
  if (key == log.end() || !key->is_string()) {
    return std::nullopt;
  }
  auto der =
      public_key_from_pem(fmt::format("{}\n{}\n{}\n", key_begin, key->get<std::string>(), key_end));
  if (!der) {
    return std::nullopt;
  }
  return TransparencyLog{text_of(log, "description"), operated_by, *std::move(der)};
}

// Nothing if this is no such list, or a log in it has no key.
std::optional<std::vector<TransparencyLog>> read_json(const Json& document) {
  std::vector<TransparencyLog> logs;
  const auto operators = document.find("operators");
  if (operators == document.end() || !operators->is_array()) {
    return std::nullopt;
  }
  for (const Json& entry : *operators) {
    const std::string name = text_of(entry, "name");
    for (const char* kind : {"logs", "tiled_logs"}) {
      const auto list = entry.find(kind);
      if (list == entry.end() || !list->is_array()) {
        continue;
      }
      for (const Json& log : *list) {
        std::optional<TransparencyLog> read = read_log(log, name);
        if (!read) {
          return std::nullopt;
        }
        logs.push_back(*std::move(read));
      }
    }
  }
  return logs;
}

std::optional<std::vector<TransparencyLog>> read_pem(std::string_view text) {
  std::vector<TransparencyLog> logs;
  for (std::size_t at = text.find(key_begin); at != std::string_view::npos;
       at = text.find(key_begin, at + 1)) {
    auto der = public_key_from_pem(text.substr(at));
    if (!der) {
      return std::nullopt;
    }
    logs.push_back({fmt::format("log {}", logs.size() + 1), {}, *std::move(der)});
  }
  return logs;
}

}  // namespace

std::expected<std::shared_ptr<const TransparencyLogs>, Failure>
load_log_list(const std::string& path) {
  const auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(file_failure(text.error(), path));
  }
  const Json document = Json::parse(*text, nullptr, false);
  auto read = document.is_object() ? read_json(document) : read_pem(*text);
  const bool has_logs = read && !read->empty();
  auto logs = has_logs
                  ? TransparencyLogs::make(*std::move(read))
                  : Result<std::shared_ptr<const TransparencyLogs>>(fail(Reason::key_malformed));
  if (!logs) {
    Failure failure = file_failure(logs.error(), path);
    failure.headline = fmt::format("{} is no list of transparency logs.", escape(path));
    failure.tries = {"give a log_list.json as browsers use it, or the logs' public keys in PEM"};
    return std::unexpected(std::move(failure));
  }
  return *std::move(logs);
}

}  // namespace handfast::command
