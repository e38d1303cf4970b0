"""External pre-shared keys with OpenSSL and GnuTLS, which use them as they are: both directions."""

import secrets
import unittest

import peers

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
IDENTITY = "light bulb"
PSK_ONLY_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK:+DHE-PSK"


class ExternalKeys(peers.LiveTest):
    """`--raw-psk`, as neither peer imports keys."""

    def setUp(self):
        self.key = secrets.token_hex(32)
        self.keys = self.files.folder / "keys"
        self.keys.write_text(f"# of both sides\n{IDENTITY}:{self.key}\n")

    def know(self, port, *options, code=0):
        """Our client, which takes no certificate; what it reports."""
        exit_code, output, errors = peers.run(
            [peers.HANDFAST, "connect", f"localhost:{port}", "--raw-psk", "--psk",
             f"@{self.keys}", "--json", "--timeout", "15", *options])
        self.assertEqual(exit_code, code, output + errors)
        return output

    def serve(self, *options):
        return peers.HandfastServer(self.files.site, "--raw-psk", "--psk", f"@{self.keys}",
                                    *options)

    def check_known(self, server):
        """Our server has let somebody in by the key."""
        event = server.handshake()
        self.assertEqual(event["psk_identity"], IDENTITY)
        self.assertIsNone(event["client_certificate"])

    # OpenSSL's keys of TLS 1.3 belong to SHA-256, whatever suite it likes best.

    def s_server(self, key=None, *options):
        port = peers.free_port()
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-nocert", "-www",
             "-psk", key or self.key, "-psk_identity", IDENTITY, *options], port)

    def s_client(self, port, key=None, *options):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3", "-psk",
             key or self.key, "-psk_identity", IDENTITY, "-ign_eof", *options], input=REQUEST)

    def test_our_client_with_s_server(self):
        for options in ((), ("-groups", "P-256")):
            with self.s_server(None, *options) as server:
                output = self.know(server.port, "--group", "x25519,secp256r1")
                self.assertIn(f'"psk_identity": "{IDENTITY}"', output)
                self.assertIn('"trusted": true', output)

    def test_our_client_with_an_s_server_that_has_another_key(self):
        with self.s_server(secrets.token_hex(32)) as server:
            output = self.know(server.port, code=40)
            self.assertIn('"HF-ALERT"', output)

    def test_s_client_with_our_server(self):
        with self.serve() as server:
            # The second offers a share of a group that our server has not.
            for options in ((), ("-groups", "P-521:X25519")):
                code, output, errors = self.s_client(server.port, None, *options)
                self.assertEqual(code, 0, output + errors)
                self.assertIn("Hello, peer", output)
                self.check_known(server)

    def test_s_client_with_another_key_is_refused(self):
        with self.serve() as server:
            code, output, _ = self.s_client(server.port, secrets.token_hex(32))
            self.assertNotEqual(code, 0)
            self.assertNotIn("Hello, peer", output)
        self.assertIn("HF-PSK-BINDER", server.codes())

    def test_sessions_keep_the_identity(self):
        kept = self.files.folder / "psk-session"
        kept.unlink(missing_ok=True)
        with self.s_server() as server:
            for outcome in ("not_offered", "resumed"):
                output = self.know(server.port, "--resume", kept, "--get", "/")
                self.assertIn(f'"session": "{outcome}"', output)
                self.assertIn(f'"psk_identity": "{IDENTITY}"', output)

    def gnutls_serv(self):
        port = peers.free_port()
        passwords = self.files.folder / "passwords"
        passwords.write_text(f"{IDENTITY}:{self.key}\n")
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority", PSK_ONLY_13, "--pskpasswd",
             passwords], port)

    def test_our_client_with_gnutls_serv(self):
        with self.gnutls_serv() as server:
            output = self.know(server.port, "--group", "x25519")
            self.assertIn(f'"psk_identity": "{IDENTITY}"', output)

    def test_gnutls_cli_with_our_server(self):
        with self.serve() as server:
            code, output, errors = peers.run(
                ["gnutls-cli", "--port", server.port, "--priority", PSK_ONLY_13, "--pskusername",
                 IDENTITY, "--pskkey", self.key, "127.0.0.1"], input=REQUEST)
            self.assertEqual(code, 0, output + errors)
            self.assertIn("Hello, peer", output)
            self.check_known(server)


if __name__ == "__main__":
    peers.need("openssl", "gnutls-cli", "gnutls-serv")
    unittest.main(verbosity=2)
