#include "compression/algorithm.h"

#include "base/limits.h"
#include "compression/compressed_forms.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/parties.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using compression::Algorithm;
using enum CertificateCompressionAlgorithm;
using Content = std::vector<std::uint8_t>;

Content joined(const std::vector<Content>& parts) {
  Content whole;
  for (const Content& part : parts) {
    whole.insert(whole.end(), part.begin(), part.end());
  }
  return whole;
}

/// Something like the chain of a server: DER, with parts that come again.
Content chain() {
  Content content;
  for (const CertificateKey kind : {CertificateKey::ecdsa_p256, CertificateKey::rsa}) {
    const Bytes der = credential(kind)->leaf().der;
    content.insert(content.end(), der.begin(), der.end());
  }
  return content;
}

Result<Content> decompress(const Algorithm& algorithm, Bytes compressed, std::size_t size) {
  Content plain(size);
  const auto done = algorithm.decompress(compressed, plain);
  return done ? Result<Content>(std::move(plain)) : std::unexpected(done.error());
}

class EachAlgorithm : public testing::TestWithParam<Algorithm> {
 protected:
  [[nodiscard]] static const Algorithm& algorithm() { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithm, testing::ValuesIn(compression::algorithms()),
                         [](const auto& row) { return std::string(name(row.param.id)); });

TEST(Algorithms, are_all_here) {
  for (const auto id : {zlib, brotli, zstd}) {
    ASSERT_NE(compression::find(id), nullptr) << name(id);
    EXPECT_EQ(compression::find(id)->id, id);
  }
  EXPECT_EQ(compression::find(CertificateCompressionAlgorithm{}), nullptr);
  EXPECT_EQ(compression::find(static_cast<CertificateCompressionAlgorithm>(4)), nullptr);
}

TEST_P(EachAlgorithm, gives_back_what_it_compressed) {
  for (const Content& plain : {chain(), Content{0}, Content(limits::certificate_message, 7)}) {
    const auto compressed = algorithm().compress(plain);
    ASSERT_TRUE(compressed);
    EXPECT_EQ(decompress(algorithm(), *compressed, plain.size()).value(), plain);
  }
}

TEST_P(EachAlgorithm, makes_certificates_smaller) {
  const Content plain = chain();
  EXPECT_LT(algorithm().compress(plain)->size(), plain.size() * 9 / 10);
}

TEST_P(EachAlgorithm, refuses_every_length_but_the_true_one) {
  const Content plain = chain();
  const Content compressed = algorithm().compress(plain).value();
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{1}, plain.size() / 2,
                                  plain.size() - 1, plain.size() + 1, 2 * plain.size()}) {
    EXPECT_FAILS(decompress(algorithm(), compressed, wrong), Reason::compressed_certificate_invalid)
        << wrong;
  }
}

TEST_P(EachAlgorithm, refuses_every_truncation) {
  const Content plain = chain();
  const Content compressed = algorithm().compress(plain).value();
  for (std::size_t size = 0; size < compressed.size(); ++size) {
    EXPECT_FAILS(decompress(algorithm(), Bytes(compressed).first(size), plain.size()),
                 Reason::compressed_certificate_invalid)
        << size;
  }
}

TEST_P(EachAlgorithm, refuses_what_stands_behind_its_end) {
  const Content plain = chain();
  const Content compressed = algorithm().compress(plain).value();
  for (const Content& more : {Content{0}, Content{3}, Content(100, 0xff), compressed}) {
    Content longer = compressed;
    longer.insert(longer.end(), more.begin(), more.end());
    for (const std::size_t size : {plain.size(), 2 * plain.size()}) {
      EXPECT_FAILS(decompress(algorithm(), longer, size), Reason::compressed_certificate_invalid);
    }
  }
}

// Not every algorithm has a checksum: what comes out of a changed message may be something else,
// and then the certificates in it are not what the peer signed for. It never is longer, nor a
// crash.
TEST_P(EachAlgorithm, survives_every_flipped_bit) {
  const Content plain = chain();
  Content compressed = algorithm().compress(plain).value();
  for (std::size_t bit = 0; bit < 8 * compressed.size(); ++bit) {
    std::uint8_t& byte = compressed[bit / 8];
    byte ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto changed = decompress(algorithm(), compressed, plain.size());
    if (!changed) {
      EXPECT_FAILS(changed, Reason::compressed_certificate_invalid) << bit;
    } else if (algorithm().id == zlib && bit < 8 * (compressed.size() - 4)) {
      EXPECT_EQ(*changed, plain) << "zlib's checksum lets nothing else through: " << bit;
    }
    byte ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
}

TEST_P(EachAlgorithm, stops_at_the_length_that_was_announced) {
  for (const std::size_t ratio : {10U, 100U, 1000U}) {
    const Content bomb = algorithm().compress(Content(ratio * 16'384)).value();
    EXPECT_FAILS(decompress(algorithm(), bomb, 16'384), Reason::compressed_certificate_invalid)
        << ratio;
  }
}

Result<Content> of(CertificateCompressionAlgorithm id, Bytes compressed, std::size_t size) {
  return decompress(*compression::find(id), compressed, size);
}

TEST(Zlib, is_of_rfc_1950_alone) {
  // Three bytes "abc", stored: as zlib, as raw deflate, as gzip, and with a dictionary.
  const Content abc = {'a', 'b', 'c'};
  EXPECT_EQ(of(zlib, "7801 01 0300fcff 616263 024d0127"_hex, 3).value(), abc);
  for (const Content& other :
       {"01 0300fcff 616263"_hex, "1f8b08000000000000ff 01 0300fcff 616263 c2412435 03000000"_hex,
        "7820 00000001 01 0300fcff 616263 024d0127"_hex, "7801 01 0300fcff 616263 024d0128"_hex}) {
    EXPECT_FAILS(of(zlib, other, 3), Reason::compressed_certificate_invalid);
  }
}

TEST(Zstd, is_one_frame_of_rfc_8878_alone) {
  // A frame of one segment with the three bytes "abc" in one raw block.
  const Content abc = {'a', 'b', 'c'};
  const Content frame = "28b52ffd 20 03 190000 616263"_hex;
  EXPECT_EQ(of(zstd, frame, 3).value(), abc);
  const Content skipped = "502a4d18 02000000 abcd"_hex;
  for (const Content& other : {joined({skipped, frame}), joined({frame, skipped}), skipped,
                               joined({frame, frame}), "27b52ffd 20 03 190000 616263"_hex,
                               "28b52ffd 21 07 03 190000 616263"_hex /* a dictionary */}) {
    EXPECT_FAILS(of(zstd, other, 3), Reason::compressed_certificate_invalid);
    EXPECT_FAILS(of(zstd, other, 6), Reason::compressed_certificate_invalid);
    EXPECT_FAILS(of(zstd, other, 0), Reason::compressed_certificate_invalid);
  }
}

TEST(Zstd, reads_a_large_window_and_refuses_one_beyond_the_format) {
  // The same bytes in frames without a size of their own: windows of 1 GiB and of 3.75 TiB.
  EXPECT_EQ(of(zstd, "28b52ffd 00 a0 190000 616263"_hex, 3).value(), Content({'a', 'b', 'c'}));
  EXPECT_FAILS(of(zstd, "28b52ffd 00 ff 190000 616263"_hex, 3),
               Reason::compressed_certificate_invalid);
}

TEST(Brotli, allocates_no_more_than_it_may) {
  // What a decoder keeps of its output grows with its window: these need less and more than the
  // bound. The second is valid too.
  const compression::Algorithm& algorithm = *compression::find(brotli);
  for (const auto& [size, is_read] : {std::pair(limits::decompression_memory / 4, true),
                                      std::pair(limits::decompression_memory * 2, false)}) {
    const Content compressed = algorithm.compress(Content(size)).value();
    EXPECT_EQ(decompress(algorithm, compressed, size).has_value(), is_read) << size;
  }
}

TEST(CompressedForms, are_made_once) {
  static unsigned count = 0;
  static const Algorithm counting = {zlib,
                                     [](Bytes plain) -> Result<Content> {
                                       ++count;
                                       return Content(plain.begin(), plain.end());
                                     },
                                     nullptr};
  compression::CompressedForms forms;
  const Content plain = chain();
  const Bytes first = forms.find_or_make(counting, 0, plain).value();
  EXPECT_TRUE(std::ranges::equal(first, plain));
  for (unsigned message = 0; message < 4; ++message) {
    EXPECT_TRUE(forms.find_or_make(counting, message, plain));
  }
  EXPECT_EQ(forms.find_or_make(counting, 0, plain)->data(), first.data());
  EXPECT_EQ(count, 4U);
}

}  // namespace
}  // namespace handfast::test
