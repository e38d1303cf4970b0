// CompressedForms: messages that are the same in every handshake are compressed once.
#pragma once

#include "compression/algorithm.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace handfast::compression {

/// The compressed forms of a few messages, each by each algorithm. They are made when they are
/// first wanted, and kept.
///
/// Any thread may call it; those that come while one compresses wait for it.
class CompressedForms {
 public:
  /// `plain`, compressed. Of one `message`, by whatever number its owner knows it, `plain` is
  /// always the same. Valid as long as this object. Fails: as `algorithm.compress`.
  Result<Bytes> find_or_make(const Algorithm& algorithm, unsigned message, Bytes plain) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(forms_, [&](const Form& form) {
      return form.algorithm == algorithm.id && form.message == message;
    });
    if (found != forms_.end()) {
      return Bytes(found->bytes);
    }
    auto compressed = algorithm.compress(plain);
    if (!compressed) {
      return std::unexpected(compressed.error());
    }
    // Moving a list of bytes, as the list of forms does when it grows, does not move the bytes.
    forms_.push_back({algorithm.id, message, *std::move(compressed)});
    return Bytes(forms_.back().bytes);
  }

 private:
  struct Form {
    CertificateCompressionAlgorithm algorithm;
    unsigned message;
    std::vector<std::uint8_t> bytes;
  };

  std::mutex mutex_;
  std::vector<Form> forms_;
};

}  // namespace handfast::compression
