"""The old mechanisms of TLS 1.2 that a policy lets in, both directions, with OpenSSL and GnuTLS."""

import unittest

import peers
from peers import HANDFAST, handfast_serve

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
BLOB = REQUEST.replace(b"/index.html", b"/blob")
CBC = ("--tls", "1.2", "--legacy", "cbc")

# Each suite, as OpenSSL names it, and as GnuTLS puts it together.
CBC_SUITES = {
    f"TLS_ECDHE_{signer}_WITH_AES_{size}_CBC_{mac}":
    (f"ECDHE-{signer}-AES{size}-{mac}", f"+ECDHE-{signer}:-CIPHER-ALL:+AES-{size}-CBC:"
     f"-MAC-ALL:+{'SHA1' if mac == 'SHA' else mac}")
    for signer in ("ECDSA", "RSA")
    for size, mac in ((128, "SHA"), (256, "SHA"), (128, "SHA256"), (256, "SHA384"))
}
RSA_SUITES = {
    f"TLS_RSA_WITH_AES_{size}_{rest}": (openssl, f"+RSA:-CIPHER-ALL:{gnutls}")
    for size, rest, openssl, gnutls in (
        (128, "GCM_SHA256", "AES128-GCM-SHA256", "+AES-128-GCM"),
        (256, "GCM_SHA384", "AES256-GCM-SHA384", "+AES-256-GCM"),
        (128, "CBC_SHA", "AES128-SHA", "+AES-128-CBC:-MAC-ALL:+SHA1"),
        (256, "CBC_SHA", "AES256-SHA", "+AES-256-CBC:-MAC-ALL:+SHA1"),
        (128, "CBC_SHA256", "AES128-SHA256", "+AES-128-CBC:-MAC-ALL:+SHA256"),
        (256, "CBC_SHA256", "AES256-SHA256", "+AES-256-CBC:-MAC-ALL:+SHA256"))
}
DHE_SUITES = {
    f"TLS_DHE_RSA_WITH_{rest}": (openssl, f"+DHE-RSA:-CIPHER-ALL:{gnutls}")
    for rest, openssl, gnutls in (
        ("AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", "+AES-128-GCM"),
        ("AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", "+AES-256-GCM"),
        ("CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305", "+CHACHA20-POLY1305"),
        ("AES_128_CBC_SHA", "DHE-RSA-AES128-SHA", "+AES-128-CBC:-MAC-ALL:+SHA1"),
        ("AES_256_CBC_SHA", "DHE-RSA-AES256-SHA", "+AES-256-CBC:-MAC-ALL:+SHA1"),
        ("AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256", "+AES-128-CBC:-MAC-ALL:+SHA256"),
        ("AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256", "+AES-256-CBC:-MAC-ALL:+SHA256"))
}
SUITES = CBC_SUITES | RSA_SUITES | DHE_SUITES


class WithOldSuites:
    """What is tested alike with OpenSSL and GnuTLS. The subclasses say how they are run."""

    def test_every_suite_in_both_orders(self):
        count = 0
        for suite in CBC_SUITES:
            kind = "rsa" if "_RSA_" in suite else "ecdsa"
            for mac_last in (True, False):
                with self.serve(kind, suite, mac_last) as server:
                    report = self.connect(server.port, *CBC, "--suite", suite)
                    self.check_trust(report)
                    self.check_report(report, suite)
                    count += 1
                with handfast_serve(self.files, (kind,), *CBC, "--suite", suite) as server:
                    # A megabyte, so that there are records of every size.
                    self.assertIn("Content-Length: 1048576",
                                  self.ask(server.port, suite, mac_last, BLOB))
                    self.assertIn("Hello, peer", self.ask(server.port, suite, mac_last))
                    for _ in range(2):
                        self.check_report(server.handshake(), suite)
                    count += 1
        self.assertEqual(count, 2 * 2 * len(CBC_SUITES))
        print(f"{count} handshakes with CBC", flush=True)

    def test_every_suite_with_rsa_key_exchange(self):
        options = ("--tls", "1.2", "--legacy", "rsa,cbc", "--suite")
        kinds = ("rsa", self.files.decrypting())
        for suite in RSA_SUITES:
            for kind in kinds:
                with self.serve(kind, suite, True) as server:
                    report = self.connect(server.port, *options, suite)
                    self.check_trust(report)
                    self.check_report(report, suite)
                with handfast_serve(self.files, (kind,), *options, suite) as server:
                    self.assertIn("Hello, peer", self.ask(server.port, suite, True))
                    self.check_report(server.handshake(), suite)
        print(f"{2 * len(kinds) * len(RSA_SUITES)} handshakes with RSA key exchange", flush=True)

    def test_a_key_that_may_not_sign(self):
        kind = self.files.decrypting()
        code, output, _ = peers.run(
            [HANDFAST, "serve", "--cert", self.files.certificate(kind), "--key",
             self.files.key(kind), "--tls", "1.2", "--json", self.files.site])
        self.assertEqual(code, 34, output)
        self.assertIn("HF-CERT-KEY-USAGE", output)

    def test_every_suite_with_finite_fields(self):
        options = ("--tls", "1.2", "--legacy", "dhe,cbc", "--suite")
        for suite in DHE_SUITES:
            for group in ("ffdhe2048", "ffdhe3072"):
                with self.serve("rsa", suite, True, group) as server:
                    report = self.connect(server.port, *options, suite)
                    self.check_trust(report)
                    self.check_report(report, suite)
                    self.assertEqual(report["group"], group)
            with handfast_serve(self.files, ("rsa",), *options, suite) as server:
                self.assertIn("Hello, peer", self.ask(server.port, suite, True))
                event = server.handshake()
                self.check_report(event, suite)
                self.assertEqual(event["group"], "ffdhe2048")
        print(f"{3 * len(DHE_SUITES)} handshakes with finite fields", flush=True)

    def check_report(self, report, suite):
        weaknesses = ["block cipher"] if "_CBC_" in suite else []
        if suite in RSA_SUITES:
            weaknesses.append("RSA key exchange")
            self.assertEqual((report["group"], report["signature_scheme"]), (None, None))
        if suite in DHE_SUITES:
            weaknesses.append("finite-field key exchange")
        self.assertEqual((report["cipher_suite"], report["weaknesses"]), (suite, weaknesses))

    def test_nobody_takes_them_unasked(self):
        suite = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
        with self.serve("ecdsa", suite, True) as server:
            code, output, _ = peers.run([HANDFAST, "connect", f"localhost:{server.port}", "--tls",
                                         "1.2", "--ca", self.files.ca])
            self.assertEqual(code, 21, output)
        with handfast_serve(self.files, ("ecdsa",), "--tls", "1.2") as server:
            self.assertNotIn("Hello, peer", self.ask(server.port, suite, True))
        self.assertEqual(server.codes(), ["HF-NEGOTIATE-SUITE"])


class OpenSsl(WithOldSuites, peers.LiveTest):
    def parameters(self, group):
        """A file with a group of RFC 7919; by itself OpenSSL takes those of RFC 3526."""
        path = self.files.folder / f"{group}.pem"
        if not path.exists():
            peers.openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                          f"group:{group}", "-out", path)
        return path

    def test_a_prime_that_is_none_of_rfc_7919(self):
        suite = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
        with self.serve("rsa", suite, True) as server:
            code, output, errors = peers.run(
                [HANDFAST, "connect", f"localhost:{server.port}", "--tls", "1.2", "--legacy",
                 "dhe", "--suite", suite, "--ca", self.files.ca, "--json"])
            self.assertIn("HF-FFDHE-GROUP", output + errors)
            self.assertEqual(code, 23)

    def serve(self, kind, suite, mac_last, group=None):
        port = peers.free_port()
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-tls1_2", "-cert",
             self.files.certificate(kind), "-key", self.files.key(kind), "-cipher",
             SUITES[suite][0], *([] if mac_last else ["-no_etm"]),
             *(["-dhparam", self.parameters(group)] if group else [])], port)

    def ask(self, port, suite, mac_last, text=REQUEST):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-CAfile", self.files.ca, "-verify_return_error", "-ign_eof", "-tls1_2", "-cipher",
             SUITES[suite][0], *([] if mac_last else ["-no_etm"])], input=text)[1]


class GnuTls(WithOldSuites, peers.LiveTest):
    def priority(self, suite, mac_last, group=None):
        order = "" if mac_last else ":%NO_ETM"
        groups = f":-GROUP-ALL:+GROUP-{group.upper()}" if group else ""
        return f"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:{SUITES[suite][1]}{order}{groups}"

    def serve(self, kind, suite, mac_last, group=None):
        port = peers.free_port()
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority",
             self.priority(suite, mac_last, group), "--x509certfile", self.files.certificate(kind),
             "--x509keyfile", self.files.key(kind)], port)

    def ask(self, port, suite, mac_last, text=REQUEST):
        output = peers.run(
            ["gnutls-cli", "--port", port, "--x509cafile", self.files.ca, "--priority",
             self.priority(suite, mac_last), "--sni-hostname", "localhost", "--verify-hostname",
             "localhost", "127.0.0.1"], input=text)[1]
        if "Options:" in output and "_CBC_" in suite:
            self.assertEqual("EtM" in output, mac_last, output)
        return output


if __name__ == "__main__":
    peers.need("openssl", "gnutls-serv", "gnutls-cli")
    unittest.main(verbosity=2)
