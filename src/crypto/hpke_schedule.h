// LabeledExtract and LabeledExpand. RFC 9180 §4.
#pragma once

#include "crypto/hash.h"
#include "crypto/hkdf.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace handfast::crypto::hpke {

/// A secret or hash of the size of any KDF's digest.
using Derived = Secret<64>;

/// A KDF inside one `suite_id`, which stands in everything that is derived.
class LabeledKdf {
 public:
  /// `suite_id` is `name` and `codes`, two bytes each.
  LabeledKdf(HashId hash, std::string_view name, std::initializer_list<std::uint16_t> codes)
      : hash_(hash) {
    append(suite_id_, name);
    for (const std::uint16_t code : codes) {
      suite_id_.push_back(static_cast<std::uint8_t>(code >> 8));
      suite_id_.push_back(static_cast<std::uint8_t>(code));
    }
  }

  /// LabeledExtract(salt, label, ikm).
  [[nodiscard]] Derived extract(Bytes salt, std::string_view label, Bytes ikm) const {
    std::vector<std::uint8_t> start;
    append(start, "HPKE-v1");
    start.insert(start.end(), suite_id_.begin(), suite_id_.end());
    append(start, label);
    Derived prk;
    Hmac(hash_, salt).authenticate({start, ikm}, prk.fill(digest_size(hash_)));
    return prk;
  }

  /// LabeledExpand(prk, label, info, L), L being the size of `out`: up to 255 digests.
  void expand(const Derived& prk, std::string_view label, Bytes info, MutBytes out) const {
    std::vector<std::uint8_t> labeled = {static_cast<std::uint8_t>(out.size() >> 8),
                                         static_cast<std::uint8_t>(out.size())};
    append(labeled, "HPKE-v1");
    labeled.insert(labeled.end(), suite_id_.begin(), suite_id_.end());
    append(labeled, label);
    labeled.insert(labeled.end(), info.begin(), info.end());
    hkdf_expand(Hmac(hash_, prk.expose()), labeled, out);
  }

 private:
  static void append(std::vector<std::uint8_t>& out, std::string_view text) {
    std::ranges::transform(text, std::back_inserter(out),
                           [](char c) { return static_cast<std::uint8_t>(c); });
  }

  HashId hash_;
  std::vector<std::uint8_t> suite_id_;
};

}  // namespace handfast::crypto::hpke
