#include "handshake/ech_config.h"

#include "base/code_set.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace handfast {

std::string_view name(EchOutcome outcome) {
  switch (outcome) {
    case EchOutcome::not_offered: return "not offered";
    case EchOutcome::greased: return "greased";
    case EchOutcome::offered: return "offered";
    case EchOutcome::accepted: return "accepted";
    case EchOutcome::rejected: return "rejected";
  }
  return "unknown";
}

Result<std::shared_ptr<const EchConfig>> EchConfig::choose(Bytes list) {
  const auto choices = handshake::read_ech_configs(list);
  if (!choices) {
    return std::unexpected(choices.error());
  }
  const auto chosen = std::ranges::find_if(*choices, handshake::is_usable);
  if (chosen == choices->end()) {
    return fail(Reason::ech_config_unusable);
  }
  const Bytes name = chosen->contents.public_name;
  auto public_name = ServerName::parse(std::string(name.begin(), name.end()));
  if (!public_name) {
    return std::unexpected(public_name.error());
  }
  return std::shared_ptr<const EchConfig>(new EchConfig(chosen->config, *std::move(public_name)));
}

}  // namespace handfast

namespace handfast::handshake {
namespace {

using crypto::hpke::AeadCode;
using message::EchConfigContents;

/// The first suite of `contents` that this build has and that encrypts.
crypto::hpke::Suite suite_of(const EchConfigContents& contents) {
  const crypto::hpke::Kem kem = contents.key_config.kem_id;
  for (const message::HpkeSymmetricCipherSuite& listed : contents.key_config.cipher_suites) {
    const crypto::hpke::Suite suite = {kem, listed.kdf_id, listed.aead_id};
    if (suite.aead != AeadCode::export_only && crypto::hpke::is_supported(suite)) {
      return suite;
    }
  }
  return {kem, {}, AeadCode::export_only};
}

// RFC 9849 §4.2: there MUST NOT be more than one extension of one type.
Result<> check_extensions(const EchConfigContents& contents) {
  CodeSet seen;
  for (const message::EchConfigExtension& extension : contents.extensions) {
    if (!seen.insert(extension.type)) {
      return fail(Reason::extension_duplicated);
    }
  }
  return {};
}

// RFC 9849 §4.2: with a mandatory extension that it does not support, and none is known here, a
// client MUST ignore the configuration.
bool has_mandatory_extension(const EchConfigContents& contents) {
  for (const message::EchConfigExtension& extension : contents.extensions) {
    if (extension.is_mandatory()) {
      return true;
    }
  }
  return false;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters, digits and hyphens; RFC 9849 §6.1.7, RFC 5890 §2.3.1.
bool is_ldh_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

/// RFC 9849 §6.1.7: a last label of digits, or of "0x" and hexadecimal ones, may be read as an
/// IPv4 address by others.
bool looks_like_a_number(std::string_view label) {
  const bool is_hex = label.starts_with("0x") || label.starts_with("0X");
  return label.find_first_not_of(is_hex ? "0123456789abcdefABCDEF" : "0123456789",
                                 is_hex ? 2 : 0) == std::string_view::npos;
}

/// RFC 9849 §6.1.7: a sequence of LDH labels that does not begin or end with a dot.
bool is_public_name(std::string_view name) {
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_ldh_label(name.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return !looks_like_a_number(name);
    }
    name.remove_prefix(dot + 1);
  }
}

/// A configuration that has been taken out of a list.
Result<std::optional<EchChoice>> read_contents(const message::EchConfig& config, Bytes whole) {
  if (config.version != message::EchConfig::known_version) {
    return std::nullopt;
  }
  const auto contents = codec::read<EchConfigContents>(config.contents);
  if (!contents) {
    return std::unexpected(contents.error());
  }
  if (const auto checked = check_extensions(*contents); !checked) {
    return std::unexpected(checked.error());
  }
  return EchChoice{*contents, suite_of(*contents), whole};
}

}  // namespace

Result<std::optional<EchChoice>> read_ech_config(Bytes config) {
  const auto read = codec::read<message::EchConfig>(config);
  return read ? read_contents(*read, config) : std::unexpected(read.error());
}

Result<std::vector<EchChoice>> read_ech_configs(Bytes list) {
  if (const auto read = codec::read<message::EchConfigList>(list); !read) {
    return std::unexpected(read.error());
  }
  codec::Reader outer(list);
  const Bytes all = outer.vector(4, 0xffff);
  codec::Reader in(all);
  std::vector<EchChoice> choices;
  while (in.left() > 0) {
    const std::size_t start = in.offset();
    const auto config = codec::read_fields<message::EchConfig>(in);
    const auto choice = read_contents(config, all.subspan(start, in.offset() - start));
    if (!choice) {
      return std::unexpected(choice.error());
    }
    if (*choice) {
      choices.push_back(**choice);
    }
  }
  return choices;
}

bool is_usable(const EchChoice& choice) {
  const Bytes name = choice.contents.public_name;
  const std::string text(name.begin(), name.end());
  return choice.suite.aead != AeadCode::export_only && !has_mandatory_extension(choice.contents) &&
         is_public_name(text) && ServerName::parse(text);
}

std::vector<std::uint8_t> hpke_info(Bytes config) {
  constexpr std::string_view label = "tls ech";
  std::vector<std::uint8_t> info(label.begin(), label.end());
  info.push_back(0);
  info.insert(info.end(), config.begin(), config.end());
  return info;
}

}  // namespace handfast::handshake
