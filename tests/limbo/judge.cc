#include "limbo/judge.h"

#include "der/pem.h"
#include "der/reader.h"
#include "x509/identity.h"
#include "x509/oids.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <vector>

namespace handfast::limbo {

namespace {

using Octets = std::vector<std::uint8_t>;

Octets decode(const std::string& pem) {
  der::PemScanner scanner(pem);
  const std::optional<der::PemBlock> block = scanner.next();
  Result<Octets> der = block ? der::decode_pem(*block) : fail(Reason::pem_malformed);
  return der ? *std::move(der) : Octets{};  // which then is no certificate
}

std::vector<Octets> decode_all(const nlohmann::json& pems) {
  std::vector<Octets> ders;
  for (const auto& pem : pems) {
    ders.push_back(decode(pem));
  }
  return ders;
}

// RFC 3339 §5.6. Fractions of a second are cut off: certificates know none.
UnixTime time_of(const std::string& text) {
  std::tm tm{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest == nullptr) {
    throw std::runtime_error("not a time: " + text);
  }
  char sign = '+';
  int hours = 0;
  int minutes = 0;
  while (*rest == '.' || (*rest >= '0' && *rest <= '9')) {
    ++rest;
  }
  if (*rest != 'Z' && std::sscanf(rest, "%c%d:%d", &sign, &hours, &minutes) != 3) {
    throw std::runtime_error("no zone in the time: " + text);
  }
  const std::int64_t offset = 3600 * hours + 60 * minutes;
  return {timegm(&tm) + (sign == '-' ? offset : -offset)};
}

struct KnownUsage {
  std::string_view name;
  KeyUsage usage;
};

constexpr std::array usages = {
    KnownUsage{"digitalSignature", KeyUsage::digital_signature},
    KnownUsage{"contentCommitment", KeyUsage::non_repudiation},
    KnownUsage{"keyEncipherment", KeyUsage::key_encipherment},
    KnownUsage{"dataEncipherment", KeyUsage::data_encipherment},
    KnownUsage{"keyAgreement", KeyUsage::key_agreement},
    KnownUsage{"keyCertSign", KeyUsage::key_cert_sign},
    KnownUsage{"cRLSign", KeyUsage::crl_sign},
    KnownUsage{"encipherOnly", KeyUsage::encipher_only},
    KnownUsage{"decipherOnly", KeyUsage::decipher_only},
};

struct KnownPurpose {
  std::string_view name;
  std::array<std::uint8_t, 8> oid;
};

// id-kp, RFC 5280 §4.2.1.12. What anyExtendedKeyUsage would ask for, every leaf has.
constexpr std::array purposes = {
    KnownPurpose{"serverAuth", {0x2b, 6, 1, 5, 5, 7, 3, 1}},
    KnownPurpose{"clientAuth", {0x2b, 6, 1, 5, 5, 7, 3, 2}},
    KnownPurpose{"codeSigning", {0x2b, 6, 1, 5, 5, 7, 3, 3}},
    KnownPurpose{"emailProtection", {0x2b, 6, 1, 5, 5, 7, 3, 4}},
    KnownPurpose{"timeStamping", {0x2b, 6, 1, 5, 5, 7, 3, 8}},
    KnownPurpose{"OCSPSigning", {0x2b, 6, 1, 5, 5, 7, 3, 9}},
};

bool has_usages(const Certificate& leaf, const nlohmann::json& wanted) {
  return std::ranges::all_of(wanted, [&](const nlohmann::json& name) {
    const auto* row = std::ranges::find(usages, name.get<std::string>(), &KnownUsage::name);
    return row != usages.end() &&
           (!leaf.key_usage || (*leaf.key_usage & static_cast<unsigned>(row->usage)) != 0);
  });
}

bool has_purpose(const Certificate& leaf, Bytes wanted) {
  der::Reader listed(leaf.extended_key_usage);
  bool found = leaf.extended_key_usage.empty();
  while (!listed.at_end()) {
    found |= der::equal(listed.object_identifier(), wanted);
  }
  return found;
}

bool has_purposes(const Certificate& leaf, const nlohmann::json& wanted) {
  return std::ranges::all_of(wanted, [&](const nlohmann::json& name) {
    const auto* row = std::ranges::find(purposes, name.get<std::string>(), &KnownPurpose::name);
    return name == "anyExtendedKeyUsage" || (row != purposes.end() && has_purpose(leaf, row->oid));
  });
}

bool is_for(const Certificate& leaf, const nlohmann::json& peer) {
  const std::string value = peer["value"];
  if (peer["kind"] == "RFC822") {
    return x509::is_for_mailbox(leaf, value);
  }
  const Result<ServerName> asked = ServerName::parse(value);
  return asked && x509::is_for(leaf, *asked);
}

Answer refused(Reason reason) {
  return {Outcome::failure,
          std::string(fault_of(reason).code) + ": " + std::string(fault_of(reason).text)};
}

using Lists = std::shared_ptr<const RevocationLists>;

// The lists of a case; nullptr where it has none. Where it has some they have to say something.
Result<Lists> lists_of(const nlohmann::json& pems) {
  if (pems.empty()) {
    return Lists();
  }
  std::vector<Octets> files;
  for (const std::string pem : pems) {
    files.emplace_back(pem.begin(), pem.end());
  }
  return RevocationLists::parse(std::move(files));
}

// What a case demands besides a path.
std::optional<Reason> unmet_demand(const Certificate& leaf, const nlohmann::json& test) {
  if (!has_usages(leaf, test["key_usage"])) {
    return Reason::certificate_key_usage;
  }
  if (!has_purposes(leaf, test["extended_key_usage"])) {
    return Reason::certificate_extended_key_usage;
  }
  nlohmann::json peers = test["expected_peer_names"];
  if (const auto& peer = test["expected_peer_name"]; !peer.is_null()) {
    peers.push_back(peer);
  }
  const bool has_names =
      std::ranges::all_of(peers, [&](const nlohmann::json& peer) { return is_for(leaf, peer); });
  return has_names ? std::nullopt : std::optional(Reason::certificate_name_mismatch);
}

}  // namespace

std::string_view name(Outcome outcome) {
  constexpr std::array<std::string_view, 3> names = {"SUCCESS", "FAILURE", "SKIPPED"};
  return names[static_cast<std::size_t>(outcome)];
}

x509::Profile profile_of(const nlohmann::json& test) {
  const std::string id = test["id"];
  const bool is_web = id.starts_with("webpki::") || id.starts_with("online::");
  const auto features = test.value("features", std::vector<std::string>{});
  const auto has = [&](std::string_view feature) {
    return std::ranges::find(features, feature) != features.end();
  };
  if (has("pedantic-rfc5280")) {
    return x509::Profile::pedantic;
  }
  return is_web && !has("rfc5280-incompatible-with-webpki") ? x509::Profile::web
                                                            : x509::Profile::conforming;
}

Answer judge(const nlohmann::json& test, x509::Profile profile, UnixTime now) {
  if (!test["signature_algorithms"].empty()) {
    return {Outcome::skipped, "signature algorithms are no setting here"};
  }
  const Octets leaf = decode(test["peer_certificate"]);
  const std::array<Bytes, 1> chain = {leaf};
  const auto trust = Trust::from_der(decode_all(test["trusted_certs"]));
  const bool is_client = test["validation_kind"] == "CLIENT";
  const auto& time = test["validation_time"];
  const auto& depth = test["max_chain_depth"];
  const Result<Lists> lists = lists_of(test.value("crls", nlohmann::json::array()));
  if (!lists) {
    return refused(lists.error().reason);
  }
  const Verdict verdict = x509::verify({
      .chain = chain,
      .trust = trust ? *trust : nullptr,
      .now = time.is_null() ? now : time_of(time),
      .intermediates = CertificateSet::from_der(decode_all(test["untrusted_intermediates"])),
      .path_length = depth.is_null() ? std::nullopt : std::optional(depth.get<std::uint8_t>()),
      .purpose = is_client ? x509::Purpose::client_auth : x509::Purpose::server_auth,
      .profile = profile,
      .revocation = {.demand = *lists ? RevocationDemand::hard_leaf : RevocationDemand::soft},
      .lists = *lists,
  });
  if (!verdict.is_trusted()) {
    return refused(verdict.error()->reason);
  }
  const std::optional<Reason> unmet = unmet_demand(verdict.path()[0], test);
  return unmet ? refused(*unmet) : Answer{Outcome::success, "trusted"};
}

}  // namespace handfast::limbo
