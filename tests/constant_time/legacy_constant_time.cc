// Runs what opens records of CBC suites, and what reads premaster secrets, with their texts marked
// as undefined. Under Valgrind, which reports every branch and every address that depends on what
// is undefined, silence means that time tells nothing of them but whether a record was good.
//
//   legacy_constant_time               nothing may be reported
//   legacy_constant_time branch        leaks on purpose: something must be
#include "legacy/cbc.h"
#include "legacy/premaster.h"
#include "record/record12.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <valgrind/memcheck.h>

namespace handfast::legacy {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr record::RecordPlace place{1, ContentType::handshake};

void must(bool good, const char* what) {
  if (!good) {
    std::fprintf(stderr, "legacy_constant_time: %s\n", what);
    std::exit(2);
  }
}

CbcProtection protection(crypto::MacId id, crypto::Direction direction) {
  const Vector key(16, 0x42);
  const Vector mac_key(crypto::mac_size(id), 0x17);
  return {*AesCbc::make(direction, key), id, mac_key, record::MacOrder::mac_then_encrypt};
}

Vector sealed(crypto::MacId id, std::size_t size) {
  CbcProtection sealer = protection(id, crypto::Direction::seal);
  const Vector content(size, 0x61);
  const Bytes part = content;
  Vector body(sealer.sealed_size(size));
  must(sealer.seal(place, std::span(&part, 1), body).has_value(), "nothing was sealed");
  return body;
}

// Whether `body` opens, when everything in it is a secret.
bool opens(crypto::MacId id, Vector body) {
  CbcProtection opener = protection(id, crypto::Direction::open);
  VALGRIND_MAKE_MEM_UNDEFINED(body.data(), body.size());
  const auto opened = opener.open(place, body);
  if (opened && !opened->empty()) {
    Vector unknown(opened->size());
    VALGRIND_GET_VBITS(opened->data(), unknown.data(), unknown.size());
    must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits == 0xff; }),
         "the content is not tracked");
  }
  return opened.has_value();
}

// Both are secrets: what the client sent, and what stands in its place.
void read_premaster(std::uint8_t second) {
  Vector block(256, 1);
  block[0] = 0;
  block[1] = second;
  block[block.size() - premaster_size - 1] = 0;
  block[block.size() - premaster_size] = 3;
  block[block.size() - premaster_size + 1] = 3;
  VALGRIND_MAKE_MEM_UNDEFINED(block.data(), block.size());
  const Vector instead(premaster_size, 9);
  const Premaster chosen = choose_premaster(block, ProtocolVersion::tls12, instead);
  Vector unknown(premaster_size);
  VALGRIND_GET_VBITS(chosen.expose().data(), unknown.data(), unknown.size());
  must(std::ranges::all_of(unknown, [](std::uint8_t bits) { return bits != 0; }),
       "the premaster secret is not tracked");
  Vector open(chosen.expose().begin(), chosen.expose().end());
  VALGRIND_MAKE_MEM_DEFINED(open.data(), open.size());
  must((open == instead) == (second != 2), "the wrong secret was chosen");
}

void leak(Vector body) {
  static volatile int counter = 0;
  VALGRIND_MAKE_MEM_UNDEFINED(body.data(), body.size());
  const Unpadded unpadded = unpad(body, 20);
  if (unpadded.is_good != 0) {
    counter = counter + 1;
  }
}

int run(std::string_view how) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("run it under Valgrind");
    return 2;
  }
  for (const crypto::MacId id :
       {crypto::MacId::hmac_sha1, crypto::MacId::hmac_sha256, crypto::MacId::hmac_sha384}) {
    for (const std::size_t size : {0UL, 1UL, 100UL, 700UL}) {
      const Vector body = sealed(id, size);
      must(opens(id, body), "a good record does not open");
      Vector changed = body;
      changed.back() ^= 1;
      must(!opens(id, changed), "a bad record opens");
    }
  }
  read_premaster(2);
  read_premaster(1);
  if (how == "branch") {
    leak(Vector(64, 1));
  }
  return 0;
}

}  // namespace
}  // namespace handfast::legacy

int main(int count, char** values) { return handfast::legacy::run(count > 1 ? values[1] : ""); }
