#include "x509/issue_extensions.h"

#include "x509/extensions.h"
#include "x509/issue_names.h"
#include "x509/issue_sign.h"
#include "x509/oids.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace handfast::x509 {

namespace {

using der::Tag;
using der::Writer;

void write_basic_constraints(Writer& writer, const CertificateOrder& order) {
  if (!order.is_authority) {
    return;
  }
  write_extension(writer, oid::basic_constraints, true, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& constraints) {
      constraints.boolean_default_false(true);
      if (order.path_length) {
        constraints.small_integer(*order.path_length);
      }
    });
  });
}

void write_key_usage(Writer& writer, std::uint16_t usage) {
  if (usage != 0) {
    write_extension(writer, oid::key_usage, true, [&](Writer& value) { value.named_bits(usage); });
  }
}

std::uint16_t fitting_usage(const CertificateOrder& order) {
  const unsigned fitting = order.is_authority ? static_cast<unsigned>(KeyUsage::key_cert_sign) |
                                                    static_cast<unsigned>(KeyUsage::crl_sign)
                                              : static_cast<unsigned>(KeyUsage::digital_signature);
  return static_cast<std::uint16_t>(fitting);
}

void write_purposes(Writer& writer, const CertificateOrder& order) {
  if (!order.server_auth && !order.client_auth && !order.ocsp_signing) {
    return;
  }
  write_extension(writer, oid::extended_key_usage, false, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& purposes) {
      if (order.server_auth) {
        purposes.object_identifier(oid::server_auth);
      }
      if (order.client_auth) {
        purposes.object_identifier(oid::client_auth);
      }
      if (order.ocsp_signing) {
        purposes.object_identifier(oid::ocsp_signing);
      }
    });
  });
}

Result<> write_names(Writer& writer, const CertificateOrder& order) {
  Result<> written;
  if (!order.names.empty()) {
    // RFC 5280 §4.2.1.6: critical where the subject is empty.
    write_extension(writer, oid::subject_alt_name, !has_subject(order), [&](Writer& value) {
      value.inside(Tag::sequence,
                   [&](Writer& names) { written = write_alt_names(names, order.names); });
    });
  }
  return written;
}

// RFC 7633 §4.1: SEQUENCE OF INTEGER; 5 is status_request.
void write_must_staple(Writer& writer, const CertificateOrder& order) {
  if (order.must_staple) {
    write_extension(writer, oid::tls_feature, false, [](Writer& value) {
      value.inside(Tag::sequence, [](Writer& features) { features.small_integer(5); });
    });
  }
}

// RFC 9345 §4.2: NULL, and "The extension MUST be marked non-critical."
void write_delegation_usage(Writer& writer, const CertificateOrder& order) {
  if (order.delegation) {
    write_extension(writer, oid::delegation_usage, false,
                    [](Writer& value) { value.element(Tag::null, Bytes{}); });
  }
}

// Appends one arc in base 128, X.690 §8.19.2.
void append_arc(std::vector<std::uint8_t>& encoded, std::uint64_t arc) {
  unsigned septets = 1;
  while (septets < 10 && arc >> (7 * septets) != 0) {
    ++septets;
  }
  while (septets-- > 0) {
    const std::uint64_t septet = arc >> (7 * septets) & 0x7fU;
    encoded.push_back(static_cast<std::uint8_t>(septet | (septets > 0 ? 0x80U : 0U)));
  }
}

// "2.23.140.1.2.1" as the content of an OBJECT IDENTIFIER.
std::optional<std::vector<std::uint8_t>> encode_oid(std::string_view text) {
  std::vector<std::uint32_t> arcs;
  while (true) {
    const std::string_view digits = text.substr(0, text.find('.'));
    const char* const end = digits.data() + digits.size();
    std::uint32_t arc = 0;
    const auto [rest, error] = std::from_chars(digits.data(), end, arc);
    if (error != std::errc{} || rest != end || (digits.size() > 1 && digits[0] == '0') ||
        arcs.size() == 20) {
      return std::nullopt;
    }
    arcs.push_back(arc);
    if (digits.size() == text.size()) {
      break;
    }
    text.remove_prefix(digits.size() + 1);
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> encoded;
  append_arc(encoded, std::uint64_t{40} * arcs[0] + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) {
    append_arc(encoded, arcs[i]);
  }
  return encoded;
}

Result<> write_policies(Writer& writer, const CertificateOrder& order) {
  if (order.policies.empty()) {
    return {};
  }
  bool is_valid = true;
  write_extension(writer, oid::certificate_policies, false, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& policies) {
      for (const std::string& policy : order.policies) {
        const std::optional<std::vector<std::uint8_t>> id = encode_oid(policy);
        is_valid = is_valid && id.has_value();
        policies.inside(Tag::sequence, [&](Writer& information) {
          information.element(Tag::object_identifier, id ? Bytes(*id) : Bytes{});
        });
      }
    });
  });
  return is_valid ? Result<>() : Result<>(fail(Reason::configuration_unsupported));
}

Tag url_tag() {
  return der::context(static_cast<std::uint8_t>(NameKind::uniform_resource_identifier));
}

// RFC 5280 §4.2.1.13: one DistributionPoint with one fullName; its URLs lead to the same list.
void write_distribution_point(Writer& writer, const CertificateOrder& order) {
  if (order.crl_urls.empty()) {
    return;
  }
  write_extension(writer, oid::crl_distribution_points, false, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& points) {
      points.inside(Tag::sequence, [&](Writer& point) {
        point.inside(der::context_constructed(0), [&](Writer& choice) {
          choice.inside(der::context_constructed(0), [&](Writer& full_name) {
            for (const std::string& url : order.crl_urls) {
              full_name.element(url_tag(), std::string_view(url));
            }
          });
        });
      });
    });
  });
}

// RFC 5280 §4.2.2.1.
void write_access(Writer& writer, const CertificateOrder& order) {
  if (order.ocsp_urls.empty() && order.authority_urls.empty()) {
    return;
  }
  const auto write = [](Writer& descriptions, const der::Oid& method, std::string_view url) {
    descriptions.inside(Tag::sequence, [&](Writer& description) {
      description.object_identifier(method);
      description.element(url_tag(), url);
    });
  };
  write_extension(writer, oid::authority_info_access, false, [&](Writer& value) {
    value.inside(Tag::sequence, [&](Writer& descriptions) {
      for (const std::string& url : order.ocsp_urls) {
        write(descriptions, oid::ocsp_access, url);
      }
      for (const std::string& url : order.authority_urls) {
        write(descriptions, oid::ca_issuers_access, url);
      }
    });
  });
}

Result<> write_constraints(Writer& writer, const CertificateOrder& order) {
  Result<> written;
  if (order.is_authority && !(order.permitted_names.empty() && order.excluded_names.empty())) {
    write_extension(writer, oid::name_constraints, true, [&](Writer& value) {
      value.inside(Tag::sequence, [&](Writer& names) {
        written = write_name_constraints(names, order.permitted_names, order.excluded_names);
      });
    });
  }
  return written;
}

bool has_urls_alone(const CertificateOrder& order) {
  return std::ranges::all_of(order.crl_urls, is_url) &&
         std::ranges::all_of(order.ocsp_urls, is_url) &&
         std::ranges::all_of(order.authority_urls, is_url);
}

}  // namespace

bool has_subject(const CertificateOrder& order) {
  const bool is_whole = !order.whole_subject.empty();
  // An empty Name is an empty SEQUENCE.
  return is_whole ? order.whole_subject.size() > 2
                  : !order.common_name.empty() || !order.subject.empty();
}

Result<> write_extensions(Writer& writer, const CertificateOrder& order, const Keys& keys) {
  if (!has_urls_alone(order)) {
    return fail(Reason::configuration_unsupported);
  }
  write_basic_constraints(writer, order);
  write_key_usage(writer, order.key_usage.value_or(fitting_usage(order)));
  write_purposes(writer, order);
  write_extension(writer, oid::subject_key_identifier, false,
                  [&](Writer& value) { value.element(Tag::octet_string, keys.subject_id); });
  write_authority_key_id(writer, keys.issuer_id);
  if (order.ocsp_signing) {
    write_extension(writer, oid::ocsp_no_check, false,
                    [](Writer& value) { value.element(Tag::null, Bytes{}); });
  }
  write_must_staple(writer, order);
  write_delegation_usage(writer, order);
  write_distribution_point(writer, order);
  write_access(writer, order);
  for (const auto write : {write_names, write_policies, write_constraints}) {
    if (const Result<> written = write(writer, order); !written) {
      return written;
    }
  }
  return {};
}

Result<> write_asked_extensions(Writer& writer, const CertificateOrder& order) {
  write_basic_constraints(writer, order);
  write_key_usage(writer, order.key_usage.value_or(0));
  write_purposes(writer, order);
  write_must_staple(writer, order);
  write_delegation_usage(writer, order);
  return write_names(writer, order);
}

bool asks_for_extensions(const CertificateOrder& order) {
  return order.is_authority || order.key_usage.value_or(0) != 0 || order.server_auth ||
         order.client_auth || order.ocsp_signing || order.must_staple || order.delegation ||
         !order.names.empty();
}

}  // namespace handfast::x509
