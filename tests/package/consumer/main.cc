#include <handfast/net.h>

#include <iostream>

int main(int argc, char** argv) {
  const std::string host = argc > 1 ? argv[1] : "example.com";
  const int port = argc > 2 ? std::stoi(argv[2]) : 443;
  auto stream = handfast::net::connect(host, static_cast<std::uint16_t>(port));
  auto sent = stream ? stream->write("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n")
                     : std::unexpected(stream.error());
  auto bytes = sent ? stream->read() : std::unexpected(sent.error());
  for (; bytes && !bytes->empty(); bytes = stream->read()) {
    std::cout << handfast::net::as_text(*bytes);
  }
  if (!bytes) {  // a cut connection is an error too: what came may not be all
    std::cerr << bytes.error().text() << "\ntry: " << bytes.error().fault().advice << '\n';
    return bytes.error().fault().exit;
  }
}
