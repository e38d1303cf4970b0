#include "answers.h"

#include "handfast/describe.h"
#include "handfast/net.h"
#include "handfast/verify.h"

#include <algorithm>

namespace handfast::bogo {
namespace {

/// The n-th of a list that may be shorter.
Bytes at(std::span<const Bytes> list, std::size_t index) {
  return index < list.size() ? list[index] : Bytes();
}

bool names_issuer(std::span<const Bytes> authorities, const Credential& credential) {
  return std::ranges::any_of(authorities, [&](Bytes authority) {
    return std::ranges::any_of(credential.issuers(),
                               [&](Bytes issuer) { return std::ranges::equal(authority, issuer); });
  });
}

}  // namespace

Answer Answers::operator()(const Sign& sign) {
  const auto own = std::ranges::find(*credentials_, sign.credential, &OwnCredential::credential);
  chosen_ = own->number;
  return answer(sign);
}

Answer Answers::operator()(const VerifyChain& question) {
  if (saw_chain_ && !settings_->verify_fail) {  // a session that is refused for it is no more
    throw Unmet("a chain was to be judged twice");
  }
  saw_chain_ = true;
  check_stapled(question);
  check_expected_chain(question);
  check_name(question);
  if (settings_->verify_fail) {
    // The runner wants certificate_unknown of one kind of application, handshake_failure of others.
    return Refused{settings_->use_custom_verify_callback ? Reason::revocation_unknown
                                                         : Reason::operation_refused};
  }
  if (settings_->use_ocsp_callback && settings_->fail_ocsp_callback && !settings_->server) {
    return Refused{Reason::ocsp_not_successful};
  }
  if (question.type == CertificateType::raw_public_key) {
    return answer(question);
  }
  // The runner's certificates are real, and of today. What it staples to them is made up.
  return x509::verify({.chain = question.chain,
                       .trust = question.trust,
                       .name = question.name,
                       .now = net::now(),
                       .purpose = question.owner == Party::server ? x509::Purpose::server_auth
                                                                  : x509::Purpose::client_auth,
                       .usage = question.usage});
}

/// The name of whoever has to prove it: of the server that was meant, or of the public one (ECH).
void Answers::check_name(const VerifyChain& question) const {
  const std::string& other = settings_->expect_ech_name_override;
  if (!other.empty() && (question.name == nullptr || question.name->text() != other)) {
    throw Unmet("another name than that of the ECH configuration");
  }
  if (settings_->expect_no_ech_name_override && question.name != nullptr &&
      question.name->text() != (settings_->host_name.empty() ? usual_name : settings_->host_name)) {
    throw Unmet("another name than that which was asked for");
  }
}

void Answers::check_stapled(const VerifyChain& question) const {
  if (!settings_->expect_ocsp_response.empty() &&
      !std::ranges::equal(settings_->expect_ocsp_response, at(question.staples, 0))) {
    throw Unmet("another OCSP response than expected");
  }
  if (!settings_->expect_sct_list.empty() &&
      !std::ranges::equal(settings_->expect_sct_list, at(question.sct_lists, 0))) {
    throw Unmet("another list of SCTs than expected");
  }
}

void Answers::check_expected_chain(const VerifyChain& question) const {
  if (settings_->expect_peer_cert_file.empty()) {
    return;
  }
  const std::string pem = need(net::read_file(settings_->expect_peer_cert_file));
  const auto expected = need(certificates_from_pem(pem));
  if (!std::ranges::equal(expected, question.chain, std::ranges::equal)) {
    throw Unmet("another chain than expected");
  }
}

Answer Answers::operator()(const ChooseCredential& choice) {
  if (settings_->fail_early_callback) {
    return Refused{};
  }
  if (settings_->fail_cert_callback) {
    return Refused{Reason::internal};
  }
  const Codes& schemes = settings_->expect_peer_verify_preferences;
  if (!schemes.empty() &&
      !std::ranges::equal(schemes, choice.schemes, {}, {},
                          [](SignatureScheme scheme) { return std::to_underlying(scheme); })) {
    throw Unmet("the peer takes other signature schemes than expected");
  }
  std::vector<std::shared_ptr<const Credential>> candidates;
  for (const OwnCredential& own : *credentials_) {
    if (!own.must_match_issuer || names_issuer(choice.authorities, *own.credential)) {
      candidates.push_back(own.credential);
    }
  }
  if (candidates.empty()) {
    return Refused{};
  }
  ChooseCredential among = choice;
  among.config = need(ServerConfig::make(std::move(candidates), choice.config->options()));
  Answer chosen = answer(among);
  if (const auto* credential = std::get_if<std::shared_ptr<const Credential>>(&chosen)) {
    chosen_ = std::ranges::find(*credentials_, *credential, &OwnCredential::credential)->number;
  }
  return chosen;
}

Answer Answers::operator()(const IssueTicket& wanted) {
  if (settings_->skip_ticket) {
    return Refused{};
  }
  return answer(wanted);
}

Answer Answers::operator()(const RedeemTicket& wanted) { return answer(wanted); }

Answer Answers::operator()(const CheckReplay& wanted) { return answer(wanted); }

Answer Answers::operator()(const ChoosePsk& choice) { return answer(choice); }

Answer Answers::operator()(const ForgetSession& wanted) { return answer(wanted); }

Answer Answers::operator()(const AgreeOnKey& exchange) { return answer(exchange); }

}  // namespace handfast::bogo
