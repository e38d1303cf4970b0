#include "x509/name_constraints.h"

#include "base/limits.h"
#include "der/reader.h"
#include "x509/distinguished_name.h"
#include "x509/dns_name.h"
#include "x509/extensions.h"
#include "x509/mailbox.h"
#include "x509/oids.h"

#include <algorithm>
#include <optional>

namespace handfast::x509 {

namespace {

using der::Reader;
using der::Tag;

enum class Side : std::uint8_t { permitted = 0, excluded = 1 };

// Reads one GeneralSubtree. RFC 5280 §4.2.1.10: "the minimum MUST be zero, and maximum MUST be
// absent", so both are left out in DER.
GeneralName read_subtree(Reader& subtrees) {
  GeneralName base;
  subtrees.inside(Tag::sequence, [&](Reader& fields) { base = read_general_name(fields); });
  return base;
}

// An address and a mask of the same size, whose ones come before its zeros (RFC 4632 §3.1).
bool is_network(Bytes base) {
  if (base.size() != 8 && base.size() != 32) {
    return false;
  }
  bool in_ones = true;
  for (const std::uint8_t octet : base.subspan(base.size() / 2)) {
    const unsigned zeros = 0xffU ^ octet;
    const bool is_unbroken = (zeros & (zeros + 1)) == 0;
    if (!is_unbroken || (!in_ones && octet != 0)) {
      return false;
    }
    in_ones = octet == 0xff;
  }
  return true;
}

bool is_valid_base(const GeneralName& base) {
  switch (base.kind) {
    case NameKind::dns_name: return DnsName::is_base(base.value);
    case NameKind::ip_address: return is_network(base.value);
    default: return true;
  }
}

bool is_in_network(Bytes address, Bytes network) {
  if (network.size() != 2 * address.size()) {
    return false;
  }
  const Bytes base = network.first(address.size());
  const Bytes mask = network.subspan(address.size());
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address[i] ^ base[i]) & mask[i]) != 0) {
      return false;
    }
  }
  return true;
}

// A name as it is compared: its kind and content, and for a DNS name its normal form, if it has
// one.
struct ComparedName {
  explicit ComparedName(const GeneralName& name)
      : kind(name.kind), value(name.value),
        dns(kind == NameKind::dns_name                      ? DnsName::parse_presented(value)
            : kind == NameKind::uniform_resource_identifier ? uri_host(value)
                                                            : std::nullopt),
        mailbox(kind == NameKind::rfc822_name ? Mailbox::parse(value) : std::nullopt) {}

  NameKind kind;
  Bytes value;
  std::optional<DnsName> dns;  // of a URI its host
  std::optional<Mailbox> mailbox;
};

// RFC 5280 §4.2.1.10: ".example.com" stands for every host below it, but not for itself, and
// "example.com" for itself alone. Nothing if the base is no such thing.
std::optional<bool> is_host_in(const DnsName& host, Bytes base) {
  const bool is_domain = !base.empty() && base[0] == '.';
  const Bytes name = is_domain ? base.subspan(1) : base;
  if (!DnsName::is_base(name) || (is_domain && name.empty())) {
    return std::nullopt;
  }
  const bool is_whole = host.text().size() == name.size();
  return base.empty() || (host.is_under(name) && is_whole != is_domain);
}

// RFC 5280 §7.5 compares local parts exactly; what is excluded is excluded in any case, since mail
// goes to the same box in nearly every.
bool is_same_local_part(Bytes a, Bytes b, Side side) {
  const auto folded = [&](std::uint8_t c) -> std::uint8_t {
    return side == Side::excluded && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  };
  return std::ranges::equal(a, b, {}, folded, folded);
}

std::optional<bool> is_mailbox_in(const Mailbox& mailbox, Bytes base, Side side) {
  if (std::ranges::find(base, std::uint8_t{'@'}) == base.end()) {
    return is_host_in(mailbox.host, base);
  }
  const std::optional<Mailbox> only = Mailbox::parse(base);
  // A part with quotes may be the same as one without.
  const bool is_quoted = mailbox.local[0] == '"' || (only && only->local[0] == '"');
  if (!only || (is_quoted && !der::equal(only->local, mailbox.local))) {
    return std::nullopt;
  }
  return is_same_local_part(only->local, mailbox.local, side) &&
         only->host.text() == mailbox.host.text();
}

bool is_smtp_utf8_mailbox(const ComparedName& name) {
  return name.kind == NameKind::other_name &&
         oid::smtp_utf8_mailbox == Reader(name.value).object_identifier();
}

// Whether `name` lies in the subtree of `base`, both of the same kind; nothing if that cannot be
// told.
std::optional<bool> lies_in(const ComparedName& name, const GeneralName& base, Side side) {
  switch (name.kind) {
    case NameKind::dns_name:
      if (!name.dns) {
        return std::nullopt;
      }
      return side == Side::permitted ? name.dns->is_under(base.value)
                                     : name.dns->may_be_under(base.value);
    case NameKind::ip_address: return is_in_network(name.value, base.value);
    case NameKind::directory_name:
      return side == Side::permitted ? is_within_name(name.value, base.value)
                                     : may_be_within_name(name.value, base.value);
    case NameKind::rfc822_name:
      return name.mailbox ? is_mailbox_in(*name.mailbox, base.value, side) : std::nullopt;
    case NameKind::uniform_resource_identifier:
      return name.dns ? is_host_in(*name.dns, base.value) : std::nullopt;
    default: return std::nullopt;
  }
}

// Within an RDN each attribute of `base` is compared with each of `name`; and those of `name` are
// counted.
std::size_t directory_name_cost(Bytes base, Bytes name) {
  std::size_t cost = 1 + name.size() / 32;
  Reader rdns(Reader(base).read(Tag::sequence));
  while (!rdns.at_end()) {
    const Bytes set = rdns.read(Tag::set);
    std::size_t width = 0;
    for (Reader attributes(set); !attributes.at_end(); ++width) {
      attributes.any();
    }
    cost += width * (width + set.size() / 8);
  }
  return cost;
}

// What a comparison costs at most, in those of two short names. Long ones take longer, even to be
// passed over.
std::uint32_t cost_of(const GeneralName& base, const ComparedName& name) {
  constexpr std::size_t short_one = 64;
  const std::size_t size = base.value.size();
  const bool is_directory_name = base.kind == NameKind::directory_name && name.kind == base.kind;
  return static_cast<std::uint32_t>(is_directory_name ? directory_name_cost(base.value, name.value)
                                    : size <= short_one ? 1
                                                        : size / 8);
}

// Whether one name passes the constraints. RFC 5280 §6.1.3 (b), (c): within one of the permitted
// subtrees of its kind, if there are any, and within none of the excluded ones.
Result<> check_name(Bytes constraints, const ComparedName& name, Budget& budget) {
  bool is_limited = false;
  bool is_permitted = false;
  Reader reader(constraints);
  for (const Side side : {Side::permitted, Side::excluded}) {
    Reader subtrees(reader.read_if(der::context_constructed(static_cast<std::uint8_t>(side)))
                        .value_or(Bytes{}));
    while (!subtrees.at_end()) {
      const GeneralName base = read_subtree(subtrees);
      if (!budget.spend_comparisons(cost_of(base, name))) {
        return fail(Reason::budget_spent);
      }
      // RFC 9598 §6 has constraints on rfc822Name bind SmtpUTF8Mailbox too, which is not read here.
      if (base.kind == NameKind::rfc822_name && is_smtp_utf8_mailbox(name)) {
        return fail(Reason::certificate_name_constrained);
      }
      if (base.kind != name.kind) {
        continue;
      }
      const std::optional<bool> is_inside = lies_in(name, base, side);
      if (!is_inside || (side == Side::excluded && *is_inside)) {
        return fail(Reason::certificate_name_constrained);
      }
      is_limited |= side == Side::permitted;
      is_permitted |= side == Side::permitted && *is_inside;
    }
  }
  if (is_limited && !is_permitted) {
    return fail(Reason::certificate_name_constrained);
  }
  return {};
}

}  // namespace

bool is_valid_name_constraints(Bytes constraints) {
  std::size_t count = 0;
  Reader reader(constraints);
  // "Conforming CAs MUST NOT issue certificates where name constraints is an empty sequence."
  reader.require(!reader.at_end());
  for (const Side side : {Side::permitted, Side::excluded}) {
    reader.inside_if(
        der::context_constructed(static_cast<std::uint8_t>(side)), [&](Reader& subtrees) {
          subtrees.require(!subtrees.at_end());
          while (!subtrees.at_end()) {
            const GeneralName base = read_subtree(subtrees);
            subtrees.require(is_valid_base(base) && ++count <= limits::names_in_certificate);
          }
        });
  }
  return reader.complete();
}

Result<> check_name_constraints(const Certificate& authority, const Certificate& certificate,
                                Budget& budget) {
  // Names are read even if there is nothing to compare them with.
  constexpr std::size_t octets_in_comparison = 16;
  const std::size_t size = certificate.subject.size() + certificate.subject_alt_name.size();
  if (!budget.spend_comparisons(static_cast<std::uint32_t>(size / octets_in_comparison))) {
    return fail(Reason::budget_spent);
  }
  if (!is_empty_name(certificate.subject)) {
    const Result<> checked =
        check_name(authority.name_constraints,
                   ComparedName({NameKind::directory_name, certificate.subject}), budget);
    if (!checked) {
      return checked;
    }
  }
  // RFC 5280 §4.2.1.10: constraints on rfc822Name bind the emailAddress of the subject too.
  Attributes subject(certificate.subject);
  while (const std::optional<Attribute> attribute = subject.next()) {
    if (oid::email_address == attribute->type) {
      const Result<> checked =
          check_name(authority.name_constraints,
                     ComparedName({NameKind::rfc822_name, attribute->value}), budget);
      if (!checked) {
        return checked;
      }
    }
  }
  Bytes rest = certificate.subject_alt_name;
  while (!rest.empty()) {
    Reader names(rest);
    const GeneralName name = read_general_name(names);
    rest = names.rest();
    const Result<> checked = check_name(authority.name_constraints, ComparedName(name), budget);
    if (!checked) {
      return checked;
    }
  }
  return {};
}

}  // namespace handfast::x509
