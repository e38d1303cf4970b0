"""STARTTLS with servers from Debian: Postfix, Dovecot, slapd, PostgreSQL, MariaDB, Prosody, vsftpd,
InspIRCd and INN, and a scripted one. Each is spoken with in clear, and then through TLS in its
own protocol, since only that shows that both sides have gone over at the same byte."""

import socket
import ssl
import struct
import threading
import unittest

import daemons
import peers

XMPP_START = ("<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:{}' "
              "xmlns:stream='http://etherx.jabber.org/streams'>")


class Scripted:
    """A server of one connection: `talk(socket, wrap)` with it, where `wrap` begins TLS."""

    def __init__(self, files, talk):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files.certificate("ecdsa"), files.key("ecdsa"))
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self.failure = None

    def _serve(self):
        try:
            connection, _ = self._listener.accept()
            connection.settimeout(20)
            with connection:
                self._talk(connection, lambda: self._context.wrap_socket(connection,
                                                                         server_side=True))
        except (OSError, AssertionError) as error:
            self.failure = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join(timeout=30)
        self._listener.close()


class Injector(peers.Between):
    """Somebody on the way, who changes what the server says in clear by `change`."""

    def __init__(self, port, change):
        super().__init__(port)
        self._change = change

    def _pass(self, source, sink, log):
        if log is self.to_server:
            super()._pass(source, sink, log)
            return
        try:
            while some := source.recv(65_536):
                sink.sendall(self._change(some))
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side, or the end of the test, was first


class StartTls(peers.LiveTest):
    def greet(self, protocol, port):
        report = self.connect(port, "--starttls", protocol)
        self.check_trust(report)
        self.assertEqual(report["starttls"], protocol)

    def talk(self, protocol, port, text, *expected):
        """Goes over to TLS, says `text` through it and expects `expected`, in this order. Returns
        all that came until then."""
        client = [peers.HANDFAST, "connect", "--starttls", protocol, f"localhost:{port}", "--ca",
                  self.files.ca, "--timeout", "15", "--quiet"]
        with peers.Dialogue(client) as dialogue:
            dialogue.send(text if isinstance(text, bytes) else text.encode())
            for answer in expected:
                dialogue.expect(answer)
            return dialogue.transcript

    def refuse(self, protocol, port, code, exit_code):
        """Is refused with `code`, and nothing of what was to be sent is said."""
        ended, output, errors = peers.run(
            [peers.HANDFAST, "connect", "--starttls", protocol, f"localhost:{port}", "--ca",
             self.files.ca, "--timeout", "15"], input=b"my password\r\n")
        self.assertEqual(ended, exit_code, output + errors)
        self.assertIn(f"{code} ", errors)
        self.assertIn("TLS did not begin.", errors)
        self.assertEqual(output, "")

    @daemons.needs(daemons.Postfix)
    def test_smtp_with_postfix(self):
        with daemons.Postfix(self.files) as server:
            self.greet("smtp", server.port)
            answer = self.talk("smtp", server.port, "EHLO client.test\r\nQUIT\r\n", "250-localhost",
                               "221 2.0.0 Bye")
            self.assertNotIn("STARTTLS", answer)
        with daemons.Postfix(self.files, tls=False) as server:
            self.refuse("smtp", server.port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.Postfix)
    def test_nobody_between_gets_a_word_in(self):
        with daemons.Postfix(self.files) as server:
            changes = {
                lambda words: words: None,
                lambda words: words.replace(b"STARTTLS", b"XXXXXXXX"): ("HF-STARTTLS-NONE", 22),
                lambda words: words + b"250 injected\r\n" * words.startswith(b"220 2.0.0"):
                    ("HF-STARTTLS-INJECTION", 23),
                lambda words: b"220 a\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n":
                    ("HF-STARTTLS-EARLY", 23),
                lambda words: b"250-" + b"a" * 5000: ("HF-STARTTLS-LONG", 23),
            }
            for change, failure in changes.items():
                with self.subTest(failure), Injector(server.port, change) as between:
                    if failure is None:
                        self.talk("smtp", between.port, "QUIT\r\n", "221")
                    else:
                        self.refuse("smtp", between.port, *failure)

    @daemons.needs(daemons.Dovecot)
    def test_imap_pop3_lmtp_and_sieve_with_dovecot(self):
        with daemons.Dovecot(self.files) as server:
            for protocol, port in server.ports.items():
                self.greet(protocol, port)
            answer = self.talk("imap", server.ports["imap"],
                               "x CAPABILITY\r\ny LOGIN me test\r\nz LOGOUT\r\n", "AUTH=PLAIN",
                               "x OK", "y OK", "z OK")
            self.assertNotIn("STARTTLS", answer)
            self.talk("pop3", server.ports["pop3"], "USER me\r\nPASS test\r\nSTAT\r\nQUIT\r\n",
                      "+OK Logged in.", "+OK 0 0")
            self.talk("lmtp", server.ports["lmtp"], "LHLO client.test\r\nQUIT\r\n", "250-", "221 ")
            answer = self.talk("sieve", server.ports["sieve"], "LOGOUT\r\n", '"IMPLEMENTATION"',
                               'OK "Logout completed."')
            self.assertNotIn('"STARTTLS"', answer)
        with daemons.Dovecot(self.files, tls=False) as server:
            for protocol, port in server.ports.items():
                self.refuse(protocol, port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.Dovecot)
    def test_preauth_leads_nowhere(self):
        with daemons.Dovecot(self.files) as server:
            with Injector(server.port,
                          lambda words: words.replace(b"* OK", b"* PREAUTH")) as between:
                self.refuse("imap", between.port, "HF-STARTTLS-PREAUTH", 23)

    @daemons.needs(daemons.Slapd)
    def test_ldap_with_slapd(self):
        bind = bytes.fromhex("300c 020101 6007 020103 0400 8000")
        with daemons.Slapd(self.files) as server:
            self.greet("ldap", server.port)
            self.talk("ldap", server.port, bind, "\x61\x07\x0a\x01\x00\x04\x00\x04\x00")
        with daemons.Slapd(self.files, tls=False) as server:
            self.refuse("ldap", server.port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.PostgreSql)
    def test_postgres_with_postgresql(self):
        body = struct.pack(">I", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"
        startup = struct.pack(">I", len(body) + 4) + body
        query = b"SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()\0"
        with daemons.PostgreSql(self.files) as server:
            self.greet("postgres", server.port)
            self.talk("postgres", server.port,
                      startup + b"Q" + struct.pack(">I", len(query) + 4) + query,
                      "server_version", "TLSv1.3")
        with daemons.PostgreSql(self.files, tls=False) as server:
            self.refuse("postgres", server.port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.MariaDb)
    def test_mysql_with_mariadb(self):
        # The scramble is forgotten, so no proof is tried; without tables of rights none is needed.
        login = struct.pack("<IIB23x", 0x88a01, 1 << 24, 45) + b"root\0\0mysql_native_password\0"
        query = b"\x03SHOW STATUS LIKE 'Ssl_version'"
        packets = (struct.pack("<I", len(login) | 2 << 24) + login +
                   struct.pack("<I", len(query)) + query)
        with daemons.MariaDb(self.files) as server:
            self.greet("mysql", server.port)
            self.talk("mysql", server.port, packets, "Ssl_version", "TLSv1.3")
        with daemons.MariaDb(self.files, tls=False) as server:
            self.refuse("mysql", server.port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.Prosody)
    def test_xmpp_with_prosody(self):
        with daemons.Prosody(self.files) as server:
            # To a server without a certificate of its own it then has nothing to offer.
            for protocol, port, content, answer in (
                    ("xmpp", server.port, "client", "</stream:features>"),
                    ("xmpp-server", server.server_port, "server", "No stream features to offer")):
                self.greet(protocol, port)
                answer = self.talk(protocol, port, XMPP_START.format(content), answer)
                self.assertNotIn("<starttls", answer)
        with daemons.Prosody(self.files, tls=False) as server:  # it then has no features at all
            self.refuse("xmpp", server.port, "HF-STARTTLS-REFUSED", 22)

    @daemons.needs(daemons.Vsftpd)
    def test_ftp_with_vsftpd(self):
        with daemons.Vsftpd(self.files, kind="rsa") as server:
            self.greet("ftp", server.port)
            self.talk("ftp", server.port, "PBSZ 0\r\nQUIT\r\n", "200 PBSZ set to 0.",
                      "221 Goodbye.")
        with daemons.Vsftpd(self.files, kind="rsa", tls=False) as server:
            self.refuse("ftp", server.port, "HF-STARTTLS-REFUSED", 22)

    @daemons.needs(daemons.Inspircd)
    def test_irc_with_inspircd(self):
        with daemons.Inspircd(self.files) as server:
            self.greet("irc", server.port)
            self.talk("irc", server.port, "NICK me\r\nUSER me 0 * :me\r\nCAP END\r\n",
                      "001 me :Welcome")
        with daemons.Inspircd(self.files, tls=False) as server:
            self.refuse("irc", server.port, "HF-STARTTLS-NONE", 22)

    @daemons.needs(daemons.Inn)
    def test_nntp_with_inn(self):
        with daemons.Inn(self.files) as server:
            self.greet("nntp", server.port)
            answer = self.talk("nntp", server.port, "CAPABILITIES\r\nQUIT\r\n", "VERSION 2", "205 ")
            self.assertNotIn("STARTTLS", answer)
        with daemons.Inn(self.files, tls=False) as server:  # it offers what it does not have
            self.refuse("nntp", server.port, "HF-STARTTLS-REFUSED", 22)

    def test_nntp_with_a_script(self):
        """RFC 4642 §2.2.2, by the letter."""
        def talk(plain, wrap, answer=b"382 Continue with TLS negotiation\r\n"):
            plain.sendall(b"200 news.test, posting allowed\r\n")
            self.assertEqual(plain.recv(100), b"CAPABILITIES\r\n")
            plain.sendall(b"101 Capability list:\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n")
            self.assertEqual(plain.recv(100), b"STARTTLS\r\n")
            plain.sendall(answer)
            if answer.startswith(b"382"):
                with wrap() as secure:
                    if secure.recv(100) == b"QUIT\r\n":
                        secure.sendall(b"205 over %s\r\n" % secure.version().encode())

        with Scripted(self.files, talk) as server:
            self.greet("nntp", server.port)
        with Scripted(self.files, talk) as server:
            self.talk("nntp", server.port, "QUIT\r\n", "205 over TLSv1.3")
        self.assertIsNone(server.failure)
        with Scripted(self.files, lambda *sides: talk(*sides, answer=b"580 cannot\r\n")) as server:
            self.refuse("nntp", server.port, "HF-STARTTLS-REFUSED", 22)


if __name__ == "__main__":
    peers.need("openssl")
    unittest.main(verbosity=2)
