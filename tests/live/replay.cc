// One server among several that share the keys of tickets, and the register that they share: for
// replay_test.py, which sends the same first flight to all of them.
//
//   live_replay register SOCKET SINCE         answers at a Unix socket what it remembers
//   live_replay serve CERT KEY SECRET SOCKET  serves at a free port, asking there
//
// A register that starts while tickets are about that it did not see used is told so by SINCE,
// seconds since 1970 or "now". A server writes its port, and then a line for each connection: what
// became of its early data, and how many bytes of it were handed out.
#include "handfast/net.h"
#include "handfast/tickets.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace {

using handfast::ReplayRegister;
using handfast::ReplayVerdict;
using handfast::Result;
using handfast::UnixTime;
using handfast::net::Descriptor;

/// What is asked. Both processes are of this program, so it goes over the socket as it lies there.
struct Question {
  std::uint8_t key[32];  // NOLINT(modernize-avoid-c-arrays)
  std::int64_t from;
  std::int64_t until;
};

sockaddr_un address_of(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    std::cerr << "the path of the socket is too long\n";
    std::exit(1);
  }
  path.copy(&address.sun_path[0], path.size());
  return address;
}

const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(
      &address);  // NOLINT(*-reinterpret-cast): as POSIX has it
}

/// Nobody waits longer than that for the other side of a Unix socket.
void bound(const Descriptor& socket) {
  const timeval limit = {.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// Asks the register's process. Whatever comes in between, the answer is that it cannot be told.
class DistantRegister final : public ReplayRegister {
 public:
  explicit DistantRegister(std::string_view path) : address_(address_of(path)) {}

  ReplayVerdict enter(const Entry& entry, UnixTime /*now*/) override {
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket || entry.key.size() != sizeof Question::key) {
      return ReplayVerdict::unknown;
    }
    bound(socket);
    Question question{.key = {}, .from = entry.from.seconds, .until = entry.until.seconds};
    std::memcpy(&question.key[0], entry.key.data(), entry.key.size());
    char answer = '?';
    const bool is_answered =
        ::connect(socket.number(), plain(address_), sizeof address_) == 0 &&
        ::send(socket.number(), &question, sizeof question, MSG_NOSIGNAL) == sizeof question &&
        ::recv(socket.number(), &answer, 1, 0) == 1;
    if (!is_answered) {
      return ReplayVerdict::unknown;
    }
    switch (answer) {
      case 'f': return ReplayVerdict::fresh;
      case 's': return ReplayVerdict::seen;
      default: return ReplayVerdict::unknown;
    }
  }

 private:
  sockaddr_un address_;
};

char letter(ReplayVerdict verdict) {
  switch (verdict) {
    case ReplayVerdict::fresh: return 'f';
    case ReplayVerdict::seen: return 's';
    case ReplayVerdict::unknown: break;
  }
  return 'u';
}

int keep_register(std::string_view path, const std::string& since) {
  const UnixTime now = handfast::net::now();
  handfast::ReplayMemory memory(since == "now" ? now : UnixTime{std::stoll(since)});
  const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  if (!listener || ::bind(listener.number(), plain(address), sizeof address) != 0 ||
      ::listen(listener.number(), SOMAXCONN) != 0) {
    std::cerr << "cannot listen at " << path << '\n';
    return 1;
  }
  std::cout << "ready" << std::endl;  // NOLINT(performance-avoid-endl): somebody waits for it
  for (;;) {
    const Descriptor client(::accept(listener.number(), nullptr, nullptr));
    if (!client) {
      continue;
    }
    bound(client);
    Question question{};
    if (::recv(client.number(), &question, sizeof question, MSG_WAITALL) == sizeof question) {
      const ReplayRegister::Entry entry = {
          .key = question.key, .from = {question.from}, .until = {question.until}};
      const char answer = letter(memory.enter(entry, handfast::net::now()));
      ::send(client.number(), &answer, 1, MSG_NOSIGNAL);
    }
  }
}

/// A connection until its end, which for a replay comes in the middle of the handshake.
void attend(handfast::net::Stream stream) {
  static std::mutex writing;
  bool is_known = stream.handshake().has_value();
  if (is_known) {
    const auto rest = stream.read();
    is_known = rest && stream.close();
  }
  const std::lock_guard lock(writing);
  std::cout << name(stream.connection().settled().early_data) << ' '
            << stream.early_data().bytes.size() << (is_known ? " complete" : " broken")
            << std::endl;  // NOLINT(performance-avoid-endl): somebody waits for it
}

template <typename T>
T or_exit(Result<T> result) {
  if (!result) {
    std::cerr << result.error().text() << '\n';
    std::exit(1);
  }
  return *std::move(result);
}

int serve(std::span<const std::string> arguments) {
  const auto credential = or_exit(handfast::net::load_credential(arguments[0], arguments[1]));
  const std::string secret = or_exit(handfast::net::read_file(arguments[2]));
  handfast::ServerOptions options;
  options.tickets =
      or_exit(handfast::TicketKeys::shared(handfast::SecretBytes(handfast::net::as_bytes(secret))));
  options.early_data =
      handfast::EarlyDataPolicy::accept(std::make_shared<DistantRegister>(arguments[3]));
  const auto config = or_exit(handfast::ServerConfig::make({credential}, std::move(options)));
  auto listener = or_exit(handfast::net::Listener::open("127.0.0.1", 0));
  std::cout << listener.port() << std::endl;  // NOLINT(performance-avoid-endl): as above
  for (;;) {
    std::thread(attend, or_exit(listener.accept(config))).detach();
  }
}

}  // namespace

int main(int count, char** words) {
  const std::span all(words, static_cast<std::size_t>(count));
  const std::vector<std::string> arguments(all.begin() + 1, all.end());
  if (arguments.size() == 3 && arguments[0] == "register") {
    return keep_register(arguments[1], arguments[2]);
  }
  if (arguments.size() == 5 && arguments[0] == "serve") {
    return serve(std::span(arguments).subspan(1));
  }
  std::cerr << "live_replay register SOCKET SINCE | serve CERT KEY SECRET SOCKET\n";
  return 2;
}
