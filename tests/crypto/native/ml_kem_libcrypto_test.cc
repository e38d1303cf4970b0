// ML-KEM beside libcrypto's, which has it from 3.5 on.
#include "crypto/native/ml_kem.h"
#include "crypto/native/twins.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace handfast::crypto::native {
namespace {

#ifdef OSSL_PKEY_PARAM_ML_KEM_SEED

using Vector = std::vector<std::uint8_t>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

Vector copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Key key_of(const char* name, const char* parameter, Vector value, int selection) {
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  std::array parameters = {OSSL_PARAM_construct_octet_string(parameter, value.data(), value.size()),
                           OSSL_PARAM_construct_end()};
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, selection, parameters.data()), 1);
  return {key, EVP_PKEY_free};
}

Vector part_of(const Key& key, const char* parameter, std::size_t size) {
  Vector bytes(size);
  EXPECT_EQ(EVP_PKEY_get_octet_string_param(key.get(), parameter, bytes.data(), size, &size), 1);
  EXPECT_EQ(size, bytes.size());
  return bytes;
}

template <class Set>
void agree(const char* name, Twin twin) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 200; ++round) {
    Vector seed(ml_kem_seed_size + ml_kem_message_size);
    std::ranges::generate(seed, [&] { return static_cast<std::uint8_t>(random()); });
    const auto message = Bytes(seed).last<ml_kem_message_size>();
    seed.resize(ml_kem_seed_size);
    const auto ours = MlKemKey<Set>::from_seed(seed, twin).value();
    const Key theirs = key_of(name, OSSL_PKEY_PARAM_ML_KEM_SEED, seed, EVP_PKEY_KEYPAIR);
    ASSERT_EQ(part_of(theirs, OSSL_PKEY_PARAM_PUB_KEY, ml_kem_encapsulation_key_size<Set>),
              copy(ours.encapsulation_key()));
    ASSERT_EQ(part_of(theirs, OSSL_PKEY_PARAM_PRIV_KEY, ml_kem_decapsulation_key_size<Set>),
              copy(ours.expose()));

    // Theirs opens what we made; with a bit changed it rejects as we do.
    auto made = ml_kem_encapsulate<Set>(ours.encapsulation_key(), message, twin).value();
    const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, theirs.get(), nullptr),
                          EVP_PKEY_CTX_free);
    ASSERT_EQ(EVP_PKEY_decapsulate_init(context.get(), nullptr), 1);
    for (const std::uint8_t change : std::array<std::uint8_t, 2>{0, 1}) {
      made.ciphertext.back() ^= change;
      Vector secret(32);
      std::size_t size = secret.size();
      ASSERT_EQ(EVP_PKEY_decapsulate(context.get(), secret.data(), &size, made.ciphertext.data(),
                                     made.ciphertext.size()),
                1);
      ASSERT_EQ(secret, copy(ours.decapsulate(made.ciphertext)->expose()));
      ASSERT_EQ(secret == copy(made.secret.expose()), change == 0);
    }

    // We open what theirs made.
    ASSERT_EQ(EVP_PKEY_encapsulate_init(context.get(), nullptr), 1);
    Vector ciphertext(ml_kem_ciphertext_size<Set>);
    Vector secret(32);
    std::size_t ciphertext_size = ciphertext.size();
    std::size_t secret_size = secret.size();
    ASSERT_EQ(EVP_PKEY_encapsulate(context.get(), ciphertext.data(), &ciphertext_size,
                                   secret.data(), &secret_size),
              1);
    ASSERT_EQ(copy(ours.decapsulate(ciphertext)->expose()), secret);
  }
}

class MlKemBesideLibcrypto : public EachTwin {};

INSTANTIATE_TEST_SUITE_P(Native, MlKemBesideLibcrypto, twins, name_of_twin);

TEST_P(MlKemBesideLibcrypto, gives_the_same) {
  agree<MlKem768>("ML-KEM-768", GetParam());
  agree<MlKem1024>("ML-KEM-1024", GetParam());
}

#else

TEST(MlKemBesideLibcrypto, gives_the_same) {
  GTEST_SKIP() << "the libcrypto that this is built with has no ML-KEM; 3.5 has";
}

#endif

}  // namespace
}  // namespace handfast::crypto::native
