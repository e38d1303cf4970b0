// What a server makes of a ClientHello: pure functions of the configuration and the message. RFC
// 9846 §4.2.
#pragma once

#include "crypto/suites.h"
#include "handfast/config.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "message/client_hello.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace handfast::handshake {

/// The signature schemes of a ClientHello that are known here, in the client's order, each once.
class SchemeList {
 public:
  void add(SignatureScheme scheme) {
    if (size_ < list_.size() && std::ranges::find(view(), scheme) == view().end()) {
      list_[size_++] = scheme;
    }
  }

  [[nodiscard]] std::span<const SignatureScheme> view() const {
    return std::span(list_).first(size_);
  }

 private:
  std::array<SignatureScheme, 16> list_{};
  std::size_t size_ = 0;
};

/// What both sides will use.
struct Choice {
  const crypto::Suite* suite = nullptr;
  NamedGroup group{};
  Bytes client_share;               ///< of `group`; empty: a HelloRetryRequest must ask for it
  std::optional<std::size_t> alpn;  ///< index in the server's list
  bool early_data = false;          ///< the client sends early data, which is to be skipped

  [[nodiscard]] bool needs_retry() const { return client_share.empty(); }
};

/// Chooses suite, group and application protocol by the server's preference. Fails: what RFC 9846
/// §4.2.2, §4.3 and §9.2 demand of a ClientHello, or nothing in common.
Result<Choice> negotiate13(const ServerOptions& options, const message::ClientHello& hello);

/// The same for the ClientHello that follows a HelloRetryRequest: it may differ from the first only
/// where it was asked to. Fails: hello_changed, key_share_missing, cookie_invalid, and as
/// `negotiate13`.
Result<Choice> renegotiate13(const ServerOptions& options, const Choice& first_choice,
                             const message::ClientHello& first, const message::ClientHello& second);

/// The name that the client asks for, in lower case; empty if it names none. Fails:
/// server_name_malformed.
Result<std::string> server_name(const message::ClientHello& hello);

/// The client's schemes for CertificateVerify. `hello` has passed `negotiate13`, which wants
/// signature_algorithms to be there.
[[nodiscard]] SchemeList usable_schemes(const message::ClientHello& hello);

/// The client's schemes for the signatures inside a chain: signature_algorithms_cert if it sent
/// one, else signature_algorithms. RFC 9846 §4.3.3. `hello` as above.
[[nodiscard]] SchemeList certificate_schemes(const message::ClientHello& hello);

/// The first of the client's schemes that fits the credential's key, or nothing.
[[nodiscard]] std::optional<SignatureScheme> scheme_for(const Credential& credential,
                                                        std::span<const SignatureScheme> schemes);

/// The first credential that is for `name` and fits a scheme; one whose chain is signed as the
/// client accepts comes before any other. RFC 9846 §4.5.1.2. Fails: server_name_unknown,
/// signature_none_common.
Result<std::shared_ptr<const Credential>>
choose_credential(const ServerConfig& config, std::string_view name,
                  std::span<const SignatureScheme> schemes,
                  std::span<const SignatureScheme> certificate_schemes);

}  // namespace handfast::handshake
