#include "crypto/signature.h"
#include "handfast/operation.h"
#include "handshake/negotiate13.h"
#include "x509/credential_key.h"
#include "x509/verify.h"

#include <utility>

namespace handfast {
namespace {

struct Answerer {
  Answer operator()(const Sign& sign) const {
    const auto signature =
        x509::private_key(sign.credential->key()).sign(sign.scheme, sign.message);
    if (!signature) {
      return Refused{signature.error().reason};
    }
    const Bytes bytes = signature->bytes();
    return Signed{{bytes.begin(), bytes.end()}};
  }

  Answer operator()(const VerifyChain& question) const {
    return x509::verify({.chain = question.chain,
                         .trust = question.trust,
                         .name = question.name,
                         .now = question.now,
                         .purpose = x509::Purpose::server_auth});
  }

  Answer operator()(const ChooseCredential& choice) const {
    auto chosen = handshake::choose_credential(*choice.config, choice.server_name, choice.schemes,
                                               choice.certificate_schemes);
    if (!chosen) {
      return Refused{chosen.error().reason};
    }
    return *std::move(chosen);
  }
};

}  // namespace

Answer answer(const Operation& operation) { return std::visit(Answerer{}, operation); }

}  // namespace handfast
