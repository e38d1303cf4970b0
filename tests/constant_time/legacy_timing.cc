// Measures whether time tells what is wrong with a record of a CBC suite, or with a premaster
// secret that was encrypted to an RSA key.
//
//   legacy_timing cbc|premaster|rsa SAMPLES [TRIES]  samples a class; fails if classes can be told
//                                                    apart, each try
//   legacy_timing cbc|premaster SAMPLES leak         leaks as others have leaked: they must be
//
// README.md here has the figures of a million.
#include "constant_time/dudect.h"
#include "handfast/certificate.h"
#include "legacy/cbc.h"
#include "legacy/premaster.h"
#include "legacy/rsa.h"
#include "record/record12.h"
#include "x509/algorithm.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace handfast::legacy {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr record::RecordPlace place{7, ContentType::application_data};
constexpr std::size_t text_size = 320;  // of each record, as everybody sees it

constexpr std::array cbc_classes = {"good", "bad MAC, short padding", "bad MAC, long padding",
                                    "bad padding", "padding too long"};

/// How many pairs of classes can be told apart.
int told_apart(const test::Dudect& dudect, const char* name, std::span<const char* const> classes) {
  int found = 0;
  for (std::size_t one = 0; one < classes.size(); ++one) {
    for (std::size_t other = one + 1; other < classes.size(); ++other) {
      const double t = dudect.t(one, other);
      found += t > test::t_limit ? 1 : 0;
      std::printf("%-12s %-24s %-24s |t| = %7.2f  medians %.0f %.0f\n", name, classes[one],
                  classes[other], t, dudect.median(one), dudect.median(other));
    }
  }
  std::printf("%-12s %zu samples a class\n", name, dudect.samples(0));
  return found;
}

/// The MAC as it would be computed by whoever does not mind: over as many blocks as there are.
Verified verify_naively(const HiddenMac& mac, MutBytes text) {
  const Unpadded unpadded = unpad(text, mac.size());
  const std::size_t content = unpadded.size - mac.size();
  const auto head = record::additional_data12(place.number, place.type, content, place.version);
  Vector code(mac.size());
  mac.authenticate(head, text.first(content), code);
  const bool is_good =
      unpadded.is_good != 0 && equal_constant_time(code, text.subspan(content, mac.size()));
  return {is_good ? ~Mask{0} : Mask{0}, content};
}

/// A record of this class, decrypted.
Vector record_of(std::size_t which, const HiddenMac& mac, std::mt19937_64& random) {
  Vector text(text_size);
  std::ranges::generate(text, [&] { return static_cast<std::uint8_t>(random()); });
  const std::size_t most = text_size - mac.size() - 1;
  const std::size_t padding = which == 2 ? 255 : which == 0 ? random() % 256 : random() % 16;
  const std::size_t content = most - padding;
  const auto head = record::additional_data12(place.number, place.type, content, place.version);
  mac.authenticate(head, MutBytes(text).first(content),
                   MutBytes(text).subspan(content, mac.size()));
  std::ranges::fill(MutBytes(text).last(padding + 1), static_cast<std::uint8_t>(padding));
  switch (which) {
    case 1:
    case 2: text[content + random() % mac.size()] ^= 1; break;
    case 3: text[text_size - 2] = static_cast<std::uint8_t>(text[text_size - 1] + 1); break;
    case 4: text[text_size - 1] = 255; break;
    default: break;
  }
  return text;
}

int time_cbc(crypto::MacId id, const char* name, std::size_t samples, bool leaks) {
  std::mt19937_64 random(2);
  const Vector key(crypto::mac_size(id), 0x3c);
  const HiddenMac mac(id, key);
  const Vector cipher_key(16, 0x11);
  const CbcProtection protection(*AesCbc::make(crypto::Direction::open, cipher_key), id, key,
                                 record::MacOrder::mac_then_encrypt);
  constexpr std::size_t kept = 64;  // of each class, so that it is not one record that is measured
  std::array<std::vector<Vector>, cbc_classes.size()> records;
  for (std::size_t which = 0; which < cbc_classes.size(); ++which) {
    for (std::size_t i = 0; i < kept; ++i) {
      records[which].push_back(record_of(which, mac, random));
    }
  }
  Vector text(text_size);
  std::size_t goods = 0;
  Verified verified;
  std::size_t turn = 0;
  std::array<std::size_t, cbc_classes.size()> counts{};
  test::Dudect dudect(cbc_classes.size());
  dudect.measure(
      samples,
      [&](std::size_t which) {
        goods += verified.is_good & 1;
        ++counts[which];  // a branch here would tell the class to whoever measures next
        std::ranges::copy(records[which][turn++ % kept], text.begin());
      },
      [&] { verified = leaks ? verify_naively(mac, text) : protection.verify(place, text); });
  goods += verified.is_good & 1;
  if (goods != counts.front()) {
    std::printf("%s: %zu records were good, and %zu were taken\n", name, counts.front(), goods);
    std::exit(2);
  }
  return told_apart(dudect, name, cbc_classes);
}

// ---- premaster secrets --------------------------------------------------------------------------

constexpr std::array premaster_classes = {"good", "bad padding", "bad version", "too short",
                                          "too long"};
constexpr auto tls12 = ProtocolVersion::tls12;

/// That the classes are what they are called: else there would be nothing to tell apart.
void must(bool is_so, const char* name) {
  if (!is_so) {
    std::fprintf(stderr, "legacy_timing: %s is not what it is called\n", name);
    std::exit(2);
  }
}

/// An encryption block of this class.
Vector block_of(std::size_t which, std::mt19937_64& random) {
  Vector block(256);
  std::ranges::generate(block, [&] { return static_cast<std::uint8_t>(random() % 255 + 1); });
  const std::size_t message = which == 3 ? 47 : which == 4 ? 49 : premaster_size;
  const std::size_t at = block.size() - message;
  block[0] = 0;
  block[1] = which == 1 ? 3 : 2;
  block[at - 1] = 0;
  block[at] = 3;
  block[at + 1] = which == 2 ? 2 : 3;
  return block;
}

/// As it was often written: the search for the zero, and what is wrong ends it.
Premaster choose_naively(Bytes block, Bytes instead) {
  const auto zero = std::ranges::find(block.subspan(2), 0);
  const auto rest = static_cast<std::size_t>(block.end() - zero);
  const bool is_good = block[1] == 2 && rest == premaster_size + 1 && zero[1] == 3 && zero[2] == 3;
  return Premaster(is_good ? block.last(premaster_size) : instead);
}

int time_premaster(std::size_t samples, bool leaks) {
  std::mt19937_64 random(3);
  constexpr std::size_t kept = 64;
  std::array<std::vector<Vector>, premaster_classes.size()> blocks;
  for (std::size_t which = 0; which < blocks.size(); ++which) {
    for (std::size_t i = 0; i < kept; ++i) {
      blocks[which].push_back(block_of(which, random));
    }
  }
  const Vector instead(premaster_size, 0x99);
  for (std::size_t which = 0; which < blocks.size(); ++which) {
    for (const Vector& one : blocks[which]) {
      const Premaster came = choose_premaster(one, tls12, instead);
      must(equal_constant_time(came.expose(), instead) == (which != 0),
           premaster_classes.at(which));
    }
  }
  Vector block(256);
  std::size_t turn = 0;
  Premaster chosen;
  test::Dudect dudect(premaster_classes.size());
  dudect.measure(
      samples,
      [&](std::size_t which) { std::ranges::copy(blocks[which][turn++ % kept], block.begin()); },
      [&] {
        chosen = leaks ? choose_naively(block, instead) : choose_premaster(block, tls12, instead);
      });
  return told_apart(dudect, "premaster", premaster_classes);
}

int time_rsa(std::size_t samples) {
  std::mt19937_64 random(4);
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::rsa);
  const auto certificate = Certificate::of_raw_key(key->public_key_info());
  const auto parts = x509::rsa_parts(certificate->public_key);
  constexpr std::size_t kept = 64;
  std::array<std::vector<Vector>, premaster_classes.size()> ciphertexts;
  for (std::size_t which = 0; which < ciphertexts.size(); ++which) {
    for (std::size_t i = 0; i < kept; ++i) {
      const Vector block = block_of(which, random);
      const std::size_t size = which == 3 ? 47 : which == 4 ? 49 : premaster_size;
      Vector made = *rsa_encrypt(parts->modulus, parts->exponent, Bytes(block).last(size));
      if (which == 1) {  // what it opens to is anybody's guess
        std::ranges::generate(made, [&] { return static_cast<std::uint8_t>(random()); });
        made[0] = 0;
      }
      ciphertexts[which].push_back(std::move(made));
    }
  }
  for (std::size_t which = 0; which < ciphertexts.size(); ++which) {
    // What is right opens to the same each time, and what is not to something new.
    const Premaster once = *open_premaster(*key, ciphertexts[which].front(), tls12);
    const Premaster again = *open_premaster(*key, ciphertexts[which].front(), tls12);
    must(equal_constant_time(once.expose(), again.expose()) == (which == 0),
         premaster_classes.at(which));
  }
  Vector ciphertext(parts->modulus.size());
  std::size_t turn = 0;
  Premaster opened;
  test::Dudect dudect(premaster_classes.size());
  dudect.measure(
      samples,
      [&](std::size_t which) {
        std::ranges::copy(ciphertexts[which][turn++ % kept], ciphertext.begin());
      },
      [&] { opened = *open_premaster(*key, ciphertext, tls12); });
  return told_apart(dudect, "RSA-2048", premaster_classes);
}

int time_all(std::string_view what, std::size_t samples, bool leaks) {
  if (what == "premaster") {
    return time_premaster(samples, leaks);
  }
  if (what == "rsa") {
    return time_rsa(samples);
  }
  return time_cbc(crypto::MacId::hmac_sha1, "HMAC-SHA1", samples, leaks) +
         time_cbc(crypto::MacId::hmac_sha256, "HMAC-SHA256", samples, leaks) +
         time_cbc(crypto::MacId::hmac_sha384, "HMAC-SHA384", samples, leaks);
}

int run(std::string_view what, std::size_t samples, std::string_view how) {
  const std::array known = {"cbc", "premaster", "rsa"};
  if (std::ranges::find(known, what) == known.end() || samples == 0) {
    std::puts("usage: legacy_timing cbc|premaster|rsa SAMPLES [TRIES|leak]");
    return 2;
  }
  const bool leaks = how == "leak";
  const unsigned long tries = leaks || how.empty() ? 1 : std::strtoul(how.data(), nullptr, 10);
  for (unsigned long i = 0; i < tries; ++i) {
    if (time_all(what, samples, leaks) == 0) {
      std::puts("nothing can be told apart");
      return 0;
    }
  }
  std::puts("classes can be told apart by time");
  return 1;
}

}  // namespace
}  // namespace handfast::legacy

int main(int count, char** values) {
  const std::string_view what = count > 1 ? values[1] : "";
  const std::size_t samples = count > 2 ? std::strtoull(values[2], nullptr, 10) : 0;
  return handfast::legacy::run(what, samples, count > 3 ? values[3] : "");
}
