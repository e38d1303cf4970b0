#include "handfast/describe_extensions.h"

#include "codec/reader.h"
#include "der/reader.h"
#include "x509/algorithm.h"
#include "x509/distribution_point.h"
#include "x509/extensions.h"
#include "x509/oids.h"
#include "x509/readable.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;

struct OidName {
  der::Oid oid;
  std::string_view text;
};

constexpr std::array extension_names = {
    OidName{x509::oid::subject_key_identifier, "subjectKeyIdentifier"},
    OidName{x509::oid::key_usage, "keyUsage"},
    OidName{x509::oid::subject_alt_name, "subjectAltName"},
    OidName{x509::oid::issuer_alt_name, "issuerAltName"},
    OidName{x509::oid::basic_constraints, "basicConstraints"},
    OidName{x509::oid::name_constraints, "nameConstraints"},
    OidName{x509::oid::crl_distribution_points, "cRLDistributionPoints"},
    OidName{x509::oid::certificate_policies, "certificatePolicies"},
    OidName{x509::oid::policy_mappings, "policyMappings"},
    OidName{x509::oid::authority_key_identifier, "authorityKeyIdentifier"},
    OidName{x509::oid::policy_constraints, "policyConstraints"},
    OidName{x509::oid::extended_key_usage, "extKeyUsage"},
    OidName{x509::oid::freshest_crl, "freshestCRL"},
    OidName{x509::oid::inhibit_any_policy, "inhibitAnyPolicy"},
    OidName{x509::oid::no_rev_avail, "noRevAvail"},
    OidName{x509::oid::authority_info_access, "authorityInfoAccess"},
    OidName{x509::oid::tls_feature, "tlsFeature"},
    OidName{x509::oid::ocsp_no_check, "ocspNoCheck"},
    OidName{x509::oid::delegation_usage, "delegationUsage"},
    OidName{x509::oid::signed_certificate_timestamps, "signedCertificateTimestampList"},
    OidName{{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, "certificateTransparencyPoison"},
    OidName{{1, 3, 6, 1, 5, 5, 7, 1, 11}, "subjectInfoAccess"},
    OidName{{1, 3, 6, 1, 5, 5, 7, 1, 3}, "qcStatements"},
    OidName{{1, 3, 6, 1, 4, 1, 311, 20, 2}, "microsoftCertificateTemplateName"},
    OidName{{1, 3, 6, 1, 4, 1, 311, 21, 7}, "microsoftCertificateTemplate"},
    OidName{{2, 16, 840, 1, 113730, 1, 1}, "netscapeCertType"},
    OidName{{2, 16, 840, 1, 113730, 1, 13}, "netscapeComment"},
};

// CA/Browser Forum Baseline Requirements §7.1.6.1, and RFC 5280 §4.2.1.4.
constexpr std::array policy_names = {
    OidName{x509::oid::any_policy, "any"},
    OidName{{2, 23, 140, 1, 1}, "extended validation"},
    OidName{{2, 23, 140, 1, 2, 1}, "domain validated"},
    OidName{{2, 23, 140, 1, 2, 2}, "organization validated"},
    OidName{{2, 23, 140, 1, 2, 3}, "individual validated"},
};

template <std::size_t Size>
std::string_view name_in(const std::array<OidName, Size>& rows, Bytes oid) {
  const auto row =
      std::ranges::find_if(rows, [&](const OidName& known) { return known.oid == oid; });
  return row != rows.end() ? row->text : std::string_view{};
}

// The extensions of a certificate whose form was checked when it was parsed.
Bytes extensions_of(Bytes signed_part) {
  Reader outer(signed_part);
  Reader fields(outer.read(Tag::sequence));
  while (!fields.at_end()) {
    const der::Element field = fields.any();
    if (field.tag == der::context_constructed(3)) {
      Reader inside(field.content);
      return inside.read(Tag::sequence);
    }
  }
  return {};
}

std::vector<std::string> texts_of(const std::vector<Bytes>& urls) {
  std::vector<std::string> texts;
  std::ranges::transform(urls, std::back_inserter(texts), url_text);
  return texts;
}

}  // namespace

std::vector<std::string> extension_texts(const Certificate& certificate) {
  std::vector<std::string> texts;
  Reader extensions(extensions_of(certificate.signed_part));
  while (!extensions.at_end()) {
    extensions.inside(Tag::sequence, [&](Reader& extension) {
      const Bytes id = extension.object_identifier();
      const bool is_critical = extension.boolean_default_false();
      extension.read(Tag::octet_string);
      const std::string_view name = name_in(extension_names, id);
      texts.push_back((name.empty() ? x509::dotted(id) : std::string(name)) +
                      (is_critical ? " (critical)" : ""));
    });
  }
  return texts;
}

std::vector<std::string> policy_texts(const Certificate& certificate) {
  std::vector<std::string> texts;
  Reader policies(certificate.certificate_policies);
  while (!policies.at_end()) {
    Reader policy(policies.read(Tag::sequence));
    const Bytes id = policy.object_identifier();
    if (policy.failed()) {
      break;
    }
    const std::string_view name = name_in(policy_names, id);
    texts.push_back(name.empty() ? x509::dotted(id)
                                 : std::string(name) + " (" + x509::dotted(id) + ")");
  }
  return texts;
}

std::vector<Bytes> crl_urls(const Certificate& certificate) {
  std::vector<Bytes> urls;
  Reader points(certificate.crl_distribution_points);
  while (!points.at_end()) {
    const x509::DistributionPoint point = x509::read_distribution_point(points);
    if (points.failed() || point.name.kind != x509::DistributionPointName::Kind::full_name) {
      continue;
    }
    Reader names(point.name.value);
    while (!names.at_end()) {
      const x509::GeneralName name = x509::read_general_name(names);
      if (name.kind == x509::NameKind::uniform_resource_identifier) {
        urls.push_back(name.value);
      }
    }
  }
  return urls;
}

AccessUrls access_urls(const Certificate& certificate) {
  AccessUrls urls;
  Reader descriptions(certificate.authority_info_access);
  while (!descriptions.at_end()) {
    Reader description(descriptions.read(Tag::sequence));
    const Bytes method = description.object_identifier();
    const x509::GeneralName location = x509::read_general_name(description);
    if (location.kind != x509::NameKind::uniform_resource_identifier) {
      continue;
    }
    if (x509::oid::ocsp_access == method) {
      urls.ocsp.push_back(location.value);
    } else if (x509::oid::ca_issuers_access == method) {
      urls.issuers.push_back(location.value);
    }
  }
  return urls;
}

std::string url_text(Bytes url) {
  return x509::shortened(x509::readable(Tag::ia5_string, url, x509::Escape::plain));
}

std::vector<std::string> crl_url_texts(const Certificate& certificate) {
  return texts_of(crl_urls(certificate));
}

AccessTexts access_texts(const Certificate& certificate) {
  const AccessUrls urls = access_urls(certificate);
  return {.ocsp = texts_of(urls.ocsp), .issuers = texts_of(urls.issuers)};
}

std::size_t timestamp_count(const Certificate& certificate) {
  codec::Reader list(certificate.signed_certificate_timestamps);
  std::size_t count = 0;
  codec::Reader timestamps(list.vector(0, 0xffff));
  while (timestamps.good() && timestamps.left() > 0) {
    timestamps.vector(1, 0xffff);
    ++count;
  }
  return timestamps.good() ? count : 0;
}

std::string public_key_text(Bytes public_key_info) {
  Certificate holder;
  Reader outer(public_key_info);
  outer.inside(Tag::sequence, [&](Reader& info) {
    Reader algorithm(info.any().whole);
    holder.public_key = info.octets_in_bit_string();
    holder.key_kind = x509::key_kind(algorithm.read(Tag::sequence));
  });
  return outer.complete() ? key_text(holder) : "unknown";
}

}  // namespace handfast
