// What `serve` reads again while it runs: OCSP responses, delegated credentials, and whom to
// believe of clients.
#pragma once

#include "handfast/config.h"
#include "handfast/current.h"
#include "handfast/failure.h"
#include "handfast/serve_log.h"
#include "handfast/time.h"
#include "handfast/trust.h"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::serve {

/// The files that may change.
struct Sources {
  std::vector<std::string> responses = {};  ///< of the credentials, in their order; empty: none
  std::vector<std::string> delegated = {};  ///< the same, of what `cert delegate` makes
  std::string client_authorities = {};      ///< a file or folder; empty: none
  std::vector<KeyPin> client_keys = {};     ///< whoever has one is let in; both empty: nobody asks
  ClientAuthentication::Mode mode = ClientAuthentication::Mode::require;  ///< how they are asked
};

/// The configuration of a server, made again of what has changed in its files. A new one takes the
/// place of the old as a whole: connections under way keep what they began with.
///
/// Confined: one thread at a time; `current()` is for every thread.
class Renewal {
 public:
  /// Reads all of `sources`, of which there may be fewer responses and delegated credentials than
  /// credentials. Fails for a file that cannot be read or that is no good for its certificate, and
  /// as `ServerConfig::make` does.
  static std::expected<Renewal, command::Failure>
  read(std::vector<std::shared_ptr<const Credential>> credentials, Sources sources,
       ServerOptions options, UnixTime now);

  /// What new connections get.
  [[nodiscard]] const Current<ServerConfig>& current() const { return *current_; }

  /// Whether there is anything to look at from time to time.
  [[nodiscard]] bool has_changing_files() const { return !responses_.empty() || !lent_.empty(); }

  /// Reads the responses and delegated credentials whose files have changed, and tells `log` what
  /// came of it. One that is no good leaves the old one in its place, until that has ended: then
  /// nothing is stapled, and certificates sign with their own keys.
  void look_again(UnixTime now, Log& log);

  /// The same, and reads whom to believe of clients in any case. What is no good leaves those of
  /// before in their place.
  void read_again(UnixTime now, Log& log);

 private:
  /// When a file was written, and how long it is: another file has another of these.
  struct Stamp {
    std::filesystem::file_time_type written;
    std::uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };

  struct Staple {
    std::vector<std::uint8_t> response;  ///< OCSPResponse in DER; empty: there is none
    std::optional<UnixTime> ends = {};   ///< its nextUpdate
  };

  struct Response {
    std::string path;
    std::size_t index = 0;  ///< of the credential
    std::optional<Stamp> stamp = {};
    std::vector<Staple> staples = {};  ///< for each certificate
  };

  /// A key that stands for that of a certificate.
  struct Lent {
    std::string path;
    std::size_t index = 0;  ///< of the credential
    std::optional<Stamp> stamp = {};
    std::shared_ptr<const Credential> credential = {};
  };

  Renewal(std::vector<std::shared_ptr<const Credential>> credentials, Sources sources,
          ServerOptions options)
      : credentials_(std::move(credentials)), sources_(std::move(sources)),
        options_(std::move(options)) {}

  static std::optional<Stamp> stamp_of(const std::string& path);
  std::expected<void, command::Failure> read_authorities();
  std::expected<void, command::Failure> staple(Response& source, UnixTime now);
  static Result<std::vector<Staple>> assign(const Credential& credential, std::string_view file,
                                            UnixTime now);
  Result<> put(const Response& source);
  std::expected<void, command::Failure> borrow(Lent& source, UnixTime now);
  [[nodiscard]] std::vector<std::shared_ptr<const Credential>> shown() const;
  bool renew(Response& source, UnixTime now, Log& log);
  bool renew(Lent& source, UnixTime now, Log& log);
  bool end(Response& source, UnixTime now, Log& log);
  Result<> make_config();

  std::vector<std::shared_ptr<const Credential>> credentials_;
  Sources sources_;
  ServerOptions options_;
  std::vector<Response> responses_;
  std::vector<Lent> lent_;
  std::unique_ptr<Current<ServerConfig>> current_;
};

}  // namespace handfast::serve
