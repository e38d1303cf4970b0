#include "handfast/ech_file.h"

#include "handfast/base64.h"
#include "handfast/cert_file.h"
#include "handfast/key_text.h"
#include "handfast/net.h"

#include <filesystem>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr std::size_t longest_file = std::size_t{1} << 18;

std::string without_blanks(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      all.push_back(c);
    }
  }
  return all;
}

/// The list in a file: what stands between the lines of a PEM block ECHCONFIG, or all of it.
std::optional<std::vector<std::uint8_t>> list_in(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN ECHCONFIG-----";
  constexpr std::string_view end = "-----END ECHCONFIG-----";
  if (const std::size_t start = text.find(begin); start != std::string_view::npos) {
    text.remove_prefix(start + begin.size());
    text = text.substr(0, text.find(end));
  }
  return from_base64(without_blanks(text));
}

}  // namespace

std::expected<void, Failure> read_ech(const std::string& wish, ClientOptions& offer) {
  if (wish.empty() || wish == "grease" || wish == "off") {
    offer.ech_grease = wish != "off";
    return {};
  }
  std::error_code ignored;
  std::optional<std::vector<std::uint8_t>> list;
  if (std::filesystem::exists(wish, ignored)) {
    Result<std::string> text = net::read_file(wish, longest_file);
    if (!text) {
      return std::unexpected(file_failure(text.error(), wish));
    }
    const KeyText whole(*std::move(text));  // a server's file has its key in it
    list = list_in(whole.view());
  } else {
    list = from_base64(without_blanks(wish));
  }
  auto config = EchConfig::choose(list ? *list : std::vector<std::uint8_t>());
  if (!config) {
    // Whatever is wrong inside of it: the list is not a peer's here.
    const Reason reason = list ? Reason::ech_config_unusable : Reason::file_missing;
    return std::unexpected(file_failure(Error{.reason = reason}, wish));
  }
  offer.ech = *std::move(config);
  return {};
}

std::expected<std::vector<EchServerKey>, Failure>
read_ech_keys(const std::vector<std::string>& files) {
  std::vector<EchServerKey> keys;
  for (const std::string& file : files) {
    Result<std::string> text = net::read_file(file, longest_file);
    if (!text) {
      return std::unexpected(file_failure(text.error(), file));
    }
    const KeyText pem(*std::move(text));
    auto key = EchKey::parse_pem(pem.view());
    if (!key) {
      return std::unexpected(file_failure(key.error(), file));
    }
    keys.push_back({*std::move(key), !keys.empty()});
  }
  return keys;
}

std::string ech_text(const Settled& settled, const ClientOptions& offer, const std::string& wish) {
  if (settled.ech == EchOutcome::accepted && offer.ech != nullptr) {
    return fmt::format("accepted: the server's name was hidden, and {} stood in its place",
                       offer.ech->public_name().text());
  }
  if (wish.empty()) {
    return {};
  }
  return settled.ech == EchOutcome::greased
             ? "greased: nothing was hidden, and the server's name went in clear"
             : std::string(name(settled.ech));
}

void tell_retry_configs(Failure& failure, const Settled& settled, const std::string& target) {
  if (failure.error.reason != Reason::ech_rejected) {
    return;
  }
  const std::string list = to_base64(settled.ech_retry_configs);
  failure.facts["ech_retry_configs"] = list.empty() ? Json() : Json(list);
  failure.tries = {
      list.empty()
          ? fmt::format("where its name may be seen:  handfast connect --ech off {}",
                        escape(target))
          : fmt::format("with what it sent:  handfast connect --ech {} {}", list, escape(target))};
}

}  // namespace handfast::command
