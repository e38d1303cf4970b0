#include "base/secret.h"
#include "codec/layout.h"
#include "crypto/hpke.h"
#include "crypto/random.h"
#include "der/oid.h"
#include "der/pem.h"
#include "der/reader.h"
#include "handfast/ech.h"
#include "handshake/ech_config.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace handfast {
namespace {

using crypto::hpke::AeadCode;
using crypto::hpke::Kdf;
using crypto::hpke::Kem;
using crypto::hpke::KeyPair;

// RFC 8410 §3: id-X25519.
constexpr der::Oid x25519 = {1, 3, 101, 110};

template <class M>
std::vector<std::uint8_t> written(const M& value, std::size_t room) {
  std::vector<std::uint8_t> bytes(room);
  codec::Writer out(bytes);
  codec::write(out, value);
  bytes.resize(out.size());
  return bytes;
}

/// An ECHConfig for the key.
std::vector<std::uint8_t> config_of(std::uint8_t config_id, Bytes public_key,
                                    std::string_view public_name, std::uint8_t longest_name) {
  static constexpr std::array<message::HpkeSymmetricCipherSuite, 3> suites = {{
      {Kdf::hkdf_sha256, AeadCode::aes_128_gcm},  // RFC 9849 §9: the one that everybody has
      {Kdf::hkdf_sha256, AeadCode::aes_256_gcm},
      {Kdf::hkdf_sha256, AeadCode::chacha20_poly1305},
  }};
  const std::vector<std::uint8_t> name(public_name.begin(), public_name.end());
  const message::EchConfigContents contents{
      .key_config = {config_id, Kem::dhkem_x25519_hkdf_sha256, public_key,
                     std::span<const message::HpkeSymmetricCipherSuite>(suites)},
      .maximum_name_length = longest_name,
      .public_name = name,
      .extensions = {}};
  const auto inside = written(contents, 128 + name.size());
  return written(message::EchConfig{.contents = inside}, 8 + inside.size());
}

/// The raw key inside OneAsymmetricKey. RFC 8410 §7, RFC 5958 §2.
Result<SecretBytes> read_x25519(Bytes text) {
  der::Reader in(text);
  bool is_x25519 = false;
  Bytes key;
  in.inside(der::Tag::sequence, [&](der::Reader& info) {
    static_cast<void>(info.small_integer(1));  // the version: 1 has a public key, too
    info.inside(der::Tag::sequence, [&](der::Reader& algorithm) {
      is_x25519 = der::equal(algorithm.object_identifier(), x25519.bytes());
      while (!algorithm.at_end()) {
        static_cast<void>(algorithm.any());  // of other algorithms
      }
    });
    der::Reader inner(info.read(der::Tag::octet_string));
    key = inner.read(der::Tag::octet_string);
    while (!info.at_end()) {
      static_cast<void>(info.any());  // attributes, public key
    }
  });
  if (in.complete() && !is_x25519) {
    return fail(Reason::key_unsupported);
  }
  return in.complete() && !key.empty() ? Result<SecretBytes>(SecretBytes(key))
                                       : fail(Reason::key_malformed);
}

/// The same, written. All before the key is always the same; put together like this, no copy of the
/// key is left where a buffer has grown.
SecretBytes write_x25519(Bytes key) {
  constexpr std::array<std::uint8_t, 16> before = {
      0x30, 0x2e, 0x02, 0x01, 0x00,              // SEQUENCE, version 0
      0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e,  // AlgorithmIdentifier: id-X25519
      0x04, 0x22, 0x04, 0x20};                   // OCTET STRING, in it an OCTET STRING
  std::vector<std::uint8_t> whole;
  whole.reserve(before.size() + key.size());
  whole.insert(whole.end(), before.begin(), before.end());
  whole.insert(whole.end(), key.begin(), key.end());
  return SecretBytes(std::move(whole));
}

}  // namespace

Result<std::shared_ptr<const EchKey>> EchKey::generate(std::string_view public_name,
                                                       std::uint8_t longest_name) {
  const auto pair = KeyPair::generate(Kem::dhkem_x25519_hkdf_sha256);
  if (!pair) {
    return std::unexpected(pair.error());
  }
  std::array<std::uint8_t, 1> config_id{};
  if (const auto drawn = crypto::fill_random(config_id); !drawn) {
    return std::unexpected(drawn.error());
  }
  if (public_name.empty() || public_name.size() > 255) {
    return fail(Reason::ech_config_unusable);
  }
  return make(config_of(config_id.front(), pair->public_key(), public_name, longest_name),
              pair->expose_private_key());
}

Result<std::shared_ptr<const EchKey>> EchKey::make(Bytes config, Bytes private_key) {
  const auto choice = handshake::read_ech_config(config);
  if (!choice) {
    return std::unexpected(choice.error());
  }
  if (!*choice || !handshake::is_usable(**choice)) {
    return fail(Reason::ech_config_unusable);
  }
  const message::HpkeKeyConfig& key = (*choice)->contents.key_config;
  const auto pair = KeyPair::from_private(key.kem_id, private_key);
  if (!pair) {
    return std::unexpected(pair.error());
  }
  if (!std::ranges::equal(pair->public_key(), key.public_key)) {
    return fail(Reason::key_does_not_fit);
  }
  return std::shared_ptr<const EchKey>(new EchKey(config, key.config_id, private_key));
}

Result<std::shared_ptr<const EchKey>> EchKey::parse_pem(std::string_view text) {
  SecretBytes private_key;
  std::vector<std::uint8_t> list;
  der::PemScanner scanner(text);
  while (const auto block = scanner.next()) {
    const bool is_key = block->label == "PRIVATE KEY";
    if ((!is_key && block->label != "ECHCONFIG") ||
        !(is_key ? private_key.empty() : list.empty())) {
      continue;
    }
    auto bytes = der::decode_pem(*block);
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    if (!is_key) {
      list = *std::move(bytes);
      continue;
    }
    const SecretBytes whole(*std::move(bytes));
    auto key = read_x25519(whole.expose());
    if (!key) {
      return std::unexpected(key.error());
    }
    private_key = *std::move(key);
  }
  if (private_key.empty() || list.empty()) {
    return fail(Reason::pem_malformed);
  }
  const auto choices = handshake::read_ech_configs(list);
  if (!choices) {
    return std::unexpected(choices.error());
  }
  // The key belongs to one of them; others may be of other versions, or older.
  auto made = Result<std::shared_ptr<const EchKey>>(fail(Reason::ech_config_unusable));
  for (const handshake::EchChoice& choice : *choices) {
    if (handshake::is_usable(choice) && !made) {
      made = make(choice.config, private_key.expose());
    }
  }
  return made;
}

SecretBytes EchKey::pem() const {
  const SecretBytes key = write_x25519(private_key_.expose());
  std::string first = der::encode_pem("PRIVATE KEY", key.expose());
  const std::string second = der::encode_pem("ECHCONFIG", config_list());
  std::vector<std::uint8_t> text(first.begin(), first.end());
  text.reserve(first.size() + second.size());
  wipe(first);
  SecretBytes head(std::move(text));
  std::vector<std::uint8_t> whole;
  whole.reserve(head.size() + second.size());
  whole.insert(whole.end(), head.expose().begin(), head.expose().end());
  whole.insert(whole.end(), second.begin(), second.end());
  return SecretBytes(std::move(whole));
}

std::vector<std::uint8_t> EchKey::config_list() const {
  std::vector<std::uint8_t> list(2 + config_.size());
  codec::Writer out(list);
  out.number(static_cast<std::uint16_t>(config_.size()));
  out.bytes(config_);
  return list;
}

}  // namespace handfast
