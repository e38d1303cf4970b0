// Our own ChaCha20-Poly1305 beside libcrypto's. How it behaves as a cipher: ../aead_test.cc, which
// has Wycheproof too.
#include "crypto/native/chacha20_poly1305.h"

#include "crypto/aead.h"
#include "crypto/native/compared_records.h"
#include "support/expect.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#ifdef HANDFAST_CHACHA20_POLY1305

namespace handfast::crypto::native {
namespace {

using Vector = std::vector<std::uint8_t>;

class OwnChaCha20Poly1305 : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_chacha20_poly1305()) {
      GTEST_SKIP() << "this processor does not have AVX-512 IFMA";
    }
  }

  ComparedRecords<ChaCha20Poly1305> records_{{AeadId::chacha20_poly1305},
                                             [](Bytes key) { return ChaCha20Poly1305(key); }};
};

TEST(ChaCha20Poly1305Aead, is_there_where_the_processor_has_it) {
  EXPECT_EQ(Aead::own(AeadId::chacha20_poly1305, Vector(32)).has_value(), has_chacha20_poly1305());
  EXPECT_FAILS(Aead::own(AeadId::chacha20_poly1305, Vector(31)), Reason::internal);
}

TEST_F(OwnChaCha20Poly1305, does_as_libcrypto_at_every_size_of_some_batches) {
  records_.compare_sizes_to(2400);
}

TEST_F(OwnChaCha20Poly1305, does_as_libcrypto_with_random_records) { records_.compare_random(); }

TEST_F(OwnChaCha20Poly1305, refuses_one_bit_wherever_it_is) {
  records_.change_each_bit({0, 1, 16, 127, 192, 193, 256, 400, 1024});
}

TEST_F(OwnChaCha20Poly1305, decrypts_nothing_where_the_tag_is_another) {
  const ChaCha20Poly1305 own(Vector(32, 0x5a));
  const Vector text(1000, 3);
  Vector sealed(text.size() + aead_tag_size);
  own.seal(Nonce{}, {}, std::array{Bytes(text)}, sealed);
  sealed.back() ^= 1;
  Vector opened = sealed;
  EXPECT_FALSE(own.open(Nonce{}, {}, opened));
  EXPECT_EQ(opened, sealed);
}

}  // namespace
}  // namespace handfast::crypto::native

#else

namespace handfast::crypto {

TEST(ChaCha20Poly1305Aead, is_not_there_in_a_build_without_it) {
  EXPECT_FAILS(Aead::own(AeadId::chacha20_poly1305, std::vector<std::uint8_t>(32)),
               Reason::configuration_unsupported);
}

}  // namespace handfast::crypto

#endif
