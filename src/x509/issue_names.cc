#include "x509/issue_names.h"

#include "x509/address.h"
#include "x509/distinguished_name.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace handfast::x509 {

namespace {

using der::Tag;
using der::Writer;

// An attribute that subjects may have: what it is called, its string type, and its upper bound by
// RFC 5280 §A.1 (in bytes, where that counts characters). Names, streets and parts of domains have
// none there, and get one here.
struct AttributeType {
  std::string_view name;
  der::Oid oid;
  Tag tag;
  std::size_t most;
};

constexpr std::array attribute_types = {
    AttributeType{"CN", oid::common_name, Tag::utf8_string, 64},
    AttributeType{"O", oid::organization, Tag::utf8_string, 64},
    AttributeType{"OU", oid::organizational_unit, Tag::utf8_string, 64},
    AttributeType{"C", oid::country, Tag::printable_string, 2},
    AttributeType{"ST", oid::state, Tag::utf8_string, 128},
    AttributeType{"L", oid::locality, Tag::utf8_string, 128},
    AttributeType{"STREET", oid::street, Tag::utf8_string, 128},
    AttributeType{"DC", oid::domain_component, Tag::ia5_string, 63},
    AttributeType{"UID", oid::user_id, Tag::utf8_string, 256},
    AttributeType{"serialNumber", oid::serial_number, Tag::printable_string, 64},
    AttributeType{"title", oid::title, Tag::utf8_string, 64},
    AttributeType{"GN", oid::given_name, Tag::utf8_string, 64},
    AttributeType{"organizationIdentifier", oid::organization_identifier, Tag::utf8_string, 256},
    AttributeType{"emailAddress", oid::email_address, Tag::ia5_string, 255},
};

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_keyword(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower_case, lower_case);
}

const AttributeType* find_type(std::string_view name) {
  const auto* row = std::ranges::find_if(
      attribute_types, [&](const AttributeType& type) { return same_keyword(type.name, name); });
  return row != attribute_types.end() ? row : nullptr;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z');
}

// X.680 §41.4.
bool is_printable_string(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || std::string_view(" '()+,-./:=?").contains(c);
  });
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// RFC 3629 §3: neither overlong forms nor surrogates. Control characters are nobody's name.
bool is_plain_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0x20 || first == 0x7f || (first >= 0x80 && first < 0xc2) || first > 0xf4 ||
        text.size() - at < size) {
      return false;
    }
    std::uint32_t code = size == 1 ? first : first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0U) != 0x80) {
        return false;
      }
      code = code << 6 | (next & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) {
      return false;
    }
    at += size;
  }
  return true;
}

bool may_be(const AttributeType& type, std::string_view value) {
  if (value.empty() || value.size() > type.most) {
    return false;
  }
  switch (type.tag) {
    case Tag::printable_string:
      return is_printable_string(value) && (type.name != "C" || value.size() == 2);
    case Tag::ia5_string: return is_visible_ascii(value);
    default: return is_plain_utf8(value);
  }
}

Result<> write_attribute(Writer& rdns, std::string_view type_name, std::string_view value) {
  const AttributeType* type = find_type(type_name);
  if (type == nullptr || !may_be(*type, value)) {
    return fail(Reason::subject_invalid);
  }
  rdns.inside(Tag::set, [&](Writer& set) {
    set.inside(Tag::sequence, [&](Writer& attribute) {
      attribute.object_identifier(type->oid);
      attribute.element(type->tag, value);
    });
  });
  return {};
}

std::optional<unsigned> hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t at = digits.find(lower_case(c));
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

// Takes the value at the front of `text`, up to the comma after it, and both out of `text`. RFC
// 4514 §3: a backslash stands before a special character, or before two hexadecimal digits.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  while (!text.empty() && text.front() != ',') {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '+') {
      return std::nullopt;  // relative names of several values: nobody needs to write them
    }
    if (c == '\\') {
      if (text.empty()) {
        return std::nullopt;
      }
      const auto high = hex_digit(text.front());
      const auto low = text.size() > 1 ? hex_digit(text[1]) : std::nullopt;
      c = high && low ? static_cast<char>(*high << 4 | *low) : text.front();
      text.remove_prefix(high && low ? 2 : 1);
    }
    value.push_back(c);
  }
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

Tag tag_of(NameKind kind) { return der::context(static_cast<std::uint8_t>(kind)); }

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// RFC 5280 §4.2.1.6: a mailbox of RFC 2821, local part and host, in ASCII.
bool is_mailbox(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && is_visible_ascii(text) && text.find('@') == at &&
         !text.substr(at + 1).starts_with('*') &&
         DnsName::parse_presented(bytes_of(text.substr(at + 1))).has_value();
}

// Takes `prefix` off the front of `text`, if it stands there.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  const bool has_it = text.starts_with(prefix);
  text.remove_prefix(has_it ? prefix.size() : 0);
  return has_it;
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

void write_subtree(Writer& writer, NameKind kind, Bytes base) {
  writer.inside(Tag::sequence, [&](Writer& subtree) { subtree.element(tag_of(kind), base); });
}

// Writes one constraint, and says of which kind it is; nothing if it is none.
std::optional<NameKind> write_constraint(Writer& subtrees, std::string_view text) {
  NameKind kind = NameKind::dns_name;
  if (const std::optional<std::vector<std::uint8_t>> network = network_of(text)) {
    write_subtree(subtrees, NameKind::ip_address, *network);
    return NameKind::ip_address;
  }
  if (take_prefix(text, "email:")) {
    kind = NameKind::rfc822_name;
  } else if (take_prefix(text, "URI:")) {
    kind = NameKind::uniform_resource_identifier;
  }
  // RFC 5280 §4.2.1.10: for mail and URIs a dot in front stands for every host below, and mail may
  // be one mailbox alone.
  std::string_view host = text;
  const bool is_whole_mailbox = kind == NameKind::rfc822_name && is_mailbox(text);
  if (kind != NameKind::dns_name && host.starts_with('.')) {
    host.remove_prefix(1);
  }
  if (!is_whole_mailbox && (host.empty() || !DnsName::is_base(bytes_of(host)))) {
    return std::nullopt;
  }
  write_subtree(subtrees, kind, bytes_of(text));
  return kind;
}

}  // namespace

Result<std::vector<std::uint8_t>> subject_of(const CertificateOrder& order) {
  if (!order.whole_subject.empty()) {
    der::Reader reader(order.whole_subject);
    const Bytes name = read_name(reader);
    if (!reader.complete()) {
      return fail(Reason::subject_invalid);
    }
    return std::vector<std::uint8_t>(name.begin(), name.end());
  }
  Result<> written;
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& rdns) {
    for (const NameAttribute& attribute : order.subject) {
      written = written ? write_attribute(rdns, attribute.type, attribute.value) : written;
    }
    if (written && !order.common_name.empty()) {
      written = write_attribute(rdns, "CN", order.common_name);
    }
  });
  if (!written) {
    return std::unexpected(written.error());
  }
  return writer.take();
}

Result<> write_alt_names(Writer& writer, std::span<const std::string> names) {
  for (const std::string& name : names) {
    std::string_view text = name;
    const bool is_mail = take_prefix(text, "email:") || is_mailbox(text);
    const bool is_uri = !is_mail && (take_prefix(text, "URI:") || is_url(text));
    if (is_mail || is_uri) {
      if (is_mail ? !is_mailbox(text) : !is_url(text)) {
        return fail(Reason::server_name_invalid);
      }
      writer.element(
          tag_of(is_mail ? NameKind::rfc822_name : NameKind::uniform_resource_identifier), text);
    } else if (const std::optional<Address> address = Address::parse(text)) {
      writer.element(tag_of(NameKind::ip_address), address->bytes());
    } else if (const std::optional<DnsName> dns = DnsName::parse_presented(bytes_of(text))) {
      const std::string lower = (dns->is_wildcard() ? "*." : "") + std::string(dns->text());
      writer.element(tag_of(NameKind::dns_name), std::string_view(lower));
    } else {
      return fail(Reason::server_name_invalid);
    }
  }
  return {};
}

Result<> write_name_constraints(Writer& writer, std::span<const std::string> permitted,
                                std::span<const std::string> excluded) {
  bool is_valid = true;
  bool has_dns = false;
  bool has_address = false;
  if (!permitted.empty()) {
    writer.inside(der::context_constructed(0), [&](Writer& subtrees) {
      for (const std::string& name : permitted) {
        const std::optional<NameKind> kind = write_constraint(subtrees, name);
        is_valid = is_valid && kind.has_value();
        has_dns = has_dns || kind == NameKind::dns_name;
        has_address = has_address || kind == NameKind::ip_address;
      }
    });
  }
  const bool forbids_dns = !permitted.empty() && !has_dns;
  const bool forbids_addresses = !permitted.empty() && !has_address;
  if (!excluded.empty() || forbids_dns || forbids_addresses) {
    writer.inside(der::context_constructed(1), [&](Writer& subtrees) {
      for (const std::string& name : excluded) {
        is_valid = is_valid && write_constraint(subtrees, name).has_value();
      }
      if (forbids_dns) {
        write_subtree(subtrees, NameKind::dns_name, {});
      }
      if (forbids_addresses) {
        write_subtree(subtrees, NameKind::ip_address, std::array<std::uint8_t, 8>{});
        write_subtree(subtrees, NameKind::ip_address, std::array<std::uint8_t, 32>{});
      }
    });
  }
  if (!is_valid) {
    return fail(Reason::server_name_invalid);
  }
  return {};
}

bool is_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  return colon != std::string_view::npos && colon + 3 < text.size() && text.size() <= 2048 &&
         is_visible_ascii(text) && !scheme.empty() && lower_case(scheme[0]) >= 'a' &&
         lower_case(scheme[0]) <= 'z' && std::ranges::all_of(scheme, [](char c) {
           return is_letter_or_digit(c) || std::string_view("+-.").contains(c);
         });
}

}  // namespace handfast::x509

namespace handfast {

Result<std::vector<NameAttribute>> parse_subject(std::string_view text) {
  std::vector<NameAttribute> attributes;
  while (true) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return fail(Reason::subject_invalid);
    }
    const x509::AttributeType* type = x509::find_type(x509::trimmed(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    std::optional<std::string> value = x509::take_value(text);
    if (type == nullptr || !value || !x509::may_be(*type, x509::trimmed(*value))) {
      return fail(Reason::subject_invalid);
    }
    attributes.push_back({std::string(type->name), std::string(x509::trimmed(*value))});
    if (text.empty()) {
      break;
    }
    text.remove_prefix(1);
  }
  // RFC 4514 §2.1: text begins with the last relative name.
  std::ranges::reverse(attributes);
  return attributes;
}

}  // namespace handfast
