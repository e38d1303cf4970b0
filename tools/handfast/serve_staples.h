// The OCSP responses that `serve` staples: read from files, and again when those have changed.
#pragma once

#include "handfast/config.h"
#include "handfast/failure.h"
#include "handfast/serve_log.h"
#include "handfast/time.h"

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace handfast::serve {

/// The credentials of a server, each with the response in a file of its own, and the configuration
/// that is made of them. A new response takes the place of the old one in a new configuration:
/// connections under way keep what they began with.
///
/// Confined: one thread at a time.
class Staples {
 public:
  /// `files` are the responses of `credentials`, in their order; fewer are enough, and an empty
  /// name stands for none. Fails for a file that cannot be read or whose response is no good for
  /// its certificate, and as `ServerConfig::make` does.
  static std::expected<Staples, command::Failure>
  read(std::vector<std::shared_ptr<const Credential>> credentials,
       const std::vector<std::string>& files, ServerOptions options, UnixTime now);

  [[nodiscard]] const std::shared_ptr<const ServerConfig>& config() const { return config_; }

  [[nodiscard]] bool empty() const { return sources_.empty(); }

  /// Reads the files that have changed, and tells `log` what came of it. A response that is no good
  /// leaves the old one in its place, until that has ended: then nothing is stapled.
  void look_again(UnixTime now, Log& log);

 private:
  /// When a file was written, and how long it is: another file has another of these.
  struct Stamp {
    std::filesystem::file_time_type written;
    std::uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };

  struct Source {
    std::string path;
    std::size_t index = 0;  ///< of the credential
    std::optional<Stamp> stamp = {};
    std::optional<UnixTime> ends = {};  ///< nextUpdate of what is stapled
  };

  Staples(std::vector<std::shared_ptr<const Credential>> credentials, ServerOptions options)
      : credentials_(std::move(credentials)), options_(std::move(options)) {}

  static std::optional<Stamp> stamp_of(const std::string& path);
  std::expected<void, command::Failure> staple(Source& source, UnixTime now);
  Result<> make_config();

  std::vector<std::shared_ptr<const Credential>> credentials_;
  ServerOptions options_;
  std::vector<Source> sources_;
  std::shared_ptr<const ServerConfig> config_;
};

}  // namespace handfast::serve
