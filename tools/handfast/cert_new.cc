// `handfast cert new`: a key, and a request or a self-signed certificate for it.

#include "handfast/cert.h"
#include "handfast/cert_file.h"
#include "handfast/cert_key.h"
#include "handfast/cert_order.h"
#include "handfast/cert_password.h"
#include "handfast/cert_report.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/issue.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/request.h"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::Json;

namespace {

constexpr int leaf_lifetime = 90;
constexpr int authority_lifetime = 1825;

struct NewOptions {
  std::vector<std::string> names;
  bool self_signed = false;
  bool request = false;
  bool authority = false;
  bool client = false;
  std::string key_type = "p256";
  std::string key_file;
  std::optional<int> days;
  std::string subject;
  std::string out;
  std::string password_source;
  bool encrypt = false;
  bool force = false;
  ExtensionOptions extensions;

  /// An authority is its own beginning, unless a request is asked for.
  [[nodiscard]] bool signs_itself() const { return self_signed || (authority && !request); }
};

constexpr const char* new_manual =
    R"(Makes NAME.key (for you alone, mode 0600) and NAME.csr, a request that an authority
answers with a certificate: `handfast cert sign`, or a public one. With --self-signed
the certificate NAME.pem comes at once, which nobody trusts unless told to. With --ca
it is an authority's: NAME is then its title, and it signs for others.

NAME is a DNS name (in any letters: bücher.example), an address, a mail address or a
URI. The key is encrypted if there
is a --password-file or --encrypt.

Examples
  handfast cert new shop.test www.shop.test
  handfast cert new --ca 'Shop Root CA' --permit shop.test --out ca
  handfast cert new localhost --self-signed --days 30
  handfast cert new --subject 'CN=Ann,O=Shop' --client --encrypt
  handfast cert new shop.test --key old.key          for the key that is there
)";

/// A person or thing that has no DNS name has its name in the subject.
std::expected<CertificateOrder, Failure> order_of(const NewOptions& options, UnixTime now) {
  CertificateOrder order;
  order.is_authority = options.authority;
  if (options.authority) {
    if (!options.names.empty()) {
      order.common_name = options.names.front();
    }
    if (options.names.size() > 1) {
      Failure failure = order_failure(Error{.reason = Reason::configuration_unsupported},
                                      "An authority has one title, and signs for others' names.");
      failure.tries = {"a title of several words in quotes: --ca 'Shop Root CA'",
                       "the names that it may sign: --permit shop.test"};
      return std::unexpected(std::move(failure));
    }
  } else {
    auto names = parse_alt_names(options.names);
    if (!names) {
      return std::unexpected(names.error());
    }
    order.names = std::move(*names);
    order.common_name = order.names.empty() ? "" : order.names.front().substr(0, 64);
    order.server_auth = options.signs_itself() && !options.client;
    order.client_auth = options.client;
  }
  if (const auto set = set_subject(order, options.subject); !set) {
    return std::unexpected(set.error());
  }
  if (const auto set = set_extensions(order, options.extensions); !set) {
    return std::unexpected(set.error());
  }
  const int days = options.days.value_or(options.authority ? authority_lifetime : leaf_lifetime);
  // Clocks of other devices may be behind.
  order.not_before = {now.seconds - 3600};
  order.not_after = {now.seconds + days * day};
  return order;
}

struct Files {
  std::string key;       ///< empty: the key was there before
  std::string document;  ///< certificate or request
};

Files files_for(const NewOptions& options, const CertificateOrder& order) {
  std::string name = order.common_name;
  for (const NameAttribute& attribute : order.subject) {
    name = attribute.type == "CN" ? attribute.value : name;
  }
  const std::string first = options.names.empty() ? name : options.names.front();
  const std::size_t others = options.names.size() > 1 ? options.names.size() - 1 : 0;
  const std::string stem =
      file_stem(first) + (others > 0 ? fmt::format("+{}", others) : std::string());
  std::error_code ignored;
  const bool is_folder =
      options.out.ends_with('/') ||
      (!options.out.empty() && std::filesystem::is_directory(options.out, ignored));
  const std::filesystem::path base = options.out.empty() ? std::filesystem::path(stem)
                                     : is_folder         ? std::filesystem::path(options.out) / stem
                                                         : std::filesystem::path(options.out);
  const std::string text = base.lexically_normal().string();
  return {.key = options.key_file.empty() ? text + ".key" : std::string(),
          .document = text + (options.signs_itself() ? ".pem" : ".csr")};
}

/// Nothing is written where one of the two could not be.
std::optional<Failure> in_the_way(const Files& files, bool force) {
  for (const std::string& path : {files.key, files.document}) {
    std::error_code ignored;
    if (!force && !path.empty() && std::filesystem::exists(path, ignored)) {
      return write_failure(Error{.reason = Reason::file_exists}, path);
    }
  }
  return std::nullopt;
}

std::expected<SigningKey, Failure> obtain_key(const Common& common, const NewOptions& options) {
  if (!options.key_file.empty()) {
    return load_key(common, options.key_file, options.password_source);
  }
  auto key = make_key(options.key_type);
  if (!key) {
    return std::unexpected(order_failure(key.error(), "The key cannot be made."));
  }
  return *std::move(key);
}

std::expected<void, Failure> write_key(const Common& common, const NewOptions& options,
                                       const SigningKey& key, const std::string& path) {
  const Replacing replacing = options.force ? Replacing::always : Replacing::never;
  if (!options.encrypt && options.password_source.empty()) {
    return save_key(key, path, std::nullopt, replacing);
  }
  const auto password = find_password(common, options.password_source, path, Asking::for_a_new_one);
  if (!password) {
    return std::unexpected(password.error());
  }
  return save_key(key, path, (*password)->view(), replacing);
}

/// What was made, in DER.
using Der = std::vector<std::uint8_t>;

std::expected<Der, Failure> make_document(const NewOptions& options, const CertificateOrder& order,
                                          const SigningKey& key) {
  auto made = options.signs_itself() ? issue_self_signed(order, key) : issue_request(order, key);
  if (!made) {
    const std::string what = options.signs_itself() ? "certificate" : "request";
    Failure failure = order_failure(
        made.error(), fmt::format("The {} cannot be made: {}.", what, made.error().text()));
    if (made.error().reason == Reason::configuration_empty) {
      failure.headline = "Nothing was said of whom it is for.";
      failure.tries = {"give a name: handfast cert new shop.test",
                       "or a subject: --subject CN=Ann"};
    }
    return std::unexpected(std::move(failure));
  }
  return *std::move(made);
}

std::string whom(const Certificate& of) {
  const auto names = alt_name_texts(of);
  return names.empty() ? of.label() : fmt::format("{}", fmt::join(names, ", "));
}

void report_certificate(Report& report, const NewOptions& options, const Files& files,
                        const Certificate& made, UnixTime now) {
  const std::string key = files.key.empty() ? options.key_file : files.key;
  const std::string both = files.key.empty() ? typed(files.document)
                                             : typed(files.document) + " and " + typed(files.key);
  report.done(fmt::format("Made {} for {} ({}, {})", both, whom(made), key_text(made),
                          lifetime_text(made, now)));
  if (options.authority) {
    report.row("Beware", fmt::format("whoever has {} signs for everybody who trusts {}; keep it "
                                     "where servers do not reach it",
                                     typed(key), typed(files.document)));
    report.command("Next", fmt::format("handfast cert sign REQUEST.csr --ca {} --ca-key {}",
                                       typed(files.document), typed(key)));
    return;
  }
  report.row("Beware", "it is signed by itself: nobody trusts it unless told to");
  report.command(
      "Use", fmt::format("handfast serve . --cert {} --key {}", typed(files.document), typed(key)));
  report.command("Trust", fmt::format("handfast connect --ca {} HOST", typed(files.document)));
}

void report_request(Report& report, const Files& files, const Certificate& wanted) {
  const std::string both = files.key.empty() ? typed(files.document)
                                             : typed(files.key) + " and " + typed(files.document);
  report.done(fmt::format("Made {}, a request for {} ({})", both, whom(wanted), key_text(wanted)));
  report.command("Next", fmt::format("handfast cert sign {} --ca CA.pem --ca-key CA.key",
                                     typed(files.document)));
  report.row("", "or send it to an authority; the key stays here");
}

int say(const Common& common, const NewOptions& options, const Files& files, const Der& der,
        UnixTime now) {
  const auto certificate =
      options.signs_itself() ? Certificate::parse(der) : fail(Reason::certificate_malformed);
  const auto request =
      options.signs_itself() ? fail(Reason::request_malformed) : CertificateRequest::parse(der);
  if (!certificate && !request) {
    return command::print_failure(
        common, "cert-new",
        order_failure(options.signs_itself() ? certificate.error() : request.error(),
                      "What was made cannot be read again."));
  }
  const Certificate& made = certificate ? *certificate : request->wanted;
  if (common.json) {
    Json document = command::json_head("cert-new", true);
    document["kind"] = certificate ? "certificate" : "request";
    document["file"] = files.document;
    document["key_file"] = files.key.empty() ? options.key_file : files.key;
    document["is_new_key"] = !files.key.empty();
    document["names"] = alt_name_texts(made);
    document["subject"] = Certificate::name_text(made.subject);
    document["key"] = key_text(made);
    if (certificate) {
      document["certificate"] = to_json(made, now);
    }
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    Report report(terminal);
    if (certificate) {
      report_certificate(report, options, files, made, now);
    } else {
      report_request(report, files, made);
    }
    report.print();
  }
  return command::exit_done;
}

int make_new(const Common& common, const NewOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-new", failure);
  };
  const UnixTime now = net::now();
  const auto order = order_of(options, now);
  if (!order) {
    return refuse(order.error());
  }
  const Files files = files_for(options, *order);
  if (const auto failure = in_the_way(files, options.force)) {
    return refuse(*failure);
  }
  const auto key = obtain_key(common, options);
  if (!key) {
    return refuse(key.error());
  }
  const auto der = make_document(options, *order, *key);
  if (!der) {
    return refuse(der.error());
  }
  if (!files.key.empty()) {
    if (const auto written = write_key(common, options, *key, files.key); !written) {
      return refuse(written.error());
    }
  }
  const std::string pem = options.signs_itself() ? certificate_to_pem(*der) : request_to_pem(*der);
  const Replacing replacing = options.force ? Replacing::always : Replacing::never;
  if (const auto written =
          write_file(files.document, net::as_bytes(pem), Access::everybody, replacing);
      !written) {
    return refuse(write_failure(written.error(), files.document));
  }
  return say(common, options, files, *der, now);
}

}  // namespace

void add_new(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<NewOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "new", "make a key, and a request or self-signed certificate", new_manual);
  command.add_option("NAME", options->names, "whom it is for");
  auto* request = command.add_flag("--csr", options->request, "make a request; the default");
  command.add_flag("--self-signed", options->self_signed, "make a certificate that signs itself")
      ->excludes(request);
  command.add_flag("--ca", options->authority, "make an authority; NAME is its title");
  command.add_flag("--client", options->client, "for a client, not for a server");
  command.add_option("--subject", options->subject, "the whole subject, e.g. CN=Ann,O=Shop,C=DE")
      ->type_name("NAME");
  command.add_option("--days", options->days, "how long it is good; 90, for authorities 1825")
      ->type_name("N")
      ->check(CLI::Range(1, 36'500));
  auto* key = command.add_option("--key", options->key_file, "for this key, instead of a new one")
                  ->type_name("FILE");
  command
      .add_option("--key-type", options->key_type,
                  "p256 (the default), p384, ed25519, rsa2048, rsa3072, rsa4096, mldsa44, "
                  "mldsa65, mldsa87")
      ->type_name("KIND")
      ->transform(command::one_of(key_types()))
      ->excludes(key);
  command.add_option("--out", options->out, "the files' name without its ending, or a folder")
      ->type_name("BASE");
  command.add_flag("--encrypt", options->encrypt, "encrypt the key; asks for a password")
      ->excludes(key);
  command
      .add_option("--password-file", options->password_source,
                  "the key's password is the first line of this file")
      ->type_name("FILE");
  command.add_flag("--force", options->force, "overwrite files, and lose what they hold");
  add_extension_options(command, options->extensions);
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return make_new(common, *options); };
  });
}

}  // namespace handfast::cert
