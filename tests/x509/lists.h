// Revocation lists and OCSP responses for tests, right and wrong, and certificates that ask for
// them.
#pragma once

#include "der/oid.h"
#include "handfast/revocation.h"
#include "x509/chains.h"

#include <memory>
#include <optional>
#include <vector>

namespace handfast::test {

using Octets = std::vector<std::uint8_t>;

/// One extension of whatever.
struct Extra {
  der::Oid id;
  bool is_critical = false;
  Octets value = {};
};

/// An extension that nobody knows.
Extra unknown_extension(bool is_critical);

/// A critical extension as it is.
Extra no_rev_avail();

/// cRLDistributionPoints of one point. What is empty is left out.
struct PointOrder {
  std::string url = {};
  Octets relative = {};                       // content of the RDN's SET
  std::optional<std::uint16_t> reasons = {};  // bits of ReasonFlags
  Octets crl_issuer = {};                     // a Name
};

Extra distribution_points(const std::vector<PointOrder>& points);

/// issuingDistributionPoint.
struct ScopeOrder {
  std::string url = {};
  Octets relative = {};
  bool only_user = false;
  bool only_authorities = false;
  bool only_attributes = false;
  std::optional<std::uint16_t> only_some_reasons = {};
  bool is_indirect = false;
};

Extra issuing_distribution_point(const ScopeOrder& scope);

/// `party` with these extensions, in the place of those of the same id, signed again by `issuer`
/// (an ECDSA P-256 key).
Party with_extensions(const Party& party, const std::vector<Extra>& extras, const Party& issuer);

struct EntryOrder {
  Octets serial = {};
  UnixTime at = {now.seconds - 2 * day};
  std::optional<RevocationReason> reason = std::nullopt;
  Octets certificate_issuer = {};  // a Name
  bool has_unknown_critical = false;
};

EntryOrder entry_of(const Party& party, std::optional<RevocationReason> reason = std::nullopt);

struct ListOrder {
  std::vector<EntryOrder> entries = {};
  UnixTime this_update = {now.seconds - day};
  std::optional<UnixTime> next_update = UnixTime{now.seconds + day};
  std::vector<Extra> extras = {};
  std::optional<std::uint32_t> number = 7;
  std::optional<std::uint32_t> base = std::nullopt;
  bool is_version_1 = false;
  bool has_key_id = true;
  Octets issuer = {};  // a Name; empty: the signer's
};

/// A list signed by `signer` (an ECDSA P-256 key).
Octets make_list(const ListOrder& order, const Party& signer);

/// `RevocationLists::parse`, which must succeed.
std::shared_ptr<const RevocationLists> lists(std::vector<Octets> files);

enum class OcspStatus : std::uint8_t { good, revoked, unknown };

struct SingleOrder {
  Octets serial = {};
  Octets issuer_name = {};  // of which the hash is written
  Octets issuer_key = {};
  bool uses_sha256 = false;
  OcspStatus status = OcspStatus::good;
  std::optional<RevocationReason> reason = std::nullopt;
  UnixTime this_update = {now.seconds - 3600};
  std::optional<UnixTime> next_update = UnixTime{now.seconds + day};
  std::vector<Extra> extras = {};
};

/// About `party`, which `issuer` issued.
SingleOrder single_of(const Party& party, const Party& issuer,
                      OcspStatus status = OcspStatus::good);

struct ResponseOrder {
  std::vector<SingleOrder> singles = {};
  std::uint8_t status = 0;
  UnixTime produced_at = {now.seconds - 3600};
  bool by_key = false;
  std::optional<Octets> responder_name = {};  // in the place of the signer's
  std::vector<Party> certificates = {};
  Octets nonce = {};
  std::vector<Extra> extras = {};
  bool has_version = false;
  Octets type = {};      // the content of responseType; empty: id-pkix-ocsp-basic
  Octets leftover = {};  // behind everything
};

/// A response signed by `signer` (an ECDSA P-256 key).
Octets make_response(const ResponseOrder& order, const Party& signer);

}  // namespace handfast::test
