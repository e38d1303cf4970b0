// The runner compresses certificates with algorithms of its own that are none. They stand here in
// the place of the library's table, which is then not linked.
#include "compression/algorithm.h"

#include <algorithm>
#include <array>

namespace handfast::compression {
namespace {

using Content = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 4> expanding_prefix = {1, 2, 3, 4};
constexpr std::array<std::uint8_t, 2> shrinking_prefix = {0, 0};

Content with_prefix(Bytes prefix, Bytes rest) {
  Content whole(prefix.begin(), prefix.end());
  whole.insert(whole.end(), rest.begin(), rest.end());
  return whole;
}

Result<> fill(MutBytes plain, Bytes content) {
  if (content.size() != plain.size()) {
    return fail(Reason::compressed_certificate_invalid);
  }
  std::ranges::copy(content, plain.begin());
  return {};
}

Result<Content> expand(Bytes plain) { return with_prefix(expanding_prefix, plain); }

Result<> unexpand(Bytes compressed, MutBytes plain) {
  return std::ranges::equal(compressed.first(std::min(compressed.size(), expanding_prefix.size())),
                            expanding_prefix)
             ? fill(plain, compressed.subspan(expanding_prefix.size()))
             : fail(Reason::compressed_certificate_invalid);
}

Result<Content> shrink(Bytes plain) {
  const Bytes rest = plain.subspan(shrinking_prefix.size());
  return Content(rest.begin(), rest.end());
}

Result<> unshrink(Bytes compressed, MutBytes plain) {
  return fill(plain, with_prefix(shrinking_prefix, compressed));
}

// One byte in front that means nothing.
Result<Content> salt(Bytes plain) { return with_prefix(Bytes(expanding_prefix).first(1), plain); }

Result<> unsalt(Bytes compressed, MutBytes plain) { return fill(plain, compressed.subspan(1)); }

}  // namespace

std::span<const Algorithm> algorithms() {
  static constexpr std::array table = {
      Algorithm{static_cast<CertificateCompressionAlgorithm>(0xff02), expand, unexpand},
      Algorithm{static_cast<CertificateCompressionAlgorithm>(0xff01), shrink, unshrink},
      Algorithm{static_cast<CertificateCompressionAlgorithm>(0xff03), salt, unsalt},
  };
  return table;
}

}  // namespace handfast::compression
