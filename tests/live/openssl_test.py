"""OpenSSL's s_server and s_client, both directions: every suite, group and kind of key, with and
without HelloRetryRequest; KeyUpdate; key log; ALPN."""

import os
import re
import subprocess
import time
import unittest

import peers

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
OPENSSL_GROUP = {"x25519": "X25519", "secp256r1": "P-256", "secp521r1": "P-521"}


class OpenSsl(peers.LiveTest):
    def s_server(self, kind, group):
        port = peers.free_port()
        only = ["-groups", OPENSSL_GROUP[group]] if group else []
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
             self.files.certificate(kind), "-key", self.files.key(kind), "-tls1_3", "-www", *only],
            port)

    def s_client(self, port, *options, text=REQUEST):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-CAfile", self.files.ca, "-verify_return_error", "-verify_hostname", "localhost",
             "-ign_eof", *options], input=text)

    def test_our_client_with_s_server(self):
        self.check_matrix(self.s_server)

    def test_s_client_with_our_server(self):
        # s_client sends a share of the first group only.
        self.check_clients(self.ask, {"x25519": "secp521r1", "secp256r1": "secp521r1"})

    def ask(self, port, suite, groups):
        options = ["-ciphersuites", suite] if suite else []
        if groups:
            options += ["-groups", ":".join(OPENSSL_GROUP[group] for group in groups)]
        code, output, errors = self.s_client(port, *options)
        self.assertEqual(code, 0, output + errors)
        self.assertIn("Hello, peer", output)
        self.assertIn("Verify return code: 0 (ok)", output)
        self.assertIn(f"Cipher is {suite or 'TLS_'}", output)

    def test_s_client_says_who_it_is(self):
        def ask(port, pair):
            options = ["-cert", pair[0], "-key", pair[1]] if pair else []
            _, output, _ = self.s_client(port, *options)
            return "Hello, peer" in output

        self.check_client_certificates(ask)

    def test_our_client_with_an_s_server_that_demands_a_certificate(self):
        def serve():
            port = peers.free_port()
            return peers.Server(
                ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", "-cert",
                 self.files.certificate("ecdsa"), "-key", self.files.key("ecdsa"), "-Verify", "1",
                 "-verify_return_error", "-CAfile", self.files.client_ca], port)

        self.check_demanding_server(serve)

    def test_s_client_says_who_it_is_after_the_handshake(self):
        def ask(port, pair):
            options = ["-cert", pair[0], "-key", pair[1]] if pair else []
            _, output, _ = self.s_client(port, "-enable_pha", *options)
            return "Hello, peer" in output

        self.check_later_client_certificates(ask)

    def test_an_s_server_asks_our_client_after_the_handshake(self):
        """Its command "c" asks; twice, with data before, between and behind."""
        port = peers.free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-cert",
                   self.files.certificate("ecdsa"), "-key", self.files.key("ecdsa"), "-CAfile",
                   self.files.client_ca, "-verify_return_error"]
        with peers.Dialogue(command, port=port) as server:
            with peers.Dialogue(self.later_client(port)) as client:
                for word in ("once", "twice"):
                    client.say(f"before {word}")
                    server.expect(f"before {word}")
                    server.say("c")
                    server.expect("CN = client")
                    server.expect("SSL_do_handshake -> 1")
                    client.say(f"behind {word}")
                    server.expect(f"behind {word}")
                client.end()
                client.expect("\u25c0\u2500\u2500 CertificateRequest")
                client.expect("\u25c0\u2500\u2500 CertificateRequest")
                client.expect("the server asked who you are, and was shown your certificate")

    def test_staples_go_both_ways(self):
        chain, key, response = self.files.stapled("stapled")
        with peers.HandfastServer(self.files.site, "--cert", chain, "--key", key, "--ocsp",
                                  response) as server:
            code, output, errors = self.s_client(server.port, "-status")
            self.assertEqual(code, 0, output + errors)
            self.assertIn("OCSP Response Status: successful", output)
            self.assertIn("Cert Status: good", output)
            code, output, _ = self.s_client(server.port)
            self.assertNotIn("OCSP Response Status", output)
        port = peers.free_port()
        with peers.Server(
                ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", "-cert",
                 chain, "-key", key, "-status_file", response], port):
            report = self.connect(port)
            self.check_trust(report)
            self.assertEqual(report["ocsp_stapled"], response.stat().st_size)

    def test_a_staple_that_is_owed_has_to_come(self):
        chain, key, response = self.files.stapled("owing", "tlsfeature=status_request")
        port = peers.free_port()
        server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", "-cert",
                  chain, "-key", key]
        with peers.Server(server, port):
            code, output, errors = peers.run(
                [peers.HANDFAST, "connect", f"localhost:{port}", "--ca", self.files.ca, "--json"])
            self.assertNotEqual(code, 0, output + errors)
            self.assertIn('"HF-STAPLE-MISSING"', output)
        with peers.Server([*server, "-status_file", response], port):
            self.check_trust(self.connect(port))

    def test_key_updates_of_s_client_are_followed_and_answered(self):
        with peers.handfast_serve(self.files) as server:
            client = subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername",
                 "localhost", "-CAfile", self.files.ca, "-keylogfile", os.devnull],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            # s_client takes a line as a command only if it comes alone: "K" updates its keys and
            # asks for ours, "k" only updates. Then a request shows that both sides still agree.
            for line in (b"K\n", b"k\n", b"K\n", REQUEST):
                time.sleep(0.3)
                client.stdin.write(line)
                client.stdin.flush()
            time.sleep(1)  # it leaves when its input ends
            output = client.communicate(timeout=20)[0].decode(errors="replace")
            self.assertEqual(output.count("KEYUPDATE"), 3)
            self.assertIn("Hello, peer", output)

    def test_both_key_logs_hold_the_same_secrets(self):
        with peers.handfast_serve(self.files) as server:
            theirs = self.files.folder / "theirs.log"
            self.s_client(server.port, "-keylogfile", theirs)
            labels = {line.split()[0] for line in theirs.read_text().splitlines() if line[0] != "#"}
        ours = self.files.folder / "ours.log"
        port = peers.free_port()
        their_server = self.files.folder / "server.log"
        with peers.Server(
                ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", "-cert",
                 self.files.certificate("ecdsa"), "-key", self.files.key("ecdsa"),
                 "-keylogfile", their_server], port):
            self.connect(port, "--keylog", ours)
        our_lines = {line.lower() for line in ours.read_text().splitlines()}
        their_lines = {line.lower() for line in their_server.read_text().splitlines()
                       if line[0] != "#"}
        self.assertTrue(our_lines)
        self.assertEqual(our_lines, their_lines & our_lines)
        self.assertLessEqual({line.split()[0].upper() for line in our_lines}, labels)

    def test_alpn_is_negotiated_both_ways(self):
        with peers.handfast_serve(self.files) as server:
            _, output, _ = self.s_client(server.port, "-alpn", "h2,http/1.1")
            self.assertIn("ALPN protocol: http/1.1", output)
            code, output, errors = self.s_client(server.port, "-alpn", "imap")
            self.assertNotEqual(code, 0)
            self.assertRegex(output + errors, re.compile("no application protocol", re.I))


if __name__ == "__main__":
    peers.need("openssl")
    unittest.main(verbosity=2)
