#include "x509/chains.h"

#include "der/writer.h"
#include "x509/credential_key.h"

#include <algorithm>
#include <cstdlib>

namespace handfast::test {

namespace {

// A test cannot go on without what it asked for.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::abort();
  }
  return *std::move(result);
}

std::vector<std::uint8_t> replaced(Bytes text, Bytes from, Bytes to) {
  std::vector<std::uint8_t> out(text.begin(), text.end());
  bool found = false;
  auto at = out.begin();
  while ((at = std::search(at, out.end(), from.begin(), from.end())) != out.end()) {
    at = std::copy(to.begin(), to.end(), at);
    found = true;
  }
  if (!found || from.size() != to.size()) {
    std::abort();
  }
  return out;
}

}  // namespace

CertificateOrder authority_order(std::string_view common_name) {
  CertificateOrder order;
  order.common_name = common_name;
  order.not_before = {now.seconds - 30 * day};
  order.not_after = {now.seconds + 30 * day};
  order.is_authority = true;
  return order;
}

CertificateOrder leaf_order() {
  CertificateOrder order = authority_order("shop");
  order.is_authority = false;
  order.names = {"www.shop.test", "192.0.2.1"};
  order.server_auth = true;
  return order;
}

Party make(const CertificateOrder& order, const Party* issuer, CertificateKey kind) {
  Party party;
  party.key = std::make_shared<const SigningKey>(must(SigningKey::generate(kind)));
  if (issuer == nullptr) {
    party.der = must(issue_self_signed(order, *party.key));
    return party;
  }
  return make_for(party, order, *issuer);
}

Party make_for(const Party& holder, const CertificateOrder& order, const Party& issuer) {
  Party party = make_for_key(holder.key->public_key_info(), order, issuer);
  party.key = holder.key;
  return party;
}

Party make_for_key(Bytes public_key_info, const CertificateOrder& order, const Party& issuer) {
  const Certificate certificate = issuer.certificate();
  Party party;
  party.der = must(issue(order, public_key_info, {certificate, *issuer.key}));
  return party;
}

Party patched(const Party& party, Bytes from, Bytes to, const Party& issuer, bool outside_too) {
  const Certificate certificate = party.certificate();
  const std::vector<std::uint8_t> signed_part = replaced(certificate.signed_part, from, to);
  der::Reader outer(certificate.der);
  der::Reader fields(outer.read(der::Tag::sequence));
  fields.any();
  const Bytes algorithm = fields.any().whole;
  const crypto::Signature signature = must(
      x509::private_key(*issuer.key).sign(SignatureScheme::ecdsa_secp256r1_sha256, signed_part));
  der::Writer writer;
  writer.inside(der::Tag::sequence, [&](der::Writer& whole) {
    whole.raw(signed_part);
    whole.raw(outside_too ? Bytes(replaced(algorithm, from, to)) : algorithm);
    whole.bit_string(signature.bytes());
  });
  return {party.key, writer.take()};
}

Ask::Ask(const std::vector<Party>& sent, const std::vector<Party>& trusted) {
  std::vector<std::vector<std::uint8_t>> chain;
  for (const Party& party : sent) {
    chain.push_back(party.der);
  }
  chain_ = std::make_shared<const std::vector<std::vector<std::uint8_t>>>(std::move(chain));
  std::vector<std::vector<std::uint8_t>> anchors;
  for (const Party& party : trusted) {
    anchors.push_back(party.der);
  }
  if (!anchors.empty()) {
    trust_ = must(Trust::from_der(std::move(anchors)));
  }
  name("www.shop.test");
}

Ask& Ask::name(std::string_view text) {
  name_ = text.empty() ? std::nullopt : std::optional(must(ServerName::parse(text)));
  return *this;
}

Ask& Ask::at(UnixTime time) {
  now_ = time;
  return *this;
}

Ask& Ask::usage(KeyUsage usage) {
  usage_ = usage;
  return *this;
}

Ask& Ask::purpose(x509::Purpose purpose) {
  purpose_ = purpose;
  return *this;
}

Ask& Ask::staples(std::vector<std::vector<std::uint8_t>> responses) {
  staples_ = std::make_shared<const std::vector<std::vector<std::uint8_t>>>(std::move(responses));
  return *this;
}

Ask& Ask::nonce(std::vector<std::uint8_t> text) {
  nonce_ = std::move(text);
  return *this;
}

Ask& Ask::revocation(const RevocationPolicy& policy, std::shared_ptr<const RevocationLists> lists) {
  policy_ = policy;
  lists_ = std::move(lists);
  return *this;
}

Ask& Ask::profile(x509::Profile profile) {
  profile_ = profile;
  return *this;
}

Ask& Ask::known(const std::vector<Party>& parties) {
  std::vector<std::vector<std::uint8_t>> ders;
  for (const Party& party : parties) {
    ders.push_back(party.der);
  }
  known_ = CertificateSet::from_der(std::move(ders));
  return *this;
}

Ask& Ask::path_length(std::uint8_t most) {
  path_length_ = most;
  return *this;
}

Answer Ask::verdict() const {
  const std::vector<Bytes> chain(chain_->begin(), chain_->end());
  const std::vector<Bytes> staples(staples_->begin(), staples_->end());
  const std::vector<Bytes> nonces = {nonce_};
  return {x509::verify({.chain = chain,
                        .trust = trust_,
                        .name = name_ ? &*name_ : nullptr,
                        .now = now_,
                        .intermediates = known_,
                        .path_length = path_length_,
                        .purpose = purpose_,
                        .usage = usage_,
                        .profile = profile_,
                        .staples = staples,
                        .nonces = nonces,
                        .revocation = policy_,
                        .lists = lists_}),
          chain_, staples_};
}

}  // namespace handfast::test
