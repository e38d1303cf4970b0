#include "handfast/issue.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "der/time.h"
#include "der/writer.h"
#include "x509/address.h"
#include "x509/credential_key.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;
using der::Writer;
using x509::Address;
using x509::DnsName;
using x509::NameKind;

constexpr std::size_t common_name_most = 64;  // ub-common-name, RFC 5280 §A.1

// How a key signs certificates.
struct Algorithm {
  der::Oid oid;
  bool has_null;  // RFC 4055 §5: RSA has NULL parameters; the others have none
  SignatureScheme scheme;
};

Algorithm algorithm_of(CertificateKey kind) {
  switch (kind) {
    case CertificateKey::rsa:
      return {x509::oid::sha256_with_rsa, true, SignatureScheme::rsa_pkcs1_sha256};
    case CertificateKey::ecdsa_p384:
      return {x509::oid::ecdsa_with_sha384, false, SignatureScheme::ecdsa_secp384r1_sha384};
    case CertificateKey::ecdsa_p521:
      return {x509::oid::ecdsa_with_sha512, false, SignatureScheme::ecdsa_secp521r1_sha512};
    case CertificateKey::ed25519: return {x509::oid::ed25519, false, SignatureScheme::ed25519};
    case CertificateKey::ecdsa_p256:
    case CertificateKey::unsupported: break;  // SigningKey has no such kind
  }
  return {x509::oid::ecdsa_with_sha256, false, SignatureScheme::ecdsa_secp256r1_sha256};
}

void write_algorithm(Writer& writer, const Algorithm& algorithm) {
  writer.inside(Tag::sequence, [&](Writer& identifier) {
    identifier.object_identifier(algorithm.oid);
    if (algorithm.has_null) {
      identifier.element(Tag::null, Bytes{});
    }
  });
}

// RFC 5280 §4.1.2.2: positive; 16 bytes of which the first is neither zero nor negative.
Result<std::array<std::uint8_t, 16>> random_serial() {
  std::array<std::uint8_t, 16> serial{};
  if (const Result<> filled = crypto::fill_random(serial); !filled) {
    return std::unexpected(filled.error());
  }
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  return serial;
}

std::vector<std::uint8_t> name_of(std::string_view common_name) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& rdns) {
    if (common_name.empty()) {
      return;
    }
    rdns.inside(Tag::set, [&](Writer& set) {
      set.inside(Tag::sequence, [&](Writer& attribute) {
        attribute.object_identifier(x509::oid::common_name);
        attribute.element(Tag::utf8_string, common_name);
      });
    });
  });
  return writer.take();
}

// RFC 7093 §2 (1): the left-most 160 bits of the SHA-256 of the key's BIT STRING. Nothing if it is
// no key.
std::optional<std::array<std::uint8_t, 20>> key_id_of(Bytes public_key_info) {
  Reader reader(public_key_info);
  Bytes key;
  reader.inside(Tag::sequence, [&](Reader& info) {
    info.any();
    key = info.octets_in_bit_string();
  });
  if (!reader.complete()) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 20> id{};
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, key);
  std::ranges::copy(digest.bytes().first(id.size()), id.begin());
  return id;
}

// "127.0.0.0/8" or a single address: the address and the mask, as GeneralName has them in name
// constraints.
std::optional<std::vector<std::uint8_t>> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = Address::parse(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const std::size_t size = address->bytes().size();
  std::size_t prefix = 8 * size;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, prefix);
    if (error != std::errc{} || rest != end || prefix > 8 * size) {
      return std::nullopt;
    }
  }
  std::vector<std::uint8_t> network(address->bytes().begin(), address->bytes().end());
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t ones = std::min<std::size_t>(8, prefix > 8 * i ? prefix - 8 * i : 0);
    network.push_back(static_cast<std::uint8_t>(0xff00U >> ones));
    network[i] = static_cast<std::uint8_t>(network[i] & network.back());
  }
  return network;
}

der::Tag tag_of(NameKind kind) { return der::context(static_cast<std::uint8_t>(kind)); }

Result<> write_alt_names(Writer& writer, std::span<const std::string> names) {
  for (const std::string& name : names) {
    const std::optional<Address> address = Address::parse(name);
    const std::vector<std::uint8_t> text(name.begin(), name.end());
    if (address) {
      writer.element(tag_of(NameKind::ip_address), address->bytes());
    } else if (const std::optional<DnsName> dns = DnsName::parse_presented(text)) {
      const std::string lower = (dns->is_wildcard() ? "*." : "") + std::string(dns->text());
      writer.element(tag_of(NameKind::dns_name), std::string_view(lower));
    } else {
      return fail(Reason::server_name_invalid);
    }
  }
  return {};
}

void write_subtree(Writer& writer, NameKind kind, Bytes base) {
  writer.inside(Tag::sequence, [&](Writer& subtree) { subtree.element(tag_of(kind), base); });
}

// The content of NameConstraints.
Result<> write_name_constraints(Writer& writer, std::span<const std::string> permitted) {
  bool is_valid = true;
  bool has_dns = false;
  bool has_address = false;
  writer.inside(der::context_constructed(0), [&](Writer& subtrees) {
    for (const std::string& name : permitted) {
      const std::vector<std::uint8_t> text(name.begin(), name.end());
      if (const std::optional<std::vector<std::uint8_t>> network = network_of(name)) {
        write_subtree(subtrees, NameKind::ip_address, *network);
        has_address = true;
      } else {
        is_valid = is_valid && !text.empty() && DnsName::is_base(text);
        write_subtree(subtrees, NameKind::dns_name, text);
        has_dns = true;
      }
    }
  });
  if (!is_valid) {
    return fail(Reason::server_name_invalid);
  }
  if (!has_dns || !has_address) {
    writer.inside(der::context_constructed(1), [&](Writer& subtrees) {
      if (!has_dns) {
        write_subtree(subtrees, NameKind::dns_name, {});
      }
      if (!has_address) {
        write_subtree(subtrees, NameKind::ip_address, std::array<std::uint8_t, 8>{});
        write_subtree(subtrees, NameKind::ip_address, std::array<std::uint8_t, 32>{});
      }
    });
  }
  return {};
}

template <class Value>
void write_extension(Writer& writer, const der::Oid& oid, bool is_critical, Value&& value) {
  writer.inside(Tag::sequence, [&](Writer& extension) {
    extension.object_identifier(oid);
    extension.boolean_default_false(is_critical);
    extension.inside(Tag::octet_string, value);
  });
}

// What the functions below share.
struct Draft {
  const CertificateOrder& order;
  Bytes public_key_info;
  std::array<std::uint8_t, 20> key_id;
  Bytes issuer;         // Name
  Bytes issuer_key_id;  // empty: none
  Algorithm algorithm;
};

void write_usage(Writer& writer, const CertificateOrder& order) {
  const unsigned fitting = order.is_authority ? static_cast<unsigned>(KeyUsage::key_cert_sign) |
                                                    static_cast<unsigned>(KeyUsage::crl_sign)
                                              : static_cast<unsigned>(KeyUsage::digital_signature);
  const std::uint16_t usage = order.key_usage.value_or(static_cast<std::uint16_t>(fitting));
  if (usage != 0) {
    write_extension(writer, x509::oid::key_usage, true,
                    [&](Writer& value) { value.named_bits(usage); });
  }
  if (order.server_auth || order.client_auth) {
    write_extension(writer, x509::oid::extended_key_usage, false, [&](Writer& value) {
      value.inside(Tag::sequence, [&](Writer& purposes) {
        if (order.server_auth) {
          purposes.object_identifier(x509::oid::server_auth);
        }
        if (order.client_auth) {
          purposes.object_identifier(x509::oid::client_auth);
        }
      });
    });
  }
}

Result<> write_extensions(Writer& writer, const Draft& draft) {
  const CertificateOrder& order = draft.order;
  if (order.is_authority) {
    write_extension(writer, x509::oid::basic_constraints, true, [&](Writer& value) {
      value.inside(Tag::sequence, [&](Writer& constraints) {
        constraints.boolean_default_false(true);
        if (order.path_length) {
          constraints.small_integer(*order.path_length);
        }
      });
    });
  }
  write_usage(writer, order);
  write_extension(writer, x509::oid::subject_key_identifier, false,
                  [&](Writer& value) { value.element(Tag::octet_string, Bytes(draft.key_id)); });
  if (!draft.issuer_key_id.empty()) {
    write_extension(writer, x509::oid::authority_key_identifier, false, [&](Writer& value) {
      value.inside(Tag::sequence,
                   [&](Writer& id) { id.element(der::context(0), draft.issuer_key_id); });
    });
  }
  Result<> written;
  if (!order.names.empty()) {
    // RFC 5280 §4.2.1.6: critical where the subject is empty.
    write_extension(
        writer, x509::oid::subject_alt_name, order.common_name.empty(), [&](Writer& value) {
          value.inside(Tag::sequence,
                       [&](Writer& names) { written = write_alt_names(names, order.names); });
        });
  }
  if (written && order.is_authority && !order.permitted_names.empty()) {
    write_extension(writer, x509::oid::name_constraints, true, [&](Writer& value) {
      value.inside(Tag::sequence, [&](Writer& names) {
        written = write_name_constraints(names, order.permitted_names);
      });
    });
  }
  return written;
}

// TBSCertificate, RFC 5280 §4.1.
Result<std::vector<std::uint8_t>> write_signed_part(const Draft& draft) {
  const Result<std::array<std::uint8_t, 16>> serial = random_serial();
  if (!serial) {
    return std::unexpected(serial.error());
  }
  Result<> written;
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& tbs) {
    tbs.inside(der::context_constructed(0), [](Writer& version) { version.small_integer(2); });
    tbs.unsigned_integer(*serial);
    write_algorithm(tbs, draft.algorithm);
    tbs.raw(draft.issuer);
    tbs.inside(Tag::sequence, [&](Writer& validity) {
      validity.time(draft.order.not_before);
      validity.time(draft.order.not_after);
    });
    tbs.raw(name_of(draft.order.common_name));
    tbs.raw(draft.public_key_info);
    tbs.inside(der::context_constructed(3), [&](Writer& field) {
      field.inside(Tag::sequence,
                   [&](Writer& extensions) { written = write_extensions(extensions, draft); });
    });
  });
  if (!written) {
    return std::unexpected(written.error());
  }
  return writer.take();
}

Result<> judge(const CertificateOrder& order) {
  if (order.common_name.empty() && order.names.empty()) {
    return fail(Reason::configuration_empty);
  }
  const std::int64_t first_year = der::to_date(order.not_before).year;
  const std::int64_t last_year = der::to_date(order.not_after).year;
  if (order.not_before > order.not_after || first_year < 0 || last_year > 9999 ||
      order.common_name.size() > common_name_most) {
    return fail(Reason::configuration_unsupported);
  }
  return {};
}

Result<std::vector<std::uint8_t>> sign(const Draft& draft, const SigningKey& key) {
  const Result<std::vector<std::uint8_t>> signed_part = write_signed_part(draft);
  if (!signed_part) {
    return std::unexpected(signed_part.error());
  }
  const Result<crypto::Signature> signature =
      x509::private_key(key).sign(draft.algorithm.scheme, *signed_part);
  if (!signature) {
    return std::unexpected(signature.error());
  }
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& certificate) {
    certificate.raw(*signed_part);
    write_algorithm(certificate, draft.algorithm);
    certificate.bit_string(signature->bytes());
  });
  return writer.take();
}

}  // namespace

Result<std::vector<std::uint8_t>> issue(const CertificateOrder& order, Bytes public_key_info,
                                        const Issuer& issuer) {
  if (const Result<> judged = judge(order); !judged) {
    return std::unexpected(judged.error());
  }
  const std::optional<std::array<std::uint8_t, 20>> key_id = key_id_of(public_key_info);
  if (!key_id) {
    return fail(Reason::key_malformed);
  }
  if (!der::equal(issuer.certificate.public_key_info, issuer.key.public_key_info())) {
    return fail(Reason::key_does_not_fit);
  }
  return sign({.order = order,
               .public_key_info = public_key_info,
               .key_id = *key_id,
               .issuer = issuer.certificate.subject,
               .issuer_key_id = issuer.certificate.subject_key_id,
               .algorithm = algorithm_of(issuer.key.kind())},
              issuer.key);
}

Result<std::vector<std::uint8_t>> issue_self_signed(const CertificateOrder& order,
                                                    const SigningKey& key) {
  if (const Result<> judged = judge(order); !judged) {
    return std::unexpected(judged.error());
  }
  if (order.common_name.empty()) {
    return fail(Reason::configuration_empty);
  }
  const std::optional<std::array<std::uint8_t, 20>> key_id = key_id_of(key.public_key_info());
  if (!key_id) {
    return fail(Reason::key_malformed);
  }
  const std::vector<std::uint8_t> name = name_of(order.common_name);
  // RFC 5280 §4.2.1.1: a self-signed certificate may leave out the authority's key identifier,
  // which is its own.
  return sign({.order = order,
               .public_key_info = key.public_key_info(),
               .key_id = *key_id,
               .issuer = name,
               .issuer_key_id = {},
               .algorithm = algorithm_of(key.kind())},
              key);
}

}  // namespace handfast
