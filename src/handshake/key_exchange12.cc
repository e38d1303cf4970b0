#include "handshake/key_exchange12.h"

#include "codec/writer.h"
#include "handshake/claim.h"
#include "handshake/legacy_mechanism.h"
#include "handshake/permitted.h"
#include "handshake/psk12.h"

#include <cstdlib>

namespace handfast::handshake {

namespace {

const KeyExchange12& old_exchange12(const Policy& policy, Weakness weakness) {
  const LegacyMechanism* const mechanism = mechanism_of(policy, weakness);
  if (mechanism == nullptr || mechanism->key_exchange == nullptr) {
    std::abort();  // whoever negotiated it did not ask `permits`
  }
  return *mechanism->key_exchange;
}

}  // namespace

const KeyExchange12& key_exchange12(const crypto::Suite& suite, const Policy& policy) {
  switch (suite.key_exchange) {
    case crypto::KeyExchangeMethod::ecdhe: return ecdhe12;
    case crypto::KeyExchangeMethod::ecdhe_psk: return ecdhe_psk12;
    case crypto::KeyExchangeMethod::psk: return psk12;
    case crypto::KeyExchangeMethod::dhe:
      return old_exchange12(policy, Weakness::ffdhe_key_exchange);
    case crypto::KeyExchangeMethod::rsa: return old_exchange12(policy, Weakness::rsa_key_exchange);
  }
  std::abort();  // whoever negotiated it did not look
}

Result<Bytes> signed_params12(MessageStore& store, const schedule::Randoms& randoms, Bytes params) {
  const MutBytes memory =
      store.allocate(randoms.client.size() + randoms.server.size() + params.size());
  if (memory.empty()) {
    return fail(Reason::out_of_memory);
  }
  codec::Writer out(memory);
  out.bytes(randoms.client);
  out.bytes(randoms.server);
  out.bytes(params);
  return Bytes(memory);
}

Result<> check_exchange_signature12(Handshake& hs, const ClientExchange12& exchange,
                                    SignatureScheme algorithm, Bytes signature, Bytes content) {
  if (const auto paid = hs.spend(Work::check_signature); !paid) {
    return paid;
  }
  const ClientOptions& options = *exchange.asked->options;
  const SignatureDemand12 demand{exchange.leaf, content, options.signature_schemes,
                                 exchange.suite->signer, options.groups};
  const message::CertificateVerify proof{.algorithm = algorithm, .signature = signature};
  if (const auto checked = check_signature12(proof, demand); !checked) {
    return checked;
  }
  hs.note_possession();
  hs.settled().scheme = algorithm;
  return {};
}

}  // namespace handfast::handshake
