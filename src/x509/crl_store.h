// CrlStore: lists parsed once and indexed, and the certificates of those who sign them.
#pragma once

#include "handfast/certificate.h"
#include "x509/crl.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace handfast::x509 {

/// Which key was found to have signed a list, once that was found out: a list may be long, and
/// hashing it for every handshake would take longer than the handshake. Only success is kept.
///
/// Shared: any thread may ask and note at any time.
class SignerMemo {
 public:
  enum class Known : std::uint8_t { nothing, this_key, another_key };

  /// Whether `public_key_info` is the key.
  [[nodiscard]] Known ask(Bytes public_key_info) const;

  /// `public_key_info` is the key. The first note stays.
  void note(Bytes public_key_info) const;

 private:
  enum class State : std::uint8_t { empty, being_written, written };

  mutable std::atomic<State> state_ = State::empty;
  mutable std::array<std::uint8_t, 32> digest_{};  // SHA-256 of the key's SubjectPublicKeyInfo
};

/// A list with its bytes, and its entries in the order of their serial numbers.
class StoredCrl {
 public:
  /// Fails as `Crl::parse`.
  static Result<std::unique_ptr<const StoredCrl>> make(std::vector<std::uint8_t> der);

  [[nodiscard]] const Crl& crl() const { return crl_; }

  /// The entry of this certificate: its serial number exactly, under its issuer's name.
  [[nodiscard]] std::optional<CrlEntry> find(const Certificate& certificate) const;

  [[nodiscard]] const SignerMemo& signer() const { return signer_; }

  [[nodiscard]] Bytes der() const { return der_; }

 private:
  struct Row {
    Bytes serial;
    std::uint32_t offset;  // of the entry
    std::uint32_t issuer;  // index into `issuers_`
  };

  StoredCrl() = default;
  void index();

  std::vector<std::uint8_t> der_;
  Crl crl_;                     // views into `der_`
  std::vector<Bytes> issuers_;  // Names; the list's own first, then those that its entries name
  std::vector<Row> rows_;
  SignerMemo signer_;
};

/// Lists by their issuer. Filled, then sorted, then immutable.
class CrlStore {
 public:
  /// Fails as `Crl::parse`.
  Result<> add_crl(std::vector<std::uint8_t> der);

  /// Of somebody who signs lists, or who vouches for somebody who does. Fails as
  /// `Certificate::parse`.
  Result<> add_certificate(std::vector<std::uint8_t> der);

  /// To be called once, when all is there.
  void sort();

  /// The lists of this issuer (a Name), delta CRLs among them, the newest first.
  [[nodiscard]] std::span<const std::unique_ptr<const StoredCrl>> find(Bytes issuer) const;

  [[nodiscard]] std::span<const Certificate> certificates() const { return certificates_; }

  [[nodiscard]] std::size_t size() const { return lists_.size(); }

 private:
  std::vector<std::unique_ptr<const StoredCrl>> lists_;  // by issuer, then the newest first
  std::vector<std::uint64_t> hashes_;                    // of the issuers, in the same order
  std::vector<std::vector<std::uint8_t>> ders_;          // of the certificates
  std::vector<Certificate> certificates_;
};

}  // namespace handfast::x509
