#include "handfast/cert_issuer.h"

#include "handfast/cert_file.h"
#include "handfast/cert_key.h"
#include "handfast/cert_order.h"
#include "handfast/cert_text.h"
#include "handfast/describe.h"
#include "handfast/document.h"
#include "handfast/net.h"
#include "handfast/server_name.h"
#include "handfast/trust.h"
#include "handfast/verify.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::cert {

using command::Common;
using command::Failure;

namespace {

using Der = std::vector<std::uint8_t>;

std::expected<std::vector<Der>, Failure> load_chain(const std::string& path) {
  const auto text = net::read_file(path);
  if (!text) {
    return std::unexpected(command::file_failure(text.error(), path));
  }
  auto documents = read_documents(*text);
  if (!documents) {
    return std::unexpected(command::file_failure(documents.error(), path));
  }
  std::vector<Der> chain;
  for (Document& document : *documents) {
    if (document.kind == DocumentKind::certificate) {
      chain.push_back(std::move(document.der));
    }
  }
  if (chain.empty()) {
    Failure failure = command::file_failure(Error{.reason = Reason::pem_malformed}, path);
    failure.headline = fmt::format("{} holds no certificate.", command::escape(path));
    return std::unexpected(std::move(failure));
  }
  return chain;
}

bool allows(const Certificate& certificate, Duty duty) {
  const unsigned wanted =
      static_cast<unsigned>(duty == Duty::sign_certificates ? KeyUsage::key_cert_sign
                            : duty == Duty::sign_lists      ? KeyUsage::crl_sign
                                                            : KeyUsage::digital_signature);
  // Whoever may sign certificates and lists is believed about them in responses too.
  const unsigned also = duty == Duty::sign_responses
                            ? static_cast<unsigned>(KeyUsage::key_cert_sign) |
                                  static_cast<unsigned>(KeyUsage::crl_sign)
                            : 0U;
  return !certificate.key_usage || (*certificate.key_usage & (wanted | also)) != 0;
}

std::optional<Failure> objection(const Certificate& certificate, const std::string& path, Duty duty,
                                 UnixTime now) {
  const auto object = [&](Reason reason, const std::string& headline,
                          std::vector<std::string> tries) {
    Failure failure = command::file_failure(Error{.reason = reason}, path);
    failure.headline = headline;
    failure.tries = std::move(tries);
    return failure;
  };
  const std::string label = command::escape(path);
  if (!is_authority(certificate)) {
    return object(Reason::certificate_not_authority,
                  fmt::format("{} is not an authority's certificate, and signs for nobody.", label),
                  {"make an authority: handfast cert new --ca 'Shop Root CA'"});
  }
  if (now > certificate.not_after || now < certificate.not_before) {
    const bool is_over = now > certificate.not_after;
    return object(
        is_over ? Reason::certificate_expired : Reason::certificate_not_yet_valid,
        fmt::format("The authority of {} {} {}: nobody would believe what it signs now.", label,
                    is_over ? "ended" : "begins",
                    date_text(is_over ? certificate.not_after : certificate.not_before)),
        {is_over ? "renew its certificate" : "check that this computer's clock is right"});
  }
  if (!allows(certificate, duty)) {
    return object(Reason::certificate_key_usage,
                  fmt::format("The key of {} may not sign {} (its key usage: {}).", label,
                              duty == Duty::sign_certificates ? "certificates"
                              : duty == Duty::sign_lists      ? "revocation lists"
                                                              : "responses",
                              fmt::join(key_usage_texts(certificate), ", ")),
                  {"use an authority that may"});
  }
  return std::nullopt;
}

std::string key_file(const IssuerOptions& options) {
  return options.key.empty()
             ? std::filesystem::path(options.certificate).replace_extension(".key").string()
             : options.key;
}

}  // namespace

void add_issuer_options(CLI::App& command, IssuerOptions& options) {
  command.add_option("--ca", options.certificate, "the authority's certificate")
      ->type_name("FILE")
      ->required();
  command.add_option("--ca-key", options.key, "its key; the certificate's name with .key")
      ->type_name("FILE");
  command
      .add_option("--password-file", options.password_source,
                  "the key's password is the first line of this file")
      ->type_name("FILE");
}

std::expected<Authorities, Failure> load_issuer(const Common& common, const IssuerOptions& options,
                                                Duty duty, UnixTime now) {
  auto chain = load_chain(options.certificate);
  if (!chain) {
    return std::unexpected(chain.error());
  }
  const auto certificate = Certificate::parse(chain->front());
  if (!certificate) {
    return std::unexpected(command::file_failure(certificate.error(), options.certificate));
  }
  if (auto failure = objection(*certificate, options.certificate, duty, now)) {
    return std::unexpected(std::move(*failure));
  }
  const std::string path = key_file(options);
  auto key = load_key(common, path, options.password_source);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (!std::ranges::equal(key->public_key_info(), certificate->public_key_info)) {
    Failure failure = command::file_failure(Error{.reason = Reason::key_does_not_fit}, path);
    failure.headline = fmt::format("{} is not the key of {}.", command::escape(path),
                                   command::escape(options.certificate));
    return std::unexpected(std::move(failure));
  }
  return Authorities{
      .chain = std::move(*chain), .certificate = *certificate, .key = std::move(*key)};
}

namespace {

Failure unacceptable(const Error& error) {
  Failure failure = order_failure(
      error, fmt::format("Nothing was written: nobody would accept the certificate, since {}.",
                         error.text()));
  failure.where = "checking what was signed, against its authority";
  return failure;
}

/// The authority and those above it, as far as they are at hand, each signed by the next.
std::vector<Certificate> authorities_up(const Authorities& authorities) {
  std::vector<Certificate> all;
  for (const Der& der : authorities.chain) {
    if (auto parsed = Certificate::parse(der)) {
      all.push_back(*std::move(parsed));
    }
  }
  std::vector<Certificate> up = {authorities.certificate};
  while (!up.back().is_self_issued() && up.size() < all.size()) {
    const auto next = std::ranges::find_if(all, [&](const Certificate& above) {
      return std::ranges::equal(above.subject, up.back().issuer) &&
             x509::check_signature(up.back(), above);
    });
    if (next == all.end()) {
      break;
    }
    up.push_back(*next);
  }
  return up;
}

/// RFC 5280 §4.2.1.9: a path length is asked for what stands below the new authority too.
bool has_room_below(std::span<const Certificate> up) {
  std::size_t below = 1;  // the new one
  for (const Certificate& authority : up) {
    const auto& allowed = authority.basic_constraints;
    if (allowed && allowed->path_length && below > *allowed->path_length) {
      return false;
    }
    below += authority.is_self_issued() ? 0U : 1U;
  }
  return true;
}

x509::Purpose purpose_of(const Certificate& certificate) {
  const auto purposes = extended_key_usage_texts(certificate);
  const auto has = [&](std::string_view purpose) {
    return std::ranges::find(purposes, purpose) != purposes.end();
  };
  return has("serverAuth")   ? x509::Purpose::server_auth
         : has("clientAuth") ? x509::Purpose::client_auth
                             : x509::Purpose::any;
}

}  // namespace

std::expected<void, Failure> belongs_to(const Certificate& certificate, const std::string& path,
                                        const Certificate& authority,
                                        const std::string& authority_path) {
  const bool is_named = std::ranges::equal(certificate.issuer, authority.subject);
  const Result<> is_signed = x509::check_signature(certificate, authority);
  if (is_named &&
      (is_signed || is_signed.error().reason != Reason::certificate_signature_invalid)) {
    return {};
  }
  Failure failure = command::file_failure(Error{.reason = Reason::file_of_another}, path);
  failure.headline =
      is_named ? fmt::format("{} was signed by another authority of the same name, not by {}.",
                             command::escape(path), command::escape(authority_path))
               : fmt::format("{} was issued by {}, not by {}.", command::escape(path),
                             Certificate::name_text(certificate.issuer),
                             command::escape(authority_path));
  failure.why = "Only its own authority speaks for it.";
  failure.tries = {"name the authority that issued it: --ca FILE"};
  return std::unexpected(std::move(failure));
}

std::expected<std::string, Failure> check_issued(const Der& issued, const Authorities& authorities,
                                                 const std::string& path, UnixTime now) {
  const auto certificate = Certificate::parse(issued);
  if (!certificate) {
    return std::unexpected(unacceptable(certificate.error()));
  }
  const std::vector<Certificate> up = authorities_up(authorities);
  if (is_authority(*certificate) && !has_room_below(up)) {
    return std::unexpected(unacceptable(Error{.reason = Reason::certificate_path_too_long}));
  }
  const Bytes top = up.back().der;
  const auto trust = Trust::from_der({Der(top.begin(), top.end())});
  if (!trust) {
    return std::unexpected(unacceptable(trust.error()));
  }
  std::vector<Bytes> chain = {issued};
  std::ranges::transform(up, std::back_inserter(chain), &Certificate::der);
  chain.pop_back();
  const x509::Purpose purpose = purpose_of(*certificate);
  const Verdict verdict = x509::verify(
      {.chain = chain,
       .trust = *trust,
       .now = now,
       .purpose = purpose,
       // An authority is judged as one, not as a leaf.
       .profile = is_authority(*certificate) ? x509::Profile::internet : x509::Profile::tls,
       .revocation = {.must_staple = false}});  // nobody could staple a response yet
  if (!verdict.is_trusted()) {
    return std::unexpected(
        unacceptable(verdict.error().value_or(Error{.reason = Reason::internal})));
  }
  if (up.back().is_self_issued()) {
    return up.size() == 1 ? fmt::format("good for everybody who trusts {}", typed(path))
                          : fmt::format("good for everybody who trusts {}, by {}",
                                        up.back().label(), typed(path));
  }
  return up.size() == 1
             ? fmt::format("against {} alone: its own authority was not at hand", typed(path))
             : fmt::format("against {} as far as {}, whose own authority was not at hand",
                           typed(path), up.back().label());
}

}  // namespace handfast::cert
