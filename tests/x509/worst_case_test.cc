// The dearest chains that we know of, each as large as a Certificate message may be: verifying one
// ends within the bar, most of them since the budget is spent. Security depends on it: whoever
// connects can send them.

#include "der/writer.h"
#include "support/bound.h"
#include "support/expect.h"
#include "x509/chains.h"
#include "x509/lists.h"
#include "x509/oids.h"

#include <functional>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;
using der::Tag;
using der::Writer;

constexpr std::size_t sent_most = limits::certificates_in_message;

Octets written(const std::function<void(Writer&)>& body) {
  Writer writer;
  body(writer);
  return writer.take();
}

// ---- keys

const Octets dearest_exponent = {0x01, 0xff, 0xff, 0xff, 0xff};  // of those that we take

// An RSA key of as many bits as we take. Nobody has its private half. `number` tells one from the
// other.
Octets rsa_key_info(std::uint8_t number, const Octets& exponent) {
  Octets modulus(limits::rsa_bits_most / 8, 0xab);
  modulus[1] = number;
  const Octets key = written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& parts) {
      parts.unsigned_integer(modulus);
      parts.unsigned_integer(exponent);
    });
  });
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& info) {
      info.inside(Tag::sequence, [](Writer& algorithm) {
        algorithm.object_identifier(x509::oid::rsa_encryption);
        algorithm.element(Tag::null, Bytes{});
      });
      info.bit_string(key);
    });
  });
}

// `party` as if such a key had signed it.
Party signed_by_rsa(const Party& party) {
  const Octets algorithm = written([](Writer& writer) {
    writer.inside(Tag::sequence, [](Writer& fields) {
      fields.object_identifier(x509::oid::sha256_with_rsa);
      fields.element(Tag::null, Bytes{});
    });
  });
  der::Reader outer(party.certificate().signed_part);
  der::Reader tbs(outer.read(Tag::sequence));
  const Octets der = written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& whole) {
      whole.inside(Tag::sequence, [&](Writer& fields) {
        fields.raw(tbs.any().whole);  // version
        fields.raw(tbs.any().whole);  // serial number
        tbs.any();
        fields.raw(algorithm);
        fields.raw(tbs.rest());
      });
      whole.raw(algorithm);
      whole.bit_string(Octets(limits::rsa_bits_most / 8, 0x5a));
    });
  });
  return {party.key, der};
}

TEST(WorstCase, many_issuers_with_the_largest_rsa_keys_and_exponents) {
  const Party root = make(authority_order("Root"));
  const Party middle = make(authority_order("Middle"), &root);
  std::vector<Party> namesakes;
  for (std::uint8_t i = 0; i < 40; ++i) {
    namesakes.push_back(
        make_for_key(rsa_key_info(i, dearest_exponent), authority_order("Middle"), root));
  }
  const Party leaf = signed_by_rsa(make(leaf_order(), &middle));
  const Answer verdict = within_bar([&] { return Ask({leaf}, {root}).known(namesakes).verdict(); });
  EXPECT_REFUSED(verdict, Reason::budget_spent);
}

TEST(WorstCase, exponents_as_long_as_the_modulus) {
  const Octets exponent(limits::rsa_bits_most / 8, 0x7f);
  const Party root = make(authority_order("Root"));
  const Party middle = make_for_key(rsa_key_info(0, exponent), authority_order("Middle"), root);
  const Party namesake = make(authority_order("Middle"), &root);
  const Party leaf = signed_by_rsa(make(leaf_order(), &namesake));
  EXPECT_REFUSED(within_bar([&] { return Ask({leaf, middle}, {root}).verdict(); }),
                 Reason::certificate_key_weak);
}

TEST(WorstCase, many_issuers_with_slow_curves) {
  for (const CertificateKey kind : {CertificateKey::ecdsa_p384, CertificateKey::ecdsa_p521}) {
    const Party root = make(authority_order("Root"), nullptr, kind);
    std::vector<Party> namesakes;
    for (int i = 0; i < 40; ++i) {
      namesakes.push_back(make(authority_order("Middle"), &root, kind));
    }
    const Party middle = make(authority_order("Middle"), &root, kind);
    const Party leaf = make(leaf_order(), &middle);
    const Answer verdict =
        within_bar([&] { return Ask({leaf}, {root}).known(namesakes).verdict(); });
    EXPECT_REFUSED(verdict, Reason::budget_spent);
  }
}

// ---- graphs

// As many authorities as fit into a message, all of one name, so that each may have issued any
// other. An anchor of their name signed none of them.
struct Namesakes {
  explicit Namesakes(const CertificateOrder& order, std::vector<Extra> extras = {}) {
    const Party signer = make(order);
    for (std::size_t i = 0; i + 1 < sent_most; ++i) {
      const Party one = make(order, &signer);
      sent.push_back(extras.empty() ? one : with_extensions(one, extras, signer));
    }
  }

  Answer verdict(const Party& leaf, const Party& anchor) const {
    std::vector<Party> chain = {leaf};
    chain.insert(chain.end(), sent.begin(), sent.end());
    return within_bar([&] { return Ask(chain, {anchor}).verdict(); });
  }

  std::vector<Party> sent;
};

TEST(WorstCase, namesakes_that_may_all_have_issued_each_other) {
  const Namesakes mesh(authority_order("A"));
  const Party anchor = make(authority_order("A"));
  EXPECT_REFUSED(mesh.verdict(make(leaf_order(), &mesh.sent[0]), anchor), Reason::budget_spent);
}

TEST(WorstCase, namesakes_below_no_anchor) {
  const Namesakes mesh(authority_order("A"));
  const Party stranger = make(authority_order("Root"));
  EXPECT_REFUSED(mesh.verdict(make(leaf_order(), &mesh.sent[0]), stranger), Reason::budget_spent);
}

// ---- large certificates on many paths

Octets long_name(std::size_t attributes, std::size_t size, char last) {
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& name) {
      for (std::size_t i = 0; i < attributes; ++i) {
        name.inside(Tag::set, [&](Writer& set) {
          set.inside(Tag::sequence, [&](Writer& attribute) {
            attribute.object_identifier(x509::oid::organization);
            std::string text(size, 'a');
            text.back() = last;
            attribute.element(Tag::utf8_string, text);
          });
        });
      }
    });
  });
}

TEST(WorstCase, long_names_in_two_spellings) {
  const Octets name = long_name(1, 2500, 'a');
  const Octets same = long_name(1, 2500, 'A');
  CertificateOrder upper = authority_order("");
  upper.whole_subject = same;
  CertificateOrder lower = authority_order("");
  lower.whole_subject = name;
  const Party signer = make(upper);
  Namesakes mesh(authority_order("unused"));
  for (Party& party : mesh.sent) {
    party = make(lower, &signer);
  }
  const Answer verdict = mesh.verdict(make(leaf_order(), &mesh.sent[0]), make(upper));
  EXPECT_REFUSED(verdict, Reason::budget_spent);
}

TEST(WorstCase, long_names_of_tiny_attributes) {
  const Octets name = long_name(220, 1, 'a');
  CertificateOrder order = authority_order("");
  order.whole_subject = name;
  const Octets other = long_name(220, 1, 'A');
  CertificateOrder upper = authority_order("");
  upper.whole_subject = other;
  const Party signer = make(upper);
  Namesakes mesh(authority_order("unused"));
  for (Party& party : mesh.sent) {
    party = make(order, &signer);
  }
  EXPECT_REFUSED(mesh.verdict(make(leaf_order(), &mesh.sent[0]), make(upper)),
                 Reason::budget_spent);
}

Extra extension(const der::Oid& id, const Octets& value) { return {id, false, value}; }

Extra purposes(std::size_t count) {
  return extension(x509::oid::extended_key_usage, written([&](Writer& writer) {
                     writer.inside(Tag::sequence, [&](Writer& list) {
                       for (std::size_t i = 0; i < count; ++i) {
                         list.element(Tag::object_identifier, Octets{0x2a});
                       }
                       list.object_identifier(x509::oid::server_auth);
                     });
                   }));
}

TEST(WorstCase, purposes_without_end) {
  const Namesakes mesh(authority_order("A"), {purposes(1500)});
  const Party signer = make(authority_order("A"));
  const Party leaf = with_extensions(make(leaf_order(), &signer), {purposes(3000)}, signer);
  EXPECT_REFUSED(mesh.verdict(leaf, make(authority_order("A"))), Reason::budget_spent);
}

CertificateOrder leaf_with_names(std::size_t count) {
  CertificateOrder order = leaf_order();
  order.names.clear();
  for (std::size_t i = 0; i < count; ++i) {
    order.names.push_back("a" + std::to_string(i) + ".b.c.d.e.f.g.h.i.j.k.l.m.n.o.example.test");
  }
  return order;
}

TEST(WorstCase, as_many_names_as_we_take_on_many_paths) {
  const Namesakes mesh(authority_order("A"));
  CertificateOrder order = leaf_with_names(limits::names_in_certificate - 1);
  order.names.push_back("www.shop.test");
  EXPECT_REFUSED(mesh.verdict(make(order, &mesh.sent[0]), make(authority_order("A"))),
                 Reason::budget_spent);
}

TEST(WorstCase, tens_of_thousands_of_names) {
  const Party root = make(authority_order("Root"));
  Party leaf = make(leaf_order(), &root);
  const Extra names = extension(x509::oid::subject_alt_name, written([](Writer& writer) {
                                  writer.inside(Tag::sequence, [](Writer& list) {
                                    for (int i = 0; i < 20'000; ++i) {
                                      list.element(der::context(2), "a");
                                    }
                                  });
                                }));
  leaf = with_extensions(leaf, {names}, root);
  EXPECT_REFUSED(within_bar([&] { return Ask({leaf}, {root}).verdict(); }),
                 Reason::certificate_malformed);
}

// ---- name constraints

Octets subtrees(std::size_t count, const std::function<void(Writer&, std::size_t)>& base) {
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& constraints) {
      constraints.inside(der::context_constructed(1), [&](Writer& excluded) {
        for (std::size_t i = 0; i < count; ++i) {
          excluded.inside(Tag::sequence, [&](Writer& subtree) { base(subtree, i); });
        }
      });
    });
  });
}

Extra constraints_on_hosts(std::size_t count) {
  return {x509::oid::name_constraints, true, subtrees(count, [](Writer& writer, std::size_t i) {
            writer.element(der::context(2),
                           "x" + std::to_string(i) + ".b.c.d.e.f.g.h.i.j.k.l.test");
          })};
}

// Root <- constrained <- leaf.
Answer under(const Extra& constraints, const CertificateOrder& order,
             const std::vector<Extra>& extras = {}) {
  const Party root = make(authority_order("Root"));
  const Party middle = with_extensions(make(authority_order("Middle"), &root), {constraints}, root);
  Party leaf = make(order, &middle);
  if (!extras.empty()) {
    leaf = with_extensions(leaf, extras, middle);
  }
  return within_bar([&] { return Ask({leaf, middle}, {root}).verdict(); });
}

TEST(WorstCase, a_thousand_names_under_a_thousand_constraints) {
  EXPECT_REFUSED(under(constraints_on_hosts(limits::names_in_certificate),
                       leaf_with_names(limits::names_in_certificate)),
                 Reason::budget_spent);
}

// Directory names that a constraint excludes.
Extra constraints_on_subjects(const std::vector<Octets>& bases) {
  return {
      x509::oid::name_constraints, true, subtrees(bases.size(), [&](Writer& writer, std::size_t i) {
        writer.inside(der::context_constructed(4), [&](Writer& choice) { choice.raw(bases[i]); });
      })};
}

TEST(WorstCase, one_constraint_in_every_authority_on_many_paths) {
  const Namesakes mesh(authority_order("A"), {constraints_on_hosts(1)});
  CertificateOrder order = leaf_with_names(limits::names_in_certificate - 1);
  order.names.push_back("www.shop.test");
  EXPECT_REFUSED(mesh.verdict(make(order, &mesh.sent[0]), make(authority_order("A"))),
                 Reason::budget_spent);
}

TEST(WorstCase, a_subject_of_a_thousand_attributes_under_authorities_with_constraints) {
  const Namesakes mesh(authority_order("A"), {constraints_on_hosts(1)});
  CertificateOrder order = leaf_order();
  order.common_name = {};
  const Octets subject = long_name(3000, 1, 'a');
  order.whole_subject = subject;
  EXPECT_REFUSED(mesh.verdict(make(order, &mesh.sent[0]), make(authority_order("A"))),
                 Reason::budget_spent);
}

// RDNs of `width` attributes each, in ascending order, of which only the last ends with `last`.
Octets wide_name(std::size_t rdns, std::size_t width, char last) {
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& name) {
      for (std::size_t rdn = 0; rdn < rdns; ++rdn) {
        name.inside(Tag::set, [&](Writer& set) {
          for (std::size_t i = 0; i < width; ++i) {
            set.inside(Tag::sequence, [&](Writer& attribute) {
              attribute.element(Tag::object_identifier, Octets{0x2a});
              std::string text = {'a', static_cast<char>('0' + i / 64),
                                  static_cast<char>('0' + i % 64)};
              text.back() = rdn + 1 == rdns && i + 1 == width ? last : text.back();
              attribute.element(Tag::utf8_string, text);
            });
          }
        });
      }
    });
  });
}

TEST(WorstCase, names_with_more_attributes_in_one_rdn_than_we_take) {
  const Party root = make(authority_order("Root"));
  const auto leaf_with = [&](std::size_t width) {
    const Octets wide = wide_name(1, width, 'z');
    const Extra names = extension(x509::oid::subject_alt_name, written([&](Writer& writer) {
                                    writer.inside(Tag::sequence, [&](Writer& list) {
                                      list.element(der::context(2), "www.shop.test");
                                      list.inside(der::context_constructed(4),
                                                  [&](Writer& choice) { choice.raw(wide); });
                                    });
                                  }));
    return with_extensions(make(leaf_order(), &root), {names}, root);
  };
  for (const std::size_t width : {limits::attributes_in_rdn + 1, std::size_t{1900}}) {
    const Party leaf = leaf_with(width);
    EXPECT_REFUSED(within_bar([&] { return Ask({leaf}, {root}).verdict(); }),
                   Reason::certificate_malformed);
  }
  EXPECT_TRUSTED(Ask({leaf_with(limits::attributes_in_rdn)}, {root}).verdict());
}

TEST(WorstCase, wide_names_under_constraints_on_wide_names) {
  constexpr std::size_t width = limits::attributes_in_rdn;
  CertificateOrder order = leaf_order();
  order.common_name = {};
  const Octets subject = wide_name(20, width, 'z');
  order.whole_subject = subject;
  const std::vector<Octets> bases(6, wide_name(20, width, 'y'));
  EXPECT_REFUSED(under(constraints_on_subjects(bases), order), Reason::budget_spent);
}

TEST(WorstCase, a_wide_name_under_a_thousand_narrow_ones) {
  CertificateOrder order = leaf_order();
  order.common_name = {};
  const Octets subject = wide_name(50, limits::attributes_in_rdn, 'z');
  order.whole_subject = subject;
  const std::vector<Octets> bases(limits::names_in_certificate, long_name(1, 1, 'q'));
  EXPECT_REFUSED(under(constraints_on_subjects(bases), order), Reason::budget_spent);
}

// ---- policies

Octets numbered(std::size_t number) {
  return {0x2a, static_cast<std::uint8_t>(0x81 + (number >> 7)),
          static_cast<std::uint8_t>(number & 0x7f)};
}

TEST(WorstCase, policies_and_mappings_as_many_as_we_take) {
  const Octets policies = written([](Writer& writer) {
    writer.inside(Tag::sequence, [](Writer& list) {
      list.inside(Tag::sequence, [](Writer& information) {
        information.object_identifier(x509::oid::any_policy);
      });
      for (std::size_t i = 1; i < limits::policies_in_certificate; ++i) {
        list.inside(Tag::sequence, [&](Writer& information) {
          information.element(Tag::object_identifier, numbered(i));
        });
      }
    });
  });
  const Octets mappings = written([](Writer& writer) {
    writer.inside(Tag::sequence, [](Writer& list) {
      for (std::size_t i = 0; i < limits::policies_in_certificate; ++i) {
        list.inside(Tag::sequence, [&](Writer& pair) {
          pair.element(Tag::object_identifier, numbered(i + 1));
          pair.element(Tag::object_identifier, numbered((i + 1) % 64 + 1));
        });
      }
    });
  });
  const Octets demand = written([](Writer& writer) {
    writer.inside(Tag::sequence, [](Writer& list) { list.element(der::context(0), Octets{0x00}); });
  });
  const std::vector<Extra> extras = {extension(x509::oid::certificate_policies, policies),
                                     extension(x509::oid::policy_mappings, mappings),
                                     extension(x509::oid::policy_constraints, demand)};
  const Namesakes mesh(authority_order("A"), extras);
  const Party signer = make(authority_order("A"));
  const Party leaf = with_extensions(make(leaf_order(), &signer), {extras[0]}, signer);
  EXPECT_REFUSED(mesh.verdict(leaf, make(authority_order("A"))), Reason::budget_spent);
}

// ---- all of it

TEST(WorstCase, slow_signatures_and_names_on_many_paths_at_once) {
  constexpr CertificateKey slow = CertificateKey::ecdsa_p384;
  const Party anchor = make(authority_order("A"), nullptr, slow);
  CertificateOrder order = authority_order("A");
  order.excluded_names = {"b.c.d.e.f.g.h.i.j.k.l.m.n.o.other.test"};
  const Party stranger = make(authority_order("A"), nullptr, slow);
  CertificateOrder names = leaf_with_names(limits::names_in_certificate - 1);
  names.names.push_back("www.shop.test");
  std::vector<Party> chain = {make(names, &stranger)};
  while (chain.size() < sent_most) {
    chain.push_back(make(order, &anchor, slow));
  }
  EXPECT_REFUSED(within_bar([&] { return Ask(chain, {anchor}).verdict(); }), Reason::budget_spent);
}

// ---- what never becomes a certificate

TEST(WorstCase, elements_nested_in_each_other_as_deep_as_a_message_is_long) {
  Octets nested;
  for (std::size_t inner = 0; inner + 4 < limits::der_element; inner += 4) {
    const std::size_t size = limits::der_element - 4 - inner;
    nested.insert(nested.end(), {0x30, 0x82, static_cast<std::uint8_t>(size >> 8),
                                 static_cast<std::uint8_t>(size & 0xff)});
  }
  const Party root = make(authority_order("Root"));
  EXPECT_REFUSED(within_bar([&] { return Ask({Party{nullptr, nested}}, {root}).verdict(); }),
                 Reason::certificate_malformed);
}

}  // namespace
}  // namespace handfast
