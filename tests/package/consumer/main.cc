#include <handfast/net.h>

#include <iostream>

int main(int argc, char** argv) {
  const std::string host = argc > 1 ? argv[1] : "example.com";
  const int port = argc > 2 ? std::stoi(argv[2]) : 443;
  auto stream = handfast::net::connect(host, static_cast<std::uint16_t>(port));
  auto sent = stream ? stream->write("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n")
                     : std::unexpected(stream.error());
  if (!sent) {
    std::cerr << sent.error().text() << "\ntry: " << sent.error().fault().advice << '\n';
    return sent.error().fault().exit;
  }
  for (auto bytes = stream->read(); bytes && !bytes->empty(); bytes = stream->read()) {
    std::cout << handfast::net::as_text(*bytes);
  }
}
