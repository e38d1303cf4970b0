// The operations of a handshake, answered as the runner wants.
#pragma once

#include "configuration.h"
#include "flags.h"
#include "handfast/operation.h"

#include <optional>
#include <vector>

namespace handfast::bogo {

/// Does what the handshake asks for, and remembers what the runner asks about.
class Answers {
 public:
  Answers(const Settings& settings, const std::vector<OwnCredential>& credentials)
      : settings_(&settings), credentials_(&credentials) {}

  Answer operator()(const Sign& sign);
  Answer operator()(const VerifyChain& question);
  Answer operator()(const ChooseCredential& choice);
  Answer operator()(const IssueTicket& wanted);
  Answer operator()(const RedeemTicket& wanted);
  Answer operator()(const CheckReplay& wanted);
  Answer operator()(const ChoosePsk& choice);
  Answer operator()(const ForgetSession& wanted);
  Answer operator()(const AgreeOnKey& exchange);

  /// From now on, as these settings want; they must outlive it.
  void use(const Settings& settings) { settings_ = &settings; }

  /// The number of the credential that signed, or was chosen to; nothing if none was.
  [[nodiscard]] std::optional<int> chosen() const { return chosen_; }

  [[nodiscard]] bool saw_chain() const { return saw_chain_; }

 private:
  void check_name(const VerifyChain& question) const;
  void check_stapled(const VerifyChain& question) const;
  void check_expected_chain(const VerifyChain& question) const;

  const Settings* settings_;
  const std::vector<OwnCredential>* credentials_;
  std::optional<int> chosen_;
  bool saw_chain_ = false;
};

}  // namespace handfast::bogo
