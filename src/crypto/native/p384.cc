#include "crypto/native/p384.h"

#ifdef HANDFAST_P384

namespace handfast::crypto::native {
namespace {

// SP 800-186 §3.2.1.4: y^2 = x^3 - 3x + b, of prime order n; in Montgomery's form.
constexpr P384Element curve_b = {{0x081188719d412dcc, 0xf729add87a4c32ec, 0x77f2209b1920022e,
                                  0xe3374bee94938ae2, 0xb62b21f41f022094, 0xcd08114b604fbff9}};
constexpr P384Element base_x = {{0x3dd0756649c0b528, 0x20e378e2a0d6ce38, 0x879c3afc541b4d6e,
                                 0x6454868459a30eff, 0x812ff723614ede2b, 0x4d3aadc2299e1513}};
constexpr P384Element base_y = {{0x23043dad4b03a4fe, 0xa1bfa8bf7bb4a9ac, 0x8bade7562e83b050,
                                 0xc6c3521968f4ffd9, 0xdd8002263969a840, 0x2b78abc25a15c5e9}};
constexpr Words384 order = {0xecec196accc52973, 0x581a0db248b0a77a, 0xc7634d81f4372ddf,
                            0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff};

/// (x : y : z) stands for (x/z, y/z), and (0 : 1 : 0) for the neutral element.
struct Point {
  P384Element x;
  P384Element y;
  P384Element z;
};

/// Overwrites a point from which a secret could be told.
void wipe_point(Point& point) {
  wipe_words(point.x.words);
  wipe_words(point.y.words);
  wipe_words(point.z.words);
}

/// a + b, whatever they are. Renes, Costello, Batina 2016, algorithm 4.
Point add(const Point& a, const Point& b) {
  const P384Element xx = a.x * b.x;
  const P384Element yy = a.y * b.y;
  const P384Element zz = a.z * b.z;
  const P384Element xy = (a.x + a.y) * (b.x + b.y) - (xx + yy);
  const P384Element yz = (a.y + a.z) * (b.y + b.z) - (yy + zz);
  const P384Element xz = (a.x + a.z) * (b.x + b.z) - (xx + zz);
  const P384Element part = xz - curve_b * zz;
  const P384Element thrice = twice(part) + part;
  const P384Element low = yy - thrice;
  const P384Element high = yy + thrice;
  const P384Element zz3 = twice(zz) + zz;
  const P384Element mixed = curve_b * xz - zz3 - xx;
  const P384Element mixed3 = twice(mixed) + mixed;
  const P384Element slope = twice(xx) + xx - zz3;
  return {
      .x = xy * high - yz * mixed3, .y = high * low + slope * mixed3, .z = yz * low + xy * slope};
}

/// 2^count a, for an `a` that is not the neutral element. In Jacobian coordinates, (X/Z^2, Y/Z^3),
/// doubling takes 8 products instead of 13; there is no point of order 2 that it would fail for.
Point double_often(const Point& a, unsigned count) {
  P384Element x = a.x * a.z;
  P384Element y = a.y * square(a.z);
  P384Element z = a.z;
  for (unsigned i = 0; i < count; ++i) {  // Bernstein 2001, "dbl-2001-b"
    const P384Element delta = square(z);
    const P384Element gamma = square(y);
    const P384Element beta4 = twice(twice(x * gamma));
    const P384Element part = (x - delta) * (x + delta);
    const P384Element alpha = twice(part) + part;
    z = square(y + z) - gamma - delta;
    x = square(alpha) - twice(beta4);
    y = alpha * (beta4 - x) - twice(twice(twice(square(gamma))));
  }
  return {.x = x * z, .y = y, .z = z * square(z)};
}

/// The entry at `wanted`, by looking at all of them.
Point look_up(std::span<const Point> table, std::uint64_t wanted) {
  Point found;
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    const std::uint64_t mask = mask_if_zero(i ^ wanted);
    const Point& entry = table[i];
#pragma GCC unroll 6
    for (std::size_t word = 0; word < entry.x.words.size(); ++word) {
      found.x.words[word] |= entry.x.words[word] & mask;
      found.y.words[word] |= entry.y.words[word] & mask;
      found.z.words[word] |= entry.z.words[word] & mask;
    }
  }
  return found;
}

using SignedBits384 = SignedBits<6, 385>;

/// Four bits and the sign above them choose one of 16 points, or the negative of one.
Point look_up_signed(std::span<const Point> table, std::uint64_t five_bits) {
  const std::uint64_t negative = mask_of((five_bits >> 4) ^ 1);
  Point found = look_up(table, (five_bits ^ negative) & 15);
  found.y = negate_if(negative, found.y);
  return found;
}

/// k a. With the digits five at a time, which is one of a, 3a, ... 31a or a negative of these.
Point multiply(const SignedBits384& k, const Point& a) {
  std::array<Point, 16> odd;
  odd[0] = a;
  const Point two = add(a, a);
  for (std::size_t i = 1; i < odd.size(); ++i) {
    odd[i] = add(odd[i - 1], two);
  }
  const auto five_from = [&](std::size_t i) {
    return k[i] | k[i + 1] << 1 | k[i + 2] << 2 | k[i + 3] << 3 | k[i + 4] << 4;
  };
  Point sum = look_up_signed(odd, five_from(SignedBits384::count - 5));
  for (std::size_t i = SignedBits384::count - 5; i > 0; i -= 5) {
    sum = add(double_often(sum, 5), look_up_signed(odd, five_from(i - 5)));
  }
  return sum;
}

/// Combs over the digits of a number (Lim, Lee 1994; Hamburg 2012): each of the 11 has five teeth
/// that are 7 digits apart, so that seven steps go over all 385.
constexpr std::size_t combs = 11;
constexpr std::size_t teeth = 5;
constexpr std::size_t steps = 7;
static_assert(combs * teeth * steps == SignedBits384::count);

using CombTable = std::array<std::array<Point, 16>, combs>;

/// For each comb, what its last tooth comes to with the signs of the others: bit j of the index
/// tells whether tooth j is added.
CombTable make_comb_table() {
  CombTable table;
  Point power{base_x, base_y, p384_one};
  for (auto& comb : table) {
    std::array<Point, teeth> tooth;
    for (Point& one : tooth) {
      one = power;
      power = double_often(power, steps);
    }
    for (std::size_t index = 0; index < comb.size(); ++index) {
      Point sum = tooth.back();
      for (std::size_t j = 0; j + 1 < teeth; ++j) {
        Point term = tooth[j];
        term.y = negate_if(mask_of(((index >> j) & 1) ^ 1), term.y);
        sum = add(sum, term);
      }
      comb[index] = sum;
    }
  }
  return table;
}

/// k times the base point.
Point multiply_base(const SignedBits384& k) {
  static const CombTable table = make_comb_table();
  Point sum{{}, p384_one, {}};
  for (std::size_t step = steps; step-- > 0;) {
    sum = add(sum, sum);
    for (std::size_t comb = 0; comb < combs; ++comb) {
      std::uint64_t five_bits = 0;
      for (std::size_t j = 0; j < teeth; ++j) {
        five_bits |= k[step + steps * (teeth * comb + j)] << j;
      }
      sum = add(sum, look_up_signed(table[comb], five_bits));
    }
  }
  return sum;
}

/// A private key k as an odd number: k itself, or n - k, whose multiples are the negative ones.
class OddScalar {
 public:
  explicit OddScalar(std::span<const std::uint8_t, p384_size> private_key) {
    Words384 k = words_of(private_key);
    Words384 other;
    const std::uint64_t is_below = subtract(k, order, other);
    const std::uint64_t good = mask_of(is_below) & ~mask_if_zero(k);
    static_cast<void>(subtract(order, k, other));
    negated_ = mask_of((k[0] & 1) ^ 1);
    number_ = choose(negated_, other, k);
    wipe_words(other);
    wipe_words(k);
    const std::array<std::uint8_t, 1> verdict = {static_cast<std::uint8_t>(good & 1)};
    declassify(verdict);
    is_private_ = verdict.front() != 0;
  }

  ~OddScalar() { wipe_words(number_); }

  OddScalar(const OddScalar&) = delete;
  OddScalar& operator=(const OddScalar&) = delete;

  /// Whether k is a private key, at least 1 and below the order: that much is public.
  [[nodiscard]] bool is_private() const { return is_private_; }

  [[nodiscard]] const Words384& number() const { return number_; }

  /// All bits set if it is n - k.
  [[nodiscard]] std::uint64_t negated() const { return negated_; }

 private:
  Words384 number_{};
  std::uint64_t negated_ = 0;
  bool is_private_ = false;
};

/// The coordinates of a share as numbers; nothing unless they are below p, and stand for a point of
/// the curve, as RFC 9846 §4.3.8.2 wants it: "peers MUST validate each other's public value Q by
/// ensuring that the point is a valid point on the elliptic curve." All of it is public.
std::optional<Point> point_of(std::span<const std::uint8_t, p384_share_size> share) {
  constexpr std::uint8_t uncompressed = 4;
  const Words384 x = words_of(share.subspan<1, p384_size>());
  const Words384 y = words_of(share.subspan<1 + p384_size, p384_size>());
  Words384 less;
  if (share.front() != uncompressed || subtract(x, p384_prime, less) == 0 ||
      subtract(y, p384_prime, less) == 0) {
    return std::nullopt;
  }
  const Point point{to_element(x), to_element(y), p384_one};
  const P384Element cubic = (square(point.x) * point.x) - (twice(point.x) + point.x) + curve_b;
  return mask_if_zero((square(point.y) - cubic).words) != 0 ? std::optional(point) : std::nullopt;
}

}  // namespace

Result<P384Key> P384Key::from_private(std::span<const std::uint8_t, p384_size> private_key) {
  P384Key key;
  key.private_key_ = Secret<p384_size>(private_key);
  const OddScalar k(private_key);
  if (!k.is_private()) {
    return fail(Reason::key_malformed);
  }
  const SignedBits384 bits(k.number());
  Point point = multiply_base(bits);
  const P384Element scale = inverse(point.z);
  const std::span share(key.share_);
  share.front() = 4;
  write_words(number_of(point.x * scale), share.subspan<1, p384_size>());
  write_words(number_of(negate_if(k.negated(), point.y * scale)),
              share.subspan<1 + p384_size, p384_size>());
  declassify(share);
  wipe_point(point);  // Naccache, Smart, Stern 2004: projective coordinates tell of the key
  return key;
}

bool P384Key::derive(std::span<const std::uint8_t, p384_share_size> peer_share,
                     std::span<std::uint8_t, p384_size> secret) const {
  const std::optional<Point> peer = point_of(peer_share);
  if (!peer) {
    return false;
  }
  const OddScalar k(private_key_.expose().first<p384_size>());
  const SignedBits384 bits(k.number());
  // The number of points is prime, and k is below it: the product is a point other than infinity.
  Point shared = multiply(bits, *peer);
  write_words(number_of(shared.x * inverse(shared.z)), secret);
  wipe_point(shared);
  return true;
}

}  // namespace handfast::crypto::native

#endif
