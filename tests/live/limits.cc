// Both roles with a limit of records (RFC 8449; 0: without one) that the command does not let one
// choose.
//
//   live_limits serve CERT KEY LIMIT    echoes what comes, at a free port that it writes first
//   live_limits ask PORT CA LIMIT PATH [LENGTH]  makes one HTTP request to localhost, prints the
//                                       answer; LENGTH is that of max_fragment_length (RFC 6066)
#include "handfast/net.h"

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using handfast::Result;

template <typename T>
T value_of(Result<T> result) {
  if (!result) {
    std::cerr << result.error().text() << '\n';
    std::exit(1);
  }
  return *std::move(result);
}

int serve(std::span<const std::string> arguments) {
  const auto credential = value_of(handfast::net::load_credential(arguments[0], arguments[1]));
  handfast::ServerOptions options;
  options.record_size_limit = static_cast<std::uint16_t>(std::stoul(arguments[2]));
  const auto config = value_of(handfast::ServerConfig::make({credential}, std::move(options)));
  auto listener = value_of(handfast::net::Listener::open("127.0.0.1", 0));
  std::cout << listener.port() << std::endl;  // NOLINT(performance-avoid-endl): somebody waits
  for (;;) {
    auto stream = value_of(listener.accept(config));
    if (!stream.handshake()) {
      continue;
    }
    for (auto data = stream.read(); data && !data->empty(); data = stream.read()) {
      const std::vector<std::uint8_t> copy(data->begin(), data->end());
      if (!stream.write(copy)) {
        break;
      }
    }
    if (!stream.close()) {
      std::cerr << "the client left without a word\n";
    }
  }
}

int ask(std::span<const std::string> arguments) {
  const auto trust = value_of(handfast::net::load_trust(arguments[1]));
  handfast::ClientOptions options;
  options.record_size_limit = static_cast<std::uint16_t>(std::stoul(arguments[2]));
  if (arguments.size() == 5) {
    options.max_fragment_length = static_cast<std::uint16_t>(std::stoul(arguments[4]));
  }
  const auto config = value_of(handfast::ClientConfig::make(trust, std::move(options)));
  const auto port = static_cast<std::uint16_t>(std::stoul(arguments[0]));
  auto stream = value_of(handfast::net::connect(config, "localhost", port));
  const std::string request = "GET " + arguments[3] + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
  if (!stream.write(request)) {
    return 1;
  }
  for (;;) {
    const handfast::Bytes data = value_of(stream.read());
    if (data.empty()) {
      return 0;
    }
    std::cout << handfast::net::as_text(data);
  }
}

}  // namespace

int main(int count, char** words) {
  const std::span all(words, static_cast<std::size_t>(count));
  const std::vector<std::string> arguments(all.begin() + 1, all.end());
  if (arguments.size() == 4 && arguments[0] == "serve") {
    return serve(std::span(arguments).subspan(1));
  }
  if ((arguments.size() == 5 || arguments.size() == 6) && arguments[0] == "ask") {
    return ask(std::span(arguments).subspan(1));
  }
  std::cerr << "live_limits serve CERT KEY LIMIT | ask PORT CA LIMIT PATH [LENGTH]\n";
  return 2;
}
