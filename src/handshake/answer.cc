#include "crypto/key_exchange.h"
#include "crypto/signature.h"
#include "handfast/operation.h"
#include "handfast/tickets.h"
#include "handshake/credential13.h"
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
    const bool of_server = question.owner == Party::server;
    if (of_server && question.name == nullptr) {
      return Refused{Reason::internal};  // a server without a name would be any server
    }
    if (question.type == CertificateType::raw_public_key) {
      return question.chain.size() == 1
                 ? Answer(x509::verify_raw_key(question.chain.front(), question.trust))
                 : Answer(Refused{Reason::internal});
    }
    return x509::verify(
        {.chain = question.chain,
         .trust = question.trust,
         .name = question.name,
         .now = question.now,
         .intermediates = question.evidence.intermediates,
         .purpose = of_server ? x509::Purpose::server_auth : x509::Purpose::client_auth,
         .usage = question.usage,
         .staples = question.staples,
         .revocation = question.evidence.revocation,
         .lists = question.evidence.lists,
         .sct_lists = question.sct_lists});
  }

  Answer operator()(const ChooseCredential& choice) const {
    auto chosen = handshake::choose_credential(choice);
    if (!chosen) {
      return Refused{chosen.error().reason};
    }
    return *std::move(chosen);
  }

  Answer operator()(const IssueTicket& wanted) const {
    if (!wanted.id.empty()) {
      const auto kept = wanted.tickets->keep(wanted.id, wanted.session, wanted.now, wanted.expires);
      return kept ? IssuedTicket{{wanted.id.begin(), wanted.id.end()}} : IssuedTicket{};
    }
    auto ticket = wanted.tickets->issue(wanted.session, wanted.now, wanted.expires);
    return ticket ? IssuedTicket{*std::move(ticket)} : IssuedTicket{};
  }

  Answer operator()(const RedeemTicket& shown) const {
    auto session = shown.tickets->redeem(shown.ticket, shown.now);
    return session ? RedeemedTicket{*std::move(session)} : RedeemedTicket{};
  }

  Answer operator()(const CheckReplay& asked) const {
    return asked.replays->enter(asked.entry, asked.now);
  }

  Answer operator()(const ChoosePsk& choice) const {
    const auto& psks = choice.config->options().external_psks;
    for (const auto& psk : psks) {
      if (match(*psk, choice.identities, choice.kdfs)) {
        return ChosenPsk{psk};
      }
    }
    return ChosenPsk{};
  }

  Answer operator()(const ForgetSession& wanted) const {
    wanted.tickets->forget(wanted.name);
    return SessionForgotten{};
  }

  Answer operator()(const AgreeOnKey& exchange) const {
    if (exchange.own != nullptr) {
      const auto secret = exchange.own->decapsulate(exchange.peer_share);
      return secret ? Answer(AgreedKey{{}, SecretBytes(secret->expose())})
                    : Answer(Refused{secret.error().reason});
    }
    const auto made = crypto::encapsulate(exchange.group, exchange.peer_share);
    if (!made) {
      return Refused{made.error().reason};
    }
    const Bytes share = made->share.bytes();
    return AgreedKey{{share.begin(), share.end()}, SecretBytes(made->secret.expose())};
  }
};

}  // namespace

Answer answer(const Operation& operation) { return std::visit(Answerer{}, operation); }

}  // namespace handfast
