// A name that a development certificate is asked for.
#pragma once

#include "handfast/bytes.h"
#include "handfast/result.h"
#include "handfast/server_name.h"

#include <optional>
#include <string>
#include <string_view>

namespace handfast::cert {

/// "shop.test", "*.shop.test" or "127.0.0.1". A value.
class Name {
 public:
  /// Letters outside ASCII become A-labels. Fails: server_name_invalid; also for "*" before a
  /// single label, which browsers and OpenSSL do not match.
  static Result<Name> parse(std::string_view text);

  /// In normal form, with the wildcard.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool is_dns() const { return base_.is_dns(); }

  /// 4 or 16 bytes; empty for DNS names.
  [[nodiscard]] Bytes address() const { return base_.address(); }

  /// The name, or what stands behind "*.": an authority limited to it may sign the name.
  [[nodiscard]] std::string_view base() const { return base_.text(); }

  /// A name that the certificate is good for: itself, or an example of what the wildcard covers.
  [[nodiscard]] ServerName example() const;

  /// The part of a file's name: "_wildcard.shop.test", and "--1" for "::1".
  [[nodiscard]] std::string file_part() const;

 private:
  Name(ServerName base, bool is_wildcard) : base_(std::move(base)), is_wildcard_(is_wildcard) {}

  ServerName base_;
  bool is_wildcard_;
};

}  // namespace handfast::cert
