#include "handfast/serve_credentials.h"

#include "handfast/cert_authority.h"
#include "handfast/describe.h"
#include "handfast/key_text.h"
#include "handfast/legacy.h"
#include "handfast/net.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace handfast::serve {

using command::Failure;

namespace {

/// "site.pem" -> "site.key" if there is such a file, else the same file.
std::string key_beside(const std::string& chain) {
  std::filesystem::path key(chain);
  key.replace_extension(".key");
  std::error_code ignored;
  return std::filesystem::exists(key, ignored) ? key.string() : chain;
}

Failure pair_failure(const Error& error, const std::string& chain, const std::string& key) {
  Failure failure = command::file_failure(error, key);
  if (error.reason == Reason::key_does_not_fit) {
    failure.headline = fmt::format("The key in {} does not belong to the certificate in {}.",
                                   command::escape(key), command::escape(chain));
  } else if (key == chain && error.reason == Reason::pem_malformed) {
    failure.headline = fmt::format("There is no private key for {}: neither beside it nor in it.",
                                   command::escape(chain));
    failure.tries = {"name the key's file: --key FILE"};
  }
  return failure;
}

std::expected<std::shared_ptr<const Credential>, Failure>
read_pair(const std::string& chain, const std::string& key, bool has_rsa_exchange) {
  // The chain alone first, to tell which of the two files is at fault.
  auto file = net::read_file(chain);
  if (!file) {
    return std::unexpected(command::file_failure(file.error(), chain));
  }
  const command::KeyText text(*std::move(file));  // which may hold the key too
  const auto certificates = certificates_from_pem(text.view());
  if (!certificates) {
    return std::unexpected(command::file_failure(certificates.error(), chain));
  }
  if (const auto leaf = Certificate::parse(certificates->front()); !leaf) {
    return std::unexpected(command::file_failure(leaf.error(), chain));
  }
  auto credential = net::load_credential(chain, key);
  const bool is_silent = !credential && credential.error().reason == Reason::certificate_key_usage;
  if (is_silent && has_rsa_exchange) {
    auto again = net::read_file(key);
    if (!again) {
      return std::unexpected(command::file_failure(again.error(), key));
    }
    const command::KeyText key_text(*std::move(again));
    credential = legacy::decrypting_credential(text.view(), key_text.view());
  }
  if (!credential) {
    return std::unexpected(pair_failure(credential.error(), chain, key));
  }
  return std::move(*credential);
}

}  // namespace

std::expected<Credentials, Failure> read_pairs(const std::vector<std::string>& chains,
                                               std::vector<std::string> keys,
                                               bool has_rsa_exchange) {
  Credentials found;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const std::string& chain = chains[i];
    const std::string key = keys.empty() ? key_beside(chain) : keys[i];
    auto credential = read_pair(chain, key, has_rsa_exchange);
    if (!credential) {
      return std::unexpected(std::move(credential.error()));
    }
    found.list.push_back(std::move(*credential));
    if (const auto id = http::identify(key)) {
      found.secrets.push_back(*id);
    }
  }
  return found;
}

std::expected<Credentials, Failure> make_development() {
  const std::vector names = {cert::Name::parse("localhost").value(),
                             cert::Name::parse("127.0.0.1").value(),
                             cert::Name::parse("::1").value()};
  auto made = cert::develop(names, std::nullopt, cert::development_folder(), net::now());
  if (!made) {
    return std::unexpected(std::move(made.error()));
  }
  Credentials found{.list = {}, .secrets = {}, .trust_file = made->trust_file};
  auto credential = Credential::make(std::move(made->chain), std::move(made->key));
  if (!credential) {
    return std::unexpected(
        command::explain(credential.error(), command::Side::server, command::Stage::setup));
  }
  found.list.push_back(std::move(*credential));
  return found;
}

}  // namespace handfast::serve
