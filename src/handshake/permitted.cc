#include "handshake/permitted.h"

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
    case Weakness::block_cipher: break;
    case Weakness::rsa_key_exchange: return suite.key_exchange == crypto::KeyExchangeMethod::rsa;
    case Weakness::ffdhe_key_exchange: return suite.key_exchange == crypto::KeyExchangeMethod::dhe;
    case Weakness::short_tag: return crypto::tag_size(suite.aead) < crypto::aead_tag_size;
    case Weakness::no_forward_secrecy: return suite.key_exchange == crypto::KeyExchangeMethod::psk;
  }
  return false;
}

bool lets_in(const Policy& policy, Weakness weakness) {
  switch (weakness) {
    case Weakness::block_cipher:
    case Weakness::rsa_key_exchange:
    case Weakness::ffdhe_key_exchange: break;
    case Weakness::short_tag:
    case Weakness::no_forward_secrecy: return policy.is_iot();
  }
  return false;
}

}  // namespace

bool permits(const Policy& policy, const crypto::Suite& suite) {
  return std::ranges::all_of(all_weaknesses, [&](Weakness weakness) {
    return !has_weakness(suite, weakness) || lets_in(policy, weakness);
  });
}

void report_weaknesses(Handshake& hs, const crypto::Suite& suite) {
  for (const Weakness weakness : all_weaknesses) {
    if (has_weakness(suite, weakness)) {
      hs.report(WeaknessUsed{weakness});
    }
  }
}

}  // namespace handshake
}  // namespace handfast
