#include "handfast/serve_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

namespace handfast::serve {

namespace {

constexpr int accepts_a_turn = 64;
constexpr std::string_view too_many = "too many connections are open";

net::Descriptor open_reserve() { return net::Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

bool Places::take() {
  std::size_t free = free_;
  while (free > 0 && !free_.compare_exchange_weak(free, free - 1)) {
  }
  return free > 0;
}

Result<std::unique_ptr<Server>> Server::make(std::shared_ptr<const Listening> listening,
                                             Workshop& workshop, Places& places,
                                             std::size_t workers) {
  std::unique_ptr<Server> server(new Server(std::move(listening), workshop, places));
  if (const auto ready = server->set_up(workers); !ready) {
    return std::unexpected(ready.error());
  }
  return server;
}

void Server::run() {
  std::array<epoll_event, 256> events{};
  while (!stop_at_once_ && (!stopping_ || clients_ > 0)) {
    const int count =
        epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), wait_time());
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      handle(event.data.fd, event.events);
    }
    expire_due();
    if (chores_ != nullptr && now_ >= chores_->due()) {
      chores_->attend();
    }
    hand_out_jobs();
    workshop_->log.flush();
  }
  end();
}

Result<> Server::take_on(Chores& chores) {
  chores_ = &chores;
  return watch(chores.descriptor(), EPOLLIN, EPOLL_CTL_ADD) ? Result<>() : fail(Reason::internal);
}

void Server::stop() {
  ++stops_;
  ring();
}

bool Server::hand(Newcomer newcomer) {
  {
    const std::lock_guard guard(handed_lock_);
    if (is_over_) {
      return false;
    }
    ++clients_;
    handed_.push_back(std::move(newcomer));
  }
  ring();
  return true;
}

/// Who has been handed to it meanwhile has come too late.
void Server::end() {
  const std::lock_guard guard(handed_lock_);
  is_over_ = true;
  handed_.clear();
}

void Server::ring() const {
  // It fails only where it would be for the 2^64th time without a look.
  std::ignore = eventfd_write(bell_.number(), 1);
}

Server::Server(std::shared_ptr<const Listening> listening, Workshop& workshop, Places& places)
    : listening_(std::move(listening)), workshop_(&workshop), places_(&places) {}

Result<> Server::set_up(std::size_t workers) {
  epoll_ = net::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  bell_ = net::Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  reserve_ = open_reserve();
  bool watched = epoll_ && bell_ && watch(bell_.number(), EPOLLIN, EPOLL_CTL_ADD);
  for (const net::Descriptor& listener : listening_->sockets) {
    // One loop is woken for a client, not all.
    watched = watched && watch(listener.number(), EPOLLIN | EPOLLEXCLUSIVE, EPOLL_CTL_ADD);
  }
  if (workers > 0) {
    auto started = net::Workers::start(workers);
    if (!started) {
      return std::unexpected(started.error());
    }
    workers_ = *std::move(started);
    watched = watched && watch(workers_->descriptor(), EPOLLIN, EPOLL_CTL_ADD);
  }
  if (!watched) {
    return fail(Reason::internal);
  }
  now_ = Clock::now();
  return {};
}

void Server::handle(int descriptor, std::uint32_t events) {
  if (descriptor == bell_.number()) {
    take_messages();
    return;
  }
  if (chores_ != nullptr && descriptor == chores_->descriptor()) {
    chores_->attend();
    return;
  }
  if (workers_ && descriptor == workers_->descriptor()) {
    take_answers();
    return;
  }
  const auto at = static_cast<std::size_t>(descriptor);
  if (at < slots_.size() && slots_[at].session) {
    slots_[at].session->heed(events, now_);
    settle(slots_[at]);
    return;
  }
  if (!listening_) {
    return;
  }
  const auto& listeners = listening_->sockets;
  const auto listener = std::ranges::find(listeners, descriptor, &net::Descriptor::number);
  if (listener != listeners.end()) {
    accept_clients(*listener);
  }
}

// --- Work for others
// --------------------------------------------------------------------------------

void Server::hand_out_jobs() {
  if (!workshop_->jobs.empty()) {
    workers_->give(workshop_->jobs);
    workshop_->jobs.clear();
  }
}

/// A session that waits keeps its socket, so its number is nobody else's.
void Server::take_answers() {
  for (net::Workers::Done& done : workers_->take()) {
    Slot& slot = slots_[done.tag];
    slot.session->complete(std::move(done.answer), now_);
    settle(slot);
  }
}

/// Whether nobody works on what `session` waits for, and nobody will.
bool Server::withdraw_job(const Session& session) {
  const auto tag = static_cast<std::uint64_t>(session.socket());
  return std::erase_if(workshop_->jobs, [tag](const auto& job) { return job.tag == tag; }) > 0 ||
         workers_->withdraw(tag);
}

/// A handshake waits twice, for its key and for its signature: who waits for this long each time
/// runs out of patience.
bool Server::lags_behind() const {
  return workers_ && workers_->longest_wait() > workshop_->patience.handshake / 2;
}

// --- Coming
// ---------------------------------------------------------------------------------------

void Server::accept_clients(const net::Descriptor& listener) {
  for (int i = 0; i < accepts_a_turn; ++i) {
    auto client = accept_from(listener);
    if (client) {
      ++workshop_->counts.connections;
      find_place({.client = std::move(*client)});
    } else if (client.error() == AcceptTrouble::no_descriptors) {
      turn_away(listener);
      return;
    } else if (client.error() == AcceptTrouble::none_waits) {
      return;
    }
  }
}

void Server::find_place(Newcomer newcomer) {
  newcomer.has_place = take_place();
  if (!newcomer.has_place && ++newcomer.asked == all_.size()) {
    tell_turned_away(too_many);
    return;
  }
  Server& chosen = newcomer.has_place ? least_busy() : next_loop();
  const bool has_place = newcomer.has_place;
  if (&chosen == this) {
    begin(std::move(newcomer.client));
  } else if (!chosen.hand(std::move(newcomer)) && has_place) {
    places_->give_back();
  }
}

/// Who sits around has to go for it.
bool Server::take_place() {
  if (places_->take()) {
    return true;
  }
  const auto first = claims_.begin();
  if (first == claims_.end()) {
    return false;
  }
  Slot& slot = slots_[static_cast<std::size_t>(first->due.socket)];
  if (slot.session->may_make_way(now_)) {
    slot.session->make_way(now_);
    remove(slot);
  }
  return places_->take();
}

Server& Server::next_loop() {
  const auto own = std::ranges::find(all_, this);
  return own + 1 != all_.end() ? **(own + 1) : *all_.front();
}

/// The one with the fewest clients, unless this one has hardly more.
Server& Server::least_busy() {
  Server* const least =
      *std::ranges::min_element(all_, {}, [](const Server* one) { return one->clients_.load(); });
  const std::size_t few = least->clients_;
  return clients_ > few + few / 8 ? *least : *this;
}

/// The first words of a connection with a client that has a place.
void Server::begin(Accepted client) {
  if (lags_behind()) {
    places_->give_back();
    tell_turned_away("more is to be signed than there is time for");
    return;
  }
  auto tls = Connection::server(workshop_->config.load(), UnixTime{std::time(nullptr)});
  // A client that is asked to answer once has to do so from the same address.
  const bool is_bound = tls && tls->bind_cookies(net::as_bytes(client.address));
  if (!is_bound) {
    places_->give_back();
    tell_turned_away(too_many);
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
  ++clients_;
  slot.interest = EPOLLIN;
  if (!watch(number, slot.interest, EPOLL_CTL_ADD)) {
    remove(slot);
    return;
  }
  settle(slot);
}

/// No descriptor is left to accept with: without the reserve the client would wait, and epoll would
/// report it again and again.
void Server::turn_away(const net::Descriptor& listener) {
  reserve_ = net::Descriptor();
  std::ignore = accept_from(listener);
  reserve_ = open_reserve();
  tell_turned_away(too_many);
}

void Server::tell_turned_away(std::string_view why) {
  ++workshop_->counts.failures;
  if (now_ - away_told_ >= std::chrono::seconds(1)) {
    away_told_ = now_;
    workshop_->log.note(fmt::format("✗ {}: new clients are turned away", why));
  }
}

// --- Going
// ----------------------------------------------------------------------------------------

void Server::settle(Slot& slot) {
  Session& session = *slot.session;
  if (session.waits_in_vain() && withdraw_job(session)) {
    session.complete(Refused{}, now_);
  }
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
  --clients_;
  places_->give_back();
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

void Server::take_messages() {
  eventfd_t count = 0;
  std::ignore = eventfd_read(bell_.number(), &count);  // first: what comes from here on rings again
  std::vector<Newcomer> handed;
  {
    const std::lock_guard guard(handed_lock_);
    handed.swap(handed_);
  }
  for (Newcomer& newcomer : handed) {
    --clients_;
    if (stopping_) {
      if (newcomer.has_place) {
        places_->give_back();
      }
    } else if (newcomer.has_place) {
      begin(std::move(newcomer.client));
    } else {
      find_place(std::move(newcomer));
    }
  }
  const unsigned stops = stops_;
  stop_at_once_ = stop_at_once_ || stops > 1;
  if (stops == 1 && !stopping_) {
    end_politely();
  }
}

void Server::end_politely() {
  stopping_ = true;
  stop_deadline_ = now_ + workshop_->patience.stop;
  for (const net::Descriptor& listener : listening_->sockets) {
    std::ignore = watch(listener.number(), 0, EPOLL_CTL_DEL);  // other loops may still have it open
  }
  listening_.reset();
  for (Slot& slot : slots_) {
    if (slot.session) {
      slot.session->stop(now_);
      settle(slot);
    }
  }
}

int Server::wait_time() const {
  auto next = due_.empty() ? Clock::time_point::max() : due_.begin()->time;
  if (stopping_) {
    next = std::min(next, stop_deadline_);
  }
  if (chores_ != nullptr) {
    next = std::min(next, chores_->due());
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

std::size_t sessions_for(std::uint64_t files, std::size_t loops) {
  constexpr std::uint64_t of_a_loop = 4;  // epoll_, bell_, reserve_, and what its workers ring
  const std::uint64_t spare = 28 + of_a_loop * loops;
  return std::clamp(files, spare + 2, 2 * session_limit + spare) / 2 - spare / 2;
}

std::size_t raise_session_limit(std::size_t loops) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return sessions_for(limit.rlim_cur, loops);
}

}  // namespace handfast::serve
