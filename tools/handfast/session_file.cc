#include "handfast/session_file.h"

#include "handfast/cert_file.h"
#include "handfast/net.h"

#include <utility>
#include <vector>

#include <unistd.h>

namespace handfast::command {

namespace {

/// Far more than any session takes.
constexpr std::size_t largest_file = std::size_t{1} << 20;

}  // namespace

std::expected<void, Failure> load_session(const std::string& path, SessionCache& cache) {
  Result<std::string> text = net::read_file(path, largest_file);
  if (!text) {
    return text.error().reason == Reason::file_missing
               ? std::expected<void, Failure>()
               : std::unexpected(file_failure(text.error(), path));
  }
  SecretBytes bytes(net::as_bytes(*text));
  wipe(*text);
  Result<handfast::Session> session = handfast::Session::from_bytes(std::move(bytes));
  if (!session) {
    return std::unexpected(file_failure(session.error(), path));
  }
  cache.put(*std::move(session));
  return {};
}

std::expected<std::optional<UnixTime>, Failure> keep_session(const std::string& path,
                                                             SessionCache& cache,
                                                             const ServerName& name, UnixTime now,
                                                             bool was_used) {
  const std::optional<handfast::Session> session = cache.take(name.text(), now);
  if (!session) {
    if (was_used && unlink(path.c_str()) != 0) {
      return std::unexpected(file_failure(fail(Reason::file_unwritable).error(), path));
    }
    return std::nullopt;
  }
  const SecretBytes bytes = session->to_bytes();
  if (const auto written = cert::write_file(path, bytes.expose(), cert::Access::owner); !written) {
    return std::unexpected(cert::write_failure(written.error(), path));
  }
  return session->expires();
}

}  // namespace handfast::command
