#include "x509/name_constraints.h"

#include "der/writer.h"
#include "support/bound.h"
#include "support/expect.h"
#include "support/hex.h"
#include "x509/oids.h"

#include <span>

#include <gtest/gtest.h>

namespace handfast::x509 {
namespace {

using namespace test;
using der::Tag;
using der::Writer;
using Octets = std::vector<std::uint8_t>;

struct Name {
  unsigned kind;
  std::string value;
};

std::string address(std::string_view hex) {
  const Octets octets = from_hex(hex);
  return {octets.begin(), octets.end()};
}

void write_names(Writer& writer, const std::vector<Name>& names, bool as_subtrees) {
  for (const Name& name : names) {
    const Tag tag = name.kind == 4 || name.kind == 0
                        ? der::context_constructed(static_cast<std::uint8_t>(name.kind))
                        : der::context(static_cast<std::uint8_t>(name.kind));
    if (as_subtrees) {
      writer.inside(Tag::sequence, [&](Writer& subtree) { subtree.element(tag, name.value); });
    } else {
      writer.element(tag, name.value);
    }
  }
}

Octets constraints(const std::vector<Name>& permitted, const std::vector<Name>& excluded) {
  Writer writer;
  if (!permitted.empty()) {
    writer.inside(der::context_constructed(0), [&](Writer& w) { write_names(w, permitted, true); });
  }
  if (!excluded.empty()) {
    writer.inside(der::context_constructed(1), [&](Writer& w) { write_names(w, excluded, true); });
  }
  return writer.take();
}

Octets alt_names(const std::vector<Name>& names) {
  Writer writer;
  write_names(writer, names, false);
  return writer.take();
}

Octets subject_of(const der::Oid& type, std::string_view value) {
  Writer writer;
  writer.inside(Tag::sequence, [&](Writer& rdns) {
    rdns.inside(Tag::set, [&](Writer& set) {
      set.inside(Tag::sequence, [&](Writer& attribute) {
        attribute.object_identifier(type);
        attribute.element(Tag::ia5_string, value);
      });
    });
  });
  return writer.take();
}

Result<> check(const Octets& limits, const Octets& names, const Octets& subject = "30 00"_hex) {
  Certificate authority;
  authority.name_constraints = limits;
  authority.name_constraints_present = true;
  Certificate leaf;
  leaf.subject = subject;
  leaf.subject_alt_name = names;
  Budget budget;
  return check_name_constraints(authority, leaf, budget);
}

constexpr unsigned email = 1;
constexpr unsigned dns = 2;
constexpr unsigned directory = 4;
constexpr unsigned uri = 6;
constexpr unsigned ip = 7;

struct Case {
  const char* claim;
  std::vector<Name> permitted;
  std::vector<Name> excluded;
  std::vector<Name> names;
  bool is_good;
};

void expect(std::span<const Case> cases) {
  for (const Case& c : cases) {
    const Result<> checked = check(constraints(c.permitted, c.excluded), alt_names(c.names));
    if (c.is_good) {
      EXPECT_TRUE(checked) << c.claim;
    } else {
      EXPECT_FAILS(checked, Reason::certificate_name_constrained) << c.claim;
    }
  }
}

// clang-format off
TEST(NameConstraints, hold_dns_names_to_what_is_permitted_and_not_excluded) {
  const Name shop = {dns, "shop.test"};
  const Name bank = {dns, "bank.test"};
  const Name www = {dns, "www.shop.test"};
  const Case cases[] = {
      {"no name at all",                        {shop}, {}, {}, true},
      {"inside",                                {shop}, {}, {www}, true},
      {"the base itself",                       {shop}, {}, {{dns, "SHOP.test"}}, true},
      {"outside",                               {shop}, {}, {{dns, "www.bank.test"}}, false},
      {"one of two outside",                    {shop}, {}, {shop, bank}, false},
      {"a longer label",                        {shop}, {}, {{dns, "workshop.test"}}, false},
      {"one of two bases",                      {bank, shop}, {}, {shop}, true},
      {"excluded",                              {}, {shop}, {www}, false},
      {"not excluded",                          {}, {shop}, {bank}, true},
      {"permitted and excluded",                {{dns, "test"}}, {shop}, {www}, false},
      {"permitted beside excluded",             {{dns, "test"}}, {shop}, {bank}, true},
      {"all excluded",                          {}, {{dns, ""}}, {{dns, "a.test"}}, false},
      {"a wildcard inside",                     {shop}, {}, {{dns, "*.shop.test"}}, true},
      {"a wildcard that reaches out",           {www}, {}, {{dns, "*.shop.test"}}, false},
      {"a wildcard that may be excluded",       {}, {www}, {{dns, "*.shop.test"}}, false},
      {"a wildcard beside what is excluded",    {}, {{dns, "a.www.shop.test"}}, {{dns, "*.shop.test"}}, true},
      {"a malformed name under a limit",        {shop}, {}, {{dns, "a b.shop.test"}}, false},
      {"a malformed name under an exclusion",   {}, {shop}, {{dns, "-.bank.test"}}, false},
      {"a trailing dot",                        {}, {shop}, {{dns, "www.shop.test."}}, false},
  };
  expect(cases);
}

TEST(NameConstraints, hold_addresses_to_networks) {
  const Name network = {ip, address("c0000200 ffffff00")};
  const Name wide = {ip, address("ac100000 fff00000")};
  const Name version6 = {ip, address("20010db8 00000000 00000000 00000000 ffffffff 00000000 00000000 00000000")};
  const Case cases[] = {
      {"no limit on DNS",        {network}, {}, {{dns, "a.test"}}, true},
      {"inside",                 {network}, {}, {{ip, address("c00002ff")}}, true},
      {"outside",                {network}, {}, {{ip, address("c0000300")}}, false},
      {"half a byte of mask",    {wide}, {}, {{ip, address("ac1f0001")}}, true},
      {"beyond half a byte",     {wide}, {}, {{ip, address("ac200001")}}, false},
      {"excluded",               {}, {network}, {{ip, address("c0000201")}}, false},
      {"version 6 under 4",      {network}, {}, {{ip, address("00000000 00000000 00000000 00000001")}}, false},
      {"version 6 inside",       {version6}, {}, {{ip, address("20010db8 00000000 00000000 00000001")}}, true},
      {"version 6 outside",      {version6}, {}, {{ip, address("20010db9 00000000 00000000 00000001")}}, false},
  };
  expect(cases);
}

TEST(NameConstraints, hold_mailboxes_to_mailboxes_hosts_and_domains) {
  const Name host = {email, "shop.test"};
  const Name domain = {email, ".shop.test"};
  const Name box = {email, "Ann@shop.test"};
  const Name ann = {email, "ann@shop.test"};
  const Case cases[] = {
      {"no limit on mailboxes",                {{dns, "shop.test"}}, {}, {{email, "a@bank.test"}}, true},
      {"on the host",                          {host}, {}, {{email, "a@SHOP.test"}}, true},
      {"on a host below it",                   {host}, {}, {{email, "a@mail.shop.test"}}, false},
      {"in the domain",                        {domain}, {}, {{email, "a@mail.shop.test"}}, true},
      {"on the domain itself",                 {domain}, {}, {{email, "a@shop.test"}}, false},
      {"on a host that only ends alike",       {host}, {}, {{email, "a@workshop.test"}}, false},
      {"the mailbox",                          {box}, {}, {{email, "Ann@shop.test"}}, true},
      {"another local part",                   {box}, {}, {ann}, false},
      {"the mailbox elsewhere",                {box}, {}, {{email, "Ann@bank.test"}}, false},
      {"any",                                  {{email, ""}}, {}, {ann}, true},
      {"excluded host",                        {}, {host}, {ann}, false},
      {"excluded domain",                      {}, {domain}, {{email, "a@mail.shop.test"}}, false},
      {"beside an excluded domain",            {}, {domain}, {ann}, true},
      {"excluded in another case",             {}, {box}, {ann}, false},
      {"an asterisk is a letter like others",  {{email, "*@shop.test"}}, {}, {ann}, false},
      {"two at signs",                         {host}, {}, {{email, "a@b@shop.test"}}, false},
      {"no at sign",                           {host}, {}, {{email, "shop.test"}}, false},
      {"no local part",                        {host}, {}, {{email, "@shop.test"}}, false},
      {"a quoted at sign",                     {host}, {}, {{email, "\"a@b\"@shop.test"}}, true},
      {"quotes that may hide the same",        {}, {box}, {{email, "\"Ann\"@shop.test"}}, false},
      {"an address for a host",                {}, {host}, {{email, "a@[192.0.2.1]"}}, false},
      {"a limit that is none",                 {{email, "a@b@c"}}, {}, {ann}, false},
  };
  expect(cases);
}

TEST(NameConstraints, hold_uris_to_hosts_and_domains) {
  const Name host = {uri, "shop.test"};
  const Name domain = {uri, ".shop.test"};
  const Case cases[] = {
      {"the host",                  {host}, {}, {{uri, "https://Shop.test:8443/a?b#c"}}, true},
      {"a host below it",           {host}, {}, {{uri, "https://www.shop.test/"}}, false},
      {"in the domain",             {domain}, {}, {{uri, "https://www.shop.test/"}}, true},
      {"the domain itself",         {domain}, {}, {{uri, "https://shop.test/"}}, false},
      {"excluded",                  {}, {host}, {{uri, "https://shop.test"}}, false},
      {"not excluded",              {}, {host}, {{uri, "https://bank.test"}}, true},
      {"a user before the host",    {}, {host}, {{uri, "https://bank.test@shop.test/"}}, false},
      {"two users",                 {}, {host}, {{uri, "https://a@b@bank.test/"}}, false},
      {"a path that looks like it", {}, {host}, {{uri, "https://bank.test/://shop.test"}}, true},
      {"no authority",              {}, {host}, {{uri, "urn:shop"}}, false},
      {"an address",                {}, {host}, {{uri, "https://192.0.2.1/"}}, false},
      {"a port that is none",       {}, {host}, {{uri, "https://bank.test:x/"}}, false},
  };
  expect(cases);
}

TEST(NameConstraints, refuse_names_of_a_limited_kind_that_they_cannot_compare) {
  const std::string utf8_mailbox("\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09\xa0\x07\x0c\x05" "a@b.c", 19);
  const Name other = {0, std::string("\x06\x01\x2a\xa0\x02\x05\x00", 7)};
  const Case cases[] = {
      {"another name under a limit",       {other}, {}, {other}, false},
      {"another name under an exclusion",  {}, {other}, {other}, false},
      {"no name of the limited kinds",     {{uri, "bank.test"}}, {{email, "x"}}, {{dns, "shop.test"}}, true},
      {"a mailbox beyond ASCII",           {{email, "b.c"}}, {}, {{0, utf8_mailbox}}, false},
      {"the same where none is limited",   {{dns, "b.c"}}, {}, {{0, utf8_mailbox}}, true},
  };
  expect(cases);
}

// clang-format on

TEST(NameConstraints, hold_the_subject_to_directory_names) {
  const auto text = [](const Octets& der) { return std::string(der.begin(), der.end()); };
  const Octets shop = subject_of(oid::organization, "Shop");
  const Octets bank = subject_of(oid::organization, "Bank");
  const Octets limits = constraints({{directory, text(shop)}}, {});
  EXPECT_TRUE(check(limits, {}, shop));
  EXPECT_FAILS(check(limits, {}, bank), Reason::certificate_name_constrained);
  EXPECT_TRUE(check(limits, {})) << "an empty subject is no name";
  EXPECT_FAILS(check(limits, alt_names({{directory, text(bank)}}), shop),
               Reason::certificate_name_constrained);
}

TEST(NameConstraints, that_exclude_are_not_dodged_by_another_spelling) {
  const auto named = [](Tag tag, std::string_view value) {
    Writer writer;
    writer.inside(Tag::sequence, [&](Writer& rdns) {
      rdns.inside(Tag::set, [&](Writer& set) {
        set.inside(Tag::sequence, [&](Writer& attribute) {
          attribute.object_identifier(oid::organization);
          attribute.element(tag, value);
        });
      });
    });
    return writer.take();
  };
  const auto text = [](const Octets& der) { return std::string(der.begin(), der.end()); };
  const Octets limits = constraints({}, {{directory, text(named(Tag::utf8_string, "Bank"))}});
  const auto is_refused = [&](Tag tag, std::string_view value) {
    return !check(limits, {}, named(tag, value)).has_value();
  };
  EXPECT_TRUE(is_refused(Tag::printable_string, "BANK"));
  EXPECT_TRUE(is_refused(Tag::teletex_string, "bank"));
  EXPECT_TRUE(is_refused(Tag::general_string, "Bank"));
  EXPECT_TRUE(is_refused(Tag::bmp_string, {"\0B\0a\0n\0k", 8}));
  EXPECT_TRUE(is_refused(Tag::universal_string, {"\0\0\0B\0\0\0a\0\0\0n\0\0\0k", 16}));
  EXPECT_TRUE(is_refused(Tag::utf8_string, " bank "));
  EXPECT_TRUE(is_refused(Tag::utf8_string, "B\xc3\xa4nk")) << "who knows what folds to what";
  EXPECT_FALSE(is_refused(Tag::teletex_string, "Shop"));
  EXPECT_FALSE(is_refused(Tag::bmp_string, {"\0S\0h\0o\0p", 8}));
  EXPECT_FALSE(is_refused(Tag::utf8_string, "Bankers"));
}

TEST(NameConstraints, see_the_e_mail_address_in_a_subject) {
  const Octets limits = constraints({}, {{email, "bank.test"}});
  EXPECT_FAILS(check(limits, {}, subject_of(oid::email_address, "a@bank.test")),
               Reason::certificate_name_constrained);
  EXPECT_TRUE(check(limits, {}, subject_of(oid::email_address, "a@shop.test")));
  EXPECT_TRUE(check(limits, {}, subject_of(oid::common_name, "a@bank.test")));
}

TEST(NameConstraints, of_long_names_cost_no_more_than_short_ones) {
  // Directory names of 1 KiB that differ in their last letter, as many as fit into a message.
  const auto name_ending = [](char last) {
    std::string text(1000, 'a');
    text.back() = last;
    const Octets der = subject_of(oid::organization, text);
    return Name{directory, std::string(der.begin(), der.end())};
  };
  const std::vector<Name> bases(60, name_ending('b'));
  const std::vector<Name> names(60, name_ending('c'));
  const std::vector<Name> few(2, name_ending('c'));
  EXPECT_TRUE(check(constraints({}, bases), alt_names(few)));
  const Result<> checked =
      test::within_bar([&] { return check(constraints({}, bases), alt_names(names)); });
  EXPECT_TRUE(checked || checked.error().reason == Reason::budget_spent);
}

TEST(NameConstraints, cost_no_more_than_the_budget_has) {
  std::vector<Name> bases;
  std::vector<Name> names;
  for (std::size_t i = 0; i < 1000; ++i) {
    bases.push_back({dns, "b" + std::to_string(i) + ".example.test"});
    names.push_back({dns, "a" + std::to_string(i) + ".b999.example.test"});
  }
  const Octets limits = constraints(bases, bases);
  const Octets alternatives = alt_names(names);
  EXPECT_FAILS(check(constraints(bases, {{dns, "other.test"}}), alternatives),
               Reason::budget_spent);
}

}  // namespace
}  // namespace handfast::x509
