#include "starttls/exchanges.h"

#include "handfast/net.h"

#include <algorithm>

namespace handfast::test {

namespace {

constexpr const char* xmpp_answer =
    "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0' from='mail.test' id='a1>b' xml:lang='en' xmlns='jabber:client'>"
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
    "</mechanisms></stream:features>";
constexpr const char* xmpp_request = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

std::string xmpp_header(const std::string& content) {
  return "<?xml version='1.0'?><stream:stream to='mail.test' version='1.0' xmlns='" + content +
         "' xmlns:stream='http://etherx.jabber.org/streams'>";
}

std::vector<Exchange> make_exchanges() {
  using P = StartTlsProtocol;
  const std::string ldap_request =
      raw("\x30\x1d\x02\x01\x01\x77\x18\x80\x16") + "1.3.6.1.4.1.1466.20037";
  return {
      {P::smtp,
       {{"220 mail.test ESMTP\r\n", "EHLO [127.0.0.1]\r\n"},
        {"250-mail.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n", "STARTTLS\r\n"},
        {"220 2.0.0 Ready\r\n", ""}}},
      {P::smtp,
       {{"220-mail.test ESMTP\r\n220-be welcome\r\n220\r\n", "EHLO [127.0.0.1]\r\n"},
        {"250-STARTTLS\r\n250 starttls\r\n", "STARTTLS\r\n"},
        {"220-Ready\r\n220 to start\r\n", ""}}},
      {P::lmtp,
       {{"220 mail.test LMTP\r\n", "LHLO [127.0.0.1]\r\n"},
        {"250-mail.test\r\n250 STARTTLS\r\n", "STARTTLS\r\n"},
        {"220 Go\r\n", ""}}},
      {P::imap,
       {{"* OK [CAPABILITY IMAP4rev1] ready\r\n", "a1 CAPABILITY\r\n"},
        {"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n* NOOP\r\na1 OK done\r\n",
         "a2 STARTTLS\r\n"},
        {"* OK something\r\na2 OK Begin\r\n", ""}}},
      {P::pop3,
       {{"+OK POP3 <1@mail.test>\r\n", "CAPA\r\n"},
        {"+OK\r\nTOP\r\nSTLS\r\nUIDL\r\n.\r\n", "STLS\r\n"},
        {"+OK Begin\r\n", ""}}},
      {P::sieve,
       {{"\"IMPLEMENTATION\" \"sieve\"\r\n\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK \"hello\"\r\n",
         "STARTTLS\r\n"},
        {"OK \"Begin\"\r\n", ""}}},
      {P::nntp,
       {{"201 news.test\r\n", "CAPABILITIES\r\n"},
        {"101 these\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n", "STARTTLS\r\n"},
        {"382 Continue\r\n", ""}}},
      {P::ftp, {{"220 ftp.test\r\n", "AUTH TLS\r\n"}, {"234 Proceed\r\n", ""}}},
      {P::ftp,
       {{"120 in 1 minute\r\n220-ftp.test\r\n230 is no end\r\n  220 nor this\r\n220-nor this\r\n"
         "220 go\r\n",
         "AUTH TLS\r\n"},
        {"234 Proceed\r\n", ""}}},
      {P::xmpp,
       {{"", xmpp_header("jabber:client")},
        {xmpp_answer, xmpp_request},
        {"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", ""}}},
      {P::xmpp_server,
       {{"", xmpp_header("jabber:server")},
        {xmpp_answer, xmpp_request},
        {"<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\" ></proceed >", ""}}},
      {P::irc,
       {{"", "CAP LS 302\r\n"},
        {":irc.test NOTICE * :*** Looking up\r\n:irc.test CAP * LS * :sasl=PLAIN away-notify\r\n"
         ":irc.test CAP * LS :cap-notify tls\r\n",
         "STARTTLS\r\n"},
        {":irc.test NOTICE * :***\r\n:irc.test 670 * :go ahead\r\n", ""}}},
      {P::ldap,
       {{"", ldap_request}, {raw("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"), ""}}},
      {P::ldap,  // lengths as Active Directory writes them, and the name
       {{"", ldap_request},
        {raw("\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00\x04"
             "\x00\x8a\x16") +
             "1.3.6.1.4.1.1466.20037",
         ""}}},
      {P::postgres, {{"", raw("\x00\x00\x00\x08\x04\xd2\x16\x2f")}, {"S", ""}}},
      {P::mysql,
       {{mysql_packet(mysql_handshake(raw("\xfe\xff"))),
         raw("\x20\x00\x00\x01\x01\x8a\x08\x00\x00\x00\x00\x01\x2d") + std::string(23, '\0')}}},
  };
}

}  // namespace

const std::vector<Exchange>& good_exchanges() {
  static const std::vector<Exchange> exchanges = make_exchanges();
  return exchanges;
}

ServerName exchange_name() { return ServerName::parse("mail.test").value(); }

Plain::Plain(StartTlsProtocol protocol, std::size_t capacity)
    : storage(capacity), in(storage), stream(protocol, exchange_name()) {}

Result<PlainTurn> Plain::hear(std::string_view bytes, std::size_t chunk) {
  Result<PlainTurn> turn = stream.next(in, out);
  while (turn && !bytes.empty()) {
    const std::string_view part = bytes.substr(0, chunk);
    const std::size_t taken = in.append(net::as_bytes(part));
    bytes.remove_prefix(taken);
    turn = stream.next(in, out);
  }
  return turn;
}

std::string Plain::take_said() {
  const Bytes pending = out.pending();
  std::string said(net::as_text(pending));
  out.consume(pending.size());
  return said;
}

Result<PlainTurn> play(StartTlsProtocol protocol, const std::vector<std::string>& heard) {
  Plain plain(protocol);
  Result<PlainTurn> turn = plain.hear("");
  for (const std::string& words : heard) {
    turn = turn ? plain.hear(words) : turn;
  }
  return turn;
}

std::string mysql_packet(std::string_view payload, char sequence) {
  std::string packet = {static_cast<char>(payload.size() & 0xff),
                        static_cast<char>(payload.size() >> 8 & 0xff),
                        static_cast<char>(payload.size() >> 16 & 0xff), sequence};
  return packet += payload;
}

std::string mysql_handshake(std::string_view capabilities) {
  return raw("\x0a") + "10.11-MariaDB" + raw("\0\x07\0\0\0") + "scramble" + raw("\0") +
         std::string(capabilities) + raw("\x2d\x02\0\xff\xc1\x15") + std::string(10, '\0') +
         "more-scramble" + raw("\0") + "mysql_native_password" + raw("\0");
}

}  // namespace handfast::test
