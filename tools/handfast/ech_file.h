// Encrypted Client Hello in the command: what `--ech` means, and how what came of it is told.
#pragma once

#include "handfast/config.h"
#include "handfast/failure.h"
#include "handfast/settled.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace handfast::command {

/// Sets what `connect --ech` asks for: "grease", "off", a file with a list of configurations (PEM
/// of RFC 9934, or base64), or the base64 itself. Empty: the defaults stay.
[[nodiscard]] std::expected<void, Failure> read_ech(const std::string& wish, ClientOptions& offer);

/// The keys of `serve --ech`: clients are told the first; the others still open what comes.
[[nodiscard]] std::expected<std::vector<EchServerKey>, Failure>
read_ech_keys(const std::vector<std::string>& files);

/// One line for people; empty: there is nothing to say.
[[nodiscard]] std::string ech_text(const Settled& settled, const ClientOptions& offer,
                                   const std::string& wish);

/// Tells what the server wants to be used instead, after ech_rejected.
void tell_retry_configs(Failure& failure, const Settled& settled, const std::string& target);

}  // namespace handfast::command
