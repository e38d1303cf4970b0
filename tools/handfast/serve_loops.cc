#include "handfast/serve_loops.h"

#include <array>
#include <csignal>
#include <ctime>
#include <span>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace handfast::serve {

namespace {

constexpr auto between_looks = std::chrono::minutes(1);

}  // namespace

Result<Loops> Loops::make(Listening listening, const Workshop& workshop, Renewal& renewal,
                          const Size& size) {
  Loops loops(renewal, workshop.log, size.sessions);
  const auto shared = std::make_shared<const Listening>(std::move(listening));
  std::vector<Server*> servers;
  for (std::size_t i = 0; i < size.loops; ++i) {
    auto& loop = *loops.loops_.emplace_back(std::make_unique<Loop>(workshop));
    auto server = Server::make(shared, loop.workshop, *loops.places_, size.workers);
    if (!server) {
      return std::unexpected(server.error());
    }
    loop.server = *std::move(server);
    servers.push_back(loop.server.get());
  }
  for (Server* const server : servers) {
    server->join(servers);
  }
  // Threads inherit what is blocked: only the one that reads `signals_` takes any.
  sigset_t taken{};
  sigemptyset(&taken);
  sigaddset(&taken, SIGINT);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  loops.signals_ = net::Descriptor(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  loops.ends_ = net::Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!loops.signals_ || !loops.ends_) {
    return fail(Reason::internal);
  }
  return loops;
}

Result<> Loops::run() {
  Server& first = *loops_.front()->server;
  next_look_ = Clock::now() + between_looks;
  Result<> started = first.take_on(*this);
  if (started) {
    started = start_others();
  }
  if (!started) {
    stop();
    stop();
  }
  first.run();
  await_others();
  return started;
}

Counts Loops::counts() const {
  Counts sum;
  for (const auto& loop : loops_) {
    sum.connections += loop->workshop.counts.connections;
    sum.requests += loop->workshop.counts.requests;
    sum.failures += loop->workshop.counts.failures;
  }
  return sum;
}

Result<> Loops::start_others() {
  for (const auto& loop : std::span(loops_).subspan(1)) {
    try {
      loop->thread = std::thread([server = loop->server.get(), ends = ends_.number()] {
        pthread_setname_np(pthread_self(), "loop");  // for who looks at them
        server->run();
        std::ignore = eventfd_write(ends, 1);
      });
    } catch (const std::system_error&) {
      return fail(Reason::internal);
    }
    ++others_;
  }
  return {};
}

void Loops::stop() {
  for (const auto& loop : loops_) {
    loop->server->stop();
  }
}

void Loops::take_signals() {
  signalfd_siginfo info{};
  while (read(signals_.number(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP) {
      renewal_->read_again(UnixTime{std::time(nullptr)}, log_);
    } else {
      stop();
    }
  }
}

/// Until they have ended, too; a second signal may still come.
void Loops::await_others() {
  while (others_ > 0) {
    std::array<pollfd, 2> events{pollfd{.fd = signals_.number(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = ends_.number(), .events = POLLIN, .revents = 0}};
    std::ignore = poll(events.data(), events.size(), -1);
    attend();
    eventfd_t ended = 0;
    if (eventfd_read(ends_.number(), &ended) == 0) {
      others_ -= ended;
    }
  }
  for (const auto& loop : std::span(loops_).subspan(1)) {
    if (loop->thread.joinable()) {
      loop->thread.join();
    }
  }
}

void Loops::attend() {
  take_signals();
  if (Clock::now() >= due()) {
    next_look_ = Clock::now() + between_looks;
    renewal_->look_again(UnixTime{std::time(nullptr)}, log_);
  }
  log_.flush();
}

Clock::time_point Loops::due() const {
  return renewal_->has_changing_files() ? next_look_ : Clock::time_point::max();
}

}  // namespace handfast::serve
