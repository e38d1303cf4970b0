#include "handfast/serve_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

namespace handfast::serve {

namespace {

constexpr int accepts_a_turn = 64;
constexpr auto between_looks = std::chrono::minutes(1);

net::Descriptor open_reserve() { return net::Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Result<Server> Server::make(Listening listening, Workshop& workshop, std::size_t most_sessions) {
  Server server(std::move(listening), workshop, most_sessions);
  if (const auto ready = server.set_up(); !ready) {
    return std::unexpected(ready.error());
  }
  return server;
}

void Server::run() {
  std::array<epoll_event, 256> events{};
  while (!stop_at_once_ && (!stopping_ || session_count_ > 0)) {
    const int count =
        epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), wait_time());
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      handle(events.at(static_cast<std::size_t>(i)).data.fd);
    }
    expire_due();
    if (now_ >= next_look_) {
      look_again();
    }
    workshop_->log.flush();
  }
}

Server::Server(Listening listening, Workshop& workshop, std::size_t most_sessions)
    : listening_(std::move(listening)), workshop_(&workshop), most_sessions_(most_sessions) {}

Result<> Server::set_up() {
  sigset_t taken{};
  sigemptyset(&taken);
  sigaddset(&taken, SIGINT);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGHUP);
  sigprocmask(SIG_BLOCK, &taken, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  epoll_ = net::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  signals_ = net::Descriptor(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  reserve_ = open_reserve();
  bool watched = epoll_ && signals_ && watch(signals_.number(), EPOLLIN, EPOLL_CTL_ADD);
  for (const net::Descriptor& listener : listening_.sockets) {
    watched = watched && watch(listener.number(), EPOLLIN, EPOLL_CTL_ADD);
  }
  if (!watched) {
    return fail(Reason::internal);
  }
  now_ = Clock::now();
  next_look_ = now_ + between_looks;
  return {};
}

void Server::handle(int descriptor) {
  if (descriptor == signals_.number()) {
    take_signals();
    return;
  }
  const auto at = static_cast<std::size_t>(descriptor);
  if (at < slots_.size() && slots_[at].session) {
    slots_[at].session->work(now_);
    settle(slots_[at]);
    return;
  }
  const auto listener = std::ranges::find(listening_.sockets, descriptor, &net::Descriptor::number);
  if (listener != listening_.sockets.end()) {
    accept_clients(*listener);
  }
}

// --- Coming
// ---------------------------------------------------------------------------------------

void Server::accept_clients(const net::Descriptor& listener) {
  for (int i = 0; i < accepts_a_turn; ++i) {
    auto client = accept_from(listener);
    if (client) {
      admit(std::move(*client));
    } else if (client.error() == AcceptTrouble::no_descriptors) {
      turn_away(listener);
      return;
    } else if (client.error() == AcceptTrouble::none_waits) {
      return;
    }
  }
}

void Server::admit(Accepted client) {
  ++workshop_->counts.connections;
  if (session_count_ >= most_sessions_) {
    make_room();
  }
  auto tls = Connection::server(workshop_->renewal.current().load(), UnixTime{std::time(nullptr)});
  // A client that is asked to answer once has to do so from the same address.
  const bool is_bound = tls && tls->bind_cookies(net::as_bytes(client.address));
  if (session_count_ >= most_sessions_ || !is_bound) {
    tell_full();
    return;
  }
  const int number = client.socket.number();
  const auto at = static_cast<std::size_t>(number);
  if (at >= slots_.size()) {
    slots_.resize(at + 1);
  }
  Slot& slot = slots_[at];
  slot.session = std::make_unique<Session>(std::move(client.socket), std::move(client.address),
                                           std::move(*tls), *workshop_, now_);
  ++session_count_;
  slot.interest = EPOLLIN;
  if (!watch(number, slot.interest, EPOLL_CTL_ADD)) {
    remove(slot);
    return;
  }
  settle(slot);
}

void Server::make_room() {
  const auto first = claims_.begin();
  if (first == claims_.end()) {
    return;
  }
  Slot& slot = slots_[static_cast<std::size_t>(first->due.socket)];
  if (slot.session->may_make_way(now_)) {
    slot.session->make_way(now_);
    remove(slot);
  }
}

/// No descriptor is left to accept with: without the reserve the client would wait, and epoll would
/// report it again and again.
void Server::turn_away(const net::Descriptor& listener) {
  reserve_ = net::Descriptor();
  std::ignore = accept_from(listener);
  reserve_ = open_reserve();
  tell_full();
}

void Server::tell_full() {
  ++workshop_->counts.failures;
  if (now_ - full_told_ >= std::chrono::seconds(1)) {
    full_told_ = now_;
    workshop_->log.note("✗ too many connections are open: new clients are turned away");
  }
}

// --- Going
// ----------------------------------------------------------------------------------------

void Server::settle(Slot& slot) {
  const Session& session = *slot.session;
  if (session.is_over()) {
    remove(slot);
    return;
  }
  const std::uint32_t interest = session.interest();
  if (interest != std::exchange(slot.interest, interest)) {
    std::ignore = watch(session.socket(), interest, EPOLL_CTL_MOD);
  }
  due_.erase(slot.place.due);
  claims_.erase(slot.place);
  slot.place = {.claim = session.claim(),
                .due = {.time = session.deadline(), .socket = session.socket()}};
  due_.insert(slot.place.due);
  claims_.insert(slot.place);
}

void Server::remove(Slot& slot) {
  due_.erase(slot.place.due);
  claims_.erase(slot.place);
  slot = {};
  --session_count_;
}

void Server::expire_due() {
  while (!due_.empty() && due_.begin()->time <= now_) {
    Slot& slot = slots_[static_cast<std::size_t>(due_.begin()->socket)];
    slot.session->expire(now_);
    settle(slot);
  }
  if (stopping_ && now_ >= stop_deadline_) {
    stop_at_once_ = true;
  }
}

void Server::take_signals() {
  signalfd_siginfo info{};
  while (read(signals_.number(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP) {
      workshop_->renewal.read_again(UnixTime{std::time(nullptr)}, workshop_->log);
      continue;
    }
    stop_at_once_ = stopping_;
    stopping_ = true;
  }
  if (!stopping_ || stop_at_once_) {
    return;
  }
  stop_deadline_ = now_ + workshop_->patience.stop;
  listening_.sockets.clear();
  for (Slot& slot : slots_) {
    if (slot.session) {
      slot.session->stop(now_);
      settle(slot);
    }
  }
}

void Server::look_again() {
  next_look_ = now_ + between_looks;
  workshop_->renewal.look_again(UnixTime{std::time(nullptr)}, workshop_->log);
}

int Server::wait_time() const {
  auto next = due_.empty() ? Clock::time_point::max() : due_.begin()->time;
  if (stopping_) {
    next = std::min(next, stop_deadline_);
  }
  if (workshop_->renewal.has_changing_files()) {
    next = std::min(next, next_look_);
  }
  if (next == Clock::time_point::max()) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

bool Server::watch(int descriptor, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return epoll_ctl(epoll_.number(), operation, descriptor, &event) == 0;
}

std::size_t sessions_for(std::uint64_t files) {
  constexpr std::uint64_t spare = 32;
  return std::clamp(files, spare + 2, 2 * session_limit + spare) / 2 - spare / 2;
}

std::size_t raise_session_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return sessions_for(limit.rlim_cur);
}

}  // namespace handfast::serve
