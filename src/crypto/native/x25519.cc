#include "crypto/native/x25519.h"

#ifdef __SIZEOF_INT128__  // 32-bit machines do not have it
#include "crypto/native/twin.h"
#include "crypto/native/x25519_base.h"
#include "crypto/native/x25519_curve.h"
#include "crypto/native/x25519_field.h"
#ifdef HANDFAST_HAS_ADX
#include "crypto/native/x25519_field_adx.h"
#endif
#ifdef HANDFAST_HAS_AVX512
#include "crypto/native/x25519_ifma.h"
#endif

namespace handfast::crypto::native {
namespace {

// RFC 7748 §4.1, the base point of edwards25519, and the order of it.
constexpr Words256 base_x = {0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c,
                             0x216936d3cd6e53fe};
constexpr Words256 base_y = {0x6666666666666658, 0x6666666666666666, 0x6666666666666666,
                             0x6666666666666666};
constexpr Words256 order = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};

using Point = EdwardsPoint<Element51>;

/// The points of one comb, by teeth, and `power` moved on behind the last.
std::array<Point, 16> points_of_comb(Point& power) {
  std::array<Point, x25519_teeth> tooth;
  for (Point& one : tooth) {
    one = power;
    for (std::size_t i = 0; i < x25519_steps; ++i) {
      power = add(power, power);
    }
  }
  std::array<Point, 16> points;
  points[0] = tooth.back();
  for (std::size_t j = 0; j + 1 < tooth.size(); ++j) {
    const Element51 zero;
    const Element51 one = Element51::of({1});
    points[0] = add(points[0], Point{.x = one * (zero - tooth[j].x),
                                     .y = tooth[j].y,
                                     .z = tooth[j].z,
                                     .t = one * (zero - tooth[j].t)});
    tooth[j] = add(tooth[j], tooth[j]);
  }
  for (std::size_t j = 0; j + 1 < tooth.size(); ++j) {
    for (std::size_t low = 0; low < std::size_t{1} << j; ++low) {
      points[low + (std::size_t{1} << j)] = add(points[low], tooth[j]);
    }
  }
  return points;
}

/// With all of them divided by their z, for the price of one division (Montgomery 1987).
void write_entries(const std::array<Point, 16>& points, std::array<CombEntry, 16>& out) {
  std::array<Element51, 16> before;  // the product of the z in front of each
  Element51 product = Element51::of({1});
  for (std::size_t i = 0; i < points.size(); ++i) {
    before[i] = product;
    product = product * points[i].z;
  }
  Element51 rest = inverse(product);
  for (std::size_t i = points.size(); i-- > 0;) {
    const Element51 scale = rest * before[i];
    rest = rest * points[i].z;
    const auto [difference, sum, t] = addend_of(points[i]);
    out[i] = {(difference * scale).number(), (sum * scale).number(), (t * scale).number()};
  }
}

CombTable make_comb_table() {
  CombTable table;
  const Element51 x = Element51::of(base_x);
  const Element51 y = Element51::of(base_y);
  Point power{.x = x, .y = y, .z = Element51::of({1}), .t = x * y};
  for (auto& comb : table) {
    write_entries(points_of_comb(power), comb);
  }
  return table;
}

/// decodeScalar25519 of RFC 7748 §5.
Words256 scalar_of(std::span<const std::uint8_t, x25519_size> private_key) {
  Words256 k = words_of(private_key);
  k[0] &= ~std::uint64_t{7};
  k[3] = (k[3] & ~(std::uint64_t{1} << 63)) | std::uint64_t{1} << 62;
  return k;
}

Words256 public_value(const Words256& k, [[maybe_unused]] X25519Twin twin) {
  Words256 odd;  // k plus the order, which changes nothing: odd, as k is even, and below 2^256
  static_cast<void>(add(k, order, odd));
  const SignedBits256 digits(odd);
  wipe_words(odd);
#ifdef HANDFAST_HAS_AVX512
  if (twin == X25519Twin::ifma) {
    Ratio<Element51> u = multiply_base_by_fours(digits);
    return divide(u);
  }
#endif
#ifdef HANDFAST_HAS_ADX
  if (twin == X25519Twin::adx) {
    Ratio<Element64> u = multiply_base<Element64>(digits);
    return divide(u);
  }
#endif
  Ratio<Element51> u = multiply_base<Element51>(digits);
  return divide(u);
}

Words256 shared_secret(const Words256& k, const Words256& u, [[maybe_unused]] X25519Twin twin) {
#ifdef HANDFAST_HAS_AVX512
  if (twin == X25519Twin::ifma) {
    Ratio<Element51> shared = ladder_by_fours(k, u);
    return divide(shared);
  }
#endif
#ifdef HANDFAST_HAS_ADX
  if (twin == X25519Twin::adx) {
    Ratio<Element64> shared = ladder<Element64>(k, u);
    return divide(shared);
  }
#endif
  Ratio<Element51> shared = ladder<Element51>(k, u);
  return divide(shared);
}

#ifdef HANDFAST_HAS_AVX512
HANDFAST_AVX512 FourTable make_four_table() {
  const CombTable numbers = make_comb_table();
  FourTable table;
  for (std::size_t comb = 0; comb < table.size(); ++comb) {
    for (std::size_t i = 0; i < table[comb].size(); ++i) {
      const auto& [difference, sum, product] = numbers[comb][i];
      table[comb][i] = four_of(Element51::of(sum), Element51::of(difference), Element51::of({1}),
                               Element51::of(product));
    }
  }
  return table;
}
#endif

}  // namespace

const CombTable& x25519_comb_table() {
  static const CombTable table = make_comb_table();
  return table;
}

#ifdef HANDFAST_HAS_AVX512
const FourTable& x25519_four_table() {
  static const FourTable table = make_four_table();
  return table;
}
#endif

bool is_available(X25519Twin twin) {
  switch (twin) {
#ifdef HANDFAST_HAS_AVX512
    case X25519Twin::ifma: return has_avx512();
#endif
#ifdef HANDFAST_HAS_ADX
    case X25519Twin::adx: return is_available(FieldTwin::adx);
#endif
    default: return twin == X25519Twin::portable;
  }
}

X25519Twin fastest_x25519_twin() {
  static const X25519Twin fastest = is_available(X25519Twin::ifma)  ? X25519Twin::ifma
                                    : is_available(X25519Twin::adx) ? X25519Twin::adx
                                                                    : X25519Twin::portable;
  return fastest;
}

X25519Key::X25519Key(std::span<const std::uint8_t, x25519_size> private_key, X25519Twin twin)
    : private_key_(private_key), twin_(twin) {
  Words256 k = scalar_of(private_key);
  const Words256 u = public_value(k, twin_);
  wipe_words(k);
  write_words(u, share_);
  declassify(share_);
}

bool X25519Key::derive(std::span<const std::uint8_t, x25519_size> peer_share,
                       std::span<std::uint8_t, x25519_size> secret) const {
  Words256 k = scalar_of(private_key_.expose().first<x25519_size>());
  // RFC 7748 §5: "implementations of X25519 [...] MUST mask the most significant bit in the final
  // byte", and "MUST accept non-canonical values".
  Words256 u = words_of(peer_share);
  u[3] &= ~std::uint64_t{0} >> 1;
  Words256 shared = shared_secret(k, u, twin_);
  // RFC 9846 §7.4.2: "Implementations MUST check whether the computed Diffie-Hellman shared secret
  // is the all-zero value and abort if so"; of TLS 1.2 RFC 8422 §5.11 says the same.
  const std::array<std::uint8_t, 1> all_zero = {
      static_cast<std::uint8_t>(mask_if_zero(shared) & 1)};
  declassify(all_zero);
  write_words(shared, secret);
  wipe_words(shared);
  wipe_words(k);
  return all_zero.front() == 0;
}

}  // namespace handfast::crypto::native

#endif
