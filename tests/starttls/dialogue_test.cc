// What servers of each protocol may say instead of the go-ahead.
#include "base/limits.h"
#include "starttls/exchanges.h"
#include "support/expect.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::test {
namespace {

using P = StartTlsProtocol;

/// The server's part of the first good exchange of `protocol`, but its last word, which is `end`.
Result<PlainTurn> ending(StartTlsProtocol protocol, const std::string& end) {
  for (const Exchange& exchange : good_exchanges()) {
    if (exchange.protocol == protocol) {
      std::vector<std::string> heard;
      for (const Turn& turn : exchange.turns) {
        heard.push_back(turn.heard);
      }
      heard.back() = end;
      return play(protocol, heard);
    }
  }
  return fail(Reason::internal);
}

// ---- Lines.

TEST(PlainLine, ends_in_cr_and_lf) {
  for (const P protocol : {P::smtp, P::lmtp, P::imap, P::pop3, P::sieve, P::nntp, P::ftp, P::irc}) {
    EXPECT_FAILS(play(protocol, {"220 a\n"}), Reason::starttls_malformed) << name(protocol);
    EXPECT_FAILS(play(protocol, {"\n"}), Reason::starttls_malformed) << name(protocol);
    EXPECT_FAILS(play(protocol, {"220 a\rb\r\n"}), Reason::starttls_malformed) << name(protocol);
    EXPECT_FAILS(play(protocol, {raw("220 a\0\r\n")}), Reason::starttls_malformed);
    EXPECT_FAILS(play(protocol, {"220 \x1b[2J\r\n"}), Reason::starttls_malformed);
  }
}

// ---- SMTP and LMTP.

TEST(Smtp, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "250-a\r\n250 HELP\r\n"}), Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "250 STARTTLS\r\n"}), Reason::starttls_not_offered)
      << "the first line is the server's name";
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "250-a\r\n250 XSTARTTLS\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "250-a\r\n250 X STARTTLS\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::smtp, {"220-a\r\n220 STARTTLS\r\n", "250 a\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::lmtp, {"220 a\r\n", "500 what?\r\n"}), Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "502 what?\r\n"}), Reason::starttls_not_offered);
}

TEST(Smtp, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::smtp, {"421 busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "550-not\r\n550 you\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::smtp, "454 TLS not available\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::lmtp, "454 TLS not available\r\n"), Reason::starttls_refused);
}

TEST(Smtp, reads_replies_strictly) {
  for (const std::string greeting :
       {"250 a\r\n", "HTTP/1.1 200 OK\r\n", "22 a\r\n", "2200 a\r\n", "220_a\r\n", "020 a\r\n",
        "700 a\r\n", "-20 a\r\n", "\r\n", "220-a\r\n221 b\r\n", "220-a\r\nb\r\n", "354 go\r\n"}) {
    EXPECT_FAILS(play(P::smtp, {greeting}), Reason::starttls_malformed) << greeting;
  }
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "220 a\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "250-a\r\n251 STARTTLS\r\n"}),
               Reason::starttls_malformed);
  EXPECT_FAILS(play(P::smtp, {"221-a\r\n220 b\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::smtp, {"220 a\r\n", "550-a\r\n250 STARTTLS\r\n"}),
               Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::smtp, "454-no\r\n220 yes\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::smtp, "250 ok\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::smtp, "334 go on\r\n"), Reason::starttls_malformed);
}

// ---- IMAP.

TEST(Imap, goes_nowhere_from_preauth) {
  EXPECT_FAILS(play(P::imap, {"* PREAUTH welcome back\r\n"}), Reason::starttls_authenticated);
  EXPECT_FAILS(play(P::imap, {"* preauth [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n"}),
               Reason::starttls_authenticated);
}

TEST(Imap, needs_a_server_that_offers_it) {
  EXPECT_FAILS(
      play(P::imap, {"* OK [CAPABILITY STARTTLS] hi\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK\r\n"}),
      Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", "* OK STARTTLS\r\na1 OK STARTTLS\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", "* CAPABILITY XSTARTTLS STARTTLSX\r\na1 OK\r\n"}),
               Reason::starttls_not_offered);
}

TEST(Imap, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::imap, {"* BYE busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", "* BYE busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", "a1 BAD what?\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::imap, "a2 NO not now\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::imap, "* BYE\r\n"), Reason::starttls_refused);
}

TEST(Imap, reads_responses_strictly) {
  for (const std::string greeting :
       {"OK hi\r\n", "*OK hi\r\n", "* NO hi\r\n", "a1 OK hi\r\n", "+ go\r\n", "* OK {5}\r\n"}) {
    EXPECT_FAILS(play(P::imap, {greeting}), Reason::starttls_malformed) << greeting;
  }
  const std::string capability = "* CAPABILITY STARTTLS\r\n";
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", capability + "a2 OK\r\n"}),
               Reason::starttls_malformed);
  EXPECT_FAILS(play(P::imap, {"* OK hi\r\n", capability + "a1 PERHAPS\r\n"}),
               Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::imap, "a1 OK again\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::imap, "a2 OKAY\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::imap, "+ go\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::imap, "a2 OK {7}\r\n"), Reason::starttls_malformed);
}

// ---- POP3.

TEST(Pop3, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::pop3, {"+OK STLS\r\n", "+OK STLS\r\nTOP\r\nX STLS\r\n.\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::pop3, {"+OK\r\n", "-ERR what?\r\n"}), Reason::starttls_not_offered);
}

TEST(Pop3, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::pop3, {"-ERR busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::pop3, "-ERR not now\r\n"), Reason::starttls_refused);
}

TEST(Pop3, reads_replies_strictly) {
  EXPECT_FAILS(play(P::pop3, {"OK\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::pop3, {"+OKAY\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::pop3, {"* OK hi\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::pop3, "+ \r\n"), Reason::starttls_malformed);
}

// ---- ManageSieve.

TEST(Sieve, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::sieve, {"\"SASL\" \"STARTTLS\"\r\nOK \"STARTTLS\"\r\n"}),
               Reason::starttls_not_offered);
}

TEST(Sieve, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::sieve, {"BYE \"busy\"\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::sieve, "NO \"not now\"\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::sieve, "BYE\r\n"), Reason::starttls_refused);
}

TEST(Sieve, reads_responses_strictly) {
  EXPECT_FAILS(play(P::sieve, {"hello\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::sieve, {"\"SIEVE\" {9}\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::sieve, "OK {5}\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::sieve, "\"STARTTLS\"\r\n"), Reason::starttls_malformed);
}

// ---- NNTP.

TEST(Nntp, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::nntp, {"200 hi\r\n", "101 list\r\nVERSION 2\r\n.\r\n"}),
               Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::nntp, {"200 hi\r\n", "500 what?\r\n"}), Reason::starttls_not_offered);
}

TEST(Nntp, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::nntp, {"400 busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::nntp, {"200 hi\r\n", "480 who are you?\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::nntp, "580 cannot\r\n"), Reason::starttls_refused);
}

TEST(Nntp, reads_replies_strictly) {
  EXPECT_FAILS(play(P::nntp, {"220 hi\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::nntp, {"200-hi\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::nntp, {"200 hi\r\n", "200 hi\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::nntp, "281 ok\r\n"), Reason::starttls_malformed);
}

// ---- FTP.

TEST(Ftp, needs_a_server_that_knows_it) {
  for (const std::string answer : {"500 what?\r\n", "502 no\r\n", "504-not\r\n504 that\r\n"}) {
    EXPECT_FAILS(ending(P::ftp, answer), Reason::starttls_not_offered) << answer;
  }
}

TEST(Ftp, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::ftp, {"421 busy\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::ftp, "431 need something\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::ftp, "530 log in\r\n"), Reason::starttls_refused);
}

TEST(Ftp, reads_replies_strictly) {
  EXPECT_FAILS(play(P::ftp, {"hello\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::ftp, {"230 come in\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::ftp, "334 go on\r\n"), Reason::starttls_malformed);
  EXPECT_FAILS(ending(P::ftp, "120 later\r\n"), Reason::starttls_malformed);
  EXPECT_EQ(ending(P::ftp, "234-AUTH\r\n500 no\r\n").value(), PlainTurn::need_input)
      << "a reply that is not over is none";
}

// ---- XMPP.

const std::string xmpp_start =
    "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const std::string xmpp_tls = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";

TEST(Xmpp, needs_a_server_that_offers_it) {
  for (const std::string features :
       {"<stream:features/>", "<stream:features></stream:features>",
        "<stream:features><starttls/></stream:features>",
        "<stream:features><starttls xmlns='urn:other'/></stream:features>",
        "<stream:features><x><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></x>"
        "</stream:features>"}) {
    EXPECT_FAILS(play(P::xmpp, {xmpp_start + features}), Reason::starttls_not_offered) << features;
  }
  EXPECT_FAILS(play(P::xmpp, {"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"}),
               Reason::starttls_not_offered);
}

TEST(Xmpp, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::xmpp, {xmpp_start + "<stream:error><host-unknown/></stream:error>"}),
               Reason::starttls_refused);
  EXPECT_FAILS(play(P::xmpp, {xmpp_start + "</stream:stream>"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::xmpp, "<failure " + xmpp_tls + "/>"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::xmpp, "</stream:stream>"), Reason::starttls_refused);
}

TEST(Xmpp, reads_no_more_xml_than_a_stream_has) {
  for (const std::string start :
       {"<!DOCTYPE a>", "<!-- a -->", "<?php ?>", "<?xml version='1.0'?><?xml version='1.0'?>",
        "hello<", "<stream>", "</stream:stream>", "<stream:stream/>",
        "<stream:stream version='1.0'>", "< stream:stream>", "<stream:stream a>",
        "<stream:stream a=b>", "<stream:stream a='b'c>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='' version='1.0'>",
        "<a<b>", "<>", "<=>", "</a/>", "<stream:stream xmlns:stream='urn:other' version='1.0'>"}) {
    EXPECT_FAILS(play(P::xmpp, {start}), Reason::starttls_malformed) << start;
  }
  for (const std::string features :
       {"text<", "<features/>", "<starttls/>", "<stream:features><a></b></a>", "<?xml ?>",
        "<stream:features><!-- a -->", "<stream:features></stream:features/>",
        "<stream:features>text<"}) {
    EXPECT_FAILS(play(P::xmpp, {xmpp_start + features}), Reason::starttls_malformed) << features;
  }
  for (const std::string answer : {"<proceed/>", "<proceed xmlns='urn:other'/>", "<ok/>", " x<",
                                   "</proceed>", "<stream:a/>"}) {
    EXPECT_FAILS(ending(P::xmpp, answer), Reason::starttls_malformed) << answer;
  }
  EXPECT_FAILS(ending(P::xmpp, "<proceed " + xmpp_tls + "></other>"), Reason::starttls_malformed);
}

TEST(Xmpp, goes_down_into_elements_no_deeper_than_it_may) {
  std::string deep = xmpp_start + "<stream:features>";
  for (unsigned i = 0; i < limits::starttls_depth; ++i) {
    deep += "<a>";
  }
  EXPECT_FAILS(play(P::xmpp, {deep}), Reason::starttls_too_long);
}

// ---- IRC.

TEST(Irc, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::irc, {":a CAP * LS :sasl=tls xtls tlsx\r\n"}), Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::irc, {"CAP * LS\r\n"}), Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::irc, {":a 421 * CAP :what?\r\n"}), Reason::starttls_not_offered);
  EXPECT_FAILS(ending(P::irc, ":a 421 * STARTTLS :what?\r\n"), Reason::starttls_not_offered);
  EXPECT_EQ(play(P::irc, {":a CAP * LS : tls=1\r\n", ":a 670 * :go\r\n"}).value(),
            PlainTurn::go_ahead);
}

TEST(Irc, waits_for_the_one_number_that_goes_ahead) {
  for (const std::string chatter : {":a 001 me :hi\r\n", "670x\r\n", ":670 NOTICE 670\r\n"}) {
    EXPECT_EQ(ending(P::irc, chatter).value(), PlainTurn::need_input) << chatter;
  }
}

TEST(Irc, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::irc, {"ERROR :banned\r\n"}), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::irc, ":a 691 * :not now\r\n"), Reason::starttls_refused);
  EXPECT_FAILS(ending(P::irc, ":a 451 * :register first\r\n"), Reason::starttls_refused);
}

TEST(Irc, reads_messages_strictly) {
  EXPECT_FAILS(play(P::irc, {"\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::irc, {":a\r\n"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::irc, {":a CAP * ACK :tls\r\n"}), Reason::starttls_malformed);
}

// ---- LDAP.

std::string ldap_response(char code, char id = 1) {
  return raw("\x30\x0c\x02\x01") + id + raw("\x78\x07\x0a\x01") + code + raw("\x04\x00\x04\x00");
}

TEST(Ldap, needs_a_server_that_knows_it) {
  EXPECT_FAILS(play(P::ldap, {ldap_response(2)}), Reason::starttls_not_offered);
}

TEST(Ldap, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::ldap, {ldap_response(52)}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::ldap, {ldap_response(0, 0)}), Reason::starttls_refused)
      << "a notice of disconnection";
}

TEST(Ldap, reads_responses_strictly) {
  const std::vector<std::string> responses = {
      ldap_response(0, 2),
      "HTTP",
      raw("\x30\x80"),
      raw("\x30\x85\x00\x00\x00\x00\x01"),
      raw("\x30\x00"),
      raw("\x30\x03\x02\x01\x01"),
      raw("\x30\x0c\x04\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
      raw("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),          // BindResponse
      raw("\x30\x0c\x02\x01\x01\x78\x07\x02\x01\x00\x04\x00\x04\x00"),          // no enumerated
      raw("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x05\x00"),          // no octets
      raw("\x30\x0c\x02\x01\x01\x78\x08\x0a\x01\x00\x04\x00\x04\x00"),          // one too long
      raw("\x30\x0a\x02\x01\x01\x78\x05\x0a\x01\x00\x04\x00"),                  // one missing
      raw("\x30\x0e\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x04\x00"),  // one too many
      raw("\x30\x10\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x00\xa0\x00"),
      raw("\x30\x0e\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00"),
      raw("\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x00\x04\x00\x04\x00\x8a\x01\x31"),  // other's name
      raw("\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x00\x04\x00\x04\x00\x80\x00"),
      raw("\x30\x0d\x02\x01\x01\x78\x08\x0a\x02\x00\x00\x04\x00\x04\x00"),
  };
  for (const std::string& response : responses) {
    EXPECT_FAILS(play(P::ldap, {response}), Reason::starttls_malformed)
        << testing::PrintToString(response);
  }
  const std::string controls =
      raw("\x30\x0e\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x00");
  EXPECT_EQ(play(P::ldap, {controls}).value(), PlainTurn::go_ahead);
}

// ---- PostgreSQL and MySQL.

TEST(Postgres, takes_one_letter) {
  EXPECT_FAILS(play(P::postgres, {"N"}), Reason::starttls_not_offered);
  EXPECT_FAILS(play(P::postgres, {"E"}), Reason::starttls_refused);
  EXPECT_FAILS(play(P::postgres, {"R"}), Reason::starttls_malformed);
  EXPECT_FAILS(play(P::postgres, {"s"}), Reason::starttls_malformed);
}

TEST(Mysql, needs_a_server_that_offers_it) {
  EXPECT_FAILS(play(P::mysql, {mysql_packet(mysql_handshake(raw("\xfe\xf7")))}),
               Reason::starttls_not_offered);
  EXPECT_EQ(play(P::mysql, {mysql_packet(mysql_handshake(raw("\x00\x08")))}).value(),
            PlainTurn::go_ahead);
}

TEST(Mysql, takes_no_for_an_answer) {
  EXPECT_FAILS(play(P::mysql, {mysql_packet(raw("\xff\x6a\x04Host is not allowed"))}),
               Reason::starttls_refused);
}

TEST(Mysql, reads_the_greeting_strictly) {
  const std::string good = mysql_handshake(raw("\x00\x08"));
  std::string other_version = good;
  other_version[0] = 9;
  std::string other_filler = good;
  other_filler[good.find("scramble") + 8] = 1;
  const std::vector<std::string> packets = {
      mysql_packet(other_version), mysql_packet(other_filler),
      mysql_packet(good, 1),       mysql_packet(""),
      mysql_packet(raw("\x0a")),   mysql_packet(good.substr(0, 29))};
  for (const std::string& packet : packets) {
    EXPECT_FAILS(play(P::mysql, {packet}), Reason::starttls_malformed)
        << testing::PrintToString(packet);
  }
}

}  // namespace
}  // namespace handfast::test
