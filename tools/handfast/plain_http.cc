#include "handfast/plain_http.h"

#include "handfast/buffers.h"
#include "handfast/fetch.h"
#include "handfast/server_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>

namespace handfast::command {

namespace {

using Clock = std::chrono::steady_clock;

// RFC 3986 §2: what may stand in a path and a query.
bool is_path_character(char c) {
  return c > ' ' && c < 0x7f && std::strchr("\"<>\\^`{|}#", c) == nullptr;
}

struct Network {
  std::array<std::uint8_t, 4> base;
  unsigned bits;
};

// RFC 6890 §2.2.2, and multicast.
constexpr std::array closed_networks = {
    Network{{0, 0, 0, 0}, 8},     Network{{10, 0, 0, 0}, 8},      Network{{100, 64, 0, 0}, 10},
    Network{{127, 0, 0, 0}, 8},   Network{{169, 254, 0, 0}, 16},  Network{{172, 16, 0, 0}, 12},
    Network{{192, 0, 0, 0}, 24},  Network{{192, 0, 2, 0}, 24},    Network{{192, 168, 0, 0}, 16},
    Network{{198, 18, 0, 0}, 15}, Network{{198, 51, 100, 0}, 24}, Network{{203, 0, 113, 0}, 24},
    Network{{224, 0, 0, 0}, 3},
};

std::uint32_t number_of(std::span<const std::uint8_t, 4> octets) {
  return std::uint32_t{octets[0]} << 24U | std::uint32_t{octets[1]} << 16U |
         std::uint32_t{octets[2]} << 8U | octets[3];
}

bool is_public_4(std::span<const std::uint8_t, 4> address) {
  return std::ranges::none_of(closed_networks, [&](const Network& network) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - network.bits);
    return (number_of(address) & mask) == number_of(network.base);
  });
}

// Only global unicast, 2000::/3, and in it neither addresses that stand for one of version 4
// (6to4, Teredo) nor those of documentation.
bool is_public_6(std::span<const std::uint8_t, 16> address) {
  const unsigned first = address[0] * 256U + address[1];
  const unsigned second = address[2] * 256U + address[3];
  const bool is_global = (address[0] & 0xe0U) == 0x20;
  const bool is_special = first == 0x2002 || (first == 0x2001 && second < 0x200) ||
                          (first == 0x2001 && second == 0xdb8) || first == 0x3fff;
  return is_global && !is_special;
}

// Waits until `socket` can be read, or written; whether it can before `deadline`.
bool wait(const net::Descriptor& socket, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<net::Milliseconds>(deadline - Clock::now()).count();
  pollfd entry{.fd = socket.number(), .events = events, .revents = 0};
  return left > 0 && ::poll(&entry, 1, static_cast<int>(std::min<long>(left, 60'000))) > 0;
}

Result<> send(const net::Descriptor& socket, Bytes bytes, Clock::time_point deadline) {
  Output output;
  const Result<MutBytes> room = output.room(bytes.size());
  if (!room) {
    return std::unexpected(room.error());
  }
  std::ranges::copy(bytes, room->begin());
  output.commit(bytes.size());
  while (!output.pending().empty()) {
    if (!wait(socket, POLLOUT, deadline)) {
      return fail(Reason::timed_out);
    }
    if (const auto sent = net::send_some(socket, output); !sent) {
      return std::unexpected(sent.error());
    }
  }
  return {};
}

// Reads what answers, as far as `size_most` bytes of content.
Result<std::vector<std::uint8_t>> receive(const net::Descriptor& socket, std::size_t size_most,
                                          Clock::time_point deadline) {
  std::vector<std::uint8_t> content;
  bool is_too_long = false;
  Fetch fetch([&](std::string_view piece) {
    is_too_long = content.size() + piece.size() > size_most;
    if (!is_too_long) {
      content.insert(content.end(), piece.begin(), piece.end());
    }
    return !is_too_long;
  });
  std::vector<std::uint8_t> storage(Input::least);
  Input input(storage);
  while (!fetch.is_done()) {
    if (!wait(socket, POLLIN, deadline)) {
      return fail(Reason::timed_out);
    }
    const auto received = net::receive_some(socket, input);
    if (!received) {
      return std::unexpected(received.error());
    }
    if (received->has_value() && **received == 0) {
      if (const Result<> ended = fetch.end(); !ended) {
        return std::unexpected(ended.error());
      }
      break;
    }
    const Result<Fetch::Progress> progress = fetch.put(input.waiting());
    input.consume(input.waiting().size());
    if (is_too_long) {
      return fail_limit(Reason::budget_spent, size_most, content.size());
    }
    if (!progress) {
      return std::unexpected(progress.error());
    }
    if (*progress == Fetch::Progress::done) {
      break;
    }
  }
  constexpr int found = 200;
  if (fetch.status() != found) {
    return fail(Reason::http_malformed);
  }
  return content;
}

std::string head_of(const HttpUrl& url, const HttpQuestion& question) {
  const std::string host =
      url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']';
  const std::string port = url.port == 80 ? std::string() : ':' + std::to_string(url.port);
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}{}\r\nConnection: close\r\n",
                                 question.body.empty() ? "GET" : "POST", url.path, host, port);
  if (!question.body.empty()) {
    head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", question.body_type,
                        question.body.size());
  }
  return head + "\r\n";
}

}  // namespace

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const bool is_http = text.size() > scheme.size() &&
                       std::ranges::equal(text.substr(0, scheme.size()), scheme, {},
                                          [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (!is_http) {
    return std::nullopt;
  }
  text.remove_prefix(scheme.size());
  const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, slash);
  HttpUrl url;
  url.path = text.substr(slash);
  if (!url.path.starts_with('/')) {
    url.path.insert(0, 1, '/');
  }
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t host_end = is_bracketed ? authority.find(']') : authority.find(':');
  const std::string_view host = is_bracketed && host_end != std::string_view::npos
                                    ? authority.substr(0, host_end + 1)
                                    : authority.substr(0, host_end);
  std::string_view port = authority.substr(host.size());
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    const bool is_number = port.starts_with(':') && error == std::errc() &&
                           end == port.data() + port.size() && url.port != 0;
    if (!is_number) {
      return std::nullopt;
    }
  }
  const auto name = ServerName::parse(host);
  if (!name || !std::ranges::all_of(url.path, is_path_character)) {
    return std::nullopt;
  }
  url.host = name->text();
  return url;
}

bool is_public(const net::Address& address) {
  // An address with a zone, which only a neighbour's has, is none here.
  const auto name = ServerName::parse(address.text());
  if (!name) {
    return false;
  }
  const Bytes octets = name->address();
  return octets.size() == 4 ? is_public_4(octets.first<4>())
                            : octets.size() == 16 && is_public_6(octets.first<16>());
}

Result<std::vector<std::uint8_t>> ask_http(const HttpUrl& url, const HttpQuestion& question,
                                           const HttpLimits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.time;
  auto addresses = net::look_up(url.host, url.port, limits.time);
  if (!addresses) {
    return std::unexpected(addresses.error());
  }
  // Judged after the name was looked up and used as judged: a name that changes its mind in between
  // gains nothing.
  if (!limits.allows_private) {
    std::erase_if(*addresses, [](const net::Address& address) { return !is_public(address); });
  }
  if (addresses->empty()) {
    return fail(Reason::address_not_public);
  }
  const auto left = std::chrono::ceil<net::Milliseconds>(deadline - Clock::now());
  const auto reached = net::reach(*addresses, std::max(left, net::Milliseconds(1)));
  if (!reached) {
    return std::unexpected(reached.error());
  }
  const std::string head = head_of(url, question);
  for (const Bytes part : {net::as_bytes(head), question.body}) {
    if (const Result<> sent = send(reached->socket, part, deadline); !sent) {
      return std::unexpected(sent.error());
    }
  }
  return receive(reached->socket, limits.size, deadline);
}

}  // namespace handfast::command
