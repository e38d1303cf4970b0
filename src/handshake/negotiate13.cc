#include "handshake/negotiate13.h"

#include "base/code_set.h"
#include "crypto/key_exchange.h"
#include "handshake/certificate_type13.h"
#include "handshake/check13.h"
#include "handshake/common_choice.h"

#include <algorithm>
#include <optional>

namespace handfast::handshake {
namespace {

using message::ClientHello;
using message::Extension;

Result<> check_version(const ServerOptions& options, const ClientHello& hello) {
  const std::span<const ProtocolVersion> ours = options.versions;
  const auto& versions = hello.typed.supported_versions;
  const bool speaks_13 = std::ranges::find(ours, ProtocolVersion::tls13) != ours.end();
  if (speaks_13 && versions && versions->versions.contains(ProtocolVersion::tls13)) {
    // RFC 9846 §4.2.2: "A server which receives a legacy_version value not equal to 0x0303 MUST
    // abort the handshake with a "protocol_version" alert."
    return hello.legacy_version == ProtocolVersion::tls12 ? Result<>()
                                                          : fail(Reason::legacy_version_invalid);
  }
  // RFC 7507 §3: a server that has a newer version than the client offers answers the SCSV with
  // inappropriate_fallback.
  if (hello.cipher_suites.contains(CipherSuite::tls_fallback_scsv)) {
    return fail(Reason::fallback_inappropriate);
  }
  const std::array legacy = {hello.legacy_version};
  const codec::List<ProtocolVersion> theirs =
      versions ? versions->versions : codec::List<ProtocolVersion>(legacy);
  return fail(Reason::version_none_common, both_of(Facts::Kind::versions, ours, theirs));
}

// RFC 9846 §4.3.11: the binders are "A series of HMAC values, one for each value in the identities
// list and in the same order".
bool has_binder_each(const message::OfferedPsks& offered) {
  return std::ranges::distance(offered.identities) == std::ranges::distance(offered.binders);
}

Result<> check_form(const ClientHello& hello) {
  // RFC 9846 §4.2.2: in every TLS 1.3 ClientHello the compression methods MUST be exactly one zero
  // byte, or the server MUST answer with illegal_parameter.
  const Bytes methods = hello.legacy_compression_methods;
  if (methods.size() != 1 || methods.front() != 0) {
    return fail(Reason::compression_not_null);
  }
  // RFC 9846 §4.3.11: pre_shared_key MUST be the last extension, and servers MUST check that it is.
  ExtensionType last{};
  for (const Extension& extension : hello.extensions) {
    last = extension.extension_type;
  }
  const message::ClientHelloExtensions& typed = hello.typed;
  if (typed.pre_shared_key && last != ExtensionType::pre_shared_key) {
    return fail(Reason::psk_not_last);
  }
  // RFC 9846 §4.3.9: servers MUST abort if pre_shared_key comes without psk_key_exchange_modes.
  if (typed.pre_shared_key && !typed.psk_key_exchange_modes) {
    return fail(Reason::psk_modes_missing);
  }
  if (typed.pre_shared_key && !has_binder_each(*typed.pre_shared_key)) {
    return fail(Reason::psk_binders_mismatch);
  }
  if (const auto checked = check_record_limit(typed.record_size_limit); !checked) {
    return checked;
  }
  if (typed.compress_certificate) {
    if (const auto checked = check_compressions(*typed.compress_certificate); !checked) {
      return checked;
    }
  }
  if (const auto checked = check_types(typed); !checked) {
    return checked;
  }
  // RFC 9846 §9.2: without a PSK a ClientHello MUST hold signature_algorithms and supported_groups,
  // and with supported_groups a key_share; else missing_extension. The groups with a PSK too, here:
  // none is taken without (EC)DHE.
  const bool has_schemes = typed.signature_algorithms || typed.pre_shared_key;
  if (!has_schemes || !typed.supported_groups || !typed.key_share) {
    return fail(Reason::extension_missing);
  }
  return {};
}

/// The first of `favoured` that is one of `others` too; nothing if there is none.
std::optional<CipherSuite> first_common(const auto& favoured, const auto& others) {
  for (const CipherSuite suite : favoured) {
    if (std::ranges::find(others, suite) != others.end()) {
      return suite;
    }
  }
  return std::nullopt;
}

Result<const crypto::Suite*> choose_suite(const ServerOptions& options, const ClientHello& hello) {
  // All are strong; which of them is fast is for the weaker machine to say, most often the client.
  const auto& ours = options.cipher_suites;
  const auto& theirs = hello.cipher_suites;
  if (const auto suite =
          options.own_suite_order ? first_common(ours, theirs) : first_common(theirs, ours)) {
    return crypto::find_suite(*suite);
  }
  return fail(
      Reason::suite_none_common,
      both_of(Facts::Kind::cipher_suites, std::span(options.cipher_suites), hello.cipher_suites));
}

Result<> check_shares(const ClientHello& hello) {
  CodeSet listed;
  for (const NamedGroup group : hello.typed.supported_groups->named_group_list) {
    listed.insert(std::to_underlying(group));
  }
  for (const message::KeyShareEntry& share : hello.typed.key_share->client_shares) {
    // RFC 9846 §4.3.8: "Clients MUST NOT offer any KeyShareEntry values for groups not listed in
    // the client's "supported_groups" extension." and "Clients MUST NOT offer multiple
    // KeyShareEntry values for the same group." A code is taken from the set as it is seen, so a
    // second one is as missing as one that was never listed.
    if (!listed.erase(std::to_underlying(share.group))) {
      const bool twice = hello.typed.supported_groups->named_group_list.contains(share.group);
      return fail(twice ? Reason::key_share_duplicated : Reason::key_share_unlisted);
    }
  }
  return {};
}

/// A group, and the client's share of it; empty if it sent none.
struct GroupChoice {
  NamedGroup group;
  Bytes client_share;
};

/// The first group that both have: our favourite. Or, to save a round trip, the first for which
/// there is a share; but what is recorded today may be read by a quantum computer, and to do
/// without ML-KEM is not worth a round trip.
Result<GroupChoice> choose_group(const ServerOptions& options, const ClientHello& hello) {
  const auto& theirs = hello.typed.supported_groups->named_group_list;
  std::optional<NamedGroup> favourite;
  for (const NamedGroup ours : options.groups) {
    if (!theirs.contains(ours)) {
      continue;
    }
    favourite = favourite.value_or(ours);
    if (crypto::has_ml_kem(*favourite) && !crypto::has_ml_kem(ours)) {
      continue;
    }
    for (const message::KeyShareEntry& share : hello.typed.key_share->client_shares) {
      if (share.group == ours) {
        return GroupChoice{ours, share.key_exchange};
      }
    }
  }
  if (!favourite) {
    return fail(Reason::group_none_common,
                both_of(Facts::Kind::groups, std::span(options.groups), theirs));
  }
  return GroupChoice{*favourite, {}};
}

/// What a client may change between its two hellos. RFC 9846 §4.2.2.
bool may_change(ExtensionType type) {
  switch (type) {
    case ExtensionType::key_share:
    case ExtensionType::early_data:
    case ExtensionType::cookie:
    case ExtensionType::pre_shared_key:
    case ExtensionType::encrypted_client_hello:  // RFC 9849 §6.1.5
    case ExtensionType::padding: return true;
    default: return false;
  }
}

using Extensions = message::ExtensionList::iterator;

void skip_changeable(Extensions& extension) {
  while (extension != std::default_sentinel && may_change(extension->extension_type)) {
    ++extension;
  }
}

/// RFC 9846 §4.2.2: after a HelloRetryRequest "the client MUST send the same ClientHello without
/// modification", but for the named extensions.
bool is_same_hello(const ClientHello& first, const ClientHello& second) {
  if (first.legacy_version != second.legacy_version || first.random != second.random ||
      !std::ranges::equal(first.legacy_session_id, second.legacy_session_id) ||
      !std::ranges::equal(first.cipher_suites.wire(), second.cipher_suites.wire()) ||
      !std::ranges::equal(first.legacy_compression_methods, second.legacy_compression_methods)) {
    return false;
  }
  auto a = first.extensions.begin();
  auto b = second.extensions.begin();
  for (;; ++a, ++b) {
    skip_changeable(a);
    skip_changeable(b);
    if (a == std::default_sentinel || b == std::default_sentinel) {
      return a == std::default_sentinel && b == std::default_sentinel;
    }
    if (a->extension_type != b->extension_type ||
        !std::ranges::equal(a->extension_data, b->extension_data)) {
      return false;
    }
  }
}

std::string lower_case(Bytes name) {
  std::string text;
  text.reserve(name.size());
  for (const std::uint8_t byte : name) {
    const bool upper = byte >= 'A' && byte <= 'Z';
    text += static_cast<char>(upper ? byte + ('a' - 'A') : byte);
  }
  return text;
}

bool is_host_name_character(std::uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

}  // namespace

Result<Choice> negotiate13(const ServerOptions& options, const ClientHello& hello) {
  if (const auto checked = check_version(options, hello); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_form(hello); !checked) {
    return std::unexpected(checked.error());
  }
  const auto suite = choose_suite(options, hello);
  if (!suite) {
    return std::unexpected(suite.error());
  }
  if (const auto checked = check_shares(hello); !checked) {
    return std::unexpected(checked.error());
  }
  Choice choice;
  choice.suite = *suite;
  choice.early_data = hello.typed.early_data.has_value();
  const auto group = choose_group(options, hello);
  if (!group) {
    return std::unexpected(group.error());
  }
  choice.group = group->group;
  choice.client_share = group->client_share;
  const auto alpn = choose_alpn(options, hello);
  if (!alpn) {
    return std::unexpected(alpn.error());
  }
  choice.alpn = *alpn;
  const auto length = choose_fragment_length(options, hello.typed);
  if (!length) {
    return std::unexpected(length.error());
  }
  choice.max_fragment_length = *length;
  const auto heartbeat = heartbeat_of(hello.typed, options);
  if (!heartbeat) {
    return std::unexpected(heartbeat.error());
  }
  choice.heartbeat = *heartbeat;
  return choice;
}

RetryTerms retry_terms(const Choice& choice) {
  RetryTerms terms{.suite = choice.suite};
  if (choice.needs_share()) {
    terms.group = choice.group;
  }
  return terms;
}

Result<> check_second_hello(const ClientHello& first, const ClientHello& second, Bytes cookie) {
  if (!is_same_hello(first, second)) {
    return fail(Reason::hello_changed);
  }
  // RFC 9846 §4.3.2: the client MUST copy the cookie that it was sent, and MUST NOT use another.
  const Bytes brought = second.typed.cookie ? second.typed.cookie->cookie : Bytes();
  return std::ranges::equal(brought, cookie) ? Result<>() : fail(Reason::cookie_invalid);
}

Result<Choice> renegotiate13(const ServerOptions& options, const RetryTerms& terms,
                             const ClientHello& second) {
  // RFC 9846 §4.3.10: early_data MUST NOT stand in the ClientHello after a HelloRetryRequest.
  if (second.typed.early_data) {
    return fail(Reason::hello_changed);
  }
  auto choice = negotiate13(options, second);
  if (!choice) {
    return choice;
  }
  // RFC 9846 §4.2.3: the suite of the ServerHello MUST be that of the HelloRetryRequest.
  if (!second.cipher_suites.contains(terms.suite->id)) {
    return fail(Reason::hello_changed);
  }
  choice->suite = terms.suite;
  choice->early_data = false;
  if (choice->needs_share() || choice->group != terms.group.value_or(choice->group)) {
    return fail(Reason::key_share_missing);
  }
  if (!terms.group) {
    return choice;  // with its shares of before; JSSE makes new ones, and nothing depends on that
  }
  // RFC 9846 §4.3.8: the second ClientHello MUST hold a single share, of the group that was asked
  // for.
  std::size_t shares = 0;
  for (const message::KeyShareEntry& share : second.typed.key_share->client_shares) {
    ++shares;
    if (share.group != *terms.group) {
      return fail(Reason::key_share_missing);
    }
  }
  if (shares != 1) {
    return fail(Reason::key_share_missing);
  }
  return choice;
}

Result<std::string> server_name(const std::optional<message::ServerNameList>& asked) {
  if (!asked) {
    return std::string();
  }
  std::size_t names = 0;
  std::string name;
  for (const message::HostName& entry : asked->server_name_list) {
    // RFC 6066 §3: "The ServerNameList MUST NOT contain more than one name of the same name_type",
    // and host_name is the only type there is.
    if (++names > 1 || entry.name_type != 0 || entry.host_name.size() > 255 ||
        !std::ranges::all_of(entry.host_name, is_host_name_character)) {
      return fail(Reason::server_name_malformed);
    }
    name = lower_case(entry.host_name);
  }
  return name;
}

}  // namespace handfast::handshake
