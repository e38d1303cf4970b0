#include "legacy/rsa12.h"

#include "crypto/signature.h"
#include "legacy/premaster.h"
#include "legacy/rsa.h"
#include "message/key_exchange12.h"
#include "x509/algorithm.h"
#include "x509/credential_key.h"
#include "x509/path.h"

#include <vector>

namespace handfast::legacy {
namespace {

using handshake::ClientExchange12;
using handshake::Handshake;
using handshake::ServerExchange12;
using handshake::Task;
using handshake::Work;
using message::EncryptedPreMasterSecret;

Result<x509::RsaParts> encryption_key(Bytes leaf) {
  const auto certificate = Certificate::of_type(CertificateType::x509, leaf);
  if (!certificate) {
    return std::unexpected(certificate.error());
  }
  const auto parts = certificate->key_kind == CertificateKey::rsa
                         ? x509::rsa_parts(certificate->public_key)
                         : std::nullopt;
  // RFC 5246 §7.4.2: of a suite with RSA key exchange, "RSA public key; the certificate MUST allow
  // the key to be used for encryption (the keyEncipherment bit MUST be set if the key usage
  // extension is present)."
  if (!parts) {
    return fail(Reason::certificate_not_rsa);
  }
  if (!x509::allows(*certificate, KeyUsage::key_encipherment)) {
    return fail(Reason::certificate_key_usage);
  }
  // Sizes and exponents as everywhere: with an exponent of 1 the secret would go in clear.
  const auto usable = crypto::PublicKey::rsa(parts->modulus, parts->exponent);
  return usable ? Result<x509::RsaParts>(*parts) : std::unexpected(usable.error());
}

Result<> check_leaf(const ClientExchange12& exchange) {
  const auto key = encryption_key(exchange.leaf);
  return key ? Result<>() : std::unexpected(key.error());
}

Result<std::vector<std::uint8_t>> encrypt_to(Bytes leaf, Bytes premaster) {
  const auto key = encryption_key(leaf);
  return key ? rsa_encrypt(key->modulus, key->exponent, premaster) : std::unexpected(key.error());
}

Task<> hear_rsa(Handshake& hs, ClientExchange12* exchange) {
  static_cast<void>(hs);  // there is no ServerKeyExchange
  co_await check_leaf(*exchange);
}

Task<> answer_rsa(Handshake& hs, ClientExchange12* exchange) {
  co_await hs.spend(Work::agree_on_key);
  const Premaster premaster = co_await make_premaster(ProtocolVersion::tls12);
  const std::vector<std::uint8_t> sealed = co_await encrypt_to(exchange->leaf, premaster.expose());
  const EncryptedPreMasterSecret answer{.pre_master_secret = sealed};
  co_await hs.send(answer, 16 + sealed.size());
  exchange->premaster_secret = SecretBytes(premaster.expose());
}

/// Who can say the right Finished has decrypted what only the leaf's key opens.
void confirm_rsa(Handshake& hs) { hs.note_possession(); }

Task<> offer_rsa(Handshake& hs, ServerExchange12* exchange) {
  static_cast<void>(hs);
  static_cast<void>(exchange);
  co_return;
}

Task<> agree_rsa(Handshake& hs, ServerExchange12* exchange) {
  const auto answer = co_await hs.read<EncryptedPreMasterSecret>();
  co_await hs.spend(Work::agree_on_key);
  const crypto::PrivateKey& key = x509::private_key((*exchange->credential)->key());
  // RFC 5246 §7.4.7.1: the version is "the latest (newest) version supported by the client", as it
  // stood in its ClientHello.
  const ProtocolVersion version = exchange->hello->legacy_version;
  const Premaster premaster = co_await open_premaster(key, answer->pre_master_secret, version);
  exchange->premaster_secret = SecretBytes(premaster.expose());
  exchange->edge = answer.edge;
}

}  // namespace

constinit const handshake::KeyExchange12 rsa12 = {
    .method = crypto::KeyExchangeMethod::rsa,
    .hear_server = hear_rsa,
    .answer_server = answer_rsa,
    .confirm_server = confirm_rsa,
    .offer = offer_rsa,
    .agree = agree_rsa,
};

}  // namespace handfast::legacy
