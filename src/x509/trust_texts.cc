#include "x509/trust_texts.h"

#include "handfast/describe.h"
#include "handfast/error.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace handfast::x509 {

namespace {

// A list's number, which nobody makes longer than eight bytes but may: then in hexadecimal.
std::string number_text(Bytes magnitude) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t value = 0;
  std::string text = "0x";
  bool is_long = false;
  for (const std::uint8_t octet : magnitude) {
    is_long |= value >> 56U != 0;
    value = value << 8U | octet;
    text += {digits[octet >> 4U], digits[octet & 15U]};
  }
  return is_long ? text : std::to_string(value);
}

std::string source_text(const RevocationFinding& finding) {
  const std::string issuer = Certificate::name_text(finding.issuer);
  const std::string until = finding.next_update ? ", valid until " + date_text(*finding.next_update)
                                                : ", of " + date_text(finding.this_update);
  switch (finding.source) {
    case RevocationFinding::Source::staple: return "the OCSP response of " + issuer + until;
    case RevocationFinding::Source::list:
      return "CRL " + (finding.number.empty() ? std::string() : number_text(finding.number) + ' ') +
             "of " + issuer + until;
    case RevocationFinding::Source::no_revocation:
    case RevocationFinding::Source::none: break;
  }
  return {};
}

}  // namespace

std::optional<std::string> matching_name(const Certificate& leaf, const ServerName& asked) {
  const std::vector<std::string> texts = alt_name_texts(leaf);
  std::optional<std::string> found;
  std::size_t index = 0;
  leaf.each_alt_name([&](std::uint8_t number, Bytes value) {
    const auto kind = static_cast<NameKind>(number);
    bool matches = false;
    if (asked.is_dns() && kind == NameKind::dns_name) {
      const auto presented = DnsName::parse_presented(value);
      matches = presented && presented->covers(asked.text());
    } else if (!asked.is_dns() && kind == NameKind::ip_address) {
      matches = std::ranges::equal(value, asked.address());
    }
    if (matches && !found && index < texts.size()) {
      found = (asked.is_dns() ? "DNS:" : "IP:") + texts[index];
    }
    ++index;
  });
  return found;
}

std::string path_text(std::span<const Certificate> path) {
  std::vector<std::string> labels;
  labels.reserve(path.size());
  for (const Certificate& certificate : path) {
    labels.push_back(certificate.label());
  }
  return joined(labels, " ‹ ");
}

std::string digest_text(Bytes der) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto digest = fingerprint(der);
  const auto part = [&](std::size_t first, std::size_t count) {
    std::string text;
    for (const std::uint8_t octet : std::span(digest).subspan(first, count)) {
      text += digits[octet >> 4U];
      text += digits[octet & 0xfU];
    }
    return text;
  };
  return part(0, 4) + "…" + part(digest.size() - 2, 2);
}

std::string authority_text(const Certificate& certificate) {
  const auto& constraints = certificate.basic_constraints;
  if (!constraints || !constraints->is_authority) {
    return "no CA";
  }
  const auto& length = constraints->path_length;
  return length ? "CA, path length " + std::to_string(*length) : "CA";
}

std::string use_text(const Certificate& certificate) {
  std::vector<std::string> uses = key_usage_texts(certificate);
  for (std::string& purpose : extended_key_usage_texts(certificate)) {
    uses.push_back(std::move(purpose));
  }
  return uses.empty() ? "not limited" : joined(uses);
}

std::string constraint_text(const Certificate& certificate) {
  const NameConstraintTexts texts = name_constraint_texts(certificate);
  std::vector<std::string> parts;
  if (!texts.permitted.empty()) {
    parts.push_back("only " + joined(texts.permitted));
  }
  if (!texts.excluded.empty()) {
    parts.push_back("never " + joined(texts.excluded));
  }
  return joined(parts, "; ");
}

std::string signer_text(const Certificate& signer, CertificateSignature algorithm) {
  const std::string_view name = handfast::name(algorithm);
  const std::size_t comma = name.rfind(", ");
  return key_text(signer) + (comma == std::string_view::npos
                                 ? std::string()
                                 : " with " + std::string(name.substr(comma + 2)));
}

std::string finding_text(const RevocationFinding& finding) {
  if (finding.source == RevocationFinding::Source::no_revocation) {
    return "says that there is nobody to ask (noRevAvail)";
  }
  if (finding.flaw && finding.status != RevocationFinding::Status::revoked) {
    return std::string(fault_of(*finding.flaw).text);
  }
  switch (finding.status) {
    case RevocationFinding::Status::not_known:
      return "nobody was asked: no response was stapled, no list was given";
    case RevocationFinding::Status::good: return "good, by " + source_text(finding);
    case RevocationFinding::Status::revoked:
      return "revoked" + (finding.revoked_at ? " on " + date_text(*finding.revoked_at) : "") +
             (finding.reason ? " (" + std::string(name(*finding.reason)) + ')' : std::string()) +
             ", says " + source_text(finding);
  }
  return {};
}

std::string timestamp_count_text(std::span<const TimestampFinding> findings) {
  std::vector<std::string> parts;
  for (const auto& [source, place] : {std::pair(TimestampSource::certificate, "certificate"),
                                      std::pair(TimestampSource::handshake, "handshake"),
                                      std::pair(TimestampSource::staple, "OCSP response")}) {
    const auto count = std::ranges::count(findings, source, &TimestampFinding::source);
    if (count > 0) {
      parts.push_back(std::to_string(count) + " in the " + place);
    }
  }
  return counted(findings.size(), "timestamp") + (parts.empty() ? "" : " (" + joined(parts) + ')');
}

std::string timestamp_text(const TimestampFinding& finding) {
  return finding.log->name + " on " + date_text(finding.timestamp.time());
}

std::string joined(std::span<const std::string> texts, std::string_view separator) {
  std::string text;
  for (const std::string& part : texts) {
    text += (text.empty() ? "" : std::string(separator)) + part;
  }
  return text;
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace handfast::x509
