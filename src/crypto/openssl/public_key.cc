#include "crypto/signature.h"

// EC_KEY and RSA, which libcrypto 3 calls deprecated but exports in every 3.x: a key from raw parts
// and one verification take 79 us against 87 with EVP_PKEY for P-256, 30 against 42 for RSA-2048.
// P-256 and RSA's operation are our own where there are such, see crypto/ecdsa.h and crypto/rsa.h.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/limits.h"
#include "crypto/ecdsa.h"
#include "crypto/openssl/ml_dsa.h"
#include "crypto/openssl/provider.h"
#include "crypto/rsa.h"

#include <algorithm>
#include <bit>

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

namespace handfast::crypto {
namespace {

using openssl::BigNumber;
using openssl::FreeWith;
using openssl::QuietErrors;

constexpr std::uint8_t uncompressed = 4;
constexpr std::size_t exponent_bits_most = 33;

EC_KEY* ec_key(void* key) { return static_cast<EC_KEY*>(key); }

RSA* rsa_key(void* key) { return static_cast<RSA*>(key); }

EVP_PKEY* pkey(void* key) { return static_cast<EVP_PKEY*>(key); }

std::optional<openssl::Curve> curve_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::ecdsa_p256: return openssl::Curve::p256;
    case KeyKind::ecdsa_p384: return openssl::Curve::p384;
    case KeyKind::ecdsa_p521: return openssl::Curve::p521;
    default: return std::nullopt;
  }
}

bool is_ecdsa(KeyKind kind) { return curve_of(kind).has_value(); }

// What does keys of `kind` in place of libcrypto; nullptr: nothing.
const OwnEcdsa* own_ecdsa(KeyKind kind) {
  return kind == KeyKind::ecdsa_p256 ? own_ecdsa_p256() : nullptr;
}

BigNumber number(Bytes big_endian) {
  return BigNumber(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
}

std::size_t bit_width(Bytes big_endian) {
  return big_endian.empty()
             ? 0
             : 8 * (big_endian.size() - 1) +
                   static_cast<std::size_t>(std::bit_width(unsigned{big_endian.front()}));
}

// The two numbers of an ECDSA signature, without the leading zero that a DER INTEGER may have.
struct Halves {
  Bytes r;
  Bytes s;
};

// Takes `size` bytes off the front of `rest`.
std::optional<Bytes> take(Bytes& rest, std::size_t size) {
  if (rest.size() < size) {
    return std::nullopt;
  }
  const Bytes taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

// The content of the DER element with `tag` at the front of `rest`. Lengths are at most 255 here:
// two numbers of 66 bytes are the largest that a signature holds.
std::optional<Bytes> take_element(Bytes& rest, std::uint8_t tag) {
  const auto head = take(rest, 2);
  if (!head || (*head)[0] != tag) {
    return std::nullopt;
  }
  std::size_t size = (*head)[1];
  if (size == 0x81) {
    const auto length = take(rest, 1);
    // X.690 §10.1: the shortest form of a length.
    if (!length || length->front() < 0x80) {
      return std::nullopt;
    }
    size = length->front();
  } else if (size >= 0x80) {
    return std::nullopt;
  }
  return take(rest, size);
}

// A positive INTEGER in its shortest form (X.690 §8.3.2), without the zero that keeps it positive.
std::optional<Bytes> take_positive(Bytes& rest) {
  constexpr std::uint8_t integer = 0x02;
  const auto content = take_element(rest, integer);
  if (!content || content->empty() || content->front() >= 0x80) {
    return std::nullopt;
  }
  if (content->front() != 0) {
    return content;
  }
  if (content->size() == 1 || (*content)[1] < 0x80) {
    return std::nullopt;
  }
  return content->subspan(1);
}

// ECDSA-Sig-Value (RFC 3279 §2.2.3), of which only the canonical DER is taken, so that nobody can
// change a signature's bytes and have it still verify.
std::optional<Halves> canonical(Bytes signature) {
  constexpr std::uint8_t sequence = 0x30;
  auto content = take_element(signature, sequence);
  if (!content || !signature.empty()) {
    return std::nullopt;
  }
  const auto r = take_positive(*content);
  const auto s = take_positive(*content);
  if (!r || !s || !content->empty()) {
    return std::nullopt;
  }
  return Halves{*r, *s};
}

bool verify_halves(EC_KEY* key, const Digest& digest, const Halves& halves) {
  const std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>> both(ECDSA_SIG_new());
  BigNumber r = number(halves.r);
  BigNumber s = number(halves.s);
  // It owns the two then. That 0 < r, s < n is checked in ECDSA_do_verify.
  return both != nullptr && r != nullptr && s != nullptr &&
         ECDSA_SIG_set0(both.get(), r.release(), s.release()) == 1 &&
         ECDSA_do_verify(digest.bytes().data(), static_cast<int>(digest.size()), both.get(), key) ==
             1;
}

// Room for what a signature says: of an RSA key's size.
using Encoded = std::array<std::uint8_t, limits::rsa_bits_most / 8>;

// RSAVP1 (RFC 8017 §5.2.2): what a signature of the key's size says, at the front of `room`;
// nothing for a number that is none of the modulus.
std::optional<Bytes> open_signature(RSA* key, Bytes signature, Encoded& room) {
  const MutBytes encoded = MutBytes(room).first(signature.size());
  const OwnRsaPublic own = own_rsa_public();
  bool is_open = false;
  if (own != nullptr) {
    Encoded modulus;
    BN_bn2bin(RSA_get0_n(key), modulus.data());
    is_open =
        own(Bytes(modulus).first(encoded.size()), BN_get_word(RSA_get0_e(key)), signature, encoded);
  } else {
    const int size = static_cast<int>(signature.size());
    is_open =
        RSA_public_decrypt(size, signature.data(), encoded.data(), key, RSA_NO_PADDING) == size;
  }
  return is_open ? std::optional<Bytes>(encoded) : std::nullopt;
}

// DigestInfo but for the digest, RFC 8017 §9.2 note 1.
constexpr std::size_t digest_info_size = 19;

constexpr std::array<std::uint8_t, digest_info_size> digest_info(HashId id) {
  const auto size = static_cast<std::uint8_t>(digest_size(id));
  const std::uint8_t arc = id == HashId::sha256 ? 1 : id == HashId::sha384 ? 2 : 3;
  return {0x30, static_cast<std::uint8_t>(17 + size),
          0x30, 0x0d,
          0x06, 0x09,
          0x60, 0x86,
          0x48, 0x01,
          0x65, 0x03,
          0x04, 0x02,
          arc,  0x05,
          0x00, 0x04,
          size};
}

// RFC 8017 §8.2.2 builds the one right encoding and compares all of it: nothing lenient is parsed.
bool verify_pkcs1(HashId hash, const Digest& digest, Bytes encoded) {
  const auto info = digest_info(hash);
  Encoded room;
  const MutBytes expected = MutBytes(room).first(encoded.size());
  const std::size_t end = expected.size() - digest.size() - info.size();
  std::ranges::fill(expected, 0xff);
  expected[0] = 0;
  expected[1] = 1;
  expected[end - 1] = 0;
  std::ranges::copy(info, expected.subspan(end).begin());
  std::ranges::copy(digest.bytes(), expected.last(digest.size()).begin());
  return std::ranges::equal(expected, encoded);
}

// RFC 9846 §4.3.3: "The length of the Salt MUST be equal to the length of the output of the digest
// algorithm." MGF1 uses the same hash.
bool verify_pss(RSA* key, HashId hash, const Digest& digest, Bytes encoded) {
  const EVP_MD* md = openssl::fetched(hash);
  return md != nullptr && RSA_verify_PKCS1_PSS_mgf1(key, digest.bytes().data(), md, md,
                                                    encoded.data(), RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_rsa(RSA* key, const SignatureAlgorithm& algorithm, const Digest& digest,
                Bytes signature) {
  // RFC 8017 §8.1.2, §8.2.2 step 1: a signature has exactly the length of the modulus.
  if (signature.size() != static_cast<std::size_t>(RSA_size(key))) {
    return false;
  }
  Encoded room;
  const auto encoded = open_signature(key, signature, room);
  if (!encoded) {
    return false;
  }
  switch (algorithm.padding) {
    case Padding::pkcs1: return verify_pkcs1(algorithm.hash, digest, *encoded);
    case Padding::pss: return verify_pss(key, algorithm.hash, digest, *encoded);
    case Padding::none: return false;
  }
  return false;
}

// Raising to the exponent takes a squaring for each of its bits and a product for each that is one:
// 19 for 65537. 8192 bits take 27 us each, and half the bits a quarter.
std::uint32_t rsa_cost_us(std::size_t bits, std::size_t products) {
  constexpr std::size_t setting_up = 10;
  constexpr std::size_t product_ns = 27'000;
  constexpr std::size_t whole = limits::rsa_bits_most * limits::rsa_bits_most;
  return static_cast<std::uint32_t>(setting_up +
                                    products * product_ns * (bits * bits) / whole / 1000);
}

// Ed25519 and ML-DSA, which hash by themselves. ML-DSA's context is empty unless one is set.
bool verify_message(EVP_PKEY* key, Bytes message, Bytes signature) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace

void PublicKey::Free::operator()(void* key) const {
  if (kind == KeyKind::rsa) {
    RSA_free(rsa_key(key));
  } else if (is_ecdsa(kind)) {
    EC_KEY_free(ec_key(key));
  } else {
    EVP_PKEY_free(pkey(key));
  }
}

Result<PublicKey> PublicKey::ecdsa(KeyKind kind, Bytes point) {
  const QuietErrors quiet;
  const auto curve = curve_of(kind);
  if (!curve) {
    return fail(Reason::certificate_key_unsupported);
  }
  const EC_GROUP* group = openssl::shared(*curve);
  if (group == nullptr) {
    return fail(Reason::out_of_memory);
  }
  const auto bits = static_cast<std::size_t>(EC_GROUP_get_degree(group));
  // RFC 5480 §2.2 leaves compressed points to choice; nobody sends them.
  if (point.size() != 1 + 2 * ((bits + 7) / 8) || point.front() != uncompressed) {
    return fail(Reason::certificate_key_unsupported);
  }
  if (const OwnEcdsa* own = own_ecdsa(kind)) {
    const auto read = own->read_public_key(point);
    if (!read) {
      return fail(Reason::certificate_malformed);
    }
    PublicKey key(kind, bits, nullptr);
    key.own_ = *read;
    return key;
  }
  PublicKey key(kind, bits, EC_KEY_new());
  if (key.key_ == nullptr || EC_KEY_set_group(ec_key(key.key_.get()), group) != 1) {
    return fail(Reason::out_of_memory);
  }
  // Refuses coordinates beyond the field and points off the curve.
  if (EC_KEY_oct2key(ec_key(key.key_.get()), point.data(), point.size(), nullptr) != 1) {
    return fail(Reason::certificate_malformed);
  }
  return key;
}

Result<PublicKey> PublicKey::rsa(Bytes modulus, Bytes exponent) {
  const QuietErrors quiet;
  const std::size_t bits = bit_width(modulus);
  const std::size_t exponent_bits = bit_width(exponent);
  if (bits < limits::rsa_bits_least || bits > limits::rsa_bits_most) {
    return fail_limit(Reason::certificate_key_weak, limits::rsa_bits_least, bits);
  }
  if (exponent_bits < 2 || exponent_bits > exponent_bits_most || exponent.back() % 2 == 0 ||
      modulus.back() % 2 == 0) {
    return fail(Reason::certificate_key_weak);
  }
  PublicKey key(KeyKind::rsa, bits, RSA_new());
  BigNumber n = number(modulus);
  BigNumber e = number(exponent);
  // RSA owns the two then.
  if (key.key_ == nullptr || n == nullptr || e == nullptr ||
      RSA_set0_key(rsa_key(key.key_.get()), n.release(), e.release(), nullptr) != 1) {
    return fail(Reason::out_of_memory);
  }
  return key;
}

Result<PublicKey> PublicKey::ed25519(Bytes key) {
  const QuietErrors quiet;
  constexpr std::size_t size = 32;
  if (key.size() != size) {
    return fail(Reason::certificate_malformed);
  }
  PublicKey made(KeyKind::ed25519, 8 * size,
                 EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  if (made.key_ == nullptr) {
    return fail(Reason::out_of_memory);
  }
  return made;
}

Result<PublicKey> PublicKey::ml_dsa(KeyKind kind, Bytes key) {
  const QuietErrors quiet;
  const openssl::MlDsa* row = openssl::ml_dsa(kind);
  if (row == nullptr) {
    return fail(Reason::certificate_key_unsupported);
  }
  if (key.size() != row->public_key) {
    return fail(Reason::certificate_malformed);
  }
  if (!is_available(kind)) {
    return fail(Reason::certificate_needs_ml_dsa);
  }
  PublicKey made(
      kind, 8 * key.size(),
      EVP_PKEY_new_raw_public_key_ex(nullptr, row->name, nullptr, key.data(), key.size()));
  if (made.key_ == nullptr) {
    return fail(Reason::out_of_memory);  // all bytes of that length are a key
  }
  return made;
}

bool PublicKey::verify_ecdsa(const Digest& digest, Bytes signature) const {
  const auto halves = canonical(signature);
  if (!halves) {
    return false;
  }
  const OwnEcdsa* own = own_ecdsa(kind_);
  return own != nullptr ? own->verify(own_, digest, halves->r, halves->s)
                        : verify_halves(ec_key(key_.get()), digest, *halves);
}

Result<> PublicKey::verify(const SignatureAlgorithm& algorithm, Bytes message,
                           Bytes signature) const {
  const QuietErrors quiet;
  if (algorithm.kind != kind_ && !(is_ecdsa(algorithm.kind) && is_ecdsa(kind_))) {
    return fail(Reason::signature_scheme_wrong_key);
  }
  bool right = false;
  if (kind_ == KeyKind::ed25519 || openssl::ml_dsa(kind_) != nullptr) {
    right = verify_message(pkey(key_.get()), message, signature);
  } else {
    const Digest digest = hash(algorithm.hash, message);
    right = kind_ == KeyKind::rsa ? verify_rsa(rsa_key(key_.get()), algorithm, digest, signature)
                                  : verify_ecdsa(digest, signature);
  }
  if (!right) {
    return fail(Reason::signature_invalid);
  }
  return {};
}

std::uint32_t verify_cost_us(KeyKind kind) {
  switch (kind) {
    case KeyKind::rsa: return rsa_cost_us(limits::rsa_bits_most, 2 * exponent_bits_most);
    case KeyKind::ecdsa_p256: return 83;
    case KeyKind::ecdsa_p384: return 1480;
    case KeyKind::ecdsa_p521: return 1100;
    case KeyKind::ed25519: return 230;
    case KeyKind::ml_dsa_44: return 170;
    case KeyKind::ml_dsa_65: return 250;
    case KeyKind::ml_dsa_87: return 390;
  }
  return 0;
}

std::uint32_t rsa_verify_cost_us(Bytes modulus, Bytes exponent) {
  std::size_t ones = 0;
  for (const std::uint8_t octet : exponent) {
    ones += static_cast<std::size_t>(std::popcount(octet));
  }
  return rsa_cost_us(std::min(bit_width(modulus), limits::rsa_bits_most),
                     std::min(bit_width(exponent) + ones, 2 * exponent_bits_most));
}

}  // namespace handfast::crypto
