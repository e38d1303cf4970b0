// The file of --resume: one session, which is used once and replaced by the next.
#pragma once

#include "handfast/failure.h"
#include "handfast/resumption.h"
#include "handfast/server_name.h"
#include "handfast/time.h"

#include <expected>
#include <optional>
#include <string>

namespace handfast::command {

/// Puts the session in the file into `cache`. No such file: there is none yet. Fails: with the file
/// that is at fault.
std::expected<void, Failure> load_session(const std::string& path, SessionCache& cache);

/// Writes the newest session for `name` into the file, readable for its owner alone; else removes
/// what is there, if it `was_used`: a session is good for one connection. Returns until when it may
/// be resumed; nothing: the server gave none. Fails: with the file.
std::expected<std::optional<UnixTime>, Failure> keep_session(const std::string& path,
                                                             SessionCache& cache,
                                                             const ServerName& name, UnixTime now,
                                                             bool was_used);

}  // namespace handfast::command
