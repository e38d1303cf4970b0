#include "handshake/delegated13.h"

#include "handfast/delegated_credential.h"
#include "handshake/check13.h"
#include "handshake/handshake.h"

#include <algorithm>

namespace handfast::handshake {
namespace {

bool offers(std::span<const SignatureScheme> list, SignatureScheme scheme) {
  return std::ranges::find(list, scheme) != list.end();
}

/// An error says that it is about the leaf.
std::unexpected<Error> about_leaf(Error error) {
  error.certificate = 0;
  return std::unexpected(error);
}

}  // namespace

Result<std::optional<Delegated>> take_delegation(Handshake& hs, const PeerCertificates& shown,
                                                 const OfferedSchemes& offered) {
  if (shown.delegated_credential().empty()) {
    return std::nullopt;
  }
  const auto delegated = DelegatedCredential::parse(shown.delegated_credential());
  const auto leaf = Certificate::of_type(shown.type(), shown.chain().front());
  if (!delegated || !leaf) {
    return about_leaf(delegated ? leaf.error() : delegated.error());
  }
  // RFC 9345 §4.1.1: "The algorithm field MUST be of a type advertised by the client in the
  // "signature_algorithms" extension of the ClientHello message, and the dc_cert_verify_algorithm
  // field MUST be of a type advertised by the client in the SignatureSchemeList; otherwise, the
  // credential is considered not valid." §4.1.2 says the same of servers.
  if (!offers(offered.handshake, delegated->algorithm) ||
      !offers(offered.delegated, delegated->dc_cert_verify_algorithm)) {
    return fail(Reason::delegated_credential_algorithm);
  }
  const Party owner = hs.own_party() == Party::client ? Party::server : Party::client;
  if (const auto paid = hs.spend(Work::check_signature); !paid) {
    return std::unexpected(paid.error());
  }
  const auto checked = check_delegated_credential(*delegated, *leaf, hs.now(), owner);
  if (!checked) {
    return about_leaf(checked.error());
  }
  hs.note_delegation(owner, delegated->expires(*leaf), delegated->dc_cert_verify_algorithm);
  return Delegated{delegated->dc_cert_verify_algorithm, delegated->public_key_info};
}

}  // namespace handfast::handshake
