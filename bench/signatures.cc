#include "bench/measures.h"
#include "crypto/signature.h"

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace handfast::bench {
namespace {

using crypto::KeyKind;
using crypto::PrivateKey;
using crypto::PublicKey;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr auto scheme = SignatureScheme::ecdsa_secp256r1_sha256;
constexpr std::size_t point_size = 65;

void expect(bool good) {
  if (!good) {
    throw std::runtime_error("a signature failed");
  }
}

/// As long as what a CertificateVerify signs.
std::vector<std::uint8_t> message() { return std::vector<std::uint8_t>(130, 0x20); }

void sign(benchmark::State& state) {
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256);
  const auto text = message();
  expect(key.has_value());
  for (auto unused : state) {
    const auto signature = key->sign(scheme, text);
    expect(signature.has_value());
    benchmark::DoNotOptimize(signature->bytes().data());
  }
}

/// From the bytes of a key on, as they stand in a certificate.
void verify_signature(benchmark::State& state) {
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256);
  const auto text = message();
  const auto signature = key->sign(scheme, text);
  expect(signature.has_value());
  const Bytes point = key->public_key_info().last(point_size);
  for (auto unused : state) {
    const auto half = PublicKey::ecdsa(KeyKind::ecdsa_p256, point);
    expect(half && half->verify({.kind = KeyKind::ecdsa_p256}, text, signature->bytes()));
  }
}

std::vector<std::uint8_t> sign_by_libcrypto(EVP_PKEY* key, Bytes text) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::vector<std::uint8_t> signature(80);
  std::size_t size = signature.size();
  expect(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) == 1);
  signature.resize(size);
  return signature;
}

void sign_libcrypto(benchmark::State& state) {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto text = message();
  for (auto unused : state) {
    benchmark::DoNotOptimize(sign_by_libcrypto(key.get(), text).data());
  }
}

void verify_libcrypto(benchmark::State& state) {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto text = message();
  const auto signature = sign_by_libcrypto(key.get(), text);
  std::vector<std::uint8_t> info(static_cast<std::size_t>(i2d_PUBKEY(key.get(), nullptr)));
  std::uint8_t* out = info.data();
  expect(i2d_PUBKEY(key.get(), &out) > 0);
  for (auto unused : state) {
    const std::uint8_t* at = info.data();
    const Key half(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())), EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    expect(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, half.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(),
                            text.size()) == 1);
  }
}

}  // namespace

void register_signatures() {
  const auto name = [](const char* what, const char* library) {
    return std::string("ecdsa_p256/") + what + "/" + library;
  };
  benchmark::RegisterBenchmark(name("sign", handfast_name).c_str(), sign);
  benchmark::RegisterBenchmark(name("sign", libssl_name).c_str(), sign_libcrypto);
  benchmark::RegisterBenchmark(name("verify", handfast_name).c_str(), verify_signature);
  benchmark::RegisterBenchmark(name("verify", libssl_name).c_str(), verify_libcrypto);
}

}  // namespace handfast::bench
