"""External keys and AES-CCM in TLS 1.2, with OpenSSL, GnuTLS and Mbed TLS: both directions."""

import json
import pathlib
import re
import secrets
import shutil
import unittest

import peers

FOLDER = pathlib.Path(__file__).parent
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
IDENTITY = "light bulb"
ONLY_12 = ("--tls", "1.2", "--policy", "iot")

# Each suite, as OpenSSL names it, and as GnuTLS puts it together. OpenSSL and GnuTLS have of
# ECDHE_PSK with AEAD no other than this one.
SUITES = {
    "TLS_PSK_WITH_AES_128_GCM_SHA256": ("PSK-AES128-GCM-SHA256", "+PSK:+AES-128-GCM"),
    "TLS_PSK_WITH_AES_256_GCM_SHA384": ("PSK-AES256-GCM-SHA384", "+PSK:+AES-256-GCM"),
    "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256": ("PSK-CHACHA20-POLY1305", "+PSK:+CHACHA20-POLY1305"),
    "TLS_PSK_WITH_AES_128_CCM": ("PSK-AES128-CCM", "+PSK:+AES-128-CCM"),
    "TLS_PSK_WITH_AES_256_CCM": ("PSK-AES256-CCM", "+PSK:+AES-256-CCM"),
    "TLS_PSK_WITH_AES_128_CCM_8": ("PSK-AES128-CCM8", "+PSK:+AES-128-CCM-8"),
    "TLS_PSK_WITH_AES_256_CCM_8": ("PSK-AES256-CCM8", "+PSK:+AES-256-CCM-8"),
    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256": ("ECDHE-PSK-CHACHA20-POLY1305",
                                                    "+ECDHE-PSK:+CHACHA20-POLY1305"),
}
SIGNED = {
    f"TLS_ECDHE_ECDSA_WITH_AES_{bits}_CCM{short}": (
        f"ECDHE-ECDSA-AES{bits}-CCM{short.replace('_', '')}",
        f"+ECDHE-ECDSA:+AES-{bits}-CCM{short.replace('_', '-')}")
    for bits in (128, 256) for short in ("", "_8")
}


def weaknesses(suite):
    return ((["short tag"] if suite.endswith("_8") else [])
            + (["no forward secrecy"] if suite.startswith("TLS_PSK") else []))


def priority(suite):
    return "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:-CIPHER-ALL:" + {**SUITES, **SIGNED}[suite][1]


class ExternalKeys12(peers.LiveTest):
    def setUp(self):
        self.key = secrets.token_hex(32)

    def know(self, port, suite, *options, code=0, key=None):
        exit_code, output, errors = peers.run(
            [peers.HANDFAST, "connect", f"localhost:{port}", *ONLY_12, "--suite", suite, "--psk",
             f"{IDENTITY}:{key or self.key}", "--json", "--timeout", "15", *options])
        self.assertEqual(exit_code, code, output + errors)
        return output

    def check_known(self, port, suite, *options):
        """Our client has met a server that knows the key."""
        report = json.loads(self.know(port, suite, *options))
        self.assertEqual((report["cipher_suite"], report["psk_identity"]), (suite, IDENTITY))
        self.assertEqual(report["weaknesses"], weaknesses(suite))
        self.assertTrue(report["trusted"])
        self.assertEqual(report["group"] is None, "ECDHE" not in suite)
        return report

    def serve(self, suite, *options):
        return peers.HandfastServer(self.files.site, *ONLY_12, "--suite", suite, "--psk",
                                    f"{IDENTITY}:{self.key}", *options)

    def check_served(self, server, suite):
        event = server.handshake()
        self.assertEqual((event["cipher_suite"], event["psk_identity"]), (suite, IDENTITY))

    # ---- OpenSSL

    def s_server(self, suite, *options, key=None):
        port = peers.free_port()
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-nocert", "-www",
             "-psk", key or self.key, "-psk_identity", IDENTITY, "-cipher", SUITES[suite][0],
             *options], port)

    def s_client(self, port, suite, key=None, identity=IDENTITY, options=()):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", "-psk",
             key or self.key, "-psk_identity", identity, "-cipher", SUITES[suite][0], "-ign_eof",
             *options], input=REQUEST)

    def test_openssl_in_every_suite(self):
        for suite in SUITES:
            with self.subTest(suite):
                with self.s_server(suite) as server:
                    self.check_known(server.port, suite)
                with self.serve(suite) as server:
                    code, output, errors = self.s_client(server.port, suite)
                    self.assertEqual(code, 0, output + errors)
                    self.assertIn("Hello, peer", output)
                    self.check_served(server, suite)

    def test_an_openssl_that_gives_a_hint(self):
        for suite in ("TLS_PSK_WITH_AES_128_GCM_SHA256",
                      "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"):
            with self.s_server(suite, "-psk_hint", "which bulb?") as server:
                self.check_known(server.port, suite)

    def test_openssl_with_another_key(self):
        for suite in ("TLS_PSK_WITH_AES_128_GCM_SHA256",
                      "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"):
            with self.s_server(suite, key=secrets.token_hex(32)) as server:
                self.assertIn('"HF-ALERT"', self.know(server.port, suite, code=40))
            # Whoever has another key, and whoever names one that is not known, hear the same.
            heard = []
            with self.serve(suite) as server:
                for key, identity in ((secrets.token_hex(32), IDENTITY), (None, "nobody")):
                    code, output, errors = self.s_client(server.port, suite, key, identity)
                    self.assertNotEqual(code, 0)
                    heard.append(re.search(r"alert [a-z ]+", output + errors)[0])
            self.assertEqual(heard, ["alert bad record mac"] * 2)

    def test_sessions_with_openssl_keep_the_identity(self):
        suite = "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"
        kept = self.files.folder / "psk12-session"
        for options in ((), ("-no_ticket",)):
            kept.unlink(missing_ok=True)
            with self.s_server(suite, *options) as server:
                for outcome in ("not_offered", "resumed"):
                    output = self.know(server.port, suite, "--resume", kept, "--get", "/")
                    self.assertIn(f'"session": "{outcome}"', output)
                    self.assertIn(f'"psk_identity": "{IDENTITY}"', output)
        theirs = self.files.folder / "psk12-theirs"
        with self.serve(suite) as server:
            for way, outcome in (("-sess_out", "not_offered"), ("-sess_in", "resumed")):
                code, output, errors = self.s_client(server.port, suite, options=(way, theirs))
                self.assertEqual(code, 0, output + errors)
                event = server.handshake()
                self.assertEqual((event["session"], event["psk_identity"]), (outcome, IDENTITY))

    # ---- GnuTLS

    def test_gnutls_in_every_suite(self):
        passwords = self.files.folder / "passwords12"
        passwords.write_text(f"{IDENTITY}:{self.key}\n")
        for suite in SUITES:
            with self.subTest(suite):
                port = peers.free_port()
                with peers.Server(["gnutls-serv", "--port", port, "--http", "--priority",
                                   priority(suite), "--pskpasswd", passwords], port):
                    self.check_known(port, suite)
                if "ECDHE" in suite:
                    continue  # gnutls-cli 3.7.9 crashes, also with a gnutls-serv or OpenSSL
                with self.serve(suite) as server:
                    code, output, errors = peers.run(
                        ["gnutls-cli", "--port", server.port, "--priority", priority(suite),
                         "--pskusername", IDENTITY, "--pskkey", self.key, "127.0.0.1"],
                        input=REQUEST)
                    self.assertEqual(code, 0, output + errors)
                    self.assertIn("Hello, peer", output)
                    self.check_served(server, suite)

    # ---- Mbed TLS

    def test_mbed_tls_in_every_suite(self):
        if shutil.which("cc") is None:
            self.skipTest("cc is not installed; ./dev setup installs it")
        peer = self.files.folder / "psk"
        code, _, errors = peers.run(["cc", "-O1", "-o", peer, FOLDER / "mbedtls" / "psk.c",
                                     "-lmbedtls", "-lmbedx509", "-lmbedcrypto"])
        if code != 0 and re.search(r"\.h: No such file", errors):
            self.skipTest("mbedtls is not installed; ./dev setup installs it")
        self.assertEqual(code, 0, errors)
        for suite in SUITES:
            with self.subTest(suite):
                name = suite.replace("_", "-")
                port = peers.free_port()
                with peers.Server([peer, "server", port, IDENTITY, self.key, name], port):
                    self.check_known(port, suite)
                with self.serve(suite) as server:
                    code, output, errors = peers.run(
                        [peer, "client", server.port, IDENTITY, self.key, name])
                    self.assertEqual(code, 0, output + errors)
                    self.assertIn("Hello, peer", output)
                    self.check_served(server, suite)

    # ---- CCM beside certificates

    def test_ccm_with_certificates(self):
        certificate, key = self.files.certificate("ecdsa"), self.files.key("ecdsa")
        for suite, (openssl, _) in SIGNED.items():
            with self.subTest(suite):
                port = peers.free_port()
                with peers.Server(["openssl", "s_server", "-accept", f"127.0.0.1:{port}",
                                   "-tls1_2", "-www", "-cert", certificate, "-key", key, "-cipher",
                                   f"{openssl}:@SECLEVEL=0"], port):
                    report = self.connect(port, *ONLY_12, "--suite", suite)
                    self.assertEqual(report["cipher_suite"], suite)
                    self.assertEqual(report["weaknesses"], weaknesses(suite))
                port = peers.free_port()
                with peers.Server(["gnutls-serv", "--port", port, "--http", "--priority",
                                   priority(suite), "--x509certfile", certificate, "--x509keyfile",
                                   key], port):
                    self.assertEqual(
                        self.connect(port, *ONLY_12, "--suite", suite)["cipher_suite"], suite)
                with peers.handfast_serve(self.files, ("ecdsa",), *ONLY_12, "--suite",
                                          suite) as server:
                    for command in (
                            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                             "-tls1_2", "-CAfile", self.files.ca, "-verify_return_error",
                             "-servername", "localhost", "-cipher", f"{openssl}:@SECLEVEL=0",
                             "-ign_eof"],
                            ["gnutls-cli", "--port", server.port, "--priority", priority(suite),
                             "--x509cafile", self.files.ca, "localhost"]):
                        code, output, errors = peers.run(command, input=REQUEST)
                        self.assertEqual(code, 0, output + errors)
                        self.assertIn("Hello, peer", output)
                        self.assertEqual(server.handshake()["cipher_suite"], suite)


if __name__ == "__main__":
    peers.need("openssl", "gnutls-cli", "gnutls-serv")
    unittest.main(verbosity=2)
