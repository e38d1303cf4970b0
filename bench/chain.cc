#include "bench/chain.h"

#include "bench/peer.h"
#include "handfast/describe.h"
#include "handfast/issue.h"

#include <chrono>
#include <fstream>
#include <iterator>

namespace handfast::bench {
namespace {

constexpr std::int64_t day = 86'400;

template <class T>
T take(Result<T> result) {
  if (!result) {
    give_up("the certificates: " + std::string(result.error().text()));
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

std::filesystem::path file(const std::filesystem::path& folder, const std::string& name,
                           const char* what) {
  return folder / (name + "-" + what + ".pem");
}

void write(const std::filesystem::path& path, const std::string& text) {
  if (!(std::ofstream(path) << text)) {
    give_up("cannot write " + path.string());
  }
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) {
    give_up("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::string Chain::chain_pem() const {
  return certificate_to_pem(leaf) + certificate_to_pem(intermediate);
}

Chain make_chain(CertificateKey kind) {
  const std::string kind_name = kind == CertificateKey::rsa ? "RSA" : "ECDSA";
  const SigningKey root_key = take(SigningKey::generate(kind));
  const SigningKey intermediate_key = take(SigningKey::generate(kind));
  const SigningKey leaf_key = take(SigningKey::generate(kind));
  CertificateOrder leaf_order = order_of(server_name, false);
  leaf_order.names = {server_name, "localhost"};  // the latter for loopback
  leaf_order.server_auth = true;

  Chain made;
  made.root = take(issue_self_signed(order_of(kind_name + " Root", true), root_key));
  const Certificate root = take(Certificate::parse(made.root));
  made.intermediate =
      take(issue(order_of(kind_name + " Intermediate", true), intermediate_key.public_key_info(),
                 {.certificate = root, .key = root_key}));
  const Certificate intermediate = take(Certificate::parse(made.intermediate));
  made.leaf = take(issue(leaf_order, leaf_key.public_key_info(),
                         {.certificate = intermediate, .key = intermediate_key}));
  const std::vector<std::uint8_t> pem = take(leaf_key.to_pem());
  made.key_pem.assign(pem.begin(), pem.end());
  return made;
}

const Chain& chain() {
  static const Chain made = make_chain(CertificateKey::ecdsa_p256);
  return made;
}

void write_chain(const Chain& chain, const std::filesystem::path& folder, const std::string& name) {
  write(file(folder, name, "root"), certificate_to_pem(chain.root));
  write(file(folder, name, "chain"), chain.chain_pem());
  write(file(folder, name, "key"), chain.key_pem);
}

Chain read_chain(const std::filesystem::path& folder, const std::string& name) {
  Chain made;
  made.root = take(certificates_from_pem(read(file(folder, name, "root")))).at(0);
  const auto sent = take(certificates_from_pem(read(file(folder, name, "chain"))));
  made.leaf = sent.at(0);
  made.intermediate = sent.at(1);
  made.key_pem = read(file(folder, name, "key"));
  return made;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace handfast::bench
