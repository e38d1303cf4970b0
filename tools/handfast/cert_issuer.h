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

/// Whether `certificate`, of the file `path`, is of the authority: names it, and is signed by its
/// key. Fails saying which it is not. What is signed in a way that is not checked here, since it is
/// weak, is believed by its name: it has to be revoked all the more.
std::expected<void, command::Failure> belongs_to(const Certificate& certificate,
                                                 const std::string& path,
                                                 const Certificate& authority,
                                                 const std::string& authority_path);

/// Judges `issued`, which the authority has just signed, as everybody will who trusts it, or the
/// highest of those that stand above it in its file `path`. Says against whom, for people.
std::expected<std::string, command::Failure> check_issued(const std::vector<std::uint8_t>& issued,
                                                          const Authorities& authorities,
                                                          const std::string& path, UnixTime now);

}  // namespace handfast::cert
