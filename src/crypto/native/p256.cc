#ifdef __SIZEOF_INT128__  // 32-bit machines do not have it
#include "crypto/native/p256.h"

#include "crypto/native/p256_base.h"
#include "crypto/native/p256_order.h"
#ifdef HANDFAST_HAS_ADX
#include "crypto/native/p256_field_adx.h"
#endif

#include <algorithm>

namespace handfast::crypto::native {
namespace {

using Element = P256Element<P256Portable>;
using Point = P256Point<P256Portable>;

/// The points of one comb, by teeth, and `power` moved on behind the last.
P256Comb points_of_comb(Point& power) {
  std::array<Point, 2 * p256_teeth> powers;  // each tooth, and twice that
  for (std::size_t j = 0; j < p256_teeth; ++j) {
    powers[j] = power;
    for (std::size_t i = 0; i < p256_steps; ++i) {
      double_point(power);
      if (i == 0) {
        powers[p256_teeth + j] = power;
      }
    }
  }
  const auto tooth = to_affine(powers);
  std::array<Point, p256_comb_size> points;
  points[0] = Point::of(tooth[p256_teeth - 1]);
  for (std::size_t j = 0; j + 1 < p256_teeth; ++j) {
    const Element negative = Element{} - Element{tooth[j].y};
    points[0] = add_points(points[0], {tooth[j].x, negative.words});
  }
  for (std::size_t j = 0; j + 1 < p256_teeth; ++j) {
    for (std::size_t low = 0; low < std::size_t{1} << j; ++low) {
      points[low + (std::size_t{1} << j)] = add_points(points[low], tooth[p256_teeth + j]);
    }
  }
  return to_affine(points);
}

P256CombTable make_comb_table() {
  P256CombTable table;
  Point power = Point::of(p256_base);
  for (P256Comb& comb : table) {
    comb = points_of_comb(power);
  }
  return table;
}

/// The number, or nothing unless it is at least 1 and below n, as r and s are.
std::optional<Words256> public_scalar(Bytes big_endian) {
  if (big_endian.size() > p256_size) {
    return std::nullopt;
  }
  std::array<std::uint8_t, p256_size> padded{};
  std::ranges::copy(big_endian, padded.end() - static_cast<std::ptrdiff_t>(big_endian.size()));
  const Words256 number = big_endian_words(padded);
  return mask_if_scalar(number) != 0 ? std::optional(number) : std::nullopt;
}

/// A number as odd digits with at least `width` - 1 zeros between them, each below 2^(width - 1)
/// and above minus that: the non-adjacent form. Not for secrets.
class SparseDigits {
 public:
  static constexpr std::size_t count = 257;

  SparseDigits(const Words256& number, unsigned width) {
    const Words<5> padded = {number[0], number[1], number[2], number[3], 0};
    unsigned carry = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Wide two =
          Wide{padded[i / 64]} | Wide{i / 64 + 1 < padded.size() ? padded[i / 64 + 1] : 0} << 64;
      const unsigned bits = static_cast<unsigned>(two >> (i % 64)) & ((1U << width) - 1);
      if ((bits & 1) == carry) {
        continue;
      }
      const unsigned sum = bits + carry;
      carry = (sum >> (width - 1)) & 1;
      digits_[i] =
          static_cast<std::int16_t>(static_cast<int>(sum) - static_cast<int>(carry << width));
      i += width - 1;
    }
  }

  [[nodiscard]] int operator[](std::size_t i) const { return digits_[i]; }

 private:
  std::array<std::int16_t, count> digits_{};
};

/// Adds the multiple of a point that `digit` says, which is in `odd`, whatever both are.
template <class Arithmetic>
void add_digit(P256Point<Arithmetic>& sum, std::span<const P256AffinePoint> odd, int digit) {
  if (digit == 0) {
    return;
  }
  P256AffinePoint term = odd[static_cast<std::size_t>(digit < 0 ? -digit : digit) / 2];
  if (digit < 0) {
    term.y = Arithmetic::subtract({}, term.y);
  }
  if (sum.z.is_zero()) {
    sum = P256Point<Arithmetic>::of(term);
    return;
  }
  const auto total = add_points(sum, term);
  if (total.z.is_zero()) {
    // The same x: the same y, or the negative one.
    const auto y = P256Element<Arithmetic>{term.y} * (square(sum.z) * sum.z);
    if (y.words == sum.y.words) {
      double_point(sum);
      return;
    }
  }
  sum = total;
}

/// The sum of u times the base point and v times `point`; u and v take turns, so that both share
/// the doublings (Straus 1964).
template <class Arithmetic>
P256Point<Arithmetic> multiply_both(const Words256& u, const Words256& v,
                                    const P256AffinePoint& point) {
  constexpr unsigned width = 5;
  constexpr unsigned base_width = 8;
  const P256OddTable& base = p256_odd_table();
  const auto odd = odd_multiples<Arithmetic, std::size_t{1} << (width - 2)>(point);
  const SparseDigits base_digits(u, base_width);
  const SparseDigits digits(v, width);
  static_assert(std::tuple_size_v<P256OddTable> == std::size_t{1} << (base_width - 2));
  P256Point<Arithmetic> sum;
  for (std::size_t i = SparseDigits::count; i-- > 0;) {
    double_point(sum);
    add_digit(sum, odd, digits[i]);
    add_digit(sum, base, base_digits[i]);
  }
  return sum;
}

/// FIPS 186-5 §6.4.2, from step 4 on.
template <class Arithmetic>
bool verify_numbers(const Words256& e, const Words256& r, const Words256& s,
                    const P256AffinePoint& key) {
  const Words256 inverse_s = to_order_form(inverse_modulo_order(s));
  const Words256 u = order_product(e, inverse_s);
  const Words256 v = order_product(r, inverse_s);
  const P256Point<Arithmetic> point = multiply_both<Arithmetic>(u, v, key);
  if (point.z.is_zero()) {
    return false;
  }
  // Whether X / Z^2 is r modulo n: of the numbers below p, these are r and, if that is one, r + n.
  const P256Element<Arithmetic> zz = square(point.z);
  if ((P256Element<Arithmetic>::of(r) * zz).words == point.x.words) {
    return true;
  }
  Words256 other;
  Words256 less;
  return add(r, p256_order, other) == 0 && subtract(other, p256_prime, less) != 0 &&
         (P256Element<Arithmetic>::of(other) * zz).words == point.x.words;
}

/// The x-coordinate of k times the base point, below p: 0 if comb_through fails.
template <class Arithmetic>
Words256 x_of_multiple(const Words256& k) {
  // An odd number is needed: k, or n - k, of which the multiple has the same x.
  Words256 other;
  static_cast<void>(subtract(p256_order, k, other));
  Words256 odd = choose(mask_of(k[0] & 1), k, other);
  const P256Digits digits(odd);
  P256Point<Arithmetic> point = comb_through<Arithmetic>(digits, p256_comb_table());
  P256Element<Arithmetic> scale = inverse(point.z);
  const Words256 x = (point.x * square(scale)).number();
  wipe_point(point);  // Naccache, Smart, Stern 2004: projective coordinates tell of the number
  wipe_words(scale.words);
  wipe_words(odd);
  wipe_words(other);
  return x;
}

/// Calls `with` with the arithmetic of `twin`.
template <class With>
auto run_twin([[maybe_unused]] FieldTwin twin, With with) {
#ifdef HANDFAST_HAS_ADX
  if (twin == FieldTwin::adx) {
    return with(P256Adx());
  }
#endif
  return with(P256Portable());
}

}  // namespace

const P256CombTable& p256_comb_table() {
  static const P256CombTable table = make_comb_table();
  return table;
}

const P256OddTable& p256_odd_table() {
  static const P256OddTable table = odd_multiples<P256Portable, 64>(p256_base);
  return table;
}

std::optional<P256PublicKey>
P256PublicKey::of(std::span<const std::uint8_t, p256_share_size> share) {
  constexpr std::uint8_t uncompressed = 4;
  const Words256 x = big_endian_words(share.subspan<1, p256_size>());
  const Words256 y = big_endian_words(share.subspan<1 + p256_size, p256_size>());
  Words256 less;
  if (share.front() != uncompressed || subtract(x, p256_prime, less) == 0 ||
      subtract(y, p256_prime, less) == 0) {
    return std::nullopt;
  }
  const Element own_x = Element::of(x);
  const Element own_y = Element::of(y);
  const Element cubic = square(own_x) * own_x - (twice(own_x) + own_x) + Element{p256_curve_b};
  return square(own_y).words == cubic.words
             ? std::optional(P256PublicKey{.point = {own_x.words, own_y.words}})
             : std::nullopt;
}

bool P256PublicKey::verify(P256Digest digest, Bytes r, Bytes s, FieldTwin twin) const {
  const auto own_r = public_scalar(r);
  const auto own_s = public_scalar(s);
  if (!own_r || !own_s) {
    return false;
  }
  const Words256 e = reduce_by_order(big_endian_words(digest));
  return run_twin(twin, [&]<class Arithmetic>(Arithmetic) {
    return verify_numbers<Arithmetic>(e, *own_r, *own_s, point);
  });
}

Result<P256PrivateKey> P256PrivateKey::of(std::span<const std::uint8_t, p256_size> private_key) {
  Words256 number = big_endian_words(private_key);
  const std::array<std::uint8_t, 1> verdict = {
      static_cast<std::uint8_t>(mask_if_scalar(number) & 1)};
  wipe_words(number);
  declassify(verdict);  // whether a key is one at all is public
  if (verdict.front() == 0) {
    return fail(Reason::key_malformed);
  }
  P256PrivateKey key;
  key.number_ = Secret<p256_size>(private_key);
  return key;
}

std::optional<P256Signature> P256PrivateKey::sign(P256Digest digest,
                                                  std::span<const std::uint8_t, p256_size> nonce,
                                                  FieldTwin twin) const {
  Words256 k = big_endian_words(nonce);
  Words256 d = big_endian_words(expose());
  const Words256 e = reduce_by_order(big_endian_words(digest));
  const Words256 r = reduce_by_order(
      run_twin(twin, [&]<class Arithmetic>(Arithmetic) { return x_of_multiple<Arithmetic>(k); }));
  Words256 product = order_product(to_order_form(r), d);
  Words256 sum = add_modulo(product, e, p256_order);
  Words256 inverse_k = inverse_modulo_order(k);
  Words256 factor = to_order_form(inverse_k);
  const Words256 s = order_product(sum, factor);
  const std::uint64_t good = mask_if_scalar(k) & ~mask_if_zero(r) & ~mask_if_zero(s);
  for (Words256* secret : {&k, &d, &product, &sum, &inverse_k, &factor}) {
    wipe_words(*secret);
  }
  // Whether it was a nonce is public, as another is taken then; so is the signature.
  const std::array<std::uint8_t, 1> verdict = {static_cast<std::uint8_t>(good & 1)};
  declassify(verdict);
  if (verdict.front() == 0) {
    return std::nullopt;
  }
  P256Signature signature;
  write_big_endian(r, signature.r);
  write_big_endian(s, signature.s);
  declassify(signature.r);
  declassify(signature.s);
  return signature;
}

}  // namespace handfast::crypto::native

#endif
