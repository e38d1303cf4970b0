// Which credential a side shows: what fits the schemes, names, authorities and filters of the peer.
// Pure functions. RFC 9846 §4.5.1.2.
#pragma once

#include "base/arena.h"
#include "compression/algorithm.h"
#include "handfast/config.h"
#include "handfast/operation.h"
#include "handfast/registry.h"
#include "handfast/result.h"
#include "handfast/time.h"
#include "message/certificate.h"
#include "message/certificate12.h"
#include "message/client_hello.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace handfast::handshake {

/// The signature schemes of a peer that are known here, in its order, each once.
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

/// What a side shows of itself: Certificate and CertificateVerify are made from it.
struct Shown {
  /// nullptr: nothing; a client then says so with an empty list.
  const std::shared_ptr<const Credential>* credential = nullptr;
  SignatureScheme scheme{};     ///< to sign with
  bool wants_staple = false;    ///< the peer asked for an OCSP response
  bool wants_sct_list = false;  ///< the peer asked for SCTs
  const compression::Algorithm* compression =
      nullptr;    ///< nullptr: the certificates go as they are
  Bytes context;  ///< of the CertificateRequest that it answers
};

/// With what a peer lets a handshake be signed, and when.
struct TakenSchemes {
  /// Those of signature_algorithms that sign handshakes of the version: `usable_schemes`.
  std::span<const SignatureScheme> handshake;
  std::span<const SignatureScheme> delegated = {};  ///< delegated_credential; empty: none
  UnixTime now = {};
};

// ---- a server, by a ClientHello that has passed `negotiate13` -----------------------------------

/// The client's schemes for CertificateVerify.
[[nodiscard]] SchemeList usable_schemes(const message::ClientHello& hello);

/// The client's schemes for delegated credentials; none if it takes none. RFC 9345 §4.1.1.
[[nodiscard]] SchemeList delegated_schemes(const message::ClientHello& hello);

/// The client's schemes for the signatures inside a chain: signature_algorithms_cert if it sent
/// one, else signature_algorithms; in TLS 1.2 it may have sent neither. RFC 9846 §4.3.3.
[[nodiscard]] SchemeList certificate_schemes(const message::ClientHello& hello);

/// The first names of a client's certificate_authorities, as many as are looked at. They lie in
/// `store`. RFC 9846 §4.3.4. Fails: out_of_memory.
Result<std::span<const Bytes>>
authorities_of(MessageStore& store, const std::optional<message::CertificateAuthorities>& named);

/// The first credential that is for the name, of a type that the client takes and fits a scheme, or
/// decrypts where that will do; one that signs comes before any other, then one whose chain is
/// signed as the client accepts, then one that a listed authority issued. RFC 9846 §4.5.1.2. Fails:
/// server_name_unknown, certificate_type_none_common, signature_none_common.
Result<std::shared_ptr<const Credential>> choose_credential(const ChooseCredential& wanted);

/// What a server shows with a credential that it or its caller chose. `credential` must outlive it.
/// Fails: server_name_unknown where none was chosen, certificate_type_none_common and
/// signature_none_common for one that fits no type or no scheme of the client.
Result<Shown> show_to_client(const ServerOptions& options,
                             const std::shared_ptr<const Credential>& credential,
                             const message::ClientHello& hello, UnixTime now);

// ---- a client, by a CertificateRequest ----------------------------------------------------------

/// What a client shows: the first of its credentials of the type that was settled on that fits the
/// server's schemes, its authorities and its filters; one whose chain is signed as the server
/// accepts comes before any other. Nothing if none fits. RFC 9846 §4.3.5, §4.5.1.2. Fails: as
/// `check_certificate_request`.
Result<Shown> show_to_server(const ClientOptions& options,
                             const message::CertificateRequest& request, UnixTime now,
                             CertificateType type = CertificateType::x509);

/// The same in TLS 1.2, where RSASSA-PKCS1-v1_5 signs handshakes too. RFC 5246 §7.4.4, §7.4.6.
[[nodiscard]] Shown show_to_server12(const ClientOptions& options,
                                     const message::CertificateRequest12& request, UnixTime now);

// ---- both ---------------------------------------------------------------------------------------

/// The schemes that a peer takes, as its CertificateRequest says; signature_algorithms is there.
struct RequestedSchemes {
  explicit RequestedSchemes(const message::CertificateRequestExtensions& asked);

  SchemeList own;        ///< for CertificateVerify
  SchemeList delegated;  ///< for delegated credentials; none if it takes none
  SchemeList in_chain;   ///< for the signatures inside a chain
};

/// What is shown with `credential` to whoever asks by `request`; nothing if it does not pass the
/// filters. `credential` must outlive it. Fails: as `check_certificate_request`;
/// certificate_type_none_common for one that is no certificate, signature_none_common for one that
/// fits no scheme of the peer.
Result<Shown> show_as_asked(const std::shared_ptr<const Credential>& credential,
                            const message::CertificateRequest& request, UnixTime now);

/// The first of the credential's own schemes that the peer takes, or of the peer's where it has
/// none, that fits its key; or nothing, as for a key that may not sign. A delegated one has one
/// scheme, if the peer takes that and the scheme of the delegation's signature, now.
[[nodiscard]] std::optional<SignatureScheme> scheme_for(const Credential& credential,
                                                        const TakenSchemes& taken);

}  // namespace handfast::handshake
