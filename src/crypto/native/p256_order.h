// Numbers modulo n, the order of P-256 (SP 800-186 §3.2.1.3), in constant time.
#pragma once

#include "crypto/native/modular_inverse.h"
#include "crypto/native/p256_field.h"

namespace handfast::crypto::native {

inline constexpr Words256 p256_order = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff,
                                        0xffffffff00000000};

/// a * b / 2^256 modulo n. `a` may be any number below 2^256.
[[nodiscard]] inline Words256 order_product(const Words256& a, const Words256& b) {
  constexpr std::uint64_t negative_inverse = 0xccd1c8aaee00bc4f;
  static_assert(p256_order[0] * negative_inverse == ~std::uint64_t{0});
  return montgomery_product(a, b, p256_order, negative_inverse);
}

/// a * 2^256 modulo n.
[[nodiscard]] inline Words256 to_order_form(const Words256& a) {
  constexpr Words256 r_squared = {0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59,
                                  0x66e12d94f3d95620};
  return order_product(a, r_squared);
}

/// `number` modulo n, which is above 2^255.
[[nodiscard]] inline Words256 reduce_by_order(const Words256& number) {
  return reduce_once(number, 0, p256_order);
}

[[nodiscard]] inline Words256 inverse_modulo_order(const Words256& a) {
  constexpr InverseModulus order = inverse_modulus(p256_order);
  return modular_inverse(a, order);
}

/// All bits set if `number` is at least 1 and below n; else none.
[[nodiscard]] inline std::uint64_t mask_if_scalar(const Words256& number) {
  Words256 less;
  return mask_of(subtract(number, p256_order, less)) & ~mask_if_zero(number);
}

}  // namespace handfast::crypto::native
