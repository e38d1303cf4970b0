#include "handfast/describe.h"

#include "crypto/hash.h"
#include "der/oid.h"
#include "der/pem.h"
#include "der/reader.h"
#include "x509/address.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/mailbox.h"
#include "x509/oids.h"
#include "x509/readable.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

namespace handfast {

namespace {

using x509::NameKind;

struct Purpose {
  der::Oid oid;
  std::string_view text;
};

// RFC 5280 §4.2.1.12; the first by §4.2.1.12 too, as "any".
constexpr std::array purposes = {
    Purpose{x509::oid::any_extended_key_usage, "anyExtendedKeyUsage"},
    Purpose{x509::oid::server_auth, "serverAuth"},
    Purpose{x509::oid::client_auth, "clientAuth"},
    Purpose{{1, 3, 6, 1, 5, 5, 7, 3, 3}, "codeSigning"},
    Purpose{{1, 3, 6, 1, 5, 5, 7, 3, 4}, "emailProtection"},
    Purpose{{1, 3, 6, 1, 5, 5, 7, 3, 8}, "timeStamping"},
    Purpose{{1, 3, 6, 1, 5, 5, 7, 3, 9}, "OCSPSigning"},
};

// RFC 5280 §4.2.1.3, bit by bit.
constexpr std::array<std::string_view, 9> key_usages = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly",
};

std::string ia5(std::string_view prefix, Bytes value) {
  return x509::shortened(std::string(prefix) +
                         x509::readable(der::Tag::ia5_string, value, x509::Escape::plain));
}

std::string address_text(Bytes value) {
  const auto address = x509::Address::from_bytes(value);
  return address ? address->text() : "address of " + std::to_string(value.size()) + " bytes";
}

// Every character that can be seen: none that ends or hides a part, none that needs an encoding.
bool is_graphic(Bytes text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](std::uint8_t octet) { return octet > 0x20 && octet < 0x7f; });
}

std::string text_of(Bytes value) { return {value.begin(), value.end()}; }

std::optional<AltName> alt_name(NameKind kind, Bytes value) {
  using enum AltName::Kind;
  switch (kind) {
    case NameKind::dns_name:
      if (const auto name = x509::DnsName::parse_presented(value)) {
        return AltName{dns_name, (name->is_wildcard() ? "*." : "") + std::string(name->text())};
      }
      break;
    case NameKind::ip_address:
      if (const auto address = x509::Address::from_bytes(value)) {
        return AltName{ip_address, address->text()};
      }
      break;
    case NameKind::rfc822_name:
      if (const auto mailbox = x509::Mailbox::parse(value); mailbox) {
        return AltName{rfc822_name,
                       text_of(mailbox->local) + '@' + std::string(mailbox->host.text())};
      }
      break;
    case NameKind::uniform_resource_identifier:
      // RFC 5280 §4.2.1.6: "The name MUST NOT be a relative URI"
      if (is_graphic(value) && std::ranges::find(value, ':') != value.end()) {
        return AltName{uniform_resource_identifier, text_of(value)};
      }
      break;
    default: break;
  }
  return std::nullopt;
}

std::string name_text(NameKind kind, Bytes value) {
  switch (kind) {
    case NameKind::dns_name: return ia5(x509::DnsName::parse_presented(value) ? "" : "DNS:", value);
    case NameKind::ip_address: return address_text(value);
    case NameKind::rfc822_name: return ia5("email:", value);
    case NameKind::uniform_resource_identifier: return ia5("URI:", value);
    case NameKind::directory_name: return "name:" + Certificate::name_text(value);
    case NameKind::registered_id: return "OID:" + x509::dotted(value);
    case NameKind::other_name:
    case NameKind::x400_address:
    case NameKind::edi_party_name: break;
  }
  return "name of kind " + std::to_string(std::to_underlying(kind));
}

/// An address and its mask, of the same size: "127.0.0.0/8".
std::string network_text(Bytes value) {
  const Bytes address = value.first(value.size() / 2);
  int ones = 0;
  for (const std::uint8_t byte : value.subspan(address.size())) {
    ones += std::popcount(byte);
  }
  return address_text(address) + "/" + std::to_string(ones);
}

std::vector<std::string> subtree_texts(der::Reader& subtrees) {
  std::vector<std::string> texts;
  while (!subtrees.at_end()) {
    subtrees.inside(der::Tag::sequence, [&](der::Reader& subtree) {
      const x509::GeneralName base = x509::read_general_name(subtree);
      if (!subtree.failed()) {
        texts.push_back(base.kind == NameKind::ip_address ? network_text(base.value)
                                                          : name_text(base.kind, base.value));
      }
    });
  }
  return texts;
}

}  // namespace

std::array<std::uint8_t, 32> fingerprint(Bytes der) {
  const crypto::Digest digest = crypto::hash(crypto::HashId::sha256, der);
  std::array<std::uint8_t, 32> copy{};
  std::ranges::copy(digest.bytes(), copy.begin());
  return copy;
}

std::string_view name(AltName::Kind kind) {
  switch (kind) {
    case AltName::Kind::dns_name: return "dNSName";
    case AltName::Kind::ip_address: return "iPAddress";
    case AltName::Kind::rfc822_name: return "rfc822Name";
    case AltName::Kind::uniform_resource_identifier: return "uniformResourceIdentifier";
  }
  return {};
}

std::vector<AltName> alt_names(const Certificate& certificate) {
  std::vector<AltName> names;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    if (std::optional<AltName> name = alt_name(static_cast<NameKind>(kind), value)) {
      names.push_back(std::move(*name));
    }
  });
  return names;
}

std::vector<std::string> alt_name_texts(const Certificate& certificate) {
  std::vector<std::string> texts;
  certificate.each_alt_name([&](std::uint8_t kind, Bytes value) {
    texts.push_back(name_text(static_cast<NameKind>(kind), value));
  });
  return texts;
}

NameConstraintTexts name_constraint_texts(const Certificate& certificate) {
  NameConstraintTexts texts;
  der::Reader constraints(certificate.name_constraints);
  constraints.inside_if(der::context_constructed(0),
                        [&](der::Reader& subtrees) { texts.permitted = subtree_texts(subtrees); });
  constraints.inside_if(der::context_constructed(1),
                        [&](der::Reader& subtrees) { texts.excluded = subtree_texts(subtrees); });
  return texts;
}

std::vector<std::string> key_usage_texts(const Certificate& certificate) {
  const unsigned bits = certificate.key_usage.value_or(0);
  std::vector<std::string> texts;
  for (std::size_t bit = 0; bit < key_usages.size(); ++bit) {
    if ((bits >> bit & 1U) != 0) {
      texts.emplace_back(key_usages[bit]);
    }
  }
  return texts;
}

std::vector<std::string> extended_key_usage_texts(const Certificate& certificate) {
  std::vector<std::string> texts;
  der::Reader list(certificate.extended_key_usage);
  while (!list.at_end()) {
    const Bytes oid = list.object_identifier();
    if (list.failed()) {
      break;
    }
    const auto* row =
        std::ranges::find_if(purposes, [&](const Purpose& purpose) { return purpose.oid == oid; });
    texts.push_back(row != purposes.end() ? std::string(row->text) : x509::dotted(oid));
  }
  return texts;
}

std::string duration_text(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };

  for (const Unit unit : {Unit{86'400, "day"}, Unit{3'600, "hour"}, Unit{60, "minute"}}) {
    if (seconds >= unit.seconds) {
      const std::int64_t count = (seconds + unit.seconds / 2) / unit.seconds;
      return std::to_string(count) + ' ' + std::string(unit.name) + (count == 1 ? "" : "s");
    }
  }
  return "less than a minute";
}

Result<std::vector<std::vector<std::uint8_t>>> certificates_from_pem(std::string_view pem) {
  std::vector<std::vector<std::uint8_t>> certificates;
  der::PemScanner scanner(pem);
  while (const auto block = scanner.next()) {
    if (block->label != "CERTIFICATE") {
      continue;
    }
    auto der = der::decode_pem(*block);
    if (!der) {
      return std::unexpected(der.error());
    }
    certificates.push_back(std::move(*der));
  }
  if (certificates.empty()) {
    return fail(Reason::pem_malformed);
  }
  return certificates;
}

std::string certificate_to_pem(Bytes der) { return der::encode_pem("CERTIFICATE", der); }

}  // namespace handfast
