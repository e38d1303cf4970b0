// The loop of `cert ocsp serve`: one short connection a question.
#pragma once

#include "handfast/commands.h"
#include "handfast/ocsp_responder.h"
#include "handfast/serve_listen.h"

#include <cstdint>
#include <mutex>
#include <string>

namespace handfast::ocsp {

/// What the responder tells of itself, in lines for people or one JSON document a line. Any thread.
class Log {
 public:
  explicit Log(const command::Common& common);

  void start(const std::string& authority, const std::string& url, std::uint16_t port);
  void answered(const std::string& address, const std::string& said);

 private:
  const command::Common& common_;
  command::Terminal terminal_;
  std::mutex mutex_;
};

/// Answers until the process is told to end (SIGINT, SIGTERM). Each connection has ten seconds and
/// brings one question; of 32 at once no more are served.
void run(const serve::Listening& listening, Responder& responder, Log& log);

}  // namespace handfast::ocsp
