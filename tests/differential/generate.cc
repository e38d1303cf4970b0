#include "der/writer.h"
#include "differential/case.h"
#include "handfast/credential.h"
#include "x509/address.h"
#include "x509/credential_key.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <span>
#include <utility>

namespace handfast::differential {

namespace {

using der::Tag;
using der::Writer;
namespace oid = x509::oid;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// 0 to count - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }

  bool one_in(std::size_t count) { return below(count) == 0; }

  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 engine_;
};

struct Extension {
  der::Oid id;
  bool is_critical;
  Octets value;
};

// What one certificate says.
struct Draft {
  std::string subject;
  std::string issuer;
  std::int64_t begins = -30;  // days from now
  std::int64_t ends = 30;
  std::vector<Extension> extensions = {};
};

// The keys of all cases: making them is dear, and no case depends on which they are.
const SigningKey& key(std::size_t number) {
  static const std::array<SigningKey, 8> keys = [] {
    const auto make = [] { return SigningKey::generate(CertificateKey::ecdsa_p256).value(); };
    return std::array{make(), make(), make(), make(), make(), make(), make(), make()};
  }();
  return keys[number];
}

void write_name(Writer& writer, std::string_view common_name) {
  writer.inside(Tag::sequence, [&](Writer& name) {
    if (common_name.empty()) {
      return;
    }
    name.inside(Tag::set, [&](Writer& set) {
      set.inside(Tag::sequence, [&](Writer& attribute) {
        attribute.object_identifier(oid::common_name);
        attribute.element(Tag::utf8_string, common_name);
      });
    });
  });
}

void write_algorithm(Writer& writer) {
  writer.inside(Tag::sequence,
                [](Writer& algorithm) { algorithm.object_identifier(oid::ecdsa_with_sha256); });
}

Octets certificate(const Draft& draft, std::size_t subject_key, std::size_t issuer_key) {
  static std::uint32_t serial = 0;
  Writer tbs;
  tbs.inside(Tag::sequence, [&](Writer& fields) {
    fields.inside(der::context_constructed(0), [](Writer& version) { version.small_integer(2); });
    fields.small_integer(++serial);
    write_algorithm(fields);
    write_name(fields, draft.issuer);
    fields.inside(Tag::sequence, [&](Writer& validity) {
      validity.time({now.seconds + draft.begins * day});
      validity.time({now.seconds + draft.ends * day});
    });
    write_name(fields, draft.subject);
    fields.raw(key(subject_key).public_key_info());
    fields.inside(der::context_constructed(3), [&](Writer& explicit_tag) {
      explicit_tag.inside(Tag::sequence, [&](Writer& list) {
        for (const Extension& extension : draft.extensions) {
          list.inside(Tag::sequence, [&](Writer& entry) {
            entry.object_identifier(extension.id);
            entry.boolean_default_false(extension.is_critical);
            entry.element(Tag::octet_string, Bytes(extension.value));
          });
        }
      });
    });
  });
  const auto signature = x509::private_key(key(issuer_key))
                             .sign(SignatureScheme::ecdsa_secp256r1_sha256, tbs.bytes())
                             .value();
  Writer whole;
  whole.inside(Tag::sequence, [&](Writer& fields) {
    fields.raw(tbs.bytes());
    write_algorithm(fields);
    fields.bit_string(signature.bytes());
  });
  return whole.take();
}

// --- Extensions ----------------------------------------------------------------------------------

template <class Body>
Octets der_of(Body&& body) {
  Writer writer;
  body(writer);
  return writer.take();
}

Extension key_id(const der::Oid& id, std::size_t number) {
  const std::array<std::uint8_t, 1> octets = {static_cast<std::uint8_t>(number + 1)};
  const bool is_subject = id == oid::subject_key_identifier.bytes();
  return {id, false, der_of([&](Writer& writer) {
            if (is_subject) {
              writer.element(Tag::octet_string, Bytes(octets));
              return;
            }
            writer.inside(Tag::sequence,
                          [&](Writer& fields) { fields.element(der::context(0), Bytes(octets)); });
          })};
}

Extension basic_constraints(bool is_authority, std::optional<std::uint32_t> path_length,
                            bool is_critical = true) {
  return {oid::basic_constraints, is_critical, der_of([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& fields) {
              fields.boolean_default_false(is_authority);
              if (path_length) {
                fields.small_integer(*path_length);
              }
            });
          })};
}

Extension key_usage(std::uint16_t bits, bool is_critical = true) {
  return {oid::key_usage, is_critical, der_of([&](Writer& writer) { writer.named_bits(bits); })};
}

Extension purposes(std::span<const der::Oid> list, bool is_critical = false) {
  return {oid::extended_key_usage, is_critical, der_of([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& fields) {
              for (const der::Oid& purpose : list) {
                fields.object_identifier(purpose);
              }
            });
          })};
}

// --- Names ---------------------------------------------------------------------------------------

struct Name {
  std::uint8_t kind;  // the tag number of GeneralName
  std::string text;
};

constexpr std::uint8_t email = 1;
constexpr std::uint8_t dns = 2;
constexpr std::uint8_t uri = 6;
constexpr std::uint8_t ip = 7;

Octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }

// "192.0.2.0/24" as address and mask; without a slash the address alone.
Octets address_octets(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Bytes address = x509::Address::parse(text.substr(0, slash)).value().bytes();
  Octets octets(address.begin(), address.end());
  if (slash != std::string_view::npos) {
    const auto bits = static_cast<unsigned>(std::stoi(std::string(text.substr(slash + 1))));
    for (unsigned i = 0; i < address.size(); ++i) {
      const unsigned ones = bits > 8 * i ? std::min(bits - 8 * i, 8U) : 0;
      octets.push_back(static_cast<std::uint8_t>(0xff00U >> ones));
    }
  }
  return octets;
}

void write_general_name(Writer& writer, const Name& name) {
  const Octets value = name.kind == ip ? address_octets(name.text) : octets_of(name.text);
  writer.element(der::context(name.kind), Bytes(value));
}

Extension alt_names(const std::vector<Name>& names) {
  return {oid::subject_alt_name, false, der_of([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& list) {
              for (const Name& name : names) {
                write_general_name(list, name);
              }
            });
          })};
}

struct Limits {
  std::vector<Name> permitted;
  std::vector<Name> excluded;

  [[nodiscard]] bool is_empty() const { return permitted.empty() && excluded.empty(); }
};

Extension name_constraints(const Limits& limits) {
  return {oid::name_constraints, true, der_of([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& fields) {
              for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}}) {
                const auto& subtrees = side == 0 ? limits.permitted : limits.excluded;
                if (subtrees.empty()) {
                  continue;
                }
                fields.inside(der::context_constructed(side), [&](Writer& list) {
                  for (const Name& base : subtrees) {
                    list.inside(Tag::sequence,
                                [&](Writer& subtree) { write_general_name(subtree, base); });
                  }
                });
              }
            });
          })};
}

const std::vector<Name>& names_of_leaves() {
  static const std::vector<Name> names = {
      {dns, "shop.test"},
      {dns, "www.shop.test"},
      {dns, "a.www.shop.test"},
      {dns, "*.shop.test"},
      {dns, "WWW.Shop.TEST"},
      {dns, "myshop.test"},
      {dns, "other.test"},
      {dns, "*.test"},
      {dns, "*.www.shop.test"},
      {dns, "xn--bcher-kva.test"},
      {dns, "under_score.shop.test"},
      {ip, "192.0.2.1"},
      {ip, "192.0.3.1"},
      {ip, "2001:db8::1"},
      {email, "ann@shop.test"},
      {email, "ann@www.shop.test"},
      {email, "bob@other.test"},
      {uri, "https://shop.test/"},
      {uri, "https://www.shop.test/a"},
      {uri, "https://192.0.2.1/"},
  };
  return names;
}

const std::vector<Name>& bases() {
  static const std::vector<Name> names = {
      {dns, "shop.test"},    {dns, "www.shop.test"},
      {dns, "test"},         {dns, ""},
      {dns, "SHOP.test"},    {dns, "other.test"},
      {dns, "op.test"},      {dns, "a.www.shop.test"},
      {ip, "192.0.2.0/24"},  {ip, "192.0.2.1/32"},
      {ip, "0.0.0.0/0"},     {ip, "2001:db8::/32"},
      {ip, "::/0"},          {email, "shop.test"},
      {email, ".shop.test"}, {email, "ann@shop.test"},
      {email, "other.test"}, {uri, "shop.test"},
      {uri, ".shop.test"},   {uri, "www.shop.test"},
  };
  return names;
}

constexpr std::array asked_names = {"shop.test",      "www.shop.test",        "a.www.shop.test",
                                    "myshop.test",    "other.test",           "192.0.2.1",
                                    "192.0.3.1",      "2001:db8::1",          "xn--bcher-kva.test",
                                    "mail.shop.test", "under_score.shop.test"};

std::string text_of(const std::vector<Name>& names) {
  std::string text;
  for (const Name& name : names) {
    text += (text.empty() ? "" : " ") + std::to_string(name.kind) + ":" + name.text;
  }
  return "[" + text + "]";
}

// --- Families ------------------------------------------------------------------------------------

constexpr std::uint16_t digital_signature = 1 << 0;
constexpr std::uint16_t key_encipherment = 1 << 2;
constexpr std::uint16_t key_cert_sign = 1 << 5;
constexpr std::uint16_t crl_sign = 1 << 6;

Draft authority(std::string subject, std::string issuer, std::size_t key, std::size_t issuer_key) {
  return {.subject = std::move(subject),
          .issuer = std::move(issuer),
          .extensions = {basic_constraints(true, std::nullopt), key_usage(key_cert_sign | crl_sign),
                         key_id(oid::subject_key_identifier, key),
                         key_id(oid::authority_key_identifier, issuer_key)}};
}

Draft leaf(std::string issuer, std::size_t issuer_key, const std::vector<Name>& names) {
  const std::array server = {oid::server_auth};
  return {.subject = "leaf",
          .issuer = std::move(issuer),
          .extensions = {basic_constraints(false, std::nullopt), key_usage(digital_signature),
                         purposes(server), alt_names(names),
                         key_id(oid::authority_key_identifier, issuer_key)}};
}

std::vector<Name> some(Dice& dice, const std::vector<Name>& from, std::size_t least,
                       std::size_t most) {
  std::vector<Name> names;
  for (std::size_t count = least + dice.below(most - least + 1); count > 0; --count) {
    names.push_back(dice.pick(from));
  }
  return names;
}

void note_kinds(Case& result, const std::vector<Name>& names, std::string_view where) {
  for (const Name& name : names) {
    result.traits.push_back(std::string(where) + ':' + std::to_string(name.kind));
    if (name.text.starts_with("*.")) {
      result.traits.push_back(std::string(where) + ":wildcard");
    }
    if (name.text.find('_') != std::string::npos) {
      result.traits.push_back(std::string(where) + ":underscore");
    }
    if (name.kind == uri && name.text.find("192.") != std::string::npos) {
      result.traits.push_back(std::string(where) + ":uri-of-address");
    }
    if (name.text.empty()) {
      result.traits.push_back(std::string(where) + ":empty");
    }
    if (name.text.starts_with(".")) {
      result.traits.push_back(std::string(where) + ":dot");
    }
  }
}

// Names of the leaf against the constraints of one or two authorities.
Case names_and_constraints(Dice& dice) {
  Case result;
  const std::vector<Name> names = some(dice, names_of_leaves(), 1, 3);
  const Limits limits = {some(dice, bases(), 0, 3), some(dice, bases(), 0, 2)};
  const Limits root_limits =
      dice.one_in(4) ? Limits{some(dice, bases(), 0, 2), some(dice, bases(), 0, 1)} : Limits{};
  Draft root = authority("Root", "Root", 0, 0);
  Draft intermediate = authority("Intermediate", "Root", 1, 0);
  if (!limits.is_empty()) {
    intermediate.extensions.push_back(name_constraints(limits));
  }
  if (!root_limits.is_empty()) {
    root.extensions.push_back(name_constraints(root_limits));
    result.traits.emplace_back("constrained-root");
  }
  note_kinds(result, names, "san");
  note_kinds(result, limits.permitted, "permitted");
  note_kinds(result, limits.excluded, "excluded");
  note_kinds(result, root_limits.permitted, "permitted");
  note_kinds(result, root_limits.excluded, "excluded");
  result.chain = {certificate(leaf("Intermediate", 1, names), 2, 1),
                  certificate(intermediate, 1, 0)};
  result.anchors = {certificate(root, 0, 0)};
  result.name = dice.pick(asked_names);
  result.text = "names " + text_of(names) + " permitted " + text_of(limits.permitted) +
                " excluded " + text_of(limits.excluded) + " root permitted " +
                text_of(root_limits.permitted) + " root excluded " + text_of(root_limits.excluded);
  return result;
}

// Which usages, purposes and basic constraints stand where.
class Usages {
 public:
  explicit Usages(Dice& dice) : dice_(dice) {}

  Case make() {
    Case result;
    const Draft root = vary(authority("Root", "Root", 0, 0), "root", result);
    const Draft intermediate = vary(authority("Intermediate", "Root", 1, 0), "ca", result);
    const Draft server = vary(leaf("Intermediate", 1, {{dns, "www.shop.test"}}), "leaf", result);
    result.chain = {certificate(server, 2, 1), certificate(intermediate, 1, 0)};
    result.anchors = {certificate(root, 0, 0)};
    result.name = "www.shop.test";
    return result;
  }

 private:
  Draft vary(Draft draft, const std::string& where, Case& result) {
    if (dice_.one_in(2)) {
      return draft;
    }
    const auto note = [&](const std::string& what) {
      result.traits.push_back(where + ':' + what);
      result.text += where + ' ' + what + ", ";
    };
    const auto put = [&](std::optional<Extension> extension, const der::Oid& id) {
      std::erase_if(draft.extensions, [&](const Extension& other) { return same(other.id, id); });
      if (extension) {
        draft.extensions.push_back(*std::move(extension));
      }
    };
    if (dice_.one_in(2)) {
      static constexpr std::array<std::uint16_t, 5> choices = {digital_signature, key_cert_sign,
                                                               crl_sign, key_encipherment,
                                                               digital_signature | key_cert_sign};
      const std::size_t choice = dice_.below(choices.size() + 1);
      const bool is_critical = !dice_.one_in(4);
      put(choice < choices.size() ? std::optional(key_usage(choices[choice], is_critical))
                                  : std::nullopt,
          oid::key_usage);
      note("usage " + (choice < choices.size() ? std::to_string(choices[choice]) : "none"));
    }
    if (dice_.one_in(2)) {
      const std::array<std::vector<der::Oid>, 6> choices = {
          std::vector{oid::server_auth},        {oid::client_auth},  {oid::any_extended_key_usage},
          {oid::client_auth, oid::server_auth}, {oid::ocsp_signing}, {}};
      static constexpr std::array texts = {"server", "client", "any", "both", "ocsp", "none"};
      const std::size_t choice = dice_.below(choices.size());
      const bool is_critical = dice_.one_in(4);
      put(choices[choice].empty() ? std::nullopt
                                  : std::optional(purposes(choices[choice], is_critical)),
          oid::extended_key_usage);
      note(std::string("purpose ") + texts[choice]);
    }
    if (dice_.one_in(2)) {
      const std::size_t choice = dice_.below(6);
      const bool is_critical = !dice_.one_in(4);
      static constexpr std::array texts = {"none", "no-ca", "ca", "ca-0", "ca-1", "ca-empty"};
      std::optional<Extension> extension;
      if (choice > 0) {
        extension = basic_constraints(
            choice >= 2,
            choice == 3 || choice == 4 ? std::optional<std::uint32_t>(choice - 3) : std::nullopt,
            is_critical);
      }
      put(std::move(extension), oid::basic_constraints);
      note(std::string("basic ") + texts[choice]);
    }
    return draft;
  }

  static bool same(const der::Oid& a, const der::Oid& b) { return a == b.bytes(); }

  Dice& dice_;
};

// Long, short, shuffled, crossed, looping and broken ways from the leaf to an anchor.
class Shapes {
 public:
  explicit Shapes(Dice& dice) : dice_(dice) {}

  Case make() {
    const std::size_t depth = 1 + dice_.below(4);  // authorities between root and leaf
    Draft root = authority("Root", "Root", 0, 0);
    if (happens(12, "expired root")) {
      root.ends = -1;
    }
    for (std::size_t level = 1; level <= depth; ++level) {
      add_level(level);
    }
    Draft server = leaf(above_, depth, {{dns, "www.shop.test"}});
    if (happens(16, "expired leaf")) {
      server.ends = -1;
    }
    if (happens(8, "root sent")) {
      others_.push_back(certificate(root, 0, 0));
    }
    for (std::size_t i = others_.size(); i > 1; --i) {
      std::swap(others_[i - 1], others_[dice_.below(i)]);
    }
    result_.chain = {certificate(server, 5, depth)};
    result_.chain.insert(result_.chain.end(), others_.begin(), others_.end());
    result_.anchors = {certificate(root, 0, 0)};
    if (happens(8, "two anchors of a name")) {
      result_.anchors.push_back(certificate(authority("Root", "Root", 7, 7), 7, 7));
    }
    result_.name = "www.shop.test";
    return std::move(result_);
  }

 private:
  void note(const std::string& what) {
    result_.traits.push_back(what);
    result_.text += what + ", ";
  }

  bool happens(std::size_t one_in, const std::string& what) {
    const bool happened = dice_.one_in(one_in);
    if (happened) {
      note(what);
    }
    return happened;
  }

  // One authority, and what else there is of its name.
  void add_level(std::size_t level) {
    const bool is_self_issued = level > 1 && happens(8, "self-issued");
    const std::string subject = is_self_issued ? above_ : "CA " + std::to_string(level);
    Draft draft = authority(subject, above_, level, level - 1);
    if (dice_.one_in(6)) {
      const auto length = static_cast<std::uint32_t>(dice_.below(3));
      draft.extensions[0] = basic_constraints(true, length);
      note("length " + std::to_string(length) + " at " + std::to_string(level));
    }
    if (happens(12, "expired")) {
      draft.ends = -1;
    }
    if (happens(16, "early")) {
      draft.begins = 1;
    }
    if (!happens(16, "missing")) {
      // A signature by a key that is not the issuer's.
      others_.push_back(certificate(draft, level, happens(24, "forged") ? 7 : level - 1));
    }
    if (dice_.one_in(6)) {
      Draft crossed = authority(subject, "Root", level, 0);
      crossed.ends = dice_.one_in(3) ? -1 : 30;
      others_.push_back(certificate(crossed, level, 0));
      note(crossed.ends < 0 ? "crossed, expired" : "crossed");
    }
    if (happens(8, "namesake")) {
      others_.push_back(certificate(authority(subject, above_, 6, level - 1), 6, level - 1));
    }
    if (level > 1 && happens(8, "loop")) {
      others_.push_back(
          certificate(authority(above_, subject, level - 1, level), level - 1, level));
    }
    above_ = subject;
  }

  Dice& dice_;
  Case result_;
  std::vector<Octets> others_;
  std::string above_ = "Root";
};

}  // namespace

Case generate(std::uint64_t index) {
  Dice dice(index * 0x9e37'79b9'7f4a'7c15 + 1);
  switch (index % 4) {
    case 0:
    case 1: return names_and_constraints(dice);
    case 2: return Usages(dice).make();
    default: return Shapes(dice).make();
  }
}

}  // namespace handfast::differential
