// `handfast cert convert`: the same certificates, and perhaps their key, in another form.

#include "handfast/cert.h"
#include "handfast/cert_contents.h"
#include "handfast/cert_file.h"
#include "handfast/cert_key.h"
#include "handfast/cert_order.h"
#include "handfast/cert_password.h"
#include "handfast/cert_report.h"
#include "handfast/certificate.h"
#include "handfast/container.h"
#include "handfast/describe.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/one_of.h"

#include <algorithm>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;
using command::Json;

namespace {

using Der = std::vector<std::uint8_t>;

struct ConvertOptions {
  std::string in;
  std::string to;
  std::string key_file;
  std::string out;
  std::string password_source;
  std::string new_password_source;
  bool force = false;
};

constexpr const char* convert_manual =
    R"(Writes what FILE holds in another form; FILE itself stays as it is.
  pem   text, for most servers; a key goes into a file of its own, OUT.key
  der   one certificate, request or list, in bytes
  p7    certificates without keys (.p7b), as Windows and Java take them
  p12   certificates and their key behind a password (.p12, .pfx), for browsers,
        Windows, macOS, Java; under AES-256, which every program of today reads

Passwords come from a file, from HANDFAST_PASSWORD or from the terminal: that which
opens FILE, and --new-password-file for what is written.

Examples
  handfast cert convert store.p12 --to pem
  handfast cert convert shop.test.pem --key shop.test.key --to p12
  handfast cert convert chain.pem --to p7 --out chain.p7b
)";

/// A file that was written.
struct Written {
  std::string path;
  bool is_secret = false;
};

std::string out_file(const ConvertOptions& options) {
  const std::string ending = options.to == "p7" ? ".p7b" : "." + options.to;
  return options.out.empty() ? std::filesystem::path(options.in).replace_extension(ending).string()
                             : options.out;
}

Failure cannot(Reason reason, const std::string& headline, std::vector<std::string> tries) {
  Failure failure = order_failure(Error{.reason = reason}, headline);
  failure.tries = std::move(tries);
  return failure;
}

std::vector<Bytes> views_of(const std::vector<Der>& certificates) {
  return {certificates.begin(), certificates.end()};
}

/// A key that shall be in the file has to come from somewhere, and to be the first certificate's.
std::expected<void, Failure> find_key(const Common& common, const ConvertOptions& options,
                                      Contents& contents) {
  if (options.key_file.empty()) {
    return {};
  }
  auto key = load_key(common, options.key_file, options.password_source);
  if (!key) {
    return std::unexpected(key.error());
  }
  contents.key.emplace(*std::move(key));
  return {};
}

std::expected<Password, Failure> new_password(const Common& common, const ConvertOptions& options,
                                              const std::string& path) {
  return find_password(common, options.new_password_source, path, Asking::for_a_new_one);
}

std::expected<std::vector<Written>, Failure> write(const std::string& path, Bytes content,
                                                   Access access, const ConvertOptions& options) {
  const Replacing replacing = options.force ? Replacing::always : Replacing::never;
  if (const auto written = write_file(path, content, access, replacing); !written) {
    return std::unexpected(write_failure(written.error(), path));
  }
  return std::vector{Written{path, access == Access::owner}};
}

std::expected<std::vector<Written>, Failure> to_pem_files(const Common& common,
                                                          const ConvertOptions& options,
                                                          const Contents& contents,
                                                          const std::string& path) {
  std::string pem;
  for (const Document& document : contents.documents) {
    pem += document.der.empty() ? "" : to_pem(document.kind, document.der);
  }
  std::vector<Written> files;
  if (contents.key) {
    std::optional<Password> password;
    if (!options.new_password_source.empty()) {
      auto found = new_password(common, options, path);
      if (!found) {
        return std::unexpected(found.error());
      }
      password.emplace(std::move(*found));
    }
    const std::string key_path = std::filesystem::path(path).replace_extension(".key").string();
    const auto saved = save_key(*contents.key, key_path,
                                password ? std::optional((*password)->view()) : std::nullopt,
                                options.force ? Replacing::always : Replacing::never);
    if (!saved) {
      return std::unexpected(saved.error());
    }
    files.push_back({key_path, true});
  }
  if (!pem.empty()) {
    auto written = write(path, net::as_bytes(pem), Access::everybody, options);
    if (!written) {
      return written;
    }
    files.insert(files.begin(), written->front());
  }
  return files;
}

std::expected<std::vector<Written>, Failure>
to_der_file(const ConvertOptions& options, const Contents& contents, const std::string& path) {
  std::vector<const Document*> whole;
  for (const Document& document : contents.documents) {
    if (!document.der.empty()) {
      whole.push_back(&document);
    }
  }
  if (whole.empty()) {
    return std::unexpected(cannot(
        Reason::configuration_unsupported,
        fmt::format("{} holds a private key alone, and keys are written as PEM or PKCS#12.",
                    command::escape(options.in)),
        {fmt::format("handfast cert convert {} --to pem", typed(options.in)),
         fmt::format("with its certificate: handfast cert convert CERT.pem --key {} --to p12",
                     typed(options.in))}));
  }
  if (whole.size() != 1) {
    return std::unexpected(cannot(Reason::configuration_unsupported,
                                  fmt::format("DER holds one document, and {} has {} of them.",
                                              command::escape(options.in), whole.size()),
                                  {"several certificates in one file: --to p7 or --to pem"}));
  }
  return write(path, whole.front()->der, Access::everybody, options);
}

std::expected<std::vector<Written>, Failure>
to_p12_file(const Common& common, const ConvertOptions& options, const Contents& contents,
            const std::vector<Der>& certificates, const std::string& path) {
  const auto password = new_password(common, options, path);
  if (!password) {
    return std::unexpected(password.error());
  }
  const auto leaf = Certificate::parse(certificates.front());
  const std::string label = leaf ? leaf->label() : std::string();
  auto made = write_pkcs12(contents.key ? &*contents.key : nullptr, views_of(certificates),
                           (*password)->view(), label);
  if (!made) {
    Failure failure = command::file_failure(made.error(), options.in);
    if (made.error().reason == Reason::key_does_not_fit) {
      failure.headline = fmt::format("The key is not that of the first certificate, {}.", label);
    }
    return std::unexpected(std::move(failure));
  }
  return write(path, *made, Access::owner, options);
}

std::expected<std::vector<Written>, Failure>
convert_to(const Common& common, const ConvertOptions& options, const Contents& contents) {
  const std::string path = out_file(options);
  if (options.to == "pem") {
    return to_pem_files(common, options, contents, path);
  }
  if (options.to == "der") {
    return to_der_file(options, contents, path);
  }
  const std::vector<Der> certificates = certificates_of(contents.documents);
  if (certificates.empty()) {
    return std::unexpected(
        cannot(Reason::configuration_unsupported,
               fmt::format("{} holds no certificate, and PKCS#7 and PKCS#12 are made of them.",
                           command::escape(options.in)),
               {fmt::format("see what it holds: handfast cert show {}", typed(options.in))}));
  }
  return options.to == "p7"
             ? write(path, write_pkcs7(views_of(certificates)), Access::everybody, options)
             : to_p12_file(common, options, contents, certificates, path);
}

int convert(const Common& common, const ConvertOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return command::print_failure(common, "cert-convert", failure);
  };
  auto contents = read_contents(common, options.in, options.password_source, Keys::open);
  if (!contents) {
    return refuse(contents.error());
  }
  if (const auto found = find_key(common, options, *contents); !found) {
    return refuse(found.error());
  }
  const auto written = convert_to(common, options, *contents);
  if (!written) {
    return refuse(written.error());
  }
  const std::size_t count = certificates_of(contents->documents).size();
  const bool has_key =
      std::ranges::any_of(*written, [](const Written& file) { return file.is_secret; });
  if (common.json) {
    Json document = command::json_head("cert-convert", true);
    document["from"] = contents->form;
    document["to"] = options.to;
    for (const Written& file : *written) {
      document["files"].push_back({{"path", file.path}, {"is_secret", file.is_secret}});
    }
    document["certificates"] = count;
    command::print_json(document);
  } else if (!common.quiet) {
    const command::Terminal terminal(stdout, common.color);
    Report report(terminal);
    for (const Written& file : *written) {
      report.done(fmt::format("Made {}{}", typed(file.path),
                              file.is_secret ? " (for you alone: it holds a key)" : ""));
    }
    if (contents->key && !has_key) {
      report.row("Left out", "the private key: this form has no place for it");
    }
    report.command("Next", fmt::format("handfast cert show {}", typed(written->front().path)));
    report.print();
  }
  return command::exit_done;
}

}  // namespace

void add_convert(CLI::App& cert, command::Chosen& chosen) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App& command = command::add_command(
      cert, chosen, "convert", "write certificates and keys in another form", convert_manual);
  command.add_option("FILE", options->in, "what to convert")->required();
  command.add_option("--to", options->to, "pem, der, p7 or p12")
      ->type_name("FORM")
      ->required()
      ->transform(command::one_of({"pem", "der", "p7", "p12"}));
  command.add_option("--key", options->key_file, "the first certificate's key, from another file")
      ->type_name("FILE");
  command.add_option("--out", options->out, "the file to write; FILE's name with another ending")
      ->type_name("FILE");
  command
      .add_option("--password-file", options->password_source,
                  "the password that opens FILE or the key is the first line of this file")
      ->type_name("FILE");
  command
      .add_option("--new-password-file", options->new_password_source,
                  "the password of what is written is the first line of this file")
      ->type_name("FILE");
  command.add_flag("--force", options->force, "overwrite files, and lose what they hold");
  command.callback([&chosen, options] {
    chosen.run = [options](const Common& common) { return convert(common, *options); };
  });
}

}  // namespace handfast::cert
