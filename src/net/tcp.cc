// TCP: names to addresses, addresses to connected sockets, bytes in and out.
#include "handfast/net.h"
#include "net/wait.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handfast::net {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

/// What getaddrinfo is asked, and its answer. Shared by the caller and the thread that asks, since
/// either may be done with it first.
struct Question {
  std::string host;
  std::string port;
  int flags = 0;
  int error = EAI_AGAIN;
  AddressList list;
  sem_t answered{};

  Question(std::string asked_host, std::uint16_t asked_port)
      : host(std::move(asked_host)), port(std::to_string(asked_port)) {
    ::sem_init(&answered, 0, 0);
  }

  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  ~Question() { ::sem_destroy(&answered); }

  void ask() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* found = nullptr;
    error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    list.reset(error == 0 ? found : nullptr);
  }
};

void* ask_in_thread(void* argument) {
  const std::unique_ptr<std::shared_ptr<Question>> question(
      static_cast<std::shared_ptr<Question>*>(argument));
  (*question)->ask();
  ::sem_post(&(*question)->answered);
  return nullptr;
}

/// getaddrinfo knows no deadline, so a thread asks and may be left behind. Returns whether the
/// answer came in time.
bool ask_within(const std::shared_ptr<Question>& question, Milliseconds limit) {
  auto argument = std::make_unique<std::shared_ptr<Question>>(question);
  pthread_t thread{};
  if (::pthread_create(&thread, nullptr, ask_in_thread, argument.get()) != 0) {
    question->ask();
    return true;
  }
  static_cast<void>(argument.release());
  ::pthread_detach(thread);
  const std::chrono::nanoseconds until =
      std::chrono::system_clock::now().time_since_epoch() + limit;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(until);
  const timespec deadline{.tv_sec = static_cast<time_t>(seconds.count()),
                          .tv_nsec = static_cast<long>((until - seconds).count())};
  int waited = 0;
  do {
    waited = ::sem_timedwait(&question->answered, &deadline);
  } while (waited != 0 && errno == EINTR);
  return waited == 0;
}

Reason connect_reason(int error) {
  switch (error) {
    case ECONNREFUSED: return Reason::connection_refused;
    case ETIMEDOUT: return Reason::timed_out;
    default: return Reason::unreachable;
  }
}

Result<Descriptor> reach_one(const Address& address, Milliseconds limit) {
  const Bytes bytes = address.bytes();
  sockaddr_storage storage{};
  std::memcpy(&storage, bytes.data(), bytes.size());
  Descriptor socket(
      ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket) {
    return fail(Reason::unreachable);
  }
  const int on = 1;  // a handshake is a handful of small messages, each waited for
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.number(), as_sockaddr(storage), static_cast<socklen_t>(bytes.size())) == 0) {
    return socket;
  }
  if (errno != EINPROGRESS) {
    return fail(connect_reason(errno));
  }
  if (!wait_for(socket, POLLOUT, deadline_in(limit))) {
    return fail(Reason::timed_out);
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    return fail(connect_reason(error));
  }
  return socket;
}

/// Which of two failures tells more about the peer.
int weight(Reason reason) {
  switch (reason) {
    case Reason::connection_refused: return 2;
    case Reason::timed_out: return 1;
    default: return 0;
  }
}

}  // namespace

Result<std::vector<Address>> look_up(const std::string& host, std::uint16_t port,
                                     Milliseconds limit) {
  const auto question = std::make_shared<Question>(host, port);
  question->flags = AI_NUMERICHOST;
  question->ask();
  if (question->error != 0) {
    question->flags = AI_ADDRCONFIG;
    if (!ask_within(question, limit)) {
      return fail(Reason::timed_out);
    }
  }
  std::vector<Address> addresses;
  for (const addrinfo* entry = question->list.get(); entry != nullptr; entry = entry->ai_next) {
    addresses.emplace_back(sockaddr_bytes(*entry->ai_addr, entry->ai_addrlen));
  }
  if (addresses.empty()) {
    return fail(Reason::name_not_found);
  }
  return addresses;
}

Result<Reached> reach(const std::vector<Address>& addresses, Milliseconds limit) {
  const Deadline deadline = deadline_in(limit);
  Error most_telling{.reason = Reason::unreachable};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const Milliseconds share =
        time_left(deadline) / static_cast<std::int64_t>(addresses.size() - i);
    Result<Descriptor> socket = reach_one(addresses[i], share);
    if (socket) {
      return Reached{.socket = *std::move(socket), .address = addresses[i]};
    }
    if (i == 0 || weight(socket.error().reason) > weight(most_telling.reason)) {
      most_telling = socket.error();
    }
  }
  return std::unexpected(most_telling);
}

Result<std::size_t> send_some(const Descriptor& socket, Output& output) {
  std::size_t sent = 0;
  while (!output.pending().empty()) {
    const Bytes bytes = output.pending();
    const ssize_t count = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      output.consume(static_cast<std::size_t>(count));
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return fail(Reason::connection_lost);
    }
  }
  return sent;
}

Result<std::optional<std::size_t>> receive_some(const Descriptor& socket, Input& input) {
  const MutBytes room = input.writable();
  for (;;) {
    const ssize_t count = ::recv(socket.number(), room.data(), room.size(), 0);
    if (count >= 0) {
      input.commit(static_cast<std::size_t>(count));
      return std::optional(static_cast<std::size_t>(count));
    }
    if (errno == EAGAIN) {
      return std::optional<std::size_t>();
    }
    if (errno != EINTR) {
      return fail(Reason::connection_lost);
    }
  }
}

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

Address::Address(Bytes socket_address) {
  const std::size_t size = std::min(socket_address.size(), bytes_.size());
  std::ranges::copy(socket_address.first(size), bytes_.begin());
  size_ = static_cast<std::uint8_t>(size);
}

std::string Address::text() const {
  sockaddr_storage storage{};
  std::memcpy(&storage, bytes_.data(), size_);
  char host[NI_MAXHOST] = "";
  ::getnameinfo(as_sockaddr(storage), size_, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

}  // namespace handfast::net
