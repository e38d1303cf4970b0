#include "bench/chain.h"

#include "bench/peer.h"
#include "handfast/issue.h"

#include <chrono>

namespace handfast::bench {
namespace {

constexpr std::int64_t day = 86'400;

template <class T>
T take(Result<T> result) {
  if (!result) {
    give_up("issuing the certificates failed: " + std::string(result.error().text()));
  }
  return std::move(*result);
}

CertificateOrder order_of(const std::string& common_name, bool is_authority) {
  CertificateOrder order;
  order.common_name = common_name;
  order.not_before = {now() - day};
  order.not_after = {now() + 30 * day};
  order.is_authority = is_authority;
  return order;
}

Chain make_chain() {
  const SigningKey root_key = take(SigningKey::generate(CertificateKey::ecdsa_p256));
  const SigningKey intermediate_key = take(SigningKey::generate(CertificateKey::ecdsa_p256));
  const SigningKey leaf_key = take(SigningKey::generate(CertificateKey::ecdsa_p256));
  CertificateOrder leaf_order = order_of(server_name, false);
  leaf_order.names = {server_name};
  leaf_order.server_auth = true;

  Chain made;
  made.root = take(issue_self_signed(order_of("Bench Root", true), root_key));
  const Certificate root = take(Certificate::parse(made.root));
  made.intermediate =
      take(issue(order_of("Bench Intermediate", true), intermediate_key.public_key_info(),
                 {.certificate = root, .key = root_key}));
  const Certificate intermediate = take(Certificate::parse(made.intermediate));
  made.leaf = take(issue(leaf_order, leaf_key.public_key_info(),
                         {.certificate = intermediate, .key = intermediate_key}));
  const std::vector<std::uint8_t> pem = take(leaf_key.to_pem());
  made.key_pem.assign(pem.begin(), pem.end());
  return made;
}

}  // namespace

const Chain& chain() {
  static const Chain made = make_chain();
  return made;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace handfast::bench
