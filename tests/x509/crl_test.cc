#include "der/pem.h"
#include "support/expect.h"
#include "support/hex.h"
#include "x509/crl_check.h"
#include "x509/lists.h"
#include "x509/oids.h"

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using Status = RevocationFinding::Status;

Octets copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// A finding as a result: what was found good, or why nothing was believed.
Result<RevocationFinding> proof(const RevocationFinding& finding) {
  if (finding.status == Status::good) {
    return finding;
  }
  return fail(finding.status == Status::revoked ? Reason::certificate_revoked
                                                : finding.flaw.value_or(Reason::internal));
}

// What lists say of the leaf of a chain, and of what stands beside it.
class Look {
 public:
  explicit Look(std::vector<Party> path) : path_(std::move(path)) {}

  Look& beside(const Party& party) {
    pem_ += der::encode_pem("CERTIFICATE", party.der);
    return *this;
  }

  Look& at(UnixTime time) {
    now_ = time;
    return *this;
  }

  Look& policy(const RevocationPolicy& policy) {
    policy_ = policy;
    return *this;
  }

  Look& limits(const Certificate* limits) {
    limits_ = limits;
    return *this;
  }

  Look& path_length(std::uint8_t length) {
    path_length_ = length;
    return *this;
  }

  [[nodiscard]] Result<RevocationFinding> in(std::vector<Octets> files) const {
    if (!pem_.empty()) {
      files.emplace_back(pem_.begin(), pem_.end());
    }
    const auto parsed = RevocationLists::parse(std::move(files));
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
    std::vector<Certificate> certificates;
    for (const Party& party : path_) {
      certificates.push_back(party.certificate());
    }
    const x509::CrlTerms terms = {.store = (*parsed)->store(),
                                  .now = now_,
                                  .policy = policy_,
                                  .anchor_limits = limits_,
                                  .path_length = path_length_};
    Budget budget;
    x509::CrlCheck check(terms, certificates, nullptr, budget);
    Result<RevocationFinding> found = proof(check.judge(certificates[0], certificates[1]));
    if (found) {  // nothing may hang on lists that are gone
      found->issuer = found->number = {};
    }
    return found;
  }

 private:
  std::vector<Party> path_;
  std::string pem_;
  UnixTime now_ = test::now;
  RevocationPolicy policy_;
  const Certificate* limits_ = nullptr;
  std::optional<std::uint8_t> path_length_;
};

struct Two {
  Party root = make(authority_order("Root"));
  Party leaf = make(leaf_order(), &root);

  [[nodiscard]] Look look() const { return Look({leaf, root}); }
};

template <class Change>
ListOrder list_with(Change&& change) {
  ListOrder order;
  change(order);
  return order;
}

// ---- form

TEST(Crl, gives_what_it_holds) {
  const Two two;
  const Octets der =
      make_list({.entries = {entry_of(two.leaf, RevocationReason::key_compromise)}}, two.root);
  const auto crl = x509::Crl::parse(der);
  ASSERT_TRUE(crl);
  EXPECT_FALSE(crl->is_version_1);
  EXPECT_EQ(copy(crl->issuer), copy(two.root.certificate().subject));
  EXPECT_EQ(crl->this_update.seconds, test::now.seconds - day);
  EXPECT_EQ(crl->next_update->seconds, test::now.seconds + day);
  EXPECT_EQ(copy(crl->number), Octets{7});
  EXPECT_EQ(copy(crl->authority_key_id), copy(two.root.certificate().subject_key_id));
  EXPECT_FALSE(crl->base_number || crl->distribution_point || crl->unknown_critical_extension);
  x509::CrlEntries entries(*crl);
  const auto entry = entries.next();
  ASSERT_TRUE(entry);
  EXPECT_EQ(copy(entry->serial), copy(two.leaf.certificate().serial));
  EXPECT_EQ(entry->reason, RevocationReason::key_compromise);
  EXPECT_EQ(entry->revoked_at.seconds, test::now.seconds - 2 * day);
  EXPECT_FALSE(entries.next());
}

TEST(Crl, refuses_every_truncation_and_leftover) {
  const Two two;
  const Octets der = make_list({.entries = {entry_of(two.leaf)}}, two.root);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FAILS(x509::Crl::parse(Bytes(der).first(size)), Reason::crl_malformed);
  }
  Octets longer = der;
  longer.push_back(0);
  EXPECT_FAILS(x509::Crl::parse(longer), Reason::crl_malformed);
}

TEST(Crl, refuses_what_its_form_forbids) {
  const Two two;
  const auto parse = [&](const ListOrder& order) {
    static Octets der;
    der = make_list(order, two.root);
    return x509::Crl::parse(der);
  };
  EXPECT_TRUE(parse({}));
  // An entry that names another's issuer, in a list that is not indirect.
  EXPECT_FAILS(parse({.entries = {{.serial = {1},
                                   .certificate_issuer = copy(two.root.certificate().subject)}}}),
               Reason::crl_malformed);
  // Entry extensions in version 1.
  EXPECT_FAILS(
      parse({.entries = {entry_of(two.leaf, RevocationReason::superseded)}, .is_version_1 = true}),
      Reason::crl_malformed);
  EXPECT_FAILS(parse({.extras = {unknown_extension(false), unknown_extension(false)}}),
               Reason::crl_malformed);
  EXPECT_FAILS(parse({.extras = {issuing_distribution_point({})}}), Reason::crl_malformed);
  EXPECT_FAILS(parse({.extras = {issuing_distribution_point(
                          {.only_user = true, .only_authorities = true})}}),
               Reason::crl_malformed);
  EXPECT_FAILS(parse({.extras = {{.id = x509::oid::crl_number, .value = Octets(23, 1)}},
                      .number = std::nullopt}),
               Reason::crl_malformed);
  EXPECT_FAILS(parse({.next_update = UnixTime{test::now.seconds - 2 * day}}),
               Reason::crl_malformed);
  EXPECT_FAILS(parse({.entries = {{.serial = {1}, .reason = RevocationReason{7}}}}),
               Reason::crl_malformed);
}

// ---- status

TEST(CrlCheck, tells_good_from_revoked) {
  const Two two;
  const Party other = make(leaf_order(), &two.root);
  EXPECT_TRUE(two.look().in({make_list({}, two.root)}));
  EXPECT_TRUE(two.look().in({make_list({.entries = {entry_of(other)}}, two.root)}));
  EXPECT_TRUE(two.look().in({make_list({.is_version_1 = true}, two.root)}));
  EXPECT_FAILS(
      two.look().in({make_list({.entries = {entry_of(other), entry_of(two.leaf)}}, two.root)}),
      Reason::certificate_revoked);
}

TEST(CrlCheck, compares_serial_numbers_whole) {
  const Two two;
  Octets serial = copy(two.leaf.certificate().serial);
  Octets longer = serial;
  longer.push_back(0);
  Octets shorter(serial.begin(), serial.end() - 1);
  Octets later = serial;
  later.back() ^= 1U;
  EXPECT_TRUE(two.look().in({make_list(
      {.entries = {{.serial = longer}, {.serial = shorter}, {.serial = later}}}, two.root)}));
}

TEST(CrlCheck, finds_nothing_without_a_list_of_the_issuer) {
  const Two two;
  const Two other;
  const Party namesake = make(authority_order("Elsewhere"));
  EXPECT_FAILS(two.look().in({make_list({}, namesake)}), Reason::crl_missing);
  // The same name, but another key.
  EXPECT_FAILS(two.look().in({make_list({}, other.root)}), Reason::crl_signature_invalid);
  EXPECT_FAILS(RevocationLists::parse({}), Reason::pem_malformed);
  EXPECT_FAILS(RevocationLists::parse({{'#', ' ', 'n', 'o'}}), Reason::pem_malformed);
}

TEST(CrlCheck, believes_a_list_only_within_its_dates) {
  const Two two;
  const std::vector<Octets> list = {make_list({}, two.root)};
  const std::int64_t now = test::now.seconds;
  EXPECT_TRUE(two.look().at({now + day}).in(list));
  EXPECT_FAILS(two.look().at({now + day + 1}).in(list), Reason::crl_expired);
  EXPECT_TRUE(two.look().at({now - day - 300}).in(list));
  EXPECT_FAILS(two.look().at({now - day - 301}).in(list), Reason::crl_not_yet_valid);
  const std::vector<Octets> endless = {make_list({.next_update = std::nullopt}, two.root)};
  EXPECT_TRUE(two.look().at({now + 6 * day}).in(endless));
  EXPECT_FAILS(two.look().at({now + 6 * day + 1}).in(endless), Reason::crl_expired);
  EXPECT_FAILS(two.look().policy({.age = 3600}).in(list), Reason::crl_expired);
}

TEST(CrlCheck, takes_the_newest_of_several) {
  const Two two;
  const Octets old =
      make_list({.this_update = {test::now.seconds - 3 * day}, .number = 1}, two.root);
  const Octets fresh = make_list({.entries = {entry_of(two.leaf)}, .number = 2}, two.root);
  EXPECT_FAILS(two.look().in({old, fresh}), Reason::certificate_revoked);
  EXPECT_FAILS(two.look().in({fresh, old}), Reason::certificate_revoked);
}

TEST(CrlCheck, uses_no_list_with_an_unknown_critical_extension) {
  const Two two;
  EXPECT_TRUE(two.look().in({make_list({.extras = {unknown_extension(false)}}, two.root)}));
  EXPECT_FAILS(two.look().in({make_list({.extras = {unknown_extension(true)}}, two.root)}),
               Reason::crl_extension_unknown);
  EXPECT_FAILS(two.look().in({make_list(
                   {.entries = {{.serial = {1}, .has_unknown_critical = true}}}, two.root)}),
               Reason::crl_extension_unknown);
  EXPECT_FAILS(
      two.look().in({make_list(
          {.extras = {{.id = x509::oid::crl_number, .is_critical = true, .value = {2, 1, 7}}},
           .number = std::nullopt},
          two.root)}),
      Reason::crl_extension_unknown);
  EXPECT_FAILS(two.look().in({make_list({.number = std::nullopt}, two.root)}),
               Reason::crl_number_missing);
}

TEST(CrlCheck, lets_only_those_sign_who_may) {
  CertificateOrder order = authority_order("Root");
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::key_cert_sign);
  const Party root = make(order);
  const Party leaf = make(leaf_order(), &root);
  EXPECT_FAILS(Look({leaf, root}).in({make_list({}, root)}), Reason::crl_signer_unknown);
}

// ---- scope

TEST(CrlCheck, heeds_what_a_list_speaks_of) {
  const Two two;
  const auto in = [&](const ScopeOrder& scope) {
    return two.look().in({make_list({.extras = {issuing_distribution_point(scope)}}, two.root)});
  };
  EXPECT_TRUE(in({.only_user = true}));
  EXPECT_FAILS(in({.only_authorities = true}), Reason::crl_out_of_scope);
  EXPECT_FAILS(in({.only_attributes = true}), Reason::crl_out_of_scope);
  EXPECT_FAILS(in({.url = "http://shop.test/a.crl"}), Reason::crl_out_of_scope);
  EXPECT_TRUE(in({.is_indirect = true}));
  const Party middle = make(authority_order("Middle"), &two.root);
  const Look of_middle({middle, two.root});
  EXPECT_TRUE(of_middle.in(
      {make_list({.extras = {issuing_distribution_point({.only_authorities = true})}}, two.root)}));
  EXPECT_FAILS(of_middle.in({make_list(
                   {.extras = {issuing_distribution_point({.only_user = true})}}, two.root)}),
               Reason::crl_out_of_scope);
}

TEST(CrlCheck, matches_distribution_points_by_their_names) {
  const Two two;
  const Octets rdn = "30 0a 06 03 55 04 03 0c 03 43 52 4c"_hex;  // CN=CRL
  const auto with = [&](const PointOrder& point) {
    return Look({with_extensions(two.leaf, {distribution_points({point})}, two.root), two.root});
  };
  const auto scoped = [&](const ScopeOrder& scope) {
    return std::vector<Octets>{
        make_list({.extras = {issuing_distribution_point(scope)}}, two.root)};
  };
  const Look by_url = with({.url = "http://shop.test/a.crl"});
  EXPECT_TRUE(by_url.in(scoped({.url = "http://shop.test/a.crl"})));
  EXPECT_FAILS(by_url.in(scoped({.url = "http://shop.test/b.crl"})), Reason::crl_out_of_scope);
  EXPECT_TRUE(by_url.in({make_list({}, two.root)}));
  EXPECT_TRUE(with({.relative = rdn}).in(scoped({.relative = rdn})));
  Octets other_rdn = rdn;
  other_rdn.back() = 'M';
  EXPECT_FAILS(with({.relative = rdn}).in(scoped({.relative = other_rdn})),
               Reason::crl_out_of_scope);
  EXPECT_FAILS(by_url.in(scoped({.relative = rdn})), Reason::crl_out_of_scope);
}

TEST(CrlCheck, knows_a_list_by_an_alternative_name_of_the_issuer) {
  const Two two;
  const std::string url = "http://shop.test/a.crl";
  Octets names = {0x30, static_cast<std::uint8_t>(url.size() + 2), 0x86,
                  static_cast<std::uint8_t>(url.size())};
  names.insert(names.end(), url.begin(), url.end());
  const Party named =
      with_extensions(two.leaf, {{.id = x509::oid::issuer_alt_name, .value = names}}, two.root);
  const std::vector<Octets> list = {
      make_list({.extras = {issuing_distribution_point({.url = url})}}, two.root)};
  EXPECT_TRUE(Look({named, two.root}).in(list));
  EXPECT_FAILS(two.look().in(list), Reason::crl_out_of_scope);
}

TEST(CrlCheck, wants_all_reasons_told) {
  const Two two;
  constexpr std::uint16_t key_compromise = 1U << 1;
  const auto some = [&](std::uint16_t reasons, std::vector<EntryOrder> entries = {}) {
    return make_list({.entries = std::move(entries),
                      .extras = {issuing_distribution_point({.only_some_reasons = reasons})}},
                     two.root);
  };
  const Octets compromise = some(key_compromise);
  const auto rest = static_cast<std::uint16_t>(x509::all_reasons & ~key_compromise);
  EXPECT_FAILS(two.look().in({compromise}), Reason::crl_incomplete);
  EXPECT_TRUE(two.look().in({compromise, some(rest)}));
  EXPECT_FAILS(two.look().in({compromise, some(rest, {entry_of(two.leaf)})}),
               Reason::certificate_revoked);
}

// ---- delta CRLs

TEST(CrlCheck, combines_a_complete_list_with_a_newer_delta) {
  const Two two;
  const Octets clean = make_list({.number = 5}, two.root);
  const Octets held = make_list(
      {.entries = {entry_of(two.leaf, RevocationReason::certificate_hold)}, .number = 5}, two.root);
  const auto delta = [&](std::vector<EntryOrder> entries, std::uint32_t number,
                         std::uint32_t base) {
    return make_list({.entries = std::move(entries), .number = number, .base = base}, two.root);
  };
  const Octets revokes = delta({entry_of(two.leaf)}, 6, 5);
  EXPECT_FAILS(two.look().in({clean, revokes}), Reason::certificate_revoked);
  EXPECT_TRUE(
      two.look().in({held, delta({entry_of(two.leaf, RevocationReason::remove_from_crl)}, 6, 4)}));
  EXPECT_FAILS(two.look().in({held, delta({}, 6, 5)}), Reason::certificate_revoked);
  EXPECT_FAILS(two.look().in({revokes}), Reason::crl_missing) << "no delta stands alone";
  // Deltas that do not fit: a later base, an older number, another signer.
  EXPECT_TRUE(two.look().in({clean, delta({entry_of(two.leaf)}, 7, 6)}));
  EXPECT_TRUE(two.look().in({clean, delta({entry_of(two.leaf)}, 5, 3)}));
  EXPECT_TRUE(two.look().in(
      {clean,
       make_list({.entries = {entry_of(two.leaf)}, .number = 6, .base = 5, .has_key_id = true},
                 Two().root)}));
}

TEST(CrlCheck, takes_a_stale_list_with_a_current_delta) {
  const Two two;
  const Octets stale = make_list({.this_update = {test::now.seconds - 9 * day},
                                  .next_update = UnixTime{test::now.seconds - 5 * day},
                                  .number = 5},
                                 two.root);
  EXPECT_FAILS(two.look().in({stale}), Reason::crl_expired);
  EXPECT_TRUE(two.look().in({stale, make_list({.number = 6, .base = 5}, two.root)}));
}

// ---- other signers

TEST(CrlCheck, believes_another_signer_that_leads_to_the_same_anchor) {
  const Party root = make(authority_order("Root"));
  const Party middle = make(authority_order("Middle"), &root);
  const Party leaf = make(leaf_order(), &middle);
  CertificateOrder order = authority_order("Middle");  // the same name, another key for lists
  order.is_authority = false;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::crl_sign);
  const Party signer = make(order, &root);
  const Look look({leaf, middle, root});
  const std::vector<Octets> clean = {make_list({}, signer)};
  EXPECT_FAILS(look.in(clean), Reason::crl_signature_invalid);
  EXPECT_TRUE(Look(look).beside(signer).in(clean));
  EXPECT_FAILS(Look(look).beside(signer).in({make_list({.entries = {entry_of(leaf)}}, signer)}),
               Reason::certificate_revoked);
  // Not where the root has revoked the signer.
  EXPECT_FAILS(
      Look(look).beside(signer).in({clean[0], make_list({.entries = {entry_of(signer)}}, root)}),
      Reason::crl_signature_invalid);
  // Nor one of the same name below another anchor, nor one that may not.
  const Party stranger = make(authority_order("Root"));
  const Party foreign = make(order, &stranger);
  EXPECT_FAILS(Look(look).beside(foreign).in({make_list({}, foreign)}),
               Reason::crl_signature_invalid);
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::digital_signature);
  const Party unfit = make(order, &root);
  EXPECT_FAILS(Look(look).beside(unfit).in({make_list({}, unfit)}), Reason::crl_signature_invalid);
}

TEST(CrlCheck, climbs_to_the_path_over_what_is_given) {
  const Party root = make(authority_order("Root"));
  const Party leaf = make(leaf_order(), &root);
  const Party agency = make(authority_order("Agency"), &root);
  CertificateOrder order = authority_order("Lists");
  order.is_authority = false;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::crl_sign);
  const Party signer = make(order, &agency);
  const Party asking = with_extensions(
      leaf, {distribution_points({{.crl_issuer = copy(signer.certificate().subject)}})}, root);
  const auto list = [&](std::vector<EntryOrder> entries, bool is_indirect) {
    return std::vector<Octets>{
        make_list({.entries = std::move(entries),
                   .extras = {issuing_distribution_point(
                       {.only_user = !is_indirect, .is_indirect = is_indirect})}},
                  signer)};
  };
  const Look look({asking, root});
  EXPECT_FAILS(look.in(list({}, true)), Reason::crl_signer_unknown);
  EXPECT_FAILS(Look(look).beside(signer).in(list({}, true)), Reason::crl_signer_unknown);
  const Look all = Look(look).beside(signer).beside(agency);
  EXPECT_TRUE(all.in(list({}, true)));
  EXPECT_FAILS(all.in(list({}, false)), Reason::crl_out_of_scope) << "must be indirect";
  // What we bind the anchor to binds who signs lists: the agency is one authority too many.
  const auto bound = [&](std::optional<std::uint8_t> length, std::vector<std::string> permitted) {
    return Trust::make({.anchors = {{.certificate = root.der,
                                     .permitted_names = std::move(permitted),
                                     .path_length = length}}})
        .value();
  };
  EXPECT_FAILS(Look(all).limits(bound(0, {})->limits(0)).in(list({}, true)),
               Reason::crl_signer_unknown);
  EXPECT_TRUE(Look(all).limits(bound(1, {})->limits(0)).in(list({}, true)));
  EXPECT_FAILS(Look(all).path_length(0).in(list({}, true)), Reason::crl_signer_unknown);
  EXPECT_TRUE(Look(all).path_length(1).in(list({}, true)));
  // An entry without an issuer means a certificate of the list's own issuer.
  EXPECT_TRUE(all.in(list({entry_of(leaf)}, true)));
  EntryOrder entry = entry_of(leaf);
  entry.certificate_issuer = copy(root.certificate().subject);
  EXPECT_FAILS(all.in(list({entry}, true)), Reason::certificate_revoked);
  // The issuer holds on for the entries behind it.
  EntryOrder first = {.serial = {1}, .certificate_issuer = copy(root.certificate().subject)};
  EXPECT_FAILS(all.in(list({first, entry_of(leaf)}, true)), Reason::certificate_revoked);
}

// ---- proof

TEST(CrlCheck, believes_no_list_with_any_byte_changed) {
  const Two two;
  const Octets good = make_list({.entries = {entry_of(make(leaf_order(), &two.root))}}, two.root);
  const Octets bad = make_list({.entries = {entry_of(two.leaf)}}, two.root);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
      Octets changed = good;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ change);
      EXPECT_FALSE(two.look().in({changed})) << i;
    }
  }
  for (std::size_t i = 0; i < bad.size(); ++i) {
    Octets changed = bad;
    changed[i] ^= 0x01U;
    const auto found = two.look().in({changed});
    EXPECT_FALSE(found) << i;
    EXPECT_NE(found.error().reason, Reason::certificate_revoked) << i;
  }
}

TEST(CrlCheck, remembers_which_key_signed_a_list_and_takes_no_other) {
  const Two two;
  const Two other;  // of the same name
  const auto parsed = lists({make_list({.has_key_id = false}, two.root)});
  const x509::CrlTerms terms = {.store = parsed->store(), .now = test::now};
  for (int round = 0; round < 2; ++round) {
    for (const Two* chain : {&other, &two, &other}) {
      const std::vector<Certificate> path = {chain->leaf.certificate(), chain->root.certificate()};
      Budget budget;
      const auto found =
          proof(x509::CrlCheck(terms, path, nullptr, budget).judge(path[0], path[1]));
      if (chain == &two) {
        EXPECT_TRUE(found);
      } else {
        EXPECT_FAILS(found, Reason::crl_signature_invalid);
      }
    }
  }
  // Once known, the signature costs nothing.
  const std::vector<Certificate> path = {two.leaf.certificate(), two.root.certificate()};
  Budget spent;
  while (spent.spend_signature(1)) {
  }
  EXPECT_TRUE(proof(x509::CrlCheck(terms, path, nullptr, spent).judge(path[0], path[1])));
}

TEST(CrlCheck, may_be_asked_by_many_threads) {
  const Two two;
  const auto parsed = lists({make_list({}, two.root)});
  const std::vector<Certificate> path = {two.leaf.certificate(), two.root.certificate()};
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const x509::CrlTerms terms = {.store = parsed->store(), .now = test::now};
        Budget budget;
        x509::CrlCheck check(terms, path, nullptr, budget);
        good += check.judge(path[0], path[1]).status == Status::good ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 200);
}

TEST(CrlCheck, says_that_the_budget_was_spent) {
  const Two two;
  const auto parsed = lists({make_list({}, two.root)});
  const x509::CrlTerms terms = {.store = parsed->store(), .now = test::now};
  const std::vector<Certificate> path = {two.leaf.certificate(), two.root.certificate()};
  Budget spent;
  while (spent.spend_signature(1)) {
  }
  EXPECT_FAILS(proof(x509::CrlCheck(terms, path, nullptr, spent).judge(path[0], path[1])),
               Reason::budget_spent);
}

TEST(RevocationLists, reads_many_lists_from_one_file) {
  const Two two;
  const Octets list = make_list({}, two.root);
  std::string pem = "a comment\n" + der::encode_pem("X509 CRL", list) +
                    der::encode_pem("CERTIFICATE", two.root.der) +
                    der::encode_pem("PRIVATE KEY", list) + der::encode_pem("X509 CRL", list);
  const auto parsed = RevocationLists::parse({{pem.begin(), pem.end()}, list});
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)->size(), 3U);
  EXPECT_EQ((*parsed)->store().certificates().size(), 1U);
  pem = der::encode_pem("X509 CRL", Bytes(list).first(list.size() - 1));
  EXPECT_FAILS(RevocationLists::parse({list, {pem.begin(), pem.end()}}), Reason::crl_malformed)
      << "a list that is left out lets revoked certificates through";
}

TEST(RevocationLists, hold_a_hundred_thousand_entries) {
  const Two two;
  ListOrder order;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint32_t mixed = i * 2'654'435'761U;
    order.entries.push_back(
        {.serial = {0x01, static_cast<std::uint8_t>(mixed >> 24),
                    static_cast<std::uint8_t>(mixed >> 16), static_cast<std::uint8_t>(mixed >> 8),
                    static_cast<std::uint8_t>(mixed)}});
  }
  order.entries[77'777] = entry_of(two.leaf);
  const Octets der = make_list(order, two.root);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto parsed = lists({der});
  const auto middle = Clock::now();
  const auto& list = parsed->store().find(two.root.certificate().subject).front();
  const Certificate leaf = two.leaf.certificate();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(list->find(leaf));
  }
  const std::chrono::duration<double, std::milli> parsing = middle - start;
  const std::chrono::duration<double, std::micro> finding = Clock::now() - middle;
  std::cout << der.size() << " bytes: parsed in " << parsing.count() << " ms, an entry found in "
            << finding.count() / 1000 << " us\n";
  EXPECT_LT(parsing.count(), 15'000);      // 170 ms in a release build, 20 times that in others
  EXPECT_LT(finding.count() / 1000, 500);  // 0.2 us there
  EXPECT_FALSE(list->find(make(leaf_order(), &two.root).certificate()));
}

}  // namespace
}  // namespace handfast
