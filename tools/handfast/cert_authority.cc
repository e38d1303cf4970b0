#include "handfast/cert_authority.h"

#include "handfast/cert_file.h"
#include "handfast/cert_order.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/issue.h"
#include "handfast/net.h"
#include "handfast/operation.h"
#include "handfast/trust.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace handfast::cert {

using command::Failure;

namespace {

using Der = std::vector<std::uint8_t>;

constexpr std::int64_t authority_days = 730;

/// The beginning of the common names of root and signer, by which their leaves are known again.
constexpr std::string_view root_title = "Handfast development root";
constexpr std::string_view signer_title = "Handfast development authority";

/// What every development authority may sign.
constexpr std::array<std::string_view, 4> always_permitted = {"localhost", "test", "127.0.0.0/8",
                                                              "::1"};

/// "me@laptop", to tell authorities apart in a list of them.
std::string owner() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const passwd* user = getpwuid(getuid());
  return fmt::format("{}@{}", user != nullptr ? user->pw_name : "somebody", host.data());
}

/// At most the 64 bytes that a common name may have.
std::string common_name(std::string_view title, UnixTime now) {
  return fmt::format("{} {} {}", title, date_text(now).substr(0, 10), owner()).substr(0, 64);
}

CertificateOrder authority_order(std::string_view title, UnixTime now, std::uint8_t path_length) {
  CertificateOrder order;
  order.common_name = common_name(title, now);
  // Clocks of other devices may be behind.
  order.not_before = {now.seconds - 3600};
  order.not_after = {now.seconds + authority_days * day};
  order.is_authority = true;
  order.path_length = path_length;
  return order;
}

/// Root and signer, with the signer's key.
class Authority {
 public:
  static Result<Authority> make(std::vector<std::string> permitted, UnixTime now) {
    auto root_key = SigningKey::generate(CertificateKey::ecdsa_p256);
    if (!root_key) {
      return std::unexpected(root_key.error());
    }
    auto signer_key = SigningKey::generate(CertificateKey::ecdsa_p256);
    if (!signer_key) {
      return std::unexpected(signer_key.error());
    }
    auto root = issue_self_signed(authority_order(root_title, now, 1), *root_key);
    if (!root) {
      return std::unexpected(root.error());
    }
    const auto parsed = Certificate::parse(*root);
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
    CertificateOrder order = authority_order(signer_title, now, 0);
    order.server_auth = true;
    order.permitted_names = std::move(permitted);
    auto signer =
        issue(order, signer_key->public_key_info(), {.certificate = *parsed, .key = *root_key});
    if (!signer) {
      return std::unexpected(signer.error());
    }
    // The root's key ends here, with this function.
    return join(std::move(*root), std::move(*signer), std::move(*signer_key));
  }

  /// Fails: file_missing, file_unreadable; anything else means that the files are not what they
  /// should be.
  static Result<Authority> load(const std::string& folder) {
    const auto root = net::read_file(root_file(folder));
    if (!root) {
      return std::unexpected(root.error());
    }
    const auto signer = net::read_file(signer_file(folder));
    if (!signer) {
      return std::unexpected(signer.error());
    }
    auto key = load_key(key_file(folder));
    if (!key) {
      return std::unexpected(key.error());
    }
    auto roots = certificates_from_pem(*root);
    if (!roots) {
      return std::unexpected(roots.error());
    }
    auto signers = certificates_from_pem(*signer);
    if (!signers) {
      return std::unexpected(signers.error());
    }
    return join(std::move(roots->front()), std::move(signers->front()), std::move(*key));
  }

  Result<> save(const std::string& folder) const {
    auto key = signer_key_.to_pem();
    if (!key) {
      return std::unexpected(key.error());
    }
    const std::string signer = certificate_to_pem(signer_der_);
    const std::string root = certificate_to_pem(root_);
    // A set that is half old and half new does not fit together and is made anew the next time.
    if (auto written = write_file(key_file(folder), *key, Access::owner); !written) {
      return written;
    }
    std::ranges::fill(*key, std::uint8_t{0});
    if (auto written = write_file(signer_file(folder), net::as_bytes(signer), Access::everybody);
        !written) {
      return written;
    }
    return write_file(root_file(folder), net::as_bytes(root), Access::everybody);
  }

  /// A leaf for `key` that a client which trusts the root will believe, and the signer; fails with
  /// the verdict's reason if none would.
  Result<std::vector<Der>> sign(std::span<const Name> names, const SigningKey& key,
                                UnixTime now) const {
    CertificateOrder order;
    for (const Name& name : names) {
      order.names.push_back(name.text());
    }
    order.common_name = order.names.front().substr(0, 64);
    order.not_before = {now.seconds - 3600};
    order.not_after = {now.seconds + leaf_days * day};
    order.server_auth = true;
    // A leaf must not outlive the authority: it would end without a word.
    if (order.not_after > signer_.not_after) {
      return fail(Reason::certificate_expired);
    }
    auto leaf = issue(order, key.public_key_info(), {.certificate = signer_, .key = signer_key_});
    if (!leaf) {
      return std::unexpected(leaf.error());
    }
    std::vector<Der> chain = {std::move(*leaf), signer_der_};
    if (const auto believed = judge(chain, names, now); !believed) {
      return std::unexpected(believed.error());
    }
    return chain;
  }

  [[nodiscard]] std::vector<std::string> permitted() const {
    return name_constraint_texts(signer_).permitted;
  }

  static std::string root_file(const std::string& folder) { return folder + "/dev-ca.pem"; }

 private:
  Authority(Der root, Der signer_der, const Certificate& signer, SigningKey signer_key)
      : root_(std::move(root)), signer_der_(std::move(signer_der)), signer_(signer),
        signer_key_(std::move(signer_key)) {}

  /// Whether key and signer fit is seen by `issue`, and whether root and signer do by `judge`.
  static Result<Authority> join(Der root, Der signer_der, SigningKey signer_key) {
    const auto signer = Certificate::parse(signer_der);
    if (!signer) {
      return std::unexpected(signer.error());
    }
    return Authority(std::move(root), std::move(signer_der), *signer, std::move(signer_key));
  }

  static Result<SigningKey> load_key(const std::string& path) {
    auto text = net::read_file(path);
    if (!text) {
      return std::unexpected(text.error());
    }
    auto key = SigningKey::from_pem(*text);
    ::explicit_bzero(text->data(), text->size());
    return key;
  }

  static std::string signer_file(const std::string& folder) { return folder + "/dev-signer.pem"; }

  static std::string key_file(const std::string& folder) { return folder + "/dev-signer.key"; }

  /// Asks as every client will ask: whether the chain is trusted for each name.
  Result<> judge(const std::vector<Der>& chain, std::span<const Name> names, UnixTime now) const {
    auto trust = Trust::from_der({root_});
    if (!trust) {
      return std::unexpected(trust.error());
    }
    const std::vector<Bytes> sent(chain.begin(), chain.end());
    for (const Name& name : names) {
      const ServerName asked = name.example();
      const Answer answered =
          answer(VerifyChain{.chain = sent, .name = &asked, .trust = *trust, .now = now});
      const auto* verdict = std::get_if<Verdict>(&answered);
      if (verdict == nullptr || !verdict->is_trusted()) {
        return std::unexpected(verdict != nullptr && verdict->error()
                                   ? *verdict->error()
                                   : Error{.reason = Reason::internal});
      }
    }
    return {};
  }

  Der root_;
  Der signer_der_;
  Certificate signer_;  // views into signer_der_, whose memory moves along
  SigningKey signer_key_;
};

/// The limits of a new authority: the usual ones, those of the one before, and what is asked for.
std::vector<std::string> limits_for(std::span<const Name> names, const Result<Authority>& before) {
  std::vector<std::string> limits(always_permitted.begin(), always_permitted.end());
  if (before) {
    limits = before->permitted();
  }
  const auto is_under = [](std::string_view name, const std::string& limit) {
    return name == limit || name.ends_with("." + limit) || limit == std::string(name) + "/32" ||
           limit == std::string(name) + "/128";
  };
  for (const Name& name : names) {
    const bool is_loopback = !name.is_dns() && name.base().starts_with("127.");
    const bool is_covered = std::ranges::any_of(
        limits, [&](const std::string& limit) { return is_under(name.base(), limit); });
    if (!is_loopback && !is_covered && name.base() != "::1") {
      limits.emplace_back(name.base());
    }
  }
  return limits;
}

Failure authority_failure(const Error& error, const std::string& folder) {
  Failure failure = command::file_failure(error, folder);
  failure.headline = fmt::format("The development authority in {} cannot be used: {}.",
                                 command::escape(folder), error.text());
  return failure;
}

}  // namespace

std::string development_folder() {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread, at the start
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') {
    return std::string(data) + "/handfast";
  }
  const char* home = std::getenv("HOME");
  const passwd* user = home == nullptr ? getpwuid(getuid()) : nullptr;
  // NOLINTEND(concurrency-mt-unsafe)
  const std::string base = home != nullptr ? home : user != nullptr ? user->pw_dir : ".";
  return base + "/.local/share/handfast";
}

std::expected<Development, Failure> develop(std::span<const Name> names,
                                            std::optional<SigningKey> key,
                                            const std::string& folder, UnixTime now) {
  if (const auto made = make_private_folder(folder); !made) {
    return std::unexpected(authority_failure(made.error(), folder));
  }
  const FolderLock lock(folder);
  const auto before = Authority::load(folder);
  if (!before && before.error().reason == Reason::file_unreadable) {
    return std::unexpected(authority_failure(before.error(), folder));
  }
  if (!key) {
    auto made = SigningKey::generate(CertificateKey::ecdsa_p256);
    if (!made) {
      return std::unexpected(authority_failure(made.error(), folder));
    }
    key = std::move(*made);
  }
  const std::string root_file = Authority::root_file(folder);
  if (before) {
    if (auto chain = before->sign(names, *key, now)) {
      return Development{.chain = std::move(*chain),
                         .key = std::move(*key),
                         .trust_file = root_file,
                         .limits = before->permitted(),
                         .is_new_authority = false,
                         .replaces_authority = false};
    }
  }
  std::error_code ignored;
  const bool is_replaced = std::filesystem::exists(root_file, ignored);
  const auto authority = Authority::make(limits_for(names, before), now);
  if (!authority) {
    return std::unexpected(authority_failure(authority.error(), folder));
  }
  auto chain = authority->sign(names, *key, now);
  if (!chain) {
    return std::unexpected(authority_failure(chain.error(), folder));
  }
  if (const auto saved = authority->save(folder); !saved) {
    return std::unexpected(authority_failure(saved.error(), folder));
  }
  return Development{.chain = std::move(*chain),
                     .key = std::move(*key),
                     .trust_file = root_file,
                     .limits = authority->permitted(),
                     .is_new_authority = true,
                     .replaces_authority = is_replaced};
}

bool is_development(const Certificate& leaf) {
  return Certificate::name_text(leaf.issuer).starts_with("CN=" + std::string(signer_title));
}

}  // namespace handfast::cert
