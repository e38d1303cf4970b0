#include "x509/verify.h"

#include "der/writer.h"
#include "support/expect.h"
#include "support/hex.h"
#include "x509/chains.h"
#include "x509/oids.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

std::vector<std::string> labels(const Verdict& verdict) {
  std::vector<std::string> texts;
  for (const Certificate& certificate : verdict.path()) {
    texts.push_back(certificate.label());
  }
  return texts;
}

using Labels = std::vector<std::string>;

// ---- signatures alone

TEST(Verify, checks_one_signature_whatever_the_names_and_dates) {
  const Party root = make(authority_order("Root"));
  const Party twin = make(authority_order("Root"));
  CertificateOrder old = leaf_order();
  old.not_after = {now.seconds - 20 * day};
  const Party leaf = make(old, &root);
  EXPECT_TRUE(x509::check_signature(leaf.certificate(), root.certificate()));
  EXPECT_FAILS(x509::check_signature(leaf.certificate(), twin.certificate()),
               Reason::certificate_signature_invalid);
  EXPECT_TRUE(x509::check_signature(root.certificate(), root.certificate()));
}

// ---- paths

TEST(Verify, trusts_a_leaf_under_an_intermediate_under_a_root) {
  const Three three;
  const Ask ask({three.leaf, three.intermediate}, {three.root});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(labels(verdict), (Labels{"shop", "Intermediate", "Root"}));
  EXPECT_TRUE(verdict.attempts().empty());
  for (const TrustStep step :
       {TrustStep::name, TrustStep::path, TrustStep::anchor, TrustStep::time,
        TrustStep::basic_constraints, TrustStep::key_usage, TrustStep::extended_key_usage,
        TrustStep::critical_extensions, TrustStep::algorithms, TrustStep::signatures}) {
    EXPECT_EQ(verdict.outcome(step), Outcome::passed) << name(step);
  }
  EXPECT_EQ(verdict.outcome(TrustStep::path_length), Outcome::not_applicable);
  EXPECT_EQ(verdict.outcome(TrustStep::name_constraints), Outcome::not_applicable);
  EXPECT_EQ(verdict.outcome(TrustStep::revocation), Outcome::not_checked);
}

TEST(Verify, trusts_nothing_before_it_was_asked) { EXPECT_FALSE(Verdict().is_trusted()); }

TEST(Verify, does_not_care_about_the_order_of_sending) {
  const Party root = make(authority_order("Root"));
  const Party a = make(authority_order("A"), &root);
  const Party b = make(authority_order("B"), &a);
  const Party leaf = make(leaf_order(), &b);
  std::vector<Party> above = {root, a, b};
  std::vector<std::size_t> order = {0, 1, 2};
  do {
    const Ask ask({leaf, above[order[0]], above[order[1]], above[order[2]]}, {root});
    const Answer verdict = ask.verdict();
    EXPECT_TRUSTED(verdict);
    EXPECT_EQ(labels(verdict), (Labels{"shop", "B", "A", "Root"}));
  } while (std::ranges::next_permutation(order).found);
}

TEST(Verify, ignores_certificates_that_lead_nowhere) {
  const Three three;
  const Three other;
  const Party junk = {nullptr, "30 03 02 01 00"_hex};
  const Ask ask({three.leaf, other.leaf, junk, other.root, three.intermediate, three.intermediate,
                 three.leaf, junk},
                {three.root});
  EXPECT_TRUSTED(ask.verdict());
}

TEST(Verify, trusts_six_intermediates_and_no_seventh) {
  const Party root = make(authority_order("Root"));
  std::vector<Party> sent;
  const Party* issuer = &root;
  for (int i = 0; i < 7; ++i) {
    sent.insert(sent.begin(), make(authority_order("A" + std::to_string(i)), issuer));
    issuer = &sent.front();
    std::vector<Party> chain = {make(leaf_order(), issuer)};
    chain.insert(chain.end(), sent.begin(), sent.end());
    const Ask ask(chain, {root});
    if (i < 6) {
      EXPECT_TRUSTED(ask.verdict());
    } else {
      EXPECT_REFUSED(ask.verdict(), Reason::budget_spent);
    }
    sent = std::vector<Party>(chain.begin() + 1, chain.end());
    issuer = &sent.front();
  }
}

TEST(Verify, stops_at_an_anchor_even_if_more_was_sent) {
  const Three three;
  const Ask ask({three.leaf, three.intermediate, three.root}, {three.intermediate});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(labels(verdict), (Labels{"shop", "Intermediate"}));
}

TEST(Verify, finds_the_way_over_a_cross_signed_authority) {
  const Party old_root = make(authority_order("Old"));
  const Party new_root = make(authority_order("New"));
  const Party middle = make(authority_order("Middle"), &new_root);
  const Party cross = make_for(middle, authority_order("Middle"), old_root);
  const Party leaf = make(leaf_order(), &middle);
  for (const Party& trusted : {old_root, new_root}) {
    const Ask ask({leaf, middle, cross}, {trusted});
    EXPECT_TRUSTED(ask.verdict());
    const Ask swapped({leaf, cross, middle}, {trusted});
    EXPECT_TRUSTED(swapped.verdict());
  }
}

TEST(Verify, goes_around_an_expired_cross_signature) {
  const Party root = make(authority_order("Root"));
  const Party old_root = make(authority_order("Old"));
  CertificateOrder expired = authority_order("Root");
  expired.not_after = {now.seconds - day};
  const Party cross = make_for(root, expired, old_root);
  const Party leaf = make(leaf_order(), &root);
  const Ask ask({leaf, cross}, {old_root, root});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(labels(verdict), (Labels{"shop", "Root"}));

  const Ask only_old({leaf, cross}, {old_root});
  EXPECT_REFUSED(only_old.verdict(), Reason::certificate_expired);
}

TEST(Verify, tries_the_next_of_two_authorities_of_one_name) {
  const Party root = make(authority_order("Root"));
  const Party right = make(authority_order("Middle"), &root);
  const Party wrong = make(authority_order("Middle"), &root);
  CertificateOrder order = leaf_order();
  const Party leaf = make(order, &right);
  const Ask ask({leaf, wrong, right}, {root});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_TRUE(verdict.attempts().empty()) << "the key identifier says which of the two it is";
}

TEST(Verify, is_not_caught_in_a_loop) {
  const Party a = make(authority_order("A"));
  const Party b = make(authority_order("B"), &a);
  const Party a_by_b = make_for(a, authority_order("A"), b);
  const Party leaf = make(leaf_order(), &b);
  const Ask ask({leaf, b, a_by_b}, {make(authority_order("Root"))});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_authority_unknown);
  const Ask known({leaf, b, a_by_b}, {a});
  EXPECT_TRUSTED(known.verdict());
}

TEST(Verify, gives_up_on_a_mesh) {
  std::vector<Party> sent;
  for (int i = 0; i < 9; ++i) {
    sent.push_back(make(authority_order("Mesh")));
  }
  sent.insert(sent.begin(), make(leaf_order(), &sent.front()));
  const Ask ask(sent, {make(authority_order("Root"))});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::budget_spent);
  EXPECT_FALSE(verdict.attempts().empty());
}

TEST(Verify, trusts_a_leaf_that_is_itself_an_anchor) {
  CertificateOrder order = leaf_order();
  const Party alone = make(order);
  const Ask ask({alone}, {alone});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(labels(verdict), Labels{"shop"});
  EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::not_applicable);

  const Three three;
  const Ask pinned({three.leaf}, {three.leaf});
  EXPECT_TRUSTED(pinned.verdict());
  EXPECT_REFUSED(Ask({alone}, {alone}).name("other.test").verdict(),
                 Reason::certificate_name_mismatch);
}

TEST(Verify, trusts_a_pinned_leaf_that_calls_itself_an_authority) {
  CertificateOrder order = leaf_order();
  order.is_authority = true;
  order.key_usage = 0;
  const Party alone = make(order);
  const Ask ask({alone}, {alone});
  EXPECT_TRUSTED(ask.verdict());
}

TEST(Verify, does_not_take_another_certificate_of_the_name_for_the_pinned_one) {
  const Party pinned = make(leaf_order());
  const Party impostor = make(leaf_order());
  const Ask ask({impostor}, {pinned});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_self_signed);
}

// ---- what is said of a chain without an anchor

TEST(Verify, names_a_self_signed_leaf) {
  const Party alone = make(leaf_order());
  const Ask ask({alone}, {make(authority_order("Root"))});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_self_signed);
  EXPECT_EQ(verdict.error()->certificate, 0);
  EXPECT_EQ(verdict.outcome(TrustStep::path), Outcome::failed);
  EXPECT_EQ(verdict.outcome(TrustStep::time), Outcome::passed);
}

TEST(Verify, names_a_missing_intermediate) {
  const Three three;
  const Ask ask({three.leaf}, {three.root});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_intermediate_missing);
  EXPECT_EQ(labels(verdict), Labels{"shop"});
  ASSERT_EQ(verdict.attempts().size(), 1U);
  EXPECT_EQ(verdict.attempts()[0].length, 1);

  const Three other;
  const Ask unrelated({three.leaf, other.root}, {three.root});
  EXPECT_REFUSED(unrelated.verdict(), Reason::certificate_intermediate_missing);
}

TEST(Verify, names_an_unknown_authority) {
  const Three three;
  const Party root = make(authority_order("Another"));
  const Ask whole({three.leaf, three.intermediate, three.root}, {root});
  EXPECT_REFUSED(whole.verdict(), Reason::certificate_authority_unknown);
  const Ask ask({three.leaf, three.intermediate}, {root});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_authority_unknown);
  EXPECT_EQ(labels(verdict), (Labels{"shop", "Intermediate"}));
  EXPECT_EQ(verdict.error()->certificate, 1);
}

TEST(Verify, knows_nobody_without_anchors) {
  const Three three;
  const Ask ask({three.leaf, three.intermediate, three.root}, {});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_authority_unknown);
}

TEST(Verify, knows_no_anchor_by_its_name_alone) {
  const Three three;
  const Party impostor = make(authority_order("Root"));
  const Ask ask({three.leaf, three.intermediate}, {impostor});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_authority_unknown);
  const Party leaf = make(leaf_order(), &three.root);
  const Ask direct({leaf}, {impostor});
  EXPECT_REFUSED(direct.verdict(), Reason::certificate_authority_unknown);
}

TEST(Verify, names_the_flaw_of_the_intermediate_that_cannot_be_read) {
  const Three three;
  Party broken = three.intermediate;
  broken.der.back() ^= 1;  // still DER
  broken.der[4] ^= 0xff;
  const Ask ask({three.leaf, broken}, {three.root});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_malformed);
}

TEST(Verify, refuses_an_empty_list_and_one_that_is_too_long) {
  const Three three;
  const Ask none({}, {three.root});
  EXPECT_REFUSED(none.verdict(), Reason::certificate_list_empty);
  const Ask ten({three.leaf, three.intermediate, three.leaf, three.leaf, three.leaf, three.leaf,
                 three.leaf, three.leaf, three.leaf, three.leaf},
                {three.root});
  EXPECT_TRUSTED(ten.verdict());
  const Ask eleven({three.leaf, three.intermediate, three.leaf, three.leaf, three.leaf, three.leaf,
                    three.leaf, three.leaf, three.leaf, three.leaf, three.leaf},
                   {three.root});
  EXPECT_REFUSED(eleven.verdict(), Reason::certificate_list_too_long);
}

TEST(Verify, refuses_a_leaf_that_cannot_be_read) {
  const Three three;
  const Ask ask({{nullptr, "30 00"_hex}, three.intermediate}, {three.root});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_malformed);
  EXPECT_EQ(verdict.error()->certificate, 0);
  EXPECT_TRUE(verdict.path().empty());
}

// ---- dates

TEST(Verify, takes_both_ends_of_the_dates_as_valid) {
  const Three three;
  const UnixTime first = three.leaf.certificate().not_before;
  const UnixTime last = three.leaf.certificate().not_after;
  Ask ask({three.leaf, three.intermediate}, {three.root});
  EXPECT_TRUSTED(ask.at(first).verdict());
  EXPECT_TRUSTED(ask.at(last).verdict());
  EXPECT_REFUSED(ask.at({first.seconds - 1}).verdict(), Reason::certificate_not_yet_valid);
  EXPECT_REFUSED(ask.at({last.seconds + 1}).verdict(), Reason::certificate_expired);
}

TEST(Verify, says_which_certificate_is_out_of_its_dates) {
  for (const std::int8_t expired : {std::int8_t{0}, std::int8_t{1}, std::int8_t{2}}) {
    const auto order_of = [&](CertificateOrder order, std::int8_t place) {
      order.not_after = {now.seconds + (place == expired ? -day : day)};
      return order;
    };
    const Party root = make(order_of(authority_order("Root"), 2));
    const Party middle = make(order_of(authority_order("Middle"), 1), &root);
    const Party leaf = make(order_of(leaf_order(), 0), &middle);
    const Ask ask({leaf, middle}, {root});
    const Answer verdict = ask.verdict();
    EXPECT_REFUSED(verdict, Reason::certificate_expired);
    EXPECT_EQ(verdict.error()->certificate, expired == 2 ? -1 : expired) << "the root was not sent";
    EXPECT_EQ(verdict.path().size(), 3U);
    EXPECT_EQ(verdict.error()->facts.limit, now.seconds - day);
    EXPECT_EQ(verdict.error()->facts.got, now.seconds);
    EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::not_checked) << "a refusal is cheap";
  }
}

TEST(Verify, says_expired_rather_than_anything_else_of_the_leaf) {
  CertificateOrder order = leaf_order();
  order.not_after = {now.seconds - day};
  order.server_auth = false;
  order.client_auth = true;
  const Party root = make(authority_order("Root"));
  const Party leaf = make(order, &root);
  EXPECT_REFUSED(Ask({leaf}, {root}).name("other.test").verdict(), Reason::certificate_expired);
  EXPECT_REFUSED(Ask({leaf}, {make(authority_order("Another"))}).verdict(),
                 Reason::certificate_expired);
  const Party alone = make(order);
  EXPECT_REFUSED(Ask({alone}, {root}).verdict(), Reason::certificate_expired);
}

// ---- authorities

TEST(Verify, lets_only_authorities_sign) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Middle");
  order.is_authority = false;
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::key_cert_sign);
  const Party middle = make(order, &root);
  const Party leaf = make(leaf_order(), &middle);
  const Ask ask({leaf, middle}, {root});
  const Answer verdict = ask.verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_not_authority);
  EXPECT_EQ(verdict.error()->certificate, 1);
}

TEST(Verify, lets_a_leaf_sign_nothing) {
  const Three three;
  const Party below = make(leaf_order(), &three.leaf);
  const Ask ask({below, three.leaf, three.intermediate}, {three.root});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_not_authority);
}

TEST(Verify, refuses_an_authority_as_a_leaf) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = leaf_order();
  order.is_authority = true;
  order.key_usage = 0;
  const Party leaf = make(order, &root);
  const Ask ask({leaf}, {root});
  EXPECT_REFUSED(ask.verdict(), Reason::certificate_authority_as_leaf);
}

TEST(Verify, counts_the_authorities_below_a_path_length) {
  for (const std::uint8_t allowed : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}}) {
    CertificateOrder order = authority_order("Root");
    order.path_length = allowed;
    const Party root = make(order);
    const Party a = make(authority_order("A"), &root);
    const Party b = make(authority_order("B"), &a);
    const Party leaf = make(leaf_order(), &b);
    const Ask ask({leaf, b, a}, {root});
    if (allowed == 2) {
      EXPECT_TRUSTED(ask.verdict());
      EXPECT_EQ(ask.verdict().outcome(TrustStep::path_length), Outcome::passed);
    } else {
      EXPECT_REFUSED(ask.verdict(), Reason::certificate_path_too_long);
    }
  }
}

TEST(Verify, does_not_count_self_issued_authorities) {
  CertificateOrder order = authority_order("Root");
  order.path_length = 0;
  const Party root = make(order);
  const Party next_root =
      make(authority_order("Root"), &root);  // the same authority, with its next key
  const Party leaf = make(leaf_order(), &next_root);
  const Ask ask({leaf, next_root}, {root});
  EXPECT_TRUSTED(ask.verdict());
}

// ---- usage

TEST(Verify, asks_authorities_for_key_cert_sign_and_leafs_for_digital_signature) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Middle");
  order.key_usage = static_cast<std::uint16_t>(KeyUsage::crl_sign);
  const Party middle = make(order, &root);
  EXPECT_REFUSED(Ask({make(leaf_order(), &middle), middle}, {root}).verdict(),
                 Reason::certificate_key_usage);

  CertificateOrder encipherment = leaf_order();
  encipherment.key_usage = static_cast<std::uint16_t>(KeyUsage::key_encipherment);
  const Answer verdict = Ask({make(encipherment, &root)}, {root}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_key_usage);
  EXPECT_EQ(verdict.error()->certificate, 0);

  CertificateOrder without = leaf_order();
  without.key_usage = 0;
  EXPECT_TRUSTED(Ask({make(without, &root)}, {root}).verdict());
}

// RFC 5246 §7.4.2.
TEST(Verify, asks_leafs_for_key_encipherment_where_their_key_decrypts) {
  const Party root = make(authority_order("Root"));
  const auto leaf_of = [&](unsigned usage) {
    CertificateOrder order = leaf_order();
    order.key_usage = static_cast<std::uint16_t>(usage);
    return make(order, &root);
  };
  const auto asked = [&](unsigned usage) {
    return Ask({leaf_of(usage)}, {root}).usage(KeyUsage::key_encipherment).verdict();
  };
  const unsigned encipherment = std::to_underlying(KeyUsage::key_encipherment);
  const unsigned signature = std::to_underlying(KeyUsage::digital_signature);
  EXPECT_TRUSTED(asked(encipherment));
  EXPECT_TRUSTED(asked(encipherment | signature));
  EXPECT_TRUSTED(asked(0)) << "no key usage allows everything";
  EXPECT_REFUSED(asked(signature), Reason::certificate_key_usage);
}

TEST(Verify, asks_for_the_purpose) {
  const Party root = make(authority_order("Root"));
  const auto leaf_for = [&](bool server, bool client) {
    CertificateOrder order = leaf_order();
    order.server_auth = server;
    order.client_auth = client;
    return make(order, &root);
  };
  const auto asked = [&](const Party& leaf, x509::Purpose purpose) {
    return Ask({leaf}, {root}).purpose(purpose).verdict();
  };
  const Party for_servers = leaf_for(true, false);
  const Party for_clients = leaf_for(false, true);
  EXPECT_TRUSTED(asked(for_servers, x509::Purpose::server_auth));
  EXPECT_TRUSTED(asked(for_clients, x509::Purpose::client_auth));
  EXPECT_REFUSED(asked(for_servers, x509::Purpose::client_auth),
                 Reason::certificate_extended_key_usage);
  EXPECT_REFUSED(asked(for_clients, x509::Purpose::server_auth),
                 Reason::certificate_extended_key_usage);
  for (const x509::Purpose purpose : {x509::Purpose::server_auth, x509::Purpose::client_auth}) {
    EXPECT_TRUSTED(asked(leaf_for(true, true), purpose));
    EXPECT_TRUSTED(asked(leaf_for(false, false), purpose));
  }
}

TEST(Verify, asks_for_no_purpose_where_any_will_do) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Middle");
  order.client_auth = true;
  const Party middle = make(order, &root);
  CertificateOrder responder = leaf_order();
  responder.server_auth = false;
  responder.ocsp_signing = true;
  responder.key_usage = static_cast<std::uint16_t>(KeyUsage::key_encipherment);
  const auto asked = [&](const Party& leaf) {
    return Ask({leaf, middle}, {root}).purpose(x509::Purpose::any);
  };
  EXPECT_TRUSTED(asked(make(responder, &middle)).verdict());
  // An authority is none of TLS's leafs, but one where that is not asked.
  const Party low = make(authority_order("Low"), &middle);
  EXPECT_REFUSED(asked(low).name("").verdict(), Reason::certificate_authority_as_leaf);
  EXPECT_TRUSTED(asked(low).name("").profile(x509::Profile::internet).verdict());
  // All else is asked.
  EXPECT_REFUSED(asked(make(responder, &middle)).at({now.seconds + 90 * day}).verdict(),
                 Reason::certificate_expired);
}

TEST(Verify, binds_leafs_to_the_purposes_of_their_authorities) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Middle");
  order.client_auth = true;
  const Party middle = make(order, &root);
  const Answer verdict = Ask({make(leaf_order(), &middle), middle}, {root}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_extended_key_usage);
  EXPECT_EQ(verdict.error()->certificate, 1);
}

TEST(Verify, takes_any_purpose_from_authorities_only) {
  // serverAuth and clientAuth become anyExtendedKeyUsage and a purpose that nobody knows, as long
  // together.
  const std::vector<std::uint8_t> both =
      "06 08 2b 06 01 05 05 07 03 01  06 08 2b 06 01 05 05 07 03 02"_hex;
  const std::vector<std::uint8_t> any =
      "06 04 55 1d 25 00  06 0c 2b 06 01 04 01 01 01 01 01 01 01 01"_hex;
  const Party root = make(authority_order("Root"));
  CertificateOrder order = authority_order("Middle");
  order.server_auth = order.client_auth = true;
  const Party middle = patched(make(order, &root), both, any, root);
  EXPECT_TRUSTED(Ask({make(leaf_order(), &middle), middle}, {root}).verdict());

  CertificateOrder for_anything = leaf_order();
  for_anything.client_auth = true;
  const Party leaf = patched(make(for_anything, &root), both, any, root);
  EXPECT_REFUSED(Ask({leaf}, {root}).verdict(), Reason::certificate_extended_key_usage);
}

// ---- extensions, algorithms, keys, signatures

TEST(Verify, refuses_unknown_critical_extensions_anywhere) {
  const std::vector<std::uint8_t> key_usage = "06 03 55 1d 0f 01 01 ff"_hex;
  const std::vector<std::uint8_t> unknown = "06 03 55 1d 7f 01 01 ff"_hex;
  const Three three;
  const Party leaf = patched(three.leaf, key_usage, unknown, three.intermediate);
  EXPECT_REFUSED(Ask({leaf, three.intermediate}, {three.root}).verdict(),
                 Reason::certificate_extension_unknown);

  const Party middle = patched(three.intermediate, key_usage, unknown, three.root);
  const Answer verdict = Ask({three.leaf, middle}, {three.root}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_extension_unknown);
  EXPECT_EQ(verdict.error()->certificate, 1);

  const Party root = patched(three.root, key_usage, unknown, three.root);
  EXPECT_REFUSED(Ask({three.leaf, three.intermediate}, {root}).verdict(),
                 Reason::certificate_extension_unknown);
}

TEST(Verify, passes_over_unknown_extensions_that_are_not_critical) {
  const Three three;
  const Party leaf =
      patched(three.leaf, "06 03 55 1d 0e"_hex, "06 03 55 1d 7f"_hex, three.intermediate);
  EXPECT_TRUSTED(Ask({leaf, three.intermediate}, {three.root}).verdict());
}

TEST(Verify, refuses_weak_signature_algorithms_but_in_the_anchor) {
  const std::vector<std::uint8_t> with_sha256 = "2a 86 48 ce 3d 04 03 02"_hex;
  const std::vector<std::uint8_t> with_sha224 = "2a 86 48 ce 3d 04 03 01"_hex;
  const Three three;
  const Party leaf = patched(three.leaf, with_sha256, with_sha224, three.intermediate, true);
  const Answer verdict = Ask({leaf, three.intermediate}, {three.root}).verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_algorithm_weak);
  EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::not_checked);

  const Party root = patched(three.root, with_sha256, with_sha224, three.root, true);
  EXPECT_TRUSTED(Ask({three.leaf, three.intermediate}, {root}).verdict());
}

std::vector<std::uint8_t> rsa_key_info(std::size_t bits) {
  std::vector<std::uint8_t> modulus(bits / 8, 0xab);
  der::Writer key;
  key.inside(der::Tag::sequence, [&](der::Writer& parts) {
    parts.unsigned_integer(modulus);
    parts.small_integer(65'537);
  });
  der::Writer info;
  info.inside(der::Tag::sequence, [&](der::Writer& fields) {
    fields.inside(der::Tag::sequence, [](der::Writer& algorithm) {
      algorithm.object_identifier(x509::oid::rsa_encryption);
      algorithm.element(der::Tag::null, Bytes{});
    });
    fields.bit_string(key.bytes());
  });
  return info.take();
}

TEST(Verify, takes_rsa_keys_of_2048_to_8192_bits) {
  const Party root = make(authority_order("Root"));
  for (const std::size_t bits :
       {std::size_t{1024}, std::size_t{2040}, std::size_t{8200}, std::size_t{16'384}}) {
    const Party leaf = make_for_key(rsa_key_info(bits), leaf_order(), root);
    EXPECT_REFUSED(Ask({leaf}, {root}).verdict(), Reason::certificate_key_weak) << bits;
    EXPECT_FAILS(x509::public_key(leaf.certificate()), Reason::certificate_key_weak) << bits;
  }
  for (const std::size_t bits : {std::size_t{2048}, std::size_t{8192}}) {
    const Party leaf = make_for_key(rsa_key_info(bits), leaf_order(), root);
    EXPECT_TRUSTED(Ask({leaf}, {root}).verdict()) << bits;
  }
}

TEST(Verify, refuses_keys_that_nobody_here_knows) {
  const Party root = make(authority_order("Root"));
  // id-ecPublicKey on secp256k1, 1.3.132.0.10.
  const Party leaf =
      make_for_key("30 16 30 10 06 07 2a 86 48 ce 3d 02 01 06 05 2b 81 04 00 0a 03 02 00 04"_hex,
                   leaf_order(), root);
  EXPECT_REFUSED(Ask({leaf}, {root}).verdict(), Reason::certificate_key_unsupported);
  EXPECT_FAILS(x509::public_key(leaf.certificate()), Reason::certificate_key_unsupported);
}

TEST(Verify, checks_the_signature_of_every_certificate_below_the_anchor) {
  const Three three;
  for (const std::size_t forged : {std::size_t{0}, std::size_t{1}}) {
    std::vector<Party> sent = {three.leaf, three.intermediate};
    const Certificate certificate = sent[forged].certificate();
    const std::size_t offset =
        static_cast<std::size_t>(certificate.serial.data() - sent[forged].der.data());
    sent[forged].der[offset + 3] ^= 1;  // the serial number, so that nothing else is wrong
    const Answer verdict = Ask(sent, {three.root}).verdict();
    EXPECT_REFUSED(verdict, Reason::certificate_signature_invalid);
    EXPECT_EQ(verdict.error()->certificate, static_cast<int>(forged));
    EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::failed);
  }
}

TEST(Verify, does_not_check_the_anchors_own_signature) {
  const Three three;
  Party root = three.root;
  root.der.back() ^= 1;
  EXPECT_TRUSTED(Ask({three.leaf, three.intermediate}, {root}).verdict());
}

TEST(Verify, takes_every_kind_of_key) {
  for (const CertificateKey kind :
       {CertificateKey::rsa, CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
        CertificateKey::ecdsa_p521, CertificateKey::ed25519}) {
    if (!SigningKey::generate(kind)) {
      continue;  // this build signs with fewer kinds than it verifies
    }
    const Party root = make(authority_order("Root"), nullptr, kind);
    const Party middle = make(authority_order("Middle"), &root, kind);
    const Party leaf = make(leaf_order(), &middle, kind);
    const Answer verdict = Ask({leaf, middle}, {root}).verdict();
    EXPECT_TRUSTED(verdict) << key_text(leaf.certificate());
    EXPECT_TRUE(x509::public_key(leaf.certificate()));
  }
}

// ---- names

TEST(Verify, blames_the_name_last) {
  const Three three;
  const Verdict verdict =
      Ask({three.leaf, three.intermediate}, {three.root}).name("other.test").verdict();
  EXPECT_REFUSED(verdict, Reason::certificate_name_mismatch);
  EXPECT_EQ(verdict.error()->certificate, 0);
  EXPECT_EQ(verdict.outcome(TrustStep::name), Outcome::failed);
  EXPECT_EQ(verdict.outcome(TrustStep::signatures), Outcome::passed)
      << "the certificate is good, but for others";
  EXPECT_EQ(verdict.path().size(), 3U);
}

TEST(Verify, takes_no_name_where_none_is_asked) {
  const Three three;
  const Answer verdict = Ask({three.leaf, three.intermediate}, {three.root}).name("").verdict();
  EXPECT_TRUSTED(verdict);
  EXPECT_EQ(verdict.outcome(TrustStep::name), Outcome::not_applicable);
}

TEST(Verify, never_looks_at_the_common_name) {
  const Party root = make(authority_order("Root"));
  CertificateOrder order = leaf_order();
  order.common_name = "www.shop.test";
  order.names.clear();
  EXPECT_REFUSED(Ask({make(order, &root)}, {root}).verdict(), Reason::certificate_name_mismatch);
}

TEST(Verify, holds_leafs_to_the_name_constraints_above) {
  CertificateOrder order = authority_order("Root");
  order.permitted_names = {"shop.test", "192.0.2.0/24"};
  const Party root = make(order);
  const Party middle = make(authority_order("Middle"), &root);
  const Answer good = Ask({make(leaf_order(), &middle), middle}, {root}).verdict();
  EXPECT_TRUSTED(good);
  EXPECT_EQ(good.outcome(TrustStep::name_constraints), Outcome::passed);

  CertificateOrder bank = leaf_order();
  bank.names = {"www.shop.test", "www.bank.test"};
  EXPECT_REFUSED(Ask({make(bank, &middle), middle}, {root}).verdict(),
                 Reason::certificate_name_constrained);
}

// ---- the record

TEST(Verify, keeps_every_check_of_the_longest_path) {
  const Party root = make(authority_order("Root"));
  std::vector<Party> sent;
  for (int i = 0; i < 6; ++i) {
    const Party issuer = sent.empty() ? root : sent.front();
    CertificateOrder order = authority_order("A" + std::to_string(i));
    order.path_length = 9;
    order.permitted_names = {"shop.test", "192.0.2.0/24"};
    sent.insert(sent.begin(), make(order, &issuer));
  }
  const Party issuer = sent.front();
  sent.insert(sent.begin(), make(leaf_order(), &issuer));
  const Ask ask(sent, {root});
  const Answer verdict = ask.verdict();
  EXPECT_TRUSTED(verdict);
  const auto count = [&](TrustStep step) {
    return std::ranges::count(verdict.checks(), step, &TrustCheck::step);
  };
  EXPECT_EQ(count(TrustStep::time), 8);
  EXPECT_EQ(count(TrustStep::key_usage), 8);
  EXPECT_EQ(count(TrustStep::path_length), 6);
  EXPECT_EQ(count(TrustStep::name_constraints), 6);
  EXPECT_EQ(count(TrustStep::signatures), 7);
  EXPECT_EQ(count(TrustStep::revocation), 7) << "the last to be recorded";
}

TEST(Verify, keeps_the_trust_set_alive) {
  Answer verdict;
  {
    const Three three;
    verdict = Ask({three.leaf, three.intermediate}, {three.root}).verdict();
  }
  EXPECT_EQ(verdict.path().back().label(), "Root");
}

}  // namespace
}  // namespace handfast
