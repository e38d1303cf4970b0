#include "handfast/cert_text.h"

#include "handfast/describe.h"
#include "handfast/describe_extensions.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace handfast::cert {

using command::Json;
using command::Paint;
using command::Terminal;

bool is_authority(const Certificate& certificate) {
  return certificate.basic_constraints && certificate.basic_constraints->is_authority;
}

namespace {

std::string authority_text(const Certificate& certificate) {
  if (!is_authority(certificate)) {
    return "no";
  }
  const auto& length = certificate.basic_constraints->path_length;
  if (!length) {
    return "yes";
  }
  return *length == 0 ? "yes, for leaves only"
                      : fmt::format("yes, with at most {} below it", *length);
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string usage_text(const Certificate& certificate) {
  std::vector<std::string> usages = key_usage_texts(certificate);
  for (std::string& purpose : extended_key_usage_texts(certificate)) {
    usages.push_back(std::move(purpose));
  }
  return usages.empty() ? "not limited" : joined(usages);
}

std::string constraints_text(const Certificate& certificate) {
  const NameConstraintTexts texts = name_constraint_texts(certificate);
  std::vector<std::string> parts;
  if (!texts.permitted.empty()) {
    parts.push_back("only " + joined(texts.permitted));
  }
  if (!texts.excluded.empty()) {
    parts.push_back("never " + joined(texts.excluded));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// Where to ask whether the certificate was revoked.
std::string revocation_text(const Certificate& certificate, const AccessTexts& access) {
  if (certificate.no_revocation) {
    return "there is nowhere to ask, and need not be (noRevAvail)";
  }
  std::vector<std::string> parts;
  if (!access.ocsp.empty()) {
    parts.push_back("OCSP " + joined(access.ocsp));
  }
  const std::vector<std::string> lists = crl_url_texts(certificate);
  if (!lists.empty()) {
    parts.push_back("CRL " + joined(lists));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string validity_text(const Certificate& certificate, UnixTime now) {
  const std::int64_t left = certificate.not_after.seconds - now.seconds;
  const std::int64_t until = certificate.not_before.seconds - now.seconds;
  if (until > 0) {
    return fmt::format("begins in {} ({})", duration_text(until),
                       date_text(certificate.not_before));
  }
  if (left < 0) {
    return fmt::format("ended {} ago ({})", duration_text(-left), date_text(certificate.not_after));
  }
  return fmt::format("{} left (until {})", duration_text(left), date_text(certificate.not_after));
}

std::string lifetime_text(const Certificate& certificate, UnixTime now) {
  return fmt::format("{}, until {}", duration_text(certificate.not_after.seconds - now.seconds),
                     date_text(certificate.not_after));
}

bool is_current(const Certificate& certificate, UnixTime now) {
  return certificate.not_before <= now && now <= certificate.not_after;
}

Block::Block(const Terminal& terminal, std::string_view label)
    : terminal_(terminal), lines_(terminal.paint(Paint::strong, label) + '\n') {}

void Block::row(std::string_view title, const std::string& text) {
  if (!text.empty()) {
    const auto width = static_cast<std::size_t>(terminal_.width());
    lines_ += "   " + command::pad(terminal_.paint(Paint::faint, title), 14) +
              command::wrap(text, width, 17) + '\n';
  }
}

std::string to_lines(const Certificate& certificate, UnixTime now, const Terminal& terminal) {
  Block block(terminal, certificate.label());
  const auto row = [&](std::string_view title, const std::string& text) { block.row(title, text); };
  row("Names", joined(alt_name_texts(certificate)));
  row("Validity", terminal.paint(is_current(certificate, now) ? Paint::good : Paint::bad,
                                 validity_text(certificate, now)));
  row("From", date_text(certificate.not_before));
  row("Key", key_text(certificate));
  row("Signed with", std::string(name(certificate.signature_algorithm)));
  row("Subject", Certificate::name_text(certificate.subject));
  row("Issuer", Certificate::name_text(certificate.issuer) +
                    (certificate.is_self_issued() ? " (itself)" : ""));
  row("Serial", hex(certificate.serial));
  row("Authority", authority_text(certificate));
  row("May sign", constraints_text(certificate));
  row("Use", usage_text(certificate));
  row("Policies", joined(policy_texts(certificate)));
  row("Must staple", certificate.must_staple ? "yes: good only with a stapled OCSP response" : "");
  row("Delegation", certificate.delegation_usage ? "may sign delegated credentials" : "");
  const AccessTexts access = access_texts(certificate);
  row("Revocation", revocation_text(certificate, access));
  row("Issuer at", joined(access.issuers));
  const std::size_t timestamps = timestamp_count(certificate);
  row("Timestamps", timestamps == 0 ? "" : fmt::format("{} of transparency logs", timestamps));
  row("Extensions", joined(extension_texts(certificate)));
  row("SHA-256", hex(fingerprint(certificate.der)));
  row("Key SHA-256", hex(fingerprint(certificate.public_key_info)));
  if (certificate.unknown_critical_extension) {
    row("Beware", terminal.paint(Paint::warning, "a critical extension is not known here"));
  }
  return block.lines();
}

std::string to_lines(const CertificateRequest& request, const Terminal& terminal) {
  const Certificate& wanted = request.wanted;
  const std::string label = wanted.label();
  Block block(terminal, "request for " + (label.empty() ? "nobody" : label));
  block.row("Names", joined(alt_name_texts(wanted)));
  block.row("Key", key_text(wanted) + ", which signed the request");
  block.row("Signed with", std::string(name(request.signature_algorithm)));
  block.row("Subject", Certificate::name_text(wanted.subject));
  block.row("Authority", is_authority(wanted) ? authority_text(wanted) : "");
  std::vector<std::string> usages = key_usage_texts(wanted);
  std::ranges::move(extended_key_usage_texts(wanted), std::back_inserter(usages));
  block.row("Use", joined(usages));
  block.row("Must staple", wanted.must_staple ? "yes" : "");
  block.row("Delegation", wanted.delegation_usage ? "may sign delegated credentials" : "");
  block.row("SHA-256", hex(fingerprint(request.der)));
  block.row("Key SHA-256", hex(fingerprint(wanted.public_key_info)));
  return block.lines();
}

Json to_json(const Certificate& certificate, UnixTime now) {
  if (certificate.is_raw_key) {
    return {{"label", certificate.label()},
            {"key", key_text(certificate)},
            {"key_sha256", hex(fingerprint(certificate.public_key_info))}};
  }
  const NameConstraintTexts constraints = name_constraint_texts(certificate);
  Json json = {
      {"label", certificate.label()},
      {"names", alt_name_texts(certificate)},
      {"not_before", date_text(certificate.not_before)},
      {"not_after", date_text(certificate.not_after)},
      {"is_current", is_current(certificate, now)},
      {"seconds_left", certificate.not_after.seconds - now.seconds},
      {"key", key_text(certificate)},
      {"signature", name(certificate.signature_algorithm)},
      {"subject", Certificate::name_text(certificate.subject)},
      {"issuer", Certificate::name_text(certificate.issuer)},
      {"serial", hex(certificate.serial)},
      {"is_authority", is_authority(certificate)},
      {"path_length", nullptr},
      {"permitted_names", constraints.permitted},
      {"excluded_names", constraints.excluded},
      {"key_usage", key_usage_texts(certificate)},
      {"extended_key_usage", extended_key_usage_texts(certificate)},
      {"policies", policy_texts(certificate)},
      {"must_staple", certificate.must_staple},
      {"delegation", certificate.delegation_usage},
      {"ocsp_urls", access_texts(certificate).ocsp},
      {"crl_urls", crl_url_texts(certificate)},
      {"issuer_urls", access_texts(certificate).issuers},
      {"timestamps", timestamp_count(certificate)},
      {"extensions", extension_texts(certificate)},
      {"sha256", hex(fingerprint(certificate.der))},
      {"key_sha256", hex(fingerprint(certificate.public_key_info))},
  };
  if (is_authority(certificate) && certificate.basic_constraints->path_length) {
    json["path_length"] = *certificate.basic_constraints->path_length;
  }
  return json;
}

Json to_json(const CertificateRequest& request) {
  const Certificate& wanted = request.wanted;
  return {{"names", alt_name_texts(wanted)},
          {"subject", Certificate::name_text(wanted.subject)},
          {"key", key_text(wanted)},
          {"signature", name(request.signature_algorithm)},
          {"is_authority", is_authority(wanted)},
          {"key_usage", key_usage_texts(wanted)},
          {"extended_key_usage", extended_key_usage_texts(wanted)},
          {"must_staple", wanted.must_staple},
          {"delegation", wanted.delegation_usage},
          {"sha256", hex(fingerprint(request.der))},
          {"key_sha256", hex(fingerprint(wanted.public_key_info))}};
}

std::string number_text(Bytes number) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t octet) { return octet != 0; });
  const Bytes digits(first, number.end());
  std::uint64_t value = 0;
  for (const std::uint8_t octet : digits) {
    value = value << 8U | octet;
  }
  return digits.size() > sizeof value ? "0x" + hex(digits) : std::to_string(value);
}

std::string hex(Bytes bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

}  // namespace handfast::cert
