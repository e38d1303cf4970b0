#include "handfast/cert_source.h"

#include "handfast/cert_contents.h"
#include "handfast/cert_file.h"
#include "handfast/certificate.h"
#include "handfast/connection.h"
#include "handfast/describe.h"
#include "handfast/net.h"
#include "handfast/recorder.h"
#include "handfast/target.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;

namespace {

/// A server's certificates, as it sends them. Nothing is trusted, and nothing else is sent.
std::expected<ShownChain, Failure> fetch(const command::Target& target, net::Milliseconds limit) {
  using command::Side;
  using command::Stage;
  const auto trouble = [&](const Error& error, Stage stage) {
    Failure failure = command::explain(error, Side::client, stage);
    failure.where = "asking " + target.shown + " for its certificates";
    return std::unexpected(std::move(failure));
  };
  const auto name = ServerName::parse(target.host);
  if (!name) {
    return trouble(name.error(), Stage::setup);
  }
  const auto config = ClientConfig::make(danger::AcceptAnyCertificate{});
  if (!config) {
    return trouble(config.error(), Stage::setup);
  }
  const auto addresses = net::look_up(target.host, target.port, limit);
  if (!addresses) {
    return trouble(addresses.error(), Stage::network);
  }
  auto reached = net::reach(*addresses, limit);
  if (!reached) {
    return trouble(reached.error(), Stage::network);
  }
  auto connection = Connection::client(*config, *name, net::now());
  if (!connection) {
    return trouble(connection.error(), Stage::setup);
  }
  command::Recorder recorder(nullptr);
  connection->observe_with(&recorder);
  net::Stream stream(std::move(reached->socket), std::move(*connection));
  stream.set_limit(limit);
  // What comes after the certificates does not matter here: a server may want one of ours.
  if (const auto done = stream.handshake(); !done && recorder.chain().empty()) {
    return trouble(done.error(), Stage::handshake);
  }
  std::ignore = stream.close();
  return ShownChain{recorder.chain(), recorder.staples(), recorder.sct_lists()};
}

/// PKCS#7 and PKCS#12 keep certificates in any order; the leaf is the one that signed no other.
void put_leaf_first(Chain& chain) {
  const auto signed_another = [&](const std::vector<std::uint8_t>& der) {
    const auto above = Certificate::parse(der);
    return !above || std::ranges::any_of(chain, [&](const std::vector<std::uint8_t>& other) {
      const auto below = Certificate::parse(other);
      return below && !below->is_self_issued() && std::ranges::equal(below->issuer, above->subject);
    });
  };
  const auto leaf = std::ranges::find_if_not(chain, signed_another);
  if (leaf != chain.end()) {
    std::rotate(chain.begin(), leaf, std::next(leaf));
  }
}

}  // namespace

// An existing file is meant as one; so is what has the form of a path, and is then missing.
bool is_file(const std::string& what) {
  std::error_code ignored;
  const std::filesystem::path path(what);
  constexpr std::array extensions = {".pem", ".crt", ".cer", ".der", ".key", ".csr",
                                     ".crl", ".p7b", ".p12", ".pfx", ".ocsp"};
  return std::filesystem::exists(path, ignored) || what.starts_with('/') || what.starts_with('.') ||
         std::ranges::find(extensions, path.extension()) != extensions.end();
}

std::expected<Chain, Failure> read_chain(const std::string& path, const Common& common) {
  const auto contents = read_contents(common, path, {}, Keys::open_if_given);
  if (!contents) {
    return std::unexpected(contents.error());
  }
  Chain chain = certificates_of(contents->documents);
  if (chain.empty()) {
    Failure failure = command::file_failure(Error{.reason = Reason::pem_malformed}, path);
    const bool is_key = std::ranges::any_of(contents->documents, [](const Document& document) {
      return document.kind == DocumentKind::private_key ||
             document.kind == DocumentKind::encrypted_key;
    });
    failure.headline = fmt::format("{} holds {}no certificate.", command::escape(path),
                                   is_key ? "a private key, and " : "");
    failure.tries = {is_key ? "name the file of the certificate, usually .pem or .crt"
                            : "see what it holds: handfast cert show " + typed(path)};
    return std::unexpected(std::move(failure));
  }
  if (contents->form.starts_with("PKCS")) {
    put_leaf_first(chain);
  }
  return chain;
}

std::expected<ShownChain, Failure> find_chain(const Common& common, const std::string& what) {
  if (is_file(what)) {
    auto chain = read_chain(what, common);
    return chain ? std::expected<ShownChain, Failure>(ShownChain{*std::move(chain)})
                 : std::unexpected(std::move(chain.error()));
  }
  const auto target = command::parse_target(what);
  if (!target) {
    Failure failure = command::file_failure(target.error(), what);
    failure.headline =
        fmt::format("{} is neither a file nor the name of a server.", command::escape(what));
    return std::unexpected(std::move(failure));
  }
  const std::chrono::duration<double> limit(common.timeout.value_or(30));
  return fetch(*target, std::chrono::ceil<net::Milliseconds>(limit));
}

}  // namespace handfast::cert
