// The authority of a command: its certificate and key, and whether it may do what it is asked to.
#pragma once

#include "handfast/certificate.h"
#include "handfast/commands.h"
#include "handfast/credential.h"
#include "handfast/failure.h"
#include "handfast/time.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace handfast::cert {

struct IssuerOptions {
  std::string certificate;
  std::string key;  ///< empty: beside the certificate, with the ending .key
  std::string password_source;
};

/// Adds --ca, --ca-key and --password-file.
void add_issuer_options(CLI::App& command, IssuerOptions& options);

/// An authority that can sign.
struct Authorities {
  std::vector<std::vector<std::uint8_t>> chain;  ///< in DER: its own, then those above it
  Certificate certificate;                       ///< views into the first of them
  SigningKey key;
};

/// What the authority is to do.
enum class Duty : std::uint8_t { sign_certificates, sign_lists, sign_responses };

/// Loads it, and judges whether it may: it is an authority, within its dates, its key usage allows
/// the duty, and the key is its own.
std::expected<Authorities, command::Failure>
load_issuer(const command::Common& common, const IssuerOptions& options, Duty duty, UnixTime now);

/// Judges `issued`, which the authority has just signed, as everybody who trusts it will.
std::expected<void, command::Failure> check_issued(const std::vector<std::uint8_t>& issued,
                                                   const Authorities& authorities, UnixTime now);

}  // namespace handfast::cert
