#include "handfast/ocsp_service.h"

#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/ocsp_http.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <semaphore>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::ocsp {

using command::Json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::ptrdiff_t most_at_once = 32;
constexpr auto patience = std::chrono::seconds(10);

/// Waits until `descriptor` is ready for `events`; false when the time is up.
bool wait_for(int descriptor, short events, Clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      return false;
    }
    pollfd waiter{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&waiter, 1, static_cast<int>(left));
    if (ready > 0 || (ready < 0 && errno != EINTR)) {
      return ready > 0;
    }
  }
}

void send_all(int socket, std::string_view text, Clock::time_point deadline) {
  while (!text.empty() && wait_for(socket, POLLOUT, deadline)) {
    const ssize_t count = ::write(socket, text.data(), text.size());
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      return;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

/// Says that nothing more comes, and takes what is still on its way: closing over unread bytes
/// would reset the connection, and the answer with it.
void linger(int socket) {
  constexpr std::size_t most = 64UZ * 1024;
  const auto deadline = Clock::now() + std::chrono::seconds(1);
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> piece{};
  for (std::size_t taken = 0; taken < most && wait_for(socket, POLLIN, deadline);) {
    const ssize_t count = ::read(socket, piece.data(), piece.size());
    if (count <= 0) {
      return;
    }
    taken += static_cast<std::size_t>(count);
  }
}

/// Reads one question and answers it. What is said of it; nothing if nobody asked.
std::optional<std::string> serve_one(int socket, Responder& responder) {
  const auto deadline = Clock::now() + patience;
  std::string bytes;
  std::array<char, 4096> piece{};
  while (wait_for(socket, POLLIN, deadline)) {
    const ssize_t count = ::read(socket, piece.data(), piece.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      return std::nullopt;
    }
    bytes.append(piece.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    const auto arrival = bytes.size() > http::longest_head + longest_question
                             ? std::unexpected(http::Status::content_too_large)
                             : look_at(bytes);
    if (!arrival) {
      send_all(socket, response(arrival.error()), deadline);
      linger(socket);
      return fmt::format("no question ({})", http::phrase(arrival.error()));
    }
    if (arrival->is_whole) {
      const Reply reply = responder.answer(arrival->question, net::now());
      const bool may_be_kept = arrival->is_get;
      send_all(socket, response(reply.der, may_be_kept ? reply.fresh_for : std::nullopt), deadline);
      return reply.said;
    }
  }
  return std::nullopt;
}

net::Descriptor watch_signals() {
  sigset_t taken;
  sigemptyset(&taken);
  sigaddset(&taken, SIGINT);
  sigaddset(&taken, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  return net::Descriptor(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace

Log::Log(const command::Common& common) : common_(common), terminal_(stdout, common.color) {}

void Log::start(const std::string& authority, const std::string& url, std::uint16_t port) {
  const std::scoped_lock lock(mutex_);
  if (common_.json) {
    Json line = command::json_head("cert-ocsp-serve", true);
    line.update(Json{{"event", "start"}, {"authority", authority}, {"url", url}, {"port", port}});
    command::print_json(line, -1);
  } else if (!common_.quiet) {
    terminal_.print(fmt::format("Answering for {} at {}. Ctrl-C stops.\n", authority, url));
  }
}

void Log::answered(const std::string& address, const std::string& said) {
  const std::scoped_lock lock(mutex_);
  if (common_.json) {
    command::print_json(Json{{"event", "answer"}, {"client", address}, {"said", said}}, -1);
  } else if (!common_.quiet) {
    terminal_.print(
        fmt::format("{:%H:%M:%S} {}  {}\n", fmt::localtime(std::time(nullptr)), address, said));
  }
}

void run(const serve::Listening& listening, Responder& responder, Log& log) {
  const net::Descriptor signals = watch_signals();
  std::vector<pollfd> waiters = {{.fd = signals.number(), .events = POLLIN, .revents = 0}};
  for (const net::Descriptor& socket : listening.sockets) {
    waiters.push_back({.fd = socket.number(), .events = POLLIN, .revents = 0});
  }
  // Shared, as the last to let go may be a thread that has just said that it is done.
  const auto places = std::make_shared<std::counting_semaphore<most_at_once>>(most_at_once);
  while (::poll(waiters.data(), waiters.size(), -1) >= 0 || errno == EINTR) {
    if (waiters.front().revents != 0) {
      break;
    }
    for (std::size_t i = 1; i < waiters.size(); ++i) {
      if (waiters[i].revents == 0) {
        continue;
      }
      auto client = serve::accept_from(listening.sockets[i - 1]);
      if (!client) {
        continue;
      }
      places->acquire();
      std::thread([places, &responder, &log, client = std::move(*client)] {
        if (const auto said = serve_one(client.socket.number(), responder)) {
          log.answered(client.address, *said);
        }
        places->release();
      }).detach();
    }
  }
  // Whoever is being served is served to the end, which is ten seconds away at most.
  for (std::ptrdiff_t i = 0; i < most_at_once; ++i) {
    places->acquire();
  }
}

}  // namespace handfast::ocsp
