#include "handshake/permitted.h"

#include "handshake/legacy_mechanism.h"

#include <algorithm>
#include <array>

namespace handfast {

std::string_view name(Weakness weakness) {
  switch (weakness) {
    case Weakness::block_cipher: return "block cipher";
    case Weakness::rsa_key_exchange: return "RSA key exchange";
    case Weakness::ffdhe_key_exchange: return "finite-field key exchange";
    case Weakness::short_tag: return "short tag";
    case Weakness::no_forward_secrecy: return "no forward secrecy";
  }
  return "unknown";
}

Policy Policy::iot() {
  Policy policy;
  policy.is_iot_ = true;
  return policy;
}

namespace handshake {
namespace {

constexpr std::array all_weaknesses = {Weakness::block_cipher, Weakness::rsa_key_exchange,
                                       Weakness::ffdhe_key_exchange, Weakness::short_tag,
                                       Weakness::no_forward_secrecy};

bool has_weakness(const crypto::Suite& suite, Weakness weakness) {
  switch (weakness) {
    case Weakness::block_cipher: return suite.mac.has_value();
    case Weakness::rsa_key_exchange: return suite.key_exchange == crypto::KeyExchangeMethod::rsa;
    case Weakness::ffdhe_key_exchange: return suite.key_exchange == crypto::KeyExchangeMethod::dhe;
    case Weakness::short_tag: return crypto::tag_size(suite.aead) < crypto::aead_tag_size;
    case Weakness::no_forward_secrecy: return suite.key_exchange == crypto::KeyExchangeMethod::psk;
  }
  return false;
}

}  // namespace

const LegacyMechanism* mechanism_of(const Policy& policy, Weakness weakness) {
  const auto named = std::ranges::find(policy.mechanisms(), weakness, &LegacyMechanism::weakness);
  return named != policy.mechanisms().end() ? *named : nullptr;
}

namespace {

bool lets_in(const Policy& policy, Weakness weakness) {
  switch (weakness) {
    case Weakness::block_cipher:
    case Weakness::rsa_key_exchange:
    case Weakness::ffdhe_key_exchange: return mechanism_of(policy, weakness) != nullptr;
    case Weakness::short_tag:
    case Weakness::no_forward_secrecy: break;
  }
  return policy.is_iot();
}

}  // namespace

bool is_weak(const crypto::Suite& suite) {
  return std::ranges::any_of(all_weaknesses,
                             [&](Weakness weakness) { return has_weakness(suite, weakness); });
}

bool permits(const Policy& policy, const crypto::Suite& suite) {
  return std::ranges::all_of(all_weaknesses, [&](Weakness weakness) {
    return !has_weakness(suite, weakness) || lets_in(policy, weakness);
  });
}

void settle_suite12(Handshake& hs, const crypto::Suite& suite, const Policy& policy,
                    bool encrypt_then_mac) {
  for (const Weakness weakness : all_weaknesses) {
    if (has_weakness(suite, weakness)) {
      hs.settled().weaknesses.push_back(weakness);
      hs.report(WeaknessUsed{weakness});
    }
  }
  const LegacyMechanism* const mechanism = mechanism_of(policy, Weakness::block_cipher);
  if (mechanism != nullptr) {
    hs.wire().choose_block({mechanism->block_ciphers, encrypt_then_mac
                                                          ? record::MacOrder::encrypt_then_mac
                                                          : record::MacOrder::mac_then_encrypt});
  }
}

}  // namespace handshake
}  // namespace handfast
