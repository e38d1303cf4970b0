// Chains for tests: parties with keys and certificates that Handfast itself issues, and a question
// about them.
#pragma once

#include "handfast/credential.h"
#include "handfast/issue.h"
#include "x509/verify.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::test {

inline constexpr UnixTime now = {1'800'000'000};  // 2027-01-15 08:00 UTC
inline constexpr std::int64_t day = 86'400;

/// A certificate and its key. Cheap to copy.
struct Party {
  std::shared_ptr<const SigningKey> key;
  std::vector<std::uint8_t> der;

  /// Views into `der`.
  [[nodiscard]] Certificate certificate() const { return Certificate::parse(der).value(); }
};

/// An authority that is valid now and for 30 days around.
CertificateOrder authority_order(std::string_view common_name);

/// A leaf for www.shop.test and 192.0.2.1, for servers, valid as the above.
CertificateOrder leaf_order();

/// A party whose key is fresh. A null `issuer` means that it signs itself.
Party make(const CertificateOrder& order, const Party* issuer = nullptr,
           CertificateKey kind = CertificateKey::ecdsa_p256);

/// A certificate for the key that `holder` has already.
Party make_for(const Party& holder, const CertificateOrder& order, const Party& issuer);

/// A certificate for any SubjectPublicKeyInfo; the party has no key.
Party make_for_key(Bytes public_key_info, const CertificateOrder& order, const Party& issuer);

/// `party` with every `from` in the signed part and, if `outside_too`, in the outer algorithm
/// replaced by `to`, which has as many bytes, and signed again by `issuer` (an ECDSA P-256 key).
Party patched(const Party& party, Bytes from, Bytes to, const Party& issuer,
              bool outside_too = false);

/// Root <- intermediate <- leaf, all good.
struct Three {
  Party root = make(authority_order("Root"));
  Party intermediate = make(authority_order("Intermediate"), &root);
  Party leaf = make(leaf_order(), &intermediate);
};

/// A verdict and the bytes that its views lie in.
struct Answer : Verdict {
  std::shared_ptr<const std::vector<std::vector<std::uint8_t>>> chain;
  std::shared_ptr<const std::vector<std::vector<std::uint8_t>>> staples;
};

/// Asks `verify`.
class Ask {
 public:
  Ask(const std::vector<Party>& sent, const std::vector<Party>& trusted);

  /// Asks for another name than www.shop.test; empty: for none.
  Ask& name(std::string_view text);

  Ask& at(UnixTime time);

  Ask& purpose(x509::Purpose purpose);
  Ask& usage(KeyUsage usage);

  /// A staple for the n-th certificate that was sent; empty: none for it.
  Ask& staples(std::vector<std::vector<std::uint8_t>> responses);

  /// Asks what the first staple was asked for with.
  Ask& nonce(std::vector<std::uint8_t> text);

  Ask& revocation(const RevocationPolicy& policy,
                  std::shared_ptr<const RevocationLists> lists = nullptr);

  Ask& profile(x509::Profile profile);

  /// What is known besides what was sent.
  Ask& known(const std::vector<Party>& parties);

  Ask& path_length(std::uint8_t most);

  [[nodiscard]] Answer verdict() const;

 private:
  std::shared_ptr<const std::vector<std::vector<std::uint8_t>>> chain_;
  std::shared_ptr<const Trust> trust_;
  std::optional<ServerName> name_;
  UnixTime now_ = now;
  x509::Purpose purpose_ = x509::Purpose::server_auth;
  KeyUsage usage_ = KeyUsage::digital_signature;
  std::shared_ptr<const std::vector<std::vector<std::uint8_t>>> staples_ =
      std::make_shared<const std::vector<std::vector<std::uint8_t>>>();
  std::vector<std::uint8_t> nonce_;
  RevocationPolicy policy_;
  std::shared_ptr<const RevocationLists> lists_;
  x509::Profile profile_ = x509::Profile::tls;
  std::shared_ptr<const CertificateSet> known_;
  std::optional<std::uint8_t> path_length_;
};

}  // namespace handfast::test
